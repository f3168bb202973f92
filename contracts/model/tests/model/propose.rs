//! `ProposeValidation`.

use cosmwasm_std::Uint64;
use model::ContractError;
use protocol::event::ModelEvent;
use protocol::model::{Curatorship, ExecuteMsg, ValidationProposal};

use crate::world::*;

#[test]
fn a_proposal_waits_for_both_approvals() {
    let mut world = World::with_used(1);
    let events = world.run(OWNER, propose(hash(1), 120));
    assert_eq!(events, [ModelEvent::ValidationProposed { model: MODEL, root: hash(1), count: 120 }]);
    let expected = ValidationProposal {
        root: hash(1),
        count: Uint64::new(120),
        uri: "ipfs://examples".to_owned(),
        model_curator: None,
        datanet_curator: None,
    };
    assert_eq!(world.model().validation.proposal, Some(expected));
    assert_eq!(world.model().validation.approved, Uint64::zero());
}

#[test]
fn only_the_owner_proposes() {
    let expected = ContractError::NotModelOwner { model: MODEL, owner: account(OWNER) };
    assert_eq!(World::with_model().refused(CURATOR, propose(hash(1), 1)), expected);
}

#[test]
fn a_proposal_holds_1_to_1000000_examples() {
    let mut world = World::with_model();
    for count in [0, 1_000_001, u64::MAX] {
        let expected = ContractError::ExampleCount { count: Uint64::new(count) };
        assert_eq!(world.refused(OWNER, propose(hash(1), count)), expected);
    }
    for count in [1, 1_000_000] {
        world.run(OWNER, propose(hash(1), count));
    }
}

#[test]
fn a_long_uri_is_refused() {
    let propose = |length| ExecuteMsg::ProposeValidation {
        model: MODEL,
        root: hash(1),
        count: Uint64::one(),
        uri: "u".repeat(length),
    };
    let mut world = World::with_model();
    assert_eq!(world.refused(OWNER, propose(513)), ContractError::UriLength { length: 513 });
    world.run(OWNER, propose(512));
}

#[test]
fn a_new_proposal_voids_the_approvals_of_the_last() {
    let mut world = World::with_used(1);
    world.run(OWNER, propose(hash(1), 10));
    world.run(CURATOR, approve(hash(1), Curatorship::Model {}));
    world.run(OWNER, propose(hash(1), 20));
    let proposal = world.model().validation.proposal.unwrap();
    assert_eq!((proposal.count, proposal.model_curator), (Uint64::new(20), None));
    world.run(KEEPER, approve(hash(1), for_datanet(1)));
    assert_eq!(world.model().validation.extensions, 0);
}

#[test]
fn examples_are_never_reused() {
    let mut world = World::with_pool(10);
    world.extend_pool(hash(2), 10);
    for root in [hash(1), hash(2)] {
        assert_eq!(world.refused(OWNER, propose(root, 5)), ContractError::ExamplesReused { root });
    }
}

#[test]
fn examples_of_one_model_are_free_for_another() {
    let mut world = World::with_pool(10);
    world.run(STRANGER, create(new_model()));
    let msg = ExecuteMsg::ProposeValidation {
        model: protocol::ModelId(2),
        root: hash(1),
        count: Uint64::one(),
        uri: String::new(),
    };
    world.run(STRANGER, msg);
}
