//! Replay of a ledger that more than rounds moved: debts repaid between two chunks of a round, and a retirement in chunks that a
//! round broke off.

use std::{collections::BTreeSet, fs, sync::Arc};

use chain::{EmbeddedClient, embedded::Checks};
use operator::{
    contracts::Contracts,
    replay::{self, Replay},
};
use protocol::{ContributionId, RoundId, attribution::Phase};
use serde_json::Value;
use tempfile::TempDir;
use testing::{
    ChainOptions, Invariants,
    scenario::{Setup, World, report},
};

/// Positions: three chunks of the ledger, the last not full.
const POSITIONS: usize = 70;
/// The first position of the last chunk.
const LAST_CHUNK: usize = 64;
/// A debtor of the first chunk who owes more than its bond, and one of the last who owes less.
const DEBTORS: [usize; 2] = [3, 66];
/// Fee of each round, in uopen.
const FEE: u128 = 100_000_000;

/// Scores of a round: everybody is useful and in some doubt but the two debtors, whose harm is certain.
fn entries() -> Vec<(i32, u32)> {
    let mut entries = vec![(5_000_000, 2_000_000); POSITIONS];
    entries[DEBTORS[0]] = (-200_000_000, 0);
    entries[DEBTORS[1]] = (-2_000_000, 0);
    entries
}

const REACH: u64 = 340_000_000;

/// Two settled rounds, after which both debts are proved and claimed.
fn indebted() -> World {
    let quiet = ChainOptions { invariants: Invariants::Off, ..ChainOptions::default() };
    let mut world = World::with(Setup { chain: quiet, items: vec![1; POSITIONS], ..Setup::default() });
    world.chain.set_invariants(Invariants::Panic);
    let model = world.model;
    world.recognise(model);
    for _ in 0..2 {
        world.settle(FEE, &entries(), REACH).expect("all operators report the same");
    }
    for debtor in debtors(&world) {
        world.claim_debt(debtor).expect("its debt is proved");
    }
    world.pass_appeals();
    world
}

fn debtors(world: &World) -> [ContributionId; 2] {
    DEBTORS.map(|position| world.batches[position].id)
}

/// A third round; between its two chunks both debts are collected.
fn collect_between_chunks(world: &mut World) {
    world.pay(FEE).expect("the channel has a deposit");
    world.finish_epoch();
    let round = world.open_round().expect("there are fees");
    let report = report(&entries(), REACH, round.redemptions);
    for operator in world.accounts.operators.clone() {
        world.commit_report(&operator, &round, &report).expect("it is in the set");
    }
    world.pass_window(round.id);
    world.end_commits(round.id).expect("the window is over");
    for operator in world.accounts.operators.clone() {
        world.reveal_report(&operator, &round, &report).expect("it committed to it");
    }
    world.pass_window(round.id);
    while world.round(round.id).phase != Phase::Advance {
        world.aggregate(round.id, None).expect("vectors were revealed");
    }
    world.advance(round.id, Some(1)).expect("there are two chunks");
    assert_eq!(world.round(round.id).phase, Phase::Advance, "the second chunk is to come");
    for debtor in debtors(world) {
        world.collect_debt(debtor).expect("nobody appealed");
    }
    world.finish_round(round.id).expect("one chunk is left");
}

fn stop(world: &mut World) {
    for _ in 0..7 {
        world.to_next_epoch();
    }
}

/// A saved chain.
struct Saved {
    folder: TempDir,
}

impl Saved {
    fn of(world: &World) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        world.chain.save(&folder.path().join("chain.json")).expect("it can be written");
        Self { folder }
    }

    /// The same without one transaction, whatever it did.
    fn without(&self, index: usize) -> Self {
        let path = self.folder.path().join("chain.json");
        let mut chain: Value = serde_json::from_slice(&fs::read(path).expect("it was saved")).expect("a chain is JSON");
        chain["transactions"].as_array_mut().expect("transactions are a list").remove(index);
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("chain.json"), chain.to_string()).expect("it can be written");
        Self { folder }
    }

    /// A stranger's replay of the last settled round.
    async fn replay(&self, round: u64) -> Replay {
        let path = self.folder.path().join("chain.json");
        let client = EmbeddedClient::open(&path, Checks::Off).await.expect("it was saved");
        let deployment = client.deployment().await.expect("the chain answers").expect("contracts are deployed");
        let contracts = Contracts::new(Arc::new(client), deployment);
        replay::replay(&contracts, protocol::ModelId(1), RoundId(round)).await.expect("the round was settled")
    }
}

/// Places of the transactions with an event of a type.
fn places(world: &World, event: &str) -> Vec<usize> {
    let is = |record: &&testing::TxRecord| record.events.iter().any(|own| own.ty == format!("wasm-{event}"));
    let all = world.chain.transactions();
    (0..all.len()).filter(|index| is(&&all[*index])).collect()
}

/// Positions that differ from the chain's.
fn differing(replay: &Replay) -> BTreeSet<usize> {
    let position = |line: &String| line.strip_prefix("position ")?.split(':').next()?.parse().ok();
    replay.differences.iter().filter_map(position).collect()
}

#[tokio::test]
async fn debts_repaid_between_two_chunks_of_a_round_are_replayed_bit_for_bit() {
    let mut world = indebted();
    collect_between_chunks(&mut world);
    let ledger = world.ledger();
    let owed = DEBTORS.map(|position| ledger[position].debt.u64());
    // 66.5 OPEN a round: all of the first bond is a small part of three rounds' harm; the second paid what two rounds had cost.
    let harm = |score: u64| (66_500_000 * score).div_ceil(REACH);
    assert_eq!(owed, [3 * harm(200_000_000) - 1_000_000, harm(2_000_000)]);

    let saved = Saved::of(&world);
    agrees(&saved.replay(3).await);
    for place in places(&world, "debt_repaid") {
        let differing = differing(&saved.without(place).replay(3).await);
        assert!(differing.len() == 1 && DEBTORS.iter().any(|debtor| differing.contains(debtor)), "{differing:?}");
    }
}

#[tokio::test]
async fn a_retirement_in_chunks_that_a_round_broke_off_is_replayed_bit_for_bit() {
    let mut world = indebted();
    collect_between_chunks(&mut world);
    let held_back: u64 = world.ledger().iter().map(|account| account.held_back.u64()).sum();
    assert!(held_back > 0, "doubt holds something back");
    stop(&mut world);
    world.retire(Some(2)).expect("the model has stopped");
    let begun = Saved::of(&world);
    agrees(&begun.replay(3).await);
    let [place] = places(&world, "ledger_retired")[..] else { panic!("two chunks were retired in one message") };
    let missed = differing(&begun.without(place).replay(3).await);
    assert!(!missed.is_empty() && missed.iter().all(|position| *position < LAST_CHUNK), "{missed:?}");

    world.settle(FEE, &entries(), REACH).expect("it serves again");
    agrees(&Saved::of(&world).replay(4).await);

    stop(&mut world);
    for chunks in [2, 1] {
        world.retire(Some(chunks)).expect("the model has stopped again");
    }
    world.retire(None).expect_err("all chunks are retired");
    assert!(world.ledger().iter().all(|account| account.held_back.is_zero()), "doubt holds back nothing any more");
    let retired = Saved::of(&world);
    agrees(&retired.replay(4).await);
    let [_, _, last] = places(&world, "ledger_retired")[..] else { panic!("chunks were retired by three messages") };
    let missed = differing(&retired.without(last).replay(4).await);
    assert!(!missed.is_empty() && missed.iter().all(|position| *position >= LAST_CHUNK), "{missed:?}");
    // Earlier rounds do not hang on what came after them.
    agrees(&retired.replay(3).await);
    agrees(&retired.replay(1).await);
}

fn agrees(replayed: &Replay) {
    assert!(replayed.agrees(), "{:?}", replayed.differences);
    assert_eq!(replayed.ledger.len(), POSITIONS);
}
