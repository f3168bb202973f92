//! Proof that a contribution repeats items of an earlier one, and what it costs.
//!
//! Whether the earlier one is accepted, by another contributor, of the same DataNet and really
//! earlier, and whether a position was counted before, is for the contract to check.
//!
//! # Source
//! DESIGN section 3, "Duplicate proof".

use std::collections::BTreeMap;

use thiserror::Error;

use crate::hash::Hash;
use crate::math::mul_div_floor;
use crate::tree::{MultiProof, TAG_ITEMS, TreeError, commitment, leaf};

/// Which of the two contributions a proof failed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that came first.
    Earlier,
    /// The one said to repeat it.
    Later,
}

impl std::fmt::Display for Side {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Earlier => "earlier",
            Self::Later => "later",
        })
    }
}

/// Why a duplicate proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DuplicateError {
    /// No pair of positions.
    #[error("the proof names no pair: name at least one duplicate")]
    NoPair,
    /// Later positions not strictly increasing.
    #[error("later position {position} does not follow a smaller one: sort pairs, each once")]
    Order {
        /// The first later position out of order.
        position: u64,
    },
    /// A position that the contribution does not have.
    #[error("position {position} is outside the {side} contribution of {item_count} items")]
    Outside {
        /// Whose position.
        side: Side,
        /// The position.
        position: u64,
        /// Items there.
        item_count: u64,
    },
    /// Two pairs put different digests at one earlier position.
    #[error("earlier position {position} is given two digests: one item stands there")]
    Conflict {
        /// The earlier position.
        position: u64,
    },
    /// A path that does not fit its positions.
    #[error("the {side} path does not fit: rebuild it")]
    Path {
        /// Whose path.
        side: Side,
        /// What does not fit.
        #[source]
        source: TreeError,
    },
    /// A path that leads to another root.
    #[error("the {side} path leads to another items root: use that contribution's items")]
    Root {
        /// Whose path.
        side: Side,
    },
    /// More duplicates than items, or no items.
    #[error("{distinct} duplicates of {item_count} items: count each position once")]
    Count {
        /// Duplicates.
        distinct: u64,
        /// Items.
        item_count: u64,
    },
}

/// One item that stands in both contributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The item's digest.
    pub digest: Hash,
    /// Where it stands in the earlier contribution.
    pub earlier_position: u64,
    /// Where it stands in the later contribution.
    pub later_position: u64,
}

/// What the chain knows of a contribution's items.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// Its `items_root`, see [`crate::item::items_commitment`].
    pub items_root: &'a Hash,
    /// Its number of items.
    pub item_count: u64,
}

/// Checks that each pair's digest stands in both contributions.
///
/// The paths are those of [`MultiProof`]s over `leaf(digest)`: the later one for the pairs' later
/// positions, the earlier one for the set of their earlier positions, ascending.
///
/// # Errors
/// Unless there is a pair, later positions strictly increase, all positions are in range, an earlier
/// position always carries the same digest, and both paths lead to the items roots.
pub fn verify(
    earlier: &Batch<'_>,
    later: &Batch<'_>,
    pairs: &[Pair],
    earlier_proof: &[Hash],
    later_proof: &[Hash],
) -> Result<(), DuplicateError> {
    let copies = later_items(pairs, later.item_count)?;
    let originals = earlier_items(pairs, earlier.item_count)?;
    check_root(Side::Earlier, earlier, originals, earlier_proof)?;
    check_root(Side::Later, later, copies, later_proof)
}

/// Items by position, ascending.
type Items = Vec<(u64, Hash)>;

fn later_items(pairs: &[Pair], item_count: u64) -> Result<Items, DuplicateError> {
    if pairs.is_empty() {
        return Err(DuplicateError::NoPair);
    }
    let mut items = Items::with_capacity(pairs.len());
    for pair in pairs {
        let position = pair.later_position;
        check_range(Side::Later, position, item_count)?;
        if items.last().is_some_and(|(last, _)| position <= *last) {
            return Err(DuplicateError::Order { position });
        }
        items.push((position, pair.digest));
    }
    Ok(items)
}

fn earlier_items(pairs: &[Pair], item_count: u64) -> Result<Items, DuplicateError> {
    let mut items = BTreeMap::new();
    for pair in pairs {
        let position = pair.earlier_position;
        check_range(Side::Earlier, position, item_count)?;
        let standing = items.insert(position, pair.digest);
        if standing.is_some_and(|digest| digest != pair.digest) {
            return Err(DuplicateError::Conflict { position });
        }
    }
    Ok(items.into_iter().collect())
}

fn check_range(side: Side, position: u64, item_count: u64) -> Result<(), DuplicateError> {
    if position < item_count {
        return Ok(());
    }
    Err(DuplicateError::Outside { side, position, item_count })
}

fn check_root(side: Side, batch: &Batch<'_>, items: Items, path: &[Hash]) -> Result<(), DuplicateError> {
    let leaves: Vec<Hash> = items.iter().map(|(_, digest)| leaf(digest)).collect();
    let proof = MultiProof {
        n: batch.item_count,
        positions: items.into_iter().map(|(position, _)| position).collect(),
        path: path.to_vec(),
    };
    let top = proof.top(&leaves).map_err(|source| DuplicateError::Path { side, source })?;
    if commitment(TAG_ITEMS, batch.item_count, &top) == *batch.items_root {
        Ok(())
    } else {
        Err(DuplicateError::Root { side })
    }
}

/// What of a bond is gone, over all duplicate proofs so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slash {
    /// A part; the contribution goes on.
    Part {
        /// Slashed in total so far, in uopen; a proof takes this less what was taken before.
        total: u128,
    },
    /// All of it; the contribution is `slashed`.
    Whole,
}

/// What `distinct` proved duplicates among `item_count` items cost of `bond` (uopen):
/// `floor(bond · distinct / item_count)`; everything from 20 % on (`5 · distinct ≥ item_count`).
///
/// # Errors
/// If there are no items, or more duplicates than items.
pub fn slash(bond: u128, distinct: u64, item_count: u64) -> Result<Slash, DuplicateError> {
    let wrong = DuplicateError::Count { distinct, item_count };
    if item_count == 0 || distinct > item_count {
        return Err(wrong);
    }
    if u128::from(distinct).saturating_mul(5) >= u128::from(item_count) {
        return Ok(Slash::Whole);
    }
    mul_div_floor(bond, u128::from(distinct), u128::from(item_count)).map(|total| Slash::Part { total }).ok_or(wrong)
}

/// The prover's half of a slashed `amount` (uopen), rounded down; the rest goes to the treasury.
pub fn prover_share(amount: u128) -> u128 {
    amount / 2
}
