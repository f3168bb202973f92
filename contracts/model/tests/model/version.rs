//! `RegisterVersion`.

use cosmwasm_std::{Binary, Uint64};
use model::{
    ContractError,
    digest::{VersionPlace, fold_version, version_digest},
};
use protocol::event::ModelEvent;
use protocol::model::{QueryMsg, TrainedOn, Version, VersionManifest};
use protocol::{Bps, DatanetId, Hash32, Seconds};
use rules::bitmap::{Bitmap, BitmapError};

use crate::world::*;

#[track_caller]
fn assert_refused(world: &mut World, change: impl FnOnce(&mut VersionManifest), expected: ContractError) {
    let mut manifest = world.manifest(10);
    change(&mut manifest);
    assert_eq!(world.refused(OWNER, register(manifest)), expected);
}

fn left_out(positions: usize, out: impl IntoIterator<Item = usize>) -> Binary {
    let mut bitmap = Bitmap::new(positions);
    out.into_iter().for_each(|position| bitmap.set(position).unwrap());
    Binary::from(bitmap.as_bytes())
}

#[test]
fn a_version_is_kept_as_registered_and_makes_the_model_servable() {
    let mut world = World::with_used(10);
    let manifest = VersionManifest { left_out: left_out(10, [0, 9]), ..world.manifest(10) };
    let now = world.time();
    let events = world.run(OWNER, register(manifest.clone()));
    let registered =
        ModelEvent::VersionRegistered { model: MODEL, version: 1, weights_hash: hash(3), training_hash: hash(2) };
    assert_eq!(events, [registered]);
    let version: Version = world.query(QueryMsg::Version { model: MODEL, number: 1 });
    assert_eq!(version, Version { number: 1, manifest, registered_at: Seconds(now) });
    assert_eq!(world.commerce(None).versions, 1);
}

#[test]
fn versions_count_on_and_earlier_ones_are_frozen() {
    let mut world = World::with_used(2);
    let first = world.manifest(2);
    world.run(OWNER, register(first.clone()));
    let fresh = world.accepted(DATANET);
    world.run(OWNER, append(&[fresh]));
    let second = VersionManifest { weights_hash: hash(4), ..world.manifest(3) };
    world.run(OWNER, register(second.clone()));
    assert_eq!(world.model().versions, 2);
    for (number, manifest) in [(1, first), (2, second)] {
        let found: Version = world.query(QueryMsg::Version { model: MODEL, number });
        assert_eq!((found.number, found.manifest), (number, manifest));
    }
}

#[test]
fn the_versions_hash_folds_every_version_in_its_domain() {
    let mut world = World::with_used(2);
    let domain = world.domain();
    let mut expected = Hash32::default();
    for number in 1..=2 {
        let manifest = world.manifest(2);
        let digest = version_digest(&VersionPlace { domain: &domain, model: MODEL, number }, &manifest);
        expected = fold_version(&expected, &digest);
        world.run(OWNER, register(manifest));
        assert_eq!(world.model().versions_hash, expected);
        assert_eq!(world.basis(0).versions_hash, expected);
    }
}

#[test]
fn only_the_owner_registers() {
    let mut world = World::with_used(1);
    let manifest = world.manifest(1);
    let expected = ContractError::NotModelOwner { model: MODEL, owner: account(OWNER) };
    assert_eq!(world.refused(GATEWAY, register(manifest)), expected);
}

#[test]
fn a_model_without_contributions_has_no_version() {
    let mut world = World::with_model();
    world.accepted(DATANET);
    let manifest = VersionManifest { positions: 0, left_out: Binary::default(), ..world.manifest(1) };
    assert_eq!(world.refused(OWNER, register(manifest)), ContractError::NoContributions);
}

#[test]
fn the_manifest_counts_the_positions_that_there_are() {
    let mut world = World::with_used(10);
    for given in [0, 9, 11, u32::MAX] {
        let expected = ContractError::WrongPositions { given, current: 10 };
        assert_refused(&mut world, |manifest| manifest.positions = given, expected);
    }
}

#[test]
fn a_bitmap_of_the_wrong_length_is_refused() {
    let mut world = World::with_used(10);
    for actual in [0, 1, 3] {
        let expected = BitmapError::Length { len: 10, expected: 2, actual };
        let bytes = Binary::from(vec![0; actual]);
        assert_refused(&mut world, |manifest| manifest.left_out = bytes, ContractError::LeftOut(expected));
    }
    let padded = Binary::from([0, 0b100]);
    let expected = ContractError::LeftOut(BitmapError::Padding { len: 10 });
    assert_refused(&mut world, |manifest| manifest.left_out = padded, expected);
}

#[test]
fn a_version_uses_something() {
    let mut world = World::with_used(10);
    let all = left_out(10, 0..10);
    assert_refused(&mut world, |manifest| manifest.left_out = all, ContractError::EverythingLeftOut);
    let manifest = VersionManifest { left_out: left_out(10, 1..10), ..world.manifest(10) };
    world.run(OWNER, register(manifest));
}

#[test]
fn a_version_names_1_to_16_snapshots() {
    let mut world = World::with_used(10);
    assert_refused(&mut world, |manifest| manifest.trained_on.clear(), ContractError::SnapshotCount { count: 0 });
    let part = world.snapshot(DATANET, 1);
    let many = (1..=17).map(|id| TrainedOn { datanet: DatanetId(id), ..part.clone() }).collect();
    assert_refused(&mut world, |manifest| manifest.trained_on = many, ContractError::SnapshotCount { count: 17 });
}

#[test]
fn a_version_may_name_16_snapshots() {
    let mut world = World::with_used(1);
    for id in 2..=16 {
        world.create_datanet(KEEPER, Bps(1));
        world.accepted(DatanetId(id));
    }
    let trained_on = (1..=16).map(|id| world.snapshot(DatanetId(id), 1)).collect();
    let manifest = VersionManifest { trained_on, ..world.manifest(1) };
    world.run(OWNER, register(manifest));
}

#[test]
fn duplicate_datanets_in_the_list_are_refused() {
    let mut world = World::with_used(10);
    let earlier = world.snapshot(DATANET, 9);
    let expected = ContractError::DuplicateDatanet { datanet: DATANET };
    assert_refused(&mut world, |manifest| manifest.trained_on.push(earlier), expected);
}

#[test]
fn a_snapshot_must_exist_and_hold_something() {
    let mut world = World::with_used(10);
    for (datanet, version) in [(DATANET, 0), (DATANET, 11), (DatanetId(2), 1)] {
        let version = Uint64::new(version);
        let part = TrainedOn { datanet, version, root: hash(0) };
        let expected = ContractError::UnknownSnapshot { datanet, version };
        assert_refused(&mut world, |manifest| manifest.trained_on = vec![part], expected);
    }
}

#[test]
fn the_root_of_a_snapshot_is_checked() {
    let mut world = World::with_used(10);
    let actual = world.snapshot(DATANET, 10).root;
    let other = world.snapshot(DATANET, 9).root;
    let expected = ContractError::WrongSnapshotRoot { datanet: DATANET, version: Uint64::new(10), actual };
    assert_refused(&mut world, |manifest| manifest.trained_on[0].root = other, expected);
}

#[test]
fn a_uri_has_at_most_512_characters() {
    let mut world = World::with_used(10);
    let long = "é".repeat(513);
    assert_refused(&mut world, |manifest| manifest.uri = long, ContractError::UriLength { length: 513 });
    let manifest = VersionManifest { uri: "é".repeat(512), ..world.manifest(10) };
    world.run(OWNER, register(manifest));
}
