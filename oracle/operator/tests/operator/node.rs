//! An operator's promises: on disk before they are sent, kept through crashes, and never replaced once they stand on chain.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chain::{ChainClient, ChainError, EmbeddedClient, Execute, Signer, Status, TxFilter, TxOutcome, TxRecord};
use operator::{
    node::{Node, NodeError},
    published::Published,
    replay,
    store::{Promise, Store, StoreError},
    story::PUBLISHED_FOLDER,
};
use protocol::{
    Hash32,
    attribution::{ExecuteMsg, ReportMsg, Round, RoundKind},
};
use redb::{Database, TableDefinition};
use rules::score::{Report, report_commitment};
use tempfile::TempDir;

use crate::told::{MODEL, told};

type Watch = Box<dyn Fn() -> Result<(), ChainError> + Send + Sync>;

/// The story's chain, except that nothing that is sent arrives: it is kept, and whoever watches says what the sender hears.
struct Watched {
    chain: EmbeddedClient,
    sent: Arc<Mutex<Vec<ExecuteMsg>>>,
    watch: Watch,
}

#[async_trait]
impl ChainClient for Watched {
    async fn status(&self) -> Result<Status, ChainError> {
        self.chain.status().await
    }

    async fn query_raw(&self, contract: &str, msg: &[u8]) -> Result<Vec<u8>, ChainError> {
        self.chain.query_raw(contract, msg).await
    }

    async fn execute(&self, _: &Signer, msgs: Vec<Execute>) -> Result<TxOutcome, ChainError> {
        let messages =
            msgs.iter().map(|msg| cosmwasm_std::from_json(&msg.msg).expect("operators tell only attribution"));
        self.sent.lock().expect("no test panics here").extend(messages);
        (self.watch)()?;
        let Status { height, time, .. } = self.chain.status().await?;
        Ok(TxOutcome { height, time, hash: Hash32([0; 32]), events: Vec::new() })
    }

    async fn txs(&self, filter: &TxFilter) -> Result<Vec<TxRecord>, ChainError> {
        self.chain.txs(filter).await
    }

    async fn block(&self, height: u64) -> Result<Vec<TxRecord>, ChainError> {
        self.chain.block(height).await
    }
}

/// An operator before the story's chain, in a folder of its own.
struct Scene {
    node: Node,
    sent: Arc<Mutex<Vec<ExecuteMsg>>>,
    home: TempDir,
}

impl Scene {
    async fn new(signer: Signer, watch: impl Fn(Store) -> Watch) -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        let (chain, sent) = (told().chain().await, Arc::default());
        let state = Store::open(home.path().join("state")).expect("a new store");
        let watched = Watched { chain: chain.clone(), sent: Arc::clone(&sent), watch: watch(state.clone()) };
        let contracts = told().contracts_behind(watched, &chain).await;
        let engine = told().engine(contracts, told().published());
        Self { node: Node { signer, store: state, engine }, sent, home }
    }

    /// An operator whose messages all arrive.
    async fn quiet(signer: Signer) -> Self {
        Self::new(signer, |_| Box::new(|| Ok(()))).await
    }

    async fn round(&self, id: u64) -> Round {
        told().round(&self.node.engine.contracts, id).await
    }

    fn promise(&self, round: &Round) -> Option<Promise> {
        self.node.store.promise(MODEL, round.id).expect("the folder can be read")
    }

    fn sent(&self) -> Vec<ExecuteMsg> {
        self.sent.lock().expect("no test panics here").clone()
    }
}

/// Somebody who has no part in any of the story's rounds.
fn newcomer() -> Signer {
    Signer::from_seed_label("a newcomer")
}

fn unreachable_chain() -> ChainError {
    ChainError::Transport("the cable is out".to_owned())
}

#[tokio::test]
async fn a_promise_is_on_disk_before_its_commitment_is_sent() {
    let seen = Arc::new(Mutex::new(None));
    let seen_by_watch = Arc::clone(&seen);
    let scene = Scene::new(newcomer(), move |state| {
        let seen = Arc::clone(&seen_by_watch);
        Box::new(move || {
            *seen.lock().expect("no test panics here") =
                state.promise(MODEL, protocol::RoundId(1)).expect("the folder can be read");
            Ok(())
        })
    })
    .await;
    let round = scene.round(1).await;
    scene.node.commit(&round).await.expect("it is measured, kept and sent");
    let kept = seen.lock().expect("no test panics here").clone().expect("it was on disk when the message was sent");
    assert_eq!((Some(&kept), kept.inputs), (scene.promise(&round).as_ref(), round.inputs));

    let report = match scene.node.engine.measure(&round).await.expect("it can be measured again").report {
        Report::Vector(vector) => Report::Vector(vector),
        Report::TooFew => panic!("the round was settled"),
    };
    let domain = scene.node.engine.contracts.attribution_domain();
    let commitment =
        report_commitment(&domain, round.inputs.bytes(), scene.node.signer.address(), &report, kept.salt.bytes());
    assert_eq!(scene.sent(), [ExecuteMsg::Commit { model: MODEL, round: round.id, commitment: Hash32(commitment) }]);
}

#[tokio::test]
async fn a_crash_between_keeping_and_committing_reuses_the_same_salt() {
    let scene = Scene::new(newcomer(), |_| Box::new(|| Err(unreachable_chain()))).await;
    let round = scene.round(1).await;
    let failed = scene.node.commit(&round).await;
    assert!(matches!(failed, Err(NodeError::Chain(ChainError::Transport(_)))), "{failed:?}");
    let kept = scene.promise(&round).expect("it was kept before the cable was out");
    scene.node.commit(&round).await.expect_err("the cable is still out");
    assert_eq!(scene.promise(&round), Some(kept), "the same salt, the same report");
    let sent = scene.sent();
    assert!(sent.len() == 2 && sent[0] == sent[1], "the same commitment: {sent:?}");
}

#[tokio::test]
async fn a_promise_for_other_inputs_is_not_committed_to() {
    let scene = Scene::quiet(newcomer()).await;
    let round = scene.round(1).await;
    let stale = Round { inputs: Hash32([1; 32]), ..round.clone() };
    let old = scene.node.keep(&stale, &Report::TooFew).expect("the folder can be written");
    scene.node.commit(&round).await.expect("it measures anew");
    let kept = scene.promise(&round).expect("it is kept");
    assert_eq!(kept.inputs, round.inputs);
    assert_ne!(kept.salt, old.salt);
    assert!(kept.vector.is_some());
}

#[tokio::test]
async fn no_two_promises_share_a_salt() {
    let scene = Scene::quiet(newcomer()).await;
    let round = scene.round(1).await;
    let first = scene.node.keep(&round, &Report::TooFew).expect("the folder can be written");
    let second = scene.node.keep(&round, &Report::TooFew).expect("the folder can be written");
    assert_ne!(first.salt, second.salt);
    assert_eq!((first.vector, second.vector), (None, None));
}

#[tokio::test]
async fn committing_and_revealing_again_sends_nothing() {
    let scene = Scene::quiet(told().operator(2).signer).await;
    for id in [1, 2, 4, 5] {
        let round = scene.round(id).await;
        scene.node.commit(&round).await.expect("it is committed already");
        scene.node.reveal(&round).await.expect("it is revealed already");
        assert_eq!(scene.promise(&round), None, "nothing is kept that would hide what was committed");
    }
    assert_eq!(scene.sent(), []);
}

#[tokio::test]
async fn what_was_committed_from_another_folder_is_not_revealed_from_this_one() {
    // The first operator committed in round 4 and never revealed.
    let scene = Scene::quiet(told().operator(1).signer).await;
    let round = scene.round(4).await;
    let refused = scene.node.reveal(&round).await;
    assert!(matches!(refused, Err(NodeError::NoPromise(4))), "an empty folder: {refused:?}");
    scene.node.keep(&round, &Report::TooFew).expect("the folder can be written");
    let refused = scene.node.reveal(&round).await;
    assert!(matches!(refused, Err(NodeError::NoPromise(4))), "another promise: {refused:?}");
    assert_eq!(scene.sent(), []);
}

#[tokio::test]
async fn what_was_committed_is_revealed_from_its_folder_after_a_restart() {
    let mut scene = Scene::quiet(told().operator(1).signer).await;
    let kept = Store::file(&told().folder.join("operators").join("operator-1"));
    let copy = scene.home.path().join("copy");
    std::fs::create_dir(&copy).expect("a folder can be made");
    std::fs::copy(kept, Store::file(&copy)).expect("the story's operators have stopped");
    scene.node.store = Store::open(&copy).expect("nobody else has the copy");
    let round = scene.round(4).await;
    let promise = scene.promise(&round).expect("it was kept when it was committed");
    scene.node.reveal(&round).await.expect("it can still be sent");
    let vector = promise.vector.expect("it was measured");
    let report = ReportMsg::Vector {
        entries: vector.entries.as_slice().into(),
        reach: vector.reach.into(),
        unresolved: vector.unresolved.as_slice().into(),
    };
    assert_eq!(scene.sent(), [ExecuteMsg::Reveal { model: MODEL, round: round.id, report, salt: promise.salt }]);
}

#[tokio::test]
async fn a_valuation_is_measured_without_receipts_and_as_the_operators_did() {
    let copy = told().copy();
    let published = copy.path().join(PUBLISHED_FOLDER);
    std::fs::remove_dir_all(published.join("receipts")).expect("they are there");
    let contracts = told().contracts().await;
    let round = told().round(&contracts, 5).await;
    assert_eq!((round.kind, round.redemptions), (RoundKind::Valuation, 0));
    let measured = told().engine(contracts.clone(), Published::at(published)).measure(&round).await;
    let measured = measured.expect("receipts are no part of it");
    assert!(measured.unresolved.is_empty() && measured.breakdown.effective_prompts == 0.0);
    let Report::Vector(vector) = measured.report else { panic!("there are enough examples") };
    let positive: u64 = vector.entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
    assert_eq!((vector.reach, vector.unresolved.len()), (positive, 0));
    let revealed = replay::revealed(&contracts, &round).await.expect("vectors are well formed");
    assert!(revealed.len() == 6 && revealed.iter().all(|revealed| revealed.vector == vector));
}

#[tokio::test]
async fn a_damaged_record_is_named_and_never_replaced() {
    const PROMISES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("promises/1");
    let mut scene = Scene::quiet(newcomer()).await;
    let round = scene.round(1).await;
    let folder = scene.home.path().join("damaged");
    drop(Store::open(&folder).expect("a new store"));
    let damage = Database::open(Store::file(&folder)).expect("nobody has it open");
    let transaction = damage.begin_write().expect("it can be written");
    let mut table = transaction.open_table(PROMISES).expect("the table of promises");
    table.insert("1-1", b"{\"inputs\":".as_slice()).expect("it can be written");
    drop(table);
    transaction.commit().expect("it can be written");
    drop(damage);
    scene.node.store = Store::open(&folder).expect("the store itself is whole");
    for failed in [scene.node.commit(&round).await.map(drop), scene.node.reveal(&round).await] {
        assert!(matches!(failed, Err(NodeError::Store(StoreError::Damaged { .. }))), "{failed:?}");
    }
    assert_eq!(scene.sent(), []);
}

#[tokio::test]
async fn what_nobody_can_measure_is_too_few_and_not_a_missed_round() {
    let mut scene = Scene::quiet(newcomer()).await;
    let round = scene.round(1).await;
    scene.node.engine.published = Published::at(scene.home.path().join("nothing-is-published"));
    let lacking = scene.node.commit(&round).await.expect("it commits all the same");
    assert!(lacking.is_some_and(|lacking| matches!(lacking, NodeError::Training(_))), "the weights are missing");
    let promise = scene.node.store.promise(MODEL, round.id).expect("it can be read").expect("it was kept");
    assert_eq!((promise.vector, scene.sent().len()), (None, 1));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let place = home.path().join("state");
    std::fs::write(&place, b"a file in its place").expect("it can be written");
    assert!(matches!(Store::open(&place).map(drop), Err(StoreError::Folder { path, .. }) if path == place));
}

#[test]
fn a_store_has_one_user() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let first = Store::open(home.path()).expect("a new store");
    assert!(matches!(Store::open(home.path()).map(drop), Err(StoreError::InUse(_))));
    drop(first);
    Store::open(home.path()).expect("the first is gone");
}

#[test]
fn what_was_sent_is_remembered_until_its_fate_is_known() {
    let home = tempfile::tempdir().expect("a temporary folder");
    let hashes = [Hash32([1; 32]), Hash32([2; 32])];
    {
        let store = Store::open(home.path()).expect("a new store");
        for hash in &hashes {
            store.remember_sent(hash, &hash.to_string()).expect("it can be written");
        }
        store.forget_sent(&hashes[0]).expect("it can be written");
        store.set_cursor("blocks", 7).expect("it can be written");
    }
    let store = Store::open(home.path()).expect("the first is gone");
    assert_eq!(store.sent::<String>().expect("it can be read"), [hashes[1].to_string()]);
    assert_eq!(store.cursor("blocks").expect("it can be read"), Some(7));
    assert_eq!(store.cursor("others").expect("it can be read"), None);
}
