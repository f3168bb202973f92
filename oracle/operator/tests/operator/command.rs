//! The binary, used by hand on what the story left: exit code 0 for yes, 1 for no, 2 when it could not run.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chain::Signer;
use serde_json::Value;
use tempfile::TempDir;

use crate::told::{oracle, told};

/// Exit code, standard output, standard error.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = oracle(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn replay(folder: &Path, round: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let mut arguments =
        vec!["replay", "--model", "1", "--round", round, "--out", folder.to_str().expect("a path in UTF-8")];
    arguments.extend(more);
    run(&arguments)
}

/// A key file and a state folder of somebody.
fn somebody(signer: &Signer) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = folder.path().join("key");
    signer.save(&key).expect("the key can be written");
    (folder, key)
}

/// Runs one act by hand on a copy of the story's chain, which must be refused.
fn refused(act: &str, more: &[&str]) -> String {
    let copy = told().copy();
    let (home, key) = somebody(&told().operator(2).signer);
    let text = |path: &Path| path.to_str().expect("a path in UTF-8").to_owned();
    let (out, key, state) = (text(copy.path()), text(&key), text(&home.path().join("state")));
    let mut arguments = vec![act, "--model", "1", "--key", &key, "--state", &state, "--out", &out];
    arguments.extend(more);
    let (code, _, error) = run(&arguments);
    assert_eq!(code, Some(2), "{act}: {error}");
    assert!(error.starts_with("oracle: ") && error.lines().count() == 1, "{error}");
    assert_eq!(fs::read(copy.path().join("chain.json")).ok(), fs::read(told().chain_file()).ok(), "nothing changed");
    error
}

#[test]
fn every_settled_round_replays_bit_for_bit() {
    for round in ["1", "2", "4", "5"] {
        let (code, text, error) = replay(&told().folder, round, &[]);
        assert_eq!(code, Some(0), "{text}{error}");
        assert!(text.contains("aggregate and ledger agree with the chain, bit for bit"), "{text}");
    }
}

#[test]
fn a_replay_with_influence_recomputes_the_scores_within_the_tolerance() {
    let (code, text, error) = replay(&told().folder, "4", &["--influence", "--json"]);
    assert_eq!(code, Some(0), "{error}");
    let replayed: Value = serde_json::from_str(&text).expect("--json prints JSON");
    assert_eq!((replayed["model"].as_u64(), replayed["round"].as_u64()), (Some(1), Some(4)));
    assert_eq!(replayed["ledger"].as_array().map(Vec::len), Some(10));
    let distance = &replayed["influence"];
    for what in ["scores", "errors", "denominator"] {
        assert!(distance[what].as_u64().expect("a distance") <= distance["tolerance"].as_u64().expect("a tolerance"));
    }
}

#[test]
fn a_round_that_settled_nothing_cannot_be_replayed_and_says_why() {
    let (code, text, error) = replay(&told().folder, "3", &[]);
    assert_eq!((code, text.as_str()), (Some(2), ""));
    assert!(error.contains("round 3 of model 1 settled nothing (it ended as NoQuorum)"), "{error}");
}

#[test]
fn a_round_or_model_that_is_not_there_is_named() {
    let (code, _, error) = replay(&told().folder, "9", &[]);
    assert!(code == Some(2) && error.contains("model 1 has no round 9"), "{error}");
    let (code, _, error) =
        run(&["replay", "--model", "7", "--round", "1", "--out", told().folder.to_str().expect("a path in UTF-8")]);
    assert!(code == Some(2) && error.contains("model 7"), "{error}");
}

#[test]
fn a_folder_without_a_chain_is_named_with_what_to_do() {
    let empty = tempfile::tempdir().expect("a temporary folder");
    let (code, _, error) = replay(empty.path(), "1", &[]);
    assert_eq!(code, Some(2));
    assert!(error.contains("chain.json: run scripts/demo first, or name its folder with --out"), "{error}");
}

#[test]
fn a_file_that_is_no_chain_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("chain.json"), "{\"format\":\"another/v1\"}").expect("it can be written");
    let (code, _, error) = replay(folder.path(), "1", &[]);
    assert!(code == Some(2) && error.contains("another/v1"), "{error}");
}

#[test]
fn arguments_out_of_range_are_refused_before_anything_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let out = out.to_str().expect("a path in UTF-8");
    for wrong in [["--epochs", "9"], ["--epochs", "2"], ["--operators", "5"], ["--operators", "17"], ["--seed", "many"]]
    {
        let (code, _, error) = run(&["demo", "--out", out, wrong[0], wrong[1]]);
        assert!(code == Some(2) && error.contains(wrong[0]), "{wrong:?}: {error}");
    }
    assert!(!Path::new(out).exists());
}

#[test]
fn a_demo_without_its_data_says_what_is_missing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = |path: PathBuf| path.to_str().expect("a path in UTF-8").to_owned();
    let (code, _, error) =
        run(&["demo", "--out", &text(folder.path().join("out")), "--data", &text(folder.path().join("none.csv.gz"))]);
    assert!(code == Some(2) && error.contains("cannot read the digits: --data names their file"), "{error}");
}

#[test]
fn nothing_is_left_to_open() {
    assert!(refused("open", &[]).contains("no unsettled epoch of model 1 has fees"));
}

#[test]
fn without_an_open_round_no_step_of_it_can_be_taken() {
    for act in ["commit", "reveal", "aggregate", "advance"] {
        let error = refused(act, &[]);
        assert!(error.contains("model 1 has no open round: `oracle open` opens one"), "{act}: {error}");
    }
}

#[test]
fn what_was_claimed_cannot_be_claimed_again() {
    assert!(refused("claim", &["--positions", "0,1"]).contains("nothing is payable at these positions"));
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (_home, key) = somebody(&told().operator(2).signer);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("it is ours");
    let (key, out) = (key.to_str().expect("a path in UTF-8"), told().folder.to_str().expect("a path in UTF-8"));
    let (code, _, error) = run(&["open", "--model", "1", "--key", key, "--out", out]);
    assert!(code == Some(2) && error.contains("chmod 600"), "{error}");
}
