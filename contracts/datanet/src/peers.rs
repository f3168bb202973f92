//! What `model` and `settlement` are asked.

use cosmwasm_std::{Deps, StdResult};
use protocol::model::{self, Model};
use protocol::settlement::{self, Standing};
use protocol::{ContributionId, ModelId};

use crate::{ContractError, state};

/// A contribution's account in a model.
pub struct Account {
    /// Its position in the model.
    pub position: u32,
    /// How it stands.
    pub standing: Standing,
}

/// Refuses a model that does not exist.
pub fn check_model(deps: Deps, model: ModelId) -> Result<(), ContractError> {
    let peer = state::peers(deps.storage)?.model;
    let found: StdResult<Model> = deps.querier.query_wasm_smart(peer, &model::QueryMsg::Model { model });
    found.map(drop).map_err(|error| ContractError::UnknownModel { model, reason: error.to_string() })
}

/// The account of a contribution in a model.
///
/// # Errors
/// If the model does not use the contribution.
pub fn account(deps: Deps, contribution: ContributionId, model: ModelId) -> Result<Account, ContractError> {
    let peers = state::peers(deps.storage)?;
    let asked = model::QueryMsg::PositionOf { model, contribution };
    let position: Option<u32> = deps.querier.query_wasm_smart(peers.model, &asked)?;
    let position = position.ok_or(ContractError::NotUsed { contribution, model })?;
    let asked = settlement::QueryMsg::Standing { model, position };
    let standing = deps.querier.query_wasm_smart(peers.settlement, &asked)?;
    Ok(Account { position, standing })
}
