//! Instantiation, permissions, coins and migration.

use cosmwasm_std::{Uint128, coins, to_json_binary};
use cw_multi_test::Executor;
use cw20::{Cw20ReceiveMsg, Logo};
use protocol::stake::{Config, ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg, ReceiveMsg, SUPPLY};
use stake::{ContractError, contract};

use crate::world::{CONTRIBUTORS_UNITS, MODEL_ID, OWNER_UNITS, WORK_UNITS, World};

fn refused(change: impl FnOnce(&mut InstantiateMsg)) -> ContractError {
    let mut world = World::bare();
    let mut msg = world.instantiate_msg();
    change(&mut msg);
    world.instantiate(&msg).unwrap_err()
}

/// One message of every kind, valid but for what the test is about.
fn messages(world: &World) -> Vec<ExecuteMsg> {
    let (owner, spender, recipient, contract) =
        (world.text("owner"), world.text("ann"), world.text("ben"), world.text("hook"));
    let (amount, msg, expires) = (Uint128::one(), to_json_binary(&[0_u8; 0]).unwrap(), None);
    let payments = || world.payments(&[("ann", 1)]);
    vec![
        ExecuteMsg::Transfer { recipient: recipient.clone(), amount },
        ExecuteMsg::Burn { amount },
        ExecuteMsg::Send { contract: contract.clone(), amount, msg: msg.clone() },
        ExecuteMsg::IncreaseAllowance { spender: spender.clone(), amount, expires },
        ExecuteMsg::DecreaseAllowance { spender, amount, expires },
        ExecuteMsg::TransferFrom { owner: owner.clone(), recipient, amount },
        ExecuteMsg::SendFrom { owner: owner.clone(), contract, amount, msg },
        ExecuteMsg::BurnFrom { owner, amount },
        ExecuteMsg::UpdateMarketing { project: None, description: None, marketing: None },
        ExecuteMsg::UploadLogo(Logo::Url("https://a.example".to_owned())),
        dividend(world),
        ExecuteMsg::ClaimDividends { accounts: vec![] },
        ExecuteMsg::PayWork { payments: payments() },
        ExecuteMsg::Deliver { payments: payments() },
    ]
}

fn dividend(world: &World) -> ExecuteMsg {
    let msg = to_json_binary(&ReceiveMsg::Dividend {}).unwrap();
    ExecuteMsg::Receive(Cw20ReceiveMsg { sender: world.text("payer"), amount: Uint128::new(1_000), msg })
}

#[test]
fn the_configuration_is_what_the_contract_was_set_up_with_and_the_sender_is_the_model_contract() {
    let world = World::new();
    let expected = Config {
        model_id: MODEL_ID,
        model: world.account("model"),
        settlement: world.account("settlement"),
        open_token: world.open.clone(),
    };
    assert_eq!(world.query::<Config>(&QueryMsg::Config {}), expected);
    assert_eq!(world.units("owner"), OWNER_UNITS);
    assert_eq!(world.reserves(), [CONTRIBUTORS_UNITS, WORK_UNITS]);
    assert_eq!(world.units("stake"), CONTRIBUTORS_UNITS + WORK_UNITS);
    assert_eq!(world.totals().sharing.u128(), OWNER_UNITS);
}

#[test]
fn units_must_sum_to_the_supply() {
    for (units, sum) in [(OWNER_UNITS - 1, SUPPLY - 1), (OWNER_UNITS + 1, SUPPLY + 1), (0, SUPPLY - OWNER_UNITS)] {
        let error = refused(|msg| msg.owner_units = units.into());
        assert_eq!(error, ContractError::UnitsSum { sum: sum.into() });
    }
    assert!(matches!(refused(|msg| msg.owner_units = Uint128::MAX), ContractError::Overflow(_)));
    assert!(matches!(refused(|msg| msg.work_units = Uint128::MAX), ContractError::Overflow(_)));
}

#[test]
fn each_of_the_three_parts_may_be_everything() {
    for units in [[SUPPLY, 0, 0], [0, SUPPLY, 0], [0, 0, SUPPLY]] {
        let world = World::with_units(units);
        assert_eq!(world.totals().sharing.u128(), units[0]);
    }
}

#[test]
fn name_and_symbol_are_checked_by_cw20_base() {
    for name in ["ab".to_owned(), "a".repeat(51)] {
        assert!(matches!(refused(|msg| msg.name = name), ContractError::Cw20(_)));
    }
    for symbol in ["AB", "ABCDEFGHIJKLM", "AB3", "A B"] {
        assert!(matches!(refused(|msg| msg.symbol = symbol.to_owned()), ContractError::Cw20(_)));
    }
}

#[test]
fn an_instance_needs_valid_addresses() {
    assert!(matches!(refused(|msg| msg.open_token = "nothing".to_owned()), ContractError::Std(_)));
    assert!(matches!(refused(|msg| msg.settlement = "nothing".to_owned()), ContractError::Std(_)));
    assert!(matches!(refused(|msg| msg.owner = "nobody".to_owned()), ContractError::Cw20(_)));
}

#[test]
fn unexpected_native_coins_are_refused_by_every_message() {
    let mut world = World::new();
    let owner = world.account("owner");
    world.app.init_modules(|router, _, storage| {
        router.bank.init_balance(storage, &owner, coins(100, "ucosm")).unwrap();
    });
    for msg in messages(&world) {
        let (sender, stake) = (owner.clone(), world.stake.clone());
        let error = world.app.execute_contract(sender, stake, &msg, &coins(1, "ucosm")).unwrap_err();
        assert!(matches!(error.downcast().unwrap(), ContractError::Payment(_)), "{msg:?}");
    }
    let (code, msg) = (world.code(), world.instantiate_msg());
    let error = world.app.instantiate_contract(code, owner, &msg, &coins(1, "ucosm"), "stake", None).unwrap_err();
    assert!(matches!(error.downcast().unwrap(), ContractError::Payment(_)));
}

#[test]
fn messages_of_peers_are_refused_from_everyone_else() {
    let mut world = World::new();
    let payments = world.payments(&[("ann", 1)]);
    let (work, deliver) = (ExecuteMsg::PayWork { payments: payments.clone() }, ExecuteMsg::Deliver { payments });
    for (peer, msg) in [("model", work), ("settlement", deliver)] {
        for sender in ["owner", "ann", "payer", "stake", "hook", "model", "settlement"] {
            let outcome = world.execute(sender, &msg);
            if sender == peer {
                outcome.unwrap();
            } else {
                assert!(matches!(outcome, Err(ContractError::Unauthorized { .. })), "{sender}: {msg:?}");
            }
        }
    }
    for sender in ["owner", "payer", "stake", "model", "settlement"] {
        let msg = dividend(&world);
        assert!(matches!(world.execute(sender, &msg), Err(ContractError::Unauthorized { .. })), "{sender}");
    }
}

/// Migration without a check of name and version would take over a state that this code does not understand.
#[test]
fn migration_checks_name_and_version() {
    let mut world = World::new();
    let code = world.code();
    let mut migrate_from = |name: &str, version: &str| {
        let (admin, stake) = (world.account("admin"), world.stake.clone());
        cw2::set_contract_version(&mut *world.app.contract_storage_mut(&stake), name, version).unwrap();
        let migrated = world.app.migrate_contract(admin, stake, &MigrateMsg {}, code);
        migrated.map_err(|error| error.downcast::<ContractError>().unwrap())
    };
    migrate_from(contract::CONTRACT_NAME, "0.0.1").unwrap();
    migrate_from(contract::CONTRACT_NAME, contract::CONTRACT_VERSION).unwrap();
    for other in ["crates.io:cw20-base", "open-attribution:model"].map(str::to_owned) {
        let error = migrate_from(&other, "0.0.1").unwrap_err();
        assert_eq!(error, ContractError::OtherContract { stored: other });
    }
    for stored in ["9.0.0", "not a version"].map(str::to_owned) {
        let error = migrate_from(contract::CONTRACT_NAME, &stored).unwrap_err();
        assert_eq!(error, ContractError::NewerVersion { stored });
    }
}

#[test]
fn the_stored_name_is_this_contracts_and_not_that_of_cw20_base() {
    let world = World::new();
    let stored = cw2::query_contract_info(&world.app.wrap(), world.stake.clone()).unwrap();
    assert_eq!(stored.contract, contract::CONTRACT_NAME);
}
