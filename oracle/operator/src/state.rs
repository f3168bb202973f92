//! An operator's own folder: what it promised on chain is here before it is sent, so that a crash at any line costs time and no bond.

use std::{fs, io, path::PathBuf};

use cosmwasm_std::HexBinary;
use protocol::{Hash32, ModelId, RoundId};
use serde::{Deserialize, Serialize};

use crate::published::write_durably;

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Reading or writing failed.
    #[error("cannot use the operator's state {path}")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The record cannot be read.
    #[error(
        "the operator's state {path} is damaged: restore it from a backup; do not delete it while a commitment is open"
    )]
    Damaged {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}

/// What an operator will reveal, durable before it commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The round's inputs.
    pub inputs: Hash32,
    /// Salt of the commitment.
    pub salt: Hash32,
    /// The report as it will be revealed: `None` for `TooFew`.
    pub vector: Option<PromisedVector>,
}

/// A vector as bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromisedVector {
    /// Packed entries.
    pub entries: HexBinary,
    /// Reach.
    pub reach: u64,
    /// Unresolved redemptions.
    pub unresolved: HexBinary,
    /// Number of redemptions.
    pub redemptions: usize,
}

/// An operator's folder.
#[derive(Clone, Debug)]
pub struct StateFolder {
    root: PathBuf,
}

impl StateFolder {
    /// Uses a folder; it is created when first written.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where derived data may be cached.
    pub fn cache(&self) -> PathBuf {
        self.root.join("cache")
    }

    /// Keeps a promise before it is sent.
    pub fn keep(&self, model: ModelId, round: RoundId, promise: &Promise) -> Result<(), StateError> {
        let path = self.path(model, round);
        let bytes =
            serde_json::to_vec_pretty(promise).map_err(|source| StateError::Damaged { path: path.clone(), source })?;
        write_durably(&path, &bytes).map_err(|source| StateError::Io { path, source })
    }

    /// The promise of a round, if one was kept.
    pub fn promise(&self, model: ModelId, round: RoundId) -> Result<Option<Promise>, StateError> {
        let path = self.path(model, round);
        match fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map(Some).map_err(|source| StateError::Damaged { path, source })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StateError::Io { path, source }),
        }
    }

    fn path(&self, model: ModelId, round: RoundId) -> PathBuf {
        self.root.join("rounds").join(format!("{model}-{round}.json"))
    }
}
