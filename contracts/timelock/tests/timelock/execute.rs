//! Making announced changes: by anyone, after the delay, once, and all or none.

use protocol::timelock::{Change, ExecuteMsg, ProposalState};
use protocol::{ProposalId, Seconds};
use timelock::ContractError;

use crate::stand_in::REFUSED;
use crate::world::{DELAY, FIRST, MIN_BLOCKS, START, START_HEIGHT, World, attributes};

#[test]
fn an_announced_migration_is_made_by_anyone_after_the_delay() {
    let mut world = World::new();
    world.propose(vec![world.migrate(r#"{"to":"two"}"#)]).unwrap();
    world.wait();
    let response = world.run(FIRST).unwrap();
    assert_eq!(attributes(&response, "proposal_executed", "by"), [world.account("stranger").to_string()]);
    assert_eq!(world.migrations(&world.target), [r#"{"to":"two"}"#]);
    assert_eq!(world.proposals()[0].state, ProposalState::Executed);
}

#[test]
fn the_delay_ends_with_its_last_second_and_its_last_block() {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}")]).unwrap();
    let (executable_at, height) = (Seconds(START + DELAY), START_HEIGHT + MIN_BLOCKS);
    let not_due = ContractError::ProposalNotDue { proposal: FIRST, executable_at, height };
    assert_eq!(world.run(FIRST).unwrap_err(), not_due);
    world.pass(DELAY - 1, MIN_BLOCKS);
    assert_eq!(world.run(FIRST).unwrap_err(), not_due);
    world.pass(1, 0);
    world.run(FIRST).unwrap();
}

#[test]
fn a_halted_chain_does_not_shorten_the_delay() {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}")]).unwrap();
    world.pass(DELAY * 100, MIN_BLOCKS - 1);
    assert!(matches!(world.run(FIRST), Err(ContractError::ProposalNotDue { .. })));
    world.pass(1, 1);
    world.run(FIRST).unwrap();
}

#[test]
fn a_proposal_is_executed_once() {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}")]).unwrap();
    world.wait();
    world.run(FIRST).unwrap();
    let executed = ContractError::ProposalClosed { proposal: FIRST, done: "executed" };
    assert_eq!(world.run(FIRST).unwrap_err(), executed);
    assert_eq!(world.cancel("proposer", FIRST).unwrap_err(), executed);
    assert_eq!(world.migrations(&world.target).len(), 1);
}

#[test]
fn changes_are_made_in_their_order() {
    let mut world = World::new();
    world.propose([1, 2, 3].map(|step| world.migrate(&format!(r#"{{"step":{step}}}"#))).to_vec()).unwrap();
    world.wait();
    world.run(FIRST).unwrap();
    assert_eq!(world.migrations(&world.target), [1, 2, 3].map(|step| format!(r#"{{"step":{step}}}"#)));
}

#[test]
fn if_one_change_fails_none_is_made_and_the_proposal_stays_executable() {
    let mut world = World::new();
    let changes = vec![world.migrate("{}"), Change::SetDelay { delay: Seconds(7) }, world.migrate(REFUSED)];
    world.propose(changes).unwrap();
    world.wait();
    let error = world.try_execute("stranger", &ExecuteMsg::Execute { proposal: FIRST }).unwrap_err();
    assert!(format!("{error:#}").contains("told to refuse"), "{error:#}");
    assert!(world.migrations(&world.target).is_empty());
    assert_eq!(world.proposals()[0].state, ProposalState::Executable);
    assert_eq!(
        world.query::<protocol::timelock::Config>(&protocol::timelock::QueryMsg::Config {}).delay,
        Seconds(DELAY)
    );
}

#[test]
fn what_the_timelock_is_not_the_admin_of_it_cannot_change() {
    let mut world = World::new();
    world.target = world.stand_in(None);
    world.propose(vec![world.migrate("{}")]).unwrap();
    world.wait();
    world.try_execute("stranger", &ExecuteMsg::Execute { proposal: FIRST }).unwrap_err();
    assert!(world.migrations(&world.target).is_empty());
}

#[test]
fn unknown_proposals_are_named() {
    let mut world = World::new();
    for id in [0, 1, u64::MAX] {
        let proposal = ProposalId(id);
        assert_eq!(world.run(proposal).unwrap_err(), ContractError::UnknownProposal { proposal });
        assert_eq!(world.cancel("proposer", proposal).unwrap_err(), ContractError::UnknownProposal { proposal });
    }
}
