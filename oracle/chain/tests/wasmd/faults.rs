//! A node that dies or stands still in the middle of a transaction.

use std::time::Duration;

use chain::{ChainClient, ChainClientExt, NodeHealth, Probe, TxFilter, WasmdOptions};
use cosmwasm_std::Uint128;
use cw20::Cw20ExecuteMsg;

use crate::devnet::Devnet;

#[tokio::test]
async fn a_transaction_is_in_one_block_though_the_node_dies_under_it() {
    let devnet = Devnet::own();
    let client = devnet.client().await;
    let (at, rich) = devnet.deployed(&client).await;
    let (token, to) = (at.deployment.open_token.to_string(), at.deployment.datanet.to_string());
    for (round, pause_ms) in [20, 60, 150, 400].into_iter().enumerate() {
        let send = tokio::spawn({
            let (client, rich, token, to) = (client.clone(), rich.clone(), token.clone(), to.clone());
            async move {
                let transfer = Cw20ExecuteMsg::Transfer { recipient: to, amount: Uint128::new(1) };
                client.execute_one(&rich, &token, &transfer).await
            }
        });
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        assert!(devnet.command("kill"));
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(devnet.command("up"));
        let outcome = send.await.unwrap();
        let sent = client.txs(&TxFilter::event("wasm").from_contract(&token).with("action", "transfer")).await.unwrap();
        assert_eq!(sent.len(), round + 1, "{outcome:?}");
    }
}

#[tokio::test]
async fn a_halted_a_dead_and_a_returned_node_are_told_apart() {
    let devnet = Devnet::own();
    let options = WasmdOptions {
        halted_after: Duration::from_secs(3),
        request_timeout: Duration::from_secs(1),
        ..devnet.options()
    };
    let client = chain::WasmdClient::connect(options).await.unwrap();
    let mut probe = Probe::new(client.clone());
    assert_eq!(probe.check().await.health, NodeHealth::Healthy);
    assert!(devnet.command("kill"));
    assert!(matches!(probe.check().await.health, NodeHealth::Unreachable { .. }));
    assert!(devnet.command("up"));
    client.status().await.unwrap();
    assert!(matches!(probe.check().await.health, NodeHealth::Restarted { .. }));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(probe.check().await.health, NodeHealth::Healthy);
    let difference = probe.check().await.clock_difference.unwrap();
    assert!((-5..=1).contains(&difference), "{difference}");
    // A paused process answers nothing: as dead as one that is not there.
    assert!(devnet.command("pause"));
    assert!(matches!(probe.check().await.health, NodeHealth::Unreachable { .. }));
    assert!(devnet.command("resume"));
}
