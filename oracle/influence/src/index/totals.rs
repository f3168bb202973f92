//! The total of every query: how much influence all items have on it, whatever its sign.

use super::IndexError;
use super::packed::Unpack;
use super::product::{Part, Wide, base, sums};
use super::rows::Rows;
use crate::job::Job;

/// `Σ_i |φ_qi|` per query, as integers times `2^base` (and a power of two of the query's own).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The exponent.
    pub base: i32,
    /// Per query.
    pub sums: Vec<u128>,
}

impl Totals {
    /// Totals over one shard of items; `chunk` gives the queries some at a time, until there are no more.
    ///
    /// # Errors
    /// If a chunk cannot be had, or the job is cancelled.
    pub(super) fn of_shard(
        rows: &Rows<'_>,
        chunks: impl Iterator<Item = Result<Wide, IndexError>>,
        job: &Job,
    ) -> Result<Self, IndexError> {
        let mut totals = Self { base: base(rows), sums: Vec::new() };
        for chunk in chunks {
            let found = sums(rows, std::slice::from_ref(&(0..rows.len())), &chunk?, Part::Absolute, job)?;
            totals.sums.extend(found[0].iter().map(|sum| sum.unsigned_abs()));
        }
        Ok(totals)
    }

    /// Totals over all shards, at the largest exponent of any; what is below it is cut off shard by shard.
    ///
    /// # Errors
    /// If a shard's totals cannot be had or are of other queries.
    pub(super) fn joined(
        shards: u32,
        queries: usize,
        of_shard: impl Fn(u32) -> Result<Self, IndexError>,
    ) -> Result<Self, IndexError> {
        let mut base = i32::MIN;
        for shard in 0..shards {
            base = base.max(of_shard(shard)?.base);
        }
        let mut whole = Self { base, sums: vec![0; queries] };
        for shard in 0..shards {
            let part = of_shard(shard)?;
            for (sum, part) in whole.sums.iter_mut().zip(part.moved_to(base)) {
                *sum = sum.checked_add(part).ok_or(IndexError::Overflow)?;
            }
        }
        Ok(whole)
    }

    fn moved_to(&self, base: i32) -> impl Iterator<Item = u128> + '_ {
        let down = base.abs_diff(self.base);
        self.sums.iter().map(move |sum| sum.checked_shr(down).unwrap_or(0))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.base.to_le_bytes().to_vec();
        bytes.extend((self.sums.len() as u64).to_le_bytes());
        bytes.extend(self.sums.iter().flat_map(|sum| sum.to_le_bytes()));
        bytes
    }

    /// Reads totals of so many queries; `None` if the bytes are not that.
    pub(super) fn from_bytes(bytes: &[u8], queries: usize) -> Option<Self> {
        let mut bytes = Unpack::new(bytes);
        let base = i32::from_le_bytes(bytes.take()?);
        let count = bytes.count(size_of::<u128>())?;
        let sums = (0..count).map(|_| bytes.take().map(u128::from_le_bytes)).collect::<Option<_>>()?;
        (count == queries).then_some(Self { base, sums })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_added_at_the_largest_exponent() {
        let parts = [Totals { base: -3, sums: vec![7, 0, 9] }, Totals { base: -1, sums: vec![1, 5, 0] }];
        let joined = Totals::joined(2, 3, |shard| Ok(parts[shard as usize].clone())).expect("joined");
        assert_eq!(joined, Totals { base: -1, sums: vec![2, 5, 2] });
    }

    #[test]
    fn a_shard_far_below_the_others_adds_nothing() {
        let parts = [Totals { base: -150, sums: vec![u128::MAX] }, Totals { base: 90, sums: vec![3] }];
        let joined = Totals::joined(2, 1, |shard| Ok(parts[shard as usize].clone())).expect("joined");
        assert_eq!(joined.sums, [3]);
    }

    #[test]
    fn bytes_are_read_back_and_others_refused() {
        let totals = Totals { base: -40, sums: vec![1, u128::MAX] };
        let bytes = totals.to_bytes();
        assert_eq!(Totals::from_bytes(&bytes, 2), Some(totals));
        assert_eq!(Totals::from_bytes(&bytes, 3), None);
        assert_eq!(Totals::from_bytes(&bytes[..bytes.len() - 1], 2), None);
        assert_eq!(Totals::from_bytes(&[bytes.as_slice(), &[0]].concat(), 2), None);
    }
}
