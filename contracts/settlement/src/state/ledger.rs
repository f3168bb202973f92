//! The ledger: what is kept for each position, packed 32 to a chunk, whose it is, and what each has been paid.

use cosmwasm_std::{Binary, StdResult, Storage, Uint64, Uint128};
use cw_storage_plus::Map;
use protocol::settlement::ModelTotals;
use protocol::{ContributionId, ModelId};
use rules::ledger::{pack_amounts, unpack_amounts};

use super::{ModelBook, load_model};
use crate::error::ContractError;

/// The value type is nominal: bytes are written raw, without JSON around them, for they are most of what a round writes.
type Packed = Map<(u64, u32), Binary>;

const LEDGER: Packed = Map::new("ledger");
const STANDINGS: Packed = Map::new("standings");
const STAKE: Packed = Map::new("stake");
const CLAIMED: Packed = Map::new("claimed");
const STAKE_CLAIMED: Map<(u64, u32), Uint64> = Map::new("stake_claimed");
/// Of a model, the sum of the former: apart from its other totals, so that a claim writes nothing larger.
const ALL_STAKE_CLAIMED: Map<u64, Uint128> = Map::new("all_stake_claimed");
const POSITIONS: Map<(u64, u32), u64> = Map::new("positions");

/// Positions whose claimed amounts share a record. A claim writes one record, so that they are few; a model's total is read from all
/// of them, at most 1,024, so that they are not one.
pub const CLAIMED_PER_RECORD: u32 = 16;

/// A model's totals, with what its claims have taken: nothing else is written by each of them.
pub fn load_model_totals(storage: &dyn Storage, model: ModelId) -> Result<ModelTotals, ContractError> {
    let ModelBook { totals, positions, .. } = load_model(storage, model)?;
    let mut claimed = Uint128::zero();
    for record in 0..positions.div_ceil(CLAIMED_PER_RECORD) {
        for amount in load_claimed(storage, model, record)? {
            claimed = claimed.checked_add(amount.into())?;
        }
    }
    Ok(ModelTotals { claimed, stake_claimed: load_all_stake_claimed(storage, model)?, ..totals })
}

pub fn save_position(
    storage: &mut dyn Storage,
    model: ModelId,
    position: u32,
    contribution: ContributionId,
) -> StdResult<()> {
    POSITIONS.save(storage, (model.get(), position), &contribution.get())
}

/// The contribution at a position, if the model has that many.
pub fn find_position(storage: &dyn Storage, model: ModelId, position: u32) -> StdResult<Option<ContributionId>> {
    Ok(POSITIONS.may_load(storage, (model.get(), position))?.map(ContributionId))
}

/// Packed entries of a chunk of the ledger; empty before its first round.
pub fn load_chunk(storage: &dyn Storage, model: ModelId, chunk: u32) -> Vec<u8> {
    load_packed(storage, LEDGER, model, chunk)
}

pub fn save_chunk(storage: &mut dyn Storage, model: ModelId, chunk: u32, packed: &[u8]) {
    save_packed(storage, LEDGER, (model, chunk), packed);
}

/// Packed standings of a chunk; empty before its first round of fees.
pub fn load_standings(storage: &dyn Storage, model: ModelId, chunk: u32) -> Vec<u8> {
    load_packed(storage, STANDINGS, model, chunk)
}

pub fn save_standings(storage: &mut dyn Storage, model: ModelId, chunk: u32, packed: &[u8]) {
    save_packed(storage, STANDINGS, (model, chunk), packed);
}

/// Packed stake of a chunk; empty before its first valuation round.
pub fn load_stake(storage: &dyn Storage, model: ModelId, chunk: u32) -> Vec<u8> {
    load_packed(storage, STAKE, model, chunk)
}

pub fn save_stake(storage: &mut dyn Storage, model: ModelId, chunk: u32, packed: &[u8]) {
    save_packed(storage, STAKE, (model, chunk), packed);
}

fn load_packed(storage: &dyn Storage, map: Packed, model: ModelId, chunk: u32) -> Vec<u8> {
    storage.get(&map.key((model.get(), chunk))).unwrap_or_default()
}

fn save_packed(storage: &mut dyn Storage, map: Packed, (model, chunk): (ModelId, u32), packed: &[u8]) {
    storage.set(&map.key((model.get(), chunk)), packed);
}

/// Where a position stands in its record of claimed amounts.
pub fn place_in_record(position: u32) -> usize {
    usize::try_from(position % CLAIMED_PER_RECORD).unwrap_or(0)
}

/// What the positions of a record have claimed, in uopen; 0 of those beyond its end.
pub fn load_claimed(storage: &dyn Storage, model: ModelId, record: u32) -> Result<Vec<u64>, ContractError> {
    Ok(unpack_amounts(&load_packed(storage, CLAIMED, model, record))?)
}

pub fn save_claimed(storage: &mut dyn Storage, model: ModelId, record: u32, amounts: &[u64]) {
    save_packed(storage, CLAIMED, (model, record), &pack_amounts(amounts));
}

/// Stake of a position that was delivered or taken back, in units.
pub fn load_stake_claimed(storage: &dyn Storage, model: ModelId, position: u32) -> StdResult<Uint64> {
    let found = STAKE_CLAIMED.may_load(storage, (model.get(), position))?;
    Ok(found.unwrap_or_default())
}

pub fn save_stake_claimed(storage: &mut dyn Storage, model: ModelId, position: u32, claimed: Uint64) -> StdResult<()> {
    STAKE_CLAIMED.save(storage, (model.get(), position), &claimed)
}

/// Stake of all positions of a model that was delivered or taken back, in units.
pub fn load_all_stake_claimed(storage: &dyn Storage, model: ModelId) -> StdResult<Uint128> {
    Ok(ALL_STAKE_CLAIMED.may_load(storage, model.get())?.unwrap_or_default())
}

pub fn add_all_stake_claimed(storage: &mut dyn Storage, model: ModelId, units: Uint128) -> Result<(), ContractError> {
    let sum = load_all_stake_claimed(storage, model)?.checked_add(units)?;
    Ok(ALL_STAKE_CLAIMED.save(storage, model.get(), &sum)?)
}
