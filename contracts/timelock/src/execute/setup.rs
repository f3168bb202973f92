//! Instantiation, and the transfer of the right to propose.

use cosmwasm_std::{Addr, DepsMut, Env, Response};
use protocol::Seconds;
use protocol::timelock::{Config, InstantiateMsg, MAX_BLOCKS, MAX_DELAY};

use crate::{ContractError, state};

pub fn instantiate(deps: DepsMut, msg: &InstantiateMsg) -> Result<Response, ContractError> {
    check_delay(msg.delay)?;
    let blocks = msg.min_blocks.u64();
    if blocks > MAX_BLOCKS {
        return Err(ContractError::Blocks { blocks });
    }
    cw_ownable::initialize_owner(deps.storage, deps.api, Some(&msg.proposer))?;
    state::save_config(deps.storage, &Config { delay: msg.delay, min_blocks: msg.min_blocks })?;
    Ok(Response::new())
}

pub fn check_delay(delay: Seconds) -> Result<(), ContractError> {
    if (Seconds(1)..=MAX_DELAY).contains(&delay) { Ok(()) } else { Err(ContractError::Delay { delay }) }
}

/// Announced proposals stay as they are, whoever proposes from now on.
pub fn update_ownership(
    deps: DepsMut,
    env: &Env,
    sender: &Addr,
    action: cw_ownable::Action,
) -> Result<Response, ContractError> {
    let ownership = cw_ownable::update_ownership(deps, &env.block, sender, action)?;
    Ok(Response::new().add_attributes(ownership.into_attributes()))
}
