//! Commitments to versions and validation pools.

use cosmwasm_std::{Binary, Uint64};
use model::digest::{VersionPlace, fold_validation, fold_version, version_digest};
use protocol::model::{TrainedOn, VersionManifest, WorkClaim, WorkKind};
use protocol::{Bps, DatanetId, Hash32, ModelId};
use rules::hash::{Domain, digest};

use crate::world::hash;

fn manifest() -> VersionManifest {
    VersionManifest {
        trained_on: vec![part(1), part(2)],
        positions: 9,
        left_out: Binary::from([1, 0]),
        training_hash: hash(2),
        weights_hash: hash(3),
        uri: "u".to_owned(),
        work: vec![work("a", WorkKind::Compute, 3), work("b", WorkKind::FineTuning, 4)],
    }
}

fn part(datanet: u64) -> TrainedOn {
    TrainedOn { datanet: DatanetId(datanet), version: Uint64::new(5), root: hash(4) }
}

fn work(account: &str, kind: WorkKind, share: u16) -> WorkClaim {
    WorkClaim { account: account.to_owned(), kind, share: Bps(share) }
}

fn domain() -> Domain {
    Domain { chain_id: "chain-1".to_owned(), contract: "wasm1model".to_owned() }
}

fn digest_of(manifest: &VersionManifest) -> Hash32 {
    version_digest(&VersionPlace { domain: &domain(), model: ModelId(1), number: 1 }, manifest)
}

#[test]
fn the_digest_of_a_version_is_what_its_documentation_says() {
    let manifest = VersionManifest { trained_on: vec![part(1)], ..manifest() };
    let [one, two, five] = [1u64, 2, 5].map(u64::to_be_bytes);
    let parts: [&[u8]; 20] = [
        b"chain-1",
        b"wasm1model",
        &one,
        &[0, 0, 0, 1],
        &one,
        &one,
        &five,
        &[4; 32],
        &[0, 0, 0, 9],
        &[1, 0],
        &[2; 32],
        &[3; 32],
        b"u",
        &two,
        b"a",
        b"compute",
        &[0, 3],
        b"b",
        b"fine_tuning",
        &[0, 4],
    ];
    assert_eq!(digest_of(&manifest), digest("model-version/v2", &parts).into());
}

#[test]
fn every_field_of_a_manifest_enters_its_digest() {
    let changes: [fn(&mut VersionManifest); 14] = [
        |it| it.trained_on.truncate(1),
        |it| it.trained_on.reverse(),
        |it| it.trained_on[0].version = Uint64::new(6),
        |it| it.trained_on[1].root = hash(5),
        |it| it.positions = 10,
        |it| it.left_out = Binary::from([0, 1]),
        |it| it.training_hash = hash(3),
        |it| it.weights_hash = hash(2),
        |it| it.uri.push('u'),
        |it| it.work.truncate(1),
        |it| it.work.reverse(),
        |it| it.work[0].account.push('a'),
        |it| it.work[0].kind = WorkKind::FineTuning,
        |it| it.work[1].share = Bps(5),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = manifest();
        change(&mut changed);
        assert_ne!(digest_of(&changed), digest_of(&manifest()), "change {number}");
    }
}

/// Ambiguous encodings: bytes moved from one field to its neighbour make another digest.
#[test]
fn fields_of_variable_length_cannot_be_shifted_into_each_other() {
    let one = VersionPlace { domain: &domain(), model: ModelId(1), number: 1 };
    let shifted = Domain { chain_id: "chain-1w".to_owned(), contract: "asm1model".to_owned() };
    let other = VersionPlace { domain: &shifted, ..one.clone() };
    assert_ne!(version_digest(&one, &manifest()), version_digest(&other, &manifest()));
    let longer = VersionManifest { left_out: Binary::from([1, 0, 0]), ..manifest() };
    assert_ne!(digest_of(&longer), digest_of(&manifest()));
    let longer = VersionManifest { uri: "ua".to_owned(), work: vec![work("", WorkKind::Compute, 3)], ..manifest() };
    let shorter = VersionManifest { work: vec![work("a", WorkKind::Compute, 3)], ..manifest() };
    assert_ne!(digest_of(&longer), digest_of(&shorter));
}

/// Replay: what was committed on one chain, contract or model means nothing on another.
#[test]
fn a_version_digest_belongs_to_its_chain_contract_model_and_number() {
    let here = domain();
    let chain = Domain { chain_id: "chain-2".to_owned(), ..domain() };
    let contract = Domain { contract: "wasm1other".to_owned(), ..domain() };
    let place = VersionPlace { domain: &here, model: ModelId(1), number: 1 };
    let others = [
        VersionPlace { domain: &chain, ..place.clone() },
        VersionPlace { domain: &contract, ..place.clone() },
        VersionPlace { model: ModelId(2), ..place.clone() },
        VersionPlace { number: 2, ..place.clone() },
    ];
    for other in others {
        assert_ne!(version_digest(&other, &manifest()), version_digest(&place, &manifest()), "{other:?}");
    }
}

#[test]
fn the_folds_are_what_their_documentation_says() {
    let [previous, next] = [hash(1), hash(2)];
    assert_eq!(fold_version(&previous, &next), digest("model-versions/v1", &[&[1; 32], &[2; 32]]).into());
    let expected = digest("validation-pool/v1", &[&[1; 32], &[2; 32], &[0, 0, 0, 0, 0, 0, 1, 44]]);
    assert_eq!(fold_validation(&previous, &next, 300), expected.into());
}
