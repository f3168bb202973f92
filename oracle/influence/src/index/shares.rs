//! Each contribution's part of every query's total, summed over draws as means and standard errors need it.
//!
//! A share `s_qc = Σ_{i∈c} φ_qi / Σ_i |φ_qi|` is an integer in 10^-12, towards zero. Receipts of one prompt are one draw, whose share is
//! `Σ_r f_r s_rc / Σ_r f_r`, towards zero. Per kind and stratum, with a draw's weight `w`, three sums are kept exactly, from which mean and
//! standard error follow without the shares: `Σ w s`, `Σ w² s` and `Σ w² s²`.

use std::ops::Range;

use ethnum::I256;
use rules::math::mul_div_floor;

use super::IndexError;
use super::asked::Asked;
use super::packed::Unpack;
use super::product::{Part, Wide, base, sums};
use super::rows::Rows;
use super::totals::Totals;
use crate::job::Job;

/// One: all of a query's influence.
pub const ONE: i64 = 1_000_000_000_000;
/// Bytes of [`Sums`].
const SUMS_BYTES: usize = 80;

/// Sums over the draws of one kind and stratum.
///
/// # Units
/// Shares in 10^-12, weights in uopen; weights add up to less than 2^64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sums {
    /// `Σ w s`, below 2^104.
    pub(super) weighted: i128,
    /// `Σ w² s`, below 2^168.
    pub(super) linear: I256,
    /// `Σ w² s²`, below 2^208.
    pub(super) square: I256,
}

impl Sums {
    const ZERO: Self = Self { weighted: 0, linear: I256::ZERO, square: I256::ZERO };

    /// Adds a draw.
    fn add(&mut self, weight: u64, share: i64) {
        let product = i128::from(weight) * i128::from(share);
        self.weighted += product;
        self.linear += I256::from(product) * I256::from(weight);
        self.square += I256::from(product) * I256::from(product);
    }
}

/// Sums of all contributions of a shard: per contribution one for each group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shares(pub(super) Vec<Vec<Sums>>);

impl Shares {
    /// Sums of a shard whose contributions have these rows.
    ///
    /// # Errors
    /// If a chunk cannot be had, or the job is cancelled.
    pub(super) fn of_shard(
        (rows, contributions): (&Rows<'_>, &[Range<usize>]),
        (asked, totals): (&Asked, &Totals),
        chunks: impl Iterator<Item = Result<Wide, IndexError>>,
        job: &Job,
    ) -> Result<Self, IndexError> {
        let mut open: Vec<Open> = contributions.iter().map(|_| Open::new(asked.groups.len())).collect();
        let down = totals.base.checked_sub(base(rows)).filter(|down| *down >= 0).ok_or(IndexError::Overflow)?;
        let mut first = 0;
        for chunk in chunks {
            let chunk = chunk?;
            let found = sums(rows, contributions, &chunk, Part::Signed, job)?;
            for (own, found) in open.iter_mut().zip(found) {
                for (rank, sum) in found.into_iter().enumerate() {
                    own.add(asked, first + rank, share(towards_zero(sum, down), totals.sums[first + rank])?);
                }
            }
            first += chunk.len();
        }
        Ok(Self(open.into_iter().map(|open| open.sums).collect()))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let all = self.0.iter().flatten();
        let mut bytes = (all.clone().count() as u64).to_le_bytes().to_vec();
        for sums in all {
            bytes.extend(sums.weighted.to_le_bytes());
            bytes.extend(sums.linear.to_le_bytes());
            bytes.extend(sums.square.to_le_bytes());
        }
        bytes
    }

    /// Reads the sums of so many contributions and groups; `None` if the bytes are not that.
    pub(super) fn from_bytes(bytes: &[u8], (contributions, groups): (usize, usize)) -> Option<Self> {
        let mut bytes = Unpack::new(bytes);
        if bytes.count(SUMS_BYTES)? != contributions * groups {
            return None;
        }
        let mut next = || {
            let weighted = i128::from_le_bytes(bytes.take()?);
            let linear = I256::from_le_bytes(bytes.take()?);
            Some(Sums { weighted, linear, square: I256::from_le_bytes(bytes.take()?) })
        };
        let rows = (0..contributions).map(|_| (0..groups).map(|_| next()).collect::<Option<Vec<_>>>());
        rows.collect::<Option<Vec<_>>>().map(Self)
    }
}

/// One contribution, while draws go by.
struct Open {
    sums: Vec<Sums>,
    /// Draw that the next query is of.
    draw: usize,
    /// `Σ f s` of its receipts so far.
    weighted: i128,
}

impl Open {
    fn new(groups: usize) -> Self {
        Self { sums: vec![Sums::ZERO; groups], draw: 0, weighted: 0 }
    }

    /// Adds the share of a query; queries come in order.
    fn add(&mut self, asked: &Asked, query: usize, share: i64) {
        let draw = &asked.draws[self.draw];
        self.weighted += i128::from(asked.fees()[query]) * i128::from(share);
        if query + 1 == draw.queries.end {
            let pooled = self.weighted / i128::from(draw.weight);
            self.sums[draw.group].add(draw.weight, pooled as i64);
            (self.draw, self.weighted) = (self.draw + 1, 0);
        }
    }
}

/// `sum / 2^down`, towards zero.
fn towards_zero(sum: i128, down: i32) -> i128 {
    let moved = sum.unsigned_abs().checked_shr(down.unsigned_abs()).unwrap_or(0);
    // A magnitude that came from a signed number and did not grow.
    (moved as i128) * sum.signum()
}

/// `sum / total` in 10^-12, towards zero; 0 of a query that nothing has influence on.
fn share(sum: i128, total: u128) -> Result<i64, IndexError> {
    if total == 0 {
        return Ok(0);
    }
    let magnitude = mul_div_floor(sum.unsigned_abs(), u128::from(ONE.unsigned_abs()), total);
    let whole = magnitude.filter(|share| *share <= u128::from(ONE.unsigned_abs())).ok_or(IndexError::Overflow)?;
    Ok(whole as i64 * sum.signum() as i64)
}

#[cfg(test)]
mod tests {
    use super::super::asked::{Example, Receipt};
    use super::*;
    use lm::pack::TokenItem;

    #[test]
    fn shares_are_parts_of_the_total_towards_zero() {
        assert_eq!(share(1, 3).expect("a share"), 333_333_333_333);
        assert_eq!(share(-2, 3).expect("a share"), -666_666_666_666);
        assert_eq!(share(i128::MIN + 1, u128::MAX / 2).expect("a share"), -ONE);
        assert_eq!(share(5, 0).expect("a share"), 0);
        assert!(matches!(share(4, 3), Err(IndexError::Overflow)));
    }

    #[test]
    fn sums_move_towards_zero() {
        assert_eq!(towards_zero(-7, 1), -3);
        assert_eq!(towards_zero(7, 1), 3);
        assert_eq!(towards_zero(i128::MAX, 200), 0);
    }

    #[test]
    fn receipts_of_a_prompt_are_pooled_by_fee_before_they_are_squared() {
        let receipt = |prompt: u8, token: u32, net_fee_uopen| Receipt {
            item: TokenItem::whole(vec![0, token]),
            prompt: [prompt; 32],
            net_fee_uopen,
            stratum: 0,
        };
        let example = Example { item: TokenItem::whole(vec![1, 1]), stratum: 0 };
        let asked =
            Asked::new(vec![receipt(1, 1, 3), receipt(1, 2, 1), receipt(2, 1, 6)], vec![example]).expect("asked");
        let of_fee = |fee| if fee == 3 { 8 } else { -4 };
        let mut open = Open::new(2);
        for (query, fee) in asked.fees().to_vec().into_iter().enumerate() {
            open.add(&asked, query, of_fee(fee));
        }
        // Prompt 1: (3 · 8 − 1 · 4) / 4 = 5 of weight 4; prompt 2: −4 of weight 6.
        let paid = Sums { weighted: 20 - 24, linear: I256::from(80 - 144), square: I256::from(400 + 576) };
        let example = Sums { weighted: -4, linear: I256::from(-4), square: I256::from(16) };
        assert_eq!(open.sums, [paid, example]);
    }

    #[test]
    fn the_largest_weights_and_shares_fit() {
        let mut sums = Sums::ZERO;
        sums.add(u64::MAX, -ONE);
        assert_eq!(sums.weighted, -(i128::from(u64::MAX) * i128::from(ONE)));
        assert!(sums.square > I256::ZERO && sums.linear < I256::ZERO);
    }

    #[test]
    fn bytes_are_read_back_and_others_refused() {
        let mut sums = Sums::ZERO;
        sums.add(12, -34);
        let shares = Shares(vec![vec![sums, Sums::ZERO], vec![Sums::ZERO, sums]]);
        let bytes = shares.to_bytes();
        assert_eq!(Shares::from_bytes(&bytes, (2, 2)), Some(shares));
        assert_eq!(Shares::from_bytes(&bytes, (2, 3)), None);
        assert_eq!(Shares::from_bytes(&bytes[1..], (2, 2)), None);
    }
}
