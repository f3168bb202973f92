//! The ledger: what is kept for each position, packed 64 to a chunk, and what each has been paid.

use cosmwasm_std::{Binary, StdResult, Storage, Uint64, Uint128};
use cw_storage_plus::Map;
use protocol::ModelId;

const LEDGER: Map<(u64, u32), Binary> = Map::new("ledger");
const STANDINGS: Map<(u64, u32), Binary> = Map::new("standings");
const STAKE: Map<(u64, u32), Binary> = Map::new("stake");
const CLAIMED: Map<(u64, u32), Uint128> = Map::new("claimed");
const STAKE_CLAIMED: Map<(u64, u32), Uint64> = Map::new("stake_claimed");

/// Packed entries of a chunk of the ledger; empty before its first round.
pub fn load_chunk(storage: &dyn Storage, model: ModelId, chunk: u32) -> StdResult<Binary> {
    let found = LEDGER.may_load(storage, (model.get(), chunk))?;
    Ok(found.unwrap_or_default())
}

pub fn save_chunk(storage: &mut dyn Storage, model: ModelId, chunk: u32, packed: &Binary) -> StdResult<()> {
    LEDGER.save(storage, (model.get(), chunk), packed)
}

/// Packed standings of a chunk; empty before its first round of fees.
pub fn load_standings(storage: &dyn Storage, model: ModelId, chunk: u32) -> StdResult<Binary> {
    let found = STANDINGS.may_load(storage, (model.get(), chunk))?;
    Ok(found.unwrap_or_default())
}

pub fn save_standings(storage: &mut dyn Storage, model: ModelId, chunk: u32, packed: &Binary) -> StdResult<()> {
    STANDINGS.save(storage, (model.get(), chunk), packed)
}

/// Packed stake of a chunk; empty before its first valuation round.
pub fn load_stake(storage: &dyn Storage, model: ModelId, chunk: u32) -> StdResult<Binary> {
    let found = STAKE.may_load(storage, (model.get(), chunk))?;
    Ok(found.unwrap_or_default())
}

pub fn save_stake(storage: &mut dyn Storage, model: ModelId, chunk: u32, packed: &Binary) -> StdResult<()> {
    STAKE.save(storage, (model.get(), chunk), packed)
}

pub fn load_claimed(storage: &dyn Storage, model: ModelId, position: u32) -> StdResult<Uint128> {
    let found = CLAIMED.may_load(storage, (model.get(), position))?;
    Ok(found.unwrap_or_default())
}

pub fn save_claimed(storage: &mut dyn Storage, model: ModelId, position: u32, claimed: Uint128) -> StdResult<()> {
    CLAIMED.save(storage, (model.get(), position), &claimed)
}

/// Stake of a position that was delivered or taken back, in units.
pub fn load_stake_claimed(storage: &dyn Storage, model: ModelId, position: u32) -> StdResult<Uint64> {
    let found = STAKE_CLAIMED.may_load(storage, (model.get(), position))?;
    Ok(found.unwrap_or_default())
}

pub fn save_stake_claimed(storage: &mut dyn Storage, model: ModelId, position: u32, claimed: Uint64) -> StdResult<()> {
    STAKE_CLAIMED.save(storage, (model.get(), position), &claimed)
}
