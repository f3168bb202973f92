//! Moves the ledger of a model by a round's scores: the beginning pays everyone but contributors,
//! the chunks move their accounts, the end books what is owed to nobody.

use cosmwasm_std::{Binary, DepsMut, Response};
use protocol::settlement::AdvanceBegin;
use protocol::{ModelId, RoundId};

use crate::error::ContractError;
use crate::execute::Call;
use crate::state::{self, Progress};

mod begin;
mod chunk;
mod stake;

/// Scores of consecutive positions, as they arrive.
pub struct Chunk {
    pub first_position: u32,
    pub entries: Binary,
}

pub fn advance(
    mut deps: DepsMut,
    call: &Call,
    (model, round): (ModelId, RoundId),
    begin: Option<Box<AdvanceBegin>>,
    chunk: &Chunk,
) -> Result<Response, ContractError> {
    let mut response = Response::new();
    let in_progress = state::load_progress(deps.storage, model)?;
    let progress = match (in_progress, begin) {
        (None, Some(begin)) => {
            let begun = begin::begin(deps.branch(), call, (model, round), &begin)?;
            response = begun.response;
            begun.progress
        }
        (Some(progress), None) if progress.round == round => progress,
        (Some(Progress { round, .. }), _) => {
            return Err(ContractError::AdvanceInProgress { model, round });
        }
        (None, None) => return Err(not_begun(&deps, model, round)?),
    };
    let settled = chunk::advance(deps.storage, model, progress, chunk)?;
    Ok(response.add_events(settled))
}

fn not_begun(deps: &DepsMut, model: ModelId, round: RoundId) -> Result<ContractError, ContractError> {
    Ok(match state::load_round(deps.storage, model, round)? {
        Some(_) => ContractError::RoundAlreadySettled { model, round },
        None => ContractError::AdvanceNotBegun { model, round },
    })
}
