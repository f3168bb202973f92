//! Inclusion of several leaves at once, siblings that they share given once.

use super::{Hash, TreeError, node, split, split_usize, top};

/// That leaves stand at `positions` of a tree of `n` leaves.
///
/// The tree is walked from the top, left before right; the path holds, in that order, the hash of
/// each subtree that contains none of the positions and whose parent contains one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiProof {
    /// Leaves of the tree.
    pub n: u64,
    /// Ranks of the proved leaves, strictly increasing.
    pub positions: Vec<u64>,
    /// Hashes of the subtrees without positions, left to right.
    pub path: Vec<Hash>,
}

/// Proves the leaves at `positions`. `None` unless these are strictly increasing, at least one, and
/// all inside the tree.
pub fn prove_many(leaves: &[Hash], positions: &[u64]) -> Option<MultiProof> {
    let n = u64::try_from(leaves.len()).ok()?;
    check_positions(positions, n).ok()?;
    let mut path = Vec::new();
    collect(leaves, 0, positions, &mut path)?;
    Some(MultiProof { n, positions: positions.to_vec(), path })
}

/// Adds the path of the subtree over `leaves`, whose first rank is `start`.
fn collect(leaves: &[Hash], start: u64, positions: &[u64], path: &mut Vec<Hash>) -> Option<()> {
    if positions.is_empty() {
        path.push(top(leaves));
        return Some(());
    }
    if leaves.len() <= 1 {
        return Some(());
    }
    let (left, right) = leaves.split_at(split_usize(leaves.len()));
    let middle = start.checked_add(u64::try_from(left.len()).ok()?)?;
    let (in_left, in_right) = positions.split_at(positions.partition_point(|p| *p < middle));
    collect(left, start, in_left, path)?;
    collect(right, middle, in_right, path)
}

impl MultiProof {
    /// The top hash that follows if `leaves`, in the order of the positions, stand there.
    ///
    /// The walk is at most 64 deep and visits at most 64 nodes per position.
    ///
    /// # Errors
    /// If positions are not strictly increasing inside the tree, if there is not one leaf for each,
    /// or if the path has not exactly the hashes it needs.
    pub fn top(&self, leaves: &[Hash]) -> Result<Hash, TreeError> {
        check_positions(&self.positions, self.n)?;
        if leaves.len() != self.positions.len() {
            return Err(TreeError::Leaves { leaves: leaves.len(), positions: self.positions.len() });
        }
        let mut walk = Walk { leaves: leaves.iter(), path: self.path.iter() };
        let top = walk.subtree(0, self.n, &self.positions)?;
        match walk.path.len() {
            0 => Ok(top),
            left => Err(TreeError::PathLong { left }),
        }
    }
}

struct Walk<'a> {
    leaves: std::slice::Iter<'a, Hash>,
    path: std::slice::Iter<'a, Hash>,
}

impl Walk<'_> {
    /// The hash of the subtree of `size` leaves from rank `start`. A subtree of n leaves is
    /// `ceil(log2 n)` deep, so the recursion is at most 64 deep.
    fn subtree(&mut self, start: u64, size: u64, positions: &[u64]) -> Result<Hash, TreeError> {
        if positions.is_empty() {
            return self.path.next().copied().ok_or(TreeError::PathShort);
        }
        if size <= 1 {
            // One position per leaf: the lengths were compared before the walk.
            return self.leaves.next().copied().ok_or(TreeError::PathShort);
        }
        let left_size = split(size);
        let middle = start.saturating_add(left_size);
        let (in_left, in_right) = positions.split_at(positions.partition_point(|p| *p < middle));
        let left = self.subtree(start, left_size, in_left)?;
        let right = self.subtree(middle, size.saturating_sub(left_size), in_right)?;
        Ok(node(&left, &right))
    }
}

fn check_positions(positions: &[u64], n: u64) -> Result<(), TreeError> {
    let (first, rest) = positions.split_first().ok_or(TreeError::NoPosition)?;
    let mut last = *first;
    for position in rest.iter().copied() {
        if position <= last {
            return Err(TreeError::Order { position });
        }
        last = position;
    }
    if last >= n {
        return Err(TreeError::Outside { position: last, n });
    }
    Ok(())
}
