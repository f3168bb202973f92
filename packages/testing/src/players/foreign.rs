//! A contract of a stranger: it takes any tokens, and says to any contract what it is told, as itself.

use cosmwasm_std::{
    Binary, CosmosMsg, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdResult, WasmMsg, from_json,
};
use cw_multi_test::{Contract, ContractWrapper};
use cw20::Cw20ReceiveMsg;
use serde::{Deserialize, Serialize};

/// What it is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForeignMsg {
    /// Tokens arrive, with words that it repeats if they are any.
    Receive(Cw20ReceiveMsg),
    /// Words to repeat.
    Say(Words),
}

/// A message to another contract.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Words {
    /// To which contract.
    pub contract: String,
    /// What.
    pub msg: Binary,
}

fn execute(_: DepsMut, _: Env, _: MessageInfo, msg: ForeignMsg) -> StdResult<Response> {
    let words = match msg {
        ForeignMsg::Say(words) => Some(words),
        ForeignMsg::Receive(received) => from_json(received.msg).ok(),
    };
    let call = |Words { contract: contract_addr, msg }| {
        CosmosMsg::<Empty>::Wasm(WasmMsg::Execute { contract_addr, msg, funds: vec![] })
    };
    Ok(Response::new().add_messages(words.map(call)))
}

fn instantiate(_: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
    Ok(Response::new())
}

fn query(_: Deps, _: Env, _: Empty) -> StdResult<Binary> {
    Ok(Binary::default())
}

/// Its code.
pub fn code() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(execute, instantiate, query))
}
