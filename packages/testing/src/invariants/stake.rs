//! A model's stake: fixed supply, reserves, and books of dividends in OPEN.

use std::collections::BTreeMap;

use cosmwasm_std::Addr;
use protocol::ModelId;
use protocol::stake::{DividendTotals, Reserves, SUPPLY};
use rules::dividend::{Holding, Points};

use super::{Broken, Moves, at_least, equal};

/// A model's stake.
#[derive(Clone, Debug, PartialEq)]
pub struct StakeView {
    /// The model.
    pub model: ModelId,
    /// Its stake contract.
    pub address: Addr,
    /// Supply, in units.
    pub supply: u128,
    /// Units by account, the contract itself included.
    pub balances: BTreeMap<Addr, u128>,
    /// Reserves.
    pub reserves: Reserves,
    /// Books of dividends.
    pub dividends: DividendTotals,
    /// Σ claimable over all accounts, in uopen.
    pub claimable: u128,
}

/// Whole uopen in points of the whole: what a single unit of so many points has been credited.
fn whole(carried: u128) -> u128 {
    let points = Points { per_unit: carried, carried: 0 };
    Holding::default().settle(1, &points).map_or(0, |holding| holding.claimable)
}

impl StakeView {
    /// The stake by itself.
    pub(super) fn adds_up(&self) -> Result<(), Broken> {
        let name = self.name();
        let own = self.balances.get(&self.address).copied().unwrap_or_default();
        let reserved = self.reserves.contributors.u128().saturating_add(self.reserves.work.u128());
        equal(&format!("{name}: supply"), self.supply, "the sum of its balances", self.balances.values().sum())?;
        at_least(&format!("{name}: supply at creation"), SUPPLY, "supply", self.supply)?;
        equal(&format!("{name}: reserves"), reserved, "the balance of the contract itself", own)?;
        let sharing = self.supply.saturating_sub(reserved);
        equal(&format!("{name}: units that share"), self.dividends.sharing.u128(), "those outside reserves", sharing)?;
        self.dividends_add_up(&name)
    }

    /// What is outstanding is claimable or carried, or a fraction of less than one uopen for each account and for what is carried.
    fn dividends_add_up(&self, name: &str) -> Result<(), Broken> {
        let DividendTotals { received, paid, outstanding, carried, .. } = &self.dividends;
        let booked = paid.u128().saturating_add(outstanding.u128());
        equal(&format!("{name}: dividends received"), received.u128(), "paid and outstanding", booked)?;
        let known = self.claimable.saturating_add(whole(carried.u128()));
        at_least(&format!("{name}: dividends outstanding"), outstanding.u128(), "claimable and carried", known)?;
        let fractions = u128::try_from(self.balances.len()).unwrap_or(u128::MAX).saturating_add(1);
        let bound = known.saturating_add(fractions);
        at_least(&format!("{name}: claimable, carried and fractions"), bound, "outstanding", outstanding.u128())
    }

    /// Nothing is minted, reserves only fall, and dividends move as the events say.
    pub(super) fn follows(&self, before: &Self, moves: &Moves, delivered: u128) -> Result<(), Broken> {
        let name = self.name();
        let (new, old) = (&self.dividends, &before.dividends);
        let moved = moves.dividends.get(&self.address).copied().unwrap_or_default();
        let sent = moves.dividends_sent.get(&self.model).copied().unwrap_or_default();
        at_least(&format!("{name}: supply before"), before.supply, "supply", self.supply)?;
        at_least(&format!("{name}: dividends that arrived"), moved.received, "those that settlement sent", sent)?;
        for (what, new, old, more) in
            [("received", new.received, old.received, moved.received), ("paid", new.paid, old.paid, moved.paid)]
        {
            let expected = old.u128().saturating_add(more);
            equal(&format!("{name}: dividends {what}"), new.u128(), "those before and what its events say", expected)?;
        }
        at_least(&format!("{name}: points of a unit"), new.points.u128(), "those before", old.points.u128())?;
        self.reserves_follow(&before.reserves, delivered)
    }

    fn reserves_follow(&self, before: &Reserves, delivered: u128) -> Result<(), Broken> {
        let name = self.name();
        for (what, new, old) in [
            ("contributors' reserve", self.reserves.contributors, before.contributors),
            ("work reserve", self.reserves.work, before.work),
        ] {
            at_least(&format!("{name}: {what} before"), old.u128(), what, new.u128())?;
        }
        let left = self.reserves.contributors.u128().saturating_add(delivered);
        let bound = before.contributors.u128();
        at_least(&format!("{name}: contributors' reserve and what claims delivered"), left, "the reserve before", bound)
    }

    fn name(&self) -> String {
        format!("stake of model {}", self.model)
    }
}
