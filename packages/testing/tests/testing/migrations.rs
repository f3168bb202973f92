//! Migrations of a chain on which a model earns: by the timelock or not at all, and without touching what is stored.
//!
//! All codes here are of one version. What a build with a higher version would find is made by giving the instances an older one.

use cosmwasm_std::{Addr, Order};
use cw_ownable::OwnershipError;
use protocol::timelock::{Change, Config, ExecuteMsg, QueryMsg};
use protocol::{ProposalId, Seconds, settlement::MigrateMsg};
use testing::scenario::{Setup, World};
use testing::{Admin, Admins, ChainError, Code, err};

const DELAY: u64 = 60;
const OLDER: &str = "0.0.9";
const ENTRIES: [(i32, u32); 3] = [(500_000_000, 10_000_000), (300_000_000, 10_000_000), (100_000_000, 10_000_000)];

fn governed_by_a_timelock() -> World {
    World::with(Setup { deploy: |config| config.admins = Admins::timelock(Seconds(DELAY)), ..Setup::default() })
}

fn timelock(world: &World) -> Addr {
    world.at.timelock.clone().unwrap()
}

/// The contracts that a timelock may migrate, itself last.
fn migratable(world: &World) -> Vec<(Addr, Code)> {
    let at = &world.at;
    let contracts = [
        (&at.datanet, Code::Datanet),
        (&at.model, Code::Model),
        (&at.attribution, Code::Attribution),
        (&at.settlement, Code::Settlement),
    ];
    let others = contracts.into_iter().map(|(contract, code)| (contract.clone(), code));
    others.chain(at.timelock.clone().map(|own| (own, Code::Timelock))).collect()
}

fn migration(contract: &Addr, code: Code) -> Change {
    Change::Migrate { contract: contract.to_string(), code_id: code.id().into(), msg: b"{}".as_slice().into() }
}

fn stored_version(world: &mut World, contract: &Addr) -> cw2::ContractVersion {
    cw2::get_contract_version(&*world.chain.contract_storage_mut(contract)).unwrap()
}

fn set_version(world: &mut World, contract: &Addr, version: &str) {
    let name = stored_version(world, contract).contract;
    cw2::set_contract_version(&mut *world.chain.contract_storage_mut(contract), name, version).unwrap();
}

fn stored(world: &mut World, contract: &Addr) -> Vec<(Vec<u8>, Vec<u8>)> {
    world.chain.contract_storage_mut(contract).range(None, None, Order::Ascending).collect()
}

fn send(world: &mut World, sender: &Addr, msg: &ExecuteMsg) -> Result<(), ChainError> {
    let timelock = timelock(world);
    world.chain.execute(sender, &timelock, msg, &[]).map(drop)
}

/// Announced by governance, executed by a stranger once the delay is over.
fn propose_and_execute(world: &mut World, changes: Vec<Change>) -> Result<(), ChainError> {
    let (governance, stranger) = (world.accounts.governance.clone(), world.accounts.stranger.clone());
    let (timelock, page) = (timelock(world), protocol::Page::default());
    let before: Vec<protocol::timelock::Proposal> =
        world.chain.query(&timelock, &QueryMsg::Proposals { page }).unwrap();
    send(world, &governance, &ExecuteMsg::Propose { changes, reason: "a new build".to_owned() }).unwrap();
    world.chain.pass_time(DELAY);
    send(world, &stranger, &ExecuteMsg::Execute { proposal: ProposalId(before.len() as u64 + 1) })
}

#[test]
fn all_contracts_are_migrated_in_the_middle_of_their_work_and_keep_what_they_stored() {
    let mut world = governed_by_a_timelock();
    world.settle(10_000_000, &ENTRIES, 900_000_000).unwrap();
    world.pay(5_000_000).unwrap();
    let contracts = migratable(&world);
    let now: Vec<_> = contracts.iter().map(|(contract, _)| stored_version(&mut world, contract)).collect();
    let before: Vec<_> = contracts[..4].iter().map(|(contract, _)| stored(&mut world, contract)).collect();
    for (contract, _) in &contracts {
        set_version(&mut world, contract, OLDER);
    }
    let changes = contracts.iter().map(|(contract, code)| migration(contract, *code)).collect();
    propose_and_execute(&mut world, changes).unwrap();
    for ((contract, code), version) in contracts.iter().zip(now) {
        assert_eq!(stored_version(&mut world, contract), version, "{code:?}");
    }
    let after: Vec<_> = contracts[..4].iter().map(|(contract, _)| stored(&mut world, contract)).collect();
    assert!(before == after, "a migration changed what is stored");
    world.settle(10_000_000, &ENTRIES, 900_000_000).unwrap();
    world.claim(&[0, 1, 2]).unwrap();
    assert_eq!(world.settled_rounds().len(), 2);
}

#[test]
fn nobody_migrates_past_the_timelock() {
    let mut world = governed_by_a_timelock();
    let accounts = world.accounts.clone();
    for (contract, code) in migratable(&world) {
        for sender in [&accounts.governance, &accounts.owner, &accounts.stranger] {
            let migrated = world.chain.migrate(sender, &contract, code, &MigrateMsg {});
            assert!(matches!(migrated, Err(ChainError::Rejected(_))), "{code:?} by {sender}");
        }
    }
    let change = vec![migration(&world.at.datanet, Code::Datanet)];
    let propose = ExecuteMsg::Propose { changes: change, reason: String::new() };
    let error: ::timelock::ContractError = err(send(&mut world, &accounts.stranger, &propose));
    assert_eq!(error, ::timelock::ContractError::Ownership(OwnershipError::NotOwner));
}

#[test]
fn the_code_of_another_contract_is_refused_by_that_code() {
    let mut world = governed_by_a_timelock();
    let contracts = migratable(&world);
    for (contract, own) in &contracts {
        set_version(&mut world, contract, OLDER);
        let before = stored(&mut world, contract);
        for (_, other) in contracts.iter().filter(|(_, code)| code != own) {
            let migrated = propose_and_execute(&mut world, vec![migration(contract, *other)]);
            assert!(migrated.is_err(), "{own:?} to {other:?}");
        }
        // The timelock stores the proposals that failed.
        assert!(*own == Code::Timelock || before == stored(&mut world, contract));
    }
}

#[test]
fn a_lower_version_than_the_stored_one_is_refused() {
    let mut world = governed_by_a_timelock();
    for (contract, code) in migratable(&world) {
        set_version(&mut world, &contract, "99.0.0");
        assert!(propose_and_execute(&mut world, vec![migration(&contract, code)]).is_err(), "{code:?}");
        assert_eq!(stored_version(&mut world, &contract).version, "99.0.0");
    }
}

#[test]
fn one_refused_migration_takes_the_others_of_its_proposal_back() {
    let mut world = governed_by_a_timelock();
    for (contract, _) in migratable(&world) {
        set_version(&mut world, &contract, OLDER);
    }
    let (datanet, settlement) = (world.at.datanet.clone(), world.at.settlement.clone());
    let changes = vec![migration(&datanet, Code::Datanet), migration(&settlement, Code::Stake)];
    assert!(propose_and_execute(&mut world, changes).is_err());
    assert_eq!(stored_version(&mut world, &datanet).version, OLDER);
}

#[test]
fn settlement_without_an_admin_is_never_migrated() {
    let mut world = World::deployed(Setup {
        deploy: |config| config.admins = Admins { settlement: Admin::Nobody, ..Admins::timelock(Seconds(DELAY)) },
        ..Setup::default()
    });
    let settlement = world.at.settlement.clone();
    assert_eq!(world.chain.admin(&settlement).unwrap(), None);
    set_version(&mut world, &settlement, OLDER);
    assert!(propose_and_execute(&mut world, vec![migration(&settlement, Code::Settlement)]).is_err());
    let governance = world.accounts.governance.clone();
    world.chain.migrate(&governance, &settlement, Code::Settlement, &MigrateMsg {}).unwrap_err();
    assert_eq!(stored_version(&mut world, &settlement).version, OLDER);
}

#[test]
fn an_account_that_is_the_admin_migrates_at_once() {
    let mut world = World::deployed(Setup {
        deploy: |config| {
            config.admins = Admins { contracts: Admin::Account(config.governance.clone()), ..Admins::NOBODY };
        },
        ..Setup::default()
    });
    let (governance, model) = (world.accounts.governance.clone(), world.at.model.clone());
    set_version(&mut world, &model, OLDER);
    world.chain.migrate(&governance, &model, Code::Model, &MigrateMsg {}).unwrap();
    assert_ne!(stored_version(&mut world, &model).version, OLDER);
    assert_eq!(world.at.timelock, None);
}

#[test]
fn open_and_stakes_have_no_admin_whoever_is_that_of_the_others() {
    let world = governed_by_a_timelock();
    for contract in [world.at.open_token.clone(), world.stake()] {
        assert_eq!(world.chain.admin(&contract).unwrap(), None);
    }
}

#[test]
fn a_shorter_delay_is_announced_as_long_as_the_old_one() {
    let mut world = governed_by_a_timelock();
    let shorter = Change::SetDelay { delay: Seconds(1) };
    let governance = world.accounts.governance.clone();
    send(&mut world, &governance, &ExecuteMsg::Propose { changes: vec![shorter], reason: String::new() }).unwrap();
    let execute = ExecuteMsg::Execute { proposal: ProposalId(1) };
    let error: ::timelock::ContractError = err(send(&mut world, &governance, &execute));
    assert!(matches!(error, ::timelock::ContractError::ProposalNotDue { .. }));
    world.chain.pass_time(DELAY);
    send(&mut world, &governance, &execute).unwrap();
    let config: Config = world.chain.query(&timelock(&world), &QueryMsg::Config {}).unwrap();
    assert_eq!(config.delay, Seconds(1));
}
