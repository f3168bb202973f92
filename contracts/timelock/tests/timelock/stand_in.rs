//! A contract to be migrated: it refuses where it is told to, calls back where it is told to, and else remembers the message.

use cosmwasm_std::{
    Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdError, StdResult, Storage, WasmMsg, to_json_binary,
};
use cw_multi_test::{Contract, ContractWrapper};
use protocol::ProposalId;
use protocol::timelock::ExecuteMsg;

/// Message of a migration that fails.
pub const REFUSED: &str = r#"{"refuse":true}"#;
const KEY: &[u8] = b"migrated_with";

pub fn contract() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(nothing, nothing, query).with_migrate(migrate))
}

fn nothing(_: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
    Ok(Response::new())
}

fn query(deps: Deps, _: Env, _: Empty) -> StdResult<Binary> {
    to_json_binary(&read(deps.storage))
}

fn read(storage: &dyn Storage) -> Vec<String> {
    let text = storage.get(KEY).map(|bytes| String::from_utf8(bytes).unwrap()).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

fn migrate(deps: DepsMut, _: Env, msg: serde_json::Value) -> StdResult<Response> {
    if let Some(timelock) = msg["execute"].as_str() {
        return execute_first(timelock);
    }
    let msg = msg.to_string();
    if msg == REFUSED {
        return Err(StdError::generic_err("told to refuse"));
    }
    let mut messages = read(deps.storage);
    messages.push(msg);
    deps.storage.set(KEY, messages.join("\n").as_bytes());
    Ok(Response::new())
}

/// A migration that sends the timelock back into its first proposal.
fn execute_first(timelock: &str) -> StdResult<Response> {
    let msg = to_json_binary(&ExecuteMsg::Execute { proposal: ProposalId(1) })?;
    Ok(Response::new().add_message(WasmMsg::Execute { contract_addr: timelock.to_owned(), msg, funds: vec![] }))
}
