//! `oracle score` on models and items that its user brings.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::told::oracle;

mod indexed;
mod perceptron;
mod stages;

/// A model of 32 tokens and an adapter of it, as transformers and peft wrote them.
fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lm/tests/reference/fixtures").join(name);
    folder.to_str().expect("a path in UTF-8").to_owned()
}

/// A folder with a file in it.
fn file(name: &str, content: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("the folder can be written");
    (folder, path)
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = oracle(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Scores the fixture's own tokens on themselves.
fn score(model: &str, more: &[&str]) -> (Option<i32>, String, String) {
    let (model, tokens) = (fixture(model), format!("{}/tokens.npy", fixture(model)));
    let mut arguments = vec!["score", "--json", "--model", &model, "--items", &tokens, "--queries", &tokens];
    arguments.extend(more);
    run(&arguments)
}

#[test]
fn items_influence_themselves_the_most_and_any_number_of_threads_gives_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = |name: &str| folder.path().join(name).to_str().expect("a path in UTF-8").to_owned();
    let (one, three) = (out("one.npy"), out("three.npy"));
    for (path, threads) in [(&one, "1"), (&three, "3")] {
        let (code, said, error) = score("untied", &["--out", path, "--threads", threads]);
        assert_eq!(code, Some(0), "{error}");
        let said: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!((&said["items"], &said["queries"]), (&said["queries"], &said["items"]));
    }
    let bytes = fs::read(&one).expect("it was written");
    assert_eq!(bytes, fs::read(&three).expect("it was written"));
    let matrix = npyz::NpyFile::new(&bytes[..]).expect("a numpy array");
    let items = matrix.shape()[1] as usize;
    let values: Vec<f32> = matrix.into_vec().expect("float32");
    for (query, row) in values.chunks_exact(items).enumerate() {
        let best = (0..items).max_by(|left, right| row[*left].total_cmp(&row[*right])).expect("there are items");
        assert_eq!(best, query, "{row:?}");
    }
}

#[test]
fn contributions_get_totals_and_a_wrong_number_of_names_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("scores.npy");
    let out = out.to_str().expect("a path in UTF-8");
    let (code, said, error) = score("untied", &["--out", out]);
    assert_eq!(code, Some(0), "{error}");
    let items = serde_json::from_str::<Value>(&said).expect("JSON")["items"].as_u64().expect("a number");
    let names: String = (0..items).map(|item| format!("{}\n", ["anna", "bert"][usize::from(item > 0)])).collect();
    let (_kept, path) = file("names.txt", &names);
    let path = path.to_str().expect("a path in UTF-8");
    let (code, said, error) = score("untied", &["--out", out, "--contributions", path]);
    assert_eq!(code, Some(0), "{error}");
    let said: Value = serde_json::from_str(&said).expect("JSON");
    let of = |place: usize, field: &str| said["contributions"][place][field].clone();
    assert_eq!((of(0, "contribution"), of(1, "contribution")), ("anna".into(), "bert".into()));
    assert_eq!((of(0, "items"), of(1, "items")), (1.into(), (items - 1).into()));

    let (_kept, short) = file("short.txt", "anna\n");
    let (code, _, error) =
        score("untied", &["--out", out, "--contributions", short.to_str().expect("a path in UTF-8")]);
    assert_eq!(code, Some(2));
    assert!(error.contains("write a line for each"), "{error}");
}

#[test]
fn what_cannot_be_read_is_named() {
    let (_kept, text) = file("items.jsonl", "{\"text\": \"a ray of light\"}\n{\"txt\": 1}\n");
    let (text, model) = (text.to_str().expect("a path in UTF-8"), fixture("untied"));
    let tokens = format!("{model}/tokens.npy");
    let (code, _, error) = run(&["score", "--model", &model, "--items", text, "--queries", &tokens]);
    assert_eq!(code, Some(2));
    assert!(error.contains("items.jsonl"), "{error}");
    let (code, _, error) = run(&["score", "--model", &model, "--items", "items.parquet", "--queries", &tokens]);
    assert_eq!(code, Some(2));
    assert!(error.contains(".jsonl, .csv, .txt or .npy"), "{error}");
    let (code, _, error) = score("untied", &["--block-length", "0"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("--block-length"), "{error}");
}
