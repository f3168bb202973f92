//! Taking an announcement back.

use protocol::timelock::ProposalState;
use timelock::ContractError;

use crate::world::{FIRST, World, attributes};

#[test]
fn the_proposer_takes_a_proposal_back_until_it_is_executed() {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}")]).unwrap();
    world.wait();
    let response = world.cancel("proposer", FIRST).unwrap();
    assert_eq!(attributes(&response, "proposal_cancelled", "proposal"), ["1"]);
    let cancelled = ContractError::ProposalClosed { proposal: FIRST, done: "cancelled" };
    assert_eq!(world.run(FIRST).unwrap_err(), cancelled);
    assert_eq!(world.cancel("proposer", FIRST).unwrap_err(), cancelled);
    assert_eq!(world.proposals()[0].state, ProposalState::Cancelled);
    assert!(world.migrations(&world.target).is_empty());
}

#[test]
fn cancelling_one_proposal_leaves_the_others() {
    let mut world = World::new();
    for _ in 0..2 {
        world.propose(vec![world.migrate("{}")]).unwrap();
    }
    world.cancel("proposer", FIRST).unwrap();
    world.wait();
    world.run(protocol::ProposalId(2)).unwrap();
}
