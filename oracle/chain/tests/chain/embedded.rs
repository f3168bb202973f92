//! The embedded chain behind the trait.

use chain::{
    ChainClient, ChainClientExt, ChainError, EmbeddedClient, EmbeddedOptions, Execute, Signer, Timeline, TxFilter,
    embedded::Checks,
};
use cosmwasm_std::{Coin, Uint128};
use cw20::{BalanceResponse, Cw20ExecuteMsg, Cw20QueryMsg};
use protocol::settlement::{ExecuteMsg, QueryMsg, ReceiveMsg, Totals};

use crate::deployed;

/// Callers hold a client without knowing which chain stands behind it.
async fn balance(client: &dyn ChainClient, token: &str, account: &str) -> u128 {
    let query = Cw20QueryMsg::Balance { address: account.to_owned() };
    client.query::<BalanceResponse, _>(token, &query).await.unwrap().balance.u128()
}

fn transfer(to: &str, amount: u128) -> Cw20ExecuteMsg {
    Cw20ExecuteMsg::Transfer { recipient: to.to_owned(), amount: Uint128::new(amount) }
}

#[tokio::test]
async fn the_sender_of_a_transaction_is_its_signer() {
    let (client, at, rich) = deployed().await;
    let poor = Signer::from_seed_label("poor");
    client.execute_one(&rich, at.open_token.as_str(), &transfer(poor.address(), 7)).await.unwrap();
    assert_eq!(balance(&client, at.open_token.as_str(), poor.address()).await, 7);
    let sent = client.txs(&TxFilter::event("wasm").with("action", "transfer")).await.unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].sender, rich.address());
}

#[tokio::test]
async fn a_failed_transaction_changes_nothing_and_says_why() {
    let (client, at, _) = deployed().await;
    let poor = Signer::from_seed_label("poor");
    let before = client.status().await.unwrap();
    let refused = client.execute_one(&poor, at.open_token.as_str(), &transfer(poor.address(), 1)).await;
    let Err(ChainError::Rejected { contract, reason }) = refused else { panic!("{refused:?}") };
    assert_eq!(contract, at.open_token.as_str());
    assert!(reason.contains("Overflow"), "{reason}");
    assert_eq!(client.status().await.unwrap(), before);
}

#[tokio::test]
async fn messages_of_one_transaction_happen_all_or_none() {
    let (client, at, rich) = deployed().await;
    let (token, poor) = (at.open_token.as_str(), Signer::from_seed_label("poor"));
    let good = Execute::new(token, &transfer(poor.address(), 5)).unwrap();
    let bad = Execute::new(at.settlement.as_str(), &ExecuteMsg::Withdraw {}).unwrap();
    let refused = client.execute(&rich, vec![good.clone(), bad]).await;
    assert!(matches!(refused, Err(ChainError::Rejected { contract, .. }) if contract == at.settlement.as_str()));
    assert_eq!(balance(&client, token, poor.address()).await, 0);
    client.execute(&rich, vec![good.clone(), good]).await.unwrap();
    assert_eq!(balance(&client, token, poor.address()).await, 10);
    assert!(matches!(client.execute(&rich, vec![]).await, Err(ChainError::NoMessages)));
}

#[tokio::test]
async fn open_is_sent_with_a_message_for_the_contract() {
    let (client, at, rich) = deployed().await;
    let amount = Uint128::new(500);
    let treasury = ReceiveMsg::Treasury {};
    client.send_open(&rich, at.open_token.as_str(), at.settlement.as_str(), amount, &treasury).await.unwrap();
    let totals: Totals = client.query(at.settlement.as_str(), &QueryMsg::Totals {}).await.unwrap();
    assert_eq!(totals.treasury, amount);
}

#[tokio::test]
async fn native_coins_that_nobody_has_cannot_be_sent() {
    let (client, at, rich) = deployed().await;
    let mut tick = Execute::new(at.settlement.as_str(), &ExecuteMsg::Tick {}).unwrap();
    tick.funds = vec![Coin::new(1u128, "ustake")];
    assert!(matches!(client.execute(&rich, vec![tick]).await, Err(ChainError::Rejected { .. })));
}

#[tokio::test]
async fn a_saved_chain_answers_queries_and_searches_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.json");
    let (client, at, rich) = deployed().await;
    let treasury = ReceiveMsg::Treasury {};
    client.send_open(&rich, at.open_token.as_str(), at.settlement.as_str(), Uint128::new(9), &treasury).await.unwrap();
    client.save(&path).await.unwrap();

    let opened = EmbeddedClient::open(&path, Checks::On).await.unwrap();
    assert_eq!(opened.deployment().await.unwrap(), Some(at.clone()));
    assert_eq!(opened.status().await.unwrap(), client.status().await.unwrap());
    let query = br#"{"totals":{}}"#;
    let totals = client.query_raw(at.settlement.as_str(), query).await.unwrap();
    assert_eq!(opened.query_raw(at.settlement.as_str(), query).await.unwrap(), totals);
    let received = TxFilter::event("treasury_received").from_contract(&at.settlement);
    let found = opened.txs(&received).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found, client.txs(&received).await.unwrap());
    opened.execute_one(&rich, at.open_token.as_str(), &transfer(at.settlement.as_str(), 1)).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_chain_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("chain.json");
    std::fs::write(&path, "{}").unwrap();
    assert!(matches!(EmbeddedClient::open(&path, Checks::On).await, Err(ChainError::Embedded(_))));
}

#[tokio::test]
async fn time_passes_when_someone_waits_and_never_backwards() {
    let client = EmbeddedClient::start(EmbeddedOptions::default()).await.unwrap();
    let before = client.status().await.unwrap();
    client.wait_until(before.time + 60).await.unwrap();
    client.wait_until(before.time).await.unwrap();
    client.wait_blocks(2).await.unwrap();
    let after = client.status().await.unwrap();
    assert_eq!((after.height, after.time), (before.height + 14, before.time + 70));
}

#[tokio::test]
async fn handles_share_one_chain_and_serve_many_tasks() {
    let (client, at, rich) = deployed().await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (client, token, rich) = (client.clone(), at.open_token.to_string(), rich.clone());
            tokio::spawn(async move { client.execute_one(&rich, &token, &transfer("wasm1invalid", 1)).await.is_err() })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap());
    }
    let poor = Signer::from_seed_label("poor");
    client.clone().execute_one(&rich, at.open_token.as_str(), &transfer(poor.address(), 3)).await.unwrap();
    assert_eq!(balance(&client, at.open_token.as_str(), poor.address()).await, 3);
}

#[tokio::test]
async fn a_query_that_a_contract_refuses_is_not_a_transport_error() {
    let (client, at, _) = deployed().await;
    let query = QueryMsg::Channel { channel: protocol::ChannelId(9) };
    let refused = client.query::<protocol::settlement::Channel, _>(at.settlement.as_str(), &query).await;
    assert!(matches!(refused, Err(ChainError::NotFound { .. })), "{refused:?}");
    let wrong = client.query::<Uint128, _>(at.settlement.as_str(), &QueryMsg::Totals {}).await;
    assert!(matches!(wrong, Err(ChainError::Decode { .. })), "{wrong:?}");
}

#[tokio::test]
async fn a_block_has_its_transactions_and_a_later_one_is_not_there() {
    let (client, at, rich) = deployed().await;
    let outcome =
        client.execute_one(&rich, at.open_token.as_str(), &transfer(at.settlement.as_str(), 7)).await.unwrap();
    let records = client.block(outcome.height).await.unwrap();
    assert_eq!(records, client.txs(&TxFilter::event("execute").since(outcome.height)).await.unwrap());
    client.wait_blocks(3).await.unwrap();
    assert_eq!(client.block(outcome.height + 1).await.unwrap(), []);
    let next = client.status().await.unwrap().height;
    assert!(
        matches!(client.block(next).await, Err(ChainError::NoBlock { height, latest }) if height == next && latest == next - 1)
    );
}
