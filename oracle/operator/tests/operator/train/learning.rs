//! What a training leaves, of a new model and of one that was brought.

use std::{fs, path::Path};

use influence::language::{base::base_hash, model::tokenizer_digest};
use lm::{model::Model, train::TrainingPlan};
use protocol::model::VersionManifest;
use serde_json::json;

use super::desk::{Data, fixture, json_of, run, said, words};

#[test]
fn a_new_model_learns_can_be_scored_and_has_what_the_chain_wants_to_know() {
    let data = Data::new();
    let (held_out, owners, out) = (data.path("held-out.jsonl"), data.path("owners.txt"), data.path("out"));
    let said = said(&data.command(
        "out",
        &["--validation", &held_out, "--contributions", &owners, "--epochs", "6", "--learning-rate", "0.01"],
    ));
    assert_eq!((&said["items"], &said["steps"]), (&json!(40), &json!(30)));
    let number = |key: &str| said[key].as_f64().unwrap_or_else(|| panic!("{key} is no number in {said}"));
    assert!(number("last_loss") < 0.8 * number("first_loss"), "{said}");
    assert!(number("last_held_out") < 0.9 * number("first_held_out"), "{said}");

    let record = json_of(&format!("{out}/training.json"));
    let plan: TrainingPlan = serde_json::from_value(record["plan"].clone()).expect("a plan");
    assert_eq!((plan.epochs, plan.items_per_step, plan.block_length, plan.seed), (6, 8, 32, 0));
    assert_eq!(record["curve"]["loss"].as_array().map(Vec::len), Some(30));
    assert_eq!(record["curve"]["validation"].as_array().map(Vec::len), Some(7));
    let part = |index: usize| record["contributions"][index].clone();
    assert_eq!((&part(0)["contribution"], &part(0)["items"]), (&json!("anna"), &json!(10)));
    assert_eq!((&part(1)["contribution"], &part(1)["items"]), (&json!("bert"), &json!(30)));

    let model = Model::load(Path::new(&out), None).expect("it loads as Hugging Face's");
    let manifest: VersionManifest =
        serde_json::from_value(json_of(&format!("{out}/manifest.json"))).expect("a manifest");
    let (weights, tokenizer) =
        (model.weights().hash().expect("weights have a hash"), fs::read(format!("{out}/tokenizer.json")));
    let tokenizer = tokenizer_digest(&tokenizer.expect("it has a tokenizer"));
    assert_eq!(manifest.weights_hash.0, base_hash(&weights, &tokenizer));
    assert_eq!(json!(manifest.weights_hash), record["weights_hash"]);
    assert_eq!(json!(manifest.training_hash), record["training_hash"]);
    assert_eq!(said["to_be_added"], json!(["trained_on", "positions", "left_out", "uri", "work"]));
    assert!(fs::read_to_string(format!("{out}/loss.svg")).expect("a plot").contains("30 steps, 6 passes"));

    let scores = data.path("scores.npy");
    let (code, _, error) = run(&words(&[
        "score",
        "--json",
        "--model",
        &out,
        "--items",
        &data.path("items.jsonl"),
        "--queries",
        &held_out,
        "--out",
        &scores,
    ]));
    assert_eq!(code, Some(0), "{error}");
}

#[test]
fn a_model_that_was_brought_is_trained_on_or_adapted() {
    let data = Data::new();
    let (base, adapter, full) = (fixture("untied"), data.path("adapter"), data.path("full"));
    let tokens = format!("{base}/tokens.npy");
    let train = |more: &[&str]| {
        let own =
            ["train", "--json", "--items", &tokens, "--model", &base, "--epochs", "20", "--learning-rate", "0.02"];
        said(&words(&[&own[..], more].concat()))
    };
    let lora = "r=2,alpha=4,targets=q_proj,down_proj";
    let of_adapter = train(&["--out", &adapter, "--lora", lora]);
    assert_eq!(of_adapter["kind"], json!("adapter"));
    let record = json_of(&format!("{adapter}/training.json"));
    assert_eq!(
        record["start"],
        json!(hex::encode(Model::load(base.as_ref(), None).unwrap().weights().hash().unwrap()))
    );
    let config = json_of(&format!("{adapter}/adapter_config.json"));
    assert_eq!((&config["r"], &config["target_modules"]), (&json!(2), &json!(["q_proj", "down_proj"])));
    assert_eq!(config["base_model_name_or_path"], json!(base));
    assert!(!Path::new(&adapter).join("model.safetensors").exists(), "the base stays where it is");
    assert_eq!(of_adapter["weights_hash"], json!(null), "operators read texts, and it has no tokenizer");
    assert!(!Path::new(&adapter).join("version.json").exists() && !Path::new(&adapter).join("manifest.json").exists());

    let of_model = train(&["--out", &full]);
    for said in [&of_adapter, &of_model] {
        let loss = |key: &str| said[key].as_f64().expect("a number");
        assert!(loss("last_loss") < loss("first_loss") - 0.05, "{said}");
    }
    let own = json_of(&format!("{base}/config.json"));
    let trained = json_of(&format!("{full}/config.json"));
    for (key, value) in own.as_object().expect("an object").iter().filter(|(key, _)| !key.ends_with("dtype")) {
        assert_eq!(trained[key], *value, "{key} was lost");
    }
    let scores = data.path("scores.npy");
    let scored = |more: &[&str]| {
        let own = ["score", "--json", "--items", &tokens, "--queries", &tokens, "--out", &scores];
        said(&words(&[&own[..], more].concat()))
    };
    scored(&["--model", &base, "--adapter", &adapter]);
    scored(&["--model", &full]);
}
