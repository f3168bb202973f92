//! `oracle audit` on models that are small enough to be trained again in a second.

mod planted;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use operator::removal::Record;
use planted::{Planted, Scene};
use serde_json::Value;

use crate::told::oracle;

/// How long to wait for another process.
const PATIENCE: Duration = Duration::from_secs(120);
/// Files that say what came out.
const RESULTS: [&str; 4] = ["audit.html", "audit.svg", "audit.json", "record.json"];

fn audit(scene: &Scene, out: &str, more: &[&str]) -> (Option<i32>, Value, String) {
    let arguments = scene.arguments(out, more);
    let output = oracle(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let said = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), said, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Name of the drawn contribution for which a figure is largest.
fn first_by(said: &Value, figure: &str) -> String {
    let drawn = said["drawn"].as_array().expect("a list");
    let of = |row: &Value| row[figure].as_f64().expect("a number");
    let first = drawn.iter().max_by(|one, other| of(one).total_cmp(&of(other))).expect("some were drawn");
    first["contribution"].as_str().expect("a name").to_owned()
}

#[test]
fn a_planted_contribution_that_decides_the_queries_comes_first_in_influence_and_in_truth() {
    let scene = Scene::new(&Planted::default());
    let (code, said, error) = audit(&scene, "out", &["--at-least", "0.3"]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!((first_by(&said, "net"), first_by(&said, "effect")), ("decisive".to_owned(), "decisive".to_owned()));
    assert_eq!(said["reproduced"], true, "the plan must give the model again");
    assert_eq!((&said["holds"], &said["seeds"][0], &said["contributions"]), (&true.into(), &7.into(), &6.into()));
    let own = &said["methods"][0];
    let [low, rho, high] = ["low", "spearman", "high"].map(|field| own["agreement"][field].as_f64().expect("a number"));
    assert!(low <= rho && rho <= high && rho > 0.5, "{own}");
}

#[test]
fn the_record_on_disk_has_the_digest_that_is_told_and_the_page_shows_it() {
    let scene = Scene::new(&Planted::default());
    let (code, said, error) = audit(&scene, "out", &["--seeds", "1"]);
    assert_eq!(code, Some(0), "{error}");
    let folder = scene.path("out");
    let bytes = fs::read(folder.join("record.json")).expect("it was written");
    let record: Record = serde_json::from_slice(&bytes).expect("a record");
    assert_eq!(record.canonical(), bytes);
    let line = record.line();
    let digest = line.split(':').next_back().expect("a digest");
    assert_eq!(said["digest"].as_str(), Some(digest));
    let page = fs::read_to_string(folder.join("audit.html")).expect("it was written");
    assert!(page.contains(digest) && page.contains("<svg") && page.contains("decisive"));
    assert_eq!(said["ceiling"], Value::Null, "one seed says nothing of its own noise");
}

#[test]
fn an_audit_that_was_killed_goes_on_and_ends_with_the_same_bytes() {
    let scene = Scene::new(&Planted::default());
    assert_eq!(audit(&scene, "whole", &[]).0, Some(0));
    let kept = scene.path("killed").join("runs");
    let mut child = begin(&scene, "killed");
    wait_until(|| files(&kept).len() >= 3);
    child.kill().expect("it is our child");
    child.wait().expect("it ends");
    let before = files(&kept);
    assert!(before.len() < files(&scene.path("whole").join("runs")).len(), "it was killed too late to show anything");
    assert_eq!(audit(&scene, "killed", &[]).0, Some(0));
    let after = files(&kept);
    assert!(before.iter().all(|(name, written)| after.get(name) == Some(written)), "kept results were computed again");
    for name in RESULTS {
        let read = |folder: &str| fs::read(scene.path(folder).join(name)).expect("it was written");
        assert!(read("whole") == read("killed"), "{name} differs");
    }
}

fn begin(scene: &Scene, out: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_oracle"))
        .args(scene.arguments(out, &["--threads", "1"]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program was built")
}

fn wait_until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "nothing happened");
        std::thread::yield_now();
    }
}

/// Whole files of a folder, and when they were written.
fn files(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let Ok(entries) = fs::read_dir(folder) else { return BTreeMap::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let whole = paths.filter(|path| path.extension().is_some_and(|extension| extension == "kept"));
    whole.filter_map(|path| Some((path.clone(), fs::metadata(&path).ok()?.modified().ok()?))).collect()
}

#[test]
fn a_larger_draw_keeps_what_is_known() {
    let scene = Scene::new(&Planted::default());
    assert_eq!(audit(&scene, "out", &["--draw", "3", "--seeds", "1"]).0, Some(0));
    let before = files(&scene.path("out").join("runs"));
    let (code, said, error) = audit(&scene, "out", &["--draw", "5", "--seeds", "1"]);
    assert_eq!((code, said["drawn"].as_array().map(Vec::len)), (Some(0), Some(5)), "{error}");
    let after = files(&scene.path("out").join("runs"));
    assert!(before.iter().all(|(name, written)| after.get(name) == Some(written)));
    assert_eq!(after.len(), before.len() + 2);
}

#[test]
fn a_claim_above_the_interval_is_answered_no() {
    let scene = Scene::new(&Planted { contributions: 14, noise: true, ..Planted::default() });
    let (code, said, error) = audit(&scene, "out", &["--at-least", "0.99", "--draw", "14", "--seeds", "1"]);
    assert_eq!((code, &said["holds"]), (Some(1), &false.into()), "{error} {}", said["methods"]);
    let (code, _, _) = audit(&scene, "out", &["--at-least", "-1", "--draw", "14", "--seeds", "1"]);
    assert_eq!(code, Some(0));
}

#[test]
fn an_adapter_is_trained_again_on_top_of_its_base() {
    let scene = Scene::new(&Planted { adapted: true, ..Planted::default() });
    let (code, said, error) = audit(&scene, "out", &[]);
    assert_eq!((code, &said["reproduced"]), (Some(0), &true.into()), "{error}");
    assert_eq!((first_by(&said, "net"), first_by(&said, "effect")), ("decisive".to_owned(), "decisive".to_owned()));
    assert!(said["record"]["adapter"].is_string());
}

#[test]
fn another_audits_folder_and_wrong_input_are_refused_by_name() {
    let scene = Scene::new(&Planted::default());
    assert_eq!(audit(&scene, "out", &["--draw", "3", "--seeds", "1"]).0, Some(0));
    let refused = |scene: &Scene, out: &str, more: &[&str], told: &str| {
        let (code, _, error) = audit(scene, out, more);
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains(told), "{error}");
    };
    let other = Scene::new(&Planted { seed: 8, ..Planted::default() });
    fs::create_dir_all(other.path("out").join("runs")).expect("it can be made");
    for path in files(&scene.path("out").join("runs")).keys() {
        let name = path.file_name().expect("a name");
        fs::copy(path, other.path("out").join("runs").join(name)).expect("it can be copied");
    }
    let name = "with-all-seed-7.kept";
    let into = other.path("out").join("runs").join("with-all-seed-8.kept");
    fs::copy(scene.path("out").join("runs").join(name), into).expect("it can be copied");
    refused(&other, "out", &["--draw", "3", "--seeds", "1"], "of another audit");
    refused(&scene, "new", &["--draw", "2"], "--draw");
    refused(&scene, "new", &["--seeds", "0"], "--seeds");
    scene.write("names.txt", "anna\n");
    refused(&scene, "new", &[], "write a line for each");
    scene.write("training.json", "{\"epochs\": 3}");
    refused(&scene, "new", &[], "training.json is no training plan");
}
