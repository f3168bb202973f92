//! The second pass: what `settlement` is told, and when.

use attribution::ContractError;
use cosmwasm_std::{Binary, Uint64, Uint128};
use protocol::attribution::{ExecuteMsg, Outcome, Phase, RoundKind};
use protocol::event::AttributionEvent;
use protocol::settlement::{AdvanceBegin, ExecuteMsg as SettlementMsg, OperatorReward};
use protocol::{Bps, Epoch, RoundId};
use rules::score::{Report, ScoreEntry, pack_entries};

use crate::bench::{Bench, MODEL, events, honest, vector};

/// The beginning that `settlement` got.
fn begin(bench: &Bench) -> AdvanceBegin {
    match bench.advanced().remove(0) {
        SettlementMsg::Advance { begin: Some(begin), .. } => *begin,
        other => panic!("expected a beginning, not {other:?}"),
    }
}

fn unresolved(reports: &[Report]) -> Binary {
    let mut bench = Bench::new();
    bench.play(reports);
    begin(&bench).unresolved
}

#[test]
fn settlement_gets_the_medians_the_rewards_and_the_range() {
    let mut bench = Bench::revealed(&vec![honest(); 6]);
    bench.aggregate(None).unwrap();
    let response = bench.advance(None).unwrap();
    let reward = |index: usize| OperatorReward { operator: bench.operators[index].to_string(), agreement: Bps::WHOLE };
    let begin = AdvanceBegin {
        kind: RoundKind::Fees,
        royalties: Uint128::zero(),
        tranche: Uint128::zero(),
        versions: 0,
        first_epoch: Epoch(2),
        last_epoch: Epoch(5),
        denominator: Uint64::new(900),
        z_tenths: 20,
        positions: 4,
        operators: 7,
        rewards: (0..6).map(reward).collect(),
        unresolved: vec![0].into(),
    };
    let entries = [400, 300, -200, 100].map(|score| ScoreEntry { score, error: 1 });
    let advance = SettlementMsg::Advance {
        model: MODEL,
        round: RoundId(1),
        begin: Some(Box::new(begin)),
        first_position: 0,
        entries: pack_entries(&entries).into(),
    };
    assert_eq!(bench.advanced(), [advance]);
    let (model, round) = (MODEL, RoundId(1));
    let advanced = AttributionEvent::Advanced { model, round, through: 4, complete: true };
    let outcome = "settled".to_owned();
    let closed = AttributionEvent::RoundClosed { model, round, outcome };
    assert_eq!(events(&response), [advanced, closed]);
    let round = bench.round(1);
    assert_eq!(round.outcome, Some(Outcome::Settled));
    assert_eq!(round.phase, Phase::Closed);
    assert!(!bench.is_open());
}

#[test]
fn scores_take_the_lower_and_errors_the_upper_middle() {
    let with = |score, error| {
        let Report::Vector(mut vector) = honest() else {
            unreachable!("honest operators report vectors");
        };
        vector.entries[0] = ScoreEntry { score, error };
        Report::Vector(vector)
    };
    let reports = [with(600, 6), with(100, 1), with(500, 5), with(200, 2), with(400, 4), with(300, 3)];
    let mut bench = Bench::new();
    bench.play(&reports);
    let SettlementMsg::Advance { entries, .. } = bench.advanced().remove(0) else {
        panic!("settlement was told to advance");
    };
    let first = ScoreEntry::unpack(&entries[..8]).unwrap();
    let expected = ScoreEntry { score: 300, error: 4 };
    assert_eq!(first, expected);
}

#[test]
fn a_redemption_that_more_than_half_call_unresolved_leaves_the_pool() {
    let marking = |marks: &[usize]| vector(&[400, 300, -200, 100], 900, marks);
    let mut reports = vec![marking(&[0, 4]); 3];
    reports.push(marking(&[4]));
    reports.extend(vec![marking(&[]); 2]);
    let half_and_more = unresolved(&reports);
    assert_eq!(half_and_more.as_slice(), [0b1_0000]);
    reports.push(marking(&[0]));
    assert_eq!(unresolved(&reports).as_slice(), [0b1_0001]);
}

#[test]
fn reports_without_scores_neither_mark_nor_earn() {
    let mut reports = vec![vector(&[1; 4], 900, &[2]); 3];
    reports.extend(vec![vector(&[1; 4], 900, &[]); 2]);
    reports.extend(vec![Report::TooFew; 2]);
    let mut bench = Bench::new();
    bench.play(&reports);
    let begin = begin(&bench);
    assert_eq!(begin.unresolved.as_slice(), [0b100]);
    assert_eq!(begin.rewards.len(), 5);
    assert_eq!(begin.operators, 7);
}

#[test]
fn advancing_out_of_order_is_refused() {
    let mut bench = Bench::opened();
    let wrong = |phase| ContractError::WrongPhase { phase, expected: Phase::Advance };
    assert_eq!(bench.advance(None).unwrap_err(), wrong(Phase::Commit));
    bench.commit_all(&vec![honest(); 7]);
    bench.end_window();
    for index in 0..7 {
        bench.reveal(index, &honest()).unwrap();
    }
    assert_eq!(bench.advance(None).unwrap_err(), wrong(Phase::Reveal));
    bench.end_window();
    assert_eq!(bench.advance(None).unwrap_err(), wrong(Phase::Reveal));
    bench.aggregate(Some(1)).unwrap();
    assert_eq!(bench.advance(None).unwrap_err(), wrong(Phase::Aggregate));
    bench.aggregate(None).unwrap();
    bench.advance(None).unwrap();
}

#[test]
fn advancing_twice_is_refused() {
    let mut bench = Bench::new();
    bench.play(&vec![honest(); 7]);
    let again = ExecuteMsg::Advance { model: MODEL, round: RoundId(1), limit: None };
    let refused = bench.anyone(&again).unwrap_err();
    assert_eq!(refused, ContractError::NoOpenRound { model: MODEL });
    assert_eq!(bench.advanced().len(), 1);
}
