//! What must hold after every message: money is conserved, contracts hold what they owe, ledgers are solvent, stakes add up, and what
//! is payable, claimed or given never falls.
//!
//! A [`Snapshot`] is read from public queries only, so the same checks would run against any chain. [`Snapshot::consistent`] looks
//! at one state, [`Snapshot::follows`] at two in a row, which may differ only by what the transaction's events say ([`Moves`]).

mod bond;
mod broken;
mod ledger;
mod moves;
mod snapshot;
mod stake;

pub use bond::Bond;
pub use broken::Broken;
pub use ledger::LedgerView;
pub use moves::{Dividends, Moves};
pub use snapshot::{Held, Snapshot};
pub use stake::StakeView;

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
        let bonds = self.bonds.values().map(Bond::held).sum();
        equal("datanet's bonds held", self.owed("datanet"), "the bonds of its contributions", bonds)?;
        self.bonds.iter().try_for_each(|(id, bond)| bond.sound(*id))?;
        equal("attribution's bonds held", self.owed("attribution"), "the bonds of its operators", self.operator_bonds)?;
        self.settlement_sums()?;
        self.ledgers.values().try_for_each(LedgerView::solvent)?;
        self.stakes.values().try_for_each(StakeView::adds_up)?;
        self.stakes.iter().try_for_each(|(model, stake)| match self.ledgers.get(model) {
            Some(ledger) => at_least(
                &format!("model {model}: its contributors' reserve"),
                stake.reserves.contributors.u128(),
                "the stake given and not delivered",
                ledger.undelivered(),
            ),
            None => Ok(()),
        })
    }

    fn owed(&self, contract: &str) -> u128 {
        self.held.get(contract).map_or(0, |held| held.owed)
    }

    fn settlement_sums(&self) -> Result<(), Broken> {
        let totals = &self.settlement;
        let sum = |part: fn(&LedgerView) -> u128| self.ledgers.values().map(part).sum();
        equal("settlement's channels total", totals.channels.u128(), "what its channels hold", self.channels)?;
        equal("settlement's pools total", totals.pools.u128(), "its models' unsettled parts", sum(LedgerView::pools))?;
        equal(
            "settlement's royalties total",
            totals.royalties.u128(),
            "what its models owe to parents and have from children",
            sum(LedgerView::royalties),
        )?;
        equal(
            "settlement's liability total",
            totals.liability.u128(),
            "its models' liability",
            sum(|ledger| ledger.totals.liability.u128()),
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
    pub fn follows(&self, before: &Self, moves: &Moves) -> Result<(), Broken> {
        let supply = self.supply.saturating_add(moves.burned);
        equal("the supply of OPEN and what was burnt", supply, "the supply before", before.supply)?;
        self.surplus_follows(before, moves)?;
        self.totals_follow(before, moves)?;
        for (model, old) in &before.ledgers {
            let vanished = || Broken::Vanished { what: format!("model {model}") };
            self.ledgers.get(model).ok_or_else(vanished)?.follows(old, moves)?;
        }
        for (id, old) in &before.bonds {
            let vanished = || Broken::Vanished { what: format!("contribution {id}") };
            self.bonds.get(id).ok_or_else(vanished)?.follows(old, *id)?;
        }
        before.stakes.iter().try_for_each(|(model, old)| match self.stakes.get(model) {
            Some(new) => new.follows(old, moves, self.delivered_since(before, *model)),
            None => Err(Broken::Vanished { what: format!("the stake of model {model}") }),
        })
    }

    /// What a contract holds beyond its books came by raw transfers.
    fn surplus_follows(&self, before: &Self, moves: &Moves) -> Result<(), Broken> {
        self.held.iter().try_for_each(|(name, held)| {
            let given = moves.gifts.get(&held.address).copied().unwrap_or_default();
            let expected = before.held.get(name).map_or(0, Held::surplus).saturating_add(given);
            equal(
                &format!("{name}'s OPEN beyond its books"),
                held.surplus(),
                "that before and raw transfers to it",
                expected,
            )
        })
    }

    /// The treasury falls by spendings alone, royalties wait until a round distributes them.
    fn totals_follow(&self, before: &Self, moves: &Moves) -> Result<(), Broken> {
        let (new, old) = (&self.settlement, &before.settlement);
        at_least(
            "settlement's treasury and what was spent of it",
            new.treasury.u128().saturating_add(moves.spent),
            "the treasury before",
            old.treasury.u128(),
        )?;
        if moves.advanced.is_empty() {
            let bound = old.royalties.u128();
            at_least("settlement's royalties total", new.royalties.u128(), "that before, without a round", bound)?;
        }
        Ok(())
    }

    fn delivered_since(&self, before: &Self, model: protocol::ModelId) -> u128 {
        let claimed = |snapshot: &Self| snapshot.ledgers.get(&model).map_or(0, |one| one.totals.stake_claimed.u128());
        claimed(self).saturating_sub(claimed(before))
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
