//! [`Preconditioned`] on disk, so that a restart does not repeat seconds of work.
//!
//! # Format
//! Fixed width, little endian unless said:
//!
//! | bytes | what |
//! |---|---|
//! | 16 | `influence-pre/1\n` |
//! | 32 | key: what this was computed from ([`crate::score::key`]) |
//! | 8 | members |
//! | 8 | items |
//! | 8 | parameters |
//! | 4 · members · items · parameters | rows, member by member, item by item, f32 |
//! | 32 | SHA-256 of all bytes before, domain separated with the tag `influence/cache/1` |
//!
//! A file that is not exactly this, or whose checksum or key differs, is as good as none: the values are computed again and
//! the file is replaced. The name is the key in hex with `.pre`.

use std::path::{Path, PathBuf};

use crate::dataset::Examples;
use crate::digest::{Digest, digest, f32_bytes, hex};
use crate::manifest::TrainingManifest;
use crate::mlp::Mlp;
use crate::parallel::Threads;
use crate::persist;
use crate::score::{self, Preconditioned, PreconditionedMember, ScoreError};

const MAGIC: &[u8; 16] = b"influence-pre/1\n";
const HEADER: usize = 16 + 32 + 3 * 8;
const CHECKSUM: usize = 32;

/// Why preconditioned gradients could be neither loaded nor computed and stored.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// They could not be computed.
    #[error("cannot compute preconditioned gradients")]
    Compute(#[from] ScoreError),
    /// They could not be stored.
    #[error("cannot store preconditioned gradients at {}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

/// Where preconditioned gradients came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the folder, verified.
    Loaded,
    /// Computed now, and stored.
    Computed,
}

/// Loads from `folder` what [`score::precondition`] gives for these inputs, or computes and stores it.
///
/// # Errors
/// If the inputs do not belong together, or the file cannot be written. A file that cannot be read or is damaged is no
/// error.
pub fn load_or_compute(
    folder: &Path,
    manifest: &TrainingManifest,
    members: &[Mlp],
    items: &Examples,
    threads: Threads,
) -> Result<(Preconditioned, Origin), CacheError> {
    score::check(manifest, members, items)?;
    let key = score::key(manifest, members, items);
    let path = path(folder, &key);
    let loaded = std::fs::read(&path).ok().and_then(|bytes| decode(&bytes, &key, members, items.len()));
    if let Some(preconditioned) = loaded {
        return Ok((preconditioned, Origin::Loaded));
    }
    let preconditioned = score::precondition(manifest, members, items, threads)?;
    persist::replace::<std::io::Error>(&path, |partial| {
        std::fs::create_dir_all(folder)?;
        std::fs::write(partial, encode(&preconditioned, &key))
    })
    .map_err(|source| CacheError::Store { path, source })?;
    Ok((preconditioned, Origin::Computed))
}

/// The file of `key` in `folder`.
pub fn path(folder: &Path, key: &Digest) -> PathBuf {
    folder.join(format!("{}.pre", hex(key)))
}

fn encode(preconditioned: &Preconditioned, key: &Digest) -> Vec<u8> {
    let members = &preconditioned.members;
    let parameters = members.first().map_or(0, |member| member.model.architecture().parameters());
    let mut bytes = Vec::with_capacity(HEADER + 4 * members.len() * preconditioned.items * parameters + CHECKSUM);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(key);
    for size in [members.len(), preconditioned.items, parameters] {
        bytes.extend_from_slice(&(size as u64).to_le_bytes());
    }
    for member in members {
        bytes.extend_from_slice(&f32_bytes(&member.rows));
    }
    let checksum = checksum(&bytes);
    bytes.extend_from_slice(&checksum);
    bytes
}

fn decode(bytes: &[u8], key: &Digest, models: &[Mlp], items: usize) -> Option<Preconditioned> {
    let (content, found) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
    let (header, values) = content.split_at_checked(HEADER)?;
    let parameters = models.first()?.architecture().parameters();
    let sizes = [models.len(), items, parameters].map(|size| (size as u64).to_le_bytes());
    let expected = [MAGIC.as_slice(), key, &sizes.concat()].concat();
    let size = models.len().checked_mul(items)?.checked_mul(parameters)?.checked_mul(4)?;
    if header != expected || values.len() != size || found != checksum(content) {
        return None;
    }
    let member = |(model, bytes): (&Mlp, &[u8])| PreconditionedMember {
        model: model.clone(),
        rows: bytes.as_chunks::<4>().0.iter().map(|chunk| f32::from_le_bytes(*chunk)).collect(),
    };
    let members = models.iter().zip(values.chunks_exact(4 * items * parameters)).map(member).collect();
    Some(Preconditioned { items, members })
}

fn checksum(content: &[u8]) -> Digest {
    digest("influence/cache/1", &[content])
}
