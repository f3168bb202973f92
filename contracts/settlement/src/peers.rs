//! What the `model` contract is asked, and the payments that the OPEN contract is told to make.

use cosmwasm_std::{Addr, CosmosMsg, QuerierWrapper, StdResult, Uint128, WasmMsg, to_json_binary};
use cw20::Cw20ExecuteMsg;
use protocol::model::{Commerce, Model, QueryMsg};
use protocol::{ContributionId, ModelId};

use crate::error::ContractError;
use crate::state::Setup;

/// Who redeems for a model, and at which terms. An unknown model is refused by name.
pub fn commerce(querier: &QuerierWrapper, setup: &Setup, model: ModelId) -> Result<Commerce, ContractError> {
    let commerce: Commerce = querier
        .query_wasm_smart(&setup.config.model, &QueryMsg::Commerce { model })
        .map_err(|_| ContractError::UnknownModel { model })?;
    // Such parts would wait for holders who do not exist yet.
    if commerce.terms.stake.0 != 0 || commerce.terms.parents.0 != 0 {
        return Err(ContractError::StakeNotOffered { model });
    }
    Ok(commerce)
}

/// Who gets the owner's part now.
pub fn owner(querier: &QuerierWrapper, setup: &Setup, model: ModelId) -> Result<Addr, ContractError> {
    let found: Model = querier
        .query_wasm_smart(&setup.config.model, &QueryMsg::Model { model })
        .map_err(|_| ContractError::UnknownModel { model })?;
    Ok(found.owner)
}

/// The contributions at positions of a model, in the order asked.
pub fn contributions_at(
    querier: &QuerierWrapper,
    setup: &Setup,
    model: ModelId,
    positions: &[u32],
) -> Result<Vec<ContributionId>, ContractError> {
    let unknown = || ContractError::UnknownPosition { model, positions: positions.to_vec() };
    let msg = QueryMsg::At { model, positions: positions.to_vec() };
    let found: Vec<ContributionId> = querier.query_wasm_smart(&setup.config.model, &msg).map_err(|_| unknown())?;
    if found.len() == positions.len() { Ok(found) } else { Err(unknown()) }
}

/// Pays OPEN out. The caller has taken the amount from its books before.
pub fn pay(setup: &Setup, to: &Addr, amount: Uint128) -> StdResult<CosmosMsg> {
    let transfer = Cw20ExecuteMsg::Transfer { recipient: to.to_string(), amount };
    Ok(WasmMsg::Execute {
        contract_addr: setup.config.open_token.to_string(),
        msg: to_json_binary(&transfer)?,
        funds: vec![],
    }
    .into())
}
