//! From a training to a version that operators load: its one manifest, what is published, and what is refused.

use std::{fs, path::PathBuf};

use influence::language::{Answered, LanguageManifest, LanguageModel};
use operator::{
    published::{Published, PublishedError},
    teaching,
    training::{TrainingError, language},
};
use protocol::model::VersionManifest;
use serde_json::{Value, json};

use super::desk::{Data, fixture, json_of, refused, said, words};

const ADAPTER: [&str; 4] = ["--lora", "r=2,alpha=4,targets=q_proj,down_proj", "--learning-rate", "0.02"];

/// What a folder has for the chain.
fn for_chain(data: &Data, folder: &str) -> VersionManifest {
    serde_json::from_value(json_of(&data.path(&format!("{folder}/manifest.json")))).expect("a manifest")
}

fn manifest(data: &Data, folder: &str) -> LanguageManifest {
    let bytes = fs::read(data.path(&format!("{folder}/version.json"))).expect("it is there");
    LanguageManifest::from_canonical_bytes(&bytes).expect("it is canonical")
}

/// Trains from a model of the desk, with no more than what is said.
fn further(data: &Data, model: &str, out: &str, more: &[&str]) -> Value {
    let (items, model, out) = (data.path("held-out.jsonl"), data.path(model), data.path(out));
    let own = ["train", "--json", "--items", &items, "--model", &model, "--out", &out, "--epochs", "2"];
    said(&words(&[&own[..], more].concat()))
}

fn publish(data: &Data, model: &str, adapter: Option<&str>, place: &str) -> Vec<String> {
    let (model, place) = (data.path(model), data.path(place));
    let adapter: Vec<String> = adapter.map(|adapter| data.path(adapter)).into_iter().collect();
    let own = ["publish", "--json", "--model", &model, "--published", &place].map(str::to_owned);
    let option = adapter.iter().flat_map(|adapter| ["--adapter".to_owned(), adapter.clone()]);
    own.into_iter().chain(option).collect()
}

/// Loads what a folder has for the chain as an operator does.
async fn loaded(data: &Data, folder: &str, place: &str) -> Result<LanguageModel, TrainingError> {
    language::load_published(&Published::at(data.path(place)), &for_chain(data, folder)).await
}

/// A published file of the weights that a folder names.
fn member(data: &Data, place: &str, hash: &str) -> PathBuf {
    PathBuf::from(data.path(place)).join("weights").join(hash).join("member-0.safetensors")
}

fn change_last_byte(path: &PathBuf) {
    let mut bytes = fs::read(path).expect("it is there");
    *bytes.last_mut().expect("it holds something") ^= 1;
    fs::write(path, bytes).expect("it can be written");
}

#[tokio::test]
async fn a_new_model_is_published_and_loaded_by_the_hashes_that_its_manifest_has_for_the_chain() {
    let data = Data::new();
    let trained = said(&data.command("model", &["--epochs", "4", "--learning-rate", "0.01"]));
    let told = said(&publish(&data, "model", None, "store"));
    let version = loaded(&data, "model", "store").await.expect("it is published");
    for (field, hash) in [("training_hash", version.manifest().hash()), ("weights_hash", *version.hash())] {
        let hash = json!(hex::encode(hash));
        assert_eq!(
            (&trained[field], &told[field], &json_of(&data.path("model/manifest.json"))[field]),
            (&hash, &hash, &hash)
        );
        assert_eq!(json_of(&data.path("model/training.json"))[field], hash);
    }
    assert_eq!(*version.manifest(), manifest(&data, "model"));
    assert_eq!((version.manifest().answer_tokens, &version.manifest().start), (8, &None));
    let of_folder = PathBuf::from(data.path("model"));
    let (own, _) = teaching::version::load(&of_folder, None).expect("it is as it was left");
    assert_eq!(own.answer("Bert draws").unwrap(), version.answer("Bert draws").unwrap());
    let question =
        Answered { prompt: "Cleo sees a ray".to_owned(), answer: " of light and 3 rays of shade.".to_owned() };
    assert_eq!(version.question(&question).expect("it can be read").weight(), 8.0, "as many tokens as an answer has");
    assert_eq!(said(&publish(&data, "model", None, "store")), told, "publishing twice does nothing more");
}

#[tokio::test]
async fn an_adapter_is_published_with_what_it_stands_on_wherever_that_came_from() {
    let data = Data::new();
    said(&data.command("model", &["--epochs", "1"]));
    fs::create_dir(data.path("brought")).expect("a folder");
    for file in ["config.json", "model.safetensors", "tokenizer.json"] {
        fs::copy(data.path(&format!("model/{file}")), data.path(&format!("brought/{file}"))).expect("it is there");
    }
    further(&data, "model", "adapter", &ADAPTER);
    further(&data, "brought", "same", &ADAPTER);
    assert_eq!(for_chain(&data, "adapter"), for_chain(&data, "same"), "where the base lay is no part of an adapter");

    let told = said(&publish(&data, "brought", Some("same"), "store"));
    assert_eq!(told["base_hash"], json!(for_chain(&data, "model").weights_hash));
    let version = loaded(&data, "adapter", "store").await.expect("it is published with its base");
    assert_eq!(*version.hash(), for_chain(&data, "adapter").weights_hash.0);
    let plan = version.manifest().adapter.clone().expect("it is an adapter");
    assert_eq!((json!(plan.base), plan.lora.base_model_name_or_path), (told["base_hash"].clone(), None));
    version.answer("Anna sees").expect("it can be asked");

    // Nobody knows how the model was trained that it stands on: as a version it has to be published for itself.
    let error = loaded(&data, "model", "store").await.expect_err("it has no manifest there");
    assert!(matches!(error, TrainingError::Published(PublishedError::Missing { .. })), "{error:?}");
    said(&publish(&data, "model", None, "store"));
    loaded(&data, "model", "store").await.expect("now it has");
}

#[tokio::test]
async fn a_model_that_was_trained_further_names_what_it_began_with() {
    let data = Data::new();
    said(&data.command("model", &["--epochs", "1"]));
    further(&data, "model", "further", &["--answer-tokens", "5"]);
    said(&publish(&data, "further", None, "store"));
    let version = loaded(&data, "further", "store").await.expect("it is published");
    let began_with = hex::encode(for_chain(&data, "model").weights_hash.0);
    assert_eq!((version.manifest().start.as_deref(), version.manifest().answer_tokens), (Some(&*began_with), 5));
    assert_ne!(for_chain(&data, "further").weights_hash, for_chain(&data, "model").weights_hash);
}

#[tokio::test]
async fn a_wrong_byte_is_refused_wherever_it_lies() {
    let data = Data::new();
    said(&data.command("model", &["--epochs", "1"]));
    further(&data, "model", "adapter", &ADAPTER);
    said(&publish(&data, "model", None, "store"));
    let told = said(&publish(&data, "model", Some("adapter"), "store"));
    let hash = |field: &str| told[field].as_str().expect("a hash").to_owned();

    change_last_byte(&member(&data, "store", &hash("weights_hash")));
    let error = loaded(&data, "adapter", "store").await.expect_err("the adapter was changed");
    assert!(matches!(error, TrainingError::NotThatOne { what: "weights" }), "{error:?}");
    change_last_byte(&member(&data, "store", &hash("weights_hash")));
    change_last_byte(&member(&data, "store", &hash("base_hash")));
    let error = loaded(&data, "adapter", "store").await.expect_err("its base was changed");
    assert!(matches!(error, TrainingError::NotThatOne { what: "base" }), "{error:?}");
    let error = loaded(&data, "model", "store").await.expect_err("it is the same file");
    assert!(matches!(error, TrainingError::NotThatOne { what: "weights" }), "{error:?}");
    let error = refused(&publish(&data, "model", None, "store"));
    assert!(error.contains("something else was published under its name"), "{error}");

    change_last_byte(&PathBuf::from(data.path("model/model.safetensors")));
    let error = refused(&publish(&data, "model", None, "elsewhere"));
    assert!(error.contains("another version than its manifest.json names"), "{error}");
}

#[test]
fn what_is_no_version_is_not_published() {
    let data = Data::new();
    let tokens = format!("{}/tokens.npy", fixture("untied"));
    let out = data.path("tokens");
    said(&words(&[
        "train",
        "--json",
        "--items",
        &tokens,
        "--model",
        &fixture("untied"),
        "--epochs",
        "1",
        "--out",
        &out,
    ]));
    let error = refused(&publish(&data, "tokens", None, "store"));
    assert!(error.contains("version.json") && error.contains("with a tokenizer"), "{error}");

    said(&data.command("model", &["--epochs", "1"]));
    further(&data, "model", "adapter", &ADAPTER);
    let error = refused(&publish(&data, "adapter", None, "store"));
    assert!(error.contains("name it with --adapter"), "{error}");
    let error = refused(&publish(&data, "model", Some("model"), "store"));
    assert!(error.contains("holds no adapter"), "{error}");

    let error = refused(&data.command("wordy", &["--epochs", "1", "--answer-tokens", "33"]));
    assert!(error.contains("answer_tokens is 33"), "{error}");
    assert!(!PathBuf::from(data.path("wordy/checkpoint.safetensors")).exists(), "nothing was trained");
}
