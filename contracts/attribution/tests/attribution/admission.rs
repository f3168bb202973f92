//! Admitting and removing operators.

use attribution::ContractError;
use cosmwasm_std::Uint128;
use protocol::MethodId;
use protocol::attribution::{ExecuteMsg, MAX_OPERATORS, Operator, QueryMsg};
use protocol::event::AttributionEvent;

use crate::bench::{BOND, Bench, METHOD, events, honest};

#[test]
fn an_admitted_operator_has_no_bond_yet() {
    let mut bench = Bench::wired();
    let response = bench.admit(0).unwrap();
    let account = bench.operators[0].clone();
    assert_eq!(
        events(&response),
        [AttributionEvent::OperatorAdmitted { method: METHOD, operator: account.to_string() }]
    );
    let expected = Operator { account, method: METHOD, bond: Uint128::zero(), removed: false, slashed: 0 };
    assert_eq!(bench.operator(0), expected);
}

#[test]
fn nobody_is_admitted_to_a_method_that_does_not_exist() {
    let mut bench = Bench::wired();
    let (governance, operator) = (bench.governance.clone(), bench.operators[0].to_string());
    let method = MethodId(2);
    let admit = ExecuteMsg::AdmitOperator { method, operator };
    let refused = bench.send(&governance, &admit).unwrap_err();
    assert_eq!(refused, ContractError::UnknownMethod { method });
}

#[test]
fn nobody_is_admitted_twice() {
    let mut bench = Bench::wired();
    bench.admit(0).unwrap();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    assert_eq!(bench.admit(0).unwrap_err(), ContractError::AlreadyAdmitted { method, operator });
}

#[test]
fn a_method_has_at_most_64_operators_removed_ones_included() {
    let mut bench = Bench::wired();
    for index in 0..MAX_OPERATORS {
        bench.admit(index).unwrap();
    }
    let full = ContractError::TooManyOperators { method: METHOD };
    assert_eq!(bench.admit(64).unwrap_err(), full);
    bench.remove(3).unwrap();
    assert_eq!(bench.admit(64).unwrap_err(), full);
    bench.admit(3).unwrap();
    let listed: Vec<Operator> = bench.query(&QueryMsg::Operators { method: METHOD });
    assert_eq!(listed.len(), MAX_OPERATORS);
    assert!(listed.is_sorted_by_key(|operator| operator.account.clone()));
}

#[test]
fn only_admitted_operators_can_be_removed_and_only_once() {
    let mut bench = Bench::wired();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    let unknown = ContractError::UnknownOperator { method, operator: operator.clone() };
    assert_eq!(bench.remove(0).unwrap_err(), unknown);
    bench.admit(0).unwrap();
    let response = bench.remove(0).unwrap();
    assert_eq!(events(&response), [AttributionEvent::OperatorRemoved { method, operator: operator.to_string() }]);
    let twice = ContractError::OperatorRemoved { method, operator };
    assert_eq!(bench.remove(0).unwrap_err(), twice);
}

#[test]
fn a_removed_operator_comes_back_with_the_bond_it_left() {
    let mut bench = Bench::new();
    bench.remove(0).unwrap();
    assert_eq!(bench.operator(0).bond, Uint128::new(BOND));
    bench.admit(0).unwrap();
    let operator = bench.operator(0);
    assert!(!operator.removed);
    assert_eq!(operator.bond, Uint128::new(BOND));
    assert_eq!(bench.open().operators.len(), 7);
}

#[test]
fn removal_acts_from_the_next_opening_on() {
    let mut bench = Bench::opened();
    bench.remove(0).unwrap();
    assert_eq!(bench.open_round().operators.len(), 7);
    bench.commit_all(&vec![honest(); 7]);
    bench.end_window();
    for index in 0..7 {
        bench.reveal(index, &honest()).unwrap();
    }
    bench.end_window();
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    let next = bench.open();
    assert_eq!(next.operators, bench.operators[1..7]);
    assert_eq!(next.quorum, 5);
}
