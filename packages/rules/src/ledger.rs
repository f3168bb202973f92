//! The payout ledger: a contribution is paid what it has earned beyond doubt, over its whole life.
//!
//! Pure, and callable on one entry. For each entry `liability' ≤ liability + max(gain, 0)`, and the
//! positive gains of a round sum to at most its pool, so the ledger never owes more than it took in.
//!
//! # Units
//! Money in uopen, scores in 10^-9.
//!
//! # Source
//! DESIGN section 5, "Advance" and "Proved debt", and section 4, "Valuation round" and "Stopped models".

use thiserror::Error;

use crate::math::ceil_sqrt;
use crate::score::{SCALE, ScoreEntry};

mod entry;
mod packed;
mod standing;

pub use entry::Entry;
pub use packed::{pack, pack_amounts, unpack, unpack_amounts};
pub use standing::{DEBT_ROUNDS, Standing};

/// OPEN's supply at most, in uopen: no pool is larger.
pub const MAX_POOL: u64 = 1_000_000_000_000_000_000;

/// The largest cap: `i64::MAX`, what `accrued` can hold.
pub const MAX_CAP: u64 = i64::MAX.unsigned_abs();

/// The whole, in basis points.
const WHOLE_BPS: u128 = 10_000;

/// Proved debt is what exceeds this many standard errors.
const PROOF_DEVIATIONS: u64 = 4;

/// Why an entry cannot be read or moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// Packed accounts that end too early or hold a number in another form, or a packed standing of another length.
    #[error("{bytes} bytes are not what the ledger packs: they were changed or cut since")]
    Packed {
        /// Bytes given.
        bytes: usize,
    },
    /// `D = 0`.
    #[error("the denominator is 0: leave the range unsettled, nothing moves")]
    NoDenominator,
    /// A pool beyond OPEN's supply.
    #[error("a pool of {pool} uopen exceeds the supply of 10^18: check where it was booked")]
    Pool {
        /// The pool.
        pool: u64,
    },
    /// A cap that `accrued` cannot hold.
    #[error("a cap of {cap} uopen exceeds 2^63 - 1: use at most that for no cap")]
    Cap {
        /// The cap.
        cap: u64,
    },
    /// A release rate above the whole.
    #[error("a release rate of {release_bps} bps exceeds 10000: use at most that")]
    Release {
        /// The rate.
        release_bps: u16,
    },
    /// A score or error outside its bounds.
    #[error("score {score} or error {error} exceeds 10^9: check the vectors when revealed")]
    Score {
        /// The score.
        score: i32,
        /// The error.
        error: u32,
    },
    /// A score above D, which would pay more than the pool.
    #[error("score {score} exceeds the denominator {denominator}: sum all positions into D first")]
    AboveDenominator {
        /// The score.
        score: i32,
        /// D.
        denominator: u64,
    },
    /// More repaid than owed.
    #[error("{amount} uopen exceed the debt of {debt}: take at most the debt")]
    Repay {
        /// What was taken from the bond.
        amount: u64,
        /// The debt.
        debt: u64,
    },
}

/// What a round brings to every entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundTerms {
    /// P, in uopen; at most 10^18.
    pub pool: u64,
    /// D, see [`crate::median::denominator`]; not 0.
    pub denominator: u64,
    /// The method's z, in tenths; 20 by default.
    pub z_tenths: u8,
    /// Part of what is beyond doubt that is released per round, in basis points.
    pub release_bps: u16,
    /// The most that a contribution accrues, in uopen; at most `i64::MAX`.
    pub cap: u64,
}

impl RoundTerms {
    fn check(&self, entry: ScoreEntry) -> Result<(), LedgerError> {
        let ScoreEntry { score, error } = entry;
        let denominator = self.denominator;
        if denominator == 0 {
            return Err(LedgerError::NoDenominator);
        }
        if self.pool > MAX_POOL {
            return Err(LedgerError::Pool { pool: self.pool });
        }
        if self.cap > MAX_CAP {
            return Err(LedgerError::Cap { cap: self.cap });
        }
        if u128::from(self.release_bps) > WHOLE_BPS {
            let release_bps = self.release_bps;
            return Err(LedgerError::Release { release_bps });
        }
        if score.unsigned_abs() > SCALE.unsigned_abs() || error > SCALE.unsigned_abs() {
            return Err(LedgerError::Score { score, error });
        }
        if score > 0 && u64::from(score.unsigned_abs()) > denominator {
            return Err(LedgerError::AboveDenominator { score, denominator });
        }
        Ok(())
    }

    /// `max(−P, floor(P · score / D))`, rounded towards minus infinity.
    fn gain(&self, score: i32) -> i64 {
        let product = i128::from(self.pool).saturating_mul(i128::from(score));
        // D > 0, so the Euclidean quotient is the floor.
        let quotient = product.checked_div_euclid(i128::from(self.denominator)).unwrap_or(0);
        let pool = i128::from(self.pool);
        // |gain| ≤ P ≤ 10^18: below by the clamp, above since score ≤ D.
        i64::try_from(quotient.max(pool.saturating_neg())).unwrap_or(0)
    }

    /// `min(P, ceil(P · error / D))`.
    fn doubt(&self, error: u32) -> u128 {
        let product = u128::from(self.pool).saturating_mul(u128::from(error));
        let denominator = u128::from(self.denominator);
        let quotient = product.checked_div(denominator).unwrap_or(0);
        let exact = quotient.saturating_mul(denominator) == product;
        quotient.saturating_add(u128::from(!exact)).min(u128::from(self.pool))
    }

    /// `floor(amount · release rate)`.
    fn release(&self, amount: u64) -> u64 {
        let released = u128::from(amount).saturating_mul(u128::from(self.release_bps));
        // The rate is at most the whole, so this is at most `amount`.
        u64::try_from(released / WHOLE_BPS).unwrap_or(amount)
    }
}

/// The entry after a round.
///
/// ```text
/// gain      = max(−P, floor(P · score / D))
/// doubt     = min(P, ceil(P · error / D))
/// accrued   = min(cap, accrued + gain)
/// variance += doubt²
/// earned    = max(0, accrued − ceil(z · ceil(sqrt(variance)) / 10))
/// payable  += floor(max(0, earned − payable) · rate)
/// ```
///
/// `accrued` saturates downwards at `i64::MIN`, `variance` upwards; both only ever pay less.
///
/// # Errors
/// If D is 0, the pool exceeds 10^18, the cap `i64::MAX` or the rate 10,000 bps, the score entry is
/// out of bounds, or the score exceeds D.
pub fn advance(entry: &Entry, score: ScoreEntry, round: &RoundTerms) -> Result<Entry, LedgerError> {
    round.check(score)?;
    let cap = i64::try_from(round.cap).unwrap_or(i64::MAX);
    let doubt = round.doubt(score.error);
    let mut next = Entry {
        accrued: entry.accrued.saturating_add(round.gain(score.score)).min(cap),
        payable: entry.payable,
        variance: entry.variance.saturating_add(doubt.saturating_mul(doubt)),
        last_score: score.score,
    };
    let beyond_doubt = next.earned(round.z_tenths).saturating_sub(next.payable);
    next.payable = next.payable.saturating_add(round.release(beyond_doubt));
    Ok(next)
}

/// The entry after a valuation round, whose pool is royalties: as [`advance`], but the last score stays that of the last round of
/// fees, since agreement compares with results that a round of fees could repeat.
///
/// # Errors
/// As [`advance`].
pub fn revalue(entry: &Entry, score: ScoreEntry, round: &RoundTerms) -> Result<Entry, LedgerError> {
    Ok(Entry { last_score: entry.last_score, ..advance(entry, score, round)? })
}

/// `ceil(z · ceil(sqrt(variance)) / 10)`, at most `u64::MAX`.
fn deviation_bound(variance: u128, z_tenths: u8) -> u64 {
    let scaled = ceil_sqrt(variance).saturating_mul(u128::from(z_tenths));
    u64::try_from(scaled.div_ceil(10)).unwrap_or(u64::MAX)
}
