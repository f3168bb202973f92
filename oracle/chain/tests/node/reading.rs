//! Questions to a node that does not answer at once, and waiting for a chain.

use std::time::Duration;

use chain::{ChainClient, ChainError, Signer, Timeline, WasmdClient, WasmdOptions};

use crate::fake::{CHAIN_ID, FakeNode, Faults};

#[tokio::test]
async fn questions_are_asked_again_while_a_node_is_silent_but_not_for_ever() {
    let node = FakeNode::start(Faults::default()).await;
    let client = WasmdClient::connect(node.options()).await.unwrap();
    node.state().faults.silent = 3;
    assert_eq!(client.status().await.unwrap().chain_id, CHAIN_ID);
    node.state().faults.silent = 1_000;
    assert!(matches!(client.status().await, Err(ChainError::Transport(_))));
    let asked = 1_000 - node.state().faults.silent;
    assert_eq!(asked as usize, 1 + client.options().retries);
}

#[tokio::test]
async fn a_node_of_another_chain_is_not_connected_to() {
    let node = FakeNode::start(Faults::default()).await;
    node.state().chain_id = "other-1".to_owned();
    let refused = WasmdClient::connect(node.options()).await.err();
    assert!(
        matches!(refused, Some(ChainError::OtherChain { expected, found }) if expected == CHAIN_ID && found == "other-1")
    );
}

#[tokio::test]
async fn an_address_that_is_none_is_told_at_once() {
    let options = WasmdOptions::new("not an address", CHAIN_ID);
    assert!(matches!(WasmdClient::offline(options), Err(ChainError::Setting { name: "rpc", .. })));
}

#[tokio::test]
async fn an_address_is_not_told_to_the_log_with_its_password() {
    let options = WasmdOptions::new("http://user:secret@127.0.0.1:26657", CHAIN_ID);
    assert!(!format!("{options:?}").contains("secret"));
    assert!(!format!("{:?}", WasmdClient::offline(options).unwrap()).contains("secret"));
}

#[tokio::test]
async fn waiting_ends_with_the_time_or_when_the_chain_stands_still() {
    let node = FakeNode::start(Faults::default()).await;
    let options = WasmdOptions { halted_after: Duration::from_millis(100), ..node.options() };
    let client = WasmdClient::connect(options).await.unwrap();
    let now = client.status().await.unwrap();
    client.wait_until(now.time + 5).await.unwrap();
    client.wait_blocks(5).await.unwrap();
    assert!(node.state().height >= now.height + 9);
    node.state().faults.pace = 0;
    assert!(matches!(client.wait_blocks(1).await, Err(ChainError::Halted { .. })));
}

#[tokio::test]
async fn a_block_has_its_transactions_and_a_later_one_is_not_there() {
    let node = FakeNode::start(Faults::default()).await;
    let client = WasmdClient::connect(node.options()).await.unwrap();
    let signer = Signer::from_seed_label("sender");
    let message = chain::Execute::new("wasm1contract", &cosmwasm_std::Empty {}).unwrap();
    let outcome = client.execute(&signer, vec![message]).await.unwrap();
    let records = client.block(outcome.height).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(
        (records[0].hash, records[0].time, records[0].sender.as_str()),
        (outcome.hash, outcome.time, signer.address())
    );
    assert_eq!(
        (records[0].messages[0].contract.as_str(), records[0].messages[0].msg.as_str()),
        ("wasm1contract", "{}")
    );
    assert_eq!(client.block(5).await.unwrap(), []);
    assert!(matches!(client.block(1_000).await, Err(ChainError::NoBlock { height: 1_000, .. })));
}
