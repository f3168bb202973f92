//! Revealed vectors, packed, in chunks under (model, slot, operator, chunk).
//!
//! A slot is used again by later rounds, so each chunk begins with the id of the round that wrote it (8 bytes, big
//! endian); a chunk of another round counts as absent.

use cosmwasm_std::{Addr, Binary, Storage};
use cw_storage_plus::{Map, Path};
use protocol::attribution::POSITIONS_PER_CHUNK;
use rules::score::{ScoreEntry, ScoreError, unpack_entries};

use super::keys;

/// The value type is nominal: bytes are written raw, without JSON around them.
const VECTORS: Map<((u64, u32), &Addr, u32), Binary> = Map::new(keys::VECTORS);

/// Whose vector, of which round, and where it is.
pub struct Stored<'a> {
    /// The model.
    pub model: u64,
    /// Where its vectors are.
    pub slot: u32,
    /// The round, which tags them.
    pub round: u64,
    /// Whose vector.
    pub operator: &'a Addr,
}

impl Stored<'_> {
    fn path(&self, chunk: u32) -> Path<Binary> {
        VECTORS.key(((self.model, self.slot), self.operator, chunk))
    }
}

/// A run of positions within one chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// First position.
    pub first: u32,
    /// Positions.
    pub count: u32,
}

/// The positions from `first` to before `end`, cut where chunks end.
pub fn pieces(first: u32, end: u32) -> impl Iterator<Item = Piece> {
    let mut next = first;
    std::iter::from_fn(move || {
        let into_chunk = next.checked_rem(POSITIONS_PER_CHUNK)?;
        let rest_of_chunk = POSITIONS_PER_CHUNK.checked_sub(into_chunk)?;
        let count = end.saturating_sub(next).min(rest_of_chunk);
        let piece = Piece { first: next, count };
        next = next.saturating_add(count);
        (count > 0).then_some(piece)
    })
}

/// Stores packed entries.
pub fn write_entries(storage: &mut dyn Storage, vector: &Stored, packed: &[u8]) {
    let bytes_per_chunk = bytes_of(POSITIONS_PER_CHUNK);
    for (chunk, entries) in (0..).zip(packed.chunks(bytes_per_chunk)) {
        let tagged = [&vector.round.to_be_bytes(), entries].concat();
        storage.set(&vector.path(chunk), &tagged);
    }
}

/// The entries of a piece; fewer where the vector ends before it does.
pub fn read_entries(storage: &dyn Storage, vector: &Stored, piece: Piece) -> Result<Vec<ScoreEntry>, ScoreError> {
    let chunk = piece.first.checked_div(POSITIONS_PER_CHUNK).unwrap_or(0);
    let into_chunk = piece.first.checked_rem(POSITIONS_PER_CHUNK).unwrap_or(0);
    let bytes = storage.get(&vector.path(chunk)).unwrap_or_default();
    let Some(entries) = bytes.strip_prefix(&vector.round.to_be_bytes()) else {
        return Ok(vec![]);
    };
    let from = bytes_of(into_chunk).min(entries.len());
    let to = from.saturating_add(bytes_of(piece.count)).min(entries.len());
    unpack_entries(entries.get(from..to).unwrap_or_default())
}

fn bytes_of(positions: u32) -> usize {
    usize::try_from(positions).unwrap_or(usize::MAX).saturating_mul(ScoreEntry::BYTES)
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::testing::MockStorage;
    use rules::score::pack_entries;

    use super::*;

    fn entries(count: i32) -> Vec<ScoreEntry> {
        (0..count).map(|score| ScoreEntry { score, error: 1 }).collect()
    }

    fn stored(operator: &Addr, round: u64) -> Stored<'_> {
        Stored { model: 1, slot: 0, round, operator }
    }

    #[test]
    fn pieces_never_cross_a_chunk_and_leave_nothing_out() {
        let cut: Vec<_> = pieces(4_000, 8_200).map(|piece| (piece.first, piece.count)).collect();
        assert_eq!(cut, [(4_000, 96), (4_096, 4_096), (8_192, 8)]);
        assert_eq!(pieces(7, 7).count(), 0);
    }

    #[test]
    fn a_vector_over_several_chunks_reads_back_piece_by_piece() {
        let (mut storage, operator) = (MockStorage::new(), Addr::unchecked("operator"));
        let written = entries(9_000);
        let vector = stored(&operator, 7);
        write_entries(&mut storage, &vector, &pack_entries(&written));
        let read: Vec<_> = pieces(0, 9_000).flat_map(|piece| read_entries(&storage, &vector, piece).unwrap()).collect();
        assert_eq!(read, written);
        let middle = Piece { first: 5_000, count: 10 };
        let read = read_entries(&storage, &vector, middle).unwrap();
        assert_eq!(read, written[5_000..5_010]);
    }

    #[test]
    fn a_stale_chunk_of_another_round_counts_as_absent() {
        let (mut storage, operator) = (MockStorage::new(), Addr::unchecked("operator"));
        write_entries(&mut storage, &stored(&operator, 7), &pack_entries(&entries(3)));
        let piece = Piece { first: 0, count: 3 };
        let read = read_entries(&storage, &stored(&operator, 8), piece).unwrap();
        assert_eq!(read, []);
    }

    #[test]
    fn a_shorter_vector_ends_where_it_ends() {
        let (mut storage, operator) = (MockStorage::new(), Addr::unchecked("operator"));
        let vector = stored(&operator, 7);
        write_entries(&mut storage, &vector, &pack_entries(&entries(3)));
        let over = Piece { first: 2, count: 5 };
        assert_eq!(read_entries(&storage, &vector, over).unwrap().len(), 1);
        let beyond = Piece { first: 5, count: 5 };
        assert_eq!(read_entries(&storage, &vector, beyond).unwrap().len(), 0);
    }
}
