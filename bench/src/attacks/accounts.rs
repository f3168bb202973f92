//! The payout ledger and the bonds of all contributions, moved by the rules alone. `tests/attacks.rs` holds it against the contracts.

use anyhow::{Result, ensure};
use rules::duplicate::{Slash, slash};
use rules::ledger::{Entry, RoundTerms, Standing, advance};
use rules::median::denominator;
use rules::score::{Report, Vector};
use testing::scenario::CONTRIBUTION_BOND;

use super::training::Found;
use crate::pay::{CAP, Z_TENTHS};

/// Redemptions of an epoch: one voucher stands for all calls of a payer, and none is ever missing.
const REDEMPTIONS: u32 = 1;

/// All accounts of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    accounts: Vec<Account>,
    pools: u128,
}

/// One contribution's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Account {
    entry: Entry,
    standing: Standing,
    /// What was put up, in uopen.
    bond: u128,
    /// What of it was taken, in uopen.
    taken: u128,
    /// Proved to repeat others: what it still would be paid is the treasury's.
    slashed: bool,
}

impl Accounts {
    /// Empty accounts.
    pub fn new(positions: usize) -> Self {
        Self { accounts: vec![Account::default(); positions], pools: 0 }
    }

    /// A contribution puts up its bond; somebody proves what it repeats of others.
    ///
    /// # Errors
    /// If more repeats are found than it has items.
    pub fn enter(&mut self, found: &Found) -> Result<()> {
        let account = &mut self.accounts[found.position];
        account.bond = CONTRIBUTION_BOND;
        match slash(CONTRIBUTION_BOND, found.provable, found.items)? {
            Slash::Part { total } => account.taken = total,
            Slash::Whole => (account.taken, account.slashed) = (CONTRIBUTION_BOND, true),
        }
        Ok(())
    }

    /// Divides a pool (uopen) by a vector. Debts that are proved two rounds in a row are taken from bonds at once, as if nobody appealed.
    ///
    /// # Errors
    /// If the vector could not be revealed, or more would be owed than came in.
    pub fn settle(&mut self, pool: u64, vector: &Vector) -> Result<()> {
        Report::Vector(vector.clone()).check(u32::try_from(self.accounts.len())?, REDEMPTIONS)?;
        let positive = vector.entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
        let denominator = denominator(vector.reach, positive);
        if denominator == 0 {
            return Ok(());
        }
        let release_bps = rules::split::WHOLE_BPS;
        let terms = RoundTerms { pool, denominator, z_tenths: Z_TENTHS, release_bps, cap: CAP };
        for (account, &score) in self.accounts.iter_mut().zip(&vector.entries) {
            account.entry = advance(&account.entry, score, &terms)?;
            account.collect()?;
        }
        self.pools += u128::from(pool);
        ensure!(self.owed() <= self.pools, "{} uopen are owed of {} that came in", self.owed(), self.pools);
        Ok(())
    }

    /// What a contribution's payees can claim or have claimed, in uopen.
    pub fn income(&self, position: usize) -> u64 {
        let account = &self.accounts[position];
        if account.slashed { 0 } else { account.entry.payable }
    }

    /// As the ledger has it.
    pub fn entry(&self, position: usize) -> &Entry {
        &self.accounts[position].entry
    }

    /// What of its bond a contribution lost, in uopen.
    pub fn taken(&self, position: usize) -> u128 {
        self.accounts[position].taken
    }

    /// All pools so far, in uopen.
    pub fn pools(&self) -> u128 {
        self.pools
    }

    /// `Σ liability`, in uopen.
    pub fn owed(&self) -> u128 {
        self.accounts.iter().map(|account| u128::from(account.entry.liability())).sum()
    }
}

impl Account {
    fn collect(&mut self) -> Result<()> {
        self.standing = self.standing.after(&self.entry);
        if self.standing.claimable(&self.entry) {
            let amount = u128::from(self.entry.proved_debt()).min(self.bond - self.taken);
            self.entry = self.entry.repay(u64::try_from(amount)?)?;
            self.taken += amount;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::bitmap::Bitmap;
    use rules::score::ScoreEntry;

    const POOL: u64 = 10_000_000;

    fn vector(scores: [i32; 2]) -> Vector {
        let entries = scores.map(|score| ScoreEntry { score, error: 0 }).to_vec();
        Vector { entries, reach: 1_000, unresolved: Bitmap::new(1) }
    }

    fn entered(provable: u64) -> Accounts {
        let mut accounts = Accounts::new(2);
        let found = Found { position: 1, items: 100, provable, left_out: provable };
        accounts.enter(&found).expect("as many items as repeats at least");
        accounts
    }

    #[test]
    fn a_debt_takes_the_bond_after_two_rounds_and_no_more_than_the_bond() {
        let mut accounts = entered(0);
        accounts.settle(POOL, &vector([500, -400])).expect("within bounds");
        assert_eq!(accounts.taken(1), 0, "one round proves nothing");
        accounts.settle(POOL, &vector([500, -400])).expect("within bounds");
        assert_eq!((accounts.taken(1), accounts.entry(1).accrued), (CONTRIBUTION_BOND, -7_000_000));
        accounts.settle(POOL, &vector([500, -400])).expect("within bounds");
        assert_eq!((accounts.taken(1), accounts.income(0), accounts.income(1)), (CONTRIBUTION_BOND, 15_000_000, 0));
    }

    #[test]
    fn who_repeats_a_fifth_of_others_loses_bond_and_pay_and_who_repeats_less_a_part() {
        let mut whole = entered(20);
        whole.settle(POOL, &vector([0, 1_000])).expect("within bounds");
        assert_eq!((whole.income(1), whole.taken(1)), (0, CONTRIBUTION_BOND));
        let mut part = entered(19);
        part.settle(POOL, &vector([0, 1_000])).expect("within bounds");
        assert_eq!((part.income(1), part.taken(1)), (POOL, 190_000));
    }

    #[test]
    fn a_vector_that_could_not_be_revealed_is_refused() {
        let mut accounts = entered(0);
        assert!(accounts.settle(POOL, &vector([1_000_000_001, 0])).is_err());
        assert!(accounts.settle(POOL, &Vector { entries: Vec::new(), ..vector([0, 0]) }).is_err());
    }
}
