//! A chain on disk: one JSON file, replaced whole, so that another process can query and search it.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use cosmwasm_std::{Binary, BlockInfo, StdError};
use serde::{Deserialize, Serialize};

use crate::{ChainError, Deployment, EmbeddedChain, Invariants, TxRecord, chain::ChainState};

/// The format; changed whenever older files could be misread.
pub const FORMAT: &str = "embedded-chain/v2";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    format: String,
    block: BlockInfo,
    seconds_per_block: u64,
    deployment: Option<Deployment>,
    storage: Vec<(Binary, Binary)>,
    transactions: Vec<TxRecord>,
}

/// Read first, so that a file of another format is named as that and not as malformed.
#[derive(Deserialize)]
struct Tag {
    format: String,
}

impl EmbeddedChain {
    /// Writes the chain to a file: beside it first, then renamed over it, so that a reader sees the old or the new chain whole.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), ChainError> {
        let bytes = serde_json::to_vec(&self.to_saved()).map_err(|error| ChainError::Json {
            what: "the chain".to_owned(),
            source: StdError::generic_err(error.to_string()),
        })?;
        replace(path, &bytes).map_err(|source| ChainError::File { action: "write", path: path.to_owned(), source })
    }

    /// Opens a saved chain, to go on where it stopped.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a saved chain of this format.
    pub fn open(path: &Path, invariants: Invariants) -> Result<Self, ChainError> {
        let bytes =
            fs::read(path).map_err(|source| ChainError::File { action: "read", path: path.to_owned(), source })?;
        let wrong = |reason: String| ChainError::NotAChain { path: path.to_owned(), reason };
        let tag: Tag = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        if tag.format != FORMAT {
            return Err(wrong(format!("its format is {}, this program reads {FORMAT}", tag.format)));
        }
        let saved: Saved = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
        let mut chain = Self::with_state(saved.into(), invariants);
        chain.check(&[])?;
        Ok(chain)
    }

    fn to_saved(&self) -> Saved {
        let entry = |(key, value): (&Vec<u8>, &Vec<u8>)| (Binary::from(key.as_slice()), Binary::from(value.as_slice()));
        Saved {
            format: FORMAT.to_owned(),
            block: self.block(),
            seconds_per_block: self.seconds_per_block,
            deployment: self.deployment.clone(),
            storage: self.storage().entries().map(entry).collect(),
            transactions: self.transactions.clone(),
        }
    }
}

impl From<Saved> for ChainState {
    fn from(saved: Saved) -> Self {
        Self {
            block: saved.block,
            seconds_per_block: saved.seconds_per_block,
            deployment: saved.deployment,
            storage: saved.storage.into_iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect(),
            transactions: saved.transactions,
        }
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // The rename itself is durable once the folder is.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
