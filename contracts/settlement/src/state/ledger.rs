//! The ledger: what is kept for each position, packed 64 to a chunk, whose it is, and what each has been paid.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Binary, OverflowError, StdResult, Storage, Uint64, Uint128};
use cw_storage_plus::Map;
use protocol::settlement::ModelTotals;
use protocol::{ContributionId, ModelId};

use super::load_model;
use crate::error::ContractError;

/// The value type is nominal: bytes are written raw, without JSON around them, for they are most of what a round writes.
type Packed = Map<(u64, u32), Binary>;

const LEDGER: Packed = Map::new("ledger");
const STANDINGS: Packed = Map::new("standings");
const STAKE: Packed = Map::new("stake");
const CLAIMED: Map<(u64, u32), Uint128> = Map::new("claimed");
const STAKE_CLAIMED: Map<(u64, u32), Uint64> = Map::new("stake_claimed");
const ALL_CLAIMED: Map<u64, Claimed> = Map::new("all_claimed");
const POSITIONS: Map<(u64, u32), u64> = Map::new("positions");

/// What the claims of a model have taken: apart from its other totals, so that a claim writes nothing larger.
#[cw_serde]
#[derive(Default)]
pub struct Claimed {
    pub uopen: Uint128,
    pub units: Uint128,
}

impl Claimed {
    pub fn add(&mut self, uopen: Uint128, units: Uint128) -> Result<(), OverflowError> {
        self.uopen = self.uopen.checked_add(uopen)?;
        self.units = self.units.checked_add(units)?;
        Ok(())
    }
}

/// Adds to what a model's claims have taken.
pub fn add_claimed(storage: &mut dyn Storage, model: ModelId, more: &Claimed) -> Result<(), ContractError> {
    let mut claimed = ALL_CLAIMED.may_load(storage, model.get())?.unwrap_or_default();
    claimed.add(more.uopen, more.units)?;
    Ok(ALL_CLAIMED.save(storage, model.get(), &claimed)?)
}

/// A model's totals, with what its claims have taken.
pub fn load_model_totals(storage: &dyn Storage, model: ModelId) -> StdResult<ModelTotals> {
    let claimed = ALL_CLAIMED.may_load(storage, model.get())?.unwrap_or_default();
    let totals = load_model(storage, model)?.totals;
    Ok(ModelTotals { claimed: claimed.uopen, stake_claimed: claimed.units, ..totals })
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
