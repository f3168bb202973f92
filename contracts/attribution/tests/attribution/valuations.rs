//! When a valuation opens, and what it fixes.

use attribution::ContractError;
use cosmwasm_std::{Uint64, Uint128};
use protocol::attribution::{MIN_OPERATORS, Outcome, Phase, Round, RoundKind};
use protocol::event::AttributionEvent;
use protocol::model::{ExecuteMsg as ModelMsg, RoundBasis};
use protocol::settlement::{Parts, Valuation};
use protocol::{Bps, Epoch, Hash32, MethodId, RoundId, Seconds};
use rules::inputs::Inputs;

use crate::bench::{Bench, COMMIT_PERIOD, METHOD, MODEL, START, basis, events, honest, utility, valuation};

fn expected_inputs(bench: &Bench) -> Hash32 {
    let inputs = Inputs {
        model: 1,
        round: 1,
        first_epoch: 6,
        last_epoch: 6,
        redemption_commitments: vec![],
        versions: vec![[3; 32]],
        positions: 4,
        validation_root: [4; 32],
        validation_from: 20,
        validation_count: 10,
        method: 1,
        kind: 1,
        pool: 7_000,
        tranche: 250_000,
        terms: attribution::terms_bytes(Bps(5_000), Uint128::new(1_000_000_000), 20),
        operators: bench.operators[..7].iter().map(|a| a.to_string()).collect(),
    };
    inputs.digest(&bench.domain()).into()
}

/// A valuation that would distribute these royalties after this many versions were valued.
fn with(influence: u128, valued_versions: u32) -> Valuation {
    let royalties = Parts { influence: Uint128::new(influence), ..Parts::default() };
    Valuation { royalties, valued_versions, ..valuation() }
}

/// What opening such a valuation of a model with one version leads to.
fn open(valuation: &Valuation) -> Result<(), ContractError> {
    let mut bench = Bench::new();
    bench.set_valuation(valuation);
    bench.try_open_valuation().map(|_| ())
}

#[test]
fn a_valuation_fixes_everything_its_result_depends_on() {
    let mut bench = Bench::new();
    let response = bench.try_open_valuation().unwrap();
    let round = bench.open_round();
    let expected = Round {
        model: MODEL,
        id: RoundId(1),
        kind: RoundKind::Valuation,
        method: METHOD,
        first_epoch: Epoch(6),
        last_epoch: Epoch(6),
        redemptions: 0,
        positions: 4,
        pool: Uint128::new(7_000),
        tranche: Uint128::new(250_000),
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
        slot: 4,
    };
    assert_eq!(round, expected);
    let opened = AttributionEvent::RoundOpened {
        model: MODEL,
        round: RoundId(1),
        kind: "valuation".to_owned(),
        first_epoch: Epoch(6),
        last_epoch: Epoch(6),
        pool: Uint128::new(7_000),
        tranche: Uint128::new(250_000),
        inputs: round.inputs,
    };
    assert_eq!(events(&response), [opened]);
    let count = Uint64::new(10);
    assert_eq!(bench.consumed(), [ModelMsg::ConsumeValidation { model: MODEL, round: RoundId(1), count }]);
}

#[test]
fn terms_have_one_canonical_form() {
    let bytes = attribution::terms_bytes(Bps(0x0102), Uint128::new(0x0304), 0x05);
    let mut expected = vec![1, 2];
    expected.extend([0; 14]);
    expected.extend([3, 4, 5]);
    assert_eq!(bytes, expected);
}

#[test]
fn its_validation_examples_must_be_fixed_by_its_opening() {
    let mut bench = Bench::new();
    bench.set_approved_at(Seconds(START + 77));
    bench.pass(76, 1);
    let (available, needed) = (Uint64::zero(), Uint64::new(10));
    let unapproved = ContractError::ValidationExhausted { available, needed };
    assert_eq!(bench.try_open_valuation().unwrap_err(), unapproved);
    bench.pass(1, 1);
    bench.open_valuation();
}

#[test]
fn a_valuation_waits_for_its_epoch() {
    let at = |epoch, not_before| Valuation { epoch: Epoch(epoch), not_before: Epoch(not_before), ..valuation() };
    let (epoch, not_before) = (Epoch(6), Epoch(7));
    assert_eq!(open(&at(6, 7)), Err(ContractError::ValuationTooEarly { epoch, not_before }));
    assert_eq!(open(&at(7, 7)), Ok(()));
    assert_eq!(open(&at(0, 0)), Ok(()));
}

#[test]
fn without_a_new_version_royalties_of_the_smallest_pool_are_needed() {
    let (royalties, minimum) = (Uint128::new(999), Uint128::new(1_000));
    let nothing_new = ContractError::NothingNew { model: MODEL, royalties, minimum };
    assert_eq!(open(&with(999, 1)), Err(nothing_new));
    assert_eq!(open(&with(1_000, 1)), Ok(()));
}

#[test]
fn a_new_version_opens_a_valuation_of_stake_alone() {
    assert_eq!(open(&with(0, 0)), Ok(()));
    let mut bench = Bench::new();
    bench.set_basis(&RoundBasis { versions: 3, ..basis() });
    bench.set_valuation(&with(0, 3));
    assert!(matches!(bench.try_open_valuation(), Err(ContractError::NothingNew { .. })));
    bench.set_basis(&RoundBasis { versions: 4, ..basis() });
    assert!(bench.open_valuation().pool.is_zero());
}

#[test]
fn a_new_version_of_a_model_with_nothing_to_give_spends_no_examples() {
    let empty = Valuation { tranche: Uint128::zero(), ..with(0, 0) };
    assert_eq!(open(&empty), Err(ContractError::NothingToGive { model: MODEL }));
    let one_uopen = |royalties| Valuation { royalties, ..empty.clone() };
    let one = Uint128::one();
    assert_eq!(open(&one_uopen(Parts { influence: one, ..Parts::default() })), Ok(()));
    assert_eq!(open(&one_uopen(Parts { owner: one, ..Parts::default() })), Ok(()));
    assert_eq!(open(&one_uopen(Parts { stake: one, ..Parts::default() })), Ok(()));
    assert_eq!(open(&Valuation { tranche: one, ..empty.clone() }), Ok(()));
}

#[test]
fn a_model_without_positions_versions_or_examples_is_not_valued() {
    let mut bench = Bench::new();
    let model = MODEL;
    bench.set_positions(0);
    assert_eq!(bench.try_open_valuation().unwrap_err(), ContractError::NoPositions { model });
    bench.set_basis(&RoundBasis { versions: 0, ..basis() });
    assert_eq!(bench.try_open_valuation().unwrap_err(), ContractError::NoVersions { model });
    let (available, needed) = (Uint64::new(9), Uint64::new(10));
    bench.set_basis(&RoundBasis { validation_available: available, ..basis() });
    let exhausted = ContractError::ValidationExhausted { available, needed };
    assert_eq!(bench.try_open_valuation().unwrap_err(), exhausted);
    let method = MethodId(8);
    bench.set_basis(&RoundBasis { method, ..basis() });
    assert_eq!(bench.try_open_valuation().unwrap_err(), ContractError::UnknownMethod { method });
    assert!(bench.consumed().is_empty());
}

#[test]
fn fewer_than_three_operators_value_nothing() {
    let mut bench = Bench::wired();
    bench.join(0);
    bench.join(1);
    bench.pass_delay();
    let (method, bonded) = (METHOD, MIN_OPERATORS - 1);
    assert_eq!(bench.try_open_valuation().unwrap_err(), ContractError::TooFewOperators { method, bonded });
}

#[test]
fn a_model_has_one_open_round_of_either_kind() {
    let refused = ContractError::RoundStillOpen { model: MODEL, round: RoundId(1) };
    let mut bench = Bench::opened();
    assert_eq!(bench.try_open_valuation().unwrap_err(), refused);
    let mut bench = Bench::new();
    bench.open_valuation();
    assert_eq!(bench.try_open_valuation().unwrap_err(), refused);
    assert_eq!(bench.try_open().unwrap_err(), refused);
}

#[test]
fn unsettled_fees_and_their_smallest_pool_are_no_matter_of_a_valuation() {
    let mut bench = Bench::new();
    bench.set_openable(&protocol::settlement::Openable::NoFees {});
    bench.open_valuation();
}

#[test]
fn a_settled_valuation_is_not_repeated_until_its_interval_is_over_and_something_is_new() {
    let mut bench = Bench::new();
    bench.play_valuation(&vec![utility(); 7]);
    let (epoch, not_before) = (Epoch(6), Epoch(8));
    let early = ContractError::ValuationTooEarly { epoch, not_before };
    assert_eq!(bench.try_open_valuation().unwrap_err(), early);
    bench.pass_epochs(2);
    assert!(matches!(bench.try_open_valuation(), Err(ContractError::NothingNew { .. })));
    bench.set_basis(&RoundBasis { versions: 2, ..basis() });
    bench.open_valuation();
}

#[test]
fn a_failed_valuation_is_repeated_in_the_next_epoch_not_at_once() {
    let mut bench = Bench::new();
    let failed = bench.play_valuation(&vec![utility(); 4]);
    assert_eq!(failed.outcome, Some(Outcome::NoQuorum));
    let (epoch, not_before) = (Epoch(6), Epoch(7));
    let early = ContractError::ValuationTooEarly { epoch, not_before };
    assert_eq!(bench.try_open_valuation().unwrap_err(), early);
    bench.play(&vec![honest(); 7]);
    bench.pass_epochs(1);
    let again = bench.play_valuation(&vec![utility(); 7]);
    assert_eq!(again.outcome, Some(Outcome::Settled));
    assert_eq!(again.pool, failed.pool, "nothing was lost");
}

#[test]
fn another_model_s_valuation_is_no_matter() {
    let mut bench = Bench::new();
    bench.open_valuation();
    let other = protocol::attribution::ExecuteMsg::OpenValuation { model: protocol::ModelId(2) };
    bench.anyone(&other).unwrap();
}
