//! Results that a killed audit does not compute again.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use compute::persist;
use rules::hash::{Hash, digest};

/// Bytes of a hash.
const HASH: usize = size_of::<Hash>();

/// Results of one audit in a folder, each a file that is whole or absent: `identity ‖ result ‖ digest of both`.
pub(super) struct Kept {
    folder: PathBuf,
    identity: Hash,
}

impl Kept {
    /// Results of the audit with this identity.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub(super) fn new(folder: PathBuf, identity: Hash) -> Result<Self> {
        fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        Ok(Self { folder, identity })
    }

    /// The result under a name: read if it is there, else computed and kept.
    ///
    /// # Errors
    /// If it is another audit's or not whole, cannot be computed, or cannot be written.
    pub(super) fn get_or(&self, name: &str, compute: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
        let path = self.folder.join(format!("{name}.kept"));
        match fs::read(&path) {
            Ok(bytes) => self.open(&path, &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let result = compute()?;
                write(&path, &self.seal(&result))?;
                Ok(result)
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    fn seal(&self, result: &[u8]) -> Vec<u8> {
        let sum = digest("audit/kept/1", &[&self.identity, result]);
        [self.identity.as_slice(), result, sum.as_slice()].concat()
    }

    fn open(&self, path: &Path, bytes: &[u8]) -> Result<Vec<u8>> {
        let Some((identity, rest)) = bytes.split_first_chunk::<HASH>() else { return Err(not_whole(path)) };
        let Some((result, sum)) = rest.split_last_chunk::<HASH>() else { return Err(not_whole(path)) };
        if digest("audit/kept/1", &[identity, result]) != *sum {
            return Err(not_whole(path));
        }
        if *identity != self.identity {
            bail!(
                "{} is of another audit: of another model, plan, or of other items or queries; give another --out, or remove {}",
                path.display(),
                self.folder.display()
            );
        }
        Ok(result.to_vec())
    }
}

fn not_whole(path: &Path) -> anyhow::Error {
    anyhow::anyhow!("{} is damaged: remove it, and it is computed again", path.display())
}

/// Writes a file that is whole or absent.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    persist::replace(path, |partial| fs::write(partial, bytes))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Numbers as bytes.
pub(super) fn bytes_of(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Numbers from bytes; `None` unless they are so many.
pub(super) fn numbers_of(bytes: &[u8], count: usize) -> Option<Vec<f64>> {
    let (numbers, rest) = bytes.as_chunks::<8>();
    (rest.is_empty() && numbers.len() == count)
        .then(|| numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(folder: &Path, identity: u8) -> Kept {
        Kept::new(folder.to_path_buf(), [identity; 32]).expect("it can be made")
    }

    #[test]
    fn a_result_is_computed_once_and_reads_back_to_the_bit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = kept(folder.path(), 1);
        let numbers = [0.1, -2.5e-300, 7.0];
        kept.get_or("one", || Ok(bytes_of(&numbers))).expect("computed");
        let read = kept.get_or("one", || bail!("computed again")).expect("read");
        assert_eq!(numbers_of(&read, 3).expect("three"), numbers);
        assert_eq!(numbers_of(&read, 2), None);
    }

    #[test]
    fn another_audits_results_and_damaged_ones_are_refused_by_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        kept(folder.path(), 1).get_or("one", || Ok(vec![5; 16])).expect("computed");
        let other = kept(folder.path(), 2).get_or("one", || Ok(vec![])).expect_err("another's").to_string();
        assert!(other.contains("one.kept") && other.contains("--out"), "{other}");
        let path = folder.path().join("one.kept");
        let mut bytes = fs::read(&path).expect("it is there");
        bytes[40] ^= 1;
        fs::write(&path, &bytes).expect("it can be written");
        let damaged = kept(folder.path(), 1).get_or("one", || Ok(vec![])).expect_err("damaged").to_string();
        assert!(damaged.contains("damaged"), "{damaged}");
    }
}
