//! What a stranger sees when the chain's records are not what they were.

use std::fs;

use cosmwasm_std::Binary;
use cw_storage_plus::Map;
use operator::story::CHAIN_FILE;
use protocol::attribution::{ExecuteMsg, ReportMsg};
use rules::ledger;
use rules::score::{pack_entries, unpack_entries};
use serde_json::Value;
use tempfile::TempDir;
use testing::{EmbeddedChain, Invariants};

use crate::told::{MODEL, oracle, told};

/// The ledger as `settlement` keeps it, by model and chunk.
const LEDGER: Map<(u64, u32), Binary> = Map::new("ledger");
/// Stake, likewise.
const STAKE: Map<(u64, u32), Binary> = Map::new("stake");
/// The last settled round of the base, a valuation: after it accounts are held against the chain's.
const LAST: &str = "5";

/// Exit code and output of a stranger's replay.
pub fn replayed(folder: &TempDir, round: &str, more: &[&str]) -> (Option<i32>, String) {
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

/// A copy of the story in which the first chunk of the base's was changed in `settlement`'s own storage.
fn with_chunk(map: Map<(u64, u32), Binary>, change: impl FnOnce(&mut Vec<u8>)) -> TempDir {
    let copy = told().copy();
    let path = copy.path().join(CHAIN_FILE);
    let mut chain = EmbeddedChain::open(&path, Invariants::Off).expect("the copy opens");
    let settlement = chain.deployment().expect("contracts are deployed").settlement.clone();
    let mut storage = chain.contract_storage_mut(&settlement);
    let key = (MODEL.get(), 0);
    // Written raw, without JSON around it.
    let path_of_chunk = map.key(key);
    let mut packed = storage.get(&path_of_chunk).expect("there is a first chunk");
    change(&mut packed);
    storage.set(&path_of_chunk, &packed);
    drop(storage);
    chain.save(&path).expect("the copy can be written");
    copy
}

/// Attributes of a transaction's first event of a type.
fn event<'a>(transaction: &'a Value, wanted: &str) -> Option<&'a Value> {
    let events = transaction["events"].as_array()?;
    events.iter().find(|event| event["type"] == wanted).map(|event| &event["attributes"])
}

/// The same, to change.
fn event_mut<'a>(transaction: &'a mut Value, wanted: &str) -> Option<&'a mut Value> {
    let events = transaction["events"].as_array_mut()?;
    events.iter_mut().find(|event| event["type"] == wanted).map(|event| &mut event["attributes"])
}

/// The message of a transaction, if it reveals a vector in a round of the base.
fn reveals(transaction: &Value, wanted: u64) -> Option<ExecuteMsg> {
    let message = cosmwasm_std::from_json(transaction["messages"][0]["msg"].as_str()?.as_bytes()).ok()?;
    let ExecuteMsg::Reveal { model, round, report: ReportMsg::Vector { .. }, .. } = &message else { return None };
    (*model == MODEL && round.get() == wanted).then_some(message)
}

/// Raises the score of position 0 in the vectors of the first `count` reveals of a round.
fn raise_scores(transactions: &mut [Value], round: u64, count: usize) {
    let mut raised = 0;
    for transaction in transactions.iter_mut().filter(|transaction| reveals(transaction, round).is_some()).take(count) {
        let mut message = reveals(transaction, round).expect("it was just seen");
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
    let copy = with_chunk(LEDGER, |packed| {
        let mut entries = ledger::unpack(packed).expect("the contract wrote it");
        entries[0].accrued ^= 1;
        *packed = ledger::pack(&entries);
    });
    let (code, text) = replayed(&copy, LAST, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("DIFFERS: position 0: Entry"), "{text}");
}

#[test]
fn a_changed_stake_is_found_by_replay() {
    // The lowest byte of what the valuation gave position 1.
    let copy = with_chunk(STAKE, |packed| packed[15] ^= 1);
    let (code, text) = replayed(&copy, LAST, &[]);
    assert_eq!(code, Some(1), "{text}");
    let differences: Vec<&str> = text.lines().filter(|line| line.starts_with("DIFFERS")).collect();
    let [difference] = differences.as_slice() else { panic!("{text}") };
    assert!(
        difference.starts_with("DIFFERS: position 1: ") && difference.contains("units of stake on chain"),
        "{text}"
    );
}

#[test]
fn a_debt_whose_collection_is_left_out_is_missed_by_replay() {
    let copy = with_transactions(|transactions| {
        let collects = |transaction: &Value| event(transaction, "wasm-debt_repaid").is_some();
        let index = transactions.iter().position(collects).expect("the bond of the wrong labels was taken");
        transactions.remove(index);
    });
    assert_names_the_debtor(&copy);
}

#[test]
fn a_debt_whose_amount_was_changed_is_found_by_replay() {
    let copy = with_transactions(|transactions| {
        let mut repaid = transactions.iter_mut().filter_map(|transaction| event_mut(transaction, "wasm-debt_repaid"));
        let attributes = repaid.next().and_then(Value::as_array_mut).expect("the bond of the wrong labels was taken");
        let amount = attributes.iter_mut().find(|attribute| attribute["key"] == "amount").expect("it has one");
        let taken: u64 = amount["value"].as_str().and_then(|text| text.parse().ok()).expect("it is a number");
        amount["value"] = (taken - 1).to_string().into();
    });
    assert_names_the_debtor(&copy);
}

/// Replay finds one account that is not as the chain has it: that of the wrong labels.
fn assert_names_the_debtor(copy: &TempDir) {
    let (code, text) = replayed(copy, LAST, &[]);
    assert_eq!(code, Some(1), "{text}");
    let position = told().contribution("wrong-labels").position.expect("it was used");
    let differences: Vec<&str> = text.lines().filter(|line| line.starts_with("DIFFERS")).collect();
    let [difference] = differences.as_slice() else { panic!("{text}") };
    assert!(difference.starts_with(&format!("DIFFERS: position {position}: Entry")), "{text}");
    // Rounds before it are not touched.
    assert_eq!(replayed(copy, "4", &[]).0, Some(0));
}

#[test]
fn one_changed_vector_of_a_valuation_is_found_by_replay() {
    let copy = with_transactions(|transactions| raise_scores(transactions, 5, 1));
    let (code, text) = replayed(&copy, LAST, &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("DIFFERS: round 5: the vector of wasm1"), "{text}");
    assert!(text.contains("is not the one that it committed to") && !text.contains("DIFFERS: position"), "{text}");
}

#[test]
fn changed_vectors_of_a_majority_of_a_valuation_are_found_in_ledger_and_stake() {
    let copy = with_transactions(|transactions| raise_scores(transactions, 5, 4));
    let (code, text) = replayed(&copy, LAST, &[]);
    assert_eq!(code, Some(1), "{text}");
    for named in ["position 0: Entry", "round 5: D is", "units of stake were given on chain"] {
        assert!(text.contains(named), "{named}: {text}");
    }
    assert!(
        text.lines().any(|line| line.starts_with("DIFFERS: position 0: ") && line.contains("units of stake on chain"))
    );
}

#[test]
fn one_changed_vector_is_found_by_replay_though_no_median_moves() {
    let copy = with_transactions(|transactions| raise_scores(transactions, 4, 1));
    let (code, text) = replayed(&copy, "4", &[]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("is not the one that it committed to"), "{text}");
    assert!(!text.contains("DIFFERS: position"), "{text}");
}

#[test]
fn changed_vectors_of_a_majority_are_found_in_the_ledger_too() {
    let copy = with_transactions(|transactions| raise_scores(transactions, 4, 4));
    let (code, text) = replayed(&copy, LAST, &[]);
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
