//! Royalties: what a model owes its parents moves one hop at a time.
//!
//! # Units
//! Amounts in uopen, shares in basis points.
//!
//! # Source
//! DESIGN section 4, "Royalties".

use crate::math::mul_div_floor;
use crate::split::{FeeParts, SplitError, SplitTerms, split_fee};

/// The most parents of a model.
pub const MAX_PARENTS: usize = 16;

/// The smallest amount that is moved.
pub const MIN_FLOW: u128 = 1_000;

/// What each parent gets, and what stays for the next time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// In the order of the shares.
    pub parts: Vec<u128>,
    /// What rounding left over.
    pub carried: u128,
}

/// `floor(owed · share / 10000)` for each parent, the remainder carried.
///
/// # Errors
/// Unless there are 1 to 16 shares that add up to 10,000.
pub fn flow(owed: u128, shares_bps: &[u16]) -> Result<Flow, SplitError> {
    let count = shares_bps.len();
    if count == 0 || count > MAX_PARENTS {
        return Err(SplitError::Parents { count });
    }
    let sum_bps = shares_bps.iter().copied().map(u64::from).sum();
    if sum_bps != 10_000 {
        return Err(SplitError::Sum { sum_bps });
    }
    // A share is at most the whole, so each part exists and their sum is at most what is owed.
    let parts: Vec<u128> =
        shares_bps.iter().map(|bps| mul_div_floor(owed, u128::from(*bps), 10_000).unwrap_or(0)).collect();
    let carried = parts.iter().fold(owed, |left, part| left.saturating_sub(*part));
    Ok(Flow { parts, carried })
}

/// What royalties become in the parent's intake: split by its terms, without a second protocol share.
///
/// # Errors
/// If the terms do not add up.
pub fn take_in(amount: u128, terms: &SplitTerms) -> Result<FeeParts, SplitError> {
    split_fee(amount, 0, terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounding_leaves_is_carried() {
        let flow = flow(1_001, &[3_333, 3_333, 3_334]).unwrap();
        assert_eq!(flow, Flow { parts: vec![333, 333, 333], carried: 2 });
    }

    #[test]
    fn parents_must_share_the_whole() {
        assert_eq!(flow(1, &[]), Err(SplitError::Parents { count: 0 }));
        assert_eq!(flow(1, &[0; 17]), Err(SplitError::Parents { count: 17 }));
        assert_eq!(flow(1, &[5_000, 4_999]), Err(SplitError::Sum { sum_bps: 9_999 }));
    }
}
