//! A version's curvature on disk, so that a restart does not measure it again.
//!
//! # Format
//! A file is named `<key>.ekfac`, the key in hex. Little endian:
//!
//! | bytes | what |
//! |---|---|
//! | 16 | `influence-ekf/1\n` |
//! | 32 | key: what the curvature was measured from ([`super::scorer::key`]) |
//! | 8 | items |
//! | 8 | bytes of the bases |
//! | | eigenbases, as safetensors in the model's precision |
//! | | damped spectrum, as safetensors in f64 |
//! | 32 | SHA-256 of all bytes before, domain separated with the tag `influence/ekfac-cache/1` |
//!
//! A file that is not exactly this, or whose checksum or key differs, is as good as none: the curvature is measured again and the file replaced.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::LanguageError;
use crate::digest::{Digest, digest, hex};
use crate::ekfac::Subject;
use crate::ekfac::score::Curvature;
use crate::index::stored;
use crate::persist;

const MAGIC: &[u8; 16] = b"influence-ekf/1\n";
const HEADER: usize = 16 + 32 + 8 + 8;
const CHECKSUM: usize = 32;

/// The curvature in `folder` under a key, or the one that `measure` gives, which is kept there.
///
/// # Errors
/// What `measure` says, or if the file cannot be written. A file that cannot be read or is damaged is no error.
pub fn load_or_measure(
    (folder, key): (&Path, &Digest),
    subject: &Subject<'_>,
    measure: impl FnOnce() -> Result<Curvature, LanguageError>,
) -> Result<Curvature, LanguageError> {
    let path = path(folder, key);
    if let Some(found) = std::fs::read(&path).ok().and_then(|bytes| decode(&bytes, key, subject)) {
        // The time of last use only orders what is removed first: a folder that cannot be written to may still be read.
        let _ = File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        return Ok(found);
    }
    let measured = measure()?;
    let bytes = encode(&measured, key, subject)?;
    std::fs::create_dir_all(folder)
        .and_then(|()| persist::replace::<io::Error>(&path, |partial| std::fs::write(partial, bytes)))
        .map_err(|source| LanguageError::File { path, source })?;
    Ok(measured)
}

/// The file of a key in `folder`.
pub fn path(folder: &Path, key: &Digest) -> PathBuf {
    folder.join(format!("{}.ekfac", hex(key)))
}

fn encode(curvature: &Curvature, key: &Digest, subject: &Subject<'_>) -> Result<Vec<u8>, LanguageError> {
    let bases = stored::from_bases(&curvature.bases)?;
    let sizes = [curvature.items, bases.len()].map(|size| (size as u64).to_le_bytes()).concat();
    let damped = stored::from_damped(&curvature.damped, subject)?;
    let content = [MAGIC.as_slice(), key, &sizes, &bases, &damped].concat();
    Ok([content.as_slice(), &checksum(&content)].concat())
}

fn decode(bytes: &[u8], key: &Digest, subject: &Subject<'_>) -> Option<Curvature> {
    let (content, found) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
    let (header, values) = content.split_at_checked(HEADER)?;
    let named = [MAGIC.as_slice(), key].concat();
    if !header.starts_with(&named) || found != checksum(content) {
        return None;
    }
    let size = |at: usize| usize::try_from(u64::from_le_bytes(header.get(at..at + 8)?.try_into().ok()?)).ok();
    let (bases, damped) = values.split_at_checked(size(HEADER - 8)?)?;
    Some(Curvature {
        bases: stored::bases(bases, subject).ok()?,
        damped: stored::damped(damped, subject).ok()?,
        items: size(HEADER - 16)?,
    })
}

fn checksum(content: &[u8]) -> Digest {
    digest("influence/ekfac-cache/1", &[content])
}
