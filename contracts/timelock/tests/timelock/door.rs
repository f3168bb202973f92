//! Instantiation, migration, and who may send what.

use cosmwasm_std::coins;
use cosmwasm_std::testing::{mock_dependencies, mock_env};
use cw_multi_test::Executor;
use cw_ownable::{Action, OwnershipError};
use cw_utils::PaymentError;
use protocol::Permission;
use protocol::timelock::{ExecuteMsg, MigrateMsg};
use timelock::ContractError;
use timelock::contract::{CONTRACT_NAME, CONTRACT_VERSION, migrate};

use crate::world::{FIRST, World};

fn of_every_kind(world: &World) -> Vec<ExecuteMsg> {
    vec![
        ExecuteMsg::Propose { changes: vec![world.migrate("{}")], reason: String::new() },
        ExecuteMsg::Cancel { proposal: FIRST },
        ExecuteMsg::Execute { proposal: FIRST },
        ExecuteMsg::UpdateOwnership(Action::AcceptOwnership),
    ]
}

/// Where a message stands in `of_every_kind`: a new one does not compile until it is listed here, and there.
const fn place(msg: &ExecuteMsg) -> usize {
    match msg {
        ExecuteMsg::Propose { .. } => 0,
        ExecuteMsg::Cancel { .. } => 1,
        ExecuteMsg::Execute { .. } => 2,
        ExecuteMsg::UpdateOwnership(_) => 3,
    }
}

#[test]
fn strangers_are_turned_away_exactly_where_a_permission_says_so() {
    let mut world = World::new();
    let messages = of_every_kind(&world);
    assert_eq!(messages.iter().map(place).collect::<Vec<_>>(), (0..4).collect::<Vec<_>>());
    for sender in ["stranger", "deployer", "council"] {
        for msg in &messages {
            let error = world.execute(sender, msg).unwrap_err();
            let at_the_door = error == ContractError::Ownership(OwnershipError::NotOwner);
            assert_eq!(at_the_door, msg.permission() == Permission::Governance, "{msg:?}: {error}");
        }
    }
}

#[test]
fn native_coins_are_refused_with_every_message() {
    let mut world = World::new();
    let rich = world.account("proposer");
    world.app.init_modules(|router, _, storage| router.bank.init_balance(storage, &rich, coins(100, "stake")).unwrap());
    for msg in of_every_kind(&world) {
        let error = world.app.execute_contract(rich.clone(), world.timelock.clone(), &msg, &coins(1, "stake"));
        let error: ContractError = error.unwrap_err().downcast().unwrap();
        assert_eq!(error, ContractError::Payment(PaymentError::NonPayable {}), "{msg:?}");
    }
    let (code, msg) = (world.own_code, world.instantiate_msg());
    let made = world.app.instantiate_contract(code, rich, &msg, &coins(1, "stake"), "timelock", None);
    assert_eq!(
        made.unwrap_err().downcast::<ContractError>().unwrap(),
        ContractError::Payment(PaymentError::NonPayable {})
    );
}

#[test]
fn a_proposer_that_is_no_account_is_refused() {
    let mut world = World::bare();
    let mut msg = world.instantiate_msg();
    msg.proposer = "nobody".to_owned();
    assert!(matches!(world.instantiate(&msg), Err(ContractError::Std(_))));
}

fn migrated_from(name: &str, version: &str) -> Result<String, ContractError> {
    let mut deps = mock_dependencies();
    cw2::set_contract_version(&mut deps.storage, name, version).unwrap();
    migrate(deps.as_mut(), mock_env(), MigrateMsg {})?;
    Ok(cw2::get_contract_version(&deps.storage).unwrap().version)
}

#[test]
fn migration_checks_name_and_version() {
    assert_eq!(migrated_from(CONTRACT_NAME, "0.0.1"), Ok(CONTRACT_VERSION.to_owned()));
    assert_eq!(migrated_from(CONTRACT_NAME, CONTRACT_VERSION), Ok(CONTRACT_VERSION.to_owned()));
    let stored = "open-attribution:model".to_owned();
    assert_eq!(migrated_from(&stored, "0.0.1"), Err(ContractError::OtherContract { stored: stored.clone() }));
    for stored in ["99.0.0", "not a version"].map(str::to_owned) {
        assert_eq!(migrated_from(CONTRACT_NAME, &stored), Err(ContractError::NewerVersion { stored }));
    }
    let nothing_there = migrate(mock_dependencies().as_mut(), mock_env(), MigrateMsg {});
    assert!(matches!(nothing_there, Err(ContractError::Std(_))));
}

#[test]
fn nobody_else_migrates_the_timelock_or_what_it_is_the_admin_of() {
    let mut world = World::new();
    for sender in ["stranger", "deployer", "proposer"].map(|name| world.account(name)) {
        for (contract, code) in [(world.timelock.clone(), world.own_code), (world.target.clone(), world.code)] {
            world.app.migrate_contract(sender.clone(), contract, &MigrateMsg {}, code).unwrap_err();
        }
    }
}
