//! Instantiation, migration, and who may send what.

use cosmwasm_std::{Binary, Uint128, coins, to_json_binary};
use cw_multi_test::Executor;
use cw_utils::PaymentError;
use cw20::Cw20ReceiveMsg;
use protocol::settlement::{Config, ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg, ReceiveMsg};
use protocol::{Bps, ChannelId, RoundId, Seconds};
use settlement::ContractError;
use settlement::contract::CONTRACT_NAME;

use crate::world::{MODEL, World, item};

fn refused(change: impl FnOnce(&mut InstantiateMsg)) -> ContractError {
    let mut world = World::bare();
    let mut msg = world.instantiate_msg();
    change(&mut msg);
    world.instantiate(&msg).unwrap_err()
}

#[test]
fn the_configuration_is_what_was_set_up() {
    let world = World::new();
    let config: Config = world.query(&QueryMsg::Config {});
    assert_eq!(config.chain_id, "test-1");
    assert_eq!(config.open_token, world.open);
    assert_eq!(config.attribution, world.attribution);
}

#[test]
fn parameters_out_of_bounds_are_refused() {
    assert_eq!(refused(|msg| msg.epoch_length = Seconds(1)), ContractError::EpochLength { seconds: 1 });
    assert_eq!(refused(|msg| msg.min_redemption = Uint128::zero()), ContractError::MinRedemptionZero);
    assert!(matches!(refused(|msg| msg.datanet = "nobody".to_owned()), ContractError::Std(_)));
}

#[test]
fn shares_above_the_whole_are_refused() {
    assert_eq!(
        refused(|msg| msg.protocol_share = Bps(10_001)),
        ContractError::ShareAboveWhole { share: "the protocol's share", bps: 10_001 }
    );
    assert_eq!(
        refused(|msg| msg.operators_share = Bps(10_001)),
        ContractError::ShareAboveWhole { share: "the operators' share", bps: 10_001 }
    );
}

fn of_every_kind(world: &World) -> Vec<ExecuteMsg> {
    let channel = ChannelId(1);
    vec![
        ExecuteMsg::Receive(Cw20ReceiveMsg {
            sender: world.stranger.to_string(),
            amount: Uint128::one(),
            msg: to_json_binary(&ReceiveMsg::Treasury {}).unwrap(),
        }),
        ExecuteMsg::Redeem { vouchers: vec![] },
        ExecuteMsg::CloseChannel { channel },
        ExecuteMsg::FinishClose { channel },
        ExecuteMsg::Tick {},
        ExecuteMsg::SyncContributions { updates: vec![] },
        ExecuteMsg::Advance {
            model: MODEL,
            round: RoundId(1),
            begin: None,
            first_position: 0,
            entries: Binary::default(),
        },
        ExecuteMsg::Claim { claims: vec![item(MODEL, &[0])] },
        ExecuteMsg::SweepSlashed { claims: vec![] },
        ExecuteMsg::Withdraw {},
    ]
}

#[test]
fn native_coins_are_refused_with_every_message() {
    let mut world = World::new();
    let rich = world.stranger.clone();
    world.app.init_modules(|router, _, storage| {
        router.bank.init_balance(storage, &rich, coins(100, "ucosm")).unwrap();
    });
    for msg in of_every_kind(&world) {
        let (sender, contract) = (world.stranger.clone(), world.settlement.clone());
        let error = world.app.execute_contract(sender, contract, &msg, &coins(1, "ucosm"));
        let error: ContractError = error.unwrap_err().downcast().unwrap();
        assert_eq!(error, ContractError::Payment(PaymentError::NonPayable {}), "{msg:?}");
    }
}

#[test]
fn only_peers_may_send_what_is_theirs() {
    let mut world = World::new();
    let [receive, sync, advance] = [0, 5, 6].map(|index| of_every_kind(&world)[index].clone());
    for sender in ["stranger", "payer", "gateway", "owner"] {
        let sender_text = world.account(sender).to_string();
        assert_eq!(world.execute(sender, &receive).unwrap_err(), ContractError::StrangeToken { sender: sender_text });
    }
    for sender in ["stranger", "attribution", "owner"] {
        let expected = "the datanet contract";
        assert_eq!(world.execute(sender, &sync).unwrap_err(), ContractError::Unauthorized { expected });
    }
    for sender in ["stranger", "datanet", "owner"] {
        let expected = "the attribution contract";
        assert_eq!(world.execute(sender, &advance).unwrap_err(), ContractError::Unauthorized { expected });
    }
}

#[test]
fn migration_keeps_the_books() {
    let mut world = World::new();
    let channel = world.open_channel(500);
    migrate(&mut world).unwrap();
    assert_eq!(world.channel(channel).deposit, Uint128::new(500));
    world.check_books();
}

#[test]
fn migration_checks_name_and_version() {
    let mut world = World::new();
    store_version(&mut world, "crates.io:other", "0.0.1");
    assert_eq!(migrate(&mut world).unwrap_err(), ContractError::WrongContract { stored: "crates.io:other".to_owned() });
    store_version(&mut world, CONTRACT_NAME, "99.0.0");
    assert_eq!(migrate(&mut world).unwrap_err(), ContractError::NewerVersion { stored: "99.0.0".to_owned() });
    store_version(&mut world, CONTRACT_NAME, "0.0.1");
    migrate(&mut world).unwrap();
}

fn store_version(world: &mut World, name: &str, version: &str) {
    let contract = world.settlement.clone();
    let mut storage = world.app.contract_storage_mut(&contract);
    cw2::set_contract_version(&mut *storage, name, version).unwrap();
}

fn migrate(world: &mut World) -> Result<(), ContractError> {
    let (admin, contract) = (world.owner.clone(), world.settlement.clone());
    let code = world.app.contract_data(&contract).unwrap().code_id;
    let outcome = world.app.migrate_contract(admin, contract, &MigrateMsg {}, code);
    outcome.map(|_| ()).map_err(|error| error.downcast().unwrap())
}
