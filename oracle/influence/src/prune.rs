//! Keeps the folder of the cache ([`crate::cache`], [`crate::language::cache`]) within a limit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::cache::CacheError;
use crate::digest::{Digest, hex};
use crate::persist;

/// Characters of a key in a file's name.
const KEY: usize = 64;
/// Endings of the cache's files: preconditioned gradients, and curvatures of language models.
const ENDINGS: [&str; 2] = [".pre", ".ekfac"];

/// What [`prune`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Files removed.
    pub files: usize,
    /// Bytes that they had.
    pub bytes: u64,
    /// Bytes left in the cache's files; above the limit only if what is in use is.
    pub left: u64,
}

/// Removes what was used least recently from the cache's folder until its files have at most `max_bytes` together.
///
/// A version goes as a whole, since half of one saves little work. Versions whose keys ([`crate::score::Preconditioned::key`]) are `in_use`
/// stay, whatever they take. A computation whose blocks are removed under it still comes to its result, but no longer goes on from them after
/// a kill. Files that are not the cache's own are neither counted nor touched; a folder that does not exist is empty.
///
/// # Errors
/// [`CacheError::Prune`] if the folder cannot be read or a file not removed.
pub fn prune(folder: &Path, max_bytes: u64, in_use: &[Digest]) -> Result<Pruned, CacheError> {
    let in_use: BTreeSet<String> = in_use.iter().map(|key| hex(key)).collect();
    let versions = versions(folder).map_err(|source| CacheError::Prune { path: folder.to_path_buf(), source })?;
    let left = versions.values().map(|version| version.bytes).sum();
    let mut pruned = Pruned { left, ..Pruned::default() };
    let mut unused: Vec<(String, Version)> = versions.into_iter().filter(|(key, _)| !in_use.contains(key)).collect();
    unused.sort_by(|(left_key, left), (right_key, right)| (left.used, left_key).cmp(&(right.used, right_key)));
    for (_, version) in unused {
        if pruned.left <= max_bytes {
            break;
        }
        version.remove()?;
        pruned.files += version.files.len();
        pruned.bytes += version.bytes;
        pruned.left -= version.bytes;
    }
    Ok(pruned)
}

/// The files of one key; what another process left half-written is a version of its own.
struct Version {
    /// When any of them was last used.
    used: SystemTime,
    bytes: u64,
    files: Vec<PathBuf>,
}

impl Version {
    fn add(&mut self, path: PathBuf, metadata: &Metadata) -> io::Result<()> {
        self.used = self.used.max(metadata.modified()?);
        self.bytes += metadata.len();
        self.files.push(path);
        Ok(())
    }

    fn remove(&self) -> Result<(), CacheError> {
        self.files.iter().try_for_each(|path| match std::fs::remove_file(path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(CacheError::Prune { path: path.clone(), source })
            }
            _ => Ok(()),
        })
    }
}

fn versions(folder: &Path) -> io::Result<BTreeMap<String, Version>> {
    let mut versions = BTreeMap::new();
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(versions),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let Some(version) = entry.file_name().to_str().and_then(version_of) else { continue };
        // A file that is gone by now is as good as removed.
        let Ok(metadata) = entry.metadata() else { continue };
        let empty = || Version { used: SystemTime::UNIX_EPOCH, bytes: 0, files: Vec::new() };
        versions.entry(version).or_insert_with(empty).add(entry.path(), &metadata)?;
    }
    Ok(versions)
}

/// What a file is removed with, by its name: its key, or the name itself if it is half-written. `None` if it is not the cache's, or this
/// process is writing it.
fn version_of(name: &str) -> Option<String> {
    let (key, rest) = name.split_at_checked(KEY)?;
    let ours = key.bytes().all(|byte| byte.is_ascii_hexdigit()) && rest.starts_with('.');
    if ours && ENDINGS.iter().any(|ending| rest.ends_with(ending)) {
        return Some(key.to_owned());
    }
    let half_written = ENDINGS.iter().any(|ending| rest.contains(&format!("{ending}.")));
    (ours && half_written && persist::is_of_another_process(rest)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name() {
        let key = hex(&[0xab; 32]);
        assert_eq!(version_of(&format!("{key}.0.3.pre")), Some(key.clone()));
        assert_eq!(version_of(&format!("{key}.ekfac")), Some(key.clone()));
        for of_another in [format!("{key}.0.3.pre.0-1.partial"), format!("{key}.ekfac.0-1.partial")] {
            assert_eq!(version_of(&of_another), Some(of_another.clone()));
        }
        let of_this_one = format!("{key}.0.3.pre.{}-1.partial", std::process::id());
        for other in [of_this_one.as_str(), &key, "truth.json", &format!("{key}.json"), &format!("x{key}.0.3.pre")] {
            assert_eq!(version_of(other), None, "{other}");
        }
    }
}
