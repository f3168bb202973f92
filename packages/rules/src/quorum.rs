//! How many operators a round needs.
//!
//! # Source
//! DESIGN section 4: `q = floor(2n/3) + 1` of `n ≥ 3`; tolerated liars `floor((q − 1) / 2)`.

/// The fewest operators that a round can have.
pub const MIN_OPERATORS: u32 = 3;

/// Reports that must be revealed: `floor(2n / 3) + 1`. `None` below three operators.
pub fn quorum(n: u32) -> Option<u32> {
    if n < MIN_OPERATORS {
        return None;
    }
    let two_thirds = u64::from(n).saturating_mul(2) / 3;
    u32::try_from(two_thirds).ok()?.checked_add(1)
}

/// Liars that cannot move a median outside the honest values: `floor((q − 1) / 2)`; 0 below three
/// operators.
pub fn tolerated(n: u32) -> u32 {
    quorum(n).map_or(0, |q| q.saturating_sub(1) / 2)
}

/// Whether `count` is more than half of `of`.
pub fn majority(count: u32, of: u32) -> bool {
    u64::from(count).saturating_mul(2) > u64::from(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sets_have_the_quorums_of_the_design() {
        let quorums: Vec<_> = (0..=9).map(quorum).collect();
        let expected = [0, 0, 0, 3, 3, 4, 5, 5, 6, 7].map(|q| (q > 0).then_some(q));
        assert_eq!(quorums, expected);
        let liars: Vec<_> = (3..=9).map(tolerated).collect();
        assert_eq!(liars, [1, 1, 1, 2, 2, 2, 3]);
    }

    #[test]
    fn half_is_not_a_majority() {
        assert!(!majority(0, 0));
        assert!(!majority(2, 4));
        assert!(majority(3, 4));
        assert!(majority(u32::MAX, u32::MAX));
    }
}
