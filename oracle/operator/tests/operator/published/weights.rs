//! Versions of models as published objects: what is published is what is loaded, and nothing else is believed.

use influence::{
    manifest::{TrainingManifest, TrainingPlan},
    mlp::Mlp,
};
use object_store::{ObjectStoreExt, path::Path};
use operator::{
    published::{PublishedError, WeightFiles},
    training::{self, Trained, TrainingError},
};
use protocol::{Hash32, model::VersionManifest};

use super::Shelf;

/// Members that were never trained.
fn trained() -> Trained {
    let plan = TrainingPlan::digits(vec![1, 2]);
    let architecture = plan.check().expect("it is the digits' plan");
    let members = plan.seeds.iter().map(|seed| Mlp::initial(architecture.clone(), *seed)).collect();
    Trained { manifest: TrainingManifest::new(plan, 0.1), members }
}

/// What the chain says of a version.
fn registered(training: &TrainingManifest, weights_hash: rules::hash::Hash) -> VersionManifest {
    VersionManifest {
        trained_on: Vec::new(),
        positions: 0,
        left_out: Vec::new().into(),
        training_hash: Hash32(training.hash()),
        weights_hash: Hash32(weights_hash),
        uri: String::new(),
        work: Vec::new(),
    }
}

fn file(trained: &Trained, name: &str) -> Path {
    Path::from(format!("weights/{}/{name}", hex::encode(trained.weights_hash())))
}

/// Why a version is not loaded, when the store was changed.
async fn refusal(shelf: &Shelf, trained: &Trained) -> TrainingError {
    let manifest = registered(&trained.manifest, trained.weights_hash());
    training::load_published(&shelf.published, &manifest).await.expect_err("it is not what was registered")
}

fn is_false(error: &TrainingError) -> bool {
    matches!(error, TrainingError::Published(PublishedError::False { .. }))
}

#[tokio::test]
async fn a_version_is_loaded_as_it_was_published_however_often() {
    for shelf in Shelf::each() {
        let trained = trained();
        for _ in 0..3 {
            trained.publish(&shelf.published).await.expect("the same bytes are no obstacle");
        }
        let manifest = registered(&trained.manifest, trained.weights_hash());
        let loaded = training::load_published(&shelf.published, &manifest).await.expect("it is there");
        assert_eq!((loaded.manifest, loaded.members), (trained.manifest.clone(), trained.members.clone()));
        let shape = training::published_shape(&shelf.published, &manifest).await.expect("it is there");
        assert_eq!((shape.inputs, shape.labels), (64, 10));
        assert!(shelf.published.has_weights(&trained.weights_hash()).await.expect("the store answers"));
        let names = ["manifest.json", "member-0.safetensors", "member-1.safetensors"];
        assert_eq!(shelf.names().await, names.map(|name| file(&trained, name).to_string()));
    }
}

#[tokio::test]
async fn files_that_are_missing_are_named_as_missing() {
    for name in ["manifest.json", "member-1.safetensors"] {
        let (shelf, trained) = (Shelf::in_memory(), trained());
        trained.publish(&shelf.published).await.expect("it can be written");
        shelf.remove(&file(&trained, name)).await;
        let error = refusal(&shelf, &trained).await;
        let TrainingError::Published(PublishedError::Missing { object }) = error else { panic!("{error:?}") };
        assert!(object.ends_with(name), "{object}");
    }
}

#[tokio::test]
async fn files_that_are_no_weights_or_no_manifest_are_false() {
    for name in ["manifest.json", "member-1.safetensors"] {
        for bytes in [b"".as_slice(), b"{}", &[0xff; 100]] {
            let (shelf, trained) = (Shelf::in_memory(), trained());
            trained.publish(&shelf.published).await.expect("it can be written");
            shelf.replace(&file(&trained, name), bytes).await;
            let error = refusal(&shelf, &trained).await;
            assert!(is_false(&error), "{error:?}");
        }
    }
}

#[tokio::test]
async fn weights_and_manifests_of_another_version_are_refused() {
    let (shelf, trained) = (Shelf::in_memory(), trained());
    trained.publish(&shelf.published).await.expect("it can be written");
    let other = TrainingManifest::new(trained.manifest.plan.clone(), 0.2);
    let manifest = registered(&other, trained.weights_hash());
    for refused in [
        training::load_published(&shelf.published, &manifest).await.map(drop),
        training::published_shape(&shelf.published, &manifest).await.map(drop),
    ] {
        assert!(matches!(refused, Err(TrainingError::NotThatOne { what: "training manifest" })), "{refused:?}");
    }
    shelf
        .raw
        .copy(&file(&trained, "member-1.safetensors"), &file(&trained, "member-0.safetensors"))
        .await
        .expect("it can be copied");
    let error = refusal(&shelf, &trained).await;
    assert!(matches!(error, TrainingError::NotThatOne { what: "weights" }), "{error:?}");
}

#[tokio::test]
async fn a_manifest_of_a_giant_is_refused_before_anything_is_made_of_it() {
    let shelf = Shelf::in_memory();
    let mut training = trained().manifest;
    for layers in [vec![64, 1 << 30, 10], vec![64, usize::MAX, 10], vec![usize::MAX, usize::MAX]] {
        training.plan.layers = layers.clone();
        if training.check().is_err() {
            continue;
        }
        let hash = training.hash();
        let files = WeightFiles { manifest: training.canonical_bytes(), members: Vec::new() };
        shelf.published.put_weights(&hash, &files).await.expect("it can be written");
        let refused = training::load_published(&shelf.published, &registered(&training, hash)).await;
        assert!(refused.as_ref().is_err_and(is_false), "{layers:?}: {refused:?}");
    }
}
