//! A stand-in for the `attribution` contract that answers which round of a model is open.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{
    Addr, Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdError, StdResult, to_json_binary,
};
use cw_multi_test::{App, ContractWrapper, Executor};
use cw_storage_plus::Map;
use protocol::attribution::{Phase, QueryMsg, Round, RoundKind};
use protocol::{Epoch, Hash32, MethodId, ModelId, RoundId, Seconds};

/// Opens a round of a model, or closes it.
#[cw_serde]
pub struct SetOpen {
    pub model: ModelId,
    pub round: Option<Round>,
}

const OPEN: Map<u64, Option<Round>> = Map::new("open");

pub fn deploy(app: &mut App) -> Addr {
    let code = app.store_code(Box::new(ContractWrapper::new(execute, instantiate, query)));
    let creator = app.api().addr_make("creator");
    app.instantiate_contract(code, creator, &Empty {}, &[], "attribution", None).unwrap()
}

fn instantiate(_: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
    Ok(Response::new())
}

fn execute(deps: DepsMut, _: Env, _: MessageInfo, SetOpen { model, round }: SetOpen) -> StdResult<Response> {
    OPEN.save(deps.storage, model.get(), &round)?;
    Ok(Response::new())
}

fn query(deps: Deps, _: Env, msg: QueryMsg) -> StdResult<Binary> {
    match msg {
        QueryMsg::OpenRound { model } => to_json_binary(&OPEN.may_load(deps.storage, model.get())?.flatten()),
        other => Err(StdError::generic_err(format!("not asked: {other:?}"))),
    }
}

/// A round that has just opened over the first epoch.
pub fn round(model: ModelId, id: RoundId, kind: RoundKind) -> Round {
    Round {
        model,
        id,
        kind,
        method: MethodId(1),
        first_epoch: Epoch(0),
        last_epoch: Epoch(0),
        redemptions: 1,
        positions: 1,
        pool: 1_u128.into(),
        tranche: 0_u128.into(),
        validation_from: 0_u64.into(),
        validation_count: 0_u64.into(),
        inputs: Hash32::default(),
        operators: vec![],
        quorum: 3,
        phase: Phase::Commit,
        outcome: None,
        opened_at: Seconds(0),
        opened_height: 0_u64.into(),
        window_ends_at: Seconds(0),
        window_began_height: 0_u64.into(),
        committed: 0,
        vectors: 0,
        too_few: 0,
        cursor: 0,
        denominator: None,
        slot: 0,
    }
}
