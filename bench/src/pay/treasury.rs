//! What becomes of the pools: paid, held back by doubt, or owed to nobody, and why.

use anyhow::{Result, ensure};
use rules::score::ScoreEntry;

use super::chain::Account;
use super::course::{Course, Round};
use super::shares::alone;

/// Sums over rounds, in uopen. What is paid, held back and the residual make up the pools; the last four make up the residual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// The contributors' parts of the fees.
    pub pools: i128,
    /// Released for payment.
    pub paid: i128,
    /// Earned by measurement, waiting for doubt to shrink.
    pub held_back: i128,
    /// Owed to nobody, as the contract booked it.
    pub residual: i128,
    /// Of it: `P · (D − Σ max(score, 0)) / D`, what the answers owe to data beyond what was useful.
    pub beyond_use: i128,
    /// Of it: gains that only worked off a debt, or what had been paid above what was accrued.
    pub set_off: i128,
    /// Of it: liabilities that negative gains took back.
    pub taken_back: i128,
    /// Of it: rounding.
    pub rounding: i128,
    /// Rounds of an account in which gain or doubt was held at the pool.
    pub clamped: i128,
}

/// What became of the pools of the course's first `epochs` epochs.
///
/// # Errors
/// If the parts do not add up to what the contracts booked.
pub fn split(course: &Course, epochs: usize) -> Result<Split> {
    let mut split = Split::default();
    let mut before = Vec::new();
    for round in &course.rounds[..epochs] {
        split.add(round, &before)?;
        before.clone_from(&round.settled.accounts);
    }
    let liability: i128 = before.iter().map(liability).sum();
    split.paid = before.iter().map(|account| i128::from(account.payable)).sum();
    split.held_back = liability - split.paid;
    let parts = split.beyond_use + split.set_off + split.taken_back + split.rounding;
    ensure!(parts == split.residual, "the parts of the residual are {parts}, booked were {}", split.residual);
    let all = split.paid + split.held_back + split.residual;
    ensure!(all == split.pools, "{all} uopen are accounted for, but the pools were {}", split.pools);
    Ok(split)
}

impl Split {
    fn add(&mut self, round: &Round, before: &[Account]) -> Result<()> {
        let (pool, denominator) = (i128::from(round.settled.pool), i128::from(round.settled.denominator));
        let mut positive = 0;
        let mut gained = 0;
        for (position, (&score, after)) in round.vector.entries.iter().zip(&round.settled.accounts).enumerate() {
            let gain = i128::from(alone(round, score)?.accrued);
            let grown = liability(after) - liability(&before.get(position).copied().unwrap_or_default());
            if gain >= 0 {
                gained += gain;
                self.set_off += gain - grown;
            } else {
                self.taken_back -= grown;
            }
            positive += i128::from(score.score.max(0));
            self.clamped += i128::from(clamped(pool, denominator, score));
        }
        let beyond_use = pool * (denominator - positive) / denominator;
        self.beyond_use += beyond_use;
        self.rounding += pool - gained - beyond_use;
        self.pools += pool;
        self.residual += i128::from(round.settled.residual);
        Ok(())
    }
}

/// `max(payable, accrued, 0)`
fn liability(account: &Account) -> i128 {
    i128::from(account.payable).max(account.accrued.into())
}

/// Whether gain or doubt exceed the pool before they are held at it.
fn clamped(pool: i128, denominator: i128, ScoreEntry { score, error }: ScoreEntry) -> bool {
    pool > 0 && (i128::from(score) < -denominator || i128::from(error) > denominator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pay::Strata;
    use crate::pay::chain::Settled;
    use crate::pay::shares::terms;
    use rules::bitmap::Bitmap;
    use rules::ledger::{Entry, advance};
    use rules::score::Vector;

    const POOL: u64 = 1_000;

    /// Rounds of one account with pools of 1,000 and D = 10, settled by the rules.
    fn course(scores: &[(i32, u32)]) -> Course {
        let mut entry = Entry::default();
        let mut round = |&(score, error): &(i32, u32)| {
            let score = ScoreEntry { score, error };
            let vector = Vector { entries: vec![score], reach: 10, unresolved: Bitmap::new(1) };
            let settled = Settled { pool: POOL, residual: 0, denominator: 10, accounts: Vec::new() };
            let mut round = Round { vector, usual: vec![1.0], settled };
            let before = entry.liability();
            entry = advance(&entry, score, &terms(&round)).expect("within bounds");
            round.settled.residual = POOL + before - entry.liability();
            round.settled.accounts = vec![Account { accrued: entry.accrued, payable: entry.payable }];
            round
        };
        let rounds = scores.iter().map(&mut round).collect();
        Course { seed: 1, strata: Strata::One, damping: 0.003, accuracy: 1.0, found: None, rounds }
    }

    #[test]
    fn what_negative_gains_take_back_and_what_only_works_off_a_debt_are_told_apart() {
        // 500 accrued of which 100 are paid, 300 taken back, 700 lost of which 100 stay paid, 200 worked off.
        let course = course(&[(5, 2), (-3, 0), (-7, 0), (2, 0)]);
        let parts = |epochs| split(&course, epochs).expect("the parts add up");
        let first = parts(1);
        assert_eq!((first.paid, first.held_back, first.beyond_use, first.residual), (100, 400, 500, 500));
        assert_eq!((parts(2).taken_back, parts(2).held_back), (300, 100));
        let third = parts(3);
        assert_eq!((third.taken_back, third.paid, third.held_back), (400, 100, 0), "what is paid stays paid");
        assert_eq!((parts(4).set_off, parts(4).beyond_use), (200, 500 + 1_000 + 1_000 + 800));
    }

    #[test]
    fn a_residual_that_is_not_the_contracts_is_noticed() {
        let mut course = course(&[(5, 2)]);
        course.rounds[0].settled.residual += 1;
        assert!(split(&course, 1).is_err());
    }

    #[test]
    fn gains_and_doubts_beyond_the_pool_are_counted() {
        assert_eq!(split(&course(&[(-11, 0), (1, 11), (1, 10)]), 3).expect("the parts add up").clamped, 2);
    }
}
