use rules::ledger::{Entry, LedgerError, RoundTerms, advance, revalue};
use rules::score::ScoreEntry;
use serde::Deserialize;

use super::entries::EntryCase;
use super::{Number, cases};
use crate::reference;

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Case {
    History { name: String, start: EntryCase, rounds: Vec<Step> },
    Refused { start: EntryCase, round: RoundCase, error: String },
}

#[derive(Deserialize)]
struct Step {
    #[serde(flatten)]
    round: RoundCase,
    #[serde(default)]
    valuation: bool,
    after: EntryCase,
}

impl Step {
    /// Holds the crate and the reference to what comes out of `entry`.
    fn check(&self, entry: &Entry, name: &str) -> Entry {
        let (score, terms, after) = (self.round.score(), self.round.terms(), self.after.entry());
        let plain = reference::advance(entry, score, &terms);
        if self.valuation {
            assert_eq!(Entry { last_score: entry.last_score, ..plain }, after, "{name}");
            assert_eq!(revalue(entry, score, &terms), Ok(after), "{name}");
        } else {
            assert_eq!(plain, after, "{name}");
            assert_eq!(advance(entry, score, &terms), Ok(after), "{name}");
        }
        after
    }
}

#[derive(Deserialize)]
struct RoundCase {
    pool: Number<u64>,
    denominator: Number<u64>,
    z_tenths: u8,
    release_bps: u16,
    cap: Number<u64>,
    score: i32,
    error: u32,
}

impl RoundCase {
    fn terms(&self) -> RoundTerms {
        RoundTerms {
            pool: self.pool.0,
            denominator: self.denominator.0,
            z_tenths: self.z_tenths,
            release_bps: self.release_bps,
            cap: self.cap.0,
        }
    }

    fn score(&self) -> ScoreEntry {
        ScoreEntry { score: self.score, error: self.error }
    }
}

fn name(error: LedgerError) -> &'static str {
    match error {
        LedgerError::NoDenominator => "no denominator",
        LedgerError::Pool { .. } => "pool",
        LedgerError::Cap { .. } => "cap",
        LedgerError::Release { .. } => "release",
        LedgerError::Score { .. } => "score",
        LedgerError::AboveDenominator { .. } => "above denominator",
        LedgerError::Packed { .. } | LedgerError::Repay { .. } => "not of a round",
    }
}

#[test]
fn ledger_histories_follow_the_vectors() {
    for case in cases::<Case>("advance.json") {
        match case {
            Case::History { name, start, rounds } => {
                let mut entry = start.entry();
                for step in rounds {
                    entry = step.check(&entry, &name);
                }
            }
            Case::Refused { start, round, error } => {
                let outcome = advance(&start.entry(), round.score(), &round.terms());
                assert_eq!(outcome.map_err(name), Err(error.as_str()));
                let outcome = revalue(&start.entry(), round.score(), &round.terms());
                assert_eq!(outcome.map_err(name), Err(error.as_str()));
            }
        }
    }
}
