//! What a transaction said that it did: the only moves that two snapshots in a row may differ by.
//!
//! An event counts only if the contract that owns the books emitted it: anyone may emit an event of any name.

use std::collections::{BTreeMap, BTreeSet};

use cosmwasm_std::{Addr, Event, Uint128};
use protocol::ModelId;
use protocol::event::{AttributionEvent, DatanetEvent, SettlementEvent, StakeEvent};

use crate::Deployment;

/// Moves of one transaction, from its events; amounts in uopen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// OPEN that raw cw20 transfers brought to accounts: to contracts, the only way past their books.
    pub gifts: BTreeMap<Addr, u128>,
    /// OPEN that its holders destroyed.
    pub burned: u128,
    /// Paid out of the treasury by spendings.
    pub spent: u128,
    /// Dividends that `settlement` sent, by model.
    pub dividends_sent: BTreeMap<ModelId, u128>,
    /// Dividends that stake contracts received and paid, by contract.
    pub dividends: BTreeMap<Addr, Dividends>,
    /// Proved debt that `datanet` took from bonds, by model.
    pub debt_taken: BTreeMap<ModelId, u128>,
    /// Proved debt credited to accounts, by model and position.
    pub debt_repaid: BTreeMap<(ModelId, u32), u128>,
    /// Royalties that left a model for its parents, by model.
    pub royalties_flowed: BTreeMap<ModelId, u128>,
    /// Models whose ledgers a round moved.
    pub advanced: BTreeSet<ModelId>,
    /// Models of which accounts were released.
    pub retired: BTreeSet<ModelId>,
}

/// What went into and out of a stake contract, in uopen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dividends {
    /// Received.
    pub received: u128,
    /// Paid to holders.
    pub paid: u128,
}

impl Moves {
    /// Reads them from the events of a transaction.
    pub fn read(at: &Deployment, events: &[Event]) -> Self {
        let mut moves = Self { gifts: gifts(at, events), burned: burned(at, events), ..Self::default() };
        for event in events {
            let by = |contract: &Addr| value(event, "_contract_address") == Some(contract.as_str());
            if by(&at.settlement) {
                moves.add_settlement(SettlementEvent::parse(event).and_then(Result::ok));
            } else if by(&at.datanet) {
                moves.add_datanet(DatanetEvent::parse(event).and_then(Result::ok));
            } else if by(&at.attribution) {
                moves.add_attribution(AttributionEvent::parse(event).and_then(Result::ok));
            } else {
                moves.add_stake(event);
            }
        }
        moves
    }

    fn add_settlement(&mut self, event: Option<SettlementEvent>) {
        match event {
            Some(SettlementEvent::SpendExecuted { amount, .. }) => add(&mut self.spent, amount),
            Some(SettlementEvent::DividendSent { model, amount, .. }) => {
                add(self.dividends_sent.entry(model).or_default(), amount);
            }
            Some(SettlementEvent::DebtRepaid { model, position, amount }) => {
                add(self.debt_repaid.entry((model, position)).or_default(), amount);
            }
            Some(SettlementEvent::RoyaltiesFlowed { model, amount, .. }) => {
                add(self.royalties_flowed.entry(model).or_default(), amount);
            }
            Some(SettlementEvent::Retired { model, .. }) => drop(self.retired.insert(model)),
            _ => (),
        }
    }

    fn add_datanet(&mut self, event: Option<DatanetEvent>) {
        if let Some(DatanetEvent::DebtCollected { model, taken, .. }) = event {
            add(self.debt_taken.entry(model).or_default(), taken);
        }
    }

    fn add_attribution(&mut self, event: Option<AttributionEvent>) {
        if let Some(AttributionEvent::Advanced { model, .. }) = event {
            self.advanced.insert(model);
        }
    }

    /// Kept by address: which of them is a stake contract, a snapshot says.
    fn add_stake(&mut self, event: &Event) {
        let Some(contract) = value(event, "_contract_address") else { return };
        let Some(Ok(parsed)) = StakeEvent::parse(event) else { return };
        let dividends = self.dividends.entry(Addr::unchecked(contract)).or_default();
        match parsed {
            StakeEvent::DividendReceived { amount, .. } => add(&mut dividends.received, amount),
            StakeEvent::DividendPaid { amount, .. } => add(&mut dividends.paid, amount),
            StakeEvent::ReservePaid { .. } => (),
        }
    }
}

/// OPEN that raw cw20 transfers of a transaction brought to accounts.
fn gifts(at: &Deployment, events: &[Event]) -> BTreeMap<Addr, u128> {
    let mut gifts = BTreeMap::new();
    for event in of_open(at, events, ["transfer", "transfer_from"]) {
        if let Some((to, amount)) = value(event, "to").zip(amount(event)) {
            add(gifts.entry(Addr::unchecked(to)).or_default(), amount);
        }
    }
    gifts
}

/// OPEN that a transaction destroyed.
fn burned(at: &Deployment, events: &[Event]) -> u128 {
    let mut burned = 0;
    of_open(at, events, ["burn", "burn_from"]).filter_map(amount).for_each(|amount| add(&mut burned, amount));
    burned
}

fn of_open<'a>(at: &'a Deployment, events: &'a [Event], actions: [&'a str; 2]) -> impl Iterator<Item = &'a Event> {
    events.iter().filter(move |event| {
        event.ty == "wasm"
            && value(event, "_contract_address") == Some(at.open_token.as_str())
            && value(event, "action").is_some_and(|action| actions.contains(&action))
    })
}

fn amount(event: &Event) -> Option<Uint128> {
    value(event, "amount")?.parse().ok()
}

fn value<'a>(event: &'a Event, key: &str) -> Option<&'a str> {
    event.attributes.iter().find(|attribute| attribute.key == key).map(|found| found.value.as_str())
}

fn add(sum: &mut u128, amount: Uint128) {
    *sum = sum.saturating_add(amount.u128());
}
