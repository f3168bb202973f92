//! Keys of private DataNets: read from a file that only its owner can read, checked against the chain, never shown.

use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use operator::{
    keys::{self, DatanetKeys, KeysError},
    published::Digested,
    story::KEYS_FILE,
};
use protocol::{
    DatanetId, Hash32,
    datanet::{Datanet, QueryMsg},
};
use tempfile::TempDir;

use crate::told::{oracle, told};

/// The private DataNet of the story.
const INVERTED: DatanetId = DatanetId(2);
/// A key that is not the story's.
const OTHER: [u8; 32] = [0xc7; 32];

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("keys.json");
    (folder, path)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// A file with this text that only its owner can read.
fn written(path: &Path, text: &str) {
    fs::write(path, text).expect("it can be written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
}

/// An error and everything that stands behind it, as the command prints it.
fn whole(error: &dyn Error) -> String {
    let behind = error.source().map(|source| format!(": {}", whole(source))).unwrap_or_default();
    format!("{error}{behind}")
}

async fn datanet(id: DatanetId) -> Datanet {
    let query = QueryMsg::Datanet { datanet: id };
    told().contracts().await.datanet(&query).await.expect("the story made it")
}

fn story_key() -> Hash32 {
    let text = fs::read(told().folder.join(KEYS_FILE)).expect("the story wrote the keys");
    serde_json::from_slice::<BTreeMap<DatanetId, Hash32>>(&text).expect("keys are JSON")[&INVERTED]
}

/// A stranger's replay of the adapter's round, scores too.
fn replay_of_the_adapter(more: &[&str]) -> (Option<i32>, String) {
    let out = told().folder.to_str().expect("a path in UTF-8");
    let mut arguments = vec!["replay", "--model", "2", "--round", "1", "--influence", "--out", out];
    arguments.extend(more);
    let output = oracle(&arguments);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code(), text)
}

#[test]
fn a_key_file_is_its_owners_alone_whatever_was_there_before() {
    let (folder, path) = folder();
    fs::write(&path, "{}").expect("it can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
    // What a crash left beside it, open to all.
    fs::write(folder.path().join("keys.json.part"), "{").expect("it can be written");
    keys::write(&path, &BTreeMap::from([(INVERTED, Hash32(OTHER))])).expect("it can be written");
    assert_eq!(mode(&path), 0o600);
    assert_eq!(fs::read_dir(folder.path()).expect("it exists").count(), 1, "nothing is left beside it");
    DatanetKeys::load(&path).expect("it can be read as it was written");
}

#[test]
fn a_key_file_that_others_can_read_is_refused_and_says_how_to_mend_it() {
    let (_folder, path) = folder();
    written(&path, "{}");
    for open in [0o640, 0o604, 0o644, 0o620, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).expect("it is ours");
        let refused = DatanetKeys::load(&path).expect_err("others can open it");
        assert!(matches!(refused, KeysError::Readable(_)), "{open:o}: {refused}");
        assert_eq!(refused.to_string(), format!("{} can be read by others: chmod 600 it", path.display()));
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("it is ours");
    DatanetKeys::load(&path).expect("its owner alone can read it");
}

#[test]
fn a_key_file_that_is_not_there_is_named() {
    let (_folder, path) = folder();
    let refused = DatanetKeys::load(&path).expect_err("there is none");
    assert!(matches!(refused, KeysError::Io { .. }) && refused.to_string().contains("keys.json"), "{refused}");
}

#[test]
fn a_malformed_key_file_is_named_with_what_is_expected_and_none_of_what_it_holds() {
    let (_folder, path) = folder();
    let secret = hex::encode(OTHER);
    let malformed = [
        String::new(),
        secret.clone(),
        format!("\"{secret}\""),
        format!("[\"{secret}\"]"),
        format!("{{\"{secret}\": \"2\"}}"),
        format!("{{\"two\": \"{secret}\"}}"),
        format!("{{\"2\": \"{}\"}}", &secret[2..]),
        format!("{{\"2\": \"{secret}00\"}}"),
        format!("{{\"2\": [\"{secret}\"]}}"),
        format!("{{\"2\": \"{secret}\""),
        format!("{{\"2\": \"{}zz\"}}", &secret[2..]),
    ];
    for text in malformed {
        written(&path, &text);
        let refused = DatanetKeys::load(&path).expect_err("it holds no keys");
        assert!(matches!(refused, KeysError::Malformed { .. }), "{text}: {refused}");
        let shown = format!("{} {refused:?}", whole(&refused));
        assert!(shown.contains("keys.json") && shown.contains("64 hex digits"), "{shown}");
        assert!(!shown.contains("c7c7"), "{text}: {shown}");
    }
}

#[test]
fn keys_are_not_shown_when_they_are_printed_for_debugging() {
    let shown =
        format!("{:?} {:#?}", DatanetKeys::none().with(INVERTED, OTHER), DatanetKeys::none().with(INVERTED, OTHER));
    assert!(shown.contains("DatanetId"), "whose they are is no secret: {shown}");
    for secret in ["c7", "C7", "199"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn the_key_that_the_chain_names_opens_a_private_datanet_and_no_other_does() {
    let private = datanet(INVERTED).await;
    let key = story_key();
    let held = DatanetKeys::none().with(INVERTED, key.0);
    assert_eq!(held.digested(&private).expect("it is the one"), Digested::Under(&key.0));

    let wrong = DatanetKeys::none().with(INVERTED, OTHER);
    let refused = wrong.digested(&private).expect_err("it is another one");
    assert!(matches!(refused, KeysError::Wrong(INVERTED)));
    let expected = "the key held for DataNet 2 is not the one that the chain names: ask its owner for it";
    assert_eq!(refused.to_string(), expected);

    // The right key, held for another DataNet.
    for missing in [DatanetKeys::none(), DatanetKeys::none().with(DatanetId(1), key.0)] {
        let refused = missing.digested(&private).expect_err("it is not held");
        assert!(matches!(refused, KeysError::Missing(INVERTED)));
        assert!(refused.to_string().contains("ask its owner for it and name the file with --datanet-keys"));
    }
}

#[tokio::test]
async fn a_public_datanet_needs_no_key_and_a_needless_one_changes_nothing() {
    let public = datanet(DatanetId(1)).await;
    for keys in [DatanetKeys::none(), DatanetKeys::none().with(DatanetId(1), OTHER)] {
        assert_eq!(keys.digested(&public).expect("it needs none"), Digested::Openly);
    }
}

#[test]
fn without_the_key_the_adapters_ledger_is_replayed_but_not_its_scores() {
    let (code, text) = replay_of_the_adapter(&[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("DataNet 2 is private and its key is not held"), "{text}");
    assert!(text.contains("ask its owner for it and name the file with --datanet-keys"), "{text}");
    let out = told().folder.to_str().expect("a path in UTF-8");
    let ledger = oracle(&["replay", "--model", "2", "--round", "1", "--out", out]);
    assert_eq!(ledger.status.code(), Some(0), "vectors are public");
}

#[test]
fn with_the_key_the_adapters_scores_are_recomputed_too() {
    let keys = told().folder.join(KEYS_FILE);
    let (code, text) = replay_of_the_adapter(&["--datanet-keys", keys.to_str().expect("a path in UTF-8")]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("within the tolerance"), "{text}");
    assert!(!text.contains(&story_key().to_string()));
}

#[test]
fn with_another_key_the_adapters_scores_are_not_guessed_at() {
    let (_folder, path) = folder();
    keys::write(&path, &BTreeMap::from([(INVERTED, Hash32(OTHER))])).expect("it can be written");
    let (code, text) = replay_of_the_adapter(&["--datanet-keys", path.to_str().expect("a path in UTF-8")]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("the key held for DataNet 2 is not the one that the chain names"), "{text}");
    assert!(!text.contains("c7c7"), "{text}");
}
