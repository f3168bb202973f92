//! A growing tree of which only the peaks are kept: at most 64 hashes.

use sha2::{Digest, Sha256};

use super::{Hash, TreeError, commitment, node};

/// The complete subtrees of a tree of `n` leaves, largest first: one for each set bit of `n`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    /// Leaves so far.
    pub n: u64,
    /// Tops of the complete subtrees, largest first.
    pub peaks: Vec<Hash>,
}

impl Frontier {
    /// Appends a leaf (a hash made by [`super::leaf`]). On an error nothing changes.
    ///
    /// # Errors
    /// If the peaks do not fit `n`, or no 64-bit rank is left.
    pub fn append(&mut self, leaf: Hash) -> Result<(), TreeError> {
        self.check()?;
        let n = self.n.checked_add(1).ok_or(TreeError::Full)?;
        let mut peak = leaf;
        // Each trailing 1 of n is a complete subtree as large as the one that just got complete.
        for _ in 0..self.n.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                peak = node(&left, &peak);
            }
        }
        self.peaks.push(peak);
        self.n = n;
        Ok(())
    }

    /// The top hash of the tree so far; `H("")` of the empty one.
    pub fn top(&self) -> Hash {
        let Some((last, larger)) = self.peaks.split_last() else {
            return Sha256::digest([]).into();
        };
        larger.iter().rev().fold(*last, |right, left| node(left, &right))
    }

    /// [`commitment`] of the tree so far.
    pub fn commitment(&self, tag: &str) -> Hash {
        commitment(tag, self.n, &self.top())
    }

    fn check(&self) -> Result<(), TreeError> {
        let expected = self.n.count_ones();
        let actual = self.peaks.len();
        if u32::try_from(actual).is_ok_and(|actual| actual == expected) {
            return Ok(());
        }
        Err(TreeError::Peaks { n: self.n, expected, actual })
    }
}
