//! What a payer keeps on disk: its channels, the call that is under way in each, what was spent, and answers that may not have been read. What is promised is here before it
//! is sent, so that a crash pays for nothing twice.

mod kept;
mod openings;
mod pocket;

use std::{
    cell::Cell,
    path::{Path, PathBuf},
};

use cosmwasm_std::Uint128;
use redb::{ReadableTable as _, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

pub use self::pocket::{Kept, Opening, Pending, Pocket};
use crate::file::File;

/// Channels by id.
const POCKETS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("pockets/1");
/// What was spent, by day since 1970.
const DAYS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("days/1");

/// Seconds of a day.
const DAY: u64 = 86_400;

/// Why the purse cannot be used, or may not.
#[derive(Debug, thiserror::Error)]
pub enum PurseError {
    /// Another process has it open.
    #[error("another payer uses {}: one process per purse; stop that one, or give this one its own --home", .0.display())]
    InUse(PathBuf),
    /// Reading or writing failed.
    #[error("cannot use the purse {}: free space and permissions may be the cause; nothing was sent", path.display())]
    Storage {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<redb::Error>,
    },
    /// A record cannot be read.
    #[error("a record in the purse {} is damaged: restore it from a backup, or close its channels and begin a new one", path.display())]
    Damaged {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// One call may not cost so much.
    #[error(
        "this call may cost {ceiling} uopen, the budget of one call is {budget}: ask for fewer tokens, or raise `pay.per_call`"
    )]
    TooDear {
        /// What it may cost, in uopen.
        ceiling: Uint128,
        /// The budget, in uopen.
        budget: Uint128,
    },
    /// So much was spent today.
    #[error(
        "{spent} uopen were spent today and this call may cost {ceiling}, the budget of a day is {budget}: wait for tomorrow (UTC), or raise `pay.per_day`"
    )]
    DaySpent {
        /// What was spent, in uopen.
        spent: Uint128,
        /// What it may cost, in uopen.
        ceiling: Uint128,
        /// The budget, in uopen.
        budget: Uint128,
    },
}

/// How much may be spent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// In one call, in uopen.
    pub per_call: Uint128,
    /// In a day of UTC, in uopen.
    pub per_day: Uint128,
}

/// What was spent on a day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// Calls.
    pub calls: u64,
    /// Fees, in uopen.
    pub fees: Uint128,
}

/// What was spent: per day and per channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Spent {
    /// By day since 1970, oldest first.
    pub days: Vec<(u64, Day)>,
    /// Channels.
    pub channels: Vec<Pocket>,
}

/// A purse.
pub struct Purse {
    path: PathBuf,
    file: File,
    budget: Budget,
}

impl Purse {
    /// Opens a purse in a file, or makes it.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn open(path: &Path, budget: Budget) -> Result<Self, PurseError> {
        let failed = |source: redb::Error| PurseError::Storage { path: path.to_owned(), source: Box::new(source) };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(redb::DatabaseError::DatabaseAlreadyOpen) => return Err(PurseError::InUse(path.to_owned())),
            Err(error) => return Err(failed(error.into())),
        };
        let made = file.write(|transaction| {
            transaction.open_table(POCKETS)?;
            transaction.open_table(DAYS)?;
            transaction.open_table(kept::KEPT)?;
            transaction.open_table(openings::OPENINGS)?;
            Ok(())
        });
        made.map_err(failed)?;
        Ok(Self { path: path.to_owned(), file, budget })
    }

    /// Whether a call with this ceiling may be made now.
    ///
    /// # Errors
    /// [`PurseError::TooDear`], [`PurseError::DaySpent`]
    pub fn check(&self, ceiling: Uint128, seconds: u64) -> Result<(), PurseError> {
        self.weigh(ceiling, self.pockets()?, &self.day(seconds / DAY)?)
    }

    /// Whether the budget has room for a call beside these channels' calls under way, and what was spent.
    fn weigh(&self, ceiling: Uint128, others: Vec<Pocket>, day: &Day) -> Result<(), PurseError> {
        let Budget { per_call, per_day } = self.budget;
        if ceiling > per_call {
            return Err(PurseError::TooDear { ceiling, budget: per_call });
        }
        let under_way = others.into_iter().filter_map(|pocket| pocket.pending);
        let reserved = under_way.fold(ceiling, |sum, pending| sum.saturating_add(pending.order.ceiling));
        let spent = day.fees;
        if spent.saturating_add(reserved) > per_day {
            return Err(PurseError::DaySpent { spent, ceiling: reserved, budget: per_day });
        }
        Ok(())
    }

    /// Writes a channel with an order that goes under way, if the budget has room for it: looked at and written as one, so that calls made at the same time do not
    /// take the same room.
    ///
    /// # Errors
    /// As [`Self::check`]; nothing is written then.
    pub fn order(&self, pocket: &Pocket, seconds: u64) -> Result<(), PurseError> {
        let ceiling = pocket.pending.as_ref().map(|pending| pending.order.ceiling).unwrap_or_default();
        let bytes = encode(pocket);
        let refused = Cell::new(None);
        self.write(|transaction| {
            let mut pockets = transaction.open_table(POCKETS)?;
            let kept = pockets.iter()?.map(|pair| pair.map(|(key, value)| (key.value(), value.value().to_vec())));
            let kept = kept.collect::<Result<Vec<_>, _>>()?;
            let day = transaction.open_table(DAYS)?.get(seconds / DAY)?.map(|value| value.value().to_vec());
            let weighed = || {
                let others = kept.iter().filter(|(channel, _)| *channel != pocket.channel.get());
                let others = others.map(|(_, bytes)| self.decode(bytes)).collect::<Result<_, _>>()?;
                let day: Option<Day> = day.map(|bytes| self.decode(&bytes)).transpose()?;
                self.weigh(ceiling, others, &day.unwrap_or_default())
            };
            let refusal = weighed().err();
            if refusal.is_none() {
                pockets.insert(pocket.channel.get(), bytes.as_slice())?;
            }
            refused.set(refusal);
            Ok(())
        })?;
        refused.take().map_or(Ok(()), Err)
    }

    /// All channels.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn pockets(&self) -> Result<Vec<Pocket>, PurseError> {
        self.all(POCKETS)?.iter().map(|(_, bytes)| self.decode(bytes)).collect()
    }

    /// Writes a channel; on disk when this returns.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn put(&self, pocket: &Pocket) -> Result<(), PurseError> {
        self.write(|transaction| insert_pocket(transaction, pocket))
    }

    /// Writes a channel whose call was found true, what it did cost, and its answer for who asks again: all or nothing. `dropped` are the answers that make room.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn spend(&self, pocket: &Pocket, fee: Uint128, seconds: u64, answer: Answered<'_>) -> Result<(), PurseError> {
        let number = seconds / DAY;
        let damaged = Cell::new(None);
        self.write(|transaction| {
            let mut days = transaction.open_table(DAYS)?;
            let before = days.get(number)?.map(|value| value.value().to_vec());
            let mut day: Day = match before.map(|bytes| self.decode(&bytes)).transpose() {
                Ok(day) => day.unwrap_or_default(),
                Err(error) => {
                    damaged.set(Some(error));
                    return Ok(());
                }
            };
            day = Day { calls: day.calls + 1, fees: day.fees.saturating_add(fee) };
            days.insert(number, encode(&day).as_slice())?;
            kept::change(transaction, answer.kept, answer.dropped)?;
            insert_pocket(transaction, pocket)
        })?;
        damaged.take().map_or(Ok(()), Err)
    }

    /// What was spent.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn spent(&self) -> Result<Spent, PurseError> {
        let days = self.all(DAYS)?;
        let days = days.iter().map(|(number, bytes)| Ok((*number, self.decode(bytes)?)));
        Ok(Spent { days: days.collect::<Result<_, PurseError>>()?, channels: self.pockets()? })
    }

    fn day(&self, number: u64) -> Result<Day, PurseError> {
        let bytes = self
            .file
            .read(|transaction| Ok(transaction.open_table(DAYS)?.get(number)?.map(|value| value.value().to_vec())));
        let bytes = bytes.map_err(|error| self.failed(error))?;
        Ok(bytes.map(|bytes| self.decode(&bytes)).transpose()?.unwrap_or_default())
    }

    fn all(&self, table: TableDefinition<'static, u64, &'static [u8]>) -> Result<Vec<(u64, Vec<u8>)>, PurseError> {
        let all = self.file.read(|transaction| {
            let table = transaction.open_table(table)?;
            let pairs = table.iter()?.map(|pair| pair.map(|(key, value)| (key.value(), value.value().to_vec())));
            Ok(pairs.collect::<Result<Vec<_>, _>>()?)
        });
        all.map_err(|error| self.failed(error))
    }

    /// One durable transaction: synced when this returns.
    fn write(&self, work: impl Fn(&WriteTransaction) -> Result<(), redb::Error>) -> Result<(), PurseError> {
        self.file.write(work).map_err(|error| self.failed(error))
    }

    fn failed(&self, source: redb::Error) -> PurseError {
        PurseError::Storage { path: self.path.clone(), source: Box::new(source) }
    }

    fn decode<T: serde::de::DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, PurseError> {
        serde_json::from_slice(bytes).map_err(|source| PurseError::Damaged { path: self.path.clone(), source })
    }
}

/// What is kept of the answer of a call that was paid, and what is let go for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answered<'a> {
    /// The answer.
    pub kept: Option<&'a Kept>,
    /// Earlier ones.
    pub dropped: &'a [(u64, u64)],
}

fn insert_pocket(transaction: &WriteTransaction, pocket: &Pocket) -> Result<(), redb::Error> {
    transaction.open_table(POCKETS)?.insert(pocket.channel.get(), encode(pocket).as_slice())?;
    Ok(())
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain structs always serialise")
}

#[cfg(test)]
mod tests;
