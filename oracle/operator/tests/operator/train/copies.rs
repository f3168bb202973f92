//! `oracle train --without-duplicates`: copies are left out, and what is left trains as if they had never been there.

use std::fs;

use influence::language::Text;
use operator::{
    inputs::texts::{self, TextBatch},
    originals::Since,
    published::{Digested, Published},
};
use rules::item;
use serde_json::{Value, json};

use super::desk::{Data, SMALL, files, json_of, refused, said, words};

/// Passages that have nothing in common.
const PASSAGES: [&str; 6] = [
    "the rays which differ in refrangibility differ also in colour as experiments prove",
    "tom appeared on the sidewalk with a bucket of whitewash and a long handled brush",
    "it is a truth universally acknowledged that single men of fortune want wives",
    "call me ishmael some years ago having little money i thought i would sail",
    "all happy families are alike every unhappy family is unhappy after its own way",
    "in a hole in the ground there lived someone who liked dinner very much",
];

/// The same with other words in two places.
fn nearly(passage: &str) -> String {
    let mut words: Vec<&str> = passage.split(' ').collect();
    (words[1], words[9]) = ("quite", "other");
    words.join(" ")
}

fn lines(texts: &[String]) -> String {
    texts.iter().map(|text| format!("{}\n", json!({ "text": text }))).collect()
}

/// A folder with the passages alone, and with copies planted among them by two others.
fn planted() -> Data {
    let data = Data::new();
    let honest = PASSAGES.map(str::to_owned);
    let copies = [format!("  {} ", PASSAGES[1]), nearly(PASSAGES[3]), nearly(PASSAGES[0])];
    data.write("honest.jsonl", &lines(&honest));
    data.write("honest.txt", &"anna\n".repeat(6));
    let [first, second, third] = copies;
    let mixed = [&honest[..4], &[first, second], &honest[4..], &[third]].concat();
    data.write("mixed.jsonl", &lines(&mixed));
    data.write("mixed.txt", "anna\nanna\nanna\nanna\nbert\nbert\nanna\nanna\ncleo\n");
    data
}

fn train(data: &Data, of: &str, out: &str, more: &[&str]) -> Vec<String> {
    let (items, names) = (data.path(&format!("{of}.jsonl")), data.path(&format!("{of}.txt")));
    let own = ["train", "--json", "--epochs", "3", "--batch", "2", "--items", &items, "--contributions", &names];
    words(&[&own[..], &["--out", &data.path(out)], &SMALL, more].concat())
}

/// `(item, original, kind)` of what was left out.
fn left_out(record: &Value) -> Vec<(u64, u64, String)> {
    let number = |one: &Value, field: &str| one[field].as_u64().expect("a number");
    let all = record["left_out"].as_array().expect("a list").iter();
    all.map(|one| (number(one, "item"), number(one, "original"), one["kind"].as_str().expect("a kind").to_owned()))
        .collect()
}

#[test]
fn copies_are_left_out_and_the_weights_are_those_of_training_without_them() {
    let data = planted();
    said(&train(&data, "honest", "honest", &[]));
    let told = said(&train(&data, "mixed", "mixed", &["--without-duplicates"]));
    assert_eq!((&told["items"], &told["steps"]), (&json!(6), &json!(9)));
    let copies = json!([
        { "contribution": "bert", "exact": 1, "near": 1 },
        { "contribution": "cleo", "exact": 0, "near": 1 },
    ]);
    assert_eq!(told["left_out"], copies);
    let (honest, mixed) = (files(&data.path("honest")), files(&data.path("mixed")));
    for name in ["model.safetensors", "tokenizer.json", "config.json", "loss.svg"] {
        assert!(honest[name] == mixed[name], "{name} differs");
    }

    let record = json_of(&data.path("mixed/training.json"));
    let expected = [(4, 1, "exact"), (5, 3, "near_text"), (8, 0, "near_text")];
    assert_eq!(left_out(&record), expected.map(|(item, original, kind)| (item, original, kind.to_owned())));
    assert_eq!(record["originals"], json!({ "procedure": "earliest-text/1", "left_out": [4, 5, 8] }));
    assert_eq!(record["contributions"][2]["items"], json!(0), "a contribution of copies keeps its place");
    assert_eq!(json_of(&data.path("mixed/version.json"))["originals"], json!("earliest-text/1"));
    assert_eq!(json_of(&data.path("honest/version.json"))["originals"], Value::Null);

    said(&train(&data, "mixed", "again", &["--without-duplicates"]));
    assert_eq!(files(&data.path("again")), mixed, "the same data and the same flag give the same bytes");
    let error = refused(&train(&data, "mixed", "mixed", &[]));
    assert!(error.contains("originals is nothing, not something"), "{error}");
}

#[test]
fn who_committed_first_keeps_the_item_where_commits_are_known() {
    let data = planted();
    data.write("commits.csv", "contribution,committed_at\nanna,2000\nbert,1000\ncleo,3000\n");
    let commits = data.path("commits.csv");
    said(&train(&data, "mixed", "out", &["--without-duplicates", "--commits", &commits]));
    let record = json_of(&data.path("out/training.json"));
    let items: Vec<(u64, u64)> = left_out(&record).iter().map(|(item, original, _)| (*item, *original)).collect();
    assert_eq!(items, [(1, 4), (3, 5), (8, 0)]);
    let error = refused(&train(&data, "mixed", "other", &["--commits", &commits]));
    assert!(error.contains("--without-duplicates"), "{error}");
}

#[tokio::test]
async fn who_measures_leaves_out_what_who_trained_left_out() {
    let data = Data::new();
    let published = Published::at(data.path("published"));
    let contributions = [
        (
            9,
            200,
            vec![PASSAGES[0].to_owned(), PASSAGES[1].to_owned(), "what is light\u{1f} a wave they say".to_owned()],
        ),
        (12, 300, vec![nearly(PASSAGES[0]), PASSAGES[2].to_owned()]),
        (7, 100, vec![nearly(PASSAGES[1]), "what is light\u{1f} a wave they say".to_owned()]),
    ];
    let (mut listed, mut batches, mut since) = (Vec::new(), Vec::new(), Vec::new());
    for (position, (id, committed_at, items)) in (0..).zip(contributions) {
        let items: Vec<Vec<u8>> = items.iter().map(|text| item::text_item(text)).collect();
        let root = published.put_items(&items, Digested::Openly).await.expect("the folder can be written");
        listed.push(json!({
            "datanet": "4", "contribution": id.to_string(), "items_root": hex::encode(root), "committed_at": committed_at,
        }));
        batches.push(TextBatch { position, texts: texts::read_items(&items).expect("they are texts") });
        since.push(Since { committed_at, contribution: id });
    }
    data.write("snapshot.json", &json!({ "contributions": listed }).to_string());
    let (list, objects, out, saved) =
        (data.path("snapshot.json"), data.path("published"), data.path("out"), data.path("saved"));
    let own = ["train", "--json", "--epochs", "1", "--snapshot", &list, "--published", &objects, "--out", &out];
    let told = said(&words(&[&own[..], &SMALL, &["--without-duplicates", "--save-items", &saved]].concat()));
    assert_eq!(told["items"], json!(4));

    let measured = texts::without_copies(batches, &since).expect("copies can be looked for");
    let of_measured = measured.iter().flat_map(|batch| batch.texts.iter().map(|text| (batch.position, text.clone())));
    let owners: Vec<String> =
        fs::read_to_string(format!("{saved}/contributions.txt")).unwrap().lines().map(str::to_owned).collect();
    let learned = fs::read_to_string(format!("{saved}/items.jsonl")).unwrap();
    let learned: Vec<Value> = learned.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of_measured: Vec<(u32, Text)> = of_measured.collect();
    assert_eq!(of_measured.len(), learned.len());
    for ((position, text), (owner, learned)) in of_measured.iter().zip(owners.iter().zip(&learned)) {
        assert_eq!(["9", "12", "7"][*position as usize], owner);
        let shown = match text {
            Text::Whole(text) => json!({ "text": text }),
            Text::Answered(said) => json!({ "prompt": said.prompt, "answer": said.answer }),
        };
        assert_eq!(shown, *learned);
    }
    let manifest = json_of(&data.path("out/manifest.json"));
    assert_eq!(manifest["positions"], json!(3), "a contribution of copies has its position too");
}
