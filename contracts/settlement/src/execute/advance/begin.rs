//! The beginning of a settlement: money leaves the books it waited in, all but contributors are paid, and the pool is set aside.

use cosmwasm_std::{DepsMut, Response, Uint128};
use protocol::attribution::{MAX_OPERATORS, RoundKind};
use protocol::event::SettlementEvent;
use protocol::model::MAX_POSITIONS;
use protocol::settlement::{AdvanceBegin, SettledRound};
use protocol::{ModelId, RoundId};
use rules::ledger::{LedgerError, MAX_CAP, MAX_POOL};

use crate::error::ContractError;
use crate::execute::Call;
use crate::state::{self, ModelBook, Progress};

mod fees;
mod payout;
mod valuation;

/// A round whose chunks may follow.
pub struct Begun {
    pub progress: Progress,
    pub response: Response,
}

pub fn begin(
    mut deps: DepsMut,
    call: &Call,
    (model, round): (ModelId, RoundId),
    begin: &AdvanceBegin,
) -> Result<Begun, ContractError> {
    if state::load_round(deps.storage, model, round)?.is_some() {
        return Err(ContractError::RoundAlreadySettled { model, round });
    }
    let mut book = state::load_model(deps.storage, model)?;
    check(&book, begin)?;
    let (settled, payout) = match begin.kind {
        RoundKind::Fees => fees::begin(deps.branch(), call, (model, round), begin, &mut book.totals)?,
        RoundKind::Valuation => valuation::begin(deps.branch(), call, (model, round), begin, &mut book.totals)?,
    };
    let progress = progress(&settled, begin)?;
    set_pool_aside(&mut book, &settled, begin)?;
    state::save_model(deps.storage, model, &book)?;
    state::save_round(deps.storage, model, &settled)?;
    let response = Response::new()
        .add_event(settling_begun(model, &settled))
        .add_events(payout.events)
        .add_messages(payout.messages);
    Ok(Begun { progress, response })
}

fn check(book: &ModelBook, begin: &AdvanceBegin) -> Result<(), ContractError> {
    let positions = begin.positions;
    // The list of used contributions only grows.
    let least = book.positions.max(1);
    if positions < least || positions > MAX_POSITIONS {
        return Err(ContractError::Positions { positions, least });
    }
    if begin.denominator.is_zero() {
        return Err(LedgerError::NoDenominator.into());
    }
    let (rewards, operators) = (begin.rewards.len(), begin.operators);
    let set = usize::try_from(operators).unwrap_or(usize::MAX);
    if rewards > set || set > MAX_OPERATORS {
        return Err(ContractError::RewardCount { rewards, operators });
    }
    Ok(())
}

fn progress(settled: &SettledRound, begin: &AdvanceBegin) -> Result<Progress, ContractError> {
    Ok(Progress {
        round: settled.round,
        kind: settled.kind,
        cursor: 0,
        positions: begin.positions,
        pool: pool(settled.parts.influence)?.into(),
        denominator: settled.denominator,
        z_tenths: settled.z_tenths,
        release_rate: settled.release_rate,
        // Nothing above 2^63 - 1 can accrue, so a higher cap caps nothing.
        cap: u64::try_from(settled.cap.u128()).unwrap_or(MAX_CAP).min(MAX_CAP).into(),
        tranche: settled.tranche,
        stake_given: Uint128::zero(),
        versions: begin.versions,
    })
}

/// The contributors' part, in the width of the ledger.
fn pool(pool: Uint128) -> Result<u64, ContractError> {
    u64::try_from(pool.u128()).ok().filter(|pool| *pool <= MAX_POOL).ok_or(ContractError::PoolTooLarge { pool })
}

/// From here on the ledger moves, so a retirement of what it was is over. The parents' part waits for `Flow`.
fn set_pool_aside(book: &mut ModelBook, settled: &SettledRound, begin: &AdvanceBegin) -> Result<(), ContractError> {
    book.positions = begin.positions;
    book.retired = false;
    book.retiring = None;
    book.totals.in_progress = settled.parts.influence;
    book.totals.z_tenths = settled.z_tenths;
    book.totals.royalties_owed = book.totals.royalties_owed.checked_add(settled.parts.parents)?;
    Ok(())
}

fn settling_begun(model: ModelId, settled: &SettledRound) -> SettlementEvent {
    SettlementEvent::SettlingBegun {
        model,
        round: settled.round,
        first_epoch: settled.first_epoch,
        last_epoch: settled.last_epoch,
        pool: settled.parts.influence,
        unresolved: settled.unresolved,
        operator_rewards: settled.operator_rewards,
    }
}
