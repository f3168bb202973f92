//! What a stranger sees when the chain's records, or what was published, are not what they were.

use std::{fs, path::PathBuf};

use cosmwasm_std::{Binary, Storage};
use cw_storage_plus::Map;
use operator::{
    inputs::InputsError,
    node::{Measured, NodeError},
    published::{Published, PublishedError},
    replay,
    story::{CHAIN_FILE, PUBLISHED_FOLDER},
    training::TrainingError,
};
use protocol::attribution::{ExecuteMsg, ReportMsg};
use rules::score::{Report, Vector, pack_entries, unpack_entries};
use serde_json::Value;
use tempfile::TempDir;
use testing::{EmbeddedChain, Invariants};

use crate::told::{oracle, told};

/// The ledger as `settlement` keeps it, by model and chunk.
const LEDGER: Map<(u64, u32), Binary> = Map::new("ledger");

/// Exit code and output of a stranger's replay.
fn replayed(folder: &TempDir, round: &str, more: &[&str]) -> (Option<i32>, String) {
    let mut arguments =
        vec!["replay", "--model", "1", "--round", round, "--out", folder.path().to_str().expect("a path in UTF-8")];
    arguments.extend(more);
    let output = oracle(&arguments);
    (
        output.status.code(),
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat(),
    )
}

/// A copy of the story in which the saved chain's transactions were changed.
fn with_transactions(change: impl FnOnce(&mut Vec<Value>)) -> TempDir {
    let copy = told().copy();
    let path = copy.path().join(CHAIN_FILE);
    let mut chain: Value =
        serde_json::from_slice(&fs::read(&path).expect("the copy is there")).expect("a chain is JSON");
    change(chain["transactions"].as_array_mut().expect("transactions are a list"));
    fs::write(&path, chain.to_string()).expect("the copy can be written");
    copy
}

/// The message of a transaction, if it reveals a vector in a round.
fn reveals(transaction: &Value, wanted: u64) -> Option<ExecuteMsg> {
    let message = cosmwasm_std::from_json(transaction["messages"][0]["msg"].as_str()?.as_bytes()).ok()?;
    let ExecuteMsg::Reveal { round, report: ReportMsg::Vector { .. }, .. } = &message else { return None };
    (round.get() == wanted).then_some(message)
}

/// Raises the score of position 0 in the vectors of the first `count` reveals of round 4.
fn raise_scores(transactions: &mut [Value], count: usize) {
    let mut raised = 0;
    for transaction in transactions.iter_mut().filter(|transaction| reveals(transaction, 4).is_some()).take(count) {
        let mut message = reveals(transaction, 4).expect("it was just seen");
        if let ExecuteMsg::Reveal { report: ReportMsg::Vector { entries, .. }, .. } = &mut message {
            let mut scores = unpack_entries(entries).expect("it was accepted");
            scores[0].score += 1_000_000;
            *entries = pack_entries(&scores).into();
        }
        transaction["messages"][0]["msg"] = cosmwasm_std::to_json_string(&message).expect("messages are JSON").into();
        raised += 1;
    }
    assert_eq!(raised, count);
}

#[test]
fn a_changed_ledger_is_found_by_replay() {
    let copy = told().copy();
    let path = copy.path().join(CHAIN_FILE);
    let mut chain = EmbeddedChain::open(&path, Invariants::Off).expect("the copy opens");
    let settlement = chain.deployment().expect("contracts are deployed").settlement.clone();
    let mut storage = chain.contract_storage_mut(&settlement);
    let mut packed = LEDGER.load(&*storage as &dyn Storage, (1, 0)).expect("the ledger has a chunk").to_vec();
    // The lowest byte of what position 0 has earned.
    packed[7] ^= 1;
    LEDGER.save(&mut *storage, (1, 0), &packed.into()).expect("it can be written");
    drop(storage);
    chain.save(&path).expect("the copy can be written");
    let (code, text) = replayed(&copy, "4", &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("DIFFERS: position 0: Entry"), "{text}");
}

#[test]
fn one_changed_vector_is_found_by_replay_though_no_median_moves() {
    let copy = with_transactions(|transactions| raise_scores(transactions, 1));
    let (code, text) = replayed(&copy, "4", &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("is not the one that it committed to"), "{text}");
    assert!(!text.contains("DIFFERS: position"), "{text}");
}

#[test]
fn changed_vectors_of_a_majority_are_found_in_the_ledger_too() {
    let copy = with_transactions(|transactions| raise_scores(transactions, 4));
    let (code, text) = replayed(&copy, "4", &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("DIFFERS: position 0: Entry") && text.contains("the residual is"), "{text}");
}

#[test]
fn a_vector_that_is_left_out_is_missed_by_replay() {
    let copy = with_transactions(|transactions| {
        let index = transactions
            .iter()
            .position(|transaction| reveals(transaction, 1).is_some())
            .expect("vectors were revealed");
        transactions.remove(index);
    });
    let (code, text) = replayed(&copy, "1", &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("7 vectors were revealed on chain, 6 are in its transactions"), "{text}");
}

#[test]
fn without_any_vector_nothing_can_be_replayed() {
    let copy = with_transactions(|transactions| transactions.retain(|transaction| reveals(transaction, 1).is_none()));
    let (code, text) = replayed(&copy, "1", &[]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("no revealed vector of round 1 is in the chain's transactions"), "{text}");
}

#[test]
fn scores_that_published_receipts_do_not_bear_out_are_beyond_the_tolerance() {
    let copy = told().copy();
    for file in round_receipts(&copy, 2).iter().take(2) {
        fs::remove_file(file).expect("it is there");
    }
    let (code, text) = replayed(&copy, "2", &["--influence"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("bit for bit") && text.contains("BEYOND the tolerance"), "{text}");
}

/// Files of the receipts of an epoch's redemptions, in the order of the bitmap.
fn round_receipts(copy: &TempDir, epoch: u64) -> Vec<PathBuf> {
    let folder = copy.path().join(PUBLISHED_FOLDER).join("receipts");
    let mut files: Vec<(u64, PathBuf)> = (fs::read_dir(&folder).expect("receipts were published"))
        .map(|entry| entry.expect("it can be read").path())
        .filter_map(|path| {
            let segment: Value = serde_json::from_slice(&fs::read(&path).expect("it is there")).expect("it is JSON");
            (segment["receipts"][0]["epoch"] == epoch).then(|| (segment["channel"].as_u64().expect("a channel"), path))
        })
        .collect();
    files.sort();
    files.into_iter().map(|(_, path)| path).collect()
}

fn files(copy: &TempDir, kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(copy.path().join(PUBLISHED_FOLDER).join(kind)).expect("some were published");
    entries.map(|entry| entry.expect("it can be read").path()).collect()
}

/// Changes the first of the words of a kind in a file.
fn edit(path: &PathBuf, from: &str, to: &str) {
    let text = fs::read_to_string(path).expect("it is text");
    assert!(text.contains(from), "{from} is in {}", path.display());
    fs::write(path, text.replacen(from, to, 1)).expect("it can be written");
}

/// Measures the first round with a copy's published objects.
async fn measure(copy: &TempDir) -> Result<Measured, NodeError> {
    let contracts = told().contracts().await;
    let round = told().round(&contracts, 1).await;
    told().engine(contracts, Published::at(copy.path().join(PUBLISHED_FOLDER))).measure(&round).await
}

fn vector(measured: Measured) -> Vector {
    match measured.report {
        Report::Vector(vector) => vector,
        Report::TooFew => panic!("there is enough evidence"),
    }
}

#[tokio::test]
async fn true_objects_give_the_vector_that_the_operators_revealed() {
    let measured = measure(&told().copy()).await.expect("everything is published");
    assert!(measured.unresolved.is_empty());
    let contracts = told().contracts().await;
    let revealed =
        replay::revealed(&contracts, &told().round(&contracts, 1).await).await.expect("vectors are well formed");
    assert_eq!(revealed.len(), 7);
    let vector = vector(measured);
    assert!(revealed.iter().all(|revealed| revealed.vector == vector));
}

#[tokio::test]
async fn missing_and_false_receipts_are_marked_and_the_rest_is_measured() {
    let copy = told().copy();
    let receipts = round_receipts(&copy, 1);
    assert_eq!(receipts.len(), 4);
    fs::remove_file(&receipts[1]).expect("it is there");
    edit(&receipts[2], "\"fee\": \"1000000\"", "\"fee\": \"3000000\"");
    let measured = measure(&copy).await.expect("receipts alone stop nobody");
    let [(1, missing), (2, false_ones)] = measured.unresolved.as_slice() else { panic!("{:?}", measured.unresolved) };
    assert!(missing.contains("is not published"), "{missing}");
    assert!(false_ones.contains("its receipts do not lead to the redeemed head"), "{false_ones}");
    assert_eq!(vector(measured).unresolved.ones().collect::<Vec<_>>(), [1, 2]);
}

#[tokio::test]
async fn without_any_receipts_there_is_too_little_to_tell() {
    let copy = told().copy();
    fs::remove_dir_all(copy.path().join(PUBLISHED_FOLDER).join("receipts")).expect("they are there");
    let measured = measure(&copy).await.expect("receipts alone stop nobody");
    assert_eq!((measured.report, measured.unresolved.len()), (Report::TooFew, 4));
}

#[tokio::test]
async fn missing_or_false_training_items_stop_the_measurement() {
    let copy = told().copy();
    let items = files(&copy, "items").into_iter().next().expect("items were published");
    let text = fs::read_to_string(&items).expect("it is text");
    edit(&items, "\"ff0008", "\"ff0009");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::False { .. })))),
        "{refused:?}"
    );
    fs::remove_file(&items).expect("it is there");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::Missing { .. })))),
        "{refused:?}"
    );
    fs::write(&items, text).expect("it can be written");
    measure(&copy).await.expect("what is put back is believed");
}

#[tokio::test]
async fn missing_or_false_validation_examples_stop_the_measurement() {
    let copy = told().copy();
    let slices = files(&copy, "validation").into_iter().next().expect("an extension was published");
    let first = slices.join("0-120.json");
    edit(&first, "\"ff0008", "\"ff0009");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::False { .. })))),
        "{refused:?}"
    );
    fs::rename(slices.join("120-120.json"), &first).expect("the next round's examples are there");
    let refused = measure(&copy).await.err();
    let another = matches!(&refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::False { reason, .. }))) if reason == "it is another range");
    assert!(another, "{refused:?}");
    fs::remove_file(&first).expect("it is there");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Inputs(InputsError::Published(PublishedError::Missing { .. })))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn missing_or_false_weights_and_manifests_stop_the_measurement() {
    let copy = told().copy();
    let weights = files(&copy, "weights").into_iter().next().expect("weights were published");
    let (manifest, first, second) =
        (weights.join("manifest.json"), weights.join("member-0.safetensors"), weights.join("member-1.safetensors"));
    let kept = [fs::read(&manifest), fs::read(&first)].map(|bytes| bytes.expect("it is there"));

    fs::copy(&second, &first).expect("it is there");
    let refused = measure(&copy).await.err();
    assert!(matches!(refused, Some(NodeError::Training(TrainingError::NotThatOne { what: "weights" }))), "{refused:?}");
    fs::write(&first, &kept[1][..100]).expect("it can be written");
    let refused = measure(&copy).await.err();
    assert!(matches!(refused, Some(NodeError::Training(TrainingError::Weights(_)))), "{refused:?}");
    fs::write(&first, &kept[1]).expect("it can be written");

    edit(&manifest, "\"epochs\":60", "\"epochs\":61");
    let refused = measure(&copy).await.err();
    assert!(
        matches!(refused, Some(NodeError::Training(TrainingError::NotThatOne { what: "training manifest" }))),
        "{refused:?}"
    );
    fs::write(&manifest, [b" ", kept[0].as_slice()].concat()).expect("it can be written");
    let refused = measure(&copy).await.err();
    assert!(matches!(refused, Some(NodeError::Training(TrainingError::Manifest(_)))), "{refused:?}");
    fs::remove_file(&manifest).expect("it is there");
    let refused = measure(&copy).await.err();
    assert!(matches!(refused, Some(NodeError::Training(TrainingError::Io { .. }))), "{refused:?}");
}
