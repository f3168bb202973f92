//! What a node refuses for its own reasons: coins, gas, fees, chains, sequences.

use chain::{ChainClient, ChainClientExt, ChainError, Execute, Signer, WasmdClient, WasmdOptions};
use cosmwasm_std::{Decimal, Uint128, coins};
use cw20::Cw20ExecuteMsg;

use crate::devnet::Devnet;

fn transfer(to: &str, amount: u128) -> Cw20ExecuteMsg {
    Cw20ExecuteMsg::Transfer { recipient: to.to_owned(), amount: Uint128::new(amount) }
}

#[tokio::test]
async fn a_node_of_another_chain_is_told_by_name() {
    let devnet = Devnet::shared();
    let options = WasmdOptions { chain_id: "another-1".to_owned(), ..devnet.options() };
    let refused = WasmdClient::connect(options).await.err();
    assert!(matches!(refused, Some(ChainError::OtherChain { expected, .. }) if expected == "another-1"));
}

#[tokio::test]
async fn a_key_without_coins_is_told_what_it_lacks() {
    let devnet = Devnet::shared();
    let client = devnet.client().await;
    let (at, rich) = devnet.deployed(&client).await;
    let token = at.deployment.open_token.as_str();
    let (new, _) = Signer::generate().unwrap();
    let refused = client.execute_one(&new, token, &transfer(rich.address(), 1)).await;
    assert!(
        matches!(refused, Err(ChainError::NoAccount { address, .. }) if address == new.address()),
        "never held coins"
    );
    client.send_coins(&rich, &[(new.address().to_owned(), 3)]).await.unwrap();
    client.execute_one(&rich, token, &transfer(new.address(), 1)).await.unwrap();
    let refused = client.execute_one(&new, token, &transfer(rich.address(), 1)).await;
    let Err(ChainError::InsufficientFunds { address, needed, denom, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((address.as_str(), denom.as_str()), (new.address(), "stake"));
    assert!(needed > 3);
    let mut dear = Execute::new(token, &transfer(rich.address(), 1)).unwrap();
    dear.funds = coins(1_000_000_000_000, "stake");
    let refused = client.execute(&rich, vec![dear]).await;
    assert!(matches!(refused, Err(ChainError::InsufficientFunds { needed, .. }) if needed >= 1_000_000_000_000));
    assert_eq!(client.native_balance(new.address()).await.unwrap(), 3);
}

#[tokio::test]
async fn gas_stays_below_its_ceiling_and_fees_above_the_nodes_price() {
    let devnet = Devnet::shared();
    let client = devnet.client().await;
    let (at, rich) = devnet.deployed(&client).await;
    let token = at.deployment.open_token.as_str();
    let send = |options: WasmdOptions| async {
        let client = WasmdClient::connect(options).await.unwrap();
        client.execute_one(&rich, token, &transfer(at.deployment.datanet.as_str(), 1)).await
    };
    let refused = send(WasmdOptions { gas_ceiling: 50_000, ..devnet.options() }).await;
    assert!(
        matches!(refused, Err(ChainError::GasCeiling { ceiling: 50_000, needed }) if needed > 100_000),
        "{refused:?}"
    );
    let refused = send(WasmdOptions { gas_price: Decimal::zero(), ..devnet.options() }).await;
    assert!(matches!(refused, Err(ChainError::FeeTooLow { .. })), "{refused:?}");
    let refused = send(WasmdOptions { gas_margin: Decimal::percent(80), ..devnet.options() }).await;
    assert!(matches!(refused, Err(ChainError::OutOfGas { .. })), "{refused:?}");
    assert!(send(devnet.options()).await.is_ok(), "what failed in a block counted as a transaction of the key");
}

#[tokio::test]
async fn two_clients_with_one_key_find_back_into_the_order() {
    let devnet = Devnet::shared();
    let (one, other) = (devnet.client().await, devnet.client().await);
    let (at, rich) = devnet.deployed(&one).await;
    let token = at.deployment.open_token.as_str();
    for client in [&one, &other, &one, &other] {
        client.execute_one(&rich, token, &transfer(at.deployment.datanet.as_str(), 1)).await.unwrap();
    }
}

#[tokio::test]
async fn transactions_of_one_key_go_one_after_the_other_however_many_wait() {
    let devnet = Devnet::shared();
    let client = devnet.client().await;
    let (at, rich) = devnet.deployed(&client).await;
    let sends = (0..4).map(|_| {
        let (client, rich, at) = (client.clone(), rich.clone(), at.deployment.clone());
        tokio::spawn(async move {
            client.execute_one(&rich, at.open_token.as_str(), &transfer(at.datanet.as_str(), 1)).await.unwrap().height
        })
    });
    let mut heights = Vec::new();
    for send in sends.collect::<Vec<_>>() {
        heights.push(send.await.unwrap());
    }
    heights.sort_unstable();
    heights.dedup();
    assert_eq!(heights.len(), 4, "a block each");
}
