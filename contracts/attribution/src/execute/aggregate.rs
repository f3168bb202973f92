//! The first pass: medians, D, and each operator's distance from the median.

use cosmwasm_std::{DepsMut, Env, Response, Storage};
use protocol::attribution::{Outcome, Phase, Round};
use protocol::event::AttributionEvent;
use rules::quorum::majority;

use super::close::{close, vectors};
use super::{RoundKey, faults, payment, positions_now};
use crate::ContractError;
use crate::state::{self, Pass};
use crate::window::Now;

mod agreements;
mod distances;

/// Handles the next positions. The first call reckons with the silent and the absent, and closes the round if too few
/// revealed.
pub fn run(deps: DepsMut, env: &Env, (model, id): RoundKey, limit: Option<u32>) -> Result<Response, ContractError> {
    let limit = positions_now(limit)?;
    let round = state::load_open(deps.storage, model, id)?;
    match round.phase {
        Phase::Aggregate => pass(deps, round, limit, Response::new()),
        Phase::Reveal => {
            let now = Now::of(env, state::load_settings(deps.storage)?.min_blocks);
            now.require_ended(&round)?;
            start(deps, round, limit)
        }
        phase => Err(ContractError::WrongPhase { phase, expected: Phase::Aggregate }),
    }
}

/// Ends the reveals: faults are paid for, and the first positions follow if enough revealed.
fn start(deps: DepsMut, mut round: Round, limit: u32) -> Result<Response, ContractError> {
    let faults = faults::reckon(deps.storage, &round)?;
    let mut response = Response::new().add_events(faults.events);
    if let Some(message) = payment::to_treasury(deps.storage, faults.taken)? {
        response = response.add_message(message);
    }
    if let Some(outcome) = failure(&round) {
        let closed = close(deps.storage, &mut round, outcome)?;
        return Ok(response.add_event(closed));
    }
    let first = begin(deps.storage, &mut round)?;
    state::save_pass(deps.storage, round.model, &first)?;
    pass(deps, round, limit, response)
}

/// Why a round closes without effect, before any score is read.
///
/// The vectors alone must reach the quorum: the tolerated liars are counted from it, and a vector that says `TooFew`
/// defends no median.
fn failure(round: &Round) -> Option<Outcome> {
    let reports = round.vectors.saturating_add(round.too_few);
    if reports >= round.quorum && majority(round.too_few, reports) {
        return Some(Outcome::TooFew);
    }
    (round.vectors < round.quorum).then_some(Outcome::NoQuorum)
}

fn begin(storage: &dyn Storage, round: &mut Round) -> Result<Pass, ContractError> {
    round.phase = Phase::Aggregate;
    round.cursor = 0;
    let operators: Vec<_> = vectors(storage, round)?.into_iter().map(|vector| vector.operator).collect();
    let known = state::load_known(storage, round.model)?;
    let references = known.iter().map(|round| round.operators.len()).sum();
    Ok(Pass {
        positive: 0,
        magnitude: 0,
        distances: vec![0; operators.len()],
        previous: state::has_settled(storage, round.model).then_some(0),
        known: vec![0; references],
        operators,
    })
}

fn pass(deps: DepsMut, mut round: Round, limit: u32, response: Response) -> Result<Response, ContractError> {
    let mut pass = state::load_pass(deps.storage, round.model)?;
    let end = round.cursor.saturating_add(limit).min(round.positions);
    for piece in state::pieces(round.cursor, end) {
        distances::add_piece(deps.as_ref(), &round, &mut pass, piece)?;
    }
    round.cursor = end;
    if end == round.positions {
        return finish(deps, round, &pass, response);
    }
    state::save_pass(deps.storage, round.model, &pass)?;
    state::save_round(deps.storage, &round)?;
    Ok(response.add_event(aggregated(&round, 0)))
}

/// D and agreements; the round goes on to the second pass, or closes when nothing was measured.
fn finish(deps: DepsMut, mut round: Round, pass: &Pass, response: Response) -> Result<Response, ContractError> {
    let denominator = agreements::denominator(deps.storage, &round, pass)?;
    round.denominator = Some(denominator.into());
    let response = response.add_event(aggregated(&round, denominator));
    if denominator == 0 {
        let closed = close(deps.storage, &mut round, Outcome::NothingMeasured)?;
        return Ok(response.add_event(closed));
    }
    let events = agreements::save(deps.storage, &round, pass)?;
    round.phase = Phase::Advance;
    round.cursor = 0;
    state::save_round(deps.storage, &round)?;
    Ok(response.add_events(events))
}

fn aggregated(round: &Round, denominator: u64) -> AttributionEvent {
    AttributionEvent::Aggregated {
        model: round.model,
        round: round.id,
        through: round.cursor,
        denominator,
        complete: round.cursor == round.positions,
    }
}
