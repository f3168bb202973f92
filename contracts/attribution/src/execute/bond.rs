//! Bonds arrive through OPEN's `Send`.

use cosmwasm_std::{DepsMut, Response, Uint128, from_json};
use cw20::Cw20ReceiveMsg;
use protocol::MethodId;
use protocol::attribution::ReceiveMsg;
use protocol::event::AttributionEvent;

use crate::{ContractError, state};

/// Takes OPEN for what its message says.
pub fn receive(deps: DepsMut, cw20: &Cw20ReceiveMsg) -> Result<Response, ContractError> {
    if cw20.amount.is_zero() {
        return Err(ContractError::ZeroAmount);
    }
    match from_json(&cw20.msg)? {
        ReceiveMsg::Bond { method } => pay_bond(deps, method, &cw20.sender, cw20.amount),
    }
}

/// An operator pays exactly what its bond lacks, and begins to count missed rounds anew.
fn pay_bond(deps: DepsMut, method: MethodId, sender: &str, sent: Uint128) -> Result<Response, ContractError> {
    let needed = state::load_method(deps.storage, method)?.bond;
    let account = deps.api.addr_validate(sender)?;
    let mut operator = state::load_operator(deps.storage, method, &account)?;
    if operator.leaves_at.is_some() {
        let operator = account;
        return Err(ContractError::OperatorLeaving { method, operator });
    }
    let due = needed.saturating_sub(operator.bond);
    if due.is_zero() {
        let operator = account;
        return Err(ContractError::AlreadyBonded { method, operator });
    }
    if sent != due {
        return Err(ContractError::WrongBond { due, sent });
    }
    operator.bond = needed;
    operator.missed = 0;
    state::save_operator(deps.storage, &operator)?;
    state::add_bond(deps.storage, sent)?;
    Ok(Response::new().add_event(AttributionEvent::OperatorBonded {
        method,
        operator: account.to_string(),
        bond: operator.bond,
    }))
}
