//! Admitting and removing operators, and the delays before either takes effect.

use attribution::ContractError;
use cosmwasm_std::{Addr, Uint128};
use protocol::attribution::{ExecuteMsg, MAX_OPERATORS, Operator, QueryMsg};
use protocol::event::AttributionEvent;
use protocol::{Hash32, MethodId, Seconds};

use crate::bench::{BOND, Bench, METHOD, OPERATOR_DELAY, START, UNBONDING, events, honest};

const LEAVES_AT: Seconds = Seconds(START + OPERATOR_DELAY);

/// Seven seated operators, and an eighth admitted and bonded now.
fn with_an_eighth() -> Bench {
    let mut bench = Bench::new();
    bench.join(7);
    bench
}

fn set(bench: &mut Bench) -> Vec<Addr> {
    bench.open().operators
}

#[test]
fn an_admitted_operator_has_no_bond_yet_and_waits_for_its_delay() {
    let mut bench = Bench::wired();
    let response = bench.admit(0).unwrap();
    let (account, active_from) = (bench.operators[0].clone(), Seconds(START));
    let (method, operator) = (METHOD, account.to_string());
    assert_eq!(events(&response), [AttributionEvent::OperatorAdmitted { method, operator, active_from }]);
    let expected = Operator {
        account,
        method,
        bond: Uint128::zero(),
        active_from,
        leaves_at: None,
        bond_free_at: None,
        open_sets: 0,
        missed: 0,
        slashed: 0,
        penalties: 0,
        encryption_key: None,
    };
    assert_eq!(bench.operator(0), expected);
}

#[test]
fn an_operator_sets_its_encryption_key_and_replaces_it() {
    let mut bench = Bench::new();
    for key in [Hash32([7; 32]), Hash32([8; 32])] {
        let response = bench.set_encryption_key(0, key).unwrap();
        let (method, operator) = (METHOD, bench.operators[0].to_string());
        assert_eq!(events(&response), [AttributionEvent::EncryptionKeySet { method, operator, key }]);
        assert_eq!(bench.operator(0).encryption_key, Some(key));
    }
    assert_eq!(bench.operator(1).encryption_key, None);
}

#[test]
fn who_is_no_operator_sets_no_encryption_key() {
    let mut bench = Bench::wired();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    let error = bench.set_encryption_key(0, Hash32([7; 32])).unwrap_err();
    assert_eq!(error, ContractError::UnknownOperator { method, operator });
}

#[test]
fn one_second_before_its_delay_is_over_an_operator_is_in_no_set() {
    let mut bench = with_an_eighth();
    bench.pass(OPERATOR_DELAY - 1, 10);
    assert_eq!(set(&mut bench), bench.operators[..7]);
}

#[test]
fn from_the_end_of_its_delay_on_an_operator_is_in_the_set() {
    let mut bench = with_an_eighth();
    bench.pass(OPERATOR_DELAY, 0);
    assert_eq!(set(&mut bench), bench.operators[..8]);
}

#[test]
fn a_bond_paid_after_the_delay_counts_at_once() {
    let mut bench = Bench::new();
    bench.admit(7).unwrap();
    bench.pass_delay();
    bench.pay_bond(7, BOND).unwrap();
    assert_eq!(set(&mut bench).len(), 8);
}

#[test]
fn an_admission_that_takes_effect_while_a_round_is_open_is_for_the_next_one() {
    let mut bench = with_an_eighth();
    bench.open();
    bench.pass_delay();
    let operator = bench.operators[7].clone();
    let refused = bench.commit_hash(7, crate::bench::SALT).unwrap_err();
    assert_eq!(refused, ContractError::NotInSet { operator });
    assert_eq!(bench.open_round().operators.len(), 7);
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
fn a_removal_is_announced_with_the_time_of_its_effect() {
    let mut bench = Bench::new();
    let response = bench.remove(0).unwrap();
    let (method, operator) = (METHOD, bench.operators[0].to_string());
    let removed = AttributionEvent::OperatorRemoved { method, operator, leaves_at: LEAVES_AT };
    assert_eq!(events(&response), [removed]);
    let operator = bench.operator(0);
    assert_eq!(operator.leaves_at, Some(LEAVES_AT));
    assert_eq!(operator.bond_free_at, Some(Seconds(LEAVES_AT.get() + UNBONDING)));
    assert_eq!(operator.bond, Uint128::new(BOND));
}

#[test]
fn one_second_before_it_leaves_a_removed_operator_is_in_the_set() {
    let mut bench = Bench::new();
    bench.remove(0).unwrap();
    bench.pass(OPERATOR_DELAY - 1, 10);
    assert_eq!(set(&mut bench), bench.operators[..7]);
}

#[test]
fn from_the_second_it_leaves_on_a_removed_operator_is_in_no_set() {
    let mut bench = Bench::new();
    bench.remove(0).unwrap();
    bench.pass(OPERATOR_DELAY, 0);
    let next = bench.open();
    assert_eq!(next.operators, bench.operators[1..7]);
    assert_eq!(next.quorum, 5);
}

#[test]
fn who_leaves_while_a_round_is_open_finishes_it() {
    let mut bench = Bench::opened();
    bench.remove(0).unwrap();
    bench.pass_delay();
    bench.play_opened_to_reveals(&vec![honest(); 7]);
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    assert_eq!(bench.agreements(1)[0], Some(10_000));
    assert_eq!(set(&mut bench), bench.operators[1..7]);
}

#[test]
fn who_is_removed_in_the_block_of_its_admission_is_never_in_a_set() {
    let mut bench = with_an_eighth();
    bench.remove(7).unwrap();
    for _ in 0..3 {
        assert_eq!(set(&mut bench).len(), 7);
        bench.play_opened_to_reveals(&vec![honest(); 7]);
        bench.aggregate(None).unwrap();
        bench.advance(None).unwrap();
    }
}

#[test]
fn only_admitted_operators_can_be_removed_and_only_once() {
    let mut bench = Bench::wired();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    let unknown = ContractError::UnknownOperator { method, operator: operator.clone() };
    assert_eq!(bench.remove(0).unwrap_err(), unknown);
    bench.admit(0).unwrap();
    bench.remove(0).unwrap();
    let leaving = ContractError::OperatorLeaving { method, operator };
    assert_eq!(bench.remove(0).unwrap_err(), leaving);
    bench.pass_delay();
    assert_eq!(bench.remove(0).unwrap_err(), leaving);
}

#[test]
fn a_removed_operator_comes_back_with_the_bond_and_the_record_it_left_after_the_same_delay() {
    let mut bench = Bench::new();
    bench.play(&vec![honest(); 6]);
    bench.remove(6).unwrap();
    bench.pass_delay();
    bench.admit(6).unwrap();
    let operator = bench.operator(6);
    assert_eq!(operator.active_from, Seconds(bench.now().get() + OPERATOR_DELAY));
    assert_eq!((operator.leaves_at, operator.bond_free_at), (None, None));
    assert_eq!((operator.bond.u128(), operator.missed), (BOND, 1));
    bench.pass(OPERATOR_DELAY - 1, 10);
    assert_eq!(set(&mut bench).len(), 6);
    bench.play_opened_to_reveals(&vec![honest(); 6]);
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    assert_eq!(set(&mut bench).len(), 7);
}

#[test]
fn who_has_not_left_yet_is_not_admitted_again_since_that_would_remove_it_at_once() {
    let mut bench = Bench::new();
    bench.remove(0).unwrap();
    bench.pass(OPERATOR_DELAY - 1, 10);
    let operator = bench.operators[0].clone();
    let refused = bench.admit(0).unwrap_err();
    assert_eq!(refused, ContractError::NotLeftYet { operator, until: LEAVES_AT });
    assert_eq!(set(&mut bench).len(), 7);
    bench.pass(1, 0);
    bench.admit(0).unwrap();
}

fn full() -> Bench {
    let mut bench = Bench::wired();
    for index in 0..MAX_OPERATORS {
        bench.admit(index).unwrap();
    }
    bench
}

fn listed(bench: &Bench) -> Vec<Addr> {
    let operators: Vec<Operator> = bench.query(&QueryMsg::Operators { method: METHOD });
    operators.into_iter().map(|operator| operator.account).collect()
}

#[test]
fn a_method_has_at_most_64_operators() {
    let mut bench = full();
    let full = ContractError::TooManyOperators { method: METHOD };
    assert_eq!(bench.admit(64).unwrap_err(), full);
    bench.remove(3).unwrap();
    assert_eq!(bench.admit(64).unwrap_err(), full, "it has not left yet");
    bench.pass_delay();
    bench.admit(64).unwrap();
    assert_eq!(listed(&bench).len(), MAX_OPERATORS);
    assert!(!listed(&bench).contains(&bench.operators[3]));
    assert!(listed(&bench).is_sorted());
    assert_eq!(bench.admit(65).unwrap_err(), full);
}

#[test]
fn a_place_is_kept_while_its_bond_is_held() {
    let mut bench = full();
    bench.pay_bond(5, BOND).unwrap();
    bench.unbond(5).unwrap();
    let full = ContractError::TooManyOperators { method: METHOD };
    assert_eq!(bench.admit(64).unwrap_err(), full);
    bench.pass(UNBONDING, 0);
    assert_eq!(bench.admit(64).unwrap_err(), full);
    bench.withdraw(5).unwrap();
    bench.admit(64).unwrap();
    assert!(!listed(&bench).contains(&bench.operators[5]));
}

#[test]
fn a_place_is_kept_while_an_open_round_counts_on_its_operator() {
    let mut bench = full();
    for index in 0..4 {
        bench.pay_bond(index, BOND).unwrap();
    }
    bench.pass_delay();
    bench.open();
    let second = ExecuteMsg::Open { model: protocol::ModelId(2) };
    bench.anyone(&second).unwrap();
    bench.commit_all(&vec![honest(); 4]);
    bench.end_window();
    for index in 1..4 {
        bench.reveal(index, &honest()).unwrap();
    }
    bench.end_window();
    bench.unbond(0).unwrap();
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    let operator = bench.operator(0);
    assert_eq!((operator.bond.u128(), operator.open_sets), (0, 1), "slashed, and in the other set");
    let full = ContractError::TooManyOperators { method: METHOD };
    assert_eq!(bench.admit(64).unwrap_err(), full);
}

#[test]
fn sixty_four_operators_who_left_do_not_fill_the_list_for_good() {
    let mut bench = full();
    for index in 0..MAX_OPERATORS {
        bench.unbond(index).unwrap();
        bench.pass(1, 0);
    }
    for newcomer in 64..80 {
        bench.admit(newcomer).unwrap();
    }
    let expected: Vec<_> = bench.operators[16..].to_vec();
    assert_eq!(listed(&bench), expected, "who left first made room first");
}

#[test]
fn who_lost_its_place_is_a_newcomer_with_the_faults_it_had() {
    let mut bench = full();
    for index in 0..5 {
        bench.pay_bond(index, BOND).unwrap();
    }
    bench.pass_delay();
    bench.open();
    bench.commit_all(&vec![honest(); 5]);
    bench.end_window();
    for index in 1..5 {
        bench.reveal(index, &honest()).unwrap();
    }
    bench.end_window();
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    bench.unbond(0).unwrap();
    bench.admit(64).unwrap();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    assert_eq!(bench.pay_bond(0, BOND).unwrap_err(), ContractError::UnknownOperator { method, operator });
    bench.unbond(64).unwrap();
    bench.admit(0).unwrap();
    let back = bench.operator(0);
    assert_eq!((back.slashed, back.bond.u128()), (1, 0));
    assert_eq!(back.active_from, Seconds(bench.now().get() + OPERATOR_DELAY));
}
