//! Migration checks whose state it takes over.

use cosmwasm_std::testing::{mock_dependencies, mock_env};
use datanet::ContractError;
use datanet::contract::migrate;
use protocol::datanet::MigrateMsg;

fn migrated_from(name: &str, version: &str) -> Result<String, ContractError> {
    let mut deps = mock_dependencies();
    cw2::set_contract_version(&mut deps.storage, name, version).unwrap();
    migrate(deps.as_mut(), mock_env(), MigrateMsg {})?;
    Ok(cw2::get_contract_version(&deps.storage).unwrap().version)
}

#[test]
fn the_same_or_an_older_version_is_taken_over() {
    let current = env!("CARGO_PKG_VERSION");
    assert_eq!(migrated_from("open:datanet", current), Ok(current.to_owned()));
    assert_eq!(migrated_from("open:datanet", "0.0.1"), Ok(current.to_owned()));
}

#[test]
fn another_contract_or_a_newer_version_is_refused() {
    for (name, version) in [("open:model", "0.0.1"), ("open:datanet", "99.0.0"), ("open:datanet", "not a version")] {
        let refused = migrated_from(name, version);
        assert!(matches!(refused, Err(ContractError::Migration { .. })), "{refused:?}");
    }
    let nothing_there = migrate(mock_dependencies().as_mut(), mock_env(), MigrateMsg {});
    assert!(matches!(nothing_there, Err(ContractError::Migration { .. })));
}
