//! A client that is killed on a transaction's way finds it in its journal when it starts again: what was offered comes into one block or
//! none, and nothing is sent twice.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chain::{ChainClient, ChainError, Execute, Journal, JournalError, SentTransaction, Signer, TxOutcome, WasmdClient};
use cosmwasm_std::Empty;
use protocol::Hash32;

use crate::fake::{FakeNode, Faults, Index};

/// A journal that outlives its client, and whose disk may be full or broken.
#[derive(Default)]
struct Kept {
    sent: Mutex<Vec<SentTransaction>>,
    disk: Disk,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Disk {
    #[default]
    Whole,
    Full,
    Unreadable,
    /// Takes new records and removes none.
    Keeping,
}

impl Kept {
    fn on(disk: Disk) -> Arc<Self> {
        Arc::new(Self { disk, ..Self::default() })
    }

    fn sent(&self) -> MutexGuard<'_, Vec<SentTransaction>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fails_on(&self, disk: Disk) -> Result<(), JournalError> {
        if self.disk == disk { Err("the disk is at fault".into()) } else { Ok(()) }
    }
}

impl Journal for Kept {
    fn remember(&self, sent: &SentTransaction) -> Result<(), JournalError> {
        self.fails_on(Disk::Full)?;
        self.sent().push(sent.clone());
        Ok(())
    }

    fn forget(&self, hash: &Hash32) -> Result<(), JournalError> {
        self.fails_on(Disk::Keeping)?;
        self.sent().retain(|sent| sent.hash != *hash);
        Ok(())
    }

    fn open(&self) -> Result<Vec<SentTransaction>, JournalError> {
        self.fails_on(Disk::Unreadable)?;
        Ok(self.sent().clone())
    }
}

fn sender() -> Signer {
    Signer::from_seed_label("sender")
}

async fn client(node: &FakeNode, journal: &Arc<Kept>) -> WasmdClient {
    let journal: Arc<dyn Journal> = Arc::<Kept>::clone(journal);
    WasmdClient::connect(node.options()).await.unwrap().with_journal(journal)
}

async fn send(client: &WasmdClient) -> Result<TxOutcome, ChainError> {
    client.execute(&sender(), vec![Execute::new("wasm1contract", &Empty {}).unwrap()]).await
}

/// Transactions in blocks, and the account's sequence.
fn seen(node: &FakeNode) -> (usize, u64) {
    let state = node.state();
    (state.included.len(), state.sequence)
}

/// Sends, and is killed as soon as something holds.
async fn killed_when(node: &FakeNode, journal: &Arc<Kept>, holds: impl Fn() -> bool) {
    let client = client(node, journal).await;
    let life = tokio::spawn(async move { send(&client).await });
    while !holds() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    life.abort();
    assert!(life.await.is_err_and(|error| error.is_cancelled()), "it was killed on the way");
}

#[tokio::test]
async fn what_was_journalled_and_never_arrived_is_offered_after_the_restart() {
    let (node, journal) =
        (FakeNode::start(Faults { lost_requests: u32::MAX, ..Faults::default() }).await, Arc::default());
    killed_when(&node, &journal, || !journal.sent().is_empty()).await;
    node.state().faults.lost_requests = 0;
    let bytes = journal.sent()[0].bytes.to_vec();
    client(&node, &journal).await.settle(&sender()).await.unwrap();
    let included: Vec<_> = node.state().included.iter().map(|(_, bytes)| bytes.clone()).collect();
    assert_eq!((included, journal.sent().len()), (vec![bytes], 0), "the same bytes, once");
}

#[tokio::test]
async fn what_was_offered_is_found_before_anything_else_is_signed() {
    let (node, journal) = (FakeNode::start(Faults { late: 5, ..Faults::default() }).await, Arc::default());
    killed_when(&node, &journal, || node.state().offers > 0).await;
    send(&client(&node, &journal).await).await.unwrap();
    assert_eq!((seen(&node), journal.sent().len()), ((2, 5), 0));
}

#[tokio::test]
async fn what_can_never_come_any_more_is_forgotten_without_reading_old_blocks() {
    let faults = Faults { lost_requests: u32::MAX, index: Index::Absent, ..Faults::default() };
    let (node, journal) = (FakeNode::start(faults).await, Arc::default());
    killed_when(&node, &journal, || !journal.sent().is_empty()).await;
    node.state().height += 1_000;
    client(&node, &journal).await.settle(&sender()).await.unwrap();
    assert_eq!((seen(&node), journal.sent().len()), ((0, 3), 0));
}

#[tokio::test]
async fn what_another_key_sent_is_left_to_it() {
    let (node, journal) = (FakeNode::start(Faults { late: 5, ..Faults::default() }).await, Arc::default());
    killed_when(&node, &journal, || node.state().offers > 0).await;
    client(&node, &journal).await.settle(&Signer::from_seed_label("another")).await.unwrap();
    assert_eq!(journal.sent().len(), 1);
}

#[tokio::test]
async fn a_journal_holds_nothing_whose_fate_is_known() {
    let (node, journal) = (FakeNode::start(Faults::default()).await, Arc::default());
    let client = client(&node, &journal).await;
    send(&client).await.unwrap();
    node.state().faults.full = 1_000;
    assert!(matches!(send(&client).await, Err(ChainError::MempoolFull)));
    node.state().faults = Faults { late: 1_000, ..Faults::default() };
    assert!(matches!(send(&client).await, Err(ChainError::Expired { .. })));
    assert_eq!(journal.sent().len(), 0);
}

#[tokio::test]
async fn nothing_is_offered_that_the_journal_does_not_take() {
    for disk in [Disk::Full, Disk::Unreadable] {
        let node = FakeNode::start(Faults::default()).await;
        let refused = send(&client(&node, &Kept::on(disk)).await).await;
        assert!(matches!(refused, Err(ChainError::Journal(_))), "{refused:?}");
        assert_eq!(node.state().offers, 0);
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_removed_stops_nothing_and_is_settled_again() {
    let (node, journal) = (FakeNode::start(Faults::default()).await, Kept::on(Disk::Keeping));
    for _ in 0..2 {
        send(&client(&node, &journal).await).await.unwrap();
    }
    assert_eq!(seen(&node), (2, 5));
}
