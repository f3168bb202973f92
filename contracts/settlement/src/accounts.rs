//! Accounts of contributions, packed 64 to a stored chunk.

use cosmwasm_std::{Storage, Uint128};
use protocol::ModelId;
use protocol::settlement::{Account, ENTRIES_PER_CHUNK};
use rules::ledger::Entry;

use crate::error::ContractError;
use crate::state;

/// All accounts of a stored chunk; empty before its first round.
pub fn load_chunk(storage: &dyn Storage, model: ModelId, chunk: u32) -> Result<Vec<Entry>, ContractError> {
    let packed = state::load_chunk(storage, model, chunk)?;
    let entries: Result<_, _> = packed.chunks(Entry::BYTES).map(Entry::unpack).collect();
    Ok(entries?)
}

/// Stores a chunk.
pub fn save_chunk(
    storage: &mut dyn Storage,
    model: ModelId,
    chunk: u32,
    entries: &[Entry],
) -> Result<(), ContractError> {
    let packed: Vec<u8> = entries.iter().flat_map(Entry::pack).collect();
    Ok(state::save_chunk(storage, model, chunk, &packed.into())?)
}

/// Accounts of positions from `from` on, `count` of them; those that no round has reached are empty.
pub fn load_entries(
    storage: &dyn Storage,
    model: ModelId,
    from: u32,
    count: usize,
) -> Result<Vec<Entry>, ContractError> {
    let offset = usize::try_from(from % ENTRIES_PER_CHUNK).unwrap_or(0);
    let mut found = vec![];
    for chunk in from / ENTRIES_PER_CHUNK.. {
        if found.len() >= offset.saturating_add(count) {
            break;
        }
        let mut entries = load_chunk(storage, model, chunk)?;
        entries.resize(PER_CHUNK, Entry::default());
        found.extend(entries);
    }
    Ok(found.into_iter().skip(offset).take(count).collect())
}

/// The account of one position.
pub fn load_entry(storage: &dyn Storage, model: ModelId, position: u32) -> Result<Entry, ContractError> {
    let found = load_entries(storage, model, position, 1)?;
    Ok(found.into_iter().next().unwrap_or_default())
}

/// Accounts of a chunk once it is full.
pub const PER_CHUNK: usize = ENTRIES_PER_CHUNK as usize;

/// An account as clients see it.
pub fn shown(position: u32, entry: &Entry, claimed: Uint128) -> Account {
    let credit = u64::try_from(entry.accrued).unwrap_or(0);
    Account {
        position,
        accrued: entry.accrued.into(),
        payable: entry.payable.into(),
        variance: entry.variance.into(),
        last_score: entry.last_score,
        claimed,
        held_back: credit.saturating_sub(entry.payable).into(),
        debt: entry.debt().into(),
    }
}
