//! Accounts of contributions, packed 32 to a stored chunk.

use cosmwasm_std::Storage;
use protocol::ModelId;
use protocol::settlement::{Account, ENTRIES_PER_CHUNK};
use rules::ledger::{Entry, Standing, pack, unpack};

use crate::error::ContractError;
use crate::state::{self, CLAIMED_PER_RECORD};

/// Accounts of a chunk once it is full.
pub const PER_CHUNK: usize = ENTRIES_PER_CHUNK as usize;

/// Bytes of a position's stake in units, big endian.
const STAKE_BYTES: usize = 8;

/// All accounts of a stored chunk; empty before its first round.
pub fn load_chunk(storage: &dyn Storage, model: ModelId, chunk: u32) -> Result<Vec<Entry>, ContractError> {
    Ok(unpack(&state::load_chunk(storage, model, chunk))?)
}

/// Stores a chunk.
pub fn save_chunk(storage: &mut dyn Storage, model: ModelId, chunk: u32, entries: &[Entry]) {
    state::save_chunk(storage, model, chunk, &pack(entries));
}

/// All standings of a chunk; empty before its first round of fees.
pub fn load_standings(storage: &dyn Storage, model: ModelId, chunk: u32) -> Result<Vec<Standing>, ContractError> {
    let packed = state::load_standings(storage, model, chunk);
    let standings: Result<_, _> = packed.chunks(Standing::BYTES).map(Standing::unpack).collect();
    Ok(standings?)
}

/// Stores the standings of a chunk.
pub fn save_standings(storage: &mut dyn Storage, model: ModelId, chunk: u32, standings: &[Standing]) {
    let packed: Vec<u8> = standings.iter().flat_map(Standing::pack).collect();
    state::save_standings(storage, model, chunk, &packed);
}

/// Stake that valuation rounds gave to the positions of a chunk, in units; empty before the first.
pub fn load_stakes(storage: &dyn Storage, model: ModelId, chunk: u32) -> Vec<u64> {
    let packed = state::load_stake(storage, model, chunk);
    let (stakes, _) = packed.as_chunks::<STAKE_BYTES>();
    stakes.iter().map(|bytes| u64::from_be_bytes(*bytes)).collect()
}

/// Stores the stake of a chunk.
pub fn save_stakes(storage: &mut dyn Storage, model: ModelId, chunk: u32, stakes: &[u64]) {
    let packed: Vec<u8> = stakes.iter().flat_map(|stake| stake.to_be_bytes()).collect();
    state::save_stake(storage, model, chunk, &packed);
}

/// Accounts of positions from `from` on, `count` of them; those that no round has reached are empty.
pub fn load_entries(
    storage: &dyn Storage,
    model: ModelId,
    from: u32,
    count: usize,
) -> Result<Vec<Entry>, ContractError> {
    let offset = index_in_chunk(from);
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
    let entries = load_chunk(storage, model, position / ENTRIES_PER_CHUNK)?;
    Ok(entries.get(index_in_chunk(position)).copied().unwrap_or_default())
}

/// The standing of one position.
pub fn load_standing(storage: &dyn Storage, model: ModelId, position: u32) -> Result<Standing, ContractError> {
    let standings = load_standings(storage, model, position / ENTRIES_PER_CHUNK)?;
    Ok(standings.get(index_in_chunk(position)).copied().unwrap_or_default())
}

/// Stake that valuation rounds gave to one position, in units.
pub fn load_stake(storage: &dyn Storage, model: ModelId, position: u32) -> u64 {
    let stakes = load_stakes(storage, model, position / ENTRIES_PER_CHUNK);
    stakes.get(index_in_chunk(position)).copied().unwrap_or_default()
}

/// What one position has claimed, in uopen.
fn load_claimed(storage: &dyn Storage, model: ModelId, position: u32) -> Result<u64, ContractError> {
    let amounts = state::load_claimed(storage, model, position / CLAIMED_PER_RECORD)?;
    Ok(amounts.get(state::place_in_record(position)).copied().unwrap_or_default())
}

/// Where a position stands in its chunk.
pub fn index_in_chunk(position: u32) -> usize {
    usize::try_from(position % ENTRIES_PER_CHUNK).unwrap_or(0)
}

/// An account as clients see it.
pub fn shown(storage: &dyn Storage, model: ModelId, position: u32, entry: &Entry) -> Result<Account, ContractError> {
    let credit = u64::try_from(entry.accrued).unwrap_or(0);
    let standing = load_standing(storage, model, position)?;
    Ok(Account {
        position,
        accrued: entry.accrued.into(),
        payable: entry.payable.into(),
        variance: entry.variance.into(),
        last_score: entry.last_score,
        claimed: load_claimed(storage, model, position)?.into(),
        held_back: credit.saturating_sub(entry.payable).into(),
        debt: entry.debt().into(),
        proved_debt: entry.proved_debt().into(),
        rounds_with_debt: standing.with_debt,
        rounds_without_debt: standing.without_debt,
        stake: load_stake(storage, model, position).into(),
        stake_claimed: state::load_stake_claimed(storage, model, position)?,
    })
}
