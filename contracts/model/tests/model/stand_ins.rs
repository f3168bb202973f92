//! `datanet`, `attribution`, `settlement` and `stake` as the tests want them: answers are set from outside, messages are
//! checked as the real contracts would and written down.

use cosmwasm_std::{
    Addr, Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdError, StdResult, Uint128, ensure,
    to_json_binary,
};
use cw_multi_test::{Contract, ContractWrapper};
use cw_storage_plus::{Item, Map};
use protocol::attribution::{Method, MethodParams, QueryMsg as AttributionQuery};
use protocol::datanet::{Contribution, Datanet, ExecuteMsg as DatanetMsg, QueryMsg as DatanetQuery, Snapshot, Status};
use protocol::settlement::{ExecuteMsg as SettlementMsg, QueryMsg as SettlementQuery};
use protocol::stake::{
    ExecuteMsg as StakeMsg, InstantiateMsg as StakeSetup, Payment, QueryMsg as StakeQuery, Reserves, SUPPLY,
};
use protocol::{DatanetId, Epoch, Hash32, MethodId, Seconds};

/// What `datanet` knows.
pub const DATANETS: Map<u64, Datanet> = Map::new("datanets");
pub const CONTRIBUTIONS: Map<u64, Contribution> = Map::new("contributions");
/// `MarkUsed` messages that `datanet` accepted.
pub const MARKED: Item<Vec<DatanetMsg>> = Item::new("marked");
/// `TakePositions` messages that `settlement` was sent.
pub const TAKEN: Item<Vec<SettlementMsg>> = Item::new("taken");
/// Methods that `attribution` knows: ids up to this one.
pub const METHODS: u64 = 1;
/// The epoch that `settlement` is in.
pub const EPOCH: Item<Option<Epoch>> = Item::new("epoch");
/// What a `stake` was set up with, and by whom.
pub const SETUP: Item<StakeSetup> = Item::new("setup");
pub const CREATOR: Item<Addr> = Item::new("creator");
/// What is left of its reserves.
pub const RESERVES: Item<Reserves> = Item::new("reserves");
/// What it paid for work, in order.
pub const PAID: Item<Vec<Payment>> = Item::new("paid");
/// Whether it refuses to pay.
pub const REFUSES: Item<bool> = Item::new("refuses");

pub fn datanet() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(execute_datanet, instantiate, query_datanet))
}

pub fn attribution() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(refuse, instantiate, query_attribution))
}

pub fn settlement() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(execute_settlement, instantiate, query_settlement))
}

pub fn stake() -> Box<dyn Contract<Empty>> {
    Box::new(ContractWrapper::new(execute_stake, instantiate_stake, query_stake))
}

/// Root of a snapshot.
pub fn snapshot_root(datanet: DatanetId, version: u64) -> Hash32 {
    let parts = [datanet.get(), version].map(u64::to_be_bytes);
    rules::hash::digest("test-snapshot", &[&parts[0], &parts[1]]).into()
}

fn refused<T>(why: &str) -> StdResult<T> {
    Err(StdError::generic_err(why))
}

fn instantiate(_: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
    Ok(Response::new())
}

fn refuse(_: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
    refused("the stand-in takes no messages")
}

fn execute_settlement(deps: DepsMut, _: Env, _: MessageInfo, msg: SettlementMsg) -> StdResult<Response> {
    let SettlementMsg::TakePositions { .. } = &msg else {
        return refused("the stand-in takes TakePositions");
    };
    let mut taken = TAKEN.may_load(deps.storage)?.unwrap_or_default();
    taken.push(msg);
    TAKEN.save(deps.storage, &taken)?;
    Ok(Response::new())
}

fn execute_datanet(deps: DepsMut, _: Env, _: MessageInfo, msg: DatanetMsg) -> StdResult<Response> {
    let DatanetMsg::MarkUsed { influence_share, contributions, .. } = &msg else {
        return refused("the stand-in takes MarkUsed");
    };
    for id in contributions {
        let mut contribution = CONTRIBUTIONS.load(deps.storage, id.get())?;
        let datanet = DATANETS.load(deps.storage, contribution.datanet.get())?;
        let affordable = *influence_share >= datanet.settings.min_influence_share;
        ensure!(contribution.status == Status::Accepted, StdError::generic_err("not accepted"));
        ensure!(affordable, StdError::generic_err("the influence share is too small"));
        contribution.used = true;
        CONTRIBUTIONS.save(deps.storage, id.get(), &contribution)?;
    }
    let mut marked = MARKED.may_load(deps.storage)?.unwrap_or_default();
    marked.push(msg);
    MARKED.save(deps.storage, &marked)?;
    Ok(Response::new())
}

fn query_datanet(deps: Deps, _: Env, msg: DatanetQuery) -> StdResult<Binary> {
    match msg {
        DatanetQuery::Datanet { datanet } => to_json_binary(&DATANETS.load(deps.storage, datanet.get())?),
        DatanetQuery::Contribution { contribution } => {
            to_json_binary(&CONTRIBUTIONS.load(deps.storage, contribution.get())?)
        }
        DatanetQuery::Snapshot { datanet, version } => {
            let found = DATANETS.load(deps.storage, datanet.get())?;
            ensure!(version <= found.version, StdError::not_found("snapshot"));
            to_json_binary(&Snapshot { datanet, version, root: snapshot_root(datanet, version.u64()) })
        }
        _ => refused("the stand-in answers Datanet, Contribution and Snapshot"),
    }
}

fn query_attribution(_: Deps, _: Env, msg: AttributionQuery) -> StdResult<Binary> {
    match msg {
        AttributionQuery::Method { method } if (1..=METHODS).contains(&method.get()) => {
            to_json_binary(&Method { id: method, params: params(method) })
        }
        _ => refused("the stand-in knows one method and nothing else"),
    }
}

fn params(method: MethodId) -> MethodParams {
    MethodParams {
        name: format!("method {method}"),
        spec_hash: Hash32([9; 32]),
        z_tenths: 20,
        min_effective_queries: 16,
        validation_per_round: 10_u64.into(),
        min_pool: Uint128::one(),
        bond: Uint128::new(1_000),
        missed_penalty: Uint128::new(100),
        commit_period: Seconds(100),
        reveal_period: Seconds(100),
        tolerance: 0_u64.into(),
    }
}

fn query_settlement(deps: Deps, _: Env, msg: SettlementQuery) -> StdResult<Binary> {
    match msg {
        SettlementQuery::CurrentEpoch {} => to_json_binary(&EPOCH.may_load(deps.storage)?.flatten()),
        _ => refused("the stand-in answers CurrentEpoch"),
    }
}

fn instantiate_stake(deps: DepsMut, _: Env, info: MessageInfo, msg: StakeSetup) -> StdResult<Response> {
    let units = [msg.owner_units, msg.contributors_units, msg.work_units];
    ensure!(units.into_iter().sum::<Uint128>() == Uint128::new(SUPPLY), StdError::generic_err("not the supply"));
    ensure!((3..=50).contains(&msg.name.len()), StdError::generic_err("a bad name"));
    ensure!((3..=12).contains(&msg.symbol.len()), StdError::generic_err("a bad symbol"));
    RESERVES.save(deps.storage, &Reserves { contributors: msg.contributors_units, work: msg.work_units })?;
    SETUP.save(deps.storage, &msg)?;
    CREATOR.save(deps.storage, &info.sender)?;
    Ok(Response::new().set_data(b"data of a stake"))
}

fn execute_stake(deps: DepsMut, _: Env, info: MessageInfo, msg: StakeMsg) -> StdResult<Response> {
    let StakeMsg::PayWork { payments } = msg else {
        return refused("the stand-in takes PayWork");
    };
    ensure!(info.sender == CREATOR.load(deps.storage)?, StdError::generic_err("only the model contract pays work"));
    ensure!(!REFUSES.may_load(deps.storage)?.unwrap_or(false), StdError::generic_err("told to refuse"));
    let mut reserves = RESERVES.load(deps.storage)?;
    let mut paid = PAID.may_load(deps.storage)?.unwrap_or_default();
    for payment in payments {
        deps.api.addr_validate(&payment.account)?;
        ensure!(!payment.amount.is_zero(), StdError::generic_err("a payment of nothing"));
        reserves.work = reserves.work.checked_sub(payment.amount)?;
        paid.push(payment);
    }
    RESERVES.save(deps.storage, &reserves)?;
    PAID.save(deps.storage, &paid)?;
    Ok(Response::new())
}

fn query_stake(deps: Deps, _: Env, msg: StakeQuery) -> StdResult<Binary> {
    match msg {
        StakeQuery::Reserves {} => to_json_binary(&RESERVES.load(deps.storage)?),
        _ => refused("the stand-in answers Reserves"),
    }
}
