//! Where corrections of a model's answers go.

use cosmwasm_std::{DepsMut, MessageInfo, Response};
use protocol::event::ModelEvent;
use protocol::{DatanetId, ModelId};

use super::owned;
use crate::{ContractError, peer, state};

/// Names the DataNet that takes them, or none any more. What it accepts, and who reviews it, is the DataNet's business.
pub fn set(
    deps: DepsMut,
    info: &MessageInfo,
    model: ModelId,
    datanet: Option<DatanetId>,
) -> Result<Response, ContractError> {
    let mut loaded = owned(deps.storage, info, model)?;
    if let Some(datanet) = datanet {
        peer::check_datanet(deps.querier, &state::load_config(deps.storage)?.datanet, datanet)?;
    }
    loaded.corrections = datanet;
    state::save_model(deps.storage, &loaded)?;
    let datanet = datanet.map_or(0, DatanetId::get);
    Ok(Response::new().add_event(ModelEvent::CorrectionsSet { model, datanet }))
}
