//! An operator's own store: what it promised on chain and what it has sent are here before they leave, so that a crash at any line
//! costs time and no bond. One file, one process: a second one that opens it is refused, so every key has one writer.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chain::{Journal, JournalError, SentTransaction};
use cosmwasm_std::HexBinary;
use gateway::file::File;
use protocol::{Hash32, ModelId, RoundId};
use redb::{ReadableTable as _, TableDefinition};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Reports and salts by `model-round`.
const PROMISES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("promises/1");
/// Transactions that were sent and of which nothing is known yet, by hash.
const SENT: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("sent/1");
/// Heights that were followed, by who follows.
const CURSORS: TableDefinition<'_, &str, u64> = TableDefinition::new("cursors/1");

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it open.
    #[error("another oracle uses {}: one process per key and store; stop that one, or give this one its own --home", .0.display())]
    InUse(PathBuf),
    /// Reading or writing failed.
    #[error("cannot use the operator's store {}: free space and permissions may be the cause; nothing was sent", path.display())]
    Storage {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<redb::Error>,
    },
    /// The folder cannot be made.
    #[error("cannot make the folder {}", path.display())]
    Folder {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A record cannot be read.
    #[error(
        "the record {record} in the operator's store {} is damaged: restore the store from a backup; do not delete it while a commitment is open",
        path.display()
    )]
    Damaged {
        /// Where.
        path: PathBuf,
        /// Which.
        record: String,
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

/// The store of one operator; clones share it. The file is closed with the last of them.
#[derive(Clone)]
pub struct Store {
    folder: PathBuf,
    file: Arc<File>,
}

impl Store {
    /// Opens the store in a folder, or makes it.
    ///
    /// # Errors
    /// If another process has it open, or it cannot be read or made.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(|source| StoreError::Folder { path: folder.clone(), source })?;
        let path = Self::file(&folder);
        match File::open(&path) {
            Ok(file) => Ok(Self { folder, file: Arc::new(file) }),
            Err(redb::DatabaseError::DatabaseAlreadyOpen) => Err(StoreError::InUse(path)),
            Err(error) => Err(StoreError::Storage { path, source: Box::new(error.into()) }),
        }
    }

    /// The store's file in a folder.
    pub fn file(folder: &Path) -> PathBuf {
        folder.join("store.redb")
    }

    /// Where derived data may be cached.
    pub fn cache(&self) -> PathBuf {
        self.folder.join("cache")
    }

    /// Keeps a promise before it is sent: durable when this returns.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn keep(&self, model: ModelId, round: RoundId, promise: &Promise) -> Result<(), StoreError> {
        let key = promise_key(model, round);
        let bytes = self.encode(&key, promise)?;
        self.write(|transaction| {
            transaction.open_table(PROMISES)?.insert(key.as_str(), bytes.as_slice())?;
            Ok(())
        })
    }

    /// The promise of a round, if one was kept.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn promise(&self, model: ModelId, round: RoundId) -> Result<Option<Promise>, StoreError> {
        let key = promise_key(model, round);
        let bytes = self.read(|transaction| match transaction.open_table(PROMISES) {
            Ok(table) => Ok(table.get(key.as_str())?.map(|value| value.value().to_vec())),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        })?;
        bytes.map(|bytes| self.decode(&key, &bytes)).transpose()
    }

    /// The last height that was followed.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn cursor(&self, follower: &str) -> Result<Option<u64>, StoreError> {
        self.read(|transaction| match transaction.open_table(CURSORS) {
            Ok(table) => Ok(table.get(follower)?.map(|height| height.value())),
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
            Err(error) => Err(error.into()),
        })
    }

    /// Remembers a height that was followed.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn set_cursor(&self, follower: &str, height: u64) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.open_table(CURSORS)?.insert(follower, height)?;
            Ok(())
        })
    }

    /// Remembers a transaction that is about to be sent.
    ///
    /// # Errors
    /// If it cannot be written: then it must not be sent.
    pub fn remember_sent<T: Serialize>(&self, hash: &Hash32, sent: &T) -> Result<(), StoreError> {
        let bytes = self.encode("of a sent transaction", sent)?;
        self.write(|transaction| {
            transaction.open_table(SENT)?.insert(hash.bytes().as_slice(), bytes.as_slice())?;
            Ok(())
        })
    }

    /// Forgets a transaction whose fate is known.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn forget_sent(&self, hash: &Hash32) -> Result<(), StoreError> {
        self.write(|transaction| {
            transaction.open_table(SENT)?.remove(hash.bytes().as_slice())?;
            Ok(())
        })
    }

    /// Transactions whose fate is not known.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn sent<T: DeserializeOwned>(&self) -> Result<Vec<T>, StoreError> {
        let all = self.read(|transaction| {
            let table = match transaction.open_table(SENT) {
                Ok(table) => table,
                Err(redb::TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
                Err(error) => return Err(error.into()),
            };
            let mut all = Vec::new();
            for entry in table.iter()? {
                all.push(entry?.1.value().to_vec());
            }
            Ok(all)
        })?;
        all.iter().map(|bytes| self.decode("of a sent transaction", bytes)).collect()
    }

    /// Whether something can be written, told by writing.
    ///
    /// # Errors
    /// If not.
    pub fn check_writable(&self) -> Result<(), StoreError> {
        self.set_cursor("probe", 0)
    }

    /// One durable transaction: synced when this returns.
    fn write(&self, work: impl Fn(&redb::WriteTransaction) -> Result<(), redb::Error>) -> Result<(), StoreError> {
        self.file.write(work).map_err(|source| self.failed(source))
    }

    fn read<T>(&self, work: impl Fn(&redb::ReadTransaction) -> Result<T, redb::Error>) -> Result<T, StoreError> {
        self.file.read(work).map_err(|source| self.failed(source))
    }

    fn failed(&self, source: redb::Error) -> StoreError {
        StoreError::Storage { path: Self::file(&self.folder), source: Box::new(source) }
    }

    fn encode<T: Serialize>(&self, record: &str, value: &T) -> Result<Vec<u8>, StoreError> {
        serde_json::to_vec(value).map_err(|source| self.damaged(record, source))
    }

    fn decode<T: DeserializeOwned>(&self, record: &str, bytes: &[u8]) -> Result<T, StoreError> {
        serde_json::from_slice(bytes).map_err(|source| self.damaged(record, source))
    }

    fn damaged(&self, record: &str, source: serde_json::Error) -> StoreError {
        StoreError::Damaged { path: Self::file(&self.folder), record: record.to_owned(), source }
    }
}

impl Journal for Store {
    fn remember(&self, sent: &SentTransaction) -> Result<(), JournalError> {
        Ok(self.remember_sent(&sent.hash, sent)?)
    }

    fn forget(&self, hash: &Hash32) -> Result<(), JournalError> {
        Ok(self.forget_sent(hash)?)
    }

    fn open(&self) -> Result<Vec<SentTransaction>, JournalError> {
        Ok(self.sent()?)
    }
}

fn promise_key(model: ModelId, round: RoundId) -> String {
    format!("{model}-{round}")
}
