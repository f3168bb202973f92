//! Paying bonds.

use attribution::ContractError;
use cosmwasm_std::{Uint128, to_json_binary};
use cw_multi_test::IntoAddr;
use cw20::Cw20ReceiveMsg;
use protocol::MethodId;
use protocol::attribution::{ExecuteMsg, ReceiveMsg};
use protocol::event::AttributionEvent;

use crate::bench::{BOND, Bench, METHOD, events, token};

fn hook(method: MethodId) -> cosmwasm_std::Binary {
    to_json_binary(&ReceiveMsg::Bond { method }).unwrap()
}

#[test]
fn a_bond_is_held_and_counted() {
    let mut bench = Bench::wired();
    bench.admit(0).unwrap();
    let response = bench.pay_bond(0, BOND).unwrap();
    let bond = Uint128::new(BOND);
    let bonded = AttributionEvent::OperatorBonded { method: METHOD, operator: bench.operators[0].to_string(), bond };
    assert_eq!(events(&response), [bonded]);
    assert_eq!(bench.operator(0).bond, bond);
    bench.join(1);
    assert_eq!(bench.config().bonds_held, Uint128::new(2 * BOND));
}

#[test]
fn a_bond_is_paid_exactly() {
    let mut bench = Bench::wired();
    bench.admit(0).unwrap();
    let due = Uint128::new(BOND);
    for wrong in [1, BOND - 1, BOND + 1] {
        let sent = Uint128::new(wrong);
        let refused = bench.pay_bond(0, wrong).unwrap_err();
        assert_eq!(refused, ContractError::WrongBond { due, sent });
    }
    assert_eq!(bench.config().bonds_held, Uint128::zero());
}

#[test]
fn a_whole_bond_takes_nothing_more() {
    let mut bench = Bench::new();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    assert_eq!(bench.pay_bond(0, BOND).unwrap_err(), ContractError::AlreadyBonded { method, operator });
}

#[test]
fn only_admitted_operators_pay_bonds() {
    let mut bench = Bench::wired();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    let unknown = ContractError::UnknownOperator { method, operator: operator.clone() };
    assert_eq!(bench.pay_bond(0, BOND).unwrap_err(), unknown);
    bench.admit(0).unwrap();
    bench.remove(0).unwrap();
    let leaving = ContractError::OperatorLeaving { method, operator };
    assert_eq!(bench.pay_bond(0, BOND).unwrap_err(), leaving);
    bench.pass_delay();
    assert_eq!(bench.pay_bond(0, BOND).unwrap_err(), leaving);
}

#[test]
fn a_bond_for_a_method_that_does_not_exist_is_refused() {
    let mut bench = Bench::wired();
    let (token, operator) = (bench.open_token.clone(), bench.operators[0].clone());
    let method = MethodId(9);
    let refused = bench.pay(&token, &operator, BOND, hook(method));
    assert_eq!(refused.unwrap_err(), ContractError::UnknownMethod { method });
}

#[test]
fn receive_from_a_strange_token_is_refused() {
    let mut bench = Bench::wired();
    bench.admit(0).unwrap();
    let (governance, holders) = (bench.governance.clone(), bench.operators.clone());
    let strange = token(&mut bench.app, &governance, &holders);
    let refused = bench.pay(&strange, &holders[0], BOND, hook(METHOD));
    let open_token = bench.open_token.clone();
    let expected = |token| ContractError::StrangeToken { token, open_token: open_token.clone() };
    assert_eq!(refused.unwrap_err(), expected(strange));
    let forged = ExecuteMsg::Receive(Cw20ReceiveMsg {
        sender: holders[0].to_string(),
        amount: Uint128::new(BOND),
        msg: hook(METHOD),
    });
    let refused = bench.send(&holders[0], &forged).unwrap_err();
    assert_eq!(refused, expected(holders[0].clone()));
    assert_eq!(bench.operator(0).bond, Uint128::zero());
}

#[test]
fn receive_with_a_zero_amount_is_refused() {
    let mut bench = Bench::wired();
    bench.admit(0).unwrap();
    assert_eq!(bench.pay_bond(0, 0).unwrap_err(), ContractError::ZeroAmount);
}

#[test]
fn receive_with_a_message_it_does_not_know_is_refused() {
    let mut bench = Bench::wired();
    let (token, operator) = (bench.open_token.clone(), "operator 0".into_addr());
    let refused = bench.pay(&token, &operator, BOND, b"{\"gift\":{}}".into());
    assert!(matches!(refused, Err(ContractError::Std(_))));
}
