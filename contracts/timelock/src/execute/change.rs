//! Changes: checked when they are announced, turned into the chain's messages when they are made.

use cosmwasm_std::{Api, Binary, WasmMsg};
use protocol::timelock::{Change, MAX_CHANGES, MAX_MESSAGE_BYTES};

use super::setup;
use crate::ContractError;

/// What can be known beforehand: a typing error should not be found out after the delay.
pub fn check_all(api: &dyn Api, changes: &[Change]) -> Result<(), ContractError> {
    let count = changes.len();
    if count == 0 || count > MAX_CHANGES {
        return Err(ContractError::ChangeCount { count });
    }
    changes.iter().try_for_each(|change| check(api, change))
}

fn check(api: &dyn Api, change: &Change) -> Result<(), ContractError> {
    match change {
        Change::Migrate { contract, code_id, msg } => {
            api.addr_validate(contract)?;
            if code_id.is_zero() {
                return Err(ContractError::CodeIdZero);
            }
            check_message(msg)
        }
        Change::SetAdmin { contract, to } => {
            api.addr_validate(contract)?;
            api.addr_validate(to)?;
            Ok(())
        }
        Change::ClearAdmin { contract } => Ok(api.addr_validate(contract).map(drop)?),
        Change::SetDelay { delay } => setup::check_delay(*delay),
    }
}

/// The contract itself says at the migration whether it can read the message; that it is an object is checked now.
fn check_message(msg: &Binary) -> Result<(), ContractError> {
    let bytes = msg.len();
    if bytes > MAX_MESSAGE_BYTES {
        return Err(ContractError::MessageLength { bytes });
    }
    let text = core::str::from_utf8(msg).map_err(|_| ContractError::MessageNotJson)?.trim();
    if text.starts_with('{') && text.ends_with('}') { Ok(()) } else { Err(ContractError::MessageNotJson) }
}

/// The chain's message for a change of another contract; `None` for one of this contract's own configuration.
pub fn message(change: &Change) -> Option<WasmMsg> {
    Some(match change.clone() {
        Change::Migrate { contract, code_id, msg } => {
            WasmMsg::Migrate { contract_addr: contract, new_code_id: code_id.u64(), msg }
        }
        Change::SetAdmin { contract, to } => WasmMsg::UpdateAdmin { contract_addr: contract, admin: to },
        Change::ClearAdmin { contract } => WasmMsg::ClearAdmin { contract_addr: contract },
        Change::SetDelay { .. } => return None,
    })
}
