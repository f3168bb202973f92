//! Inclusion of one leaf.

use super::{Hash, TreeError, node, split, split_usize, top};

/// That a leaf stands at `position` of a tree of `n` leaves: the siblings on its way, lowest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Rank of the leaf, from 0.
    pub position: u64,
    /// Leaves of the tree.
    pub n: u64,
    /// Sibling hashes, from the leaf upwards.
    pub path: Vec<Hash>,
}

/// Proves the leaf at `position`. `None` if there is no such leaf.
pub fn prove(leaves: &[Hash], position: u64) -> Option<Proof> {
    let n = u64::try_from(leaves.len()).ok()?;
    let mut rank = usize::try_from(position).ok()?;
    if rank >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    let mut rest = leaves;
    while rest.len() > 1 {
        let (left, right) = rest.split_at(split_usize(rest.len()));
        match rank.checked_sub(left.len()) {
            None => {
                path.push(top(right));
                rest = left;
            }
            Some(in_right) => {
                path.push(top(left));
                rank = in_right;
                rest = right;
            }
        }
    }
    path.reverse();
    Some(Proof { position, n, path })
}

impl Proof {
    /// The top hash that follows if `leaf` stands at the position.
    ///
    /// # Errors
    /// If the position is outside the tree, or the path has not exactly the hashes it needs.
    pub fn top(&self, leaf: &Hash) -> Result<Hash, TreeError> {
        let (position, n) = (self.position, self.n);
        if position >= n {
            return Err(TreeError::Outside { position, n });
        }
        let turns = turns(position, n);
        if let Some(left) = self.path.len().checked_sub(turns.len())
            && left > 0
        {
            return Err(TreeError::PathLong { left });
        }
        if self.path.len() < turns.len() {
            return Err(TreeError::PathShort);
        }
        let steps = self.path.iter().zip(turns.iter().rev());
        Ok(steps.fold(*leaf, |below, (sibling, turn)| match turn {
            Turn::Left => node(&below, sibling),
            Turn::Right => node(sibling, &below),
        }))
    }
}

enum Turn {
    Left,
    Right,
}

/// The way from the top down to `position`: at most 64 turns.
fn turns(position: u64, n: u64) -> Vec<Turn> {
    let (mut rank, mut size) = (position, n);
    let mut turns = Vec::new();
    while size > 1 {
        let left = split(size);
        match rank.checked_sub(left) {
            None => {
                turns.push(Turn::Left);
                size = left;
            }
            Some(in_right) => {
                turns.push(Turn::Right);
                rank = in_right;
                size = size.saturating_sub(left);
            }
        }
    }
    turns
}
