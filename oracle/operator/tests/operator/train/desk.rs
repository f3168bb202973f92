//! A desk to train at: data, a small model, and the command.

use std::{collections::BTreeMap, fs, path::Path};

use operator::published::{Digested, Published};
use rules::item;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::told::oracle;

/// A model that learns in a moment.
pub const SMALL: [&str; 14] = [
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
pub struct Data {
    pub folder: TempDir,
}

impl Data {
    pub fn new() -> Self {
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

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).expect("the folder can be written");
    }

    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("a path in UTF-8").to_owned()
    }

    /// A command that trains a small model into a folder.
    pub fn command(&self, out: &str, more: &[&str]) -> Vec<String> {
        let own =
            ["train", "--json", "--items", &self.path("items.jsonl"), "--out", &self.path(out)].map(str::to_owned);
        own.into_iter().chain(SMALL.iter().chain(more).map(|word| (*word).to_owned())).collect()
    }
}

/// Exit code, output and errors.
pub fn run(arguments: &[String]) -> (Option<i32>, String, String) {
    let output = oracle(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

pub fn said(arguments: &[String]) -> Value {
    let (code, said, error) = run(arguments);
    assert_eq!(code, Some(0), "{error}");
    serde_json::from_str(&said).expect("JSON")
}

pub fn refused(arguments: &[String]) -> String {
    let (code, said, error) = run(arguments);
    assert_eq!(code, Some(2), "{said}{error}");
    error
}

pub fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub fn json_of(path: &str) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"))).expect("JSON")
}

/// Every file of a folder.
pub fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("it can be read"));
    entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("a file")))
        .collect()
}

/// A model that transformers made.
pub fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lm/tests/reference/fixtures").join(name);
    folder.to_str().expect("a path in UTF-8").to_owned()
}

/// Published texts of two contributions, and a list of them.
pub async fn published(data: &Data) -> (Published, Vec<String>) {
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

/// A command that trains a small model on what is published.
pub fn of_snapshot(data: &Data, out: &str) -> Vec<String> {
    let (list, objects, out) = (data.path("snapshot.json"), data.path("published"), data.path(out));
    let own = ["train", "--json", "--epochs", "2", "--snapshot", &list, "--published", &objects, "--out", &out];
    words(&[&own[..], &SMALL].concat())
}
