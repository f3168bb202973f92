//! Wiring, ownership, permissions at the door, migration.

use attribution::ContractError;
use attribution::contract::{self, CONTRACT_NAME, CONTRACT_VERSION};
use cosmwasm_std::testing::{message_info, mock_dependencies, mock_env};
use cosmwasm_std::{Coin, Uint64, coins};
use cw_multi_test::IntoAddr;
use cw_ownable::{Action, Ownership, OwnershipError};
use cw_utils::PaymentError;
use cw20::Cw20ReceiveMsg;
use protocol::attribution::{ExecuteMsg, InstantiateMsg, MigrateMsg, QueryMsg, ReportMsg};
use protocol::{Permission, RoundId, Seconds};

use crate::bench::{Bench, METHOD, MODEL, SALT, method_params};

fn every_message() -> Vec<ExecuteMsg> {
    let (model, method, round) = (MODEL, METHOD, RoundId(1));
    let operator = "somebody".into_addr().to_string();
    vec![
        ExecuteMsg::Wire { settlement: operator.clone() },
        ExecuteMsg::UpdateOwnership(Action::RenounceOwnership),
        ExecuteMsg::RegisterMethod(method_params()),
        ExecuteMsg::AdmitOperator { method, operator: operator.clone() },
        ExecuteMsg::RemoveOperator { method, operator: operator.clone() },
        ExecuteMsg::Receive(Cw20ReceiveMsg { sender: operator, amount: 1_u128.into(), msg: b"{}".into() }),
        ExecuteMsg::SetEncryptionKey { method, key: SALT },
        ExecuteMsg::Unbond { method },
        ExecuteMsg::WithdrawBond { method },
        ExecuteMsg::Open { model },
        ExecuteMsg::OpenValuation { model },
        ExecuteMsg::Commit { model, round, commitment: SALT },
        ExecuteMsg::EndCommits { model, round },
        ExecuteMsg::Reveal { model, round, report: ReportMsg::TooFew {}, salt: SALT },
        ExecuteMsg::Aggregate { model, round, limit: None },
        ExecuteMsg::Advance { model, round, limit: None },
    ]
}

#[test]
fn only_governance_sends_what_is_governance_s() {
    let mut bench = Bench::bare();
    let stranger = "stranger".into_addr();
    let reserved = every_message().into_iter().filter(|msg| msg.permission() == Permission::Governance);
    let mut tried = 0;
    for msg in reserved {
        let refused = bench.send(&stranger, &msg).unwrap_err();
        assert_eq!(refused, ContractError::Ownership(OwnershipError::NotOwner));
        tried += 1;
    }
    assert_eq!(tried, 4);
}

#[test]
fn governance_moves_in_two_steps() {
    let mut bench = Bench::wired();
    let heir = "heir".into_addr();
    bench.govern(ExecuteMsg::UpdateOwnership(Action::TransferOwnership { new_owner: heir.to_string(), expiry: None }));
    let register = ExecuteMsg::RegisterMethod(method_params());
    let early = bench.send(&heir, &register).unwrap_err();
    assert_eq!(early, ContractError::Ownership(OwnershipError::NotOwner));
    let accept = ExecuteMsg::UpdateOwnership(Action::AcceptOwnership);
    let other = bench.anyone(&accept).unwrap_err();
    assert_eq!(other, ContractError::Ownership(OwnershipError::NotPendingOwner));
    bench.send(&heir, &accept).unwrap();
    bench.send(&heir, &register).unwrap();
    let ownership: Ownership<String> = bench.query(&QueryMsg::Ownership {});
    assert_eq!(ownership.owner, Some(heir.to_string()));
}

#[test]
fn settlement_is_named_once() {
    let mut bench = Bench::bare();
    let (governance, settlement) = (bench.governance.clone(), bench.settlement.clone());
    assert_eq!(bench.config().settlement, None);
    let wire = |settlement: &str| ExecuteMsg::Wire { settlement: settlement.to_owned() };
    let refused = bench.send(&governance, &wire("not an address"));
    assert!(matches!(refused, Err(ContractError::Std(_))));
    bench.govern(wire(settlement.as_str()));
    assert_eq!(bench.config().settlement, Some(settlement.clone()));
    let again = bench.send(&governance, &wire(governance.as_str()));
    assert_eq!(again.unwrap_err(), ContractError::AlreadyWired { settlement });
}

#[test]
fn without_settlement_nothing_opens() {
    let mut bench = Bench::bare();
    assert_eq!(bench.try_open().unwrap_err(), ContractError::NotWired);
    assert_eq!(bench.try_open_valuation().unwrap_err(), ContractError::NotWired);
    let refused = bench.query_error(&QueryMsg::Openable { model: MODEL });
    assert!(refused.contains("Wire"), "{refused}");
}

#[test]
fn unexpected_native_coins_are_refused_by_every_message() {
    let mut bench = Bench::new();
    let governance = bench.governance.clone();
    bench.app.init_modules(|router, _, storage| {
        let balance = coins(100, "ustake");
        let bank = &router.bank;
        bank.init_balance(storage, &governance, balance).unwrap();
    });
    let one = [Coin::new(1_u128, "ustake")];
    for msg in every_message() {
        let refused = bench.send_with(&governance, &msg, &one).unwrap_err();
        let coins = ContractError::Payment(PaymentError::NonPayable {});
        assert_eq!(refused, coins, "{msg:?}");
    }
}

#[test]
fn unexpected_native_coins_are_refused_at_instantiation() {
    let mut deps = mock_dependencies();
    let creator = deps.api.addr_make("creator");
    let msg = InstantiateMsg {
        owner: creator.to_string(),
        open_token: creator.to_string(),
        model: creator.to_string(),
        min_blocks: Uint64::new(3),
        operator_delay: Seconds(50),
        unbonding_period: Seconds(500),
    };
    let info = message_info(&creator, &coins(1, "ustake"));
    let refused = contract::instantiate(deps.as_mut(), mock_env(), info, msg).unwrap_err();
    assert_eq!(refused, ContractError::Payment(PaymentError::NonPayable {}));
}

#[test]
fn delays_of_operators_last_a_second_to_a_year() {
    let mut deps = mock_dependencies();
    let creator = deps.api.addr_make("creator");
    let mut instantiate = |operator_delay, unbonding_period| {
        let msg = InstantiateMsg {
            owner: creator.to_string(),
            open_token: creator.to_string(),
            model: creator.to_string(),
            min_blocks: Uint64::new(3),
            operator_delay: Seconds(operator_delay),
            unbonding_period: Seconds(unbonding_period),
        };
        contract::instantiate(deps.as_mut(), mock_env(), message_info(&creator, &[]), msg).map(|_| ())
    };
    let most = 31_536_000;
    for wrong in [0, most + 1, u64::MAX] {
        let refused = ContractError::Delay { delay: Seconds(wrong), most: Seconds(most) };
        assert_eq!(instantiate(wrong, 1), Err(refused));
        let refused = ContractError::Delay { delay: Seconds(wrong), most: Seconds(most) };
        assert_eq!(instantiate(1, wrong), Err(refused));
    }
    assert_eq!(instantiate(1, most), Ok(()));
    assert_eq!(instantiate(most, 1), Ok(()));
}

#[test]
fn migration_checks_name_and_version() {
    let mut deps = mock_dependencies();
    let mut migrate_from = |name: &str, version: &str| {
        cw2::set_contract_version(&mut deps.storage, name, version).unwrap();
        let migrated = contract::migrate(deps.as_mut(), mock_env(), MigrateMsg {});
        migrated.map(|_| cw2::get_contract_version(&deps.storage).unwrap())
    };
    let other = migrate_from("settlement", CONTRACT_VERSION).unwrap_err();
    let stored = "settlement".to_owned();
    assert_eq!(other, ContractError::WrongContract { stored });
    let newer = migrate_from(CONTRACT_NAME, "99.0.0").unwrap_err();
    let stored = "99.0.0".to_owned();
    assert_eq!(newer, ContractError::NewerVersion { stored });
    let same = migrate_from(CONTRACT_NAME, CONTRACT_VERSION).unwrap();
    assert_eq!(same.version, CONTRACT_VERSION);
    let older = migrate_from(CONTRACT_NAME, "0.0.1").unwrap();
    assert_eq!(older.version, CONTRACT_VERSION);
}
