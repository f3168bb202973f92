//! What must hold after every message: money is conserved, contracts hold what they owe, ledgers are solvent, and what is
//! payable or claimed never falls.
//!
//! A [`Snapshot`] is read from public queries only, so the same checks would run against any chain. [`Snapshot::consistent`] looks
//! at one state, [`Snapshot::follows`] at two in a row.

mod broken;
mod snapshot;

use std::collections::BTreeMap;

use cosmwasm_std::{Addr, Event, Uint128};

use crate::Deployment;
pub use broken::Broken;
pub use snapshot::{Held, LedgerView, Snapshot};

/// OPEN that raw cw20 transfers of a transaction brought to contracts: the only way past their books.
pub fn gifts(at: &Deployment, events: &[Event]) -> BTreeMap<Addr, u128> {
    let mut gifts = BTreeMap::new();
    for (to, amount) in events.iter().filter_map(|event| transfer(at, event)) {
        let sum: &mut u128 = gifts.entry(to).or_default();
        *sum = sum.saturating_add(amount);
    }
    gifts
}

fn transfer(at: &Deployment, event: &Event) -> Option<(Addr, u128)> {
    let value =
        |key: &str| event.attributes.iter().find(|attribute| attribute.key == key).map(|found| found.value.as_str());
    let is_transfer = event.ty == "wasm"
        && value("_contract_address") == Some(at.open_token.as_str())
        && matches!(value("action"), Some("transfer" | "transfer_from"));
    let amount: Uint128 = value("amount").filter(|_| is_transfer)?.parse().ok()?;
    Some((Addr::unchecked(value("to")?), amount.u128()))
}

impl Snapshot {
    /// Checks a state by itself.
    ///
    /// # Errors
    /// The first invariant that is broken.
    pub fn consistent(&self) -> Result<(), Broken> {
        equal("the supply of OPEN", self.supply, "the sum of all balances", self.balances_sum)?;
        for (name, held) in &self.held {
            at_least(&format!("{name}'s OPEN balance"), held.raw, "what its books say it holds", held.owed)?;
        }
        equal("datanet's bonds held", self.owed("datanet"), "the bonds of its contributions", self.contribution_bonds)?;
        equal("attribution's bonds held", self.owed("attribution"), "the bonds of its operators", self.operator_bonds)?;
        self.settlement_sums()?;
        self.ledgers.values().try_for_each(LedgerView::solvent)
    }

    fn owed(&self, contract: &str) -> u128 {
        self.held.get(contract).map_or(0, |held| held.owed)
    }

    fn settlement_sums(&self) -> Result<(), Broken> {
        let totals = &self.settlement;
        let liabilities = self.ledgers.values().map(LedgerView::outstanding).sum();
        let pools = self.ledgers.values().map(LedgerView::pools).sum();
        equal("settlement's channels total", totals.channels.u128(), "what its channels hold", self.channels)?;
        equal("settlement's pools total", totals.pools.u128(), "its models' unsettled parts", pools)?;
        equal(
            "settlement's liabilities total",
            totals.liabilities.u128(),
            "its models' liability less claimed",
            liabilities,
        )?;
        at_least(
            "settlement's balances total",
            totals.balances.u128(),
            "its owners' and operators' balances",
            self.known_balances,
        )
    }

    /// Checks a state against the one before it.
    ///
    /// # Errors
    /// The first invariant that is broken.
    pub fn follows(&self, before: &Self, gifts: &BTreeMap<Addr, u128>) -> Result<(), Broken> {
        equal("the supply of OPEN", self.supply, "the supply before", before.supply)?;
        for (name, held) in &self.held {
            let given = gifts.get(&held.address).copied().unwrap_or_default();
            let expected = before.held.get(name).map_or(0, Held::surplus).saturating_add(given);
            equal(
                &format!("{name}'s OPEN beyond its books"),
                held.surplus(),
                "that before and raw transfers to it",
                expected,
            )?;
        }
        before.ledgers.iter().try_for_each(|(model, old)| match self.ledgers.get(model) {
            Some(new) => new.follows(old),
            None => Err(Broken::Vanished { what: format!("model {model}") }),
        })
    }
}

impl LedgerView {
    fn solvent(&self) -> Result<(), Broken> {
        let (name, totals) = (format!("model {}", self.model), &self.totals);
        let [mut liability, mut payable, mut claimed] = [0u128; 3];
        for account in &self.accounts {
            let owed = u128::from(account.payable.u64()).max(u128::try_from(account.accrued.i64()).unwrap_or(0));
            let place = format!("{name}, position {}", account.position);
            at_least(&format!("{place}: payable"), account.payable.u64().into(), "claimed", account.claimed.u128())?;
            liability = liability.saturating_add(owed);
            payable = payable.saturating_add(account.payable.u64().into());
            claimed = claimed.saturating_add(account.claimed.u128());
        }
        equal(&format!("{name}: liability total"), totals.liability.u128(), "the sum over its accounts", liability)?;
        equal(&format!("{name}: payable total"), totals.payable.u128(), "the sum over its accounts", payable)?;
        equal(&format!("{name}: claimed total"), totals.claimed.u128(), "the sum over its accounts", claimed)?;
        at_least(&format!("{name}: liability"), liability, "payable", payable)
    }

    /// Nothing that was payable or claimed is taken back, and what is newly owed comes out of the pools.
    fn follows(&self, before: &Self) -> Result<(), Broken> {
        let name = format!("model {}", self.model);
        for (old, new) in before.accounts.iter().zip(&self.accounts) {
            let place = format!("{name}, position {}", new.position);
            at_least(
                &format!("{place}: payable"),
                new.payable.u64().into(),
                "payable before",
                old.payable.u64().into(),
            )?;
            at_least(&format!("{place}: claimed"), new.claimed.u128(), "claimed before", old.claimed.u128())?;
        }
        if self.accounts.len() < before.accounts.len() {
            return Err(Broken::Vanished { what: format!("an account of {name}") });
        }
        let allowed = before.totals.liability.u128().saturating_add(before.pool().saturating_sub(self.pool()));
        let owed = self.totals.liability.u128();
        if owed > before.totals.liability.u128() {
            at_least(&format!("{name}: liability before and the pool that was spent"), allowed, "liability", owed)?;
        }
        Ok(())
    }

    /// What contributors may still be credited from fees already booked.
    fn pool(&self) -> u128 {
        self.totals.unsettled.influence.u128().saturating_add(self.totals.in_progress.u128())
    }

    /// Fees booked and not yet divided among those they belong to.
    fn pools(&self) -> u128 {
        let parts = &self.totals.unsettled;
        [parts.protocol, parts.owner, parts.stake, parts.influence, parts.parents, self.totals.in_progress]
            .iter()
            .map(|part| part.u128())
            .sum()
    }

    fn outstanding(&self) -> u128 {
        self.totals.liability.u128().saturating_sub(self.totals.claimed.u128())
    }
}

fn equal(what: &str, found: u128, other: &str, expected: u128) -> Result<(), Broken> {
    if found == expected {
        return Ok(());
    }
    Err(Broken::Unequal { what: what.to_owned(), found, other: other.to_owned(), expected })
}

fn at_least(what: &str, found: u128, other: &str, bound: u128) -> Result<(), Broken> {
    if found >= bound {
        return Ok(());
    }
    Err(Broken::Below { what: what.to_owned(), found, other: other.to_owned(), bound })
}
