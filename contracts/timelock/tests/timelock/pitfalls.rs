//! One test for each pitfall of CosmWasm audits that this contract could fall into.
//!
//! Those shown elsewhere: unexpected native coins, migration without name and version check (`door`), overlapping phases
//! (`execute`, `expiry`), a failed change that is swallowed (`execute`). It holds no money, hashes nothing and verifies no signature.

use std::collections::BTreeSet;

use cosmwasm_std::testing::{message_info, mock_dependencies, mock_env};
use cosmwasm_std::{Timestamp, coins};
use protocol::Seconds;
use protocol::timelock::{Change, ExecuteMsg, MAX_DELAY};
use timelock::ContractError;
use timelock::contract::{execute, instantiate};

use crate::world::{FIRST, World};

#[test]
fn unchecked_arithmetic_times_and_heights_at_the_end_of_their_range_are_named_errors() {
    let world = World::bare();
    let mut deps = mock_dependencies();
    let proposer = message_info(&deps.api.addr_make("proposer"), &[]);
    let mut msg = world.instantiate_msg();
    msg.proposer = proposer.sender.to_string();
    msg.delay = MAX_DELAY;
    instantiate(deps.as_mut(), mock_env(), proposer.clone(), msg).unwrap();
    let (mut late, mut high) = (mock_env(), mock_env());
    late.block.time = Timestamp::from_seconds(u64::MAX / 1_000_000_000);
    high.block.height = u64::MAX;
    let propose = ExecuteMsg::Propose { changes: vec![Change::SetDelay { delay: Seconds(1) }], reason: String::new() };
    // Block times end long before 64 bits of seconds do.
    execute(deps.as_mut(), late, proposer.clone(), propose.clone()).unwrap();
    let error = execute(deps.as_mut(), high, proposer, propose).unwrap_err();
    assert!(matches!(error, ContractError::Overflow(_)), "{error}");
}

#[test]
fn unchecked_arithmetic_ids_end_instead_of_wrapping() {
    let mut world = World::new();
    let own = world.timelock.clone();
    world.app.contract_storage_mut(&own).set(b"proposal_count", u64::MAX.to_string().as_bytes());
    let error = world.propose(vec![world.migrate("{}")]).unwrap_err();
    assert!(matches!(error, ContractError::Overflow(_)), "{error}");
    assert!(world.proposals().is_empty());
}

#[test]
fn storage_keys_do_not_collide() {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}")]).unwrap();
    let keys = world.app.dump_wasm_raw(&world.timelock).into_iter().map(|(key, _)| key);
    let prefixes: BTreeSet<Vec<u8>> = keys.collect();
    // The names of items, and the length-prefixed name of the map: none is the beginning of another.
    assert_eq!(prefixes.len(), 5);
    for one in &prefixes {
        let beginnings = prefixes.iter().filter(|other| other.starts_with(one)).count();
        assert_eq!(beginnings, 1, "{}", String::from_utf8_lossy(one));
    }
}

#[test]
fn duplicate_changes_are_made_as_often_as_they_were_announced() {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}"), world.migrate("{}")]).unwrap();
    world.wait();
    world.run(FIRST).unwrap();
    assert_eq!(world.migrations(&world.target).len(), 2);
}

#[test]
fn accounting_from_raw_balances_coins_sent_to_it_change_nothing() {
    let mut world = World::new();
    let own = world.timelock.clone();
    world.app.init_modules(|router, _, storage| router.bank.init_balance(storage, &own, coins(9, "stake")).unwrap());
    world.propose(vec![world.migrate("{}")]).unwrap();
    world.wait();
    world.run(FIRST).unwrap();
    assert_eq!(world.migrations(&world.target).len(), 1);
}

#[test]
fn reentrancy_a_proposal_is_closed_before_its_changes_are_made() {
    let mut world = World::new();
    world.propose(vec![world.migrate(&format!(r#"{{"execute":"{}"}}"#, world.timelock))]).unwrap();
    world.wait();
    let error = world.try_execute("stranger", &ExecuteMsg::Execute { proposal: FIRST }).unwrap_err();
    let closed = ContractError::ProposalClosed { proposal: FIRST, done: "executed" };
    assert_eq!(error.downcast::<ContractError>().unwrap(), closed);
    assert!(world.migrations(&world.target).is_empty());
}
