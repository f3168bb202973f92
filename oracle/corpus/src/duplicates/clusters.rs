//! Linked items as clusters, each with its earliest item.

use union_find::{QuickUnionUf, UnionBySize, UnionFind};

use super::{Duplicate, Link, Place, SearchError};

/// Joins linked items and says of each item but the earliest of its cluster what it repeats, by rank. `places` are those of the items.
///
/// Items that share a place are ordered by rank.
///
/// # Errors
/// If a link names an item that does not exist.
pub fn resolve(places: &[Place], links: &[Link]) -> Result<Vec<Duplicate>, SearchError> {
    check(places.len(), links)?;
    let originals = originals(places, links);
    let mut strongest: Vec<Option<Duplicate>> = vec![None; places.len()];
    for link in links {
        for (item, matched) in [(link.first, link.second), (link.second, link.first)] {
            let Link { similarity, kind, .. } = *link;
            let candidate = Duplicate { item, original: originals[item], matched, similarity, kind };
            let keep = strongest[item].is_some_and(|standing| !is_stronger(&candidate, &standing, places));
            strongest[item] = if keep { strongest[item] } else { Some(candidate) };
        }
    }
    Ok(strongest.into_iter().flatten().filter(|duplicate| duplicate.original != duplicate.item).collect())
}

fn check(items: usize, links: &[Link]) -> Result<(), SearchError> {
    let largest = links.iter().map(|link| link.first.max(link.second)).max();
    match largest.filter(|item| *item >= items) {
        Some(item) => Err(SearchError::Link { item, items }),
        None => Ok(()),
    }
}

/// For each item the rank of its cluster's earliest.
fn originals(places: &[Place], links: &[Link]) -> Vec<usize> {
    let mut clusters = QuickUnionUf::<UnionBySize>::new(places.len());
    for link in links {
        clusters.union(link.first, link.second);
    }
    let mut earliest: Vec<usize> = (0..places.len()).collect();
    for item in 0..places.len() {
        let cluster = clusters.find(item);
        let standing = earliest[cluster];
        if (places[item], item) < (places[standing], standing) {
            earliest[cluster] = item;
        }
    }
    (0..places.len()).map(|item| earliest[clusters.find(item)]).collect()
}

/// Whether `candidate` says more of its item than `standing`: a link to the original, then similarity, then kind, then an earlier match.
fn is_stronger(candidate: &Duplicate, standing: &Duplicate, places: &[Place]) -> bool {
    let direct = |duplicate: &Duplicate| duplicate.matched == duplicate.original;
    let order = direct(candidate)
        .cmp(&direct(standing))
        .then(candidate.similarity.total_cmp(&standing.similarity))
        .then(standing.kind.cmp(&candidate.kind))
        .then((places[standing.matched], standing.matched).cmp(&(places[candidate.matched], candidate.matched)));
    order.is_gt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::Kind;

    fn place(committed_at: u64) -> Place {
        Place { committed_at, contribution: 0, index: 0 }
    }

    fn link(first: usize, second: usize, similarity: f64) -> Link {
        Link { first, second, similarity, kind: Kind::NearText }
    }

    #[test]
    fn a_cluster_is_resolved_to_the_earliest_commit_wherever_it_stands_in_the_input() {
        let places = [place(30), place(10), place(20), place(5)];
        let found = resolve(&places, &[link(0, 1, 0.5), link(0, 2, 0.9)]).unwrap();
        let said: Vec<_> = found.iter().map(|one| (one.item, one.original, one.matched, one.similarity)).collect();
        // Item 2 is like the original only by way of item 0.
        assert_eq!(said, [(0, 1, 1, 0.5), (2, 1, 0, 0.9)]);
    }

    #[test]
    fn items_of_one_place_keep_their_order_and_unlinked_items_repeat_nothing() {
        let found = resolve(&[place(1); 3], &[link(2, 1, 0.4)]).unwrap();
        assert_eq!(found.iter().map(|one| (one.item, one.original)).collect::<Vec<_>>(), [(2, 1)]);
    }

    #[test]
    fn a_link_to_nowhere_is_refused() {
        let error = SearchError::Link { item: 2, items: 2 };
        assert_eq!(resolve(&[place(1); 2], &[link(0, 2, 0.4)]), Err(error));
    }
}
