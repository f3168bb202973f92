//! The aggregate of the revealed vectors, position by position.
//!
//! Of an even number of scores the lower middle one counts, of errors and reaches the upper: in
//! doubt less is paid.
//!
//! # Determinism
//! The result does not depend on the order of the values; the slices are reordered.
//!
//! # Source
//! DESIGN section 5, "Median".

use crate::score::ScoreEntry;

/// The value of rank `floor((n − 1) / 2)`, counted from 0. `None` if there is none.
pub fn lower_median_i32(values: &mut [i32]) -> Option<i32> {
    let rank = values.len().checked_sub(1)? / 2;
    nth(values, rank)
}

/// The value of rank `floor(n / 2)`, counted from 0. `None` if there is none.
pub fn upper_median_u32(values: &mut [u32]) -> Option<u32> {
    nth(values, values.len() / 2)
}

/// The value of rank `floor(n / 2)`, counted from 0. `None` if there is none.
pub fn upper_median_u64(values: &mut [u64]) -> Option<u64> {
    nth(values, values.len() / 2)
}

/// One position's aggregate: the lower middle score and the upper middle error, taken apart from
/// each other. `None` without entries.
pub fn median_entry(entries: &[ScoreEntry]) -> Option<ScoreEntry> {
    let mut scores: Vec<i32> = entries.iter().map(|entry| entry.score).collect();
    let mut errors: Vec<u32> = entries.iter().map(|entry| entry.error).collect();
    Some(ScoreEntry { score: lower_median_i32(&mut scores)?, error: upper_median_u32(&mut errors)? })
}

/// `D = max(reach, Σ max(score, 0))` over the medians, in 10^-9: what a round's pool is divided by.
/// At 0 nothing moves and the range stays unsettled.
pub fn denominator(reach: u64, positive_sum: u64) -> u64 {
    reach.max(positive_sum)
}

fn nth<T: Ord + Copy>(values: &mut [T], rank: usize) -> Option<T> {
    values.sort_unstable();
    values.get(rank).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_the_lower_score_and_the_upper_error_count() {
        let entries = [ScoreEntry { score: 9, error: 1 }, ScoreEntry { score: -4, error: 7 }];
        let median = ScoreEntry { score: -4, error: 7 };
        assert_eq!(median_entry(&entries), Some(median));
    }

    #[test]
    fn without_values_there_is_no_median() {
        assert_eq!(lower_median_i32(&mut []), None);
        assert_eq!(upper_median_u32(&mut []), None);
        assert_eq!(upper_median_u64(&mut []), None);
        assert_eq!(median_entry(&[]), None);
    }
}
