//! Deployment and governance.

use cosmwasm_std::{DepsMut, Env, MessageInfo, Response};

use crate::{ContractError, state};

/// Names the contracts `attribution` and `settlement`, once and for good.
pub fn wire(deps: DepsMut, attribution: &str, settlement: &str) -> Result<Response, ContractError> {
    let mut config = state::load_config(deps.storage)?;
    if let Some(attribution) = config.attribution {
        return Err(ContractError::AlreadyWired { attribution });
    }
    config.attribution = Some(deps.api.addr_validate(attribution)?);
    config.settlement = Some(deps.api.addr_validate(settlement)?);
    state::save_config(deps.storage, &config)?;
    Ok(Response::new())
}

/// Moves governance in two steps.
pub fn update_ownership(
    deps: DepsMut,
    env: &Env,
    info: &MessageInfo,
    action: cw_ownable::Action,
) -> Result<Response, ContractError> {
    let ownership = cw_ownable::update_ownership(deps, &env.block, &info.sender, action)?;
    Ok(Response::new().add_attributes(ownership.into_attributes()))
}
