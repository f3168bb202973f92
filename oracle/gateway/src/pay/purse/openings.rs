//! Channels that are about to be opened, on disk.

use redb::{ReadableTable as _, TableDefinition};

use super::{Opening, Pocket, Purse, PurseError, encode, insert_pocket};

/// By nonce.
pub(super) const OPENINGS: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("openings/1");

impl Purse {
    /// Writes what is about to be opened; on disk when this returns.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn intend(&self, opening: &Opening) -> Result<(), PurseError> {
        self.write(|transaction| {
            transaction.open_table(OPENINGS)?.insert(opening.nonce.0.as_slice(), encode(opening).as_slice())?;
            Ok(())
        })
    }

    /// Puts an opening's channel in its place, or nothing where none was opened: both or neither.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn opened(&self, opening: &Opening, pocket: Option<&Pocket>) -> Result<(), PurseError> {
        self.write(|transaction| {
            transaction.open_table(OPENINGS)?.remove(opening.nonce.0.as_slice())?;
            pocket.map_or(Ok(()), |pocket| insert_pocket(transaction, pocket))
        })
    }

    /// What was about to be opened when this was written last.
    ///
    /// # Errors
    /// [`PurseError`]
    pub fn openings(&self) -> Result<Vec<Opening>, PurseError> {
        let all = self.file.read(|transaction| {
            let table = transaction.open_table(OPENINGS)?;
            let rows = table.iter()?.map(|pair| pair.map(|(_, value)| value.value().to_vec()));
            Ok(rows.collect::<Result<Vec<_>, _>>()?)
        });
        all.map_err(|error| self.failed(error))?.iter().map(|bytes| self.decode(bytes)).collect()
    }
}
