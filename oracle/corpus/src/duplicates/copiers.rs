//! Contributions that repeat others so much that all of them can be left out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Duplicate, Place, SearchError, check_threshold};

/// Contributions of which at least this `share` of the items repeats items of other contributions, ascending. What repeats an item of its own
/// contribution does not count. `places` are those of all items.
///
/// What is near cannot be proved on chain; a model's owner need not train on it all the same, nor on what else its contributor gave.
///
/// # Errors
/// If the share is not above 0 and at most 1, or a duplicate is none of the items.
pub fn copiers(places: &[Place], duplicates: &[Duplicate], share: f64) -> Result<BTreeSet<u64>, SearchError> {
    check_threshold(share)?;
    let mut counts: BTreeMap<u64, (usize, usize)> = BTreeMap::new();
    for place in places {
        counts.entry(place.contribution).or_default().0 += 1;
    }
    for duplicate in duplicates {
        let of = |item: usize| places.get(item).ok_or(SearchError::Link { item, items: places.len() });
        let (own, other) = (of(duplicate.item)?.contribution, of(duplicate.original)?.contribution);
        counts.entry(own).or_default().1 += usize::from(own != other);
    }
    let heavy = counts.into_iter().filter(|(_, (items, repeated))| *repeated as f64 >= share * *items as f64);
    Ok(heavy.map(|(contribution, _)| contribution).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::Kind;

    fn duplicate(item: usize, original: usize) -> Duplicate {
        Duplicate { item, original, matched: original, similarity: 1.0, kind: Kind::NearText }
    }

    #[test]
    fn who_repeats_others_from_the_share_on_is_named_and_who_repeats_itself_is_not() {
        let place = |contribution: u64| move |index| Place { committed_at: contribution, contribution, index };
        let places: Vec<Place> = (0..4).map(place(1)).chain((0..4).map(place(5))).chain((0..4).map(place(7))).collect();
        let found = [duplicate(1, 0), duplicate(2, 0), duplicate(4, 0), duplicate(8, 0), duplicate(9, 4)];
        assert_eq!(copiers(&places, &found, 0.5), Ok(BTreeSet::from([7])));
        assert_eq!(copiers(&places, &found, 0.25), Ok(BTreeSet::from([5, 7])));
        assert_eq!(copiers(&places, &[], 0.25), Ok(BTreeSet::new()));
        assert_eq!(copiers(&places, &found, 0.0), Err(SearchError::Threshold(0.0)));
        assert_eq!(copiers(&places[..4], &found, 0.5), Err(SearchError::Link { item: 4, items: 4 }));
    }
}
