//! Moving and destroying one's own units.

use cosmwasm_std::{Binary, Response, Uint128};
use cw20_base::contract::{execute_burn, execute_send, execute_transfer};

use super::Call;
use crate::ContractError;

/// Moves units of the sender.
pub fn transfer(mut call: Call, recipient: String, amount: Uint128) -> Result<Response, ContractError> {
    let from = call.info.sender.clone();
    call.settle_both(&from, &recipient)?;
    Ok(execute_transfer(call.deps, call.env, call.info, recipient, amount)?)
}

/// Moves units of the sender to a contract and calls it.
pub fn send(mut call: Call, contract: String, amount: Uint128, msg: Binary) -> Result<Response, ContractError> {
    let from = call.info.sender.clone();
    call.settle_both(&from, &contract)?;
    Ok(execute_send(call.deps, call.env, call.info, contract, amount, msg)?)
}

/// Destroys units of the sender, which leaves more of each dividend to every other unit.
pub fn burn(mut call: Call, amount: Uint128) -> Result<Response, ContractError> {
    let from = call.info.sender.clone();
    call.settle(&from)?;
    Ok(execute_burn(call.deps, call.env, call.info, amount)?)
}
