//! Hands a DataNet over in two steps, so that it cannot end with an account that nobody has.

use cosmwasm_std::{Addr, DepsMut, Response};
use protocol::DatanetId;
use protocol::event::DatanetEvent;

use crate::state::Holder;
use crate::{ContractError, checks, state};

/// Offers a DataNet; a new offer replaces the last one, an offer to oneself takes it back in effect.
pub fn offer(deps: DepsMut, sender: &Addr, datanet: DatanetId, to: &str) -> Result<Response, ContractError> {
    let mut holder = state::holder(deps.storage, datanet)?;
    if holder.owner != sender {
        return Err(ContractError::NotDatanetOwner { datanet, sender: sender.to_string() });
    }
    holder.offered_to = Some(checks::address(deps.api, to)?);
    state::save_holder(deps.storage, datanet, &holder)?;
    Ok(Response::new().add_event(DatanetEvent::DatanetOffered { datanet, to: to.to_owned() }))
}

/// Takes an offered DataNet.
pub fn accept(deps: DepsMut, sender: Addr, datanet: DatanetId) -> Result<Response, ContractError> {
    let holder = state::holder(deps.storage, datanet)?;
    if holder.offered_to.as_ref() != Some(&sender) {
        return Err(ContractError::NotOffered { datanet, sender: sender.into_string() });
    }
    let event = DatanetEvent::DatanetAccepted { datanet, owner: sender.to_string() };
    state::save_holder(deps.storage, datanet, &Holder { owner: sender, offered_to: None })?;
    Ok(Response::new().add_event(event))
}
