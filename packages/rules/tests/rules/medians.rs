//! Medians against sorting, and against liars.

use proptest::collection::vec;
use proptest::prelude::*;
use rules::median::{lower_median_i32, median_entry, upper_median_u32, upper_median_u64};
use rules::quorum::{majority, quorum, tolerated};
use rules::score::ScoreEntry;

/// The k-th smallest value by counting, not by sorting.
fn ranked<T: Ord + Copy>(values: &[T], rank: usize) -> Option<T> {
    values.iter().copied().find(|value| {
        let below = values.iter().filter(|other| *other < value).count();
        let equal = values.iter().filter(|other| *other == value).count();
        (below..below + equal).contains(&rank)
    })
}

proptest! {
    #[test]
    fn medians_are_the_middle_values_by_rank(
        scores in vec(-4..4_i32, 1..12),
        errors in vec(any::<u32>(), 1..12),
        reaches in vec(0..3_u64, 1..12),
    ) {
        let lower = ranked(&scores, (scores.len() - 1) / 2);
        prop_assert_eq!(lower_median_i32(&mut scores.clone()), lower);
        let upper = ranked(&errors, errors.len() / 2);
        prop_assert_eq!(upper_median_u32(&mut errors.clone()), upper);
        let upper = ranked(&reaches, reaches.len() / 2);
        prop_assert_eq!(upper_median_u64(&mut reaches.clone()), upper);
    }

    #[test]
    fn tolerated_liars_cannot_move_a_median_outside_the_honest_values(
        n in 3..40_u32,
        honest_scores in vec(-100..100_i32, 40),
        lies in vec((any::<i32>(), any::<u32>()), 40),
    ) {
        let revealed = usize::try_from(quorum(n).unwrap()).unwrap();
        let liars = usize::try_from(tolerated(n)).unwrap();
        let honest = honest_scores.iter().take(revealed - liars);
        let honest: Vec<ScoreEntry> =
            honest.map(|score| ScoreEntry { score: *score, error: score.unsigned_abs() }).collect();
        let lies = lies.iter().take(liars).map(|(score, error)| ScoreEntry {
            score: *score,
            error: *error,
        });
        let entries: Vec<ScoreEntry> = honest.iter().copied().chain(lies).collect();
        let median = median_entry(&entries).unwrap();
        prop_assert!(honest.iter().any(|entry| entry.score <= median.score));
        prop_assert!(honest.iter().any(|entry| entry.score >= median.score));
        prop_assert!(honest.iter().any(|entry| entry.error <= median.error));
        prop_assert!(honest.iter().any(|entry| entry.error >= median.error));
    }

    #[test]
    fn a_quorum_is_a_majority_that_two_disjoint_sets_cannot_both_reach(n in 3..=u32::MAX) {
        let quorum = quorum(n).unwrap();
        prop_assert!(quorum <= n && majority(quorum, n));
        prop_assert!(!majority(n - quorum, n));
    }
}
