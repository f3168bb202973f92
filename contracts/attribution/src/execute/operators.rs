//! Admission and removal of operators. Rounds that are open keep their set.

use cosmwasm_std::{DepsMut, Response, Uint128};
use protocol::MethodId;
use protocol::attribution::{MAX_OPERATORS, Operator};
use protocol::event::AttributionEvent;

use crate::{ContractError, state};

/// Admits an operator, or admits a removed one again with the bond and the record that it has.
pub fn admit(deps: DepsMut, method: MethodId, account: &str) -> Result<Response, ContractError> {
    state::load_method(deps.storage, method)?;
    let account = deps.api.addr_validate(account)?;
    let operator = match state::find_operator(deps.storage, method, &account)? {
        Some(operator) if !operator.removed => {
            let operator = account;
            return Err(ContractError::AlreadyAdmitted { method, operator });
        }
        Some(operator) => Operator { removed: false, ..operator },
        None if state::load_operators(deps.storage, method)?.len() >= MAX_OPERATORS => {
            return Err(ContractError::TooManyOperators { method });
        }
        None => Operator { account, method, bond: Uint128::zero(), removed: false, slashed: 0 },
    };
    state::save_operator(deps.storage, &operator)?;
    let operator = operator.account.to_string();
    Ok(Response::new().add_event(AttributionEvent::OperatorAdmitted { method, operator }))
}

/// Removes an operator from the next opening on; its bond stays, since an open round may still need it.
pub fn remove(deps: DepsMut, method: MethodId, account: &str) -> Result<Response, ContractError> {
    let account = deps.api.addr_validate(account)?;
    let mut operator = state::load_operator(deps.storage, method, &account)?;
    if operator.removed {
        let operator = account;
        return Err(ContractError::OperatorRemoved { method, operator });
    }
    operator.removed = true;
    state::save_operator(deps.storage, &operator)?;
    let operator = account.to_string();
    Ok(Response::new().add_event(AttributionEvent::OperatorRemoved { method, operator }))
}
