//! Which contributions are left out.

use anyhow::{Result, ensure};
use compute::random::{Random, Stream};

use crate::attributed::Owners;

/// Fewest contributions that can be ranked at all.
const FEWEST: usize = 3;

/// So many contributions, drawn by a seed, in their own order; all if there are no more.
///
/// Whoever names the seed before the names are known, as a block's hash does, cannot choose whom to draw.
///
/// # Errors
/// With fewer than three.
pub(super) fn contributions(owners: &Owners, count: usize, seed: u64) -> Result<Vec<usize>> {
    let all = owners.names().len();
    ensure!(all >= FEWEST, "the items belong to {all} contributions: an audit ranks at least {FEWEST}");
    ensure!(count >= FEWEST, "--draw must be at least {FEWEST}: fewer cannot be ranked");
    let mut order: Vec<u32> = (0..all as u32).collect();
    Random::new(seed, Stream::Subsets).shuffle(&mut order);
    let mut drawn: Vec<usize> = order.into_iter().take(count).map(|contribution| contribution as usize).collect();
    drawn.sort_unstable();
    Ok(drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(count: usize) -> Owners {
        Owners::new((0..count).map(|name| name.to_string()))
    }

    #[test]
    fn a_larger_draw_of_the_same_seed_holds_the_smaller_one() {
        let few = contributions(&owners(40), 5, 7).expect("enough");
        let more = contributions(&owners(40), 12, 7).expect("enough");
        assert!(few.is_sorted() && few.iter().all(|one| more.contains(one)));
        assert_ne!(few, contributions(&owners(40), 5, 8).expect("enough"));
        assert_eq!(contributions(&owners(4), 9, 0).expect("enough"), [0, 1, 2, 3]);
    }

    #[test]
    fn what_cannot_be_ranked_is_refused() {
        assert!(contributions(&owners(2), 8, 0).is_err());
        assert!(contributions(&owners(9), 2, 0).is_err());
    }
}
