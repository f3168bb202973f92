//! Who gets what of a fee. Every split adds up exactly to what was split.
//!
//! # Units
//! Amounts in uopen, shares in basis points.
//!
//! # Source
//! DESIGN section 3, "Terms" and "Contribution" (payees), and section 4, "Earn".

use thiserror::Error;

use crate::math::mul_div_floor;

/// The whole, in basis points.
pub const WHOLE_BPS: u16 = 10_000;

/// The most payees that a contribution can have.
pub const MAX_PAYEES: usize = 16;

/// Why shares cannot be split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SplitError {
    /// Shares that do not add up to the whole.
    #[error("the shares add up to {sum_bps} bps: they must add up to exactly 10000")]
    Sum {
        /// Their sum.
        sum_bps: u64,
    },
    /// A protocol share above the whole.
    #[error("a protocol share of {bps} bps exceeds the fee: use at most 10000")]
    Protocol {
        /// The share.
        bps: u16,
    },
    /// No parent, or more than allowed.
    #[error("{count} parents: name between 1 and 16")]
    Parents {
        /// How many were named.
        count: usize,
    },
    /// No payee, or more than allowed.
    #[error("{count} payees: name between 1 and 16")]
    Payees {
        /// How many were named.
        count: usize,
    },
}

/// How the net fee of a model is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitTerms {
    /// To the model's owner.
    pub owner_bps: u16,
    /// To the holders of its stake.
    pub stake_bps: u16,
    /// To the contributions that shaped the outputs.
    pub influence_bps: u16,
    /// To its parent models.
    pub parents_bps: u16,
}

impl SplitTerms {
    /// Checks that the shares add up to 10,000.
    ///
    /// # Errors
    /// [`SplitError::Sum`] if they do not.
    pub fn check(&self) -> Result<(), SplitError> {
        check_sum(&[self.owner_bps, self.stake_bps, self.influence_bps, self.parents_bps])
    }
}

/// The parts of a gross fee, in uopen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeeParts {
    /// To the treasury, off the top; never refunded.
    pub protocol: u128,
    /// To the model's owner.
    pub owner: u128,
    /// To the holders of its stake.
    pub stake: u128,
    /// The pool of the round that covers the epoch.
    pub influence: u128,
    /// To the parents' intake.
    pub parents: u128,
}

impl FeeParts {
    /// Adds part by part. `None` beyond 128 bits.
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        Some(Self {
            protocol: self.protocol.checked_add(other.protocol)?,
            owner: self.owner.checked_add(other.owner)?,
            stake: self.stake.checked_add(other.stake)?,
            influence: self.influence.checked_add(other.influence)?,
            parents: self.parents.checked_add(other.parents)?,
        })
    }

    /// The gross fee that these parts make. `None` beyond 128 bits.
    pub fn total(&self) -> Option<u128> {
        self.protocol
            .checked_add(self.owner)?
            .checked_add(self.stake)?
            .checked_add(self.influence)?
            .checked_add(self.parents)
    }
}

/// `protocol = floor(gross · protocol_bps / 10000)`; of the net fee `gross − protocol` the owner,
/// stake and parents parts are rounded down, and the influence part is the rest.
///
/// # Errors
/// If the protocol share exceeds 10,000 or the terms do not add up.
pub fn split_fee(gross: u128, protocol_bps: u16, terms: &SplitTerms) -> Result<FeeParts, SplitError> {
    let protocol = protocol_part(gross, protocol_bps)?;
    terms.check()?;
    let net = gross.saturating_sub(protocol);
    let owner = share(net, terms.owner_bps);
    let stake = share(net, terms.stake_bps);
    let parents = share(net, terms.parents_bps);
    // Shares of at most the whole, each rounded down: no subtraction can saturate.
    let influence = net.saturating_sub(owner).saturating_sub(stake).saturating_sub(parents);
    Ok(FeeParts { protocol, owner, stake, influence, parents })
}

/// The protocol's part of a fee, `floor(gross · protocol_bps / 10000)`; what is left is the net fee.
///
/// # Errors
/// If the protocol share exceeds 10,000.
pub fn protocol_part(gross: u128, protocol_bps: u16) -> Result<u128, SplitError> {
    if protocol_bps > WHOLE_BPS {
        return Err(SplitError::Protocol { bps: protocol_bps });
    }
    Ok(share(gross, protocol_bps))
}

/// Each payee's `floor(amount · share / 10000)`, what is left over to the first.
///
/// # Errors
/// Unless there are 1 to 16 shares that add up to 10,000.
pub fn split_payees(amount: u128, shares_bps: &[u16]) -> Result<Vec<u128>, SplitError> {
    let count = shares_bps.len();
    if count == 0 || count > MAX_PAYEES {
        return Err(SplitError::Payees { count });
    }
    check_sum(shares_bps)?;
    let mut parts: Vec<u128> = shares_bps.iter().map(|bps| share(amount, *bps)).collect();
    let left = parts.iter().fold(amount, |left, part| left.saturating_sub(*part));
    if let Some(first) = parts.first_mut() {
        *first = first.saturating_add(left);
    }
    Ok(parts)
}

fn check_sum(shares_bps: &[u16]) -> Result<(), SplitError> {
    let sum_bps = shares_bps.iter().copied().map(u64::from).sum();
    if sum_bps == u64::from(WHOLE_BPS) { Ok(()) } else { Err(SplitError::Sum { sum_bps }) }
}

/// `floor(amount · bps / 10000)` for a share that was checked to be at most the whole, so that the
/// result always exists.
fn share(amount: u128, bps: u16) -> u128 {
    mul_div_floor(amount, u128::from(bps), u128::from(WHOLE_BPS)).unwrap_or(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_units_go_to_influence() {
        let terms = SplitTerms { owner_bps: 3_333, stake_bps: 3_333, influence_bps: 1, parents_bps: 3_333 };
        let parts = split_fee(101, 500, &terms).unwrap();
        let expected = FeeParts { protocol: 5, owner: 31, stake: 31, influence: 3, parents: 31 };
        assert_eq!(parts, expected);
        assert_eq!(parts.total(), Some(101));
    }

    #[test]
    fn shares_that_do_not_add_up_are_refused() {
        let short = SplitTerms { owner_bps: 9_999, stake_bps: 0, influence_bps: 0, parents_bps: 0 };
        assert_eq!(split_fee(1, 0, &short), Err(SplitError::Sum { sum_bps: 9_999 }));
        assert_eq!(split_payees(1, &[10_000, 10_000]), Err(SplitError::Sum { sum_bps: 20_000 }));
        assert_eq!(split_payees(1, &[]), Err(SplitError::Payees { count: 0 }));
        let many = [0; 17];
        assert_eq!(split_payees(1, &many), Err(SplitError::Payees { count: 17 }));
    }
}
