//! Instantiation, wiring and governance.

use cosmwasm_std::{Addr, DepsMut, Env, Response};
use protocol::Seconds;
use protocol::attribution::InstantiateMsg;

use crate::ContractError;
use crate::state::{self, Settings};

/// The longest delay and unbonding period.
const MAX_DELAY: Seconds = Seconds(365 * 24 * 60 * 60);

/// Fixes everything but `settlement`, which is deployed after this contract.
pub fn instantiate(deps: DepsMut, env: &Env, msg: &InstantiateMsg) -> Result<Response, ContractError> {
    cw_ownable::initialize_owner(deps.storage, deps.api, Some(&msg.owner))?;
    let settings = Settings {
        open_token: deps.api.addr_validate(&msg.open_token)?,
        model: deps.api.addr_validate(&msg.model)?,
        min_blocks: msg.min_blocks.u64(),
        operator_delay: checked_delay(msg.operator_delay)?,
        unbonding_period: checked_delay(msg.unbonding_period)?,
        chain_id: env.block.chain_id.clone(),
        contract: env.contract.address.clone(),
    };
    state::save_settings(deps.storage, &settings)?;
    Ok(Response::new())
}

/// Zero would let the set change without notice; what is too long would lock bonds for good.
fn checked_delay(delay: Seconds) -> Result<Seconds, ContractError> {
    if delay.get() == 0 || delay > MAX_DELAY {
        return Err(ContractError::Delay { delay, most: MAX_DELAY });
    }
    Ok(delay)
}

/// Names `settlement`, once.
pub fn wire(deps: DepsMut, settlement: &str) -> Result<Response, ContractError> {
    if let Some(settlement) = state::find_settlement(deps.storage)? {
        return Err(ContractError::AlreadyWired { settlement });
    }
    let settlement = deps.api.addr_validate(settlement)?;
    state::save_settlement(deps.storage, &settlement)?;
    Ok(Response::new())
}

/// Moves governance in two steps.
pub fn update_ownership(
    deps: DepsMut,
    env: &Env,
    sender: &Addr,
    action: cw_ownable::Action,
) -> Result<Response, ContractError> {
    let ownership = cw_ownable::update_ownership(deps, &env.block, sender, action)?;
    Ok(Response::new().add_attributes(ownership.into_attributes()))
}
