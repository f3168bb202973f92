//! OPEN that leaves this contract: bonds that go back, and what is taken from bonds.

use cosmwasm_std::{Addr, Storage, Uint128, WasmMsg, to_json_binary};
use cw20::Cw20ExecuteMsg;
use protocol::settlement::ReceiveMsg as SettlementReceive;

use crate::{ContractError, state};

/// Pays an account.
pub fn to_account(storage: &dyn Storage, account: &Addr, amount: Uint128) -> Result<WasmMsg, ContractError> {
    tell_open(storage, &Cw20ExecuteMsg::Transfer { recipient: account.to_string(), amount })
}

/// Pays the treasury; `None` where there is nothing to pay.
pub fn to_treasury(storage: &dyn Storage, amount: Uint128) -> Result<Option<WasmMsg>, ContractError> {
    if amount.is_zero() {
        return Ok(None);
    }
    let send = Cw20ExecuteMsg::Send {
        contract: state::load_settlement(storage)?.into(),
        amount,
        msg: to_json_binary(&SettlementReceive::Treasury {})?,
    };
    tell_open(storage, &send).map(Some)
}

fn tell_open(storage: &dyn Storage, msg: &Cw20ExecuteMsg) -> Result<WasmMsg, ContractError> {
    Ok(WasmMsg::Execute {
        contract_addr: state::load_settings(storage)?.open_token.into(),
        msg: to_json_binary(msg)?,
        funds: vec![],
    })
}
