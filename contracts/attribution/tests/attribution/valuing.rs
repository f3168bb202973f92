//! The life of a valuation after its opening, with a settlement that takes its royalties.

use attribution::ContractError;
use cosmwasm_std::{Binary, Uint64, Uint128};
use protocol::attribution::{Outcome, Phase, RoundKind};
use protocol::event::AttributionEvent;
use protocol::model::RoundBasis;
use protocol::settlement::{AdvanceBegin, ExecuteMsg as SettlementMsg, Parts, Valuation};
use protocol::{Epoch, RoundId};
use rules::bitmap::BitmapError;
use rules::score::{Report, ScoreEntry, pack_entries};

use crate::bench::{BOND, Bench, MODEL, basis, events, honest, report_msg, utility, utility_of, valuation, vector};

/// A valuation whose reveals are over.
fn revealed(reports: &[Report]) -> Bench {
    let mut bench = Bench::new();
    bench.open_valuation();
    bench.play_opened_to_reveals(reports);
    bench
}

fn begin(message: &SettlementMsg) -> AdvanceBegin {
    match message {
        SettlementMsg::Advance { begin: Some(begin), .. } => (**begin).clone(),
        other => panic!("expected a beginning, not {other:?}"),
    }
}

#[test]
fn settlement_gets_royalties_tranche_versions_and_medians_but_no_rewards() {
    let mut bench = Bench::new();
    bench.set_basis(&RoundBasis { versions: 3, ..basis() });
    bench.open_valuation();
    bench.set_basis(&RoundBasis { versions: 4, ..basis() });
    bench.play_opened_to_reveals(&vec![utility(); 6]);
    bench.aggregate(None).unwrap();
    let response = bench.advance(None).unwrap();
    let begin = AdvanceBegin {
        kind: RoundKind::Valuation,
        royalties: Uint128::new(7_000),
        tranche: Uint128::new(250_000),
        versions: 3,
        first_epoch: Epoch(6),
        last_epoch: Epoch(6),
        denominator: Uint64::new(800),
        z_tenths: 20,
        positions: 4,
        operators: 7,
        rewards: vec![],
        unresolved: Binary::default(),
    };
    let entries = [500, 300, -200, 0].map(|score| ScoreEntry { score, error: 1 });
    let advance = SettlementMsg::Advance {
        model: MODEL,
        round: RoundId(1),
        begin: Some(Box::new(begin)),
        first_position: 0,
        entries: pack_entries(&entries).into(),
    };
    assert_eq!(bench.advanced(), [advance]);
    let (model, round, outcome) = (MODEL, RoundId(1), "settled".to_owned());
    let advanced = AttributionEvent::Advanced { model, round, through: 4, complete: true };
    assert_eq!(events(&response), [advanced, AttributionEvent::RoundClosed { model, round, outcome }]);
    assert_eq!(bench.round(1).outcome, Some(Outcome::Settled));
    assert_eq!(bench.valuation().valued_versions, 3, "the fourth came after the opening");
}

#[test]
fn agreement_is_computed_and_shown() {
    let mut reports = vec![utility(); 6];
    reports.push(utility_of(&[450, 300, -200, 0]));
    let mut bench = Bench::new();
    bench.play_valuation(&reports);
    let agreements = bench.agreements(1);
    assert_eq!((agreements[0], agreements[6]), (Some(10_000), Some(8_000)));
}

#[test]
fn royalties_that_come_in_while_it_is_open_wait_for_the_next() {
    let mut bench = revealed(&vec![utility(); 7]);
    let more = Parts { influence: Uint128::new(9_999), ..valuation().royalties };
    bench.set_valuation(&Valuation { royalties: more, tranche: Uint128::new(9), ..valuation() });
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
    let begin = begin(&bench.advanced()[0]);
    assert_eq!((begin.royalties.u128(), begin.tranche.u128()), (7_000, 250_000));
}

#[test]
fn stake_alone_moves_without_a_pool() {
    let mut bench = Bench::new();
    bench.set_valuation(&Valuation { royalties: Parts::default(), ..valuation() });
    let round = bench.play_valuation(&vec![utility(); 7]);
    assert_eq!(round.outcome, Some(Outcome::Settled));
    let begin = begin(&bench.advanced()[0]);
    assert_eq!((begin.royalties.u128(), begin.tranche.u128()), (0, 250_000));
}

#[test]
fn many_positions_are_advanced_in_chunks_and_only_the_first_begins() {
    let mut bench = Bench::new();
    bench.set_positions(200);
    let scores: Vec<i32> = (0..200).map(|score| score - 50).collect();
    bench.open_valuation();
    bench.play_opened_to_reveals(&vec![utility_of(&scores); 7]);
    while bench.aggregate(Some(33)).is_ok() {}
    while bench.is_open() {
        bench.advance(Some(64)).unwrap();
    }
    let begun: Vec<bool> = bench
        .advanced()
        .iter()
        .map(|message| matches!(message, SettlementMsg::Advance { begin: Some(_), .. }))
        .collect();
    assert_eq!(begun, [true, false, false, false]);
}

#[test]
fn no_utility_measured_closes_without_effect() {
    let mut bench = revealed(&vec![utility_of(&[0, -5, 0, -1]); 7]);
    let response = bench.aggregate(None).unwrap();
    let (model, round) = (MODEL, RoundId(1));
    let aggregated = AttributionEvent::Aggregated { model, round, through: 4, denominator: 0, complete: true };
    let closed = AttributionEvent::RoundClosed { model, round, outcome: "nothing_measured".to_owned() };
    assert_eq!(events(&response), [aggregated, closed]);
    let round = bench.round(1);
    assert_eq!((round.outcome, round.phase), (Some(Outcome::NothingMeasured), Phase::Closed));
    assert!(bench.advanced().is_empty());
    assert_eq!(bench.valuation(), valuation(), "royalties stay");
    assert_eq!(bench.operator(0).open_sets, 0);
}

#[test]
fn too_few_examples_close_without_effect() {
    let mut bench = revealed(&vec![Report::TooFew; 5]);
    bench.aggregate(None).unwrap();
    assert_eq!(bench.round(1).outcome, Some(Outcome::TooFew));
    assert!(bench.advanced().is_empty());
}

#[test]
fn redemptions_cannot_be_marked_where_there_are_none() {
    let mut bench = Bench::new();
    bench.open_valuation();
    bench.commit(0, &utility()).unwrap();
    bench.end_window();
    let mut report = report_msg(&utility());
    if let protocol::attribution::ReportMsg::Vector { unresolved, .. } = &mut report {
        *unresolved = vec![0].into();
    }
    let length = BitmapError::Length { len: 0, expected: 0, actual: 1 };
    assert_eq!(bench.reveal_msg(0, report).unwrap_err(), ContractError::Unresolved(length));
    bench.reveal(0, &utility()).unwrap();
}

#[test]
fn a_valuation_slashes_the_silent_as_fees_do_and_counts_no_absence() {
    let mut bench = Bench::new();
    bench.play(&vec![honest(); 6]);
    bench.play(&vec![honest(); 6]);
    bench.open_valuation();
    bench.commit_all(&vec![utility(); 6]);
    bench.end_window();
    for index in 1..6 {
        bench.reveal(index, &utility()).unwrap();
    }
    bench.end_window();
    bench.aggregate(None).unwrap();
    assert_eq!(bench.operator(0).slashed, 1);
    assert_eq!((bench.operator(6).missed, bench.operator(6).penalties), (2, 0));
    assert_eq!(bench.treasury(), [Uint128::new(BOND)]);
    bench.advance(None).unwrap();
}

#[test]
fn rounds_of_both_kinds_share_one_count_and_alternate() {
    let mut bench = Bench::new();
    assert_eq!(bench.play(&vec![honest(); 7]).id, RoundId(1));
    assert_eq!(bench.play_valuation(&vec![utility(); 7]).id, RoundId(2));
    assert_eq!(bench.play(&vec![vector(&[1, 2, 3, 4], 900, &[]); 7]).id, RoundId(3));
    let kinds: Vec<RoundKind> = (1..=3).map(|id| bench.round(id).kind).collect();
    assert_eq!(kinds, [RoundKind::Fees, RoundKind::Valuation, RoundKind::Fees]);
    assert_eq!(bench.advanced().len(), 3);
}
