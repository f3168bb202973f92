//! A caller cannot tell a node from the embedded chain: the same calls give the same answers, events and refusals.

use chain::{
    ChainClient, ChainClientExt, ChainError, DeployConfig, Deployment, EmbeddedClient, EmbeddedOptions, Execute,
    Signer, Timeline, TxFilter, TxRecord,
};
use cosmwasm_std::{Addr, Uint128};
use cw20::{BalanceResponse, Cw20ExecuteMsg, Cw20QueryMsg};
use protocol::{
    event::SettlementEvent,
    settlement::{ExecuteMsg, QueryMsg, ReceiveMsg},
};

use crate::devnet::{Devnet, SUPPLY};

trait Chain: ChainClient + Timeline {}
impl<C: ChainClient + Timeline> Chain for C {}

/// Both chains, each with the contracts and the key that governs.
async fn both(devnet: &Devnet) -> [(Box<dyn Chain>, Deployment, Signer); 2] {
    let client = devnet.client().await;
    let (node, governance) = devnet.deployed(&client).await;
    let embedded = EmbeddedClient::start(EmbeddedOptions::default()).await.unwrap();
    let rich = Signer::from_seed_label("rich");
    let address = Addr::unchecked(rich.address());
    let config = DeployConfig::for_tests(address.clone(), vec![(address, Uint128::new(SUPPLY))]);
    let deployment = embedded.deploy(config).await.unwrap();
    [(Box::new(client), node.deployment, governance), (Box::new(embedded), deployment, rich)]
}

fn transfer(to: &str, amount: u128) -> Cw20ExecuteMsg {
    Cw20ExecuteMsg::Transfer { recipient: to.to_owned(), amount: Uint128::new(amount) }
}

async fn balance(client: &dyn Chain, token: &Addr, account: &str) -> u128 {
    let query = Cw20QueryMsg::Balance { address: account.to_owned() };
    client.query::<BalanceResponse, _>(token.as_str(), &query).await.unwrap().balance.u128()
}

/// What a chain tells of its transactions, with names for its addresses.
fn told(records: &[TxRecord], at: &Deployment, signer: &Signer) -> Vec<String> {
    let names =
        [(at.open_token.as_str(), "OPEN"), (at.settlement.as_str(), "SETTLEMENT"), (signer.address(), "SIGNER")];
    let named = |text: String| names.iter().fold(text, |text, (address, name)| text.replace(address, name));
    let lines = records.iter().flat_map(|record| {
        let messages = record.messages.iter().map(|message| format!("{} {}", message.contract, message.msg));
        // A node tells of its bank and its routing too.
        let ours = record.events.iter().filter(|event| event.ty.starts_with("wasm") || event.ty == "execute");
        let events = ours.map(|event| {
            // A node may tell a contract's attributes in another order.
            let mut attributes: Vec<_> =
                event.attributes.iter().map(|own| format!("{}={}", own.key, own.value)).collect();
            attributes.sort();
            format!("{} {}", event.ty, attributes.join(" "))
        });
        std::iter::once(format!("by {}", record.sender)).chain(messages).chain(events)
    });
    lines.map(named).collect()
}

#[tokio::test]
async fn a_node_tells_of_a_transaction_what_the_embedded_chain_tells() {
    let devnet = Devnet::shared();
    let mut stories = Vec::new();
    for (client, at, rich) in both(&devnet).await {
        let gift =
            Execute::send_open(at.open_token.clone(), at.settlement.clone(), Uint128::new(7), &ReceiveMsg::Treasury {});
        let messages =
            vec![Execute::new(at.open_token.clone(), &transfer(at.datanet.as_str(), 5)).unwrap(), gift.unwrap()];
        let outcome = client.execute(&rich, messages).await.unwrap();
        let found = client.txs(&TxFilter::event("treasury_received").from_contract(&at.settlement)).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].height, found[0].time, found[0].hash), (outcome.height, outcome.time, outcome.hash));
        assert_eq!(found[0].events, outcome.events);
        assert!(client.block(outcome.height).await.unwrap().contains(&found[0]));
        let parsed = found[0].events.iter().filter_map(SettlementEvent::parse).collect::<Result<Vec<_>, _>>().unwrap();
        let received = SettlementEvent::TreasuryReceived { from: rich.address().to_owned(), amount: Uint128::new(7) };
        assert_eq!(parsed, [received]);
        stories.push(told(&found, &at, &rich).join("\n").replace(at.datanet.as_str(), "DATANET"));
    }
    assert_eq!(stories[0], stories[1]);
}

#[tokio::test]
async fn filters_find_the_same_on_both_chains() {
    let devnet = Devnet::shared();
    let mut counts = Vec::new();
    for (client, at, rich) in both(&devnet).await {
        let since = client.status().await.unwrap().height;
        for amount in [1, 2, 3] {
            client.execute_one(&rich, at.open_token.as_str(), &transfer(at.datanet.as_str(), amount)).await.unwrap();
        }
        let moved = || TxFilter::event("wasm").from_contract(&at.open_token).with("action", "transfer");
        let filters = [
            moved(),
            moved().with("amount", 2),
            moved().with("amount", "2' OR 'a'='a"),
            moved().since(since),
            TxFilter::event("execute").from_contract(&at.open_token),
            TxFilter::event("execute").from_contract(&at.settlement),
            TxFilter::event("no_such_event"),
        ];
        let mut found = Vec::new();
        for filter in filters {
            let records = client.txs(&filter).await.unwrap();
            assert!(records.is_sorted_by_key(|record| record.height));
            found.push(records.len());
        }
        counts.push(found);
    }
    assert_eq!(counts[0], counts[1]);
    assert_eq!(counts[0], [3, 1, 0, 3, 3, 0, 0]);
}

#[tokio::test]
async fn refusals_have_the_contracts_own_words_on_both_chains() {
    let devnet = Devnet::shared();
    let mut words = Vec::new();
    for (client, at, rich) in both(&devnet).await {
        let before = balance(client.as_ref(), &at.open_token, at.datanet.as_str()).await;
        let good = Execute::new(at.open_token.clone(), &transfer(at.datanet.as_str(), 5)).unwrap();
        let bad = Execute::new(at.settlement.clone(), &ExecuteMsg::Withdraw {}).unwrap();
        // Refused by a contract that a contract called.
        let nested =
            Execute::send_open(at.open_token.clone(), at.settlement.clone(), Uint128::new(1), &"nonsense").unwrap();
        let poor = Execute::new(at.open_token.clone(), &transfer(at.datanet.as_str(), u128::MAX)).unwrap();
        let mut said = Vec::new();
        for (messages, by) in
            [(vec![good, bad], &at.settlement), (vec![nested], &at.open_token), (vec![poor], &at.open_token)]
        {
            let refused = client.execute(&rich, messages).await;
            let Err(ChainError::Rejected { contract, reason }) = refused else { panic!("{refused:?}") };
            assert_eq!(contract, by.as_str());
            said.push(reason.replace(rich.address(), "SIGNER"));
        }
        assert_eq!(balance(client.as_ref(), &at.open_token, at.datanet.as_str()).await, before, "all or none");
        assert!(matches!(client.execute(&rich, vec![]).await, Err(ChainError::NoMessages)));
        let query = QueryMsg::Channel { channel: protocol::ChannelId(99) };
        let absent = client.query_raw(at.settlement.as_str(), &cosmwasm_std::to_json_vec(&query).unwrap()).await;
        let Err(ChainError::NotFound { contract, reason }) = absent else { panic!("{absent:?}") };
        assert_eq!(contract, at.settlement.as_str());
        said.push(reason);
        words.push(said);
    }
    assert_eq!(words[0], words[1]);
}

#[tokio::test]
async fn time_and_blocks_pass_while_one_waits() {
    let devnet = Devnet::shared();
    let client = devnet.client().await;
    let before = client.status().await.unwrap();
    client.wait_blocks(2).await.unwrap();
    assert!(client.status().await.unwrap().height >= before.height + 2);
    client.wait_until(before.time + 4).await.unwrap();
    assert!(client.status().await.unwrap().time >= before.time + 4);
    let far = before.height + 1_000_000;
    assert!(matches!(client.block(far).await, Err(ChainError::NoBlock { height, .. }) if height == far));
}
