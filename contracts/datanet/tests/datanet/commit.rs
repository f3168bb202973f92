//! Committing with a bond.

use cosmwasm_std::{Uint128, to_json_binary};
use cw_multi_test::Executor;
use cw20::{Cw20ExecuteMsg, Cw20ReceiveMsg};
use datanet::ContractError;
use protocol::datanet::{Admission, ExecuteMsg, NewDatanet, ReceiveMsg, Status};
use protocol::{ContributionId, DatanetId, Hash32};

use crate::deploy::deploy_token;
use crate::world::{BOND, FUNDS, World, items, settings};

const COMMITMENT: Hash32 = Hash32([1; 32]);

#[test]
fn a_commit_takes_the_bond_and_stands_in_order() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let first = world.commit("ann", datanet, &items(0..2)).unwrap();
    world.pass(3, 1);
    let second = world.commit("ben", datanet, &items(2..4)).unwrap();
    assert_eq!((first, second), (ContributionId(1), ContributionId(2)));

    let contribution = world.contribution(second);
    assert_eq!(contribution.status, Status::Committed);
    assert_eq!(contribution.contributor, world.account("ben"));
    assert_eq!(contribution.bond.u128(), BOND);
    assert_eq!(contribution.committed_at.get(), world.now());
    assert_eq!(contribution.committed_height.u64(), world.app.block_info().height);
    assert_eq!(world.balance_of("ben"), FUNDS - BOND);
    assert_eq!(world.config().bonds_held.u128(), 2 * BOND);
}

#[test]
fn anything_but_the_exact_bond_is_refused() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let msg = to_json_binary(&ReceiveMsg::Commit { datanet, commitment: COMMITMENT }).unwrap();
    for sent in [BOND - 1, BOND + 1] {
        let refused = world.send("ann", sent, msg.clone()).unwrap_err();
        assert_eq!(refused, ContractError::WrongBond { datanet, bond: BOND.into(), sent: sent.into() });
    }
    assert_eq!(world.send("ann", 0, msg).unwrap_err(), ContractError::ZeroAmount);
    assert_eq!(world.balance_of("ann"), FUNDS);
}

#[test]
fn another_token_is_refused_whatever_it_says() {
    let mut world = World::new();
    let datanet = world.open_datanet();
    let strange = deploy_token(&mut world.app);
    let msg = to_json_binary(&ReceiveMsg::Commit { datanet, commitment: COMMITMENT }).unwrap();
    let send = Cw20ExecuteMsg::Send { contract: world.datanet.to_string(), amount: BOND.into(), msg: msg.clone() };
    let error = world.app.execute_contract(world.account("ann"), strange.clone(), &send, &[]).unwrap_err();
    let refused = error.downcast::<ContractError>().unwrap();
    assert_eq!(refused, ContractError::StrangeToken { sender: strange.into_string() });

    // An account that plays the token.
    let sender = world.account("ann").into_string();
    let sent = Cw20ReceiveMsg { sender: sender.clone(), amount: BOND.into(), msg };
    let refused = world.execute("ann", ExecuteMsg::Receive(sent)).unwrap_err();
    assert_eq!(refused, ContractError::StrangeToken { sender });
}

#[test]
fn open_without_a_known_message_is_refused() {
    let mut world = World::new();
    let refused = world.send("ann", BOND, b"{\"gift\":{}}".into()).unwrap_err();
    assert!(matches!(refused, ContractError::UnknownHook { .. }), "{refused}");
    assert_eq!(world.balance_of("ann"), FUNDS);
}

#[test]
fn a_commit_names_a_datanet_that_exists() {
    let mut world = World::new();
    let refused = world.commit("ann", DatanetId(1), &items(0..1)).unwrap_err();
    assert_eq!(refused, ContractError::UnknownDatanet { datanet: DatanetId(1) });
}

#[test]
fn only_listed_accounts_commit_to_an_allowlist() {
    let mut world = World::new();
    let accounts = world.accounts(&["ann"]);
    let datanet = world.create(settings(Admission::Allowlist { accounts })).unwrap();
    let refused = world.commit("ben", datanet, &items(0..1)).unwrap_err();
    let contributor = world.account("ben").into_string();
    assert_eq!(refused, ContractError::NotListed { datanet, contributor });
    let accepted = world.contribute("ann", datanet, &items(0..1));
    assert_eq!(world.contribution(accepted).status, Status::Accepted);
}

#[test]
fn a_contribution_that_could_never_be_accepted_is_refused_with_its_bond() {
    let mut world = World::new();
    let reviewers = world.accounts(&["rev1", "rev2"]);
    let datanet = world.create(settings(Admission::Reviewed { reviewers, threshold: 2 })).unwrap();
    let refused = world.commit("rev1", datanet, &items(0..1)).unwrap_err();
    assert_eq!(refused, ContractError::TooFewReviewers { datanet, threshold: 2, eligible: 1 });
    world.commit("ann", datanet, &items(0..1)).unwrap();
}

#[test]
fn commits_a_day_are_limited_per_account_and_datanet() {
    let mut world = World::new();
    let limited = NewDatanet { commits_per_day: 2, bond: Uint128::new(1), ..settings(Admission::Open {}) };
    let datanet = world.create(limited.clone()).unwrap();
    let other = world.create(limited).unwrap();
    let next_day = (world.now() / 86_400 + 1) * 86_400;
    // Up to the last second of the day.
    let rest = next_day - world.now() - 1;
    world.commit_hash("ann", datanet, COMMITMENT).unwrap();
    world.pass(rest, 1);
    world.commit_hash("ann", datanet, COMMITMENT).unwrap();
    let refused = world.commit_hash("ann", datanet, COMMITMENT).unwrap_err();
    assert_eq!(refused, ContractError::DailyLimit { datanet, limit: 2, next_day });
    world.commit_hash("ben", datanet, COMMITMENT).unwrap();
    world.commit_hash("ann", other, COMMITMENT).unwrap();

    world.pass(1, 1);
    for _ in 0..2 {
        world.commit_hash("ann", datanet, COMMITMENT).unwrap();
    }
    let refused = world.commit_hash("ann", datanet, COMMITMENT).unwrap_err();
    assert_eq!(refused, ContractError::DailyLimit { datanet, limit: 2, next_day: next_day + 86_400 });
}
