//! Each kind of change, as the chain then sees it.

use protocol::Seconds;
use protocol::timelock::{Change, Config, ExecuteMsg, QueryMsg};

use crate::world::{DELAY, FIRST, World};

fn make(world: &mut World, changes: Vec<Change>) {
    let proposal = world.propose(changes).map(|_| world.proposals().last().unwrap().id).unwrap();
    world.wait();
    world.run(proposal).unwrap();
}

#[test]
fn an_admin_is_handed_over() {
    let mut world = World::new();
    let council = world.account("council");
    let change = Change::SetAdmin { contract: world.target.to_string(), to: council.to_string() };
    make(&mut world, vec![change.clone()]);
    assert_eq!(world.admin(&world.target), Some(council));
    world.propose(vec![change]).unwrap();
    world.wait();
    // It is the admin no more.
    let again = ExecuteMsg::Execute { proposal: protocol::ProposalId(2) };
    world.try_execute("stranger", &again).unwrap_err();
}

#[test]
fn an_admin_is_cleared_for_good() {
    let mut world = World::new();
    let change = Change::ClearAdmin { contract: world.target.to_string() };
    make(&mut world, vec![change]);
    assert_eq!(world.admin(&world.target), None);
    world.propose(vec![world.migrate("{}")]).unwrap();
    world.wait();
    world.try_execute("stranger", &ExecuteMsg::Execute { proposal: protocol::ProposalId(2) }).unwrap_err();
}

#[test]
fn the_timelock_migrates_itself() {
    let mut world = World::new();
    let own = world.timelock.clone();
    let mut storage = world.app.contract_storage_mut(&own);
    cw2::set_contract_version(&mut *storage, timelock::contract::CONTRACT_NAME, "0.0.1").unwrap();
    drop(storage);
    let change =
        Change::Migrate { contract: own.to_string(), code_id: world.own_code.into(), msg: b"{}".as_slice().into() };
    let after = world.migrate("{}");
    make(&mut world, vec![change, after]);
    let version = cw2::query_contract_info(&world.app.wrap(), &own).unwrap();
    assert_eq!(version.version, timelock::contract::CONTRACT_VERSION);
    assert_eq!(world.migrations(&world.target).len(), 1);
    assert_eq!(world.proposals()[0].id, FIRST);
}

#[test]
fn a_new_delay_is_for_later_proposals() {
    let mut world = World::new();
    let shorter = Seconds(10);
    world.propose(vec![Change::SetDelay { delay: shorter }]).unwrap();
    world.propose(vec![world.migrate("{}")]).unwrap();
    let before = world.proposals()[1].clone();
    world.wait();
    world.run(FIRST).unwrap();
    assert_eq!(world.query::<Config>(&QueryMsg::Config {}).delay, shorter);
    assert_eq!(world.proposals()[1].executable_at, before.executable_at);
    let now = world.app.block_info().time.seconds();
    world.propose(vec![world.migrate("{}")]).unwrap();
    assert_eq!(world.proposals()[2].executable_at, Seconds(now + shorter.get()));
}

#[test]
fn of_two_new_delays_the_last_one_counts() {
    let mut world = World::new();
    let delays = [7, DELAY * 2].map(|seconds| Change::SetDelay { delay: Seconds(seconds) });
    make(&mut world, delays.to_vec());
    assert_eq!(world.query::<Config>(&QueryMsg::Config {}).delay, Seconds(DELAY * 2));
}
