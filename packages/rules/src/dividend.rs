//! Dividends by points per share: what arrives is shared among all units at once, in constant time.
//!
//! Exact: over any history, what arrived is what holders were credited, plus the fractions kept for them, plus what is carried.
//!
//! # Units
//! Income in uopen; points in 2^-48 uopen per unit of stake; fractions in 2^-48 uopen.
//!
//! # Source
//! DESIGN section 5, "Stake".

use ethnum::U256;

/// Points of one uopen per unit.
const SCALE: u128 = 1 << 48;

/// How much one unit has been credited since the beginning, and what could not be shared yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// Points of one unit; never fall.
    pub per_unit: u128,
    /// Points of the whole that are carried to the next dividend.
    pub carried: u128,
}

impl Points {
    /// Shares `income` uopen among `sharing` units: `per_unit += floor((income · 2^48 + carried) / sharing)`, the remainder
    /// carried; all of it while nothing shares.
    ///
    /// `None` if the result exceeds 128 bits.
    pub fn distribute(&self, income: u128, sharing: u128) -> Option<Self> {
        let due = income.checked_mul(SCALE)?.checked_add(self.carried)?;
        match (due.checked_div(sharing), due.checked_rem(sharing)) {
            (Some(more), Some(carried)) => Some(Self { per_unit: self.per_unit.checked_add(more)?, carried }),
            _ => Some(Self { carried: due, ..*self }),
        }
    }
}

/// What a holder has been credited, up to certain points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// Points of one unit that are credited already.
    pub seen: u128,
    /// Whole uopen credited and not paid.
    pub claimable: u128,
    /// What is credited beyond them, in 2^-48 uopen.
    pub fraction: u64,
}

impl Holding {
    /// Credits what `balance` units earned since the last time. Must be called before every change of the balance, so that no
    /// transfer moves past income.
    ///
    /// `None` if the points fell, or the result exceeds 128 bits.
    pub fn settle(&self, balance: u128, points: &Points) -> Option<Self> {
        let more = points.per_unit.checked_sub(self.seen)?;
        let product = U256::from(balance).checked_mul(U256::from(more))?;
        let earned = product.checked_add(U256::from(self.fraction))?;
        let scale = U256::from(SCALE);
        let whole = u128::try_from(earned.checked_div(scale)?).ok()?;
        let fraction = u64::try_from(earned.checked_rem(scale)?).ok()?;
        Some(Self { seen: points.per_unit, claimable: self.claimable.checked_add(whole)?, fraction })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_by_rounding_however_often_holders_are_settled() {
        let (mut points, mut a, mut b) = (Points::default(), Holding::default(), Holding::default());
        for _ in 0..1_000 {
            points = points.distribute(1, 3).unwrap();
            a = a.settle(1, &points).unwrap();
            b = b.settle(2, &points).unwrap();
        }
        assert_eq!((a.claimable, b.claimable), (333, 666));
        let fractions = u128::from(a.fraction) + u128::from(b.fraction) + points.carried;
        assert_eq!(fractions, SCALE);
    }

    #[test]
    fn income_waits_while_nobody_shares() {
        let points = Points::default().distribute(5, 0).unwrap();
        assert_eq!(points, Points { per_unit: 0, carried: 5 * SCALE });
        let points = points.distribute(1, 2).unwrap();
        assert_eq!(points, Points { per_unit: 3 * SCALE, carried: 0 });
    }

    #[test]
    fn the_largest_income_fits_and_what_does_not_is_none() {
        let points = Points::default().distribute(1_000_000_000_000_000_000, 1).unwrap();
        assert_eq!(Holding::default().settle(1, &points).unwrap().claimable, 1_000_000_000_000_000_000);
        assert_eq!(Points::default().distribute(u128::MAX, 1), None);
        let seen = Holding { seen: 1, ..Holding::default() };
        assert_eq!(seen.settle(1, &Points::default()), None);
    }
}
