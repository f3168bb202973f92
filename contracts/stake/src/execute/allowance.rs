//! Allowances, and moving and destroying another's units by them.

use cosmwasm_std::{Binary, Response, Uint128};
use cw20::Expiration;
use cw20_base::allowances::{
    execute_burn_from, execute_decrease_allowance, execute_increase_allowance, execute_send_from,
    execute_transfer_from, query_allowance,
};

use super::Call;
use crate::ContractError;

/// Lets a spender move more. A sum beyond 128 bits is refused here, where cw20-base would panic.
pub fn increase(
    call: Call,
    spender: String,
    amount: Uint128,
    expires: Option<Expiration>,
) -> Result<Response, ContractError> {
    let given = query_allowance(call.deps.as_ref(), call.info.sender.to_string(), spender.clone())?;
    given.allowance.checked_add(amount)?;
    Ok(execute_increase_allowance(call.deps, call.env, call.info, spender, amount, expires)?)
}

/// Lets a spender move less.
pub fn decrease(
    call: Call,
    spender: String,
    amount: Uint128,
    expires: Option<Expiration>,
) -> Result<Response, ContractError> {
    Ok(execute_decrease_allowance(call.deps, call.env, call.info, spender, amount, expires)?)
}

/// Moves units of `owner`.
pub fn transfer_from(
    mut call: Call,
    owner: String,
    recipient: String,
    amount: Uint128,
) -> Result<Response, ContractError> {
    let from = call.deps.api.addr_validate(&owner)?;
    call.settle_both(&from, &recipient)?;
    Ok(execute_transfer_from(call.deps, call.env, call.info, owner, recipient, amount)?)
}

/// Moves units of `owner` to a contract and calls it.
pub fn send_from(
    mut call: Call,
    owner: String,
    contract: String,
    amount: Uint128,
    msg: Binary,
) -> Result<Response, ContractError> {
    let from = call.deps.api.addr_validate(&owner)?;
    call.settle_both(&from, &contract)?;
    Ok(execute_send_from(call.deps, call.env, call.info, owner, contract, amount, msg)?)
}

/// Destroys units of `owner`.
pub fn burn_from(mut call: Call, owner: String, amount: Uint128) -> Result<Response, ContractError> {
    let from = call.deps.api.addr_validate(&owner)?;
    call.settle(&from)?;
    Ok(execute_burn_from(call.deps, call.env, call.info, owner, amount)?)
}
