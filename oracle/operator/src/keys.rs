//! Keys of private DataNets: who holds one can read and check the DataNet's items; who does not can confirm no guess.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use protocol::{DatanetId, Hash32, datanet::Datanet};
use rules::{hash::Hash, item};
use zeroize::Zeroizing;

use crate::published::Digested;

/// Why the items of a private DataNet cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// No key of this DataNet is held.
    #[error(
        "DataNet {0} is private and its key is not held: ask its owner for it and name the file with --datanet-keys"
    )]
    Missing(DatanetId),
    /// The key is another one.
    #[error("the key held for DataNet {0} is not the one that the chain names: ask its owner for it")]
    Wrong(DatanetId),
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others can read the file.
    #[error("{0} can be read by others: chmod 600 it")]
    Readable(PathBuf),
    /// The file holds something else. Where is all that is said: what stands there may be a key.
    #[error(
        "{path}, line {line}, column {column}: not a JSON object of DataNet ids and 64 hex digits each, as {{\"1\": \"00…\"}}"
    )]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
}

/// Keys by DataNet. They are never shown and are wiped from memory when dropped.
#[derive(Clone, Default)]
pub struct DatanetKeys(BTreeMap<DatanetId, Zeroizing<Hash>>);

impl fmt::Debug for DatanetKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl DatanetKeys {
    /// No keys: enough where no DataNet is private.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads a file that only its owner can read: a JSON object of DataNet ids and keys as 64 hex digits.
    ///
    /// # Errors
    /// If the file cannot be read, can be read by others, or holds something else.
    pub fn load(path: &Path) -> Result<Self, KeysError> {
        let failed = |source| KeysError::Io { path: path.to_owned(), source };
        check_mode(path, &fs::metadata(path).map_err(failed)?)?;
        let bytes = Zeroizing::new(fs::read(path).map_err(failed)?);
        let malformed = |error: serde_json::Error| KeysError::Malformed {
            path: path.to_owned(),
            line: error.line(),
            column: error.column(),
        };
        let keys: BTreeMap<DatanetId, Hash32> = serde_json::from_slice(&bytes).map_err(malformed)?;
        Ok(Self(keys.into_iter().map(|(datanet, key)| (datanet, Zeroizing::new(key.0))).collect()))
    }

    /// With one more key.
    #[must_use]
    pub fn with(mut self, datanet: DatanetId, key: Hash) -> Self {
        self.0.insert(datanet, Zeroizing::new(key));
        self
    }

    /// How a DataNet's items are digested: openly, or under the key held for it, checked against the chain.
    ///
    /// # Errors
    /// If the DataNet is private and its key is not held or is another one.
    pub fn digested(&self, datanet: &Datanet) -> Result<Digested<'_>, KeysError> {
        let Some(commitment) = datanet.settings.item_key else { return Ok(Digested::Openly) };
        let key = self.0.get(&datanet.id).ok_or(KeysError::Missing(datanet.id))?;
        if item::key_commitment(key) == commitment.0 {
            Ok(Digested::Under(key))
        } else {
            Err(KeysError::Wrong(datanet.id))
        }
    }
}

/// Writes keys to a file that only its owner can read, in place of an older one.
///
/// # Errors
/// If it cannot be written.
pub fn write(path: &Path, keys: &BTreeMap<DatanetId, Hash32>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let temporary = PathBuf::from(beside);
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&temporary)?;
    file.write_all(&serde_json::to_vec_pretty(keys)?)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), KeysError> {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o077 == 0 { Ok(()) } else { Err(KeysError::Readable(path.to_owned())) }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::Metadata) -> Result<(), KeysError> {
    Ok(())
}
