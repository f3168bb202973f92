//! Whether an operator belongs to a round.

use cosmwasm_std::Addr;
use protocol::attribution::Round;

use crate::ContractError;

/// Refuses accounts outside the set that was fixed at opening.
pub fn require_member(round: &Round, operator: &Addr) -> Result<(), ContractError> {
    if round.operators.contains(operator) {
        return Ok(());
    }
    let operator = operator.clone();
    Err(ContractError::NotInSet { operator })
}
