//! Committing without revealing: the one fault that costs the bond.

use cosmwasm_std::Uint128;
use protocol::attribution::{ExecuteMsg, Outcome};
use protocol::event::AttributionEvent;
use protocol::{ModelId, RoundId};

use crate::bench::{BOND, Bench, METHOD, MODEL, events, honest};

/// Seven committed, and these did not reveal.
fn silent(silent: &[usize]) -> Bench {
    let mut bench = Bench::committed(&vec![honest(); 7]);
    for index in (0..7).filter(|index| !silent.contains(index)) {
        bench.reveal(index, &honest()).unwrap();
    }
    bench.end_window();
    bench
}

#[test]
fn the_silent_operator_loses_its_whole_bond_to_the_treasury() {
    let mut bench = silent(&[2]);
    let response = bench.aggregate(None).unwrap();
    let slashed = AttributionEvent::OperatorSlashed {
        method: METHOD,
        operator: bench.operators[2].to_string(),
        model: MODEL,
        round: RoundId(1),
        bond: Uint128::new(BOND),
    };
    assert!(events(&response).contains(&slashed));
    let operator = bench.operator(2);
    assert_eq!((operator.bond, operator.slashed), (Uint128::zero(), 1));
    assert_eq!(bench.treasury(), [Uint128::new(BOND)]);
    assert_eq!(bench.config().bonds_held, Uint128::new(6 * BOND));
    let parts = bench.participations(1);
    let slashed: Vec<bool> = parts.iter().map(|part| part.slashed).collect();
    assert_eq!(slashed, [false, false, true, false, false, false, false]);
    bench.advance(None).unwrap();
    assert_eq!(bench.round(1).outcome, Some(Outcome::Settled));
}

#[test]
fn who_never_committed_keeps_its_bond() {
    let mut bench = Bench::revealed(&vec![honest(); 6]);
    bench.aggregate(None).unwrap();
    assert_eq!(bench.operator(6).bond, Uint128::new(BOND));
    assert_eq!(bench.operator(6).slashed, 0);
    assert!(bench.treasury().is_empty());
}

#[test]
fn the_silent_pay_in_failed_rounds_too() {
    let mut bench = silent(&[0, 1, 2]);
    bench.aggregate(None).unwrap();
    assert_eq!(bench.round(1).outcome, Some(Outcome::NoQuorum));
    assert_eq!(bench.config().bonds_held, Uint128::new(4 * BOND));
}

#[test]
fn nobody_is_slashed_twice_for_one_round() {
    let mut bench = silent(&[6]);
    for _ in 0..4 {
        bench.aggregate(Some(1)).unwrap();
    }
    assert_eq!(bench.treasury(), [Uint128::new(BOND)]);
    assert_eq!(bench.operator(6).slashed, 1);
}

#[test]
fn a_slashed_operator_is_back_after_a_new_bond() {
    let mut bench = silent(&[2]);
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    let without = bench.open();
    assert!(!without.operators.contains(&bench.operators[2]));
    bench.end_window();
    bench.end_commits().unwrap();
    bench.end_window();
    bench.aggregate(None).unwrap();
    bench.pay_bond(2, BOND).unwrap();
    bench.pass_epochs(1);
    assert!(bench.open().operators.contains(&bench.operators[2]));
}

#[test]
fn silence_in_two_models_costs_one_bond_and_blocks_neither() {
    let mut bench = silent(&[2]);
    let (model, round) = (ModelId(2), RoundId(1));
    bench.anyone(&ExecuteMsg::Open { model }).unwrap();
    let commit = ExecuteMsg::Commit { model, round, commitment: crate::bench::SALT };
    let operator = bench.operators[2].clone();
    bench.send(&operator, &commit).unwrap();
    bench.aggregate(None).unwrap();
    bench.end_window();
    let end = ExecuteMsg::EndCommits { model, round };
    bench.anyone(&end).unwrap();
    bench.end_window();
    let aggregate = ExecuteMsg::Aggregate { model, round, limit: None };
    bench.anyone(&aggregate).unwrap();
    let operator = bench.operator(2);
    assert_eq!((operator.bond, operator.slashed), (Uint128::zero(), 2));
    assert_eq!(bench.treasury(), [Uint128::new(BOND)]);
    assert_eq!(bench.config().bonds_held, Uint128::new(6 * BOND));
}
