//! Of texts that are alike, the earliest: what a language model learns from where copies are left out. Who trains and who measures choose
//! by the same procedure from the same items, so that both know the same training data.
//!
//! # Procedure `earliest-text/1`
//! Items are alike if their canonical bytes are equal, or if three tenths of the pairs of neighbouring words that either has are common to both
//! (Jaccard similarity; candidates by MinHash with 64 bands of 3 rows, seed 0). Items that are alike, directly or through others, make a
//! cluster. Of each cluster the first item stays, by the time of the contribution's commit, then its id, then the item's index. `oracle
//! duplicates` searches in the same way unless told otherwise; `docs/duplicates.md` says what it finds and what it misses.

use corpus::duplicates::{
    self, Banding, Duplicate, Item, Place, SearchError, Settings, shingles::Shingles, text::TextSettings,
};

/// Name of the procedure; a change that leaves out other items gets another name.
pub const PROCEDURE: &str = "earliest-text/1";

/// Fixed here, whatever other searches use.
const TEXTS: TextSettings = TextSettings {
    shingles: Shingles::Words(2),
    banding: Banding { bands: 64, rows: 3, bucket_limit: 64 },
    threshold: 0.3,
    seed: 0,
};

/// A contribution's precedence: by time, then by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// Block time of its commit in seconds, or any number that grows in the order of commits.
    pub committed_at: u64,
    /// Its id on chain, or its rank.
    pub contribution: u64,
}

/// Places of items, given each item's contribution: those of a contribution are counted in the order in which they come.
pub fn places(of_items: impl IntoIterator<Item = Since>) -> Vec<Place> {
    let mut counts = std::collections::BTreeMap::new();
    let place = |Since { committed_at, contribution }| {
        let count = counts.entry(contribution).or_insert(0_u64);
        *count += 1;
        Place { committed_at, contribution, index: *count - 1 }
    };
    of_items.into_iter().map(place).collect()
}

/// The items that repeat an earlier one, in their order, by rank; `places` and `canonical` bytes are those of each item.
///
/// # Errors
/// If there are not as many places as items.
///
/// # Determinism
/// The same items and places give the same answer on every machine.
pub fn repeated(places: &[Place], canonical: &[Vec<u8>]) -> Result<Vec<Duplicate>, SearchError> {
    if places.len() != canonical.len() {
        return Err(SearchError::Places { places: places.len(), items: canonical.len() });
    }
    let items: Vec<Item<'_>> =
        places.iter().zip(canonical).map(|(place, canonical)| Item { place: *place, canonical }).collect();
    let mut found = duplicates::find(&items, &Settings { text: TEXTS, ..Settings::default() })?;
    found.sort_by_key(|duplicate| duplicate.item);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAYS: &str = "the rays which differ in refrangibility differ also in colour";
    const NEARLY: &str = "the rays which differ in refrangibility differ also in hue";
    const TOM: &str = "tom appeared on the sidewalk with a bucket of whitewash";

    #[test]
    fn of_what_is_alike_the_earliest_commit_stays_wherever_it_stands() {
        let [late, early] = [Since { committed_at: 9, contribution: 1 }, Since { committed_at: 3, contribution: 2 }];
        let places = places([late, early, late, early]);
        assert_eq!(places.iter().map(|place| place.index).collect::<Vec<_>>(), [0, 0, 1, 1]);
        let texts = [NEARLY, TOM, TOM, RAYS].map(|text| text.as_bytes().to_vec());
        let found = repeated(&places, &texts).expect("as many places as texts");
        let found: Vec<_> = found.iter().map(|one| (one.item, one.original)).collect();
        assert_eq!(found, [(0, 3), (2, 1)]);
    }

    #[test]
    fn the_procedure_is_what_oracle_duplicates_does_unless_told_otherwise() {
        assert_eq!(TEXTS, TextSettings::default(), "another search needs another name than {PROCEDURE}");
    }
}
