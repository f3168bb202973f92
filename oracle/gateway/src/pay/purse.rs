//! What a payer keeps on disk: its channels, the call that is under way in each, and what was spent. An order is here before it is sent, so that a crash pays for nothing twice.

use std::{
    cell::Cell,
    path::{Path, PathBuf},
};

use cosmwasm_std::Uint128;
use protocol::{ChannelId, Epoch, ModelId, settlement::SignedVoucher};
use redb::{ReadableTable as _, TableDefinition};
use serde::{Deserialize, Serialize};

use crate::{account::Reach, file::File, order::SealedOrder};

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

/// A channel as its payer keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pocket {
    /// The channel.
    pub channel: ChannelId,
    /// The model that it pays for.
    pub model: ModelId,
    /// Paid in, in uopen.
    pub deposit: Uint128,
    /// The calls whose receipts were found true.
    pub paid: Reach,
    /// Epoch of the last of them.
    pub epoch: Option<Epoch>,
    /// The last voucher, until the gateway has it.
    pub unsent: Option<SignedVoucher>,
    /// The order under way: it may have been served or not.
    pub pending: Option<Pending>,
    /// The last order that was paid, until it is known that its answer was given on: after a crash the same request is answered by it.
    #[serde(default)]
    pub counted: Option<Pending>,
    /// Why it is used no further, if it is not.
    pub retired: Option<String>,
}

/// An order under way, with all that is needed to send it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The order.
    pub order: SealedOrder,
    /// Where it is sent.
    pub path: String,
    /// What is sent.
    pub body: cosmwasm_std::Binary,
}

impl Pocket {
    /// Whether this very request is under way, or was paid and perhaps not given on.
    pub fn awaits(&self, path: &str, body: &[u8]) -> bool {
        [&self.pending, &self.counted]
            .into_iter()
            .flatten()
            .any(|order| order.path == path && order.body.as_slice() == body)
    }

    /// The order to send: that under way, else that which was paid.
    pub fn order(&self) -> Option<&Pending> {
        self.pending.as_ref().or(self.counted.as_ref())
    }

    /// What calls can still cost, in uopen.
    pub fn left(&self) -> Uint128 {
        self.deposit.saturating_sub(self.paid.sum)
    }
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
        let written = self.file.write(|transaction| {
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
        });
        written.map_err(|error| self.failed(error))?;
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
        let bytes = encode(pocket);
        let written = self.file.write(|transaction| {
            transaction.open_table(POCKETS)?.insert(pocket.channel.get(), bytes.as_slice())?;
            Ok(())
        });
        written.map_err(|error| self.failed(error))
    }

    /// Writes a channel whose call was found true, and what it did cost, both or none.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn spend(&self, pocket: &Pocket, fee: Uint128, seconds: u64) -> Result<(), PurseError> {
        let (bytes, number) = (encode(pocket), seconds / DAY);
        let damaged = Cell::new(None);
        let written = self.file.write(|transaction| {
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
            transaction.open_table(POCKETS)?.insert(pocket.channel.get(), bytes.as_slice())?;
            Ok(())
        });
        written.map_err(|error| self.failed(error))?;
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

    fn failed(&self, source: redb::Error) -> PurseError {
        PurseError::Storage { path: self.path.clone(), source: Box::new(source) }
    }

    fn decode<T: serde::de::DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, PurseError> {
        serde_json::from_slice(bytes).map_err(|source| PurseError::Damaged { path: self.path.clone(), source })
    }
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("plain structs always serialise")
}

#[cfg(test)]
mod tests {
    use protocol::Hash32;

    use super::*;

    fn pocket() -> Pocket {
        let paid = Reach { number: 1, sum: Uint128::new(4), head: Hash32([1; 32]) };
        Pocket {
            channel: ChannelId(7),
            model: ModelId(1),
            deposit: Uint128::new(10),
            paid,
            epoch: Some(Epoch(3)),
            unsent: None,
            pending: None,
            counted: None,
            retired: None,
        }
    }

    fn purse(folder: &Path) -> Purse {
        let budget = Budget { per_call: Uint128::new(5), per_day: Uint128::new(9) };
        Purse::open(&folder.join("purse.redb"), budget).expect("nobody else has it open")
    }

    #[test]
    fn budgets_hold_over_restarts_and_begin_anew_each_day() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = purse(folder.path());
        let noon = 100 * DAY + DAY / 2;
        assert!(matches!(first.check(Uint128::new(6), noon), Err(PurseError::TooDear { .. })));
        first.spend(&pocket(), Uint128::new(5), noon).expect("it can be written");
        drop(first);
        let second = purse(folder.path());
        assert!(matches!(second.check(Uint128::new(5), noon), Err(PurseError::DaySpent { .. })));
        second.check(Uint128::new(4), noon).expect("exactly the budget");
        second.check(Uint128::new(5), noon + DAY).expect("another day");
        assert_eq!(second.spent().expect("it can be read").days, [(100, Day { calls: 1, fees: Uint128::new(5) })]);
        assert_eq!(second.pockets().expect("they can be read"), [pocket()]);
    }

    #[test]
    fn what_is_under_way_counts_as_spent() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let purse = purse(folder.path());
        let order = SealedOrder {
            channel: ChannelId(7),
            number: 2,
            cumulative: Uint128::new(4),
            head: Hash32([1; 32]),
            request: Hash32([2; 32]),
            salt: Hash32([3; 32]),
            price_sheet: 1,
            price: "standard".to_owned(),
            ceiling: Uint128::new(5),
            seal: Hash32([4; 32]),
        };
        let pending = Some(Pending { order: order.clone(), path: "/v1/completions".to_owned(), body: b"{}".into() });
        purse.put(&Pocket { pending, ..pocket() }).expect("it can be written");
        assert!(matches!(purse.check(Uint128::new(5), 0), Err(PurseError::DaySpent { .. })));
        purse.check(Uint128::new(4), 0).expect("5 under way and 4 are the budget");
        // Two calls that were looked at together: the second does not fit beside the first.
        let other = |channel, ceiling| {
            let order = SealedOrder { channel: ChannelId(channel), ceiling: Uint128::new(ceiling), ..order.clone() };
            let pending = Some(Pending { order, path: "/v1/completions".to_owned(), body: b"{}".into() });
            Pocket { channel: ChannelId(channel), pending, ..pocket() }
        };
        purse.order(&other(8, 4), 0).expect("it fits");
        assert!(matches!(purse.order(&other(9, 4), 0), Err(PurseError::DaySpent { .. })));
        assert_eq!(purse.pockets().expect("they can be read").len(), 2, "nothing is written of what is refused");
        purse.order(&other(8, 3), 0).expect("its own order is not counted twice");
    }
}
