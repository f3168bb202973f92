//! The files of the cache ([`crate::cache`] has their format): written whole, believed only when nothing about them is wrong.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::digest::{Digest, digest, f32_bytes};
use crate::persist;

const MAGIC: &[u8; 16] = b"influence-pre/2\n";
const HEADER: usize = 16 + 32 + 4 * 8;
const CHECKSUM: usize = 32;

/// Which rows a file is to hold.
#[derive(Clone, Copy)]
pub(crate) struct Block<'a> {
    /// What they were computed from.
    pub(crate) key: &'a Digest,
    /// Rank of the member.
    pub(crate) member: usize,
    /// The first item.
    pub(crate) first: usize,
    /// Number of items.
    pub(crate) items: usize,
    /// Length of a row.
    pub(crate) parameters: usize,
}

impl Block<'_> {
    /// The rows in this file, if it is whole and of this block; then it counts as used now.
    pub(crate) fn load(&self, path: &Path) -> Option<Vec<f32>> {
        let rows = self.decode(&std::fs::read(path).ok()?)?;
        // The time of last use only orders what is removed first: a folder that cannot be written to may still be read.
        let _ = File::options().append(true).open(path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(rows)
    }

    /// Writes the file: whole and on the disk when this returns.
    pub(crate) fn store(&self, path: &Path, rows: &[f32]) -> io::Result<()> {
        persist::replace::<io::Error>(path, |partial| std::fs::write(partial, self.encode(rows)))
    }

    fn header(&self) -> Vec<u8> {
        let sizes = [self.member, self.first, self.items, self.parameters].map(|size| (size as u64).to_le_bytes());
        [MAGIC.as_slice(), self.key, &sizes.concat()].concat()
    }

    fn encode(&self, rows: &[f32]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER + 4 * rows.len() + CHECKSUM);
        bytes.extend_from_slice(&self.header());
        bytes.extend_from_slice(&f32_bytes(rows));
        let checksum = checksum(&bytes);
        bytes.extend_from_slice(&checksum);
        bytes
    }

    fn decode(&self, bytes: &[u8]) -> Option<Vec<f32>> {
        let (content, found) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
        let (header, values) = content.split_at_checked(HEADER)?;
        let size = self.items.checked_mul(self.parameters)?.checked_mul(4)?;
        if header != self.header() || values.len() != size || found != checksum(content) {
            return None;
        }
        Some(values.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect())
    }
}

fn checksum(content: &[u8]) -> Digest {
    digest("influence/cache/2", &[content])
}
