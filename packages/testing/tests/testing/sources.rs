//! What no contract's source may contain, since no message could show it: floats, hashed collections, swallowed failures.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that stand in no contract, nor in the rules and messages that contracts are built from.
const NOWHERE: [&str; 8] =
    ["HashMap", "HashSet", "f32", "f64", "reply_always", "reply_on_error", "unsafe", "query_all_balances"];

/// Words that stand in one file alone, where a model's stake is created: a failure there fails the whole transaction.
const IN_ONE_FILE: [&str; 2] = ["SubMsg", "reply_on_success"];
const THE_FILE: &str = "contracts/model/src/execute/stake.rs";

/// Lints that every contract denies outside its tests.
const DENIED: [&str; 6] = [
    "clippy::arithmetic_side_effects",
    "clippy::cast_possible_truncation",
    "clippy::indexing_slicing",
    "clippy::unwrap_used",
    "clippy::expect_used",
    "clippy::panic",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn contracts() -> Vec<PathBuf> {
    let folders = fs::read_dir(root().join("contracts")).unwrap();
    let folders: Vec<_> = folders.map(|folder| folder.unwrap().path()).filter(|path| path.is_dir()).collect();
    assert!(folders.len() >= 5, "the contracts are elsewhere: {folders:?}");
    folders
}

/// All Rust files under a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a line, without what a comment says.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    code(line).split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

#[test]
fn contracts_hold_no_floats_no_hashed_collections_and_swallow_no_failure() {
    let shared = ["packages/rules", "packages/protocol"].map(|folder| root().join(folder));
    for folder in contracts().into_iter().chain(shared) {
        for path in sources(&folder.join("src")) {
            let text = fs::read_to_string(&path).unwrap();
            let replies = path.ends_with(THE_FILE);
            for (number, line) in text.lines().enumerate() {
                let found = words(line).find(|word| NOWHERE.contains(word) || !replies && IN_ONE_FILE.contains(word));
                assert_eq!(found, None, "{}:{}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn every_contract_denies_what_could_panic_or_wrap() {
    for folder in contracts().into_iter().chain([root().join("packages/rules")]) {
        let path = folder.join("src/lib.rs");
        let text = fs::read_to_string(&path).unwrap();
        for lint in DENIED {
            assert!(text.contains(lint), "{} does not deny {lint}", path.display());
        }
    }
}
