//! The tree: SHA-256 over sorted pairs, so that a proof needs no directions.

use sha2::{Digest, Sha256};

/// A hash.
pub type Hash = [u8; 32];

/// `SHA-256(account ‖ amount)`, the amount in decimal digits.
pub fn leaf(account: &str, amount: u128) -> Hash {
    Sha256::digest(format!("{account}{amount}")).into()
}

/// The top above a leaf and the siblings on its way up.
pub fn climb<'a>(leaf: Hash, proof: impl IntoIterator<Item = &'a [u8]>) -> Hash {
    proof.into_iter().fold(leaf, |below, sibling| node(&below, sibling))
}

/// Top of a tree of leaves, and the siblings of the one at `index`. Of a level with an odd number, the last moves up alone.
pub fn prove(leaves: &[Hash], index: usize) -> (Hash, Vec<Hash>) {
    let (mut level, mut index, mut proof) = (leaves.to_vec(), index, Vec::new());
    while level.len() > 1 {
        proof.extend(level.get(index ^ 1));
        level = level.chunks(2).map(above).collect();
        index /= 2;
    }
    (level.first().copied().unwrap_or_default(), proof)
}

fn above(pair: &[Hash]) -> Hash {
    match pair {
        [left, right] => node(left, right),
        [single] => *single,
        _ => Hash::default(),
    }
}

fn node(one: &[u8], other: &[u8]) -> Hash {
    let (low, high) = if one <= other { (one, other) } else { (other, one) };
    Sha256::new().chain_update(low).chain_update(high).finalize().into()
}
