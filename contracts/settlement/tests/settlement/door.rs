//! Instantiation, migration, and who may send what.

use cosmwasm_std::{Addr, Binary, Uint64, Uint128, coins, to_json_binary};
use cw_multi_test::Executor;
use cw_ownable::{Action, Ownership, OwnershipError};
use cw_utils::PaymentError;
use cw20::Cw20ReceiveMsg;
use protocol::settlement::{Config, ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg, ReceiveMsg};
use protocol::{Bps, ChannelId, Permission, RoundId, Seconds, SpendId};
use settlement::ContractError;
use settlement::contract::CONTRACT_NAME;

use crate::world::{LAPSE_AFTER, MODEL, RETIRE_AFTER, TREASURY_DELAY, VALUATION_INTERVAL, World, item};

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
    assert_eq!(config.treasury_delay, Seconds(TREASURY_DELAY));
    let epochs = [config.retire_after, config.valuation_interval, config.lapse_after].map(|epochs| epochs.u64());
    assert_eq!(epochs, [RETIRE_AFTER, VALUATION_INTERVAL, LAPSE_AFTER]);
    let ownership: Ownership<Addr> = world.query(&QueryMsg::Ownership {});
    assert_eq!((ownership.owner, ownership.pending_owner), (Some(world.account("governance")), None));
}

#[test]
fn parameters_out_of_bounds_are_refused() {
    assert_eq!(refused(|msg| msg.epoch_length = Seconds(1)), ContractError::EpochLength { seconds: 1 });
    assert_eq!(refused(|msg| msg.min_redemption = Uint128::zero()), ContractError::MinRedemptionZero);
    assert!(matches!(refused(|msg| msg.datanet = "nobody".to_owned()), ContractError::Std(_)));
    assert!(matches!(refused(|msg| msg.owner = "nobody".to_owned()), ContractError::Std(_)));
}

#[test]
fn the_delay_of_spendings_is_between_a_second_and_a_year() {
    const YEAR: u64 = 365 * 86_400;
    for seconds in [0, YEAR + 1, u64::MAX] {
        let error = refused(|msg| msg.treasury_delay = Seconds(seconds));
        assert_eq!(error, ContractError::TreasuryDelay { seconds });
    }
    for seconds in [1, YEAR] {
        World::with(|msg| msg.treasury_delay = Seconds(seconds));
    }
}

#[test]
fn waits_in_epochs_have_a_least_length() {
    let too_few = |parameter, epochs, least| ContractError::TooFewEpochs { parameter, epochs, least };
    assert_eq!(refused(|msg| msg.retire_after = Uint64::zero()), too_few("retire_after", 0, 1));
    assert_eq!(refused(|msg| msg.valuation_interval = Uint64::zero()), too_few("valuation_interval", 0, 1));
    assert_eq!(refused(|msg| msg.lapse_after = Uint64::new(63)), too_few("lapse_after", 63, 64));
    World::with(|msg| {
        msg.retire_after = Uint64::one();
        msg.valuation_interval = Uint64::one();
    });
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
        ExecuteMsg::UpdateOwnership(Action::AcceptOwnership),
        ExecuteMsg::ProposeSpend { to: world.stranger.to_string(), amount: Uint128::one(), reason: String::new() },
        ExecuteMsg::CancelSpend { spend: SpendId(1) },
        ExecuteMsg::ExecuteSpend { spend: SpendId(1) },
        ExecuteMsg::Flow { model: MODEL },
        ExecuteMsg::Retire { model: MODEL, limit: None },
        ExecuteMsg::Lapse { model: MODEL },
        ExecuteMsg::TakePositions { model: MODEL, first_position: 0, contributions: vec![] },
    ]
}

/// Where a message stands in `of_every_kind`: a new one does not compile until it is listed here, and there.
const fn place(msg: &ExecuteMsg) -> usize {
    match msg {
        ExecuteMsg::Receive(_) => 0,
        ExecuteMsg::Redeem { .. } => 1,
        ExecuteMsg::CloseChannel { .. } => 2,
        ExecuteMsg::FinishClose { .. } => 3,
        ExecuteMsg::Tick {} => 4,
        ExecuteMsg::SyncContributions { .. } => 5,
        ExecuteMsg::Advance { .. } => 6,
        ExecuteMsg::Claim { .. } => 7,
        ExecuteMsg::SweepSlashed { .. } => 8,
        ExecuteMsg::Withdraw {} => 9,
        ExecuteMsg::UpdateOwnership(_) => 10,
        ExecuteMsg::ProposeSpend { .. } => 11,
        ExecuteMsg::CancelSpend { .. } => 12,
        ExecuteMsg::ExecuteSpend { .. } => 13,
        ExecuteMsg::Flow { .. } => 14,
        ExecuteMsg::Retire { .. } => 15,
        ExecuteMsg::Lapse { .. } => 16,
        ExecuteMsg::TakePositions { .. } => 17,
    }
}

/// Why a sender without any standing is turned away at the door, if it is.
fn refusal(world: &World, permission: Permission) -> Option<ContractError> {
    let sender = world.stranger.to_string();
    let unauthorized = |expected| Some(ContractError::Unauthorized { expected });
    match permission {
        Permission::Anyone | Permission::Party(_) => None,
        Permission::Governance => Some(ContractError::Ownership(OwnershipError::NotOwner)),
        Permission::OpenToken => Some(ContractError::StrangeToken { sender }),
        Permission::Datanet => unauthorized("the datanet contract"),
        Permission::Model => unauthorized("the model contract"),
        Permission::Attribution => unauthorized("the attribution contract"),
        Permission::Settlement => unauthorized("the settlement contract"),
    }
}

#[test]
fn strangers_are_turned_away_exactly_where_a_permission_says_so() {
    let mut world = World::new();
    let messages = of_every_kind(&world);
    let places: Vec<usize> = messages.iter().map(place).collect();
    assert_eq!(places, (0..18).collect::<Vec<_>>());
    for msg in messages {
        let expected = refusal(&world, msg.permission());
        let error = world.execute("stranger", &msg).err();
        match expected {
            Some(expected) => assert_eq!(error, Some(expected), "{msg:?}"),
            None => assert!(!error.is_some_and(|error| is_at_the_door(&error)), "{msg:?}"),
        }
    }
}

/// What `check_permission` can answer. Ownership itself says who may transfer it.
fn is_at_the_door(error: &ContractError) -> bool {
    matches!(
        error,
        ContractError::Unauthorized { .. }
            | ContractError::StrangeToken { .. }
            | ContractError::Ownership(OwnershipError::NotOwner | OwnershipError::NoOwner)
    )
}

#[test]
fn governance_can_do_nothing_but_govern_the_treasury() {
    let mut world = World::new();
    for msg in of_every_kind(&world) {
        let governs = matches!(msg.permission(), Permission::Governance);
        let alone = world.execute("stranger", &msg).err();
        let governing = world.execute("governance", &msg).err();
        if governs {
            assert!(!governing.is_some_and(|error| is_at_the_door(&error)), "{msg:?}");
        } else if place(&msg) > 1 && place(&msg) != 9 && place(&msg) != 10 {
            assert_eq!(governing, alone, "{msg:?}");
        }
    }
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
