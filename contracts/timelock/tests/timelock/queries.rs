//! What can be asked.

use cosmwasm_std::{Addr, Uint64};
use cw_ownable::Ownership;
use protocol::timelock::{Proposal, ProposalState, QueryMsg};
use protocol::{Page, ProposalId};

use crate::world::{FIRST, World};

#[test]
fn a_proposal_is_shown_as_it_stands_in_the_block_that_is_asked() {
    let mut world = World::new();
    world.propose(vec![world.migrate("{}")]).unwrap();
    let state = |world: &World| world.query::<Proposal>(&QueryMsg::Proposal { proposal: FIRST }).state;
    assert_eq!(state(&world), ProposalState::Waiting);
    world.wait();
    assert_eq!(state(&world), ProposalState::Executable);
    world.run(FIRST).unwrap();
    assert_eq!(state(&world), ProposalState::Executed);
}

#[test]
fn proposals_are_listed_in_pages() {
    let mut world = World::new();
    for _ in 0..4 {
        world.propose(vec![world.migrate("{}")]).unwrap();
    }
    let page = Page { start_after: Some(Uint64::one()), limit: Some(2) };
    let found: Vec<Proposal> = world.query(&QueryMsg::Proposals { page });
    assert_eq!(found.iter().map(|proposal| proposal.id.get()).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(world.proposals().len(), 4);
}

#[test]
fn what_does_not_exist_is_refused_in_words() {
    let world = World::new();
    let query = QueryMsg::Proposal { proposal: ProposalId(u64::MAX) };
    let error = world.app.wrap().query_wasm_smart::<Proposal>(&world.timelock, &query).unwrap_err();
    assert!(error.to_string().contains("query the proposals for ids"), "{error}");
    let page = Page { start_after: Some(Uint64::MAX), limit: Some(u32::MAX) };
    assert!(world.query::<Vec<Proposal>>(&QueryMsg::Proposals { page }).is_empty());
    let ownership: Ownership<Addr> = world.query(&QueryMsg::Ownership {});
    assert_eq!(ownership.owner, Some(world.account("proposer")));
}
