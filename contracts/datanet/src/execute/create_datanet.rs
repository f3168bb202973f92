//! Creates a DataNet.

use cosmwasm_std::{Addr, DepsMut, Response};
use protocol::datanet::NewDatanet;
use protocol::event::DatanetEvent;

use crate::{ContractError, checks, state};

/// Creates a DataNet that the sender owns. Its settings never change: contributors rely on them.
pub fn create(deps: DepsMut, owner: Addr, settings: NewDatanet) -> Result<Response, ContractError> {
    checks::new_datanet(deps.api, &settings)?;
    let datanet = state::append_datanet(deps.storage, owner.clone(), &settings)?;
    let event = DatanetEvent::DatanetCreated { datanet, owner: owner.into_string(), name: settings.name };
    Ok(Response::new().add_event(event))
}
