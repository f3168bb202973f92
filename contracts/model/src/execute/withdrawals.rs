//! Noting that used contributions were withdrawn or slashed, so that later versions leave them out.

use cosmwasm_std::{Addr, Deps, DepsMut, Response};
use protocol::datanet::Status;
use protocol::event::ModelEvent;
use protocol::model::{MAX_NOTED, UsedContribution};
use protocol::{ContributionId, ModelId};

use crate::{ContractError, peer, state};

/// Sets the bit of each contribution's position.
pub fn note(deps: DepsMut, model: ModelId, contributions: &[ContributionId]) -> Result<Response, ContractError> {
    let count = contributions.len();
    if count == 0 || count > MAX_NOTED {
        return Err(ContractError::NotedCount { count });
    }
    let mut loaded = state::load_model(deps.storage, model)?;
    let datanet = state::load_config(deps.storage)?.datanet;
    let mut withdrawn = state::load_withdrawn(deps.storage, &loaded)?;
    let mut response = Response::new();
    for contribution in contributions.iter().copied() {
        let used = gone(deps.as_ref(), &datanet, model, contribution)?;
        let bit = state::bit(used.position);
        if withdrawn.get(bit) {
            return Err(ContractError::AlreadyNoted { contribution });
        }
        withdrawn.set(bit)?;
        loaded.withdrawn = state::following(loaded.withdrawn)?;
        response = response.add_event(noted(model, &used));
    }
    state::save_withdrawn(deps.storage, model, &withdrawn)?;
    state::save_model(deps.storage, &loaded)?;
    Ok(response)
}

/// Where a contribution stands that the model uses, and that was withdrawn or slashed.
fn gone(
    deps: Deps,
    datanet: &Addr,
    model: ModelId,
    contribution: ContributionId,
) -> Result<UsedContribution, ContractError> {
    let position = state::position_of(deps.storage, model, contribution)?
        .ok_or(ContractError::ContributionNotUsed { contribution })?;
    match peer::contribution(deps.querier, datanet, contribution)?.status {
        Status::Withdrawn | Status::Slashed => Ok(UsedContribution { position, contribution }),
        _ => Err(ContractError::NotWithdrawn { contribution }),
    }
}

fn noted(model: ModelId, used: &UsedContribution) -> ModelEvent {
    ModelEvent::WithdrawalNoted { model, position: used.position, contribution: used.contribution }
}
