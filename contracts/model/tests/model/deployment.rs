//! Instantiation, wiring, governance, migration, and coins at the door.

use cosmwasm_std::{Addr, coins};
use cw_ownable::{Action, Ownership, OwnershipError};
use model::{ContractError, contract};
use protocol::model::{Config, Curatorship, ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg};
use testing::{Code, err};

use crate::world::*;

fn wire(world: &World) -> ExecuteMsg {
    ExecuteMsg::Wire { attribution: world.at.attribution.to_string() }
}

/// A second instance, not wired.
fn fresh(world: &mut World) -> Addr {
    let msg = InstantiateMsg { owner: text(GOVERNANCE), datanet: world.at.datanet.to_string() };
    world.chain.instantiate(Code::Model, &account(GOVERNANCE), &msg, None).expect("the contract is instantiated")
}

#[test]
fn the_configuration_is_what_the_contract_was_set_up_with() {
    let world = World::new();
    let expected = Config {
        datanet: world.at.datanet.clone(),
        attribution: Some(world.at.attribution.clone()),
        chain_id: world.chain.chain_id(),
    };
    assert_eq!(world.query::<Config>(QueryMsg::Config {}), expected);
    let ownership: Ownership<Addr> = world.query(QueryMsg::Ownership {});
    assert_eq!(ownership.owner, Some(account(GOVERNANCE)));
}

#[test]
fn an_instance_needs_valid_addresses() {
    let mut world = World::new();
    let datanet = world.at.datanet.to_string();
    for msg in [
        InstantiateMsg { owner: "nobody".to_owned(), datanet },
        InstantiateMsg { owner: text(GOVERNANCE), datanet: "nothing".to_owned() },
    ] {
        let result = world.chain.instantiate(Code::Model, &account(GOVERNANCE), &msg, None);
        assert!(matches!(err(result), ContractError::Std(_) | ContractError::Ownership(_)));
    }
}

#[test]
fn governance_wires_once() {
    let mut world = World::new();
    let msg = wire(&world);
    let attribution = world.at.attribution.clone();
    assert_eq!(world.refused(GOVERNANCE, msg.clone()), ContractError::AlreadyWired { attribution });
    let contract = fresh(&mut world);
    let result = world.chain.execute(&account(STRANGER), &contract, &msg, &[]);
    assert_eq!(err::<ContractError>(result), ContractError::Ownership(OwnershipError::NotOwner));
    let nothing = ExecuteMsg::Wire { attribution: "nothing".to_owned() };
    let result = world.chain.execute(&account(GOVERNANCE), &contract, &nothing, &[]);
    assert!(matches!(err(result), ContractError::Std(_)));
    world.chain.execute(&account(GOVERNANCE), &contract, &msg, &[]).unwrap();
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
        wire(&world),
        ExecuteMsg::UpdateOwnership(Action::AcceptOwnership),
        ExecuteMsg::CreateModel(new_model()),
        offer(OWNER),
        accept(),
        append(&[]),
        register(manifest),
        set_prices(vec![]),
        propose(hash(1), 1),
        approve(hash(1), Curatorship::Model {}),
        consume(1),
    ];
    let contract = world.at.model.clone();
    world.chain.give_coins(&account(OWNER), coins(100, "ucosm"));
    for msg in messages {
        let result = world.chain.execute(&account(OWNER), &contract, &msg, &coins(1, "ucosm"));
        assert!(matches!(err(result), ContractError::Payment(_)), "{msg:?}");
    }
}

/// Migration without a check of name and version would take over a state that this code does not understand.
#[test]
fn migration_checks_name_and_version() {
    let mut world = World::new();
    let contract = world.at.model.clone();
    let mut migrate_from = |name: &str, version: &str| {
        cw2::set_contract_version(&mut *world.chain.contract_storage_mut(&contract), name, version).unwrap();
        world.chain.migrate(&account(GOVERNANCE), &contract, Code::Model, &MigrateMsg {})
    };
    migrate_from(contract::CONTRACT_NAME, "0.0.1").unwrap();
    migrate_from(contract::CONTRACT_NAME, contract::CONTRACT_VERSION).unwrap();
    let other = "open-attribution:other".to_owned();
    let expected = ContractError::OtherContract { stored: other.clone() };
    assert_eq!(err::<ContractError>(migrate_from(&other, "0.0.1")), expected);
    for stored in ["9.0.0", "not a version"].map(str::to_owned) {
        let result = migrate_from(contract::CONTRACT_NAME, &stored);
        assert_eq!(err::<ContractError>(result), ContractError::NewerVersion { stored });
    }
}
