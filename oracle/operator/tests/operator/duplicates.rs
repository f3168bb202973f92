//! `oracle duplicates` on files and on published contributions.

use std::{fs, path::PathBuf};

use npyz::WriterBuilder;
use operator::published::{Digested, Published};
use rules::item::text_item;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::told::oracle;

const FIRST: &str = "The rays which differ in refrangibility differ also in colour, and the proof is by experiment.";
const LIKE: &str =
    "The rays which differ in refrangibility differ also in their colour, and the proof is by an experiment.";
const OTHER: &str = "Tom appeared on the sidewalk with a bucket of whitewash and a long-handled brush.";

/// A folder to look for duplicates in.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.0.path().join(name), bytes).expect("the folder can be written");
        self.path(name)
    }

    fn find(&self, arguments: &[&str]) -> (Option<i32>, Value, String) {
        let out = self.path("out");
        let all: Vec<&str> =
            ["duplicates", "--json", "--out", &out].into_iter().chain(arguments.iter().copied()).collect();
        let output = oracle(&all);
        let said = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (output.status.code(), said, String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// `(item, original, kind)` of everything that was found.
fn found(said: &Value) -> Vec<(u64, u64, String)> {
    let number = |one: &Value, field: &str| one[field].as_u64().expect("a number");
    let all = said["repeated"].as_array().expect("a list").iter();
    all.map(|one| (number(one, "item"), number(one, "original"), one["kind"].as_str().expect("a kind").to_owned()))
        .collect()
}

#[test]
fn exact_and_near_copies_of_texts_are_traced_to_the_earliest_file() {
    let desk = Desk::new();
    let lines = |texts: &[&str]| texts.iter().map(|text| format!("{}\n", json!({ "text": text }))).collect::<String>();
    let anna = desk.write("anna.jsonl", lines(&[FIRST, OTHER]));
    let bert = desk.write("bert.txt", format!("{LIKE}\n\n  {OTHER}  \n\nNothing like the others at all.\n"));
    let (code, said, error) = desk.find(&["--items", &anna, &bert]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(found(&said), [(2, 0, "near_text".to_owned()), (3, 1, "exact".to_owned())]);
    let bert = &said["contributions"][1];
    assert_eq!((&bert["contribution"], &bert["exact"], &bert["near"]), (&"bert".into(), &1.into(), &1.into()));
    assert!(said["repeated"][0]["at"].as_str().is_some_and(|at| at.contains("line 1 of") && at.contains("bert.txt")));
    let listed = fs::read_to_string(PathBuf::from(desk.path("out")).join("leave-out.txt")).expect("it was written");
    assert_eq!(listed, "2\n3\n");
}

#[test]
fn who_committed_first_keeps_the_item_wherever_it_stands() {
    let desk = Desk::new();
    let items = desk.write("items.txt", format!("{FIRST}\n\n{OTHER}\n\n{FIRST}\n"));
    let names = desk.write("names.txt", "late\nlate\nearly\n");
    let commits = desk.write("commits.csv", "contribution,committed_at\nlate,2000\nearly,1000\n");
    let (code, said, error) = desk.find(&["--items", &items, "--contributions", &names, "--commits", &commits]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(found(&said), [(0, 2, "exact".to_owned())]);
    let (_, said, _) = desk.find(&["--items", &items, "--contributions", &names]);
    assert_eq!(found(&said), [(2, 0, "exact".to_owned())]);
    let short = desk.write("short.csv", "contribution,committed_at\nlate,2000\n");
    let (code, _, error) = desk.find(&["--items", &items, "--contributions", &names, "--commits", &short]);
    assert_eq!(code, Some(2));
    assert!(error.contains("when early was committed"), "{error}");
}

#[test]
fn vectors_that_point_the_same_way_are_found_and_tokens_by_their_runs() {
    let desk = Desk::new();
    let rows: [f32; 12] = [3.0, 4.0, 0.0, 0.0, 0.0, 1.0, 6.0, 8.001, 0.0, 0.0, 0.0, 1.0];
    let vectors = desk.write("vectors.npy", array(&rows, &[4, 3]));
    let (code, said, error) = desk.find(&["--items", &vectors]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(found(&said), [(2, 0, "near_vector".to_owned()), (3, 1, "exact".to_owned())]);
    let tokens: [u32; 18] = [1, 2, 3, 4, 5, 6, 9, 8, 7, 6, 5, 4, 1, 2, 3, 4, 5, 11];
    let tokens = desk.write("tokens.npy", array(&tokens, &[3, 6]));
    let (_, said, _) = desk.find(&["--items", &tokens]);
    assert_eq!(found(&said), [(2, 0, "near_text".to_owned())]);
    let (code, _, error) = desk.find(&["--items", &tokens, &vectors]);
    assert_eq!(code, Some(2));
    assert!(error.contains("look at them apart"), "{error}");
}

#[test]
fn shifted_images_are_found_where_the_shape_is_told_and_who_repeats_too_much_is_left_out_whole() {
    let desk = Desk::new();
    let picture: Vec<f32> = (0..64u16).map(|at| f32::from(at * at * 7 % 23)).collect();
    let other: Vec<f32> = (0..64u16).map(|at| f32::from(at * at * 11 % 29)).collect();
    let shifted: Vec<f32> = (0..64).map(|at| if at % 8 == 0 { 0.0 } else { picture[at - 1] }).collect();
    let anna = desk.write("anna.npy", array(&picture, &[1, 64]));
    let bert = desk.write("bert.npy", array(&[shifted, other].concat(), &[2, 64]));
    let (_, said, _) = desk.find(&["--items", &anna, &bert]);
    assert_eq!(found(&said), []);
    let (code, said, error) = desk.find(&["--items", &anna, &bert, "--image-shape", "8,8"]);
    assert_eq!(code, Some(0), "{error}");
    assert_eq!(found(&said), [(1, 0, "shifted".to_owned())]);
    assert_eq!(said["leave_out"], json!([1]));
    let (_, said, _) = desk.find(&["--items", &anna, &bert, "--image-shape", "8,8", "--refuse", "0.5"]);
    assert_eq!((&said["leave_out"], &said["refused"]), (&json!([1, 2]), &json!(["bert"])));
    let (_, said, _) = desk.find(&["--items", &anna, &bert, "--image-shape", "8,8", "--shift", "0"]);
    assert_eq!(found(&said), []);
    let (code, _, error) = desk.find(&["--items", &anna, &bert, "--image-shape", "8,9"]);
    assert_eq!(code, Some(2));
    assert!(error.contains("no images of 8 lines and 9 columns"), "{error}");
}

fn array<T: npyz::AutoSerialize + Copy>(values: &[T], shape: &[u64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let options = npyz::WriteOptions::new().default_dtype().shape(shape);
    let mut writer = options.writer(&mut bytes).begin_nd().expect("a header");
    writer.extend(values.iter().copied()).expect("as many numbers as the shape says");
    writer.finish().expect("all are there");
    bytes
}

#[tokio::test]
async fn published_contributions_are_checked_and_ids_follow_commits() {
    let desk = Desk::new();
    let published = Published::at(desk.path("published"));
    let mut listed = Vec::new();
    for (contribution, texts) in [(9, [FIRST, OTHER]), (4, ["Something new.", OTHER])] {
        let items: Vec<Vec<u8>> = texts.iter().map(|text| text_item(text)).collect();
        let root = published.put_items(&items, Digested::Openly).await.expect("the folder can be written");
        listed
            .push(json!({ "datanet": "1", "contribution": contribution.to_string(), "items_root": hex::encode(root) }));
    }
    let store = desk.path("published");
    let list = |listed: &[Value]| desk.write("snapshot.json", json!({ "contributions": listed }).to_string());
    let (code, said, error) = desk.find(&["--snapshot", &list(&listed), "--published", &store]);
    assert_eq!(code, Some(0), "{error}");
    // Contribution 4 committed before 9, though it is listed after it.
    assert_eq!(found(&said), [(1, 3, "exact".to_owned())]);
    assert_eq!(said["repeated"][0]["original_contribution"], "1/4");
    listed[0]["items_root"] = hex::encode([7; 32]).into();
    let (code, _, error) = desk.find(&["--snapshot", &list(&listed), "--published", &store]);
    assert_eq!(code, Some(2));
    assert!(error.contains("contribution 1/9"), "{error}");
}

#[test]
fn a_row_that_cannot_be_read_is_named() {
    let desk = Desk::new();
    let items = desk.write("items.jsonl", "{\"text\": \"a ray\"}\nno json\n");
    let (code, _, error) = desk.find(&["--items", &items]);
    assert_eq!(code, Some(2));
    assert!(error.contains("line 2 of") && error.contains("items.jsonl"), "{error}");
    let (code, _, error) = desk.find(&["--items", "items.parquet"]);
    assert_eq!(code, Some(2));
    assert!(error.contains(".jsonl, .csv, .txt or .npy"), "{error}");
}
