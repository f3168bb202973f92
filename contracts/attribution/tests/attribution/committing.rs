//! Committing reports.

use attribution::ContractError;
use cw_multi_test::IntoAddr;
use protocol::attribution::{ExecuteMsg, Phase};
use protocol::event::AttributionEvent;
use protocol::{Hash32, ModelId, RoundId};

use crate::bench::{Bench, MODEL, SALT, events, honest};

fn commit(model: u64, round: u64) -> ExecuteMsg {
    ExecuteMsg::Commit { model: ModelId(model), round: RoundId(round), commitment: SALT }
}

#[test]
fn a_commitment_is_stored_and_counted() {
    let mut bench = Bench::opened();
    let commitment = bench.commitment(2, &honest());
    let response = bench.commit(2, &honest()).unwrap();
    let committed = AttributionEvent::ReportCommitted {
        model: MODEL,
        round: RoundId(1),
        operator: bench.operators[2].to_string(),
        commitment,
    };
    assert_eq!(events(&response), [committed]);
    assert_eq!(bench.open_round().committed, 1);
    let parts = bench.participations(1);
    assert_eq!(parts[2].commitment, Some(commitment));
    assert_eq!(parts[1].commitment, None);
}

#[test]
fn only_the_open_round_takes_commitments() {
    let mut bench = Bench::new();
    let operator = bench.operators[0].clone();
    let none = bench.send(&operator, &commit(1, 1)).unwrap_err();
    assert_eq!(none, ContractError::NoOpenRound { model: MODEL });
    bench.open();
    let wrong = bench.send(&operator, &commit(1, 2)).unwrap_err();
    let (round, open) = (RoundId(2), RoundId(1));
    assert_eq!(wrong, ContractError::WrongRound { round, open });
    let other = bench.send(&operator, &commit(2, 1)).unwrap_err();
    let model = ModelId(2);
    assert_eq!(other, ContractError::NoOpenRound { model });
}

#[test]
fn only_the_set_commits() {
    let mut bench = Bench::new();
    bench.admit(7).unwrap();
    bench.open();
    for outsider in ["stranger".into_addr(), bench.operators[7].clone()] {
        let refused = bench.send(&outsider, &commit(1, 1)).unwrap_err();
        let operator = outsider;
        assert_eq!(refused, ContractError::NotInSet { operator });
    }
}

#[test]
fn nobody_commits_twice() {
    let mut bench = Bench::opened();
    bench.commit(0, &honest()).unwrap();
    let operator = bench.operators[0].clone();
    let again = bench.commit_hash(0, Hash32([1; 32])).unwrap_err();
    assert_eq!(again, ContractError::AlreadyCommitted { operator });
}

#[test]
fn commits_belong_to_the_commit_phase() {
    let mut bench = Bench::committed(&[honest()]);
    bench.end_commits().unwrap();
    let refused = bench.commit_hash(1, SALT).unwrap_err();
    let (phase, expected) = (Phase::Reveal, Phase::Commit);
    assert_eq!(refused, ContractError::WrongPhase { phase, expected });
}

#[test]
fn ending_the_commits_begins_the_reveals_once() {
    let mut bench = Bench::committed(&[honest(), honest()]);
    let response = bench.end_commits().unwrap();
    let begun = AttributionEvent::RevealsBegun { model: MODEL, round: RoundId(1), committed: 2 };
    assert_eq!(events(&response), [begun]);
    let (phase, expected) = (Phase::Reveal, Phase::Commit);
    assert_eq!(bench.end_commits().unwrap_err(), ContractError::WrongPhase { phase, expected });
}
