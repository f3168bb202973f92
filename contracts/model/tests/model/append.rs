//! `AppendContributions`.

use model::ContractError;
use protocol::event::ModelEvent;
use protocol::model::{ExecuteMsg, QueryMsg, Terms, UsedContribution};
use protocol::{Bps, ContributionId, DatanetId, ModelId, Page, datanet, settlement};

use crate::{stand_ins, world::*};

fn used(world: &World, model: ModelId) -> Vec<(u32, u64)> {
    let listed: Vec<UsedContribution> = world.query(QueryMsg::Used { model, page: Page::default() });
    listed.into_iter().map(|used| (used.position, used.contribution.get())).collect()
}

/// What `datanet` was told last.
fn marked(world: &World) -> datanet::ExecuteMsg {
    let storage = world.app.contract_storage(&world.datanet);
    stand_ins::MARKED.load(&*storage).unwrap().pop().unwrap()
}

#[test]
fn positions_follow_in_the_order_of_the_message_and_of_messages() {
    let mut world = World::with_model();
    let [first, second, third] = [(); 3].map(|()| world.accepted(DATANET));
    let events = world.run(OWNER, append(&[third, first]));
    let taken = |position, contribution| ModelEvent::PositionTaken { model: MODEL, position, contribution };
    assert_eq!(events, [taken(0, third), taken(1, first)]);
    assert_eq!(world.run(OWNER, append(&[second])), [taken(2, second)]);
    assert_eq!(used(&world, MODEL), [(0, 3), (1, 1), (2, 2)]);
    assert_eq!(world.model().positions, 3);
}

#[test]
fn the_datanet_learns_that_contributions_are_used_and_for_what_share() {
    let world = World::with_used(2);
    let contributions = [1, 2].map(ContributionId).to_vec();
    let expected = datanet::ExecuteMsg::MarkUsed { model: MODEL, influence_share: Bps(7_000), contributions };
    assert_eq!(marked(&world), expected);
}

#[test]
fn settlement_learns_which_contributions_took_which_positions() {
    let mut world = World::with_used(2);
    let third = world.accepted(DATANET);
    world.run(OWNER, append(&[third]));
    let storage = world.app.contract_storage(&world.settlement);
    let taken = |first_position, ids: &[u64]| settlement::ExecuteMsg::TakePositions {
        model: MODEL,
        first_position,
        contributions: ids.iter().copied().map(ContributionId).collect(),
    };
    assert_eq!(stand_ins::TAKEN.load(&*storage).unwrap(), [taken(0, &[1, 2]), taken(2, &[3])]);
}

/// Terms that are still to come meet no DataNet's terms yet.
#[test]
fn the_share_in_force_counts_and_not_the_next() {
    let mut world = World::with_model();
    let dear = world.create_datanet(KEEPER, Bps(8_000));
    let id = world.accepted(dear);
    let better = Terms { owner: Bps(1_000), influence: Bps(8_000), ..terms() };
    world.run(OWNER, change_terms(better));
    world.refused_by_a_peer(OWNER, append(&[id]));
    world.set_epoch(Some(1));
    world.run(OWNER, append(&[id]));
}

#[test]
fn only_the_owner_appends() {
    let mut world = World::with_model();
    let id = world.accepted(DATANET);
    let expected = ContractError::NotModelOwner { model: MODEL, owner: account(OWNER) };
    assert_eq!(world.refused(STRANGER, append(&[id])), expected);
}

#[test]
fn duplicate_ids_in_one_message_are_refused() {
    let mut world = World::with_model();
    let [first, second] = [(); 2].map(|()| world.accepted(DATANET));
    let expected = ContractError::AlreadyUsed { contribution: first, position: 0 };
    assert_eq!(world.refused(OWNER, append(&[first, second, first])), expected);
}

#[test]
fn a_contribution_is_used_only_once() {
    let mut world = World::with_used(2);
    let contribution = ContributionId(2);
    let fresh = world.accepted(DATANET);
    let expected = ContractError::AlreadyUsed { contribution, position: 1 };
    assert_eq!(world.refused(OWNER, append(&[fresh, contribution])), expected);
}

#[test]
fn one_message_appends_1_to_100() {
    let mut world = World::with_model();
    assert_eq!(world.refused(OWNER, append(&[])), ContractError::ContributionCount { count: 0 });
    let ids: Vec<_> = (0..101).map(|_| world.accepted(DATANET)).collect();
    assert_eq!(world.refused(OWNER, append(&ids)), ContractError::ContributionCount { count: 101 });
    world.run(OWNER, append(&ids[..100]));
    assert_eq!(world.model().positions, 100);
}

#[test]
fn a_contribution_that_is_not_accepted_is_refused() {
    let mut world = World::with_model();
    let good = world.accepted(DATANET);
    let committed = world.committed(DATANET);
    world.refused_by_a_peer(OWNER, append(&[good, committed]));
    world.refused_by_a_peer(OWNER, append(&[ContributionId(99)]));
    world.run(OWNER, append(&[good]));
}

#[test]
fn the_terms_of_the_datanet_must_be_met() {
    let mut world = World::with_model();
    let influence = terms().influence.0;
    world.create_datanet(KEEPER, Bps(influence + 1));
    world.create_datanet(KEEPER, Bps(influence));
    let [dear, affordable] = [2, 3].map(|datanet| world.accepted(DatanetId(datanet)));
    world.refused_by_a_peer(OWNER, append(&[dear]));
    world.run(OWNER, append(&[affordable]));
}

/// `MarkUsed` is sent without a reply, so its failure cannot be swallowed (`reply_always`).
#[test]
fn an_error_of_the_datanet_undoes_the_whole_message() {
    let mut world = World::with_used(1);
    let committed = world.committed(DATANET);
    world.refused_by_a_peer(OWNER, append(&[committed]));
    assert_eq!(used(&world, MODEL), [(0, 1)]);
    assert_eq!(world.model().positions, 1);
}

#[test]
fn a_model_uses_at_most_16384_contributions() {
    let mut world = World::with_model();
    let ids = [(); 2].map(|()| world.accepted(DATANET));
    world.tamper(|model| model.positions = 16_383);
    assert_eq!(world.refused(OWNER, append(&ids)), ContractError::TooManyContributions { positions: 16_385 });
    let events = world.run(OWNER, append(&ids[..1]));
    assert!(matches!(events[..], [ModelEvent::PositionTaken { position: 16_383, .. }]));
    assert_eq!(world.refused(OWNER, append(&ids[1..])), ContractError::TooManyContributions { positions: 16_385 });
}

/// Storage-key collisions: records of neighbouring models stay apart.
#[test]
fn two_models_use_one_contribution_and_never_see_each_other() {
    let mut world = World::with_used(1);
    let second = ModelId(2);
    world.run(STRANGER, create(new_model()));
    assert_eq!(used(&world, second), []);
    let other = world.accepted(DATANET);
    let contributions = vec![other, ContributionId(1)];
    world.run(STRANGER, ExecuteMsg::AppendContributions { model: second, contributions });
    assert_eq!(used(&world, second), [(0, 2), (1, 1)]);
    assert_eq!(used(&world, MODEL), [(0, 1)]);
}

#[test]
fn an_unknown_model_is_refused() {
    let mut world = World::with_model();
    let msg = ExecuteMsg::AppendContributions { model: ModelId(2), contributions: vec![ContributionId(1)] };
    assert_eq!(world.refused(OWNER, msg), ContractError::UnknownModel { model: ModelId(2) });
}
