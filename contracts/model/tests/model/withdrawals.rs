//! `NoteWithdrawals`, and what versions must leave out because of it.

use cosmwasm_std::Binary;
use model::ContractError;
use protocol::datanet::Status;
use protocol::event::ModelEvent;
use protocol::model::{ExecuteMsg, QueryMsg, VersionManifest};
use protocol::{ContributionId, ModelId};
use rules::bitmap::Bitmap;

use crate::world::*;

/// A model with as many contributions, of which these are withdrawn.
fn with_withdrawn(count: u64, withdrawn: &[u64]) -> World {
    let mut world = World::with_used(count);
    withdrawn.iter().for_each(|id| world.set_status(*id, Status::Withdrawn));
    world
}

fn withdrawn(world: &World) -> Vec<u8> {
    world.query::<Binary>(QueryMsg::Withdrawn { model: MODEL }).to_vec()
}

fn bits(positions: usize, set: &[usize]) -> Binary {
    let mut bitmap = Bitmap::new(positions);
    set.iter().for_each(|position| bitmap.set(*position).unwrap());
    Binary::from(bitmap.as_bytes())
}

#[test]
fn what_is_withdrawn_or_slashed_is_noted_by_its_position() {
    let mut world = with_withdrawn(10, &[1, 10]);
    world.set_status(3, Status::Slashed);
    let events = world.run(STRANGER, note(&[10, 1, 3]));
    let noted = |position, contribution| ModelEvent::WithdrawalNoted {
        model: MODEL,
        position,
        contribution: ContributionId(contribution),
    };
    assert_eq!(events, [noted(9, 10), noted(0, 1), noted(2, 3)]);
    assert_eq!(withdrawn(&world), [0b0000_0101, 0b0000_0010]);
    assert_eq!(world.model().withdrawn, 3);
}

#[test]
fn a_model_with_nothing_noted_has_an_empty_bitmap_of_all_its_positions() {
    assert_eq!(withdrawn(&World::with_model()), [0u8; 0]);
    assert_eq!(withdrawn(&World::with_used(8)), [0]);
    assert_eq!(withdrawn(&World::with_used(9)), [0, 0]);
}

/// The bitmap grows with the positions: what was noted keeps its bit, what came later has none.
#[test]
fn what_was_noted_stays_noted_when_the_model_grows() {
    let mut world = with_withdrawn(8, &[8]);
    world.run(STRANGER, note(&[8]));
    let fresh: Vec<_> = (0..9).map(|_| world.accepted(DATANET)).collect();
    world.run(OWNER, append(&fresh));
    assert_eq!(withdrawn(&world), [0b1000_0000, 0, 0]);
    world.set_status(17, Status::Withdrawn);
    world.run(STRANGER, note(&[17]));
    assert_eq!(withdrawn(&world), [0b1000_0000, 0, 1]);
}

#[test]
fn noting_again_is_refused() {
    let mut world = with_withdrawn(3, &[1, 2]);
    world.run(STRANGER, note(&[2]));
    let expected = ContractError::AlreadyNoted { contribution: ContributionId(2) };
    assert_eq!(world.refused(OWNER, note(&[1, 2])), expected);
}

#[test]
fn duplicate_ids_in_one_message_are_refused() {
    let mut world = with_withdrawn(3, &[1, 2]);
    let expected = ContractError::AlreadyNoted { contribution: ContributionId(1) };
    assert_eq!(world.refused(STRANGER, note(&[1, 2, 1])), expected);
}

#[test]
fn what_is_neither_withdrawn_nor_slashed_is_refused() {
    let mut world = with_withdrawn(3, &[1]);
    for status in [Status::Accepted, Status::Committed, Status::Pending, Status::Rejected] {
        world.set_status(2, status);
        let expected = ContractError::NotWithdrawn { contribution: ContributionId(2) };
        assert_eq!(world.refused(STRANGER, note(&[1, 2])), expected, "{status:?}");
    }
}

#[test]
fn a_contribution_that_the_model_does_not_use_is_refused() {
    let mut world = with_withdrawn(2, &[1]);
    let unused = world.accepted(DATANET);
    world.set_status(unused.get(), Status::Withdrawn);
    for id in [unused.get(), 99] {
        let expected = ContractError::ContributionNotUsed { contribution: ContributionId(id) };
        assert_eq!(world.refused(STRANGER, note(&[1, id])), expected);
    }
    let msg = ExecuteMsg::NoteWithdrawals { model: ModelId(2), contributions: vec![ContributionId(1)] };
    assert_eq!(world.refused(STRANGER, msg), ContractError::UnknownModel { model: ModelId(2) });
}

#[test]
fn one_message_notes_1_to_100() {
    let ids: Vec<u64> = (1..=101).collect();
    let mut world = with_withdrawn(101, &ids);
    assert_eq!(world.refused(STRANGER, note(&[])), ContractError::NotedCount { count: 0 });
    assert_eq!(world.refused(STRANGER, note(&ids)), ContractError::NotedCount { count: 101 });
    world.run(STRANGER, note(&ids[..100]));
    world.run(STRANGER, note(&ids[100..]));
    assert_eq!(world.model().withdrawn, 101);
}

#[test]
fn a_version_leaves_out_all_that_was_noted_and_may_leave_out_more() {
    let mut world = with_withdrawn(10, &[3, 9]);
    world.run(STRANGER, note(&[9, 3]));
    for (left_out, missing) in [(&[][..], 2), (&[2], 8), (&[8], 2), (&[0, 1, 3, 9], 2)] {
        let manifest = VersionManifest { left_out: bits(10, left_out), ..world.manifest(10) };
        let expected = ContractError::WithdrawnNotLeftOut { position: missing };
        assert_eq!(world.refused(OWNER, register(manifest)), expected, "{left_out:?}");
    }
    for left_out in [&[2, 8][..], &[0, 2, 8]] {
        let manifest = VersionManifest { left_out: bits(10, left_out), ..world.manifest(10) };
        world.run(OWNER, register(manifest));
    }
}

/// What nobody noted yet does not stand in the way: a version is judged by what is on the contract's record.
#[test]
fn a_withdrawal_counts_from_its_note_on_and_earlier_versions_stay() {
    let mut world = with_withdrawn(2, &[1]);
    let manifest = world.manifest(2);
    world.run(OWNER, register(manifest.clone()));
    world.run(STRANGER, note(&[1]));
    assert_eq!(world.model().versions, 1);
    assert_eq!(world.refused(OWNER, register(manifest)), ContractError::WithdrawnNotLeftOut { position: 0 });
}

/// Snapshots are immutable: they still hold what was withdrawn, and a version still names them.
#[test]
fn a_version_may_name_a_snapshot_with_withdrawn_contributions() {
    let mut world = with_withdrawn(2, &[2]);
    world.run(STRANGER, note(&[2]));
    let manifest = VersionManifest { left_out: bits(2, &[1]), ..world.manifest(2) };
    assert_eq!(manifest.trained_on[0].version.u64(), 2);
    world.run(OWNER, register(manifest));
}

#[test]
fn a_model_whose_contributions_are_all_withdrawn_registers_no_version() {
    let mut world = with_withdrawn(2, &[1, 2]);
    world.run(STRANGER, note(&[1, 2]));
    let manifest = VersionManifest { left_out: bits(2, &[0, 1]), ..world.manifest(2) };
    assert_eq!(world.refused(OWNER, register(manifest)), ContractError::EverythingLeftOut);
}

/// Storage-key collisions: a note is for one model, also when another uses the same contribution.
#[test]
fn models_are_noted_apart() {
    let mut world = with_withdrawn(1, &[]);
    let second = ModelId(2);
    world.run(STRANGER, create(new_model()));
    let contributions = vec![ContributionId(1)];
    world.run(STRANGER, ExecuteMsg::AppendContributions { model: second, contributions: contributions.clone() });
    world.set_status(1, Status::Withdrawn);
    world.run(STRANGER, note(&[1]));
    assert_eq!(world.query::<Binary>(QueryMsg::Withdrawn { model: second }), Binary::from([0]));
    world.run(STRANGER, ExecuteMsg::NoteWithdrawals { model: second, contributions });
    assert_eq!(world.query::<Binary>(QueryMsg::Withdrawn { model: second }), Binary::from([1]));
}

/// The largest model: 16,384 positions, 2 KiB of bits.
#[test]
fn the_last_of_16384_positions_is_noted() {
    let mut world = with_withdrawn(1, &[]);
    let last = world.accepted(DATANET);
    world.tamper(|model| model.positions = 16_383);
    world.run(OWNER, append(&[last]));
    world.set_status(last.get(), Status::Withdrawn);
    world.run(STRANGER, note(&[last.get()]));
    let bytes = withdrawn(&world);
    assert_eq!((bytes.len(), bytes[2_047]), (2_048, 0b1000_0000));
    assert_eq!(bytes.iter().map(|byte| byte.count_ones()).sum::<u32>(), 1);
}
