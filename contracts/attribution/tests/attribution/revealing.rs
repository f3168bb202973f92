//! Revealing reports, and every way in which one can be wrong.

use attribution::ContractError;
use cosmwasm_std::{Binary, Uint64};
use cw_multi_test::IntoAddr;
use protocol::attribution::{ExecuteMsg, Phase, ReportMsg, Revealed};
use protocol::event::AttributionEvent;
use protocol::{Hash32, RoundId};
use rules::bitmap::BitmapError;
use rules::score::{Report, ScoreError};

use crate::bench::{Bench, MODEL, SALT, events, honest, report_msg, vector};

/// What happens when a report that was committed to is revealed.
fn reveal(report: &Report) -> Result<(), ContractError> {
    let mut bench = Bench::committed(std::slice::from_ref(report));
    bench.reveal(0, report).map(|_| ())
}

fn refused(report: &Report) -> ScoreError {
    match reveal(report) {
        Err(ContractError::Score(broken)) => broken,
        other => panic!("expected a broken bound, not {other:?}"),
    }
}

/// What happens when a committed honest report is revealed in other bytes.
fn reveal_changed(change: impl Fn(&mut Binary, &mut Uint64, &mut Binary)) -> ContractError {
    let mut bench = Bench::committed(&[honest()]);
    let mut msg = report_msg(&honest());
    if let ReportMsg::Vector { entries, reach, unresolved } = &mut msg {
        change(entries, reach, unresolved);
    }
    bench.reveal_msg(0, msg).unwrap_err()
}

#[test]
fn the_first_reveal_begins_the_window_and_a_vector_is_counted() {
    let mut bench = Bench::committed(&[honest()]);
    let response = bench.reveal(0, &honest()).unwrap();
    let (model, round) = (MODEL, RoundId(1));
    let begun = AttributionEvent::RevealsBegun { model, round, committed: 1 };
    let revealed = AttributionEvent::ReportRevealed {
        model,
        round,
        operator: bench.operators[0].to_string(),
        kind: "vector".to_owned(),
    };
    assert_eq!(events(&response), [begun, revealed]);
    let round = bench.open_round();
    assert_eq!((round.phase, round.vectors), (Phase::Reveal, 1));
    let reach = Uint64::new(900);
    let part = bench.participations(1).remove(0);
    assert_eq!(part.revealed, Some(Revealed::Vector { reach }));
}

#[test]
fn a_report_of_too_little_evidence_is_counted_apart() {
    let mut bench = Bench::committed(&[Report::TooFew]);
    bench.end_commits().unwrap();
    let response = bench.reveal(0, &Report::TooFew).unwrap();
    let revealed = AttributionEvent::ReportRevealed {
        model: MODEL,
        round: RoundId(1),
        operator: bench.operators[0].to_string(),
        kind: "too_few".to_owned(),
    };
    assert_eq!(events(&response), [revealed]);
    let round = bench.open_round();
    assert_eq!((round.vectors, round.too_few), (0, 1));
}

#[test]
fn reveal_without_commit_is_refused() {
    let mut bench = Bench::committed(&[honest()]);
    let operator = bench.operators[1].clone();
    assert_eq!(bench.reveal(1, &honest()).unwrap_err(), ContractError::NotCommitted { operator });
}

#[test]
fn only_the_set_reveals() {
    let mut bench = Bench::committed(&[honest()]);
    let operator = "stranger".into_addr();
    let reveal = ExecuteMsg::Reveal { model: MODEL, round: RoundId(1), report: ReportMsg::TooFew {}, salt: SALT };
    let refused = bench.send(&operator, &reveal).unwrap_err();
    assert_eq!(refused, ContractError::NotInSet { operator });
}

#[test]
fn nobody_reveals_twice() {
    let mut bench = Bench::committed(&[honest()]);
    bench.reveal(0, &honest()).unwrap();
    let operator = bench.operators[0].clone();
    assert_eq!(bench.reveal(0, &honest()).unwrap_err(), ContractError::AlreadyRevealed { operator });
}

#[test]
fn another_report_than_the_committed_one_is_refused() {
    let mut bench = Bench::committed(&[honest()]);
    let mismatch = ContractError::CommitmentMismatch;
    let others = [
        vector(&[400, 300, -200, 101], 900, &[]),
        vector(&[400, 300, -200, 100], 901, &[]),
        vector(&[400, 300, -200, 100], 900, &[0]),
        Report::TooFew,
    ];
    for other in others {
        assert_eq!(bench.reveal(0, &other).unwrap_err(), mismatch);
    }
    let other_salt =
        ExecuteMsg::Reveal { model: MODEL, round: RoundId(1), report: report_msg(&honest()), salt: Hash32([8; 32]) };
    let operator = bench.operators[0].clone();
    assert_eq!(bench.send(&operator, &other_salt).unwrap_err(), mismatch);
    bench.reveal(0, &honest()).unwrap();
}

#[test]
fn a_vector_of_the_wrong_length_is_refused() {
    for scores in [vec![], vec![1; 3], vec![1; 5]] {
        let (entries, positions) = (scores.len(), 4);
        let broken = refused(&vector(&scores, 9, &[]));
        assert_eq!(broken, ScoreError::Entries { entries, positions });
    }
}

#[test]
fn bytes_that_are_no_whole_entries_are_refused() {
    let refused = reveal_changed(|entries, _, _| *entries = entries[..31].into());
    let packed = ScoreError::Packed { bytes: 31 };
    assert_eq!(refused, ContractError::Score(packed));
}

#[test]
fn a_bitmap_of_the_wrong_length_is_refused() {
    for actual in [0, 2] {
        let refused = reveal_changed(|_, _, unresolved| *unresolved = vec![0; actual].into());
        let length = BitmapError::Length { len: 5, expected: 1, actual };
        assert_eq!(refused, ContractError::Unresolved(length));
    }
    let refused = reveal_changed(|_, _, unresolved| *unresolved = vec![0b10_0000].into());
    let padding = BitmapError::Padding { len: 5 };
    assert_eq!(refused, ContractError::Unresolved(padding));
}

#[test]
fn scores_errors_and_reach_stay_within_one() {
    const ONE: i32 = 1_000_000_000;
    let wide = u64::from(ONE.unsigned_abs());
    let score = refused(&vector(&[0, -ONE - 1, 0, 0], 0, &[]));
    let (position, broken) = (1, -ONE - 1);
    let expected = ScoreError::Score { position, score: broken };
    assert_eq!(score, expected);
    let reach = refused(&vector(&[0; 4], wide + 1, &[]));
    assert_eq!(reach, ScoreError::Reach { reach: wide + 1 });
    let positive = refused(&vector(&[ONE, 1, 0, 0], 0, &[]));
    assert_eq!(positive, ScoreError::PositiveSum { sum: wide + 1 });
    let magnitude = refused(&vector(&[-ONE, -ONE, -1, 0], 0, &[]));
    assert_eq!(magnitude, ScoreError::Magnitude { sum: 2 * wide + 1 });
    let Report::Vector(mut uncertain) = honest() else {
        unreachable!("honest operators report vectors");
    };
    uncertain.entries[3].error = ONE.unsigned_abs() + 1;
    let error = refused(&Report::Vector(uncertain));
    let (position, broken) = (3, ONE.unsigned_abs() + 1);
    let expected = ScoreError::Error { position, error: broken };
    assert_eq!(error, expected);
    reveal(&vector(&[ONE, -ONE, 0, 0], wide, &[0, 4])).unwrap();
}

#[test]
fn a_refused_reveal_can_be_sent_again() {
    let mut bench = Bench::committed(&[honest()]);
    let before = bench.dump();
    bench.reveal(0, &Report::TooFew).unwrap_err();
    assert_eq!(bench.dump(), before);
    bench.reveal(0, &honest()).unwrap();
}

#[test]
fn reveals_belong_to_the_reveal_phase() {
    let mut bench = Bench::revealed(&vec![honest(); 7]);
    bench.aggregate(Some(1)).unwrap();
    let refused = bench.reveal(0, &honest()).unwrap_err();
    let (phase, expected) = (Phase::Aggregate, Phase::Reveal);
    assert_eq!(refused, ContractError::WrongPhase { phase, expected });
}
