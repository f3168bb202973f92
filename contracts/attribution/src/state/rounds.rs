//! Rounds, each in two records: as it was opened, written once, and where it stands, which nearly every message writes and which is
//! a fifth as long.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{Order, StdResult, Storage, Uint64};
use cw_storage_plus::{Bound, Map};
use protocol::attribution::{Outcome, Phase, Round};
use protocol::{ModelId, Page, RoundId, Seconds};

use super::{PASS, keys};
use crate::ContractError;

const LAST_ROUND: Map<u64, u64> = Map::new(keys::LAST_ROUND);
const OPEN_ROUND: Map<u64, u64> = Map::new(keys::OPEN_ROUND);
const OPENED: Map<(u64, u64), Round> = Map::new(keys::ROUNDS);
const PROGRESS: Map<(u64, u64), Progress> = Map::new(keys::ROUND_PROGRESS);

/// Where a round stands: what of [`Round`] changes after its opening. Absent until the first change.
#[cw_serde]
struct Progress {
    phase: Phase,
    outcome: Option<Outcome>,
    window_ends_at: Seconds,
    window_began_height: Uint64,
    committed: u32,
    vectors: u32,
    too_few: u32,
    cursor: u32,
    denominator: Option<Uint64>,
}

impl Progress {
    fn of(round: &Round) -> Self {
        Self {
            phase: round.phase,
            outcome: round.outcome,
            window_ends_at: round.window_ends_at,
            window_began_height: round.window_began_height,
            committed: round.committed,
            vectors: round.vectors,
            too_few: round.too_few,
            cursor: round.cursor,
            denominator: round.denominator,
        }
    }

    fn into_round(self, opened: Round) -> Round {
        Round {
            phase: self.phase,
            outcome: self.outcome,
            window_ends_at: self.window_ends_at,
            window_began_height: self.window_began_height,
            committed: self.committed,
            vectors: self.vectors,
            too_few: self.too_few,
            cursor: self.cursor,
            denominator: self.denominator,
            ..opened
        }
    }
}

/// An opened round as it stands.
fn progressed(storage: &dyn Storage, opened: Round) -> StdResult<Round> {
    let progress = PROGRESS.may_load(storage, (opened.model.get(), opened.id.get()))?;
    Ok(match progress {
        Some(progress) => progress.into_round(opened),
        None => opened,
    })
}

/// The id of the model's next round.
pub fn next_round(storage: &dyn Storage, model: ModelId) -> Result<RoundId, ContractError> {
    let last = RoundId(LAST_ROUND.may_load(storage, model.get())?.unwrap_or(0));
    last.next().ok_or(ContractError::Overflow)
}

/// Stores a new round as the model's open one.
pub fn save_opened(storage: &mut dyn Storage, round: &Round) -> StdResult<()> {
    LAST_ROUND.save(storage, round.model.get(), &round.id.get())?;
    OPEN_ROUND.save(storage, round.model.get(), &round.id.get())?;
    OPENED.save(storage, (round.model.get(), round.id.get()), round)
}

/// Stores where a round stands; all else was fixed at its opening.
pub fn save_round(storage: &mut dyn Storage, round: &Round) -> StdResult<()> {
    PROGRESS.save(storage, (round.model.get(), round.id.get()), &Progress::of(round))
}

pub fn load_round(storage: &dyn Storage, model: ModelId, round: RoundId) -> Result<Round, ContractError> {
    let opened = OPENED.may_load(storage, (model.get(), round.get()))?;
    Ok(progressed(storage, opened.ok_or(ContractError::UnknownRound { model, round })?)?)
}

pub fn load_rounds(storage: &dyn Storage, model: ModelId, page: &Page) -> StdResult<Vec<Round>> {
    let after = page.after().map(Bound::exclusive);
    OPENED
        .prefix(model.get())
        .range(storage, after, None, Order::Ascending)
        .take(page.take())
        .map(|item| item.and_then(|(_, round)| progressed(storage, round)))
        .collect()
}

pub fn open_round(storage: &dyn Storage, model: ModelId) -> StdResult<Option<RoundId>> {
    Ok(OPEN_ROUND.may_load(storage, model.get())?.map(RoundId))
}

/// The round that a message names, which must be the open one.
pub fn load_open(storage: &dyn Storage, model: ModelId, round: RoundId) -> Result<Round, ContractError> {
    let open = open_round(storage, model)?.ok_or(ContractError::NoOpenRound { model })?;
    if open != round {
        return Err(ContractError::WrongRound { round, open });
    }
    load_round(storage, model, round)
}

/// Forgets that a round is open, and what its first pass gathered.
pub fn clear_open(storage: &mut dyn Storage, model: ModelId) {
    OPEN_ROUND.remove(storage, model.get());
    PASS.remove(storage, model.get());
}
