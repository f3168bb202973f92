//! Unbonding, and getting a bond back.

use attribution::ContractError;
use cosmwasm_std::{Addr, Uint128};
use protocol::attribution::{ExecuteMsg, Outcome};
use protocol::event::AttributionEvent;
use protocol::{MethodId, ModelId, RoundId, Seconds};

use crate::bench::{BOND, Bench, METHOD, OPERATOR_DELAY, PENALTY, START, UNBONDING, events, honest};

const FREE_AT: u64 = START + UNBONDING;

/// Plays the open round to its end, with the honest reports of these operators.
fn finish(bench: &mut Bench, honest_ones: usize) {
    bench.play_opened_to_reveals(&vec![honest(); honest_ones]);
    bench.aggregate(None).unwrap();
    if bench.is_open() {
        bench.advance(None).unwrap();
    }
}

fn wealth(bench: &Bench, index: usize) -> u128 {
    let operator: Addr = bench.operators[index].clone();
    bench.balance(&operator)
}

#[test]
fn who_unbonds_is_out_of_the_next_set_and_free_after_the_period() {
    let mut bench = Bench::new();
    let response = bench.unbond(0).unwrap();
    let (method, operator) = (METHOD, bench.operators[0].to_string());
    let unbonding = AttributionEvent::OperatorUnbonding { method, operator, bond_free_at: Seconds(FREE_AT) };
    assert_eq!(events(&response), [unbonding]);
    let operator = bench.operator(0);
    assert_eq!(operator.leaves_at, Some(Seconds(START)));
    assert_eq!(operator.bond_free_at, Some(Seconds(FREE_AT)));
    assert_eq!(bench.open().operators, bench.operators[1..7]);
}

#[test]
fn a_bond_goes_back_whole_from_the_end_of_unbonding_on() {
    let mut bench = Bench::new();
    let before = wealth(&bench, 0);
    bench.unbond(0).unwrap();
    bench.pass(UNBONDING - 1, 10);
    let until = Seconds(FREE_AT);
    assert_eq!(bench.withdraw(0).unwrap_err(), ContractError::Unbonding { until });
    bench.pass(1, 0);
    let response = bench.withdraw(0).unwrap();
    let (method, operator, bond) = (METHOD, bench.operators[0].to_string(), Uint128::new(BOND));
    assert_eq!(events(&response), [AttributionEvent::BondWithdrawn { method, operator, bond }]);
    assert_eq!(wealth(&bench, 0), before + BOND);
    assert_eq!(bench.config().bonds_held, Uint128::new(6 * BOND));
}

#[test]
fn nobody_withdraws_twice() {
    let mut bench = Bench::new();
    bench.unbond(0).unwrap();
    bench.pass(UNBONDING, 0);
    bench.withdraw(0).unwrap();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    assert_eq!(bench.withdraw(0).unwrap_err(), ContractError::NoBond { method, operator });
}

#[test]
fn who_has_not_left_withdraws_nothing() {
    let mut bench = Bench::new();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    assert_eq!(bench.withdraw(0).unwrap_err(), ContractError::NotLeaving { method, operator });
}

#[test]
fn only_operators_unbond_or_withdraw() {
    let mut bench = Bench::new();
    let (method, operator) = (METHOD, bench.operators[9].clone());
    let unknown = ContractError::UnknownOperator { method, operator };
    assert_eq!(bench.unbond(9).unwrap_err(), unknown);
    assert_eq!(bench.withdraw(9).unwrap_err(), unknown);
    let (method, operator) = (MethodId(2), bench.operators[0].clone());
    let elsewhere = bench.send(&operator, &ExecuteMsg::Unbond { method }).unwrap_err();
    assert_eq!(elsewhere, ContractError::UnknownOperator { method, operator });
}

#[test]
fn nobody_unbonds_twice_which_would_begin_the_period_again() {
    let mut bench = Bench::new();
    bench.unbond(0).unwrap();
    bench.pass(100, 10);
    let (method, operator) = (METHOD, bench.operators[0].clone());
    assert_eq!(bench.unbond(0).unwrap_err(), ContractError::OperatorLeaving { method, operator });
    assert_eq!(bench.operator(0).bond_free_at, Some(Seconds(FREE_AT)));
}

#[test]
fn who_was_removed_may_leave_earlier() {
    let mut bench = Bench::new();
    bench.remove(0).unwrap();
    bench.pass(OPERATOR_DELAY - 1, 10);
    bench.unbond(0).unwrap();
    let now = START + OPERATOR_DELAY - 1;
    let operator = bench.operator(0);
    assert_eq!(operator.leaves_at, Some(Seconds(now)));
    assert_eq!(operator.bond_free_at, Some(Seconds(now + UNBONDING)));
    assert_eq!(bench.open().operators.len(), 6);
}

#[test]
fn who_was_removed_withdraws_after_delay_and_unbonding_without_asking() {
    let mut bench = Bench::new();
    bench.remove(0).unwrap();
    bench.pass(OPERATOR_DELAY + UNBONDING - 1, 10);
    let until = Seconds(START + OPERATOR_DELAY + UNBONDING);
    assert_eq!(bench.withdraw(0).unwrap_err(), ContractError::Unbonding { until });
    bench.pass(1, 0);
    bench.withdraw(0).unwrap();
}

#[test]
fn who_was_never_active_leaves_as_well() {
    let mut bench = Bench::wired();
    bench.join(0);
    bench.unbond(0).unwrap();
    bench.pass(UNBONDING, 0);
    bench.withdraw(0).unwrap();
    assert_eq!(bench.config().bonds_held, Uint128::zero());
}

#[test]
fn a_bond_is_locked_while_an_open_round_counts_on_it() {
    let mut bench = Bench::opened();
    bench.unbond(0).unwrap();
    bench.pass(UNBONDING, 10);
    let locked = ContractError::BondInUse { open_sets: 1 };
    assert_eq!(bench.withdraw(0).unwrap_err(), locked);
    bench.end_commits().unwrap();
    assert_eq!(bench.withdraw(0).unwrap_err(), locked);
    bench.end_window();
    bench.aggregate(None).unwrap();
    assert_eq!(bench.round(1).outcome, Some(Outcome::NoQuorum));
    bench.withdraw(0).unwrap();
}

#[test]
fn a_bond_is_locked_until_the_last_position_is_advanced() {
    let mut bench = Bench::new();
    bench.set_positions(70);
    bench.open();
    bench.unbond(0).unwrap();
    let report = crate::bench::vector(&[7; 70], 900, &[]);
    bench.play_opened_to_reveals(&vec![report; 7]);
    bench.pass(UNBONDING, 0);
    bench.aggregate(None).unwrap();
    bench.advance(Some(64)).unwrap();
    assert_eq!(bench.withdraw(0).unwrap_err(), ContractError::BondInUse { open_sets: 1 });
    bench.advance(None).unwrap();
    bench.withdraw(0).unwrap();
}

#[test]
fn rounds_of_two_models_lock_a_bond_until_both_are_closed() {
    let mut bench = Bench::opened();
    bench.anyone(&ExecuteMsg::Open { model: ModelId(2) }).unwrap();
    bench.unbond(0).unwrap();
    bench.pass(UNBONDING, 10);
    assert_eq!(bench.withdraw(0).unwrap_err(), ContractError::BondInUse { open_sets: 2 });
    finish_empty(&mut bench, ModelId(1));
    assert_eq!(bench.withdraw(0).unwrap_err(), ContractError::BondInUse { open_sets: 1 });
    finish_empty(&mut bench, ModelId(2));
    bench.withdraw(0).unwrap();
}

/// Ends a round in which nobody committed.
fn finish_empty(bench: &mut Bench, model: ModelId) {
    let round = RoundId(1);
    bench.anyone(&ExecuteMsg::EndCommits { model, round }).unwrap();
    bench.end_window();
    bench.anyone(&ExecuteMsg::Aggregate { model, round, limit: None }).unwrap();
}

#[test]
fn who_left_in_an_open_round_and_stays_silent_withdraws_nothing() {
    let mut bench = Bench::opened();
    bench.commit_all(&vec![honest(); 7]);
    bench.unbond(0).unwrap();
    bench.end_window();
    for index in 1..7 {
        bench.reveal(index, &honest()).unwrap();
    }
    bench.pass(UNBONDING, 10);
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    assert_eq!(bench.withdraw(0).unwrap_err(), ContractError::NoBond { method, operator });
    assert_eq!(bench.treasury(), [Uint128::new(BOND)]);
}

#[test]
fn who_left_pays_for_a_third_missed_round_that_was_open_already() {
    let mut bench = Bench::new();
    for _ in 0..2 {
        bench.play(&vec![honest(); 6]);
    }
    let before = wealth(&bench, 6);
    bench.open();
    bench.unbond(6).unwrap();
    finish(&mut bench, 6);
    assert_eq!(bench.treasury(), [Uint128::new(PENALTY)]);
    bench.pass(UNBONDING, 0);
    bench.withdraw(6).unwrap();
    assert_eq!(wealth(&bench, 6), before + BOND - PENALTY);
}

#[test]
fn who_left_pays_no_bond_until_it_is_admitted_again() {
    let mut bench = Bench::new();
    bench.unbond(0).unwrap();
    bench.pass(UNBONDING, 0);
    bench.withdraw(0).unwrap();
    let (method, operator) = (METHOD, bench.operators[0].clone());
    assert_eq!(bench.pay_bond(0, BOND).unwrap_err(), ContractError::OperatorLeaving { method, operator });
    bench.admit(0).unwrap();
    bench.pay_bond(0, BOND).unwrap();
    assert_eq!(bench.open().operators.len(), 6);
    finish(&mut bench, 0);
    bench.pass_delay();
    bench.pass_epochs(1);
    assert_eq!(bench.open().operators.len(), 7);
}

#[test]
fn who_is_admitted_again_before_it_withdrew_keeps_its_bond_in_play() {
    let mut bench = Bench::new();
    bench.unbond(0).unwrap();
    bench.admit(0).unwrap();
    bench.pass(UNBONDING, 0);
    let (method, operator) = (METHOD, bench.operators[0].clone());
    assert_eq!(bench.withdraw(0).unwrap_err(), ContractError::NotLeaving { method, operator });
    assert_eq!(bench.open().operators.len(), 7);
}

#[test]
fn governance_cannot_touch_open_sets() {
    let mut bench = Bench::opened();
    let before = bench.open_round();
    for index in 0..7 {
        bench.remove(index).unwrap();
        bench.join(index + 7);
    }
    bench.pass(OPERATOR_DELAY, 0);
    assert_eq!(bench.open_round(), before);
    finish(&mut bench, 7);
    assert_eq!(bench.round(1).outcome, Some(Outcome::Settled));
    assert_eq!(bench.open().operators, bench.operators[7..14]);
}
