//! Who got what of the pools so far, under each rule.

use anyhow::Result;
use rules::ledger::{Entry, LedgerError, RoundTerms, advance};
use rules::score::ScoreEntry;

use super::course::{Course, Round};
use super::{CAP, Rule, Z_TENTHS};

/// Per position, as parts of all pools so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// Earned by measurement; negative is debt.
    pub accrued: Vec<f64>,
    /// Paid.
    pub paid: Vec<f64>,
}

impl Shares {
    /// Sum of what is paid.
    pub fn all_paid(&self) -> f64 {
        self.paid.iter().sum()
    }

    /// Sum of what is accrued by those who have no debt.
    pub fn all_accrued(&self) -> f64 {
        self.accrued.iter().map(|share| share.max(0.0)).sum()
    }
}

/// The shares under a rule after the course's first `epochs` epochs, at least one.
///
/// # Errors
/// If the ledger cannot move by a score, which the contracts would have refused.
pub fn after(course: &Course, rule: Rule, epochs: usize) -> Result<Shares> {
    let rounds = &course.rounds[..epochs];
    let pools: f64 = rounds.iter().map(|round| round.settled.pool as f64).sum();
    let sums = match rule {
        Rule::Ours => ledger(rounds),
        Rule::EpochBound => epoch_bound(rounds)?,
        Rule::Usual => usual(rounds),
    };
    let parts = |sums: Vec<f64>| sums.into_iter().map(|sum| sum / pools).collect();
    Ok(Shares { accrued: parts(sums.accrued), paid: parts(sums.paid) })
}

/// As the contract's accounts stand.
fn ledger(rounds: &[Round]) -> Shares {
    let accounts = rounds.last().map_or(&[][..], |round| round.settled.accounts.as_slice());
    Shares {
        accrued: accounts.iter().map(|account| account.accrued as f64).collect(),
        paid: accounts.iter().map(|account| account.payable as f64).collect(),
    }
}

/// Every epoch on an account of its own.
fn epoch_bound(rounds: &[Round]) -> Result<Shares> {
    let mut sums = Shares::default();
    for round in rounds {
        let entries = round.vector.entries.iter().map(|&score| alone(round, score));
        let entries: Vec<Entry> = entries.collect::<Result<_, _>>()?;
        add(&mut sums.accrued, entries.iter().map(|entry| entry.accrued as f64));
        add(&mut sums.paid, entries.iter().map(|entry| entry.payable as f64));
    }
    Ok(sums)
}

fn usual(rounds: &[Round]) -> Shares {
    let mut paid = Vec::new();
    for round in rounds {
        add(&mut paid, round.usual.iter().map(|share| share * round.settled.pool as f64));
    }
    Shares { accrued: paid.clone(), paid }
}

fn add(sums: &mut Vec<f64>, amounts: impl ExactSizeIterator<Item = f64>) {
    sums.resize(amounts.len(), 0.0);
    sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
}

/// What a round makes of an empty account: `accrued` is the gain, `payable` what of it is beyond the round's own doubt.
///
/// # Errors
/// As [`advance`].
pub fn alone(round: &Round, score: ScoreEntry) -> Result<Entry, LedgerError> {
    advance(&Entry::default(), score, &terms(round))
}

/// What the round brought to every account.
pub fn terms(round: &Round) -> RoundTerms {
    RoundTerms {
        pool: round.settled.pool,
        denominator: round.settled.denominator,
        z_tenths: Z_TENTHS,
        release_bps: rules::split::WHOLE_BPS,
        cap: CAP,
    }
}
