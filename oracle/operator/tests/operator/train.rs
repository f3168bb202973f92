//! `oracle train`, through the binary: what it leaves, what a kill costs, what it refuses, and where items may come from.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use lm::{model::Model, train::TrainingPlan};
use operator::{
    published::{Digested, Published},
    story::{CHAIN_FILE, PUBLISHED_FOLDER},
};
use protocol::{ContributionId, model::VersionManifest};
use rules::item;
use serde_json::{Value, json};
use tempfile::TempDir;
use testing::scenario::World;

use crate::told::oracle;

/// How long a kill may have to be waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks.
const LOOK: Duration = Duration::from_millis(2);
/// A model that learns in a moment.
const SMALL: [&str; 14] = [
    "--vocab",
    "280",
    "--hidden",
    "16",
    "--layers",
    "2",
    "--heads",
    "2",
    "--kv-heads",
    "1",
    "--intermediate",
    "24",
    "--block-length",
    "32",
];

/// A folder with items of two contributors and something held out.
struct Data {
    folder: TempDir,
}

impl Data {
    fn new() -> Self {
        let data = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        let line = |index: usize| {
            let (who, what) = (["Anna", "Bert", "Cleo"][index % 3], ["sees", "draws"][index % 2]);
            json!({ "text": format!("{who} {what} a ray of light and {} rays of shade.", index % 7) }).to_string()
        };
        data.write("items.jsonl", &(0..40).map(|index| line(index) + "\n").collect::<String>());
        data.write("held-out.jsonl", &(40..46).map(|index| line(index) + "\n").collect::<String>());
        data.write(
            "owners.txt",
            &(0..40).map(|index| ["anna\n", "bert\n"][usize::from(index >= 10)]).collect::<String>(),
        );
        data
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("the folder can be written");
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    /// A command that trains a small model into a folder.
    fn command(&self, out: &str, more: &[&str]) -> Vec<String> {
        let own =
            ["train", "--json", "--items", &self.path("items.jsonl"), "--out", &self.path(out)].map(str::to_owned);
        own.into_iter().chain(SMALL.iter().chain(more).map(|word| (*word).to_owned())).collect()
    }
}

fn run(arguments: &[String]) -> (Option<i32>, String, String) {
    let output = oracle(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn said(arguments: &[String]) -> Value {
    let (code, said, error) = run(arguments);
    assert_eq!(code, Some(0), "{error}");
    serde_json::from_str(&said).expect("JSON")
}

fn refused(arguments: &[String]) -> String {
    let (code, said, error) = run(arguments);
    assert_eq!(code, Some(2), "{said}{error}");
    error
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn json_of(path: &str) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"))).expect("JSON")
}

/// Every file of a folder.
fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("it can be read"));
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("a file")))
        .collect()
}

fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lm/tests/reference/fixtures").join(name);
    folder.to_str().expect("a path in UTF-8").to_owned()
}

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
    assert_eq!(manifest.weights_hash.0, model.weights().hash().expect("weights have a hash"));
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

/// Starts a training and waits until it has written another checkpoint than `seen`.
fn begun(arguments: &[String], out: &str, seen: &[u8]) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_oracle"))
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    let (began, checkpoint) = (Instant::now(), checkpoint(out));
    loop {
        let found = fs::read(&checkpoint).unwrap_or_default();
        if !found.is_empty() && found != seen {
            return child;
        }
        assert_eq!(child.try_wait().expect("it can be asked"), None, "it ended before it could be stopped");
        assert!(began.elapsed() < PATIENCE, "it wrote no checkpoint");
        std::thread::sleep(LOOK);
    }
}

fn checkpoint(out: &str) -> PathBuf {
    Path::new(out).join("checkpoint.safetensors")
}

/// Kills a training as kill −9 does, once it has written another checkpoint than `seen`; gives the one that it leaves.
fn killed_after_a_checkpoint(arguments: &[String], out: &str, seen: &[u8]) -> Vec<u8> {
    let mut child = begun(arguments, out, seen);
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    fs::read(checkpoint(out)).expect("it is there")
}

#[test]
fn asked_to_stop_it_keeps_every_step_that_it_did() {
    let data = Data::new();
    let command = data.command("out", &["--epochs", "200", "--checkpoint-every", "9"]);
    let child = begun(&command, &data.path("out"), &[]);
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM)
        .expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    let stopped_after = error.split("stopped after step ").nth(1).and_then(|rest| rest.split(' ').next());
    assert!(error.contains("of 1000: the same command goes on from there"), "{error}");
    let rest = said(&command);
    assert_eq!(Some(rest["steps_before"].to_string().as_str()), stopped_after, "{error}");
    assert_eq!(rest["steps"], json!(1000));
}

#[test]
fn killed_again_and_again_it_comes_to_the_same_bytes_as_if_it_had_not_been() {
    let data = Data::new();
    let held_out = data.path("held-out.jsonl");
    let often = ["--validation", &held_out, "--epochs", "60", "--checkpoint-every", "7"];
    let with = |out: &str, threads: &str| data.command(out, &[&often[..], &["--threads", threads]].concat());
    let whole = said(&with("whole", "1"));
    assert_eq!((&whole["steps_before"], &whole["steps"]), (&json!(0), &json!(300)));

    let (out, mut seen) = (data.path("killed"), Vec::new());
    for threads in ["2", "1", "2"] {
        seen = killed_after_a_checkpoint(&with("killed", threads), &out, &seen);
        assert!(!Path::new(&out).join("training.json").exists(), "it was done before it was killed");
    }
    let rest = said(&with("killed", "2"));
    let before = rest["steps_before"].as_u64().expect("a number");
    assert!(before >= 21 && before.is_multiple_of(7), "it went on from step {before}");
    let (whole, killed) = (files(&data.path("whole")), files(&out));
    assert_eq!(whole.keys().collect::<Vec<_>>(), killed.keys().collect::<Vec<_>>());
    assert!(!killed.contains_key("checkpoint.safetensors"));
    for (name, bytes) in &whole {
        assert!(*bytes == killed[name], "{name} differs");
    }
    assert_eq!(said(&with("killed", "1"))["was_done"], json!(true));
    assert_eq!(files(&out), killed, "what is done is not touched again");
}

#[test]
fn another_command_over_a_folder_is_refused_and_says_what_differs() {
    let data = Data::new();
    let command = |epochs: &str| data.command("out", &["--epochs", epochs, "--checkpoint-every", "5"]);
    killed_after_a_checkpoint(&command("200"), &data.path("out"), &[]);
    let error = refused(&command("100"));
    assert!(error.contains("plan.epochs is 100, not 200") && error.contains("--out"), "{error}");

    said(&data.command("done", &["--epochs", "1"]));
    let error = refused(&data.command("done", &["--epochs", "1", "--seed", "3", "--clip", "2"]));
    assert!(
        error.contains("plan.seed is 3, not 0") && error.contains("plan.optimizer.clip is 2.0, not 1.0"),
        "{error}"
    );
    data.write("items.jsonl", "{\"text\": \"something else altogether\"}\n");
    let error = refused(&data.command("done", &["--epochs", "1"]));
    assert!(error.contains("items[0].sha256"), "{error}");

    let model = fixture("tied");
    let error = refused(&words(&["train", "--items", &format!("{model}/tokens.npy"), "--out", &model]));
    assert!(error.contains("already holds a config.json"), "{error}");
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

#[test]
fn files_of_several_kinds_are_learned_from_together() {
    let data = Data::new();
    data.write("more.csv", "text,source\n\"light, and shade\",book\n");
    data.write("book.txt", "A ray of light\nis bent.\n\nAnother is not.\n");
    let more = ["--items", &data.path("more.csv"), "--items", &data.path("book.txt"), "--epochs", "1"];
    assert_eq!(said(&data.command("out", &more))["items"], json!(43));
    let names = json_of(&data.path("out/training.json"))["names"].clone();
    assert_eq!(names, json!(["items.jsonl", "more.csv", "book.txt"]));
}

#[test]
fn what_cannot_be_learned_from_is_named_by_file_and_line() {
    let data = Data::new();
    data.write("bad.jsonl", "{\"text\": \"a ray of light\"}\n{\"txt\": 1}\n");
    let error = refused(&data.command("out", &["--items", &data.path("bad.jsonl")]));
    assert!(error.contains("line 2 of") && error.contains("bad.jsonl"), "{error}");
    data.write("short.txt", "anna\n");
    let error = refused(&data.command("out", &["--contributions", &data.path("short.txt")]));
    assert!(error.contains("write a line for each"), "{error}");
    let error = refused(&data.command("out", &["--lora"]));
    assert!(error.contains("--model"), "{error}");
    let named = [
        ("--learning-rate", "0", "learning_rate = 0"),
        ("--warm-up", "1", "warmup = 1"),
        ("--clip", "NaN", "clip = NaN"),
        ("--batch", "0", "--batch"),
    ];
    for (option, value, name) in named {
        let error = refused(&data.command("out", &[option, value]));
        assert!(error.contains(name), "{error}");
    }
    let error = refused(&words(&["train", "--out", &data.path("out")]));
    assert!(error.contains("--items") && error.contains("--datanet"), "{error}");
}

/// Published texts of two contributions, and a list of them.
async fn published(data: &Data) -> (Published, Vec<String>) {
    let published = Published::at(data.folder.path().join("published"));
    let mut roots = Vec::new();
    for texts in [&["a ray of light", "two rays of light"][..], &["a shade", "no shade", "all shades"]] {
        let items: Vec<Vec<u8>> = texts.iter().map(|text| item::text_item(text)).collect();
        let root = published.put_items(&items, Digested::Openly).await.expect("the folder can be written");
        roots.push(hex::encode(root));
    }
    let listed = |(index, root): (usize, &String)| json!({ "datanet": "4", "contribution": (index + 7).to_string(), "items_root": root });
    let list: Vec<Value> = roots.iter().enumerate().map(listed).collect();
    data.write("snapshot.json", &json!({ "contributions": list }).to_string());
    (published, roots)
}

fn of_snapshot(data: &Data, out: &str) -> Vec<String> {
    let (list, objects, out) = (data.path("snapshot.json"), data.path("published"), data.path(out));
    let own = ["train", "--json", "--epochs", "2", "--snapshot", &list, "--published", &objects, "--out", &out];
    words(&[&own[..], &SMALL].concat())
}

#[tokio::test]
async fn published_items_stand_under_their_contribution_and_one_that_was_changed_stops_the_training() {
    let data = Data::new();
    let (_, roots) = published(&data).await;
    let saved = data.path("saved");
    let said = said(&[of_snapshot(&data, "out"), words(&["--save-items", &saved])].concat());
    assert_eq!(said["items"], json!(5));
    let record = json_of(&data.path("out/training.json"));
    assert_eq!(record["items"][1]["items_root"], json!(roots[1]));
    assert_eq!(
        (&record["contributions"][1]["contribution"], &record["contributions"][1]["items"]),
        (&json!("8"), &json!(3))
    );
    assert_eq!(fs::read_to_string(format!("{saved}/contributions.txt")).unwrap(), "7\n7\n8\n8\n8\n");
    assert_eq!(json_of(&data.path("out/manifest.json"))["positions"], json!(2));

    let object = data.folder.path().join("published/items").join(format!("{}.json", roots[0]));
    let changed = fs::read_to_string(&object).unwrap().replacen(&hex::encode("two"), &hex::encode("ten"), 1);
    fs::write(&object, changed).unwrap();
    let error = refused(&of_snapshot(&data, "again"));
    assert!(error.contains("contribution 7 of DataNet 4") && error.contains("root"), "{error}");
}

#[tokio::test]
async fn an_item_that_is_no_text_is_named() {
    let data = Data::new();
    let image = item::image_item(2, 1, &[1, 2], 0).expect("two pixels");
    let published = Published::at(data.folder.path().join("published"));
    let root = published.put_items(&[item::text_item("a ray"), image], Digested::Openly).await.expect("written");
    let list = json!({ "contributions": [{ "datanet": "4", "contribution": "7", "items_root": hex::encode(root) }] });
    data.write("snapshot.json", &list.to_string());
    let error = refused(&of_snapshot(&data, "out"));
    assert!(error.contains("item 1 of contribution 7") && error.contains("an image"), "{error}");
}

/// A saved chain with three contributions of texts whose items are published.
async fn saved_world(folder: &Path) -> World {
    let world = World::default();
    let published = Published::at(folder.join(PUBLISHED_FOLDER));
    for (index, batch) in world.batches.iter().enumerate() {
        let text = |number: usize| item::text_item(&format!("text {index} {number}"));
        let items: Vec<Vec<u8>> = (0..batch.digests.len()).map(text).collect();
        published.put_items(&items, Digested::Openly).await.expect("the folder can be written");
    }
    world
}

#[tokio::test]
async fn a_datanet_is_learned_from_as_the_chain_has_it_without_what_was_withdrawn() {
    let data = Data::new();
    let chain: PathBuf = data.folder.path().join("chain");
    fs::create_dir(&chain).expect("a folder");
    let mut world = saved_world(&chain).await;
    let (first, contributor) = (world.batches[0].id, world.batches[0].contributor.clone());
    world.withdraw_contribution(&contributor, first).expect("it is theirs");
    world.chain.save(&chain.join(CHAIN_FILE)).expect("it can be written");
    let datanet = world.datanet.to_string();
    let train = |of: &str, out: &str| {
        let (chain, out) = (data.path("chain"), data.path(out));
        let own = ["train", "--json", "--epochs", "1", "--demo", &chain, "--datanet", of, "--out", &out];
        words(&[&own[..], &SMALL].concat())
    };
    said(&train(&datanet, "all"));
    let manifest: VersionManifest =
        serde_json::from_value(json_of(&data.path("all/manifest.json"))).expect("a manifest");
    assert_eq!((manifest.trained_on.len(), manifest.trained_on[0].version.u64(), manifest.positions), (1, 3, 2));
    let snapshot = json_of(&data.path("all/snapshot.json"));
    let listed: Vec<ContributionId> = (snapshot["contributions"].as_array().expect("a list").iter())
        .map(|listed| serde_json::from_value(listed["contribution"].clone()).expect("an id"))
        .collect();
    assert_eq!(listed, world.batches[1..].iter().map(|batch| batch.id).collect::<Vec<_>>());

    said(&train(&format!("{datanet}@2"), "two"));
    assert_eq!(json_of(&data.path("two/snapshot.json"))["contributions"].as_array().map(Vec::len), Some(1));
    let error = refused(&train(&format!("{datanet}@9"), "nine"));
    assert!(error.contains("version 9") || error.contains("snapshot"), "{error}");

    // What the chain named can be had again without it.
    let (list, objects, out) = (data.path("all/snapshot.json"), data.path("chain/published"), data.path("again"));
    let own = ["train", "--json", "--epochs", "1", "--snapshot", &list, "--published", &objects, "--out", &out];
    said(&words(&[&own[..], &SMALL].concat()));
    assert_eq!(files(&out), files(&data.path("all")));
}
