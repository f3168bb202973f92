//! The first pass: when a round closes without effect, and what D is.

use attribution::ContractError;
use cosmwasm_std::{Addr, Binary, Uint64};
use cw_storage_plus::Map;
use protocol::RoundId;
use protocol::attribution::{ExecuteMsg, Outcome, Phase};
use protocol::event::AttributionEvent;
use rules::score::Report;

use crate::bench::{Bench, MODEL, events, honest, vector};

/// Reports of the seven operators: vectors, then `TooFew`, the rest did not commit.
fn reports(vectors: usize, too_few: usize) -> Vec<Report> {
    let mut reports = vec![honest(); vectors];
    reports.extend(vec![Report::TooFew; too_few]);
    reports
}

fn outcome(vectors: usize, too_few: usize) -> Option<Outcome> {
    Bench::new().play(&reports(vectors, too_few)).outcome
}

#[test]
fn four_of_seven_revealed_leave_the_range_unsettled_and_a_later_round_covers_it() {
    let mut bench = Bench::revealed(&reports(4, 0));
    let response = bench.aggregate(None).unwrap();
    let closed = AttributionEvent::RoundClosed { model: MODEL, round: RoundId(1), outcome: "no_quorum".to_owned() };
    assert_eq!(events(&response)[3..], [closed], "after three who missed it");
    let round = bench.round(1);
    assert_eq!(round.outcome, Some(Outcome::NoQuorum));
    assert_eq!(round.phase, Phase::Closed);
    assert!(bench.advanced().is_empty(), "settlement heard nothing");
    bench.pass_epochs(1);
    let next = bench.play(&reports(7, 0));
    assert_eq!(next.id, RoundId(2));
    assert_eq!(next.outcome, Some(Outcome::Settled));
    assert_eq!(next.first_epoch, round.first_epoch);
}

#[test]
fn five_of_seven_are_the_quorum() {
    assert_eq!(outcome(5, 0), Some(Outcome::Settled));
}

#[test]
fn a_round_in_which_nobody_commits_closes() {
    let mut bench = Bench::new();
    let round = bench.play(&[]);
    assert_eq!(round.outcome, Some(Outcome::NoQuorum));
    bench.pass_epochs(1);
    assert_eq!(bench.open().slot, 0, "it left no vector to keep");
}

#[test]
fn a_majority_without_evidence_closes_the_round() {
    assert_eq!(outcome(3, 4), Some(Outcome::TooFew));
    assert_eq!(outcome(0, 5), Some(Outcome::TooFew));
}

#[test]
fn without_a_quorum_of_reports_a_majority_means_nothing() {
    assert_eq!(outcome(0, 4), Some(Outcome::NoQuorum));
}

#[test]
fn vectors_alone_must_reach_the_quorum() {
    assert_eq!(outcome(4, 3), Some(Outcome::NoQuorum));
    assert_eq!(outcome(3, 3), Some(Outcome::NoQuorum));
    assert_eq!(outcome(5, 2), Some(Outcome::Settled));
}

#[test]
fn nothing_measured_leaves_the_range_unsettled() {
    let nothing = vector(&[0, -5, 0, -1], 0, &[]);
    let mut bench = Bench::revealed(&vec![nothing; 7]);
    let response = bench.aggregate(None).unwrap();
    let (model, round) = (MODEL, RoundId(1));
    let aggregated = AttributionEvent::Aggregated { model, round, through: 4, denominator: 0, complete: true };
    let closed = AttributionEvent::RoundClosed { model, round, outcome: "nothing_measured".to_owned() };
    assert_eq!(events(&response), [aggregated, closed]);
    let round = bench.round(1);
    assert_eq!(round.outcome, Some(Outcome::NothingMeasured));
    assert_eq!(round.denominator, Some(Uint64::zero()));
    assert!(bench.advanced().is_empty());
    bench.pass_epochs(1);
    assert_eq!(bench.open().slot, 1, "its vectors are kept");
}

#[test]
fn the_smallest_measure_settles() {
    let least = vector(&[0, -5, 0, -1], 1, &[]);
    let round = Bench::new().play(&vec![least; 7]);
    assert_eq!(round.denominator, Some(Uint64::one()));
    assert_eq!(round.outcome, Some(Outcome::Settled));
}

#[test]
fn d_is_the_larger_of_reach_and_positive_scores() {
    let with_reach = |reach| vec![vector(&[400, 300, -200, 100], reach, &[]); 7];
    let by_reach = Bench::new().play(&with_reach(900));
    assert_eq!(by_reach.denominator, Some(Uint64::new(900)));
    let by_scores = Bench::new().play(&with_reach(799));
    assert_eq!(by_scores.denominator, Some(Uint64::new(800)));
}

#[test]
fn of_an_even_number_of_reaches_the_upper_middle_one_counts() {
    let reaches = [1_000, 2_000, 3_000, 4_000, 5_000, 6_000];
    let reports: Vec<_> = reaches.iter().map(|reach| vector(&[1; 4], *reach, &[])).collect();
    let round = Bench::new().play(&reports);
    assert_eq!(round.denominator, Some(Uint64::new(4_000)));
}

#[test]
fn aggregating_before_the_reveals_is_out_of_order() {
    let mut bench = Bench::committed(&reports(7, 0));
    let (phase, expected) = (Phase::Commit, Phase::Aggregate);
    assert_eq!(bench.aggregate(None).unwrap_err(), ContractError::WrongPhase { phase, expected });
}

#[test]
fn aggregating_twice_is_refused() {
    let mut bench = Bench::revealed(&reports(7, 0));
    bench.aggregate(None).unwrap();
    let (phase, expected) = (Phase::Advance, Phase::Aggregate);
    assert_eq!(bench.aggregate(None).unwrap_err(), ContractError::WrongPhase { phase, expected });
}

#[test]
fn aggregating_a_closed_round_is_refused() {
    let mut bench = Bench::new();
    bench.play(&reports(4, 0));
    let again = ExecuteMsg::Aggregate { model: MODEL, round: RoundId(1), limit: None };
    let closed = bench.anyone(&again).unwrap_err();
    assert_eq!(closed, ContractError::NoOpenRound { model: MODEL });
    bench.pass_epochs(1);
    bench.open();
    let (round, open) = (RoundId(1), RoundId(2));
    assert_eq!(bench.anyone(&again).unwrap_err(), ContractError::WrongRound { round, open });
}

#[test]
fn a_limit_of_zero_is_refused() {
    let mut bench = Bench::revealed(&reports(7, 0));
    assert_eq!(bench.aggregate(Some(0)).unwrap_err(), ContractError::ZeroLimit);
    bench.aggregate(None).unwrap();
    assert_eq!(bench.advance(Some(0)).unwrap_err(), ContractError::ZeroLimit);
}

#[test]
fn a_missing_chunk_stops_the_round_instead_of_paying_zeros() {
    const VECTORS: Map<((u64, u32), &Addr, u32), Binary> = Map::new("vectors");
    let mut bench = Bench::revealed(&reports(7, 0));
    let (contract, operator) = (bench.attribution.clone(), bench.operators[3].clone());
    let key = VECTORS.key(((1, 0), &operator, 0));
    bench.app.contract_storage_mut(&contract).remove(&key);
    let position = 0;
    assert_eq!(bench.aggregate(None).unwrap_err(), ContractError::VectorIncomplete { operator, position });
}
