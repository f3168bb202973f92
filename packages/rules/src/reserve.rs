//! What a valuation round pays out of a model's reserve of stake for contributors.
//!
//! # Source
//! DESIGN section 5, "Stake".

use crate::math::mul_div_floor;
use crate::score::ScoreEntry;
use crate::split::WHOLE_BPS;

/// The largest tranche that a valuation round may pay of what is left: a quarter, rounded down.
pub fn largest_tranche(left: u128) -> u128 {
    left / 4
}

/// `floor(tranche · max(0, score − z · error) / Σ max(score, 0))`, z in tenths, in the unit of the
/// tranche. What is not paid stays in the reserve; the shares of all positions never exceed the
/// tranche.
///
/// `None` if no score is positive, or the score exceeds their sum.
pub fn reserve_share(tranche: u128, entry: ScoreEntry, z_tenths: u8, positive_sum: u64) -> Option<u128> {
    let score = u64::try_from(entry.score).unwrap_or(0);
    if positive_sum == 0 || score > positive_sum {
        return None;
    }
    let tenths = u128::from(score).saturating_mul(10);
    let doubt = u128::from(entry.error).saturating_mul(u128::from(z_tenths));
    let whole = u128::from(positive_sum).saturating_mul(10);
    mul_div_floor(tranche, tenths.saturating_sub(doubt), whole)
}

/// `floor(left · share / 10000)`: what compute or fine-tuning work gets of what is left of the work reserve, in units. Claims of a
/// version whose shares sum to at most the whole never get more than is left.
pub fn work_payment(left: u128, share_bps: u16) -> u128 {
    mul_div_floor(left, u128::from(share_bps.min(WHOLE_BPS)), u128::from(WHOLE_BPS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_paid_from_what_is_left() {
        assert_eq!(work_payment(1_001, 5_000), 500);
        assert_eq!(work_payment(u128::MAX, WHOLE_BPS), u128::MAX);
    }

    #[test]
    fn doubt_stays_in_the_reserve() {
        let entry = ScoreEntry { score: 50, error: 10 };
        assert_eq!(reserve_share(1_000, entry, 20, 100), Some(300));
        assert_eq!(reserve_share(1_000, entry, 0, 100), Some(500));
        assert_eq!(reserve_share(1_000, entry, 51, 100), Some(0));
        assert_eq!(reserve_share(1_000, entry, 20, 49), None);
        assert_eq!(reserve_share(1_000, ScoreEntry::default(), 20, 0), None);
    }
}
