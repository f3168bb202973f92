//! Binary Merkle trees in the shape of RFC 6962: leaf `H(0x00 ‖ payload)`, node
//! `H(0x01 ‖ left ‖ right)`, split at the largest power of two below n.
//!
//! A tree is published as its [`commitment`], which also fixes n. The top of the empty tree is
//! `H("")`.
//!
//! # Source
//! DESIGN section 5, "Trees"; RFC 6962 section 2.1.

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::hash::{Hash, digest};

mod frontier;
mod multi;
mod single;

pub use frontier::Frontier;
pub use multi::{MultiProof, prove_many};
pub use single::{Proof, prove};

/// Tag of the tree over the items of a contribution.
pub const TAG_ITEMS: &str = "items/v1";
/// Tag of the tree over the accepted contributions of a DataNet.
pub const TAG_DATANET: &str = "datanet/v1";
/// Tag of the tree over the examples of a validation pool.
pub const TAG_VALIDATION: &str = "validation/v1";

/// Why a proof or a frontier does not describe a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TreeError {
    /// A proof about no leaf.
    #[error("the proof names no position: prove at least one")]
    NoPosition,
    /// A position outside the tree.
    #[error("position {position} is outside a tree of {n} leaves: rebuild the proof for this tree")]
    Outside {
        /// The position.
        position: u64,
        /// Leaves of the tree.
        n: u64,
    },
    /// Positions not strictly increasing.
    #[error("position {position} does not follow a smaller one: sort positions, each once")]
    Order {
        /// The first position that is out of order.
        position: u64,
    },
    /// Not one leaf per position.
    #[error("{leaves} leaves for {positions} positions: give one leaf for each")]
    Leaves {
        /// Leaves given.
        leaves: usize,
        /// Positions named.
        positions: usize,
    },
    /// The path ends before the top is reached.
    #[error("the path is too short for its positions: rebuild the proof for this tree")]
    PathShort,
    /// Hashes of the path are left over.
    #[error("{left} hashes of the path are left over: rebuild the proof for this tree")]
    PathLong {
        /// How many.
        left: usize,
    },
    /// A frontier whose peaks do not fit its n.
    #[error("a frontier of {n} leaves has {expected} peaks, not {actual}: reload it from storage")]
    Peaks {
        /// Leaves.
        n: u64,
        /// Set bits of n.
        expected: u32,
        /// Peaks present.
        actual: usize,
    },
    /// No room for another leaf.
    #[error("the tree holds 2^64 - 1 leaves already: start another one")]
    Full,
}

/// `H(0x00 ‖ payload)`.
pub fn leaf(payload: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(payload).finalize().into()
}

/// `H(0x01 ‖ left ‖ right)`.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The top hash over `leaves` (hashes made by [`leaf`]).
pub fn top(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(split_usize(leaves.len()));
            node(&top(left), &top(right))
        }
    }
}

/// What is published of a tree: `digest(tag, n, top)`, n as 8 bytes big endian.
pub fn commitment(tag: &str, n: u64, top: &Hash) -> Hash {
    digest(tag, &[&n.to_be_bytes(), top])
}

/// The largest power of two below `n`; 1 for n below 2, where no split is asked for.
fn split(n: u64) -> u64 {
    n.saturating_sub(1).checked_ilog2().map_or(1, |exponent| 1 << exponent)
}

/// [`split`] for lengths in memory: never above `n` for n of at least 1.
fn split_usize(n: usize) -> usize {
    n.saturating_sub(1).checked_ilog2().map_or(1, |exponent| 1 << exponent)
}
