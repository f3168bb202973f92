use rules::median::{denominator, median_entry, upper_median_u64};
use rules::quorum::{majority, quorum, tolerated};
use rules::score::ScoreEntry;
use serde::Deserialize;

use super::{Number, cases};

#[derive(Clone, Copy, Deserialize)]
pub(super) struct EntryCase {
    score: i32,
    error: u32,
}

impl EntryCase {
    pub(super) fn entry(self) -> ScoreEntry {
        ScoreEntry { score: self.score, error: self.error }
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum MedianCase {
    Entry { entries: Vec<EntryCase>, score: i32, error: u32 },
    Reach { reaches: Vec<Number<u64>>, reach: Number<u64>, positive_sum: Number<u64>, denominator: Number<u64> },
}

#[test]
fn medians_follow_the_vectors() {
    for case in cases::<MedianCase>("medians.json") {
        match case {
            MedianCase::Entry { entries, score, error } => {
                let entries: Vec<ScoreEntry> = entries.into_iter().map(EntryCase::entry).collect();
                let expected = ScoreEntry { score, error };
                assert_eq!(median_entry(&entries), Some(expected));
            }
            MedianCase::Reach { reaches, reach, positive_sum, denominator: expected } => {
                let mut reaches: Vec<u64> = reaches.into_iter().map(|reach| reach.0).collect();
                assert_eq!(upper_median_u64(&mut reaches), Some(reach.0));
                assert_eq!(denominator(reach.0, positive_sum.0), expected.0);
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum QuorumCase {
    Quorum { n: u32, quorum: Option<u32>, tolerated: Option<u32> },
    Majority { count: u32, of: u32, majority: bool },
}

#[test]
fn quorums_follow_the_vectors() {
    for case in cases::<QuorumCase>("quorum.json") {
        match case {
            QuorumCase::Quorum { n, quorum: q, tolerated: liars } => {
                assert_eq!(quorum(n), q, "n = {n}");
                assert_eq!(tolerated(n), liars.unwrap_or(0), "n = {n}");
            }
            QuorumCase::Majority { count, of, majority: expected } => {
                assert_eq!(majority(count, of), expected, "{count} of {of}")
            }
        }
    }
}
