//! Committing a report.

use cosmwasm_std::{Addr, Binary, Env, Response, Storage};
use protocol::Hash32;
use protocol::attribution::Phase;
use protocol::event::AttributionEvent;

use super::standing::require_member;
use super::{RoundKey, increment};
use crate::ContractError;
use crate::state::{self, Part};
use crate::window::{Now, require_phase};

/// Stores a commitment, one per operator and round. A copy of another's is worthless: the operator is part of the hash.
pub fn run(
    storage: &mut dyn Storage,
    env: &Env,
    operator: Addr,
    (model, id): RoundKey,
    commitment: Hash32,
) -> Result<Response, ContractError> {
    let mut round = state::load_open(storage, model, id)?;
    require_phase(&round, Phase::Commit)?;
    Now::of(env, state::load_settings(storage)?.min_blocks).require_running(&round)?;
    require_member(&round, &operator)?;
    if state::find_part(storage, &round, &operator)?.is_some() {
        return Err(ContractError::AlreadyCommitted { operator });
    }
    let part = Part { commitment, revealed: None, unresolved: Binary::default(), slashed: false };
    state::save_part(storage, &round, &operator, &part)?;
    round.committed = increment(round.committed)?;
    state::save_round(storage, &round)?;
    Ok(Response::new().add_event(AttributionEvent::ReportCommitted {
        model,
        round: id,
        operator: operator.into(),
        commitment,
    }))
}
