//! Where items may come from, and what is said of those that cannot be used.

use std::{
    fs,
    path::{Path, PathBuf},
};

use operator::{
    published::{Digested, Published},
    story::{CHAIN_FILE, PUBLISHED_FOLDER},
};
use protocol::{ContributionId, model::VersionManifest};
use rules::item;
use serde_json::json;
use testing::scenario::World;

use super::desk::{Data, SMALL, files, json_of, of_snapshot, published, refused, said, words};

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
