//! Two-step transfer of a model.

use cosmwasm_std::{DepsMut, MessageInfo, Response};
use protocol::ModelId;
use protocol::event::ModelEvent;

use super::owned;
use crate::{ContractError, state};

/// Offers a model. A new offer replaces the last; an offer to oneself withdraws it.
pub fn offer(deps: DepsMut, info: &MessageInfo, model: ModelId, to: &str) -> Result<Response, ContractError> {
    let mut loaded = owned(deps.storage, info, model)?;
    let to = deps.api.addr_validate(to)?;
    loaded.offered_to = Some(to.clone());
    state::save_model(deps.storage, &loaded)?;
    Ok(Response::new().add_event(ModelEvent::ModelOffered { model, to: to.into() }))
}

/// Takes an offered model.
///
/// An open validation proposal is dropped with the old owner: the new one may have approved it as a curator, and no owner
/// approves its own examples.
pub fn accept(deps: DepsMut, info: &MessageInfo, model: ModelId) -> Result<Response, ContractError> {
    let mut loaded = state::load_model(deps.storage, model)?;
    if loaded.offered_to.as_ref() != Some(&info.sender) {
        return Err(ContractError::NotOffered { model });
    }
    loaded.owner = info.sender.clone();
    loaded.offered_to = None;
    loaded.validation.proposal = None;
    state::save_model(deps.storage, &loaded)?;
    Ok(Response::new().add_event(ModelEvent::ModelAccepted { model, owner: loaded.owner.into() }))
}
