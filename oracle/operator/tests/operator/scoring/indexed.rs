//! `oracle score --index`: an index that is made once, found again, and says what exact pairs say.

use std::fs;
use std::path::{Path, PathBuf};

use npyz::WriterBuilder;
use serde_json::Value;
use tempfile::TempDir;

use super::{fixture, run};

const ITEMS: usize = 24;
const QUERIES: usize = 5;
const TOKENS: usize = 20;

/// Least correlation of influences from an index with exact ones, per query: rows of 8 bits, from sketches far wider than the model.
const LEAST_CORRELATION: f64 = 0.98;

/// Items and queries for the fixture's model of 32 tokens, and what is made of them.
struct Case {
    folder: TempDir,
}

impl Case {
    fn new() -> Self {
        let case = Self { folder: tempfile::tempdir().expect("a folder") };
        case.tokens("items.npy", ITEMS, 3);
        case.tokens("queries.npy", QUERIES, 11);
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path in UTF-8").to_owned()
    }

    fn tokens(&self, name: &str, rows: usize, salt: usize) {
        let file = fs::File::create(self.path(name)).expect("writable");
        let shape = [rows as u64, TOKENS as u64];
        let mut writer =
            npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd().expect("writable");
        let token = |place: usize| ((place / TOKENS) * salt + (place % TOKENS) * (salt + place / TOKENS)) % 32;
        writer.extend((0..rows * TOKENS).map(|place| token(place) as i64)).expect("writable");
        writer.finish().expect("writable");
    }

    /// Scores the queries, and gives what was said.
    fn score(&self, more: &[&str]) -> Value {
        self.run(&[&["--queries", &self.text("queries.npy")], more].concat())
    }

    fn run(&self, more: &[&str]) -> Value {
        let (model, items) = (fixture("untied"), self.text("items.npy"));
        let (code, said, error) = run(&[&["score", "--json", "--model", &model, "--items", &items], more].concat());
        assert_eq!(code, Some(0), "{error}");
        serde_json::from_str(&said).expect("JSON")
    }

    fn matrix(&self, name: &str) -> Vec<Vec<f64>> {
        let bytes = fs::read(self.path(name)).expect("it was written");
        let file = npyz::NpyFile::new(&bytes[..]).expect("a numpy array");
        assert_eq!(file.shape(), [QUERIES as u64, ITEMS as u64]);
        let values: Vec<f32> = file.into_vec().expect("float32");
        values.chunks_exact(ITEMS).map(|row| row.iter().copied().map(f64::from).collect()).collect()
    }

    /// The least correlation of any query's influences in two matrices.
    fn correlation(&self, left: &str, right: &str) -> f64 {
        let (left, right) = (self.matrix(left), self.matrix(right));
        left.iter().zip(&right).map(|(left, right)| pearson(left, right)).fold(1.0, f64::min)
    }
}

fn pearson(left: &[f64], right: &[f64]) -> f64 {
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| value - mean).collect()
    };
    let (left, right) = (centred(left), centred(right));
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    sum(&left, &right) / (sum(&left, &left) * sum(&right, &right)).sqrt()
}

/// All objects of a folder, in the order in which steps write them, with their bytes.
fn objects(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_path_buf()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let entry = entry.expect("an entry");
            if entry.file_type().expect("a type").is_dir() {
                left.push(entry.path());
            } else {
                let written = entry.metadata().and_then(|about| about.modified()).expect("a time");
                let name = entry.path().strip_prefix(folder).expect("below the folder").to_path_buf();
                found.push((written, name, fs::read(entry.path()).expect("readable")));
            }
        }
    }
    found.sort();
    found.into_iter().map(|(_, name, bytes)| (name, bytes)).collect()
}

fn by_name(mut objects: Vec<(PathBuf, Vec<u8>)>) -> Vec<(PathBuf, Vec<u8>)> {
    objects.sort();
    objects
}

#[test]
fn an_index_says_what_exact_pairs_say_whoever_the_items_are_from() {
    let case = Case::new();
    case.score(&["--out", &case.text("exact.npy")]);
    let said = case.score(&["--out", &case.text("from_index.npy"), "--index", &case.text("index")]);
    assert_eq!((&said["width"], &said["bytes_per_item"]), (&64.into(), &65.into()));
    let correlation = case.correlation("exact.npy", "from_index.npy");
    assert!(correlation > LEAST_CORRELATION, "{correlation}");

    let names: String = (0..ITEMS).map(|item| format!("{}\n", ["carl", "anna", "bert"][item % 3])).collect();
    fs::write(case.path("names.txt"), names).expect("writable");
    let (names, out, index) = (case.text("names.txt"), case.text("owned.npy"), case.text("owned"));
    let said = case.score(&["--out", &out, "--index", &index, "--contributions", &names]);
    // Labels are drawn for another order of the items.
    let correlation = case.correlation("exact.npy", "owned.npy");
    assert!(correlation > 0.9, "{correlation}");
    let totals = said["contributions"].as_array().expect("totals");
    assert_eq!(totals.iter().map(|total| total["contribution"].clone()).collect::<Vec<_>>(), ["anna", "bert", "carl"]);
    let matrix = case.matrix("owned.npy");
    for (rank, first) in [(0, 1), (1, 2), (2, 0)] {
        let own = |row: &Vec<f64>| row.iter().skip(first).step_by(3).sum::<f64>();
        let share = |row: &Vec<f64>| own(row) / row.iter().map(|value| value.abs()).sum::<f64>();
        let expected = matrix.iter().map(share).sum::<f64>() / QUERIES as f64;
        // Integers and floats round differently.
        assert!((totals[rank]["share"].as_f64().expect("a share") - expected).abs() < 1e-6, "{}", totals[rank]);
        assert!(totals[rank]["share_error"].as_f64().expect("an error") > 0.0);
        assert_eq!(totals[rank]["items"], ITEMS / 3);
    }
}

#[test]
fn an_index_is_made_once_and_asked_again() {
    let case = Case::new();
    let (index, out) = (case.text("index"), case.text("scores.npy"));
    let made = case.run(&["--index", &index, "--out", &out]);
    assert!(!Path::new(&out).exists() && made.get("scores").is_none());
    assert!(made["steps"].as_array().expect("steps").iter().all(|step| step["found"] == 0));
    assert!(made["tokens_per_second"].as_f64().expect("a speed") > 0.0);
    let asked = case.score(&["--index", &index, "--out", &out]);
    assert_eq!(asked["index"], made["index"]);
    let found = |step: &Value| (step["tasks"] == step["found"], step["step"].as_str().expect("a name").to_owned());
    let again: Vec<_> = asked["steps"].as_array().expect("steps").iter().map(found).collect();
    let done = again.iter().filter(|(found, _)| !found).map(|(_, name)| name.as_str()).collect::<Vec<_>>();
    assert_eq!(done, ["queries", "pass1", "total", "pass2", "scores"]);
    let wider = case.run(&["--index", &index, "--seed", "1"]);
    assert_ne!(wider["index"]["job"], made["index"]["job"]);
}

#[test]
fn an_index_killed_at_any_object_ends_with_the_same_roots_and_bytes_on_any_number_of_threads() {
    let case = Case::new();
    let scored = |folder: &str, out: &str, threads: &str| {
        case.score(&["--index", &case.text(folder), "--out", &case.text(out), "--threads", threads])
    };
    let whole = scored("whole", "whole.npy", "1");
    let written = objects(&case.path("whole"));
    assert!(written.len() > 10, "{} objects", written.len());
    for kept in 0..written.len() {
        let folder = format!("killed-{kept}");
        for (name, bytes) in &written[..kept] {
            let path = case.path(&folder).join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
            fs::write(path, bytes).expect("writable");
        }
        let resumed = scored(&folder, "resumed.npy", "3");
        assert_eq!((&resumed["index"], &resumed["scores"]), (&whole["index"], &whole["scores"]), "{kept} objects kept");
        let found: u64 =
            resumed["steps"].as_array().expect("steps").iter().map(|step| step["found"].as_u64().unwrap_or(0)).sum();
        assert_eq!(found as usize, kept);
        assert_eq!(by_name(objects(&case.path(&folder))), by_name(written.clone()));
        assert_eq!(
            fs::read(case.path("resumed.npy")).expect("written"),
            fs::read(case.path("whole.npy")).expect("written")
        );
    }
}

#[test]
fn what_an_index_cannot_be_is_refused() {
    let case = Case::new();
    let (model, items) = (fixture("untied"), case.text("items.npy"));
    let refused = |more: &[&str]| {
        let (code, _, error) = run(&[&["score", "--model", &model, "--items", &items], more].concat());
        assert_eq!(code, Some(2), "{error}");
        error
    };
    let index = case.text("index");
    assert!(refused(&[]).contains("--queries"));
    assert!(refused(&["--index", &index, "--width", "100"]).contains("multiples of 64"));
    assert!(refused(&["--queries", &items, "--width", "64"]).contains("--index"));
    assert!(refused(&["--index", "ftp://somewhere"]).contains("ftp://"));
    case.run(&["--index", &index]);
    let (name, mut bytes) = objects(&case.path("index")).pop().expect("an object");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(case.path("index").join(name), bytes).expect("writable");
    assert!(refused(&["--index", &index]).contains("is not the output of its task"));
}
