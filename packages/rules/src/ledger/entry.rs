//! One contribution's account.

use super::{LedgerError, PROOF_DEVIATIONS, deviation_bound};
use crate::math::ceil_sqrt;

/// What a contribution has accrued, what of it may be claimed, and how much of it is in doubt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The sum of its gains, in uopen; negative = debt.
    pub accrued: i64,
    /// What may be claimed in total, in uopen; never decreases.
    pub payable: u64,
    /// The sum of the squares of its doubts, in uopen².
    pub variance: u128,
    /// The score of its last round, in 10^-9.
    pub last_score: i32,
}

impl Entry {
    /// `max(payable, accrued, 0)`: what the ledger holds for it, in uopen.
    pub fn liability(&self) -> u64 {
        self.payable.max(self.credit())
    }

    /// `min(u64::MAX, ceil(z · ceil(sqrt(variance)) / 10))`: the part of accrued that is in doubt,
    /// in uopen.
    pub fn doubt_bound(&self, z_tenths: u8) -> u64 {
        deviation_bound(self.variance, z_tenths)
    }

    /// `max(0, accrued − doubt bound)`: what is beyond doubt, in uopen.
    pub fn earned(&self, z_tenths: u8) -> u64 {
        self.credit().saturating_sub(self.doubt_bound(z_tenths))
    }

    /// `max(0, accrued − max(earned, payable))`: what doubt alone holds back, in uopen; what is
    /// beyond doubt but not yet released is not part of it.
    pub fn held_back(&self, z_tenths: u8) -> u64 {
        let free = self.earned(z_tenths).max(self.payable);
        self.credit().saturating_sub(free)
    }

    /// `max(0, −accrued)`, in uopen.
    pub fn debt(&self) -> u64 {
        if self.accrued < 0 { self.accrued.unsigned_abs() } else { 0 }
    }

    /// `max(0, −accrued − 4 · ceil(sqrt(variance)))`, in uopen: debt that may be taken from a bond.
    pub fn proved_debt(&self) -> u64 {
        let doubt = ceil_sqrt(self.variance).saturating_mul(u128::from(PROOF_DEVIATIONS));
        let doubt = u64::try_from(doubt).unwrap_or(u64::MAX);
        self.debt().saturating_sub(doubt)
    }

    /// The entry after `amount` uopen were taken from the contribution's bond: accrued grows by it.
    ///
    /// # Errors
    /// If the amount exceeds the debt.
    pub fn repay(&self, amount: u64) -> Result<Self, LedgerError> {
        let debt = self.debt();
        let wrong = LedgerError::Repay { amount, debt };
        if amount > debt {
            return Err(wrong);
        }
        let accrued = self.accrued.checked_add_unsigned(amount).ok_or(wrong)?;
        Ok(Self { accrued, ..*self })
    }

    /// The entry of a retired ledger: `payable = liability`.
    pub fn retire(&self) -> Self {
        Self { payable: self.liability(), ..*self }
    }

    /// `max(0, accrued)`, in uopen.
    fn credit(&self) -> u64 {
        u64::try_from(self.accrued).unwrap_or(0)
    }
}
