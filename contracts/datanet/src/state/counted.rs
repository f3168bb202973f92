//! Which items of a contribution were proved duplicates: bits in chunks, so that a proof touches few keys and none grows.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use cosmwasm_std::{Binary, Storage};
use cw_storage_plus::Map;
use protocol::ContributionId;
use rules::bitmap::Bitmap;

use super::{keys, overflow};
use crate::ContractError;

/// Items whose bits stand under one key.
const POSITIONS_PER_CHUNK: u64 = 512;

const COUNTED: Map<(u64, u64), Binary> = Map::new(keys::COUNTED);

/// Counts items of a contribution as duplicates, each once for good.
///
/// # Errors
/// [`ContractError::AlreadyCounted`] for a position that was counted before.
pub fn count_duplicates(
    storage: &mut dyn Storage,
    contribution: ContributionId,
    positions: impl Iterator<Item = u64>,
) -> Result<(), ContractError> {
    let mut chunks = BTreeMap::new();
    for position in positions {
        let chunk = position / POSITIONS_PER_CHUNK;
        let bits = match chunks.entry(chunk) {
            Entry::Occupied(loaded) => loaded.into_mut(),
            Entry::Vacant(missing) => missing.insert(counted_chunk(storage, contribution, chunk)?),
        };
        let bit = usize::try_from(position % POSITIONS_PER_CHUNK).map_err(|_| overflow("position"))?;
        if bits.get(bit) {
            return Err(ContractError::AlreadyCounted { contribution, position });
        }
        bits.set(bit)?;
    }
    for (chunk, bits) in chunks {
        COUNTED.save(storage, (contribution.get(), chunk), &Binary::from(bits.as_bytes()))?;
    }
    Ok(())
}

fn counted_chunk(storage: &dyn Storage, contribution: ContributionId, chunk: u64) -> Result<Bitmap, ContractError> {
    let length = usize::try_from(POSITIONS_PER_CHUNK).map_err(|_| overflow("chunk length"))?;
    match COUNTED.may_load(storage, (contribution.get(), chunk))? {
        Some(bytes) => Ok(Bitmap::from_bytes(length, bytes.into())?),
        None => Ok(Bitmap::new(length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cosmwasm_std::testing::MockStorage;

    #[test]
    fn positions_in_different_chunks_and_contributions_are_counted_apart() {
        let mut storage = MockStorage::new();
        let (first, second) = (ContributionId(1), ContributionId(2));
        let edges = [0, 511, 512, 1_023, u64::MAX];
        assert_eq!(count_duplicates(&mut storage, first, edges.into_iter()), Ok(()));
        assert_eq!(count_duplicates(&mut storage, second, edges.into_iter()), Ok(()));
        for position in edges {
            let again = count_duplicates(&mut storage, first, [position].into_iter());
            assert_eq!(again, Err(ContractError::AlreadyCounted { contribution: first, position }));
        }
        assert_eq!(count_duplicates(&mut storage, first, [1, 513].into_iter()), Ok(()));
    }
}
