//! `ApproveValidation`.

use cosmwasm_std::Uint64;
use model::{ContractError, digest::fold_validation};
use protocol::event::ModelEvent;
use protocol::model::{Curatorship, ExecuteMsg, NewModel, QueryMsg, ValidationExtension};
use protocol::{Bps, ContributionId, DatanetId, Hash32, ModelId, Page, Seconds};

use crate::world::*;

const AS_MODEL: Curatorship = Curatorship::Model {};

/// A model that uses one contribution, with an open proposal of 10 examples under `hash(1)`.
fn proposed() -> World {
    let mut world = World::with_used(1);
    world.run(OWNER, propose(hash(1), 10));
    world
}

#[test]
fn the_second_approval_extends_the_pool_at_its_time() {
    let mut world = proposed();
    let approved = |curator| ModelEvent::ValidationApproved { model: MODEL, root: hash(1), curator: text(curator) };
    assert_eq!(world.run(CURATOR, approve(hash(1), AS_MODEL)), [approved(CURATOR)]);
    assert_eq!(world.model().validation.approved, Uint64::zero());
    world.pass_time(500);
    let now = world.time();
    let events = world.run(KEEPER, approve(hash(1), for_datanet(1)));
    let extended = ModelEvent::ValidationExtended { model: MODEL, extension: 1, root: hash(1), approved: 10 };
    assert_eq!(events, [approved(KEEPER), extended]);

    let page = Page::default();
    let extensions: Vec<ValidationExtension> = world.query(QueryMsg::ValidationExtensions { model: MODEL, page });
    let expected = ValidationExtension {
        number: 1,
        root: hash(1),
        first: Uint64::zero(),
        count: Uint64::new(10),
        uri: "ipfs://examples".to_owned(),
        approved_at: Seconds(now),
    };
    assert_eq!(extensions, [expected]);
    assert_eq!(world.model().validation.proposal, None);
}

#[test]
fn the_approvals_may_come_in_either_order() {
    let mut world = proposed();
    world.run(KEEPER, approve(hash(1), for_datanet(1)));
    world.run(CURATOR, approve(hash(1), AS_MODEL));
    assert_eq!(world.model().validation.approved, Uint64::new(10));
}

#[test]
fn the_pool_is_ordered_and_its_root_folds_every_extension() {
    let mut world = World::with_used(1);
    let mut expected = Hash32::default();
    for (byte, count) in [(1, 10), (2, 7)] {
        world.extend_pool(hash(byte), count);
        expected = fold_validation(&expected, &hash(byte), count);
        assert_eq!(world.model().validation.root, expected);
        assert_eq!(world.basis(0).validation_root, expected);
    }
    let page = Page::default();
    let extensions: Vec<ValidationExtension> = world.query(QueryMsg::ValidationExtensions { model: MODEL, page });
    let spans: Vec<_> = extensions.iter().map(|it| (it.number, it.first.u64(), it.count.u64())).collect();
    assert_eq!(spans, [(1, 0, 10), (2, 10, 7)]);
}

#[test]
fn without_a_proposal_there_is_nothing_to_approve() {
    let mut world = World::with_pool(10);
    assert_eq!(world.refused(CURATOR, approve(hash(1), AS_MODEL)), ContractError::NoProposal);
}

#[test]
fn an_approval_names_the_root_that_it_approves() {
    let mut world = proposed();
    world.run(OWNER, propose(hash(2), 10));
    assert_eq!(world.refused(CURATOR, approve(hash(1), AS_MODEL)), ContractError::OtherProposal { open: hash(2) });
}

/// A resolver that is a party: the owner may name itself a curator, and still cannot approve.
#[test]
fn the_owner_cannot_approve_on_either_side() {
    let mut world = World::new();
    let new = NewModel { curators: vec![text(KEEPER), text(CURATOR)], ..new_model() };
    world.run(KEEPER, create(new));
    let used = world.accepted(DATANET);
    world.run(KEEPER, append(&[used]));
    world.run(KEEPER, propose(hash(1), 10));
    for on_behalf in [AS_MODEL, for_datanet(1)] {
        assert_eq!(world.refused(KEEPER, approve(hash(1), on_behalf)), ContractError::OwnerCannotApprove);
    }
}

/// A resolver that is a party: one account on both sides.
#[test]
fn one_account_cannot_give_both_approvals() {
    for [first, second] in [[AS_MODEL, for_datanet(1)], [for_datanet(1), AS_MODEL]] {
        let mut world = proposed();
        world.run(BOTH, approve(hash(1), first));
        assert_eq!(world.refused(BOTH, approve(hash(1), second)), ContractError::SameApprover);
    }
}

#[test]
fn each_side_approves_once() {
    let mut world = proposed();
    world.run(CURATOR, approve(hash(1), AS_MODEL));
    for sender in [CURATOR, BOTH] {
        let expected = ContractError::AlreadyApproved { by: account(CURATOR) };
        assert_eq!(world.refused(sender, approve(hash(1), AS_MODEL)), expected);
    }
    let mut world = proposed();
    world.run(KEEPER, approve(hash(1), for_datanet(1)));
    let expected = ContractError::AlreadyApproved { by: account(KEEPER) };
    assert_eq!(world.refused(BOTH, approve(hash(1), for_datanet(1))), expected);
}

#[test]
fn only_curators_of_the_model_approve_for_it() {
    let mut world = proposed();
    for sender in [STRANGER, GATEWAY, KEEPER] {
        assert_eq!(world.refused(sender, approve(hash(1), AS_MODEL)), ContractError::NotModelCurator);
    }
}

#[test]
fn only_curators_of_the_datanet_approve_for_it() {
    let mut world = proposed();
    for sender in [STRANGER, CONTRIBUTOR, CURATOR] {
        let expected = ContractError::NotDatanetCurator { datanet: DATANET };
        assert_eq!(world.refused(sender, approve(hash(1), for_datanet(1))), expected);
    }
}

#[test]
fn a_curator_of_a_datanet_that_the_model_does_not_use_cannot_approve() {
    let mut world = proposed();
    world.create_datanet("other-keeper", Bps(1));
    let datanet = DatanetId(2);
    let contribution = world.accepted(datanet);
    let unused = approve(hash(1), Curatorship::Datanet { contribution });
    assert_eq!(world.refused("other-keeper", unused.clone()), ContractError::ContributionNotUsed { contribution });
    assert_eq!(
        world.refused("other-keeper", approve(hash(1), for_datanet(1))),
        ContractError::NotDatanetCurator { datanet: DATANET }
    );
    assert_eq!(
        world.refused("other-keeper", approve(hash(1), for_datanet(99))),
        ContractError::ContributionNotUsed { contribution: ContributionId(99) }
    );
    world.run(OWNER, append(&[contribution]));
    world.run("other-keeper", unused);
}

#[test]
fn an_unknown_model_is_refused() {
    let mut world = World::new();
    let msg = ExecuteMsg::ApproveValidation { model: ModelId(1), root: hash(1), on_behalf: AS_MODEL };
    assert_eq!(world.refused(CURATOR, msg), ContractError::UnknownModel { model: ModelId(1) });
}
