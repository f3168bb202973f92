//! Registering methods.

use attribution::ContractError;
use cosmwasm_std::{Uint64, Uint128};
use protocol::attribution::{ExecuteMsg, Method, MethodParams, QueryMsg};
use protocol::event::AttributionEvent;
use protocol::{MethodId, Seconds};

use crate::bench::{Bench, events, method_params};

fn register(change: impl Fn(&mut MethodParams)) -> Result<(), ContractError> {
    let mut bench = Bench::bare();
    let governance = bench.governance.clone();
    let mut params = method_params();
    change(&mut params);
    let sent = bench.send(&governance, &ExecuteMsg::RegisterMethod(params));
    sent.map(|_| ())
}

#[test]
fn methods_are_counted_from_1_and_read_back_as_registered() {
    let mut bench = Bench::bare();
    for id in 1..=3 {
        let mut params = method_params();
        params.name = format!("method/v{id}");
        let response = bench.govern(ExecuteMsg::RegisterMethod(params.clone()));
        let method = MethodId(id);
        let name = params.name.clone();
        assert_eq!(events(&response), [AttributionEvent::MethodRegistered { method, name }]);
        let stored: Method = bench.query(&QueryMsg::Method { method });
        assert_eq!(stored, Method { id: method, params });
    }
}

#[test]
fn a_name_has_1_to_64_bytes() {
    let named = |length: usize| register(|params| params.name = "n".repeat(length));
    assert_eq!(named(0), Err(ContractError::MethodName { length: 0 }));
    assert_eq!(named(65), Err(ContractError::MethodName { length: 65 }));
    assert_eq!(named(1), Ok(()));
    assert_eq!(named(64), Ok(()));
}

#[test]
fn windows_last_a_second_to_a_year() {
    let most = Seconds(31_536_000);
    let refused = |period| Err(ContractError::MethodPeriod { period, most });
    for period in [Seconds(0), Seconds(31_536_001), Seconds(u64::MAX)] {
        let commit = register(|params| params.commit_period = period);
        assert_eq!(commit, refused(period));
        let reveal = register(|params| params.reveal_period = period);
        assert_eq!(reveal, refused(period));
    }
    assert_eq!(register(|params| params.commit_period = most), Ok(()));
    assert_eq!(register(|params| params.reveal_period = Seconds(1)), Ok(()));
}

#[test]
fn zero_bond_pool_validation_or_evidence_is_refused() {
    let bond = register(|params| params.bond = Uint128::zero());
    assert_eq!(bond, Err(ContractError::MethodBond));
    let pool = register(|params| params.min_pool = Uint128::zero());
    assert_eq!(pool, Err(ContractError::MethodMinPool));
    let validation = register(|params| params.validation_per_round = Uint64::zero());
    assert_eq!(validation, Err(ContractError::MethodValidation));
    let queries = register(|params| params.min_effective_queries = 1);
    let queries_too_few = ContractError::MethodEffectiveQueries { queries: 1 };
    assert_eq!(queries, Err(queries_too_few));
}

#[test]
fn the_penalty_for_missed_rounds_is_1_uopen_to_the_bond() {
    let bond = method_params().bond;
    let over = bond + Uint128::one();
    for penalty in [Uint128::zero(), over, Uint128::MAX] {
        let refused = register(|params| params.missed_penalty = penalty);
        assert_eq!(refused, Err(ContractError::MethodPenalty { penalty, bond }));
    }
    for penalty in [Uint128::one(), bond] {
        assert_eq!(register(|params| params.missed_penalty = penalty), Ok(()));
    }
}
