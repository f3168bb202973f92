//! For how many settled rounds in a row an account has, or has not, had proved debt.

use super::{Entry, LedgerError};

/// Settled rounds in a row with proved debt after which it can be claimed.
pub const DEBT_ROUNDS: u8 = 2;

/// Counts of settled rounds of fees in a row; one of the two is 0. Both saturate at 255.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Rounds with proved debt.
    pub with_debt: u8,
    /// Rounds without.
    pub without_debt: u8,
}

impl Standing {
    /// Bytes of a packed standing.
    pub const BYTES: usize = 2;

    /// The standing after a settled round of fees that left the account at `entry`.
    #[must_use]
    pub fn after(&self, entry: &Entry) -> Self {
        if entry.proved_debt() > 0 {
            return Self { with_debt: self.with_debt.saturating_add(1), without_debt: 0 };
        }
        Self { with_debt: 0, without_debt: self.without_debt.saturating_add(1) }
    }

    /// Whether what `entry` owes beyond doubt can be claimed.
    pub fn claimable(&self, entry: &Entry) -> bool {
        self.with_debt >= DEBT_ROUNDS && entry.proved_debt() > 0
    }

    /// Rounds with debt, rounds without, one byte each.
    pub fn pack(&self) -> [u8; Self::BYTES] {
        [self.with_debt, self.without_debt]
    }

    /// Reads what [`Standing::pack`] wrote.
    ///
    /// # Errors
    /// If there are not exactly 2 bytes.
    pub fn unpack(bytes: &[u8]) -> Result<Self, LedgerError> {
        let &[with_debt, without_debt] = bytes else {
            return Err(LedgerError::Packed { bytes: bytes.len() });
        };
        Ok(Self { with_debt, without_debt })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_without_debt_ends_the_row() {
        let (poor, clean) = (Entry { accrued: -1, ..Entry::default() }, Entry::default());
        let one = Standing::default().after(&poor);
        assert!(!one.claimable(&poor));
        let two = one.after(&poor);
        assert!(two.claimable(&poor) && !two.claimable(&clean));
        assert_eq!(two.after(&clean), Standing { with_debt: 0, without_debt: 1 });
        let long = Standing { with_debt: 0, without_debt: 255 };
        assert_eq!(long.after(&clean), long);
    }
}
