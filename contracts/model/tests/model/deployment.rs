//! Instantiation, wiring, governance, migration, and coins at the door.

use cosmwasm_std::{Addr, Uint64, coins};
use cw_multi_test::Executor as _;
use cw_ownable::{Action, Ownership, OwnershipError};
use model::{ContractError, contract};
use protocol::model::{Config, Curatorship, ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};

use crate::world::*;

#[test]
fn the_configuration_is_what_the_contract_was_set_up_with() {
    let world = World::new();
    let expected = Config {
        datanet: world.datanet.clone(),
        attribution: Some(world.attribution.clone()),
        settlement: Some(world.settlement.clone()),
        open_token: account("open"),
        stake_code_id: Uint64::new(world.stake_code),
        chain_id: world.app.block_info().chain_id,
    };
    assert_eq!(world.query::<Config>(QueryMsg::Config {}), expected);
    let ownership: Ownership<Addr> = world.query(QueryMsg::Ownership {});
    assert_eq!(ownership.owner, Some(account(GOVERNANCE)));
}

#[test]
fn before_it_is_wired_a_contract_knows_neither_attribution_nor_settlement() {
    let config: Config = World::unwired().query(QueryMsg::Config {});
    assert_eq!((config.attribution, config.settlement), (None, None));
}

#[test]
fn an_instance_needs_valid_addresses() {
    let mut world = World::new();
    let changes: [fn(&mut InstantiateMsg); 3] = [
        |msg| msg.owner = "nobody!".to_owned(),
        |msg| msg.datanet = "nothing!".to_owned(),
        |msg| msg.open_token = String::new(),
    ];
    for change in changes {
        let mut msg = world.setup();
        change(&mut msg);
        let error = err(world.instantiate(&msg));
        assert!(matches!(error, ContractError::Std(_) | ContractError::Ownership(_)), "{error}");
    }
}

#[test]
fn governance_wires_once() {
    let mut world = World::unwired();
    let msg = world.wire();
    assert_eq!(world.refused(STRANGER, msg.clone()), ContractError::Ownership(OwnershipError::NotOwner));
    let [attribution, settlement] = [&world.attribution, &world.settlement].map(Addr::to_string);
    for msg in [
        ExecuteMsg::Wire { attribution: "nothing!".to_owned(), settlement },
        ExecuteMsg::Wire { attribution, settlement: "nothing!".to_owned() },
    ] {
        assert!(matches!(world.refused(GOVERNANCE, msg), ContractError::Std(_)));
    }
    world.run(GOVERNANCE, msg.clone());
    let attribution = world.attribution.clone();
    assert_eq!(world.refused(GOVERNANCE, msg), ContractError::AlreadyWired { attribution });
}

#[test]
fn governance_moves_in_two_steps() {
    let mut world = World::new();
    let transfer = Action::TransferOwnership { new_owner: text("council"), expiry: None };
    let offer = ExecuteMsg::UpdateOwnership(transfer);
    assert_eq!(world.refused(STRANGER, offer.clone()), ContractError::Ownership(OwnershipError::NotOwner));
    world.run(GOVERNANCE, offer);
    let accept = ExecuteMsg::UpdateOwnership(Action::AcceptOwnership);
    assert_eq!(world.refused(STRANGER, accept.clone()), ContractError::Ownership(OwnershipError::NotPendingOwner));
    assert_eq!(world.query::<Ownership<Addr>>(QueryMsg::Ownership {}).owner, Some(account(GOVERNANCE)));
    world.run("council", accept);
    assert_eq!(world.query::<Ownership<Addr>>(QueryMsg::Ownership {}).owner, Some(account("council")));
}

#[test]
fn unexpected_native_coins_are_refused_by_every_message() {
    let mut world = World::with_used(1);
    let manifest = world.manifest(1);
    let messages = [
        world.wire(),
        ExecuteMsg::UpdateOwnership(Action::AcceptOwnership),
        create(new_model()),
        change_terms(terms()),
        note(&[]),
        offer(OWNER),
        accept(),
        append(&[]),
        register(manifest),
        set_prices(vec![]),
        propose(hash(1), 1),
        approve(hash(1), Curatorship::Model {}),
        consume(1),
    ];
    let (owner, contract) = (account(OWNER), world.contract.clone());
    world.app.init_modules(|router, _, storage| {
        router.bank.init_balance(storage, &owner, coins(100, "ucosm")).unwrap();
    });
    for msg in messages {
        let result = world.app.execute_contract(owner.clone(), contract.clone(), &msg, &coins(1, "ucosm"));
        assert!(matches!(err(result), ContractError::Payment(_)), "{msg:?}");
    }
}

/// Migration without a check of name and version would take over a state that this code does not understand.
#[test]
fn migration_checks_name_and_version() {
    let mut world = World::new();
    let contract = world.contract.clone();
    let mut migrate_from = |name: &str, version: &str| {
        cw2::set_contract_version(&mut *world.app.contract_storage_mut(&contract), name, version).unwrap();
        world.app.migrate_contract(account(GOVERNANCE), contract.clone(), &MigrateMsg {}, world.code)
    };
    migrate_from(contract::CONTRACT_NAME, "0.0.1").unwrap();
    migrate_from(contract::CONTRACT_NAME, contract::CONTRACT_VERSION).unwrap();
    let other = "open-attribution:other".to_owned();
    let expected = ContractError::OtherContract { stored: other.clone() };
    assert_eq!(err(migrate_from(&other, "0.0.1")), expected);
    for stored in ["9.0.0", "not a version"].map(str::to_owned) {
        let result = migrate_from(contract::CONTRACT_NAME, &stored);
        assert_eq!(err(result), ContractError::NewerVersion { stored });
    }
}
