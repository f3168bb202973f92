//! Pairs that are worth comparing: items whose keys agree in some band.
//!
//! # Source
//! J. Leskovec, A. Rajaraman, J. Ullman, *Mining of Massive Datasets*, section 3.4: with similarity `s` per row, `b` bands of `r` rows make a
//! pair a candidate with probability `1 − (1 − s^r)^b`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SearchError;

/// How wide a search casts its net.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Banding {
    /// Bands: an agreement in one of them is enough. More find more, for more time and memory.
    pub bands: usize,
    /// Rows of a band, which must all agree. More leave out more pairs that are not alike.
    pub rows: usize,
    /// Each item of a bucket is compared with this many of the bucket's first items at most. It bounds the time that a text in
    /// everybody's items can cost.
    pub bucket_limit: usize,
}

impl Banding {
    pub(super) fn check(self) -> Result<(), SearchError> {
        let Self { bands, rows, bucket_limit } = self;
        if !(1..=4096).contains(&bands) || !(1..=64).contains(&rows) {
            return Err(SearchError::Banding { bands, rows });
        }
        if bucket_limit == 0 { Err(SearchError::BucketLimit) } else { Ok(()) }
    }
}

/// Keys of items, one for each band: 8 bytes each.
pub(super) struct BandKeys {
    banding: Banding,
    items: Vec<usize>,
    keys: Vec<u64>,
}

impl BandKeys {
    pub(super) fn new(banding: Banding) -> Self {
        Self { banding, items: Vec::new(), keys: Vec::new() }
    }

    /// Adds an item that comes after all items so far. `keys` are as many as bands.
    pub(super) fn push(&mut self, item: usize, keys: impl IntoIterator<Item = u64>) {
        self.items.push(item);
        self.keys.extend(keys);
        debug_assert_eq!(self.keys.len(), self.items.len() * self.banding.bands, "one key for each band");
    }

    /// All pairs `(earlier, later)` that share a bucket and that `similarity` accepts, in order.
    ///
    /// Bands are done one after the other, so that besides the keys only one band's buckets and the accepted pairs are held.
    pub(super) fn search(&self, similarity: impl Fn(usize, usize) -> Option<f64>) -> BTreeMap<(usize, usize), f64> {
        let mut accepted = BTreeMap::new();
        for band in 0..self.banding.bands {
            for bucket in self.band(band).chunk_by(|one, other| one.0 == other.0) {
                self.search_bucket(bucket, &similarity, &mut accepted);
            }
        }
        accepted
    }

    /// Keys of one band with their items; equal keys stand together, items of each in order.
    fn band(&self, band: usize) -> Vec<(u64, usize)> {
        let keys = self.keys.iter().skip(band).step_by(self.banding.bands);
        let mut members: Vec<_> = keys.copied().zip(self.items.iter().copied()).collect();
        members.sort_unstable();
        members
    }

    fn search_bucket(
        &self,
        bucket: &[(u64, usize)],
        similarity: impl Fn(usize, usize) -> Option<f64>,
        accepted: &mut BTreeMap<(usize, usize), f64>,
    ) {
        for (rank, (_, later)) in bucket.iter().enumerate() {
            for (_, earlier) in &bucket[..rank.min(self.banding.bucket_limit)] {
                let pair = (*earlier, *later);
                if !accepted.contains_key(&pair)
                    && let Some(found) = similarity(*earlier, *later)
                {
                    accepted.insert(pair, found);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bucket_limit: usize, items: &[[u64; 2]]) -> BandKeys {
        let mut keys = BandKeys::new(Banding { bands: 2, rows: 1, bucket_limit });
        items.iter().enumerate().for_each(|(item, of_item)| keys.push(item, *of_item));
        keys
    }

    #[test]
    fn items_that_agree_in_any_band_are_compared_and_others_are_not() {
        let keys = keys(8, &[[1, 1], [1, 2], [3, 2], [4, 4]]);
        let found: Vec<_> = keys.search(|_, _| Some(1.0)).into_keys().collect();
        assert_eq!(found, [(0, 1), (1, 2)]);
    }

    #[test]
    fn an_item_meets_only_the_first_of_a_crowded_bucket() {
        let keys = keys(2, &[[1, 1]; 6]);
        let found = keys.search(|_, _| Some(1.0));
        assert_eq!(found.len(), 1 + 2 * 4);
        assert!(found.keys().all(|(earlier, _)| *earlier < 2));
    }
}
