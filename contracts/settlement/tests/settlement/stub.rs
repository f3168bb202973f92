//! A stand-in for the `model` contract that answers what `settlement` asks.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{
    Addr, Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdError, StdResult, Uint64, Uint128,
    to_json_binary,
};
use cw_multi_test::{Contract, ContractWrapper};
use cw_storage_plus::Map;
use protocol::model::{Commerce, Model, ModelKind, QueryMsg, Terms, ValidationPool};
use protocol::{Bps, ContributionId, Hash32, MethodId, ModelId};

/// What the stand-in knows of a model.
#[cw_serde]
pub struct Known {
    pub id: ModelId,
    pub owner: Addr,
    pub commerce: Commerce,
    /// The contribution at each position.
    pub used: Vec<ContributionId>,
}

const MODELS: Map<u64, Known> = Map::new("models");

pub fn contract() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(execute, instantiate, query))
}

fn instantiate(_: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
    Ok(Response::new())
}

fn execute(deps: DepsMut, _: Env, _: MessageInfo, msg: Known) -> StdResult<Response> {
    MODELS.save(deps.storage, msg.id.get(), &msg)?;
    Ok(Response::new())
}

fn query(deps: Deps, _: Env, msg: QueryMsg) -> StdResult<Binary> {
    let load = |model: ModelId| MODELS.load(deps.storage, model.get());
    match msg {
        QueryMsg::Commerce { model } => to_json_binary(&load(model)?.commerce),
        QueryMsg::Model { model } => to_json_binary(&shown(load(model)?)),
        QueryMsg::At { model, positions } => {
            let used = load(model)?.used;
            let at = |position: &u32| used.get(*position as usize).copied();
            let found: Option<Vec<ContributionId>> = positions.iter().map(at).collect();
            to_json_binary(&found.ok_or_else(|| StdError::generic_err("no such position"))?)
        }
        other => Err(StdError::generic_err(format!("not asked: {other:?}"))),
    }
}

fn shown(known: Known) -> Model {
    Model {
        id: known.id,
        owner: known.owner,
        offered_to: None,
        name: "stand-in".to_owned(),
        kind: ModelKind::Base,
        terms: known.commerce.terms,
        gateway: known.commerce.gateway,
        method: MethodId(1),
        curators: vec![],
        positions: known.used.len() as u32,
        versions: 1,
        versions_hash: Hash32::default(),
        price_sheet: 1,
        validation: ValidationPool {
            root: Hash32::default(),
            approved: Uint64::zero(),
            extensions: 0,
            cursor: Uint64::zero(),
            proposal: None,
        },
    }
}

/// 30 % to the owner, 70 % to contributors, half of it released per round.
pub fn terms() -> Terms {
    Terms {
        owner: Bps(3_000),
        stake: Bps(0),
        influence: Bps(7_000),
        parents: Bps(0),
        release_rate: Bps(5_000),
        cap: Uint128::new(1_000_000_000_000),
    }
}
