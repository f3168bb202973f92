//! What an operator's vector earns: agreement with the median, measured against how far the median
//! moved from what could have been copied.
//!
//! # Source
//! DESIGN section 4, "Operators".

use crate::math::mul_div_floor;

/// Full agreement, in basis points.
pub const FULL_BPS: u16 = 10_000;

/// The distance that an operator could have come by without computing anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference {
    /// There is no earlier result of this model to repost: `Σ |median|` stands in.
    None {
        /// `Σ |median|`, in 10^-9.
        median_magnitude: u64,
    },
    /// The distance from the median to the nearest of the previous aggregate of fees and the vectors
    /// kept since: those of rounds of both kinds that failed, and of settled valuations. In 10^-9.
    Nearest(u64),
}

/// `d = Σ |a_i − b_i|`, in 10^-9. `None` if the lengths differ.
pub fn distance(a: &[i32], b: &[i32]) -> Option<u64> {
    if a.len() != b.len() {
        return None;
    }
    a.iter().zip(b).try_fold(0_u64, |sum, (x, y)| sum.checked_add(u64::from(x.abs_diff(*y))))
}

/// `Σ |score|`, in 10^-9; saturates, which no vector within its bounds reaches.
pub fn magnitude(scores: &[i32]) -> u64 {
    scores.iter().fold(0_u64, |sum, score| sum.saturating_add(u64::from(score.unsigned_abs())))
}

/// `max(0, 1 − 4·d / ref)` in basis points, rounded down. A reference of 0 gives full agreement to
/// an equal vector and none to any other.
pub fn agreement_bps(distance: u64, reference: Reference) -> u16 {
    let reference = u128::from(match reference {
        Reference::None { median_magnitude } => median_magnitude,
        Reference::Nearest(distance) => distance,
    });
    if distance == 0 {
        return FULL_BPS;
    }
    let missed = u128::from(distance).saturating_mul(4);
    let agreed = reference.saturating_sub(missed);
    mul_div_floor(agreed, u128::from(FULL_BPS), reference).and_then(|bps| u16::try_from(bps).ok()).unwrap_or(0)
}

/// One operator's reward `floor(pot · agreement / (n · 10000))`, in uopen; 0 if `n` is 0. The
/// rewards of `n` operators never exceed the pot.
///
/// An agreement above 10,000 counts as full.
pub fn reward(pot: u128, n: u32, agreement_bps: u16) -> u128 {
    let agreed = u128::from(agreement_bps.min(FULL_BPS));
    let whole = u128::from(n).saturating_mul(u128::from(FULL_BPS));
    mul_div_floor(pot, agreed, whole).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reposting_the_last_result_earns_nothing() {
        let reference = Reference::Nearest(100);
        assert_eq!(agreement_bps(100, reference), 0);
        assert_eq!(agreement_bps(25, reference), 0);
        assert_eq!(agreement_bps(10, reference), 6_000);
    }

    #[test]
    fn a_reference_of_zero_pays_only_the_equal_vector() {
        for reference in [Reference::Nearest(0), Reference::None { median_magnitude: 0 }] {
            assert_eq!(agreement_bps(0, reference), FULL_BPS);
            assert_eq!(agreement_bps(1, reference), 0);
        }
    }

    #[test]
    fn vectors_of_different_length_have_no_distance() {
        assert_eq!(distance(&[1], &[1, 2]), None);
        assert_eq!(distance(&[i32::MIN], &[i32::MAX]), Some(u64::from(u32::MAX)));
    }
}
