//! What an operator and a stranger see when what was published is not what the chain names.

use std::{fs, path::PathBuf};

use operator::{
    inputs::InputsError,
    node::{Measured, NodeError},
    published::{Published, PublishedError},
    replay,
    story::PUBLISHED_FOLDER,
    training::TrainingError,
};
use protocol::model::{QueryMsg as ModelQuery, Version};
use rules::score::{Report, Vector};
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    forgery::replayed,
    told::{MODEL, told},
};

#[test]
fn scores_that_published_receipts_do_not_bear_out_are_beyond_the_tolerance() {
    let copy = told().copy();
    for file in round_receipts(&copy, 2).iter().take(2) {
        fs::remove_file(file).expect("it is there");
    }
    let (code, text) = replayed(&copy, "2", &["--influence"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("bit for bit") && text.contains("BEYOND the tolerance"), "{text}");
}

/// Files of the receipts of an epoch's redemptions, in the order of the bitmap.
fn round_receipts(copy: &TempDir, epoch: u64) -> Vec<PathBuf> {
    let folder = copy.path().join(PUBLISHED_FOLDER).join("receipts");
    let mut files: Vec<(u64, PathBuf)> = (fs::read_dir(&folder).expect("receipts were published"))
        .map(|entry| entry.expect("it can be read").path())
        .filter_map(|path| {
            let segment: Value = serde_json::from_slice(&fs::read(&path).expect("it is there")).expect("it is JSON");
            (segment["receipts"][0]["epoch"] == epoch).then(|| (segment["channel"].as_u64().expect("a channel"), path))
        })
        .collect();
    files.sort();
    files.into_iter().map(|(_, path)| path).collect()
}

fn files(copy: &TempDir, kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(copy.path().join(PUBLISHED_FOLDER).join(kind)).expect("some were published");
    entries.map(|entry| entry.expect("it can be read").path()).collect()
}

/// Changes the first of the words of a kind in a file.
fn edit(path: &PathBuf, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("it is text");
    assert!(text.contains(from), "{from} is in {}", path.display());
    fs::write(path, text.replacen(from, to, 1)).expect("it can be written");
}

/// Measures the first round with a copy's published objects.
async fn measure(copy: &TempDir) -> Result<Measured, NodeError> {
    let contracts = told().contracts().await;
    let round = told().round(&contracts, 1).await;
    told().engine(contracts, Published::at(copy.path().join(PUBLISHED_FOLDER))).measure(&round).await
}

fn vector(measured: Measured) -> Vector {
    match measured.report {
        Report::Vector(vector) => vector,
        Report::TooFew => panic!("there is enough evidence"),
    }
}

#[tokio::test]
async fn true_objects_give_the_vector_that_the_operators_revealed() {
    let measured = measure(&told().copy()).await.expect("everything is published");
    assert!(measured.unresolved.is_empty());
    let contracts = told().contracts().await;
    let revealed =
        replay::revealed(&contracts, &told().round(&contracts, 1).await).await.expect("vectors are well formed");
    assert_eq!(revealed.len(), 7);
    let vector = vector(measured);
    assert!(revealed.iter().all(|revealed| revealed.vector == vector));
}

#[tokio::test]
async fn missing_and_false_receipts_are_marked_and_the_rest_is_measured() {
    let copy = told().copy();
    let receipts = round_receipts(&copy, 1);
    assert_eq!(receipts.len(), 4);
    fs::remove_file(&receipts[1]).expect("it is there");
    edit(&receipts[2], "\"fee\": \"1000000\"", "\"fee\": \"3000000\"");
    let measured = measure(&copy).await.expect("receipts alone stop nobody");
    let [(1, missing), (2, false_ones)] = measured.unresolved.as_slice() else { panic!("{:?}", measured.unresolved) };
    assert!(missing.contains("is not published"), "{missing}");
    assert!(false_ones.contains("its receipts do not lead to the redeemed head"), "{false_ones}");
    assert_eq!(vector(measured).unresolved.ones().collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn without_any_receipts_there_is_too_little_to_tell() {
    let copy = told().copy();
    fs::remove_dir_all(copy.path().join(PUBLISHED_FOLDER).join("receipts")).expect("they are there");
    let measured = measure(&copy).await.expect("receipts alone stop nobody");
    assert_eq!((measured.report, measured.unresolved.len()), (Report::TooFew, 4));
}

#[tokio::test]
async fn a_store_that_cannot_be_read_makes_no_receipts_unresolved() {
    let copy = told().copy();
    let receipts = copy.path().join(PUBLISHED_FOLDER).join("receipts");
    fs::remove_dir_all(&receipts).expect("they are there");
    fs::write(&receipts, "a file where a folder should be").expect("it can be written");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::Unavailable { .. })))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn missing_or_false_training_items_stop_the_measurement() {
    let copy = told().copy();
    let text_of = |file: &PathBuf| fs::read_to_string(file).expect("it is text");
    // A correction is one item, of another model.
    let items = files(&copy, "items").into_iter().find(|file| text_of(file).matches("\"ff0008").count() > 1);
    let items = items.expect("items were published");
    let text = text_of(&items);
    edit(&items, "\"ff0008", "\"ff0009");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::False { .. })))),
        "{refused:?}"
    );
    fs::remove_file(&items).expect("it is there");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::Missing { .. })))),
        "{refused:?}"
    );
    fs::write(&items, text).expect("it can be written");
    measure(&copy).await.expect("what is put back is believed");
}

#[tokio::test]
async fn missing_or_false_validation_examples_stop_the_measurement() {
    let copy = told().copy();
    let of_the_base = |slices: &PathBuf| slices.join("120-120.json").exists();
    let slices = files(&copy, "validation").into_iter().find(of_the_base).expect("its extension was published");
    let first = slices.join("0-120.json");
    edit(&first, "\"ff0008", "\"ff0009");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::False { .. })))),
        "{refused:?}"
    );
    fs::rename(slices.join("120-120.json"), &first).expect("the next round's examples are there");
    let refused = measure(&copy).await.err();
    let another = matches!(&refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::False { reason, .. }))) if reason == "it is another range");
    assert!(another, "{refused:?}");
    fs::remove_file(&first).expect("it is there");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::Missing { .. })))),
        "{refused:?}"
    );
}

/// Whether a version was refused because its files are false.
fn is_false(refused: &Option<NodeError>) -> bool {
    matches!(refused, Some(NodeError::Training(TrainingError::Published(PublishedError::False { .. }))))
}

#[tokio::test]
async fn missing_or_false_weights_and_manifests_stop_the_measurement() {
    let copy = told().copy();
    let version: Version = told()
        .contracts()
        .await
        .model(&ModelQuery::Version { model: MODEL, number: 1 })
        .await
        .expect("the base has a version");
    let weights =
        copy.path().join(PUBLISHED_FOLDER).join("weights").join(hex::encode(version.manifest.weights_hash.bytes()));
    let (manifest, first, second) =
        (weights.join("manifest.json"), weights.join("member-0.safetensors"), weights.join("member-1.safetensors"));
    let kept = [fs::read(&manifest), fs::read(&first)].map(|bytes| bytes.expect("it is there"));

    fs::copy(&second, &first).expect("it is there");
    let refused = measure(&copy).await.err();
    assert!(matches!(refused, Some(NodeError::Training(TrainingError::NotThatOne { what: "weights" }))), "{refused:?}");
    fs::write(&first, &kept[1][..100]).expect("it can be written");
    let refused = measure(&copy).await.err();
    assert!(is_false(&refused), "{refused:?}");
    fs::write(&first, &kept[1]).expect("it can be written");

    edit(&manifest, "\"epochs\":60", "\"epochs\":61");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Training(TrainingError::NotThatOne { what: "training manifest" }))),
        "{refused:?}"
    );
    fs::write(&manifest, [b" ", kept[0].as_slice()].concat()).expect("it can be written");
    let refused = measure(&copy).await.err();
    assert!(is_false(&refused), "{refused:?}");
    fs::remove_file(&manifest).expect("it is there");
    let refused = measure(&copy).await.err();
    let missing =
        matches!(refused, Some(NodeError::Training(TrainingError::Published(PublishedError::Missing { .. }))));
    assert!(missing, "{refused:?}");
}
