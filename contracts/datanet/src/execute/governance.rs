//! Set-up, wiring, and the transfer of governance.

use cosmwasm_std::{Addr, DepsMut, Env, Response};
use protocol::datanet::InstantiateMsg;

use crate::state::{Peers, Settings};
use crate::{ContractError, checks, state};

/// Stores what never changes: the token, the windows and the domain of every digest.
pub fn set_up(deps: DepsMut, env: &Env, msg: InstantiateMsg) -> Result<Response, ContractError> {
    checks::periods(&msg)?;
    let owner = checks::address(deps.api, &msg.owner)?;
    cw_ownable::initialize_owner(deps.storage, deps.api, Some(owner.as_str()))?;
    let settings = Settings {
        open_token: checks::address(deps.api, &msg.open_token)?,
        contract: env.contract.address.clone(),
        chain_id: env.block.chain_id.clone(),
        reveal_period: msg.reveal_period,
        min_blocks: msg.min_blocks,
        notice_period: msg.notice_period,
        appeal_period: msg.appeal_period,
        clean_rounds: msg.clean_rounds,
    };
    state::save_settings(deps.storage, &settings)?;
    Ok(Response::new())
}

/// Names the contracts deployed after this one, once for all.
pub fn wire(deps: DepsMut, model: &str, settlement: &str) -> Result<Response, ContractError> {
    if state::peers_if_wired(deps.storage)?.is_some() {
        return Err(ContractError::AlreadyWired);
    }
    let peers = Peers { model: checks::address(deps.api, model)?, settlement: checks::address(deps.api, settlement)? };
    state::save_peers(deps.storage, &peers)?;
    Ok(Response::new())
}

/// Offers, takes or gives up governance.
pub fn update_ownership(
    deps: DepsMut,
    env: &Env,
    sender: &Addr,
    action: cw_ownable::Action,
) -> Result<Response, ContractError> {
    let ownership = cw_ownable::update_ownership(deps, &env.block, sender, action)?;
    Ok(Response::new().add_attributes(ownership.into_attributes()))
}
