//! A contract that, when units or OPEN reach it, runs the messages that came along.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{
    Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdResult, WasmMsg, from_json, to_json_binary,
};
use cw_multi_test::{Contract, ContractWrapper};
use cw20::Cw20ReceiveMsg;

/// A message for another contract.
#[cw_serde]
pub struct Onward {
    pub contract: String,
    pub msg: Binary,
}

#[cw_serde]
pub enum HookMsg {
    /// A cw20 arrived.
    Receive(Cw20ReceiveMsg),
    /// The same without one.
    Run(Vec<Onward>),
}

pub fn contract() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(execute, instantiate, query))
}

fn instantiate(_: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
    Ok(Response::new())
}

fn execute(_: DepsMut, _: Env, _: MessageInfo, msg: HookMsg) -> StdResult<Response> {
    let calls = match msg {
        HookMsg::Receive(received) => from_json::<Vec<Onward>>(&received.msg)?,
        HookMsg::Run(calls) => calls,
    };
    let message = |call: Onward| WasmMsg::Execute { contract_addr: call.contract, msg: call.msg, funds: vec![] };
    Ok(Response::new().add_messages(calls.into_iter().map(message)))
}

fn query(_: Deps, _: Env, _: Empty) -> StdResult<Binary> {
    to_json_binary(&Empty {})
}
