//! Rounds that failed since the last settled one, whose vectors could be reposted: agreement is measured against them.
//!
//! Only rounds in which a vector was revealed count, so that empty rounds cannot push a vector out of sight.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, StdResult, Storage};
use cw_storage_plus::Map;
use protocol::ModelId;
use protocol::attribution::{KEPT_FAILED_ROUNDS, Round};

use super::keys;

const FAILED: Map<u64, Failed> = Map::new(keys::FAILED);

/// The failed rounds of a model.
#[cw_serde]
#[derive(Default)]
struct Failed {
    /// How many since the last settled round.
    count: u32,
    /// The last of them, oldest first.
    kept: Vec<FailedRound>,
}

/// A failed round and who revealed a vector in it.
#[cw_serde]
pub struct FailedRound {
    /// Where its vectors are.
    pub slot: u32,
    /// The round, which tags them.
    pub round: u64,
    /// Whose they are.
    pub operators: Vec<Addr>,
}

/// Where the next round stores its vectors: never where a kept round has its own.
pub fn next_slot(storage: &dyn Storage, model: ModelId) -> StdResult<u32> {
    let failed = FAILED.may_load(storage, model.get())?.unwrap_or_default();
    let slots = KEPT_FAILED_ROUNDS.saturating_add(1);
    Ok(failed.count.checked_rem(slots).unwrap_or(0))
}

/// Remembers a round that failed after `operators` had revealed vectors.
pub fn keep_failed(storage: &mut dyn Storage, round: &Round, operators: Vec<Addr>) -> StdResult<()> {
    if operators.is_empty() {
        return Ok(());
    }
    let key = round.model.get();
    let mut failed = FAILED.may_load(storage, key)?.unwrap_or_default();
    failed.count = failed.count.saturating_add(1);
    failed.kept.push(FailedRound { slot: round.slot, round: round.id.get(), operators });
    let most = usize::try_from(KEPT_FAILED_ROUNDS).unwrap_or(usize::MAX);
    if failed.kept.len() > most {
        failed.kept.remove(0);
    }
    FAILED.save(storage, key, &failed)
}

pub fn load_failed(storage: &dyn Storage, model: ModelId) -> StdResult<Vec<FailedRound>> {
    let failed = FAILED.may_load(storage, model.get())?.unwrap_or_default();
    Ok(failed.kept)
}

pub fn clear_failed(storage: &mut dyn Storage, model: ModelId) {
    FAILED.remove(storage, model.get());
}
