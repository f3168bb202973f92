//! Books kept while reading: what channels, bonds and balances in `settlement` come to by the events alone. They tell how much of a
//! running total an event stands for, and are held against the contracts' queries at the end.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{
    ChannelId, ContributionId, MethodId, ModelId, RoundId,
    event::{AttributionEvent, DatanetEvent, SettlementEvent},
};
use report::statement::{Amount, Kind, Outside, Purpose};

/// A channel.
#[derive(Clone, Debug)]
pub struct ChannelBook {
    /// Who pays.
    pub payer: String,
    /// The model.
    pub model: ModelId,
    /// Paid in, in uopen.
    pub deposit: u128,
    /// Redeemed, in uopen.
    pub redeemed: u128,
    /// Whether the rest was paid back.
    pub closed: bool,
}

/// The bond of a contribution.
#[derive(Clone, Debug)]
pub struct BondBook {
    /// Who posted it.
    pub contributor: String,
    /// Held, in uopen.
    pub held: u128,
}

/// All books.
#[derive(Clone, Debug, Default)]
pub struct Books {
    /// Channels.
    pub channels: BTreeMap<ChannelId, ChannelBook>,
    /// Bonds of contributions.
    pub bonds: BTreeMap<ContributionId, BondBook>,
    /// Bonds of operators, in uopen.
    pub operators: BTreeMap<(MethodId, String), u128>,
    /// What was booked to accounts and not withdrawn: what for, and how much.
    pub booked: BTreeMap<String, Vec<(Purpose, u128)>>,
    /// Valuation rounds.
    pub valuations: BTreeSet<(ModelId, RoundId)>,
}

impl Books {
    /// The kind of an owner's part of a round.
    pub fn owner_kind(&self, model: ModelId, round: RoundId) -> Kind {
        if self.valuations.contains(&(model, round)) { Kind::RoyaltyPart } else { Kind::OwnerPart }
    }

    /// Takes in what `settlement` told.
    pub fn settlement(&mut self, event: &SettlementEvent) {
        match event {
            SettlementEvent::ChannelOpened { channel, model, payer, deposit, .. } => {
                let (payer, deposit) = (payer.clone(), deposit.u128());
                let book = ChannelBook { payer, model: *model, deposit, redeemed: 0, closed: false };
                self.channels.insert(*channel, book);
            }
            SettlementEvent::ChannelToppedUp { channel, deposit } => {
                self.change_channel(*channel, |book| book.deposit = deposit.u128());
            }
            SettlementEvent::Redeemed { channel, amount, .. } => {
                self.change_channel(*channel, |book| book.redeemed = book.redeemed.saturating_add(amount.u128()));
            }
            SettlementEvent::ChannelClosed { channel, .. } => self.change_channel(*channel, |book| book.closed = true),
            SettlementEvent::OwnerBooked { model, round, owner, amount } => {
                self.book(owner, Purpose::of(self.owner_kind(*model, *round)), (*model, *round), amount.u128());
            }
            SettlementEvent::RewardBooked { model, round, operator, amount, .. } => {
                self.book(operator, Purpose::of(Kind::OperatorReward), (*model, *round), amount.u128());
            }
            SettlementEvent::Withdrawn { account, .. } => {
                self.booked.remove(account);
            }
            _ => {}
        }
    }

    fn change_channel(&mut self, channel: ChannelId, change: impl FnOnce(&mut ChannelBook)) {
        if let Some(book) = self.channels.get_mut(&channel) {
            change(book);
        }
    }

    fn book(&mut self, account: &str, purpose: Purpose, (model, round): (ModelId, RoundId), amount: u128) {
        if amount > 0 {
            let purpose = purpose.model(model.get()).round(round.get());
            self.booked.entry(account.to_owned()).or_default().push((purpose, amount));
        }
    }

    /// Takes in what `datanet` told.
    pub fn datanet(&mut self, event: &DatanetEvent) {
        match event {
            DatanetEvent::Committed { contribution, contributor, bond, .. } => {
                let book = BondBook { contributor: contributor.clone(), held: bond.u128() };
                self.bonds.insert(*contribution, book);
            }
            DatanetEvent::Forfeited { contribution, bond }
            | DatanetEvent::Rejected { contribution, bond }
            | DatanetEvent::BondReleased { contribution, bond, .. } => self.take_bond(*contribution, bond.u128()),
            DatanetEvent::DuplicatesProved { later: contribution, taken, .. }
            | DatanetEvent::DebtCollected { contribution, taken, .. } => self.take_bond(*contribution, taken.u128()),
            _ => {}
        }
    }

    fn take_bond(&mut self, contribution: ContributionId, amount: u128) {
        if let Some(book) = self.bonds.get_mut(&contribution) {
            book.held = book.held.saturating_sub(amount);
        }
    }

    /// Takes in what `attribution` told.
    pub fn attribution(&mut self, event: &AttributionEvent) {
        match event {
            AttributionEvent::OperatorBonded { method, operator, bond } => {
                self.operators.insert((*method, operator.clone()), bond.u128());
            }
            AttributionEvent::BondWithdrawn { method, operator, bond }
            | AttributionEvent::OperatorPenalised { method, operator, penalty: bond, .. }
            | AttributionEvent::OperatorSlashed { method, operator, bond, .. } => {
                let held = self.operators.entry((*method, operator.clone())).or_default();
                *held = held.saturating_sub(bond.u128());
            }
            AttributionEvent::RoundOpened { model, round, kind, .. } if kind == "valuation" => {
                self.valuations.insert((*model, *round));
            }
            _ => {}
        }
    }

    /// What was booked to an account and not withdrawn, in uopen.
    pub fn booked_to(&self, account: &str) -> u128 {
        self.booked.get(account).map_or(0, |booked| booked.iter().map(|(_, amount)| amount).sum())
    }

    /// What an account has outside of its balance.
    pub fn outside(&self, account: &str, claimable: Amount, dividends: Amount) -> Outside {
        let open = self.channels.values().filter(|book| book.payer == account && !book.closed);
        let bonds = self.bonds.values().filter(|book| book.contributor == account);
        let operators = self.operators.iter().filter(|((_, operator), _)| operator == account);
        Outside {
            channels: Amount(open.map(|book| book.deposit.saturating_sub(book.redeemed)).sum()),
            contribution_bonds: Amount(bonds.map(|book| book.held).sum()),
            operator_bonds: Amount(operators.map(|(_, held)| held).sum()),
            booked: Amount(self.booked_to(account)),
            claimable,
            dividends,
        }
    }
}
