//! From committing to revealing.

use cosmwasm_std::{Env, Event, Response, Storage};
use protocol::attribution::{Phase, Round};
use protocol::event::AttributionEvent;

use super::RoundKey;
use crate::window::{Now, require_phase};
use crate::{ContractError, state};

/// Begins the reveal window, once the commit window has ended.
pub fn run(storage: &mut dyn Storage, env: &Env, (model, id): RoundKey) -> Result<Response, ContractError> {
    let mut round = state::load_open(storage, model, id)?;
    let begun = begin_reveals(storage, env, &mut round)?;
    state::save_round(storage, &round)?;
    Ok(Response::new().add_event(begun))
}

/// The new window is counted from this block, so that whoever ends the commits late shortens nobody's time.
pub fn begin_reveals(storage: &dyn Storage, env: &Env, round: &mut Round) -> Result<Event, ContractError> {
    require_phase(round, Phase::Commit)?;
    let now = Now::of(env, state::load_settings(storage)?.min_blocks);
    now.require_ended(round)?;
    let period = state::load_method(storage, round.method)?.reveal_period;
    now.begin(round, Phase::Reveal, period)?;
    let begun = AttributionEvent::RevealsBegun { model: round.model, round: round.id, committed: round.committed };
    Ok(begun.into())
}
