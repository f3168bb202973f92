//! Answers on disk.

use redb::{ReadableTable as _, TableDefinition, WriteTransaction};

use super::{Kept, Purse, PurseError, encode};

/// Answers by channel and rank of their calls.
pub(super) const KEPT: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("kept/1");

/// Puts one answer and takes others out, as a part of a transaction.
pub(super) fn change(
    transaction: &WriteTransaction,
    kept: Option<&Kept>,
    dropped: &[(u64, u64)],
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(KEPT)?;
    for call in dropped {
        table.remove(call)?;
    }
    if let Some(kept) = kept {
        table.insert(id(kept), encode(kept).as_slice())?;
    }
    Ok(())
}

fn id(kept: &Kept) -> (u64, u64) {
    (kept.call.0.get(), kept.call.1)
}

impl Purse {
    /// All answers that are kept, by channel and rank.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn kept(&self) -> Result<Vec<Kept>, PurseError> {
        let all = self.file.read(|transaction| {
            let table = transaction.open_table(KEPT)?;
            let rows = table.iter()?.map(|pair| pair.map(|(_, value)| value.value().to_vec()));
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        });
        all.map_err(|error| self.failed(error))?.iter().map(|bytes| self.decode(bytes)).collect()
    }

    /// The answer of a call, if it is still kept.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn kept_of(&self, call: (u64, u64)) -> Result<Option<Kept>, PurseError> {
        let row = self
            .file
            .read(|transaction| Ok(transaction.open_table(KEPT)?.get(call)?.map(|value| value.value().to_vec())));
        row.map_err(|error| self.failed(error))?.map(|bytes| self.decode(&bytes)).transpose()
    }

    /// Notes that an answer was handed to its client's connection.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn hand(&self, call: (u64, u64)) -> Result<(), PurseError> {
        let Some(kept) = self.kept_of(call)?.filter(|kept| !kept.is_handed) else { return Ok(()) };
        let kept = Kept { is_handed: true, ..kept };
        self.write(|transaction| change(transaction, Some(&kept), &[]))
    }

    /// Lets answers go.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn let_go(&self, calls: &[(u64, u64)]) -> Result<(), PurseError> {
        if calls.is_empty() {
            return Ok(());
        }
        self.write(|transaction| change(transaction, None, calls))
    }
}
