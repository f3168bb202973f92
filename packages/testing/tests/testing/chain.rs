//! Blocks, time, refusals and the transaction index.

use cosmwasm_std::{Order, Storage, coins};
use protocol::{ModelId, settlement};
use testing::{
    ChainError, EmbeddedChain, MemoryStorage, TxFilter, TxMessage, err,
    scenario::{Setup, World},
};

#[test]
fn each_transaction_is_a_block_of_its_own() {
    let mut world = World::new();
    let (height, time) = (world.chain.height(), world.chain.time());
    let outcome = world.pay(1_000).unwrap();
    assert_eq!((outcome.height, outcome.time), (height, time));
    assert_eq!((world.chain.height(), world.chain.time()), (height + 1, time + 5));
}

#[test]
fn a_refused_transaction_changes_nothing_and_keeps_its_typed_error() {
    let mut world = World::new();
    let before = (world.chain.storage().clone(), world.chain.height(), world.chain.transactions().len());
    let refused = world.pay(1);
    let error: ::settlement::ContractError = err(refused);
    assert!(!error.to_string().is_empty());
    assert_eq!(before, (world.chain.storage().clone(), world.chain.height(), world.chain.transactions().len()));
}

#[test]
fn of_several_messages_all_or_none_are_executed() {
    let mut world = World::new();
    let message = |msg: &settlement::ExecuteMsg| TxMessage {
        contract: world.at.settlement.to_string(),
        msg: cosmwasm_std::to_json_string(msg).unwrap(),
        funds: Vec::new(),
    };
    let tick = message(&settlement::ExecuteMsg::Tick {});
    let claim = settlement::ClaimItem { model: ModelId(99), positions: vec![0] };
    let refused = message(&settlement::ExecuteMsg::Claim { claims: vec![claim] });
    let sender = world.accounts.stranger.clone();
    world.to_next_epoch();
    let before = world.chain.storage().clone();
    let result = world.chain.execute_all(&sender, vec![tick.clone(), refused]);
    assert!(matches!(result, Err(ChainError::Rejected(_))));
    assert_eq!(*world.chain.storage(), before);
    world.chain.execute_all(&sender, vec![tick.clone(), tick]).unwrap();
    assert_ne!(*world.chain.storage(), before);
}

#[test]
fn a_refusal_says_what_the_contract_said_and_nothing_of_the_simulator() {
    let mut world = World::new();
    let Err(ChainError::Rejected(rejection)) = world.pay(1) else { panic!("1 uopen is under the minimum") };
    assert_eq!(rejection.contract, world.at.settlement.as_str());
    assert!(!rejection.reason().contains("WasmMsg"), "{}", rejection.reason());
}

#[test]
fn native_coins_reach_contracts_which_refuse_them() {
    let mut world = World::deployed(Setup::default());
    let stranger = world.accounts.stranger.clone();
    world.chain.give_coins(&stranger, coins(5, "ustake"));
    let tick = settlement::ExecuteMsg::Tick {};
    let refused = world.chain.execute(&stranger, &world.at.settlement, &tick, &coins(5, "ustake"));
    assert!(matches!(refused, Err(ChainError::Rejected(_))));
    world.chain.execute(&stranger, &world.at.settlement, &tick, &[]).unwrap();
}

#[test]
fn an_address_of_another_chain_sends_nothing() {
    let mut world = World::deployed(Setup::default());
    let foreign = cosmwasm_std::Addr::unchecked("cosmos1qqqq");
    let result = world.chain.execute(&foreign, &world.at.settlement, &settlement::ExecuteMsg::Tick {}, &[]);
    assert!(matches!(result, Err(ChainError::Address(_))));
}

#[test]
fn transactions_are_found_by_an_event_of_a_message_that_another_led_to() {
    let mut world = World::new();
    let opened = TxFilter::event("channel_opened").with("payer", &world.accounts.payer);
    let found = world.chain.search(&opened);
    assert_eq!(found.len(), 1);
    // The message was sent to OPEN; the event is settlement's.
    assert_eq!(found[0].messages[0].contract, world.at.open_token.as_str());
    assert_eq!(world.chain.search(&opened.clone().from_contract(&world.at.settlement)).len(), 1);
    assert_eq!(world.chain.search(&opened.clone().from_contract(&world.at.datanet)).len(), 0);
    let height = found[0].height;
    assert_eq!(world.chain.search(&opened.clone().since(height)).len(), 1);
    assert_eq!(world.chain.search(&opened.since(height + 1)).len(), 0);
    world.pay(2_000).unwrap();
    assert_eq!(world.chain.search(&TxFilter::event("wasm-voucher_redeemed").with("amount", 2_000)).len(), 1);
    assert_eq!(world.chain.search(&TxFilter::event("voucher_redeemed").with("amount", 2_001)).len(), 0);
}

#[test]
fn transactions_have_different_hashes() {
    let mut world = World::deployed(Setup::default());
    let stranger = world.accounts.stranger.clone();
    let tick = settlement::ExecuteMsg::Tick {};
    let first = world.settle_as(&stranger, &tick).unwrap();
    let second = world.settle_as(&stranger, &tick).unwrap();
    assert_ne!(first.hash, second.hash);
}

#[test]
fn time_passes_with_blocks_unless_the_chain_halts() {
    let mut chain = EmbeddedChain::default();
    let (height, time) = (chain.height(), chain.time());
    chain.pass_time(100);
    assert_eq!((chain.height(), chain.time()), (height + 20, time + 100));
    chain.pass_time(1);
    assert_eq!((chain.height(), chain.time()), (height + 21, time + 101));
    chain.halt(86_400);
    assert_eq!((chain.height(), chain.time()), (height + 22, time + 86_501));
    chain.set_time(time + 86_501).unwrap();
    assert_eq!(chain.height(), height + 22);
    assert!(matches!(chain.set_time(time), Err(ChainError::Past { .. })));
}

#[test]
fn a_range_that_ends_before_it_starts_is_empty() {
    let storage: MemoryStorage = [(b"a".to_vec(), b"1".to_vec()), (b"b".to_vec(), b"2".to_vec())].into_iter().collect();
    let keys = |start: Option<&[u8]>, end: Option<&[u8]>, order| {
        storage.range(start, end, order).map(|(key, _)| key).collect::<Vec<_>>()
    };
    assert!(keys(Some(b"b"), Some(b"a"), Order::Ascending).is_empty());
    assert!(keys(Some(b"a"), Some(b"a"), Order::Ascending).is_empty());
    assert_eq!(keys(Some(b"a"), Some(b"b"), Order::Ascending), [b"a"]);
    assert_eq!(keys(None, None, Order::Descending), [b"b", b"a"]);
}
