//! Transactions come into one block or none, whatever is lost, doubled or late, and the client says which.

use std::time::Duration;

use chain::{ChainClient, ChainError, Execute, Signer, TxOutcome, WasmdClient, WasmdOptions};
use cosmwasm_std::{Decimal, Empty};

use crate::fake::{FakeNode, Faults, Index};

async fn client(node: &FakeNode) -> WasmdClient {
    WasmdClient::connect(node.options()).await.unwrap()
}

fn message() -> Vec<Execute> {
    vec![Execute::new("wasm1contract", &Empty {}).unwrap()]
}

async fn send(client: &WasmdClient) -> Result<TxOutcome, ChainError> {
    client.execute(&Signer::from_seed_label("sender"), message()).await
}

/// The transaction is in one block, and the client knows which.
async fn goes_through(faults: Faults) -> FakeNode {
    let node = FakeNode::start(faults).await;
    let outcome = send(&client(&node).await).await.unwrap();
    let included = node.state().included.clone();
    assert_eq!(included.iter().map(|(height, _)| *height).collect::<Vec<_>>(), [outcome.height]);
    node
}

#[tokio::test]
async fn a_transaction_is_confirmed_by_its_block() {
    let node = FakeNode::start(Faults::default()).await;
    let receipt = client(&node).await.execute_measured(&Signer::from_seed_label("sender"), message()).await.unwrap();
    assert_eq!((receipt.gas_used, receipt.gas_wanted), (90_000, 130_000), "simulated × 1.3");
    let events: Vec<_> = receipt.outcome.events.iter().map(|event| event.ty.as_str()).collect();
    assert_eq!(events, ["wasm-done"], "events of fees are none of a message's");
    assert_eq!(
        receipt.outcome.events[0].attributes.len(),
        1,
        "the message's number is the chain's, not the contract's"
    );
    assert_eq!(node.state().offers, 1);
}

#[tokio::test]
async fn a_lost_broadcast_is_offered_again_with_the_same_bytes() {
    let node = goes_through(Faults { lost_requests: 1, ..Faults::default() }).await;
    assert_eq!(node.state().offers, 1, "only the second reached the node");
}

#[tokio::test]
async fn a_broadcast_whose_answer_is_lost_counts_once() {
    let node = goes_through(Faults { lost_answers: 1, late: 4, ..Faults::default() }).await;
    assert!(node.state().offers > 1, "the same bytes again, which the node knows");
}

#[tokio::test]
async fn a_transaction_that_comes_late_is_waited_for() {
    goes_through(Faults { late: 7, ..Faults::default() }).await;
}

#[tokio::test]
async fn a_node_that_forgets_its_mempool_gets_the_transaction_again() {
    goes_through(Faults { late: 3, forgets_at: Some(13), ..Faults::default() }).await;
}

#[tokio::test]
async fn a_full_mempool_is_tried_again_and_then_named() {
    goes_through(Faults { full: 3, ..Faults::default() }).await;
    let node = FakeNode::start(Faults { full: 1_000, ..Faults::default() }).await;
    let client = client(&node).await;
    assert!(matches!(send(&client).await, Err(ChainError::MempoolFull)));
    node.state().faults.full = 0;
    send(&client).await.unwrap();
    assert_eq!(node.state().included.len(), 1);
}

#[tokio::test]
async fn a_node_without_an_index_has_its_blocks_read() {
    goes_through(Faults { index: Index::Absent, ..Faults::default() }).await;
}

#[tokio::test]
async fn a_transaction_past_its_timeout_height_never_comes_and_the_next_takes_its_place() {
    let node = FakeNode::start(Faults { late: 1_000, ..Faults::default() }).await;
    let client = client(&node).await;
    let expired = send(&client).await;
    let Err(ChainError::Expired { timeout_height, .. }) = expired else { panic!("{expired:?}") };
    assert!(node.state().height > timeout_height);
    node.state().faults.late = 1;
    send(&client).await.unwrap();
    assert!(matches!(node.counts(), (1, 4, _)));
}

#[tokio::test]
async fn a_stale_sequence_is_asked_for_again_once() {
    let node = FakeNode::start(Faults::default()).await;
    let client = client(&node).await;
    send(&client).await.unwrap();
    // Somebody else signs with the key.
    node.state().sequence = 9;
    send(&client).await.unwrap();
    assert_eq!(node.state().sequence, 10);
}

#[tokio::test]
async fn nothing_is_signed_while_the_fate_of_an_earlier_transaction_is_open() {
    let node = FakeNode::start(Faults::default()).await;
    let options = WasmdOptions { confirm_timeout: Duration::from_millis(200), ..node.options() };
    let client = WasmdClient::connect(options).await.unwrap();
    // The transaction arrives, and then the chain stands still.
    node.state().faults = Faults { pace: 0, lost_answers: 1, ..Faults::default() };
    let first = send(&client).await;
    let Err(ChainError::Unconfirmed { hash, .. }) = first else { panic!("{first:?}") };
    let second = send(&client).await;
    assert!(matches!(second, Err(ChainError::Unconfirmed { hash: same, .. }) if same == hash), "{second:?}");
    assert_eq!(node.state().offers, 1, "no other bytes were offered");
    node.state().faults.pace = 1;
    send(&client).await.unwrap();
    assert!(matches!(node.counts(), (2, 5, _)), "the first, then the new one");
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_its_transaction_to_the_next() {
    let node = FakeNode::start(Faults { late: 5, ..Faults::default() }).await;
    let client = client(&node).await;
    let caller = tokio::spawn({
        let client = client.clone();
        async move { send(&client).await }
    });
    while node.state().offers == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    caller.abort();
    send(&client).await.unwrap();
    assert!(matches!(node.counts(), (2, 5, _)));
}

#[tokio::test]
async fn many_callers_of_one_key_have_their_turns() {
    let node = FakeNode::start(Faults::default()).await;
    let client = client(&node).await;
    let calls: Vec<_> = (0..5)
        .map(|_| {
            tokio::spawn({
                let client = client.clone();
                async move { send(&client).await }
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(node.counts(), (5, 8, 5));
}

#[tokio::test]
async fn what_a_contract_says_in_a_block_is_its_own_words() {
    let words = "failed to execute message; message index: 1: dispatch: submessages: no such round: execute wasm contract failed";
    let node = FakeNode::start(Faults { failure: Some((5, words)), ..Faults::default() }).await;
    let messages = ["wasm1first", "wasm1second"].map(|contract| Execute::new(contract, &Empty {}).unwrap());
    let refused = client(&node).await.execute(&Signer::from_seed_label("sender"), messages.to_vec()).await;
    let Err(ChainError::Rejected { contract, reason }) = refused else { panic!("{refused:?}") };
    assert_eq!((contract.as_str(), reason.as_str()), ("wasm1second", "no such round"));
}

#[tokio::test]
async fn gas_above_the_ceiling_is_not_sent() {
    let node = FakeNode::start(Faults::default()).await;
    let options = WasmdOptions { gas_margin: Decimal::percent(200), gas_ceiling: 199_999, ..node.options() };
    let refused = send(&WasmdClient::connect(options).await.unwrap()).await;
    assert!(matches!(refused, Err(ChainError::GasCeiling { needed: 200_000, ceiling: 199_999 })));
    assert_eq!(node.state().offers, 0);
}

#[tokio::test]
async fn a_transaction_without_messages_is_none() {
    let node = FakeNode::start(Faults::default()).await;
    let refused = client(&node).await.execute(&Signer::from_seed_label("sender"), vec![]).await;
    assert!(matches!(refused, Err(ChainError::NoMessages)));
}
