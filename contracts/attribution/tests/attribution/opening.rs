//! Opening a round.

use attribution::ContractError;
use cosmwasm_std::{Uint64, Uint128};
use protocol::attribution::{ExecuteMsg, MIN_OPERATORS, Outcome, Phase, Round, RoundKind};
use protocol::event::AttributionEvent;
use protocol::model::{ExecuteMsg as ModelMsg, RoundBasis};
use protocol::settlement::{OpenRange, Openable};
use protocol::{Epoch, Hash32, MethodId, ModelId, RoundId, Seconds};
use rules::inputs::Inputs;
use rules::score::Report;

use crate::bench::{BOND, Bench, COMMIT_PERIOD, METHOD, MODEL, START, basis, events, honest, range, vector};

fn expected_inputs(bench: &Bench) -> Hash32 {
    let mut terms = 5_000_u16.to_be_bytes().to_vec();
    terms.extend(1_000_000_000_u128.to_be_bytes());
    terms.push(20);
    let inputs = Inputs {
        model: 1,
        round: 1,
        first_epoch: 2,
        last_epoch: 5,
        redemption_commitments: vec![[30; 32], [50; 32]],
        versions: vec![[3; 32]],
        positions: 4,
        validation_root: [4; 32],
        validation_from: 20,
        validation_count: 10,
        method: 1,
        kind: 0,
        pool: 900_000,
        tranche: 0,
        terms,
        operators: bench.operators[..7].iter().map(|a| a.to_string()).collect(),
    };
    inputs.digest(&bench.domain()).into()
}

#[test]
fn a_round_fixes_everything_its_result_depends_on() {
    let mut bench = Bench::new();
    let response = bench.try_open().unwrap();
    let round = bench.open_round();
    let expected = Round {
        model: MODEL,
        id: RoundId(1),
        kind: RoundKind::Fees,
        method: METHOD,
        first_epoch: Epoch(2),
        last_epoch: Epoch(5),
        redemptions: 5,
        positions: 4,
        pool: Uint128::new(900_000),
        tranche: Uint128::zero(),
        validation_from: Uint64::new(20),
        validation_count: Uint64::new(10),
        inputs: expected_inputs(&bench),
        operators: bench.operators[..7].to_vec(),
        quorum: 5,
        phase: Phase::Commit,
        outcome: None,
        opened_at: Seconds(START),
        opened_height: Uint64::new(1_000),
        window_ends_at: Seconds(START + COMMIT_PERIOD),
        window_began_height: Uint64::new(1_000),
        committed: 0,
        vectors: 0,
        too_few: 0,
        cursor: 0,
        denominator: None,
        slot: 0,
    };
    assert_eq!(round, expected);
    let opened = AttributionEvent::RoundOpened {
        model: MODEL,
        round: RoundId(1),
        kind: "fees".to_owned(),
        first_epoch: Epoch(2),
        last_epoch: Epoch(5),
        pool: Uint128::new(900_000),
        tranche: Uint128::zero(),
        inputs: round.inputs,
    };
    assert_eq!(events(&response), [opened]);
}

#[test]
fn opening_consumes_validation_examples_once() {
    let mut bench = Bench::new();
    let first = bench.play(&vec![honest(); 7]);
    let second = bench.open();
    let consume = |round| ModelMsg::ConsumeValidation { model: MODEL, round: RoundId(round), count: Uint64::new(10) };
    assert_eq!(bench.consumed(), [consume(1), consume(2)]);
    assert_eq!(first.validation_from, Uint64::new(20));
    assert_eq!(second.validation_from, Uint64::new(30));
    assert_ne!(first.inputs, second.inputs);
}

#[test]
fn a_model_has_one_open_round() {
    let mut bench = Bench::opened();
    let (model, round) = (MODEL, RoundId(1));
    assert_eq!(bench.try_open().unwrap_err(), ContractError::RoundStillOpen { model, round });
}

#[test]
fn fees_whose_round_failed_open_again_in_the_next_epoch_not_at_once() {
    let mut bench = Bench::new();
    let failed = bench.play(&vec![honest(); 4]);
    assert_eq!(failed.outcome, Some(Outcome::NoQuorum));
    let (epoch, not_before) = (Epoch(6), Epoch(7));
    let early = ContractError::ReopenedTooEarly { epoch, not_before };
    assert_eq!(bench.try_open().unwrap_err(), early);
    assert_eq!(bench.consumed().len(), 1, "a refusal takes no examples");
    bench.pass_epochs(1);
    let again = bench.play(&vec![honest(); 7]);
    assert_eq!(again.outcome, Some(Outcome::Settled));
    assert_eq!((again.first_epoch, again.pool), (failed.first_epoch, failed.pool), "nothing was lost");
}

#[test]
fn rounds_that_fail_for_want_of_evidence_or_of_a_measure_wait_as_well() {
    for (reports, outcome) in [
        (vec![Report::TooFew; 7], Outcome::TooFew),
        (vec![vector(&[0, -5, 0, -1], 0, &[]); 7], Outcome::NothingMeasured),
    ] {
        let mut bench = Bench::new();
        assert_eq!(bench.play(&reports).outcome, Some(outcome));
        assert!(matches!(bench.try_open(), Err(ContractError::ReopenedTooEarly { .. })));
        bench.pass_epochs(1);
        bench.open();
    }
}

#[test]
fn fees_whose_round_failed_wait_though_a_further_epoch_can_be_settled_by_now() {
    let mut bench = Bench::new();
    bench.play(&vec![honest(); 4]);
    bench.set_openable(&Openable::Range(Box::new(OpenRange { last_epoch: Epoch(6), ..range() })));
    let (epoch, not_before) = (Epoch(6), Epoch(7));
    assert_eq!(bench.try_open().unwrap_err(), ContractError::ReopenedTooEarly { epoch, not_before });
    bench.pass_epochs(1);
    assert_eq!(bench.open().last_epoch, Epoch(6));
}

#[test]
fn a_settled_range_does_not_block_the_next_range_nor_a_model_the_other() {
    let mut bench = Bench::new();
    let settled = bench.play(&vec![honest(); 7]);
    let next = bench.open();
    assert_eq!(next.first_epoch, settled.last_epoch.next().unwrap());
    bench.anyone(&ExecuteMsg::Open { model: ModelId(2) }).unwrap();
}

#[test]
fn what_failed_while_it_was_opened_counts_as_no_attempt() {
    let mut bench = Bench::new();
    bench.set_basis(&RoundBasis { validation_available: Uint64::new(9), ..basis() });
    assert!(matches!(bench.try_open(), Err(ContractError::ValidationExhausted { .. })));
    bench.set_basis(&basis());
    bench.open();
}

#[test]
fn without_fees_there_is_nothing_to_open() {
    let mut bench = Bench::new();
    bench.set_openable(&Openable::NoFees {});
    assert_eq!(bench.try_open().unwrap_err(), ContractError::NoFees { model: MODEL });
}

#[test]
fn opening_while_an_epoch_can_still_be_redeemed_is_refused() {
    let mut bench = Bench::new();
    let (epoch, until) = (Epoch(3), Seconds(START + 7));
    bench.set_openable(&Openable::Redeemable { epoch, until });
    assert_eq!(bench.try_open().unwrap_err(), ContractError::StillRedeemable { epoch, until });
}

#[test]
fn a_pool_under_the_method_s_minimum_waits() {
    let mut bench = Bench::new();
    let with_pool = |pool| Openable::Range(Box::new(OpenRange { pool: Uint128::new(pool), ..range() }));
    bench.set_openable(&with_pool(999));
    let (pool, minimum) = (Uint128::new(999), Uint128::new(1_000));
    assert_eq!(bench.try_open().unwrap_err(), ContractError::PoolBelowMinimum { pool, minimum });
    bench.set_openable(&with_pool(1_000));
    bench.try_open().unwrap();
}

#[test]
fn a_full_range_opens_whatever_it_holds_since_waiting_would_lock_it_for_good() {
    let mut bench = Bench::new();
    bench.set_openable(&Openable::Range(Box::new(OpenRange { pool: Uint128::new(1), full: true, ..range() })));
    bench.try_open().unwrap();
}

#[test]
fn a_model_without_positions_or_versions_has_nothing_to_score() {
    let mut bench = Bench::new();
    let model = MODEL;
    bench.set_positions(0);
    assert_eq!(bench.try_open().unwrap_err(), ContractError::NoPositions { model });
    bench.set_basis(&RoundBasis { versions: 0, ..basis() });
    assert_eq!(bench.try_open().unwrap_err(), ContractError::NoVersions { model });
}

#[test]
fn too_few_fresh_validation_examples_ask_for_an_extension() {
    let mut bench = Bench::new();
    let with_available = |available| RoundBasis { validation_available: Uint64::new(available), ..basis() };
    bench.set_basis(&with_available(9));
    let refused = bench.try_open().unwrap_err();
    let (available, needed) = (Uint64::new(9), Uint64::new(10));
    assert_eq!(refused, ContractError::ValidationExhausted { available, needed });
    assert!(refused.to_string().contains("ask the owner to extend"));
    bench.set_basis(&with_available(10));
    bench.try_open().unwrap();
}

#[test]
fn a_model_whose_method_does_not_exist_is_refused() {
    let mut bench = Bench::new();
    let method = MethodId(8);
    bench.set_basis(&RoundBasis { method, ..basis() });
    assert_eq!(bench.try_open().unwrap_err(), ContractError::UnknownMethod { method });
}

#[test]
fn fewer_than_three_bonded_operators_hold_no_round() {
    let mut bench = Bench::wired();
    bench.join(0);
    bench.join(1);
    bench.admit(2).unwrap();
    bench.join(3);
    bench.unbond(3).unwrap();
    bench.pass_delay();
    let (method, bonded) = (METHOD, MIN_OPERATORS - 1);
    assert_eq!(bench.try_open().unwrap_err(), ContractError::TooFewOperators { method, bonded });
    bench.pay_bond(2, BOND).unwrap();
    let round = bench.open();
    assert_eq!(round.operators, bench.operators[..3]);
    assert_eq!(round.quorum, 3);
}
