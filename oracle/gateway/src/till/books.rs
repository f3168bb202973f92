//! The file of the books. One process at a time has it open, so that every channel has one writer.

use std::{
    cell::Cell,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use protocol::ChannelId;
use redb::{ReadableTable as _, TableDefinition};
use serde::{Serialize, de::DeserializeOwned};

use super::Booked;
use crate::correction::Correction;
use crate::{account::Account, file::File};

/// Channels by id.
const ACCOUNTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("accounts/1");
/// Calls by channel and rank.
const CALLS: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("calls/1");

/// Corrections by channel and rank of the call.
const CORRECTIONS: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("corrections/1");

/// Why the books cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BooksError {
    /// Another process has them open.
    #[error("another gateway uses {}: one process per store; stop that one, or give this one its own --home", .0.display())]
    InUse(PathBuf),
    /// Reading or writing failed.
    #[error("cannot use the books {}: free space and permissions may be the cause; the call was not charged", path.display())]
    Storage {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<redb::Error>,
    },
    /// A record cannot be read.
    #[error("the record of {record} in the books {} is damaged: restore them from a backup, do not delete them: they hold what is not redeemed", path.display())]
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

/// Books in a file.
pub struct Books {
    path: PathBuf,
    file: File,
}

/// A channel as it shall be, with the call that it was charged, if it was.
pub struct Changed {
    /// The channel.
    pub account: Account,
    /// The call.
    pub call: Option<Booked>,
}

impl Books {
    /// Opens a file, or makes it.
    pub fn open(path: &Path) -> Result<Self, BooksError> {
        let failed = |source: redb::Error| BooksError::Storage { path: path.to_owned(), source: Box::new(source) };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(redb::DatabaseError::DatabaseAlreadyOpen) => return Err(BooksError::InUse(path.to_owned())),
            Err(error) => return Err(failed(error.into())),
        };
        // Tables that are there need not be asked for again.
        let made = file.write(|transaction| {
            transaction.open_table(ACCOUNTS)?;
            transaction.open_table(CALLS)?;
            transaction.open_table(CORRECTIONS)?;
            Ok(())
        });
        made.map_err(failed)?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// One channel.
    pub fn account(&self, channel: ChannelId) -> Result<Option<Account>, BooksError> {
        let bytes = self.read(|transaction| {
            let table = transaction.open_table(ACCOUNTS)?;
            Ok(table.get(channel.get())?.map(|value| value.value().to_vec()))
        })?;
        bytes.map(|bytes| self.decode(&bytes, || format!("channel {channel}"))).transpose()
    }

    /// All channels.
    pub fn accounts(&self) -> Result<Vec<Account>, BooksError> {
        let all = self.read(|transaction| {
            let table = transaction.open_table(ACCOUNTS)?;
            let pairs = table.iter()?.map(|pair| pair.map(|(id, value)| (id.value(), value.value().to_vec())));
            Ok(pairs.collect::<Result<Vec<_>, _>>()?)
        })?;
        all.iter().map(|(id, bytes)| self.decode(bytes, || format!("channel {id}"))).collect()
    }

    /// Changes a channel, given as it is if it is there, in one transaction: nobody comes between, and all of it is on disk when this returns, or nothing.
    /// If `change` fails, nothing is written.
    pub fn change<E: From<BooksError>>(
        &self,
        channel: ChannelId,
        change: impl Fn(Option<Account>) -> Result<Changed, E>,
    ) -> Result<Changed, E> {
        let outcome = Cell::new(None);
        let written = self.file.write(|transaction| {
            let mut accounts = transaction.open_table(ACCOUNTS)?;
            let bytes = accounts.get(channel.get())?.map(|value| value.value().to_vec());
            let before = bytes.map(|bytes| self.decode(&bytes, || format!("channel {channel}"))).transpose();
            let changed = before.map_err(E::from).and_then(&change);
            if let Ok(Changed { account, call }) = &changed {
                accounts.insert(channel.get(), encode(account).as_slice())?;
                if let Some(call) = call {
                    let key = (channel.get(), call.receipt.number);
                    transaction.open_table(CALLS)?.insert(key, encode(call).as_slice())?;
                }
            }
            outcome.set(Some(changed));
            Ok(())
        });
        written.map_err(|error| self.failed(error))?;
        outcome.take().expect("a transaction that was written has run")
    }

    /// Changes a correction, given as it is if it is there, in one transaction; on disk when this returns. If `change` fails, nothing is written.
    pub fn correct<E: From<BooksError>>(
        &self,
        (channel, number): (ChannelId, u64),
        change: impl Fn(Option<Correction>) -> Result<Correction, E>,
    ) -> Result<Correction, E> {
        let outcome = Cell::new(None);
        let key = (channel.get(), number);
        let written = self.file.write(|transaction| {
            let mut corrections = transaction.open_table(CORRECTIONS)?;
            let bytes = corrections.get(key)?.map(|value| value.value().to_vec());
            let before =
                bytes.map(|bytes| self.decode(&bytes, || format!("correction {channel}-{number}"))).transpose();
            let changed = before.map_err(E::from).and_then(&change);
            if let Ok(correction) = &changed {
                corrections.insert(key, encode(correction).as_slice())?;
            }
            outcome.set(Some(changed));
            Ok(())
        });
        written.map_err(|error| self.failed(error))?;
        outcome.take().expect("a transaction that was written has run")
    }

    /// All corrections.
    pub fn corrections(&self) -> Result<Vec<Correction>, BooksError> {
        let all = self.read(|transaction| {
            let table = transaction.open_table(CORRECTIONS)?;
            let values = table.iter()?.map(|pair| pair.map(|(_, value)| value.value().to_vec()));
            Ok(values.collect::<Result<Vec<_>, _>>()?)
        })?;
        all.iter().map(|bytes| self.decode(bytes, || "a correction".to_owned())).collect()
    }

    /// One call.
    pub fn call(&self, channel: ChannelId, number: u64) -> Result<Option<Booked>, BooksError> {
        Ok(self.calls(channel, number..=number)?.pop())
    }

    /// Calls of a channel, in their order.
    pub fn calls(&self, channel: ChannelId, numbers: RangeInclusive<u64>) -> Result<Vec<Booked>, BooksError> {
        let (first, last) = ((channel.get(), *numbers.start()), (channel.get(), *numbers.end()));
        let all = self.read(|transaction| {
            let table = transaction.open_table(CALLS)?;
            let values = table.range(first..=last)?.map(|pair| pair.map(|(_, value)| value.value().to_vec()));
            Ok(values.collect::<Result<Vec<_>, _>>()?)
        })?;
        all.iter().map(|bytes| self.decode(bytes, || format!("calls of channel {channel}"))).collect()
    }

    fn read<T>(&self, read: impl Fn(&redb::ReadTransaction) -> Result<T, redb::Error>) -> Result<T, BooksError> {
        self.file.read(read).map_err(|error| self.failed(error))
    }

    fn failed(&self, source: redb::Error) -> BooksError {
        BooksError::Storage { path: self.path.clone(), source: Box::new(source) }
    }

    fn decode<T: DeserializeOwned>(&self, bytes: &[u8], record: impl FnOnce() -> String) -> Result<T, BooksError> {
        serde_json::from_slice(bytes).map_err(|source| BooksError::Damaged {
            path: self.path.clone(),
            record: record(),
            source,
        })
    }
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain structs always serialise")
}
