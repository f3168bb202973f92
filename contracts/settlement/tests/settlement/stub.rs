//! A stand-in for the `model` contract that answers what `settlement` asks.

use cosmwasm_schema::cw_serde;
use cosmwasm_std::{
    Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdError, StdResult, Uint128, to_json_binary,
};
use cw_multi_test::{Contract, ContractWrapper};
use cw_storage_plus::Map;
use protocol::model::{Commerce, DatedTerms, QueryMsg, Terms};
use protocol::{Bps, ContributionId, Epoch, ModelId};

/// What the stand-in knows of a model.
#[cw_serde]
pub struct Known {
    pub id: ModelId,
    /// With the terms since creation.
    pub commerce: Commerce,
    /// Terms that were set later, in order.
    pub later: Vec<DatedTerms>,
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
        QueryMsg::Commerce { model, epoch } => to_json_binary(&load(model)?.commerce_in(epoch)),
        other => Err(StdError::generic_err(format!("not asked: {other:?}"))),
    }
}

impl Known {
    fn commerce_in(self, epoch: Option<Epoch>) -> Commerce {
        let in_force = self.later.into_iter().rfind(|dated| epoch.is_some_and(|epoch| dated.from <= epoch));
        let terms = in_force.map_or(self.commerce.terms, |dated| dated.terms);
        Commerce { terms, ..self.commerce }
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

/// 20 % to the owner, 10 % to the stake, 60 % to contributors, 10 % to parents.
pub fn shared_terms() -> Terms {
    Terms { owner: Bps(2_000), stake: Bps(1_000), influence: Bps(6_000), parents: Bps(1_000), ..terms() }
}
