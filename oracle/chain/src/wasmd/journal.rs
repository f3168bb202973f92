//! What was offered and is not settled yet, kept by the caller: a client that is killed after it offered a transaction looks for that
//! one first when it starts again, and so sends nothing twice.

use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
};

use cosmwasm_std::HexBinary;
use protocol::Hash32;
use serde::{Deserialize, Serialize};

use super::envelope::Signed;
use crate::{ChainError, error};

/// A transaction that may come into a block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentTransaction {
    /// Who signed it.
    pub address: String,
    /// Its name.
    pub hash: Hash32,
    /// All of it: the same bytes are the same transaction.
    pub bytes: HexBinary,
    /// The latest block when it was signed.
    pub signed_at: u64,
    /// The last block that it can be in.
    pub timeout_height: u64,
}

/// Why a journal cannot be used.
pub type JournalError = Box<dyn Error + Send + Sync>;

/// Keeps transactions through a crash.
pub trait Journal: Send + Sync {
    /// Keeps a transaction: durable when this returns.
    ///
    /// # Errors
    /// If it cannot be written; then the transaction is not offered.
    fn remember(&self, sent: &SentTransaction) -> Result<(), JournalError>;

    /// Drops a transaction whose fate is known.
    ///
    /// # Errors
    /// If it cannot be written; then the transaction is settled once more after the next start.
    fn forget(&self, hash: &Hash32) -> Result<(), JournalError>;

    /// All that is kept.
    ///
    /// # Errors
    /// If it cannot be read; then nothing is offered.
    fn open(&self) -> Result<Vec<SentTransaction>, JournalError>;
}

/// The journal of a client, if it has one.
#[derive(Default)]
pub(crate) struct Book(OnceLock<Arc<dyn Journal>>);

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Book").field(&self.0.get().is_some()).finish()
    }
}

impl Book {
    /// Takes a journal, the first that it is given.
    pub(crate) fn begin(&self, journal: Arc<dyn Journal>) {
        self.0.get_or_init(|| journal);
    }

    /// Keeps a transaction before it is offered.
    pub(crate) fn remember(&self, address: &str, signed: &Signed) -> error::Result<()> {
        let Some(journal) = self.0.get() else { return Ok(()) };
        journal.remember(&sent(address, signed)).map_err(ChainError::Journal)
    }

    /// Drops a transaction. Where that fails it is settled once more after the next start, which changes nothing.
    pub(crate) fn forget(&self, hash: &Hash32) {
        let Some(journal) = self.0.get() else { return };
        if let Err(error) = journal.forget(hash) {
            tracing::warn!(%hash, error, "the journal still holds a transaction whose fate is known");
        }
    }

    /// What is kept of an address.
    pub(crate) fn of(&self, address: &str) -> error::Result<Vec<Signed>> {
        let Some(journal) = self.0.get() else { return Ok(Vec::new()) };
        let all = journal.open().map_err(ChainError::Journal)?;
        Ok(all.into_iter().filter(|sent| sent.address == address).map(signed).collect())
    }
}

fn sent(address: &str, signed: &Signed) -> SentTransaction {
    let Signed { bytes, hash, signed_at, timeout_height } = signed.clone();
    SentTransaction { address: address.to_owned(), hash, bytes: bytes.into(), signed_at, timeout_height }
}

fn signed(sent: SentTransaction) -> Signed {
    let SentTransaction { hash, bytes, signed_at, timeout_height, .. } = sent;
    Signed { bytes: bytes.into(), hash, signed_at, timeout_height }
}
