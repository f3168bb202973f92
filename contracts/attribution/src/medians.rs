//! The aggregate of the revealed vectors over a piece of the positions: the same for both passes.

use cosmwasm_std::{Addr, Storage};
use protocol::attribution::Round;
use rules::median::median_entry;
use rules::score::ScoreEntry;

use crate::ContractError;
use crate::state::{Piece, Stored, read_entries};

/// The vectors of a round over a piece, one per operator, and their medians.
pub struct Aggregate {
    /// Entries of each operator, in the order given.
    pub vectors: Vec<Vec<ScoreEntry>>,
    /// Medians by position.
    pub medians: Vec<ScoreEntry>,
}

/// Reads a piece of the vectors that `operators` revealed and takes the medians.
pub fn aggregate_piece(
    storage: &dyn Storage,
    round: &Round,
    operators: &[Addr],
    piece: Piece,
) -> Result<Aggregate, ContractError> {
    let vectors: Vec<_> =
        operators.iter().map(|operator| read_whole(storage, round, operator, piece)).collect::<Result<_, _>>()?;
    let count = usize::try_from(piece.count).map_err(|_| ContractError::Overflow)?;
    let medians = (0..count)
        .map(|position| median_at(&vectors, position))
        .collect::<Option<_>>()
        .ok_or(ContractError::Overflow)?;
    Ok(Aggregate { vectors, medians })
}

/// The scores alone.
pub fn scores(entries: &[ScoreEntry]) -> Vec<i32> {
    entries.iter().map(|entry| entry.score).collect()
}

fn median_at(vectors: &[Vec<ScoreEntry>], position: usize) -> Option<ScoreEntry> {
    let column: Vec<_> = vectors.iter().map(|vector| vector.get(position).copied()).collect::<Option<_>>()?;
    median_entry(&column)
}

fn read_whole(
    storage: &dyn Storage,
    round: &Round,
    operator: &Addr,
    piece: Piece,
) -> Result<Vec<ScoreEntry>, ContractError> {
    let vector = Stored { model: round.model.get(), slot: round.slot, round: round.id.get(), operator };
    let entries = read_entries(storage, &vector, piece)?;
    let read = u32::try_from(entries.len()).map_err(|_| ContractError::Overflow)?;
    if read < piece.count {
        return Err(ContractError::VectorIncomplete {
            operator: operator.clone(),
            position: piece.first.saturating_add(read),
        });
    }
    Ok(entries)
}
