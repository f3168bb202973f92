//! A model's ledger: its accounts, its royalties, the stake given to its positions.

use protocol::ModelId;
use protocol::settlement::{Account, ModelTotals, Parts};
use rules::ledger::Entry;

use super::{Broken, Moves, at_least, equal};

/// A model's ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerView {
    /// The model.
    pub model: ModelId,
    /// Its totals.
    pub totals: ModelTotals,
    /// All its accounts, by position.
    pub accounts: Vec<Account>,
}

impl LedgerView {
    pub(super) fn solvent(&self) -> Result<(), Broken> {
        self.accounts.iter().try_for_each(|account| solvent_account(&self.place(account), account))?;
        let (name, totals) = (self.name(), &self.totals);
        let sum = |part: fn(&Account) -> u128| self.accounts.iter().map(part).sum();
        let (liability, payable) = (sum(owed), sum(|account| account.payable.u64().into()));
        for (what, total, sum) in [
            ("liability", totals.liability, liability),
            ("payable", totals.payable, payable),
            ("claimed", totals.claimed, sum(|account| account.claimed.u128())),
            ("stake given", totals.stake_given, sum(|account| account.stake.u64().into())),
            ("stake claimed", totals.stake_claimed, sum(|account| account.stake_claimed.u64().into())),
        ] {
            equal(&format!("{name}: {what} total"), total.u128(), "the sum over its accounts", sum)?;
        }
        at_least(&format!("{name}: liability"), liability, "payable", payable)
    }

    /// Nothing that was payable, claimed or given is taken back, what is newly owed comes out of the pools, and accounts move by rounds,
    /// retirement and repaid debt alone.
    pub(super) fn follows(&self, before: &Self, moves: &Moves) -> Result<(), Broken> {
        if self.accounts.len() < before.accounts.len() {
            return Err(Broken::Vanished { what: format!("an account of {}", self.name()) });
        }
        for (old, new) in before.accounts.iter().zip(&self.accounts) {
            let place = self.place(new);
            never_falls(&place, old, new)?;
            if !moves.advanced.contains(&self.model) {
                let repaid = moves.debt_repaid.get(&(self.model, new.position)).copied().unwrap_or_default();
                rests(&place, old, new, repaid)?;
            }
            if !moves.advanced.contains(&self.model) && !moves.retired.contains(&self.model) {
                let (found, expected) = (new.payable.u64().into(), old.payable.u64().into());
                equal(&format!("{place}: payable"), found, "that before, without a round or retirement", expected)?;
            }
        }
        self.totals_follow(&before.totals, moves)?;
        self.liability_follows(before)
    }

    fn totals_follow(&self, old: &ModelTotals, moves: &Moves) -> Result<(), Broken> {
        let (name, new) = (self.name(), &self.totals);
        let repaid = moves.debt_repaid.iter().filter(|((model, _), _)| *model == self.model);
        let repaid: u128 = repaid.map(|(_, amount)| amount).sum();
        let taken = moves.debt_taken.get(&self.model).copied().unwrap_or_default();
        equal(&format!("{name}: debt taken from bonds"), taken, "what was credited to its accounts", repaid)?;
        let flowed = moves.royalties_flowed.get(&self.model).copied().unwrap_or_default();
        for (what, new, old, more) in [
            ("debt collected", new.debt_collected, old.debt_collected, repaid),
            ("royalties flowed", new.royalties_flowed, old.royalties_flowed, flowed),
        ] {
            let expected = old.u128().saturating_add(more);
            equal(&format!("{name}: {what}"), new.u128(), "that before and what the transaction moved", expected)?;
        }
        for (what, new, old) in [
            ("settled epochs", new.settled_through, old.settled_through),
            ("epoch of its last valuation", new.valued_in, old.valued_in),
            ("epoch of its retirement", new.retired_in, old.retired_in),
        ] {
            let number =
                |epoch: Option<protocol::Epoch>| epoch.map_or(0, |epoch| u128::from(epoch.get()).saturating_add(1));
            at_least(&format!("{name}: {what}"), number(new), "that before", number(old))?;
        }
        at_least(
            &format!("{name}: valued versions"),
            new.valued_versions.into(),
            "those before",
            old.valued_versions.into(),
        )
    }

    fn liability_follows(&self, before: &Self) -> Result<(), Broken> {
        let (owed, owed_before) = (self.totals.liability.u128(), before.totals.liability.u128());
        if owed <= owed_before {
            return Ok(());
        }
        let allowed = owed_before.saturating_add(before.pool().saturating_sub(self.pool()));
        at_least(&format!("{}: liability before and the pool that was spent", self.name()), allowed, "liability", owed)
    }

    /// What contributors may still be credited from fees and royalties already booked.
    fn pool(&self) -> u128 {
        let ModelTotals { unsettled, royalties, in_progress, .. } = &self.totals;
        [unsettled.influence, royalties.influence, *in_progress].iter().map(|part| part.u128()).sum()
    }

    /// Fees booked and not yet divided among those they belong to.
    pub(super) fn pools(&self) -> u128 {
        whole(&self.totals.unsettled).saturating_add(self.totals.in_progress.u128())
    }

    /// Royalties owed to parents, and those that wait for a valuation.
    pub(super) fn royalties(&self) -> u128 {
        whole(&self.totals.royalties).saturating_add(self.totals.royalties_owed.u128())
    }

    /// Stake given to positions and still in the reserve.
    pub(super) fn undelivered(&self) -> u128 {
        self.totals.stake_given.u128().saturating_sub(self.totals.stake_claimed.u128())
    }

    fn name(&self) -> String {
        format!("model {}", self.model)
    }

    fn place(&self, account: &Account) -> String {
        format!("{}, position {}", self.name(), account.position)
    }
}

fn whole(parts: &Parts) -> u128 {
    let Parts { protocol, owner, stake, influence, parents } = parts;
    [protocol, owner, stake, influence, parents].iter().map(|part| part.u128()).sum()
}

fn entry(account: &Account) -> Entry {
    Entry {
        accrued: account.accrued.i64(),
        payable: account.payable.u64(),
        variance: account.variance.u128(),
        last_score: account.last_score,
    }
}

fn owed(account: &Account) -> u128 {
    entry(account).liability().into()
}

/// An account by itself: what is shown follows from its entry, and its standing counts in one direction.
fn solvent_account(place: &str, account: &Account) -> Result<(), Broken> {
    let entry = entry(account);
    let (payable, claimed) = (account.payable.u64().into(), account.claimed.u128());
    at_least(&format!("{place}: payable"), payable, "claimed", claimed)?;
    let (stake, stake_claimed) = (account.stake.u64().into(), account.stake_claimed.u64().into());
    at_least(&format!("{place}: stake given"), stake, "stake claimed", stake_claimed)?;
    equal(&format!("{place}: debt"), account.debt.u64().into(), "that of its entry", entry.debt().into())?;
    let proved = account.proved_debt.u64().into();
    equal(&format!("{place}: proved debt"), proved, "that of its entry", entry.proved_debt().into())?;
    let both = account.rounds_with_debt.min(account.rounds_without_debt);
    equal(&format!("{place}: the lesser of its rounds with and without debt"), both.into(), "nothing", 0)
}

fn never_falls(place: &str, old: &Account, new: &Account) -> Result<(), Broken> {
    for (what, new, old) in [
        ("payable", u128::from(new.payable.u64()), u128::from(old.payable.u64())),
        ("claimed", new.claimed.u128(), old.claimed.u128()),
        ("stake given", new.stake.u64().into(), old.stake.u64().into()),
        ("stake claimed", new.stake_claimed.u64().into(), old.stake_claimed.u64().into()),
    ] {
        at_least(&format!("{place}: {what}"), new, &format!("{what} before"), old)?;
    }
    Ok(())
}

/// Without a round, an account moves by repaid debt alone.
fn rests(place: &str, old: &Account, new: &Account, repaid: u128) -> Result<(), Broken> {
    let shifted = |account: &Account| u128::from(account.accrued.i64().abs_diff(i64::MIN));
    let expected = shifted(old).saturating_add(repaid);
    equal(&format!("{place}: accrued above the least"), shifted(new), "that before and repaid debt", expected)?;
    for (what, new, old) in [
        ("variance", new.variance.u128(), old.variance.u128()),
        ("last score", new.last_score.abs_diff(i32::MIN).into(), old.last_score.abs_diff(i32::MIN).into()),
        ("rounds with debt", new.rounds_with_debt.into(), old.rounds_with_debt.into()),
        ("rounds without debt", new.rounds_without_debt.into(), old.rounds_without_debt.into()),
        ("stake given", new.stake.u64().into(), old.stake.u64().into()),
    ] {
        equal(&format!("{place}: {what}"), new, "that before, without a round", old)?;
    }
    Ok(())
}
