//! Stand-ins for `model` and `settlement`: they answer what tests put into them and record what they are told.

use cosmwasm_std::{
    Addr, Binary, Deps, DepsMut, Empty, Env, MessageInfo, Response, StdError, StdResult, Uint64, Uint128, from_json,
    to_json_binary,
};
use cw_multi_test::{App, ContractWrapper, Executor};
use cw_storage_plus::{Item, Map};
use cw20::Cw20ReceiveMsg;
use protocol::model::{self, Model, ModelKind, Terms, ValidationPool};
use protocol::settlement::{self, ContributionUpdate, Standing};
use protocol::{Bps, ContributionId, Hash32, MethodId, ModelId};

/// Models 1 to this one exist.
pub const MODELS: u64 = 20;

/// What `settlement` was told.
const UPDATES: Item<Vec<ContributionUpdate>> = Item::new("updates");
/// Debts that arrived: model, position, amount.
const DEBTS: Item<Vec<(ModelId, u32, Uint128)>> = Item::new("debts");
/// Whether OPEN is refused.
const DEAF: Item<bool> = Item::new("deaf");
/// By model and position.
const STANDINGS: Map<(u64, u32), Standing> = Map::new("standings");
/// By model and contribution.
const POSITIONS: Map<(u64, u64), u32> = Map::new("positions");

/// An account that no round has touched.
pub fn untouched() -> Standing {
    Standing { proved_debt: Uint64::zero(), rounds_with_debt: 0, rounds_without_debt: 0, retired: false }
}

/// An account with proved debt, in uopen, after this many settled rounds in a row with it.
pub fn in_debt(debt: u64, rounds: u8) -> Standing {
    Standing { proved_debt: debt.into(), rounds_with_debt: rounds, ..untouched() }
}

/// An account after this many settled rounds in a row without proved debt.
pub fn clean(rounds: u8) -> Standing {
    Standing { rounds_without_debt: rounds, ..untouched() }
}

pub fn deploy_model(app: &mut App) -> Addr {
    fn execute(_: DepsMut, _: Env, _: MessageInfo, msg: model::ExecuteMsg) -> StdResult<Response> {
        panic!("datanet never sends {msg:?}")
    }
    fn query(deps: Deps, _: Env, msg: model::QueryMsg) -> StdResult<Binary> {
        match msg {
            model::QueryMsg::Model { model } if (1..=MODELS).contains(&model.get()) => {
                to_json_binary(&some_model(model))
            }
            model::QueryMsg::Model { model } => Err(StdError::generic_err(format!("there is no model {model}"))),
            model::QueryMsg::PositionOf { model, contribution } => {
                to_json_binary(&POSITIONS.may_load(deps.storage, (model.get(), contribution.get()))?)
            }
            other => panic!("datanet never asks {other:?}"),
        }
    }
    let code = app.store_code(Box::new(ContractWrapper::new(execute, instantiate, query)));
    let sender = app.api().addr_make("governance");
    app.instantiate_contract(code, sender, &Empty {}, &[], "model", None).unwrap()
}

fn instantiate(_: DepsMut, _: Env, _: MessageInfo, _: Empty) -> StdResult<Response> {
    Ok(Response::new())
}

fn some_model(id: ModelId) -> Model {
    let account = Addr::unchecked("somebody");
    Model {
        id,
        owner: account.clone(),
        offered_to: None,
        name: "a model".to_owned(),
        kind: ModelKind::Base,
        parents: vec![],
        depth: 1,
        stake: None,
        terms: Terms {
            owner: Bps(4_000),
            stake: Bps(0),
            influence: Bps(6_000),
            parents: Bps(0),
            release_rate: Bps(5_000),
            cap: Uint128::new(1_000_000),
        },
        withdrawn: 0,
        gateway: account,
        method: MethodId(1),
        curators: vec![],
        positions: 0,
        versions: 0,
        versions_hash: Hash32::default(),
        price_sheet: 1,
        validation: ValidationPool {
            root: Hash32::default(),
            approved: Uint64::zero(),
            extensions: 0,
            cursor: Uint64::zero(),
            proposal: None,
        },
        corrections: None,
    }
}

pub fn deploy_settlement(app: &mut App) -> Addr {
    fn execute(deps: DepsMut, _: Env, _: MessageInfo, msg: settlement::ExecuteMsg) -> StdResult<Response> {
        match msg {
            settlement::ExecuteMsg::SyncContributions { updates } => {
                let all = UPDATES.may_load(deps.storage)?.unwrap_or_default();
                UPDATES.save(deps.storage, &[all, updates].concat())?;
            }
            settlement::ExecuteMsg::Receive(sent) => receive(deps, sent)?,
            other => panic!("datanet never sends {other:?}"),
        }
        Ok(Response::new())
    }
    fn query(deps: Deps, _: Env, msg: settlement::QueryMsg) -> StdResult<Binary> {
        let settlement::QueryMsg::Standing { model, position } = msg else { panic!("datanet never asks {msg:?}") };
        let standing = STANDINGS.may_load(deps.storage, (model.get(), position))?;
        to_json_binary(&standing.unwrap_or(untouched()))
    }
    let code = app.store_code(Box::new(ContractWrapper::new(execute, instantiate, query)));
    let sender = app.api().addr_make("governance");
    app.instantiate_contract(code, sender, &Empty {}, &[], "settlement", None).unwrap()
}

/// Takes OPEN; a debt that arrives is credited, and one that nobody owes refused.
fn receive(deps: DepsMut, sent: Cw20ReceiveMsg) -> StdResult<()> {
    if DEAF.exists(deps.storage) {
        return Err(StdError::generic_err("no OPEN is taken"));
    }
    let settlement::ReceiveMsg::Debt { model, position } = from_json(&sent.msg)? else {
        assert_eq!(from_json::<settlement::ReceiveMsg>(&sent.msg)?, settlement::ReceiveMsg::Treasury {});
        return Ok(());
    };
    let mut standing = STANDINGS.load(deps.storage, (model.get(), position))?;
    let paid: u64 = sent.amount.u128().try_into().map_err(|_| StdError::generic_err("more than any debt"))?;
    standing.proved_debt = standing.proved_debt.checked_sub(paid.into())?;
    STANDINGS.save(deps.storage, (model.get(), position), &standing)?;
    let mut debts = DEBTS.may_load(deps.storage)?.unwrap_or_default();
    debts.push((model, position, sent.amount));
    DEBTS.save(deps.storage, &debts)
}

/// From now on no OPEN is taken.
pub fn deafen(app: &mut App, settlement: &Addr) {
    DEAF.save(&mut *app.contract_storage_mut(settlement), &true).unwrap();
}

pub fn synced(app: &App, settlement: &Addr) -> Vec<ContributionUpdate> {
    UPDATES.may_load(&*app.contract_storage(settlement)).unwrap().unwrap_or_default()
}

pub fn debts_received(app: &App, settlement: &Addr) -> Vec<(ModelId, u32, Uint128)> {
    DEBTS.may_load(&*app.contract_storage(settlement)).unwrap().unwrap_or_default()
}

pub fn set_standing(app: &mut App, settlement: &Addr, (model, position): (ModelId, u32), standing: Standing) {
    STANDINGS.save(&mut *app.contract_storage_mut(settlement), (model.get(), position), &standing).unwrap();
}

pub fn set_position(app: &mut App, model_contract: &Addr, model: ModelId, contribution: ContributionId, position: u32) {
    let key = (model.get(), contribution.get());
    POSITIONS.save(&mut *app.contract_storage_mut(model_contract), key, &position).unwrap();
}
