//! Rounds whose revealed vectors could be reposted: agreement is measured against them.
//!
//! They are the rounds since the last settled round of fees that `settlement` does not remember: failed rounds of both
//! kinds, and settled valuations, whose scores are not in `LastScores`. What a valuation showed of utility is a good guess
//! at the next round of fees, so a copier earns least when the vectors of both kinds count. Each kind has a list and slots
//! of its own: otherwise whoever opens valuations could push a failed round of fees out of sight.
//!
//! Only rounds in which a vector was revealed count, so that empty rounds cannot push a vector out of sight.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Addr, StdResult, Storage};
use cw_storage_plus::Map;
use protocol::ModelId;
use protocol::attribution::{KEPT_FAILED_ROUNDS, Round, RoundKind};

use super::keys;

const KNOWN: Map<(u64, u8), Known> = Map::new(keys::KNOWN);

/// Slots of a kind: one more than the rounds kept, for the round that is open.
const SLOTS: u32 = KEPT_FAILED_ROUNDS.saturating_add(1);

/// The kept rounds of a model and kind.
#[cw_serde]
#[derive(Default)]
struct Known {
    /// How many since the last settled round of fees.
    count: u32,
    /// The last of them, oldest first.
    kept: Vec<KnownRound>,
}

/// A round and who revealed a vector in it.
#[cw_serde]
pub struct KnownRound {
    /// Where its vectors are.
    pub slot: u32,
    /// The round, which tags them.
    pub round: u64,
    /// Whose they are.
    pub operators: Vec<Addr>,
}

/// Where the next round of a kind stores its vectors: never where a kept round has its own. Fees use the first slots,
/// valuations those after them.
pub fn next_slot(storage: &dyn Storage, model: ModelId, kind: RoundKind) -> StdResult<u32> {
    let known = KNOWN.may_load(storage, key(model, kind))?.unwrap_or_default();
    let rank = known.count.checked_rem(SLOTS).unwrap_or(0);
    Ok(match kind {
        RoundKind::Fees => rank,
        RoundKind::Valuation => rank.saturating_add(SLOTS),
    })
}

/// Remembers a round in which `operators` revealed vectors.
pub fn keep_known(storage: &mut dyn Storage, round: &Round, operators: Vec<Addr>) -> StdResult<()> {
    if operators.is_empty() {
        return Ok(());
    }
    let key = key(round.model, round.kind);
    let mut known = KNOWN.may_load(storage, key)?.unwrap_or_default();
    known.count = known.count.saturating_add(1);
    known.kept.push(KnownRound { slot: round.slot, round: round.id.get(), operators });
    let most = usize::try_from(KEPT_FAILED_ROUNDS).unwrap_or(usize::MAX);
    if known.kept.len() > most {
        known.kept.remove(0);
    }
    KNOWN.save(storage, key, &known)
}

/// The kept rounds of both kinds, those of fees first.
pub fn load_known(storage: &dyn Storage, model: ModelId) -> StdResult<Vec<KnownRound>> {
    let mut rounds = vec![];
    for kind in [RoundKind::Fees, RoundKind::Valuation] {
        rounds.extend(KNOWN.may_load(storage, key(model, kind))?.unwrap_or_default().kept);
    }
    Ok(rounds)
}

pub fn clear_known(storage: &mut dyn Storage, model: ModelId) {
    KNOWN.remove(storage, key(model, RoundKind::Fees));
    KNOWN.remove(storage, key(model, RoundKind::Valuation));
}

const fn key(model: ModelId, kind: RoundKind) -> (u64, u8) {
    match kind {
        RoundKind::Fees => (model.get(), 0),
        RoundKind::Valuation => (model.get(), 1),
    }
}
