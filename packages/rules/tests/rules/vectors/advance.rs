use rules::ledger::{LedgerError, RoundTerms, advance};
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
    after: EntryCase,
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
                for Step { round, after } in rounds {
                    let (score, terms) = (round.score(), round.terms());
                    let expected = Ok(after.entry());
                    assert_eq!(Ok(reference::advance(&entry, score, &terms)), expected);
                    assert_eq!(advance(&entry, score, &terms), expected, "{name}");
                    entry = after.entry();
                }
            }
            Case::Refused { start, round, error } => {
                let outcome = advance(&start.entry(), round.score(), &round.terms());
                assert_eq!(outcome.map_err(name), Err(error.as_str()));
            }
        }
    }
}
