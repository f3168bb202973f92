//! A proposal that nobody executes in time is dead: an old announcement cannot be taken out of a drawer.

use protocol::Seconds;
use protocol::timelock::ProposalState;
use timelock::ContractError;

use crate::world::{DELAY, FIRST, MIN_BLOCKS, PERIOD, START, World};

fn proposed() -> World {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}")]).unwrap();
    world
}

#[test]
fn it_is_executable_in_its_last_second_and_expired_in_the_next() {
    let mut world = proposed();
    world.pass(DELAY + PERIOD - 1, 2 * MIN_BLOCKS);
    assert_eq!(world.proposals()[0].state, ProposalState::Executable);
    world.pass(1, 0);
    assert_eq!(world.proposals()[0].state, ProposalState::Expired);
    let expires_at = Seconds(START + DELAY + PERIOD);
    assert_eq!(world.run(FIRST).unwrap_err(), ContractError::ProposalExpired { proposal: FIRST, expires_at });
    assert!(world.migrations(&world.target).is_empty());
}

#[test]
fn a_chain_that_halted_past_the_expiry_still_has_blocks_to_execute_in() {
    let mut world = proposed();
    world.pass(100 * PERIOD, MIN_BLOCKS);
    assert_eq!(world.proposals()[0].state, ProposalState::Executable);
    world.pass(1, MIN_BLOCKS - 1);
    world.run(FIRST).unwrap();
}

#[test]
fn after_such_a_halt_it_expires_with_its_blocks() {
    let mut world = proposed();
    world.pass(100 * PERIOD, 2 * MIN_BLOCKS);
    assert!(matches!(world.run(FIRST), Err(ContractError::ProposalExpired { .. })));
}

#[test]
fn an_expired_proposal_can_be_cancelled_and_made_again() {
    let mut world = proposed();
    world.pass(DELAY + PERIOD, 2 * MIN_BLOCKS);
    world.cancel("proposer", FIRST).unwrap();
    assert_eq!(world.proposals()[0].state, ProposalState::Cancelled);
    world.propose(vec![world.migrate("{}")]).unwrap();
    world.wait();
    world.run(protocol::ProposalId(2)).unwrap();
}
