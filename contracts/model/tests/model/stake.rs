//! The stake contract that comes with a model, and the reply that names it.

#![allow(deprecated, reason = "the simulator's replies still have the old field `data`")]

use cosmwasm_std::testing::{MockApi, MockQuerier, MockStorage, mock_dependencies, mock_env};
use cosmwasm_std::{Binary, MsgResponse, OwnedDeps, Reply, Storage as _, SubMsgResponse, SubMsgResult, Uint128};
use model::{ContractError, contract};
use protocol::Bps;
use protocol::model::{ExecuteMsg, NewStake};
use protocol::stake::InstantiateMsg;
use rules::split::SplitError;

use crate::stand_ins;
use crate::world::*;

fn with(change: impl FnOnce(&mut NewStake)) -> ExecuteMsg {
    let mut new = new_model();
    change(&mut new.stake);
    create(new)
}

fn setup(world: &World) -> InstantiateMsg {
    stand_ins::SETUP.load(&*world.app.contract_storage(&world.stake(MODEL))).unwrap()
}

#[test]
fn a_model_comes_with_a_stake_contract_of_its_own() {
    let mut world = World::with_model();
    world.run(STRANGER, create(new_model()));
    let [first, second] = [1, 2].map(|id| world.stake(protocol::ModelId(id)));
    assert_ne!(first, second);
    let expected = InstantiateMsg {
        model_id: MODEL,
        name: "digits shares".to_owned(),
        symbol: "DIGITS".to_owned(),
        open_token: text("open"),
        settlement: world.settlement.to_string(),
        owner: text(OWNER),
        owner_units: Uint128::new(500_000_000_000),
        contributors_units: Uint128::new(300_000_000_000),
        work_units: Uint128::new(200_000_000_000),
    };
    assert_eq!(setup(&world), expected);
    assert_eq!(world.commerce(None).stake, first);
}

#[test]
fn nobody_may_migrate_a_stake_contract() {
    let world = World::with_model();
    let data = world.app.contract_data(&world.stake(MODEL)).unwrap();
    assert_eq!((data.admin, data.label.as_str()), (None, "stake of model 1"));
    assert_eq!((data.creator, data.code_id), (world.contract.clone(), world.stake_code));
}

#[test]
fn the_parts_of_a_stake_add_up_to_the_supply() {
    for (owner, contributors, work) in [(10_000, 0, 0), (0, 10_000, 0), (0, 0, 10_000), (3_333, 3_334, 3_333)] {
        let mut world = World::new();
        let shares = [owner, contributors, work].map(Bps);
        world.run(OWNER, with(|stake| [stake.owner, stake.contributors, stake.work] = shares));
        let setup = setup(&world);
        let units = [setup.owner_units, setup.contributors_units, setup.work_units].map(|units| units.u128());
        assert_eq!(units, [owner, contributors, work].map(|bps| u128::from(bps) * 100_000_000));
    }
}

#[test]
fn stake_shares_above_or_below_100_percent_are_refused() {
    for (owner, sum_bps) in [(5_001, 10_001), (4_999, 9_999), (u16::MAX, 70_535)] {
        let refused = World::new().refused(OWNER, with(|stake| stake.owner = Bps(owner)));
        assert_eq!(refused, ContractError::StakeShares(SplitError::Sum { sum_bps }));
    }
}

/// `reply_always` would swallow the failure and leave a model without a stake.
#[test]
fn a_stake_that_cannot_be_created_takes_the_model_with_it() {
    let mut world = World::new();
    for (name, symbol) in [("digits shares", "D!"), ("d", "DIGITS"), ("digits shares", &"D".repeat(13))] {
        let msg = with(|stake| (stake.name, stake.symbol) = (name.to_owned(), symbol.to_owned()));
        world.refused_by_a_peer(OWNER, msg);
    }
    assert_eq!(world.models(), []);
    world.run(OWNER, create(new_model()));
    assert_eq!(world.model().id, MODEL);
}

#[test]
fn the_stake_stays_when_the_model_changes_hands() {
    let mut world = World::with_model();
    let stake = world.stake(MODEL);
    world.run(OWNER, offer("buyer"));
    world.run("buyer", accept());
    assert_eq!(world.stake(MODEL), stake);
    assert_eq!(world.commerce(None).owner, account("buyer"));
}

// Replies, which only the chain can send: the entry point is called with the contract's state.

type Deps = OwnedDeps<MockStorage, MockApi, MockQuerier>;

/// The contract's state as it is within the transaction that creates model 1.
fn while_creating() -> Deps {
    let mut world = World::with_model();
    world.tamper(|model| model.stake = None);
    copied(&world)
}

fn copied(world: &World) -> Deps {
    let mut deps = mock_dependencies();
    world.app.dump_wasm_raw(&world.contract).iter().for_each(|(key, value)| deps.storage.set(key, value));
    deps
}

fn answer(id: u64, msg_responses: Vec<Vec<u8>>) -> Reply {
    let response = |value: Vec<u8>| MsgResponse { type_url: String::new(), value: Binary::from(value) };
    let msg_responses = msg_responses.into_iter().map(response).collect();
    let result = SubMsgResult::Ok(SubMsgResponse { events: vec![], data: None, msg_responses });
    Reply { id, payload: Binary::default(), gas_used: 0, result }
}

/// The answer to an instantiation: protocol buffers with the address in field 1.
fn instantiated(address: &str) -> Vec<u8> {
    let length = u8::try_from(address.len()).unwrap();
    [&[0x0a, length], address.as_bytes()].concat()
}

fn reply(deps: &mut Deps, reply: Reply) -> Result<cosmwasm_std::Response, ContractError> {
    contract::reply(deps.as_mut(), mock_env(), reply)
}

#[test]
fn a_reply_names_the_stake_once() {
    let mut deps = while_creating();
    let stake = text("stake");
    let good = answer(1, vec![instantiated(&stake)]);
    reply(&mut deps, good.clone()).unwrap();
    assert_eq!(reply(&mut deps, good), Err(ContractError::UnexpectedReply { id: 1 }));
}

#[test]
fn a_reply_with_an_id_of_nothing_that_was_asked_is_refused() {
    let stake = instantiated(&text("stake"));
    let mut deps = while_creating();
    for id in [0, 2, u64::MAX] {
        assert_eq!(reply(&mut deps, answer(id, vec![stake.clone()])), Err(ContractError::UnexpectedReply { id }));
    }
    let mut deps = copied(&World::with_model());
    assert_eq!(reply(&mut deps, answer(1, vec![stake])), Err(ContractError::UnexpectedReply { id: 1 }));
}

/// No unwrap in entry points: whatever the answer is, it is an error and no panic.
#[test]
fn a_reply_without_a_valid_address_is_refused() {
    let mut deps = while_creating();
    assert_eq!(reply(&mut deps, answer(1, vec![])), Err(ContractError::UnexpectedReply { id: 1 }));
    for garbage in [vec![0x0a, 200], vec![0x0a], vec![0xff; 40], vec![0x0a, 1, 0xff]] {
        let refused = reply(&mut deps, answer(1, vec![garbage]));
        assert!(matches!(refused, Err(ContractError::StakeReply(_))), "{refused:?}");
    }
    for address in ["", "nothing!"] {
        let refused = reply(&mut deps, answer(1, vec![instantiated(address)]));
        assert!(matches!(refused, Err(ContractError::Std(_))), "{refused:?}");
    }
    let failed = Reply { result: SubMsgResult::Err("out of gas".to_owned()), ..answer(1, vec![]) };
    let reason = "out of gas".to_owned();
    assert_eq!(reply(&mut deps, failed), Err(ContractError::StakeNotCreated { reason }));
}

#[test]
fn a_model_without_a_stake_sells_nothing_and_registers_nothing() {
    let mut world = World::with_used(1);
    let manifest = world.manifest(1);
    world.tamper(|model| model.stake = None);
    let expected = ContractError::NoStake { model: MODEL };
    world.assert_query_refused(protocol::model::QueryMsg::Commerce { model: MODEL, epoch: None }, &expected);
    assert_eq!(world.refused(OWNER, register(manifest)), expected);
}
