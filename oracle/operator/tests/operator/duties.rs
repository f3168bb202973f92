//! What an operator has to do, decided from the chain alone: every phase, both sides of every window's end, whose turn it is, and a
//! chain that stood still.

use chain::Status;
use cosmwasm_std::{Addr, Uint64, Uint128};
use operator::daemon::{
    duties::{Due, Turns, due, is_in, is_seated, is_turn_now, openable_from, rank},
    takes_part,
};
use protocol::{
    Bps, Epoch, Hash32, MethodId, ModelId, RoundId, Seconds,
    attribution::{Operator, Outcome, Participation, Phase, Revealed, Round, RoundKind},
    settlement::OpenRange,
};
use rules::clock::Clock;

/// The second at which the current window may end.
const ENDS_AT: u64 = 1_000;
/// The height at which it began.
const BEGAN: u64 = 50;
const TURNS: Turns = Turns { min_blocks: 5, stagger: 30 };
const NAMES: [&str; 3] = ["anna", "bert", "cleo"];

/// The first round of a set of three: `bert` has the first turn, then `cleo`, then `anna`.
fn round(phase: Phase) -> Round {
    Round {
        model: ModelId(7),
        id: RoundId(1),
        kind: RoundKind::Fees,
        method: MethodId(1),
        first_epoch: Epoch(1),
        last_epoch: Epoch(1),
        redemptions: 1,
        positions: 2,
        pool: Uint128::new(1),
        tranche: Uint128::zero(),
        validation_from: Uint64::zero(),
        validation_count: Uint64::one(),
        inputs: Hash32([1; 32]),
        operators: NAMES.map(Addr::unchecked).to_vec(),
        quorum: 3,
        phase,
        outcome: (phase == Phase::Closed).then_some(Outcome::Settled),
        opened_at: Seconds(ENDS_AT - 100),
        opened_height: Uint64::new(BEGAN),
        window_ends_at: Seconds(ENDS_AT),
        window_began_height: Uint64::new(BEGAN),
        committed: 0,
        vectors: 0,
        too_few: 0,
        cursor: 0,
        denominator: None,
        slot: 0,
    }
}

fn part(revealed: Option<Revealed>) -> Participation {
    let commitment = Some(Hash32([2; 32]));
    Participation { operator: Addr::unchecked("anna"), commitment, revealed, agreement: None, slashed: false }
}

fn committed() -> Participation {
    part(None)
}

fn revealed() -> Participation {
    part(Some(Revealed::Vector { reach: Uint64::one() }))
}

fn at(time: u64, height: u64) -> Status {
    Status { chain_id: "test-1".to_owned(), height, time }
}

/// The last second of the window.
fn running() -> Status {
    at(ENDS_AT - 1, BEGAN + 100)
}

/// The first second after it.
fn ended() -> Status {
    at(ENDS_AT, BEGAN + 5)
}

/// So late that it is everybody's turn.
fn late() -> Status {
    at(ENDS_AT + 1_000, BEGAN + 100)
}

fn of(phase: Phase, part: Option<&Participation>, me: &str, now: &Status) -> Option<Due> {
    due(&round(phase), part, me, now, TURNS)
}

#[test]
fn who_has_not_committed_commits_while_the_window_runs() {
    assert_eq!(of(Phase::Commit, None, "anna", &running()), Some(Due::Commit));
    assert_eq!(of(Phase::Commit, Some(&committed()), "anna", &running()), None, "once is enough");
    assert_eq!(of(Phase::Commit, None, "a stranger", &running()), None);
    assert_ne!(of(Phase::Commit, None, "anna", &late()), Some(Due::Commit), "it would be refused");
}

#[test]
fn the_first_reveal_ends_the_commit_window() {
    assert_eq!(of(Phase::Commit, Some(&committed()), "anna", &ended()), Some(Due::Reveal), "whoever's turn it is");
    assert_eq!(
        of(Phase::Commit, None, "bert", &ended()),
        Some(Due::EndCommits),
        "who has nothing to reveal can end it too"
    );
}

#[test]
fn what_was_committed_is_revealed_once_and_while_the_window_runs() {
    assert_eq!(of(Phase::Reveal, Some(&committed()), "anna", &running()), Some(Due::Reveal));
    assert_eq!(of(Phase::Reveal, Some(&revealed()), "anna", &running()), None);
    assert_eq!(of(Phase::Reveal, None, "anna", &running()), None, "there is nothing to reveal");
    assert_eq!(of(Phase::Reveal, Some(&committed()), "anna", &late()), Some(Due::Aggregate), "it is too late");
}

#[test]
fn both_passes_are_anybodys_once_the_reveal_window_is_over() {
    for phase in [Phase::Reveal, Phase::Aggregate] {
        assert_eq!(of(phase, Some(&revealed()), "bert", &ended()), Some(Due::Aggregate));
    }
    assert_eq!(of(Phase::Advance, Some(&revealed()), "bert", &ended()), Some(Due::Advance));
    assert_eq!(of(Phase::Advance, None, "a stranger", &late()), Some(Due::Advance), "no part is needed");
}

#[test]
fn nothing_is_due_in_a_closed_round() {
    for part in [None, Some(committed()), Some(revealed())] {
        assert_eq!(of(Phase::Closed, part.as_ref(), "anna", &late()), None);
    }
    assert!(!takes_part(&round(Phase::Closed), "anna") && takes_part(&round(Phase::Reveal), "anna"));
    assert!(is_in(&round(Phase::Closed), "anna") && !is_in(&round(Phase::Commit), "a stranger"));
}

#[test]
fn a_window_is_half_open() {
    for (phase, during, after) in
        [(Phase::Commit, Due::Commit, Due::EndCommits), (Phase::Reveal, Due::Reveal, Due::Aggregate)]
    {
        let part = (phase == Phase::Reveal).then(committed);
        let due_at = |time| of(phase, part.as_ref(), "bert", &at(time, BEGAN + 5));
        assert_eq!((due_at(ENDS_AT - 1), due_at(ENDS_AT)), (Some(during), Some(after)));
    }
}

#[test]
fn a_chain_that_stood_still_past_the_end_leaves_its_blocks_to_act_in() {
    let week_later = |blocks| at(ENDS_AT + 7 * 86_400, BEGAN + blocks);
    assert_eq!(of(Phase::Commit, None, "anna", &week_later(4)), Some(Due::Commit));
    assert_eq!(of(Phase::Commit, None, "anna", &week_later(5)), Some(Due::EndCommits));
    assert_eq!(of(Phase::Reveal, Some(&committed()), "anna", &week_later(4)), Some(Due::Reveal));
    assert_eq!(of(Phase::Reveal, Some(&committed()), "anna", &week_later(5)), Some(Due::Aggregate));
}

#[test]
fn what_is_anybodys_is_done_in_turns() {
    for phase in [Phase::Commit, Phase::Reveal, Phase::Aggregate, Phase::Advance] {
        let is_due = |me, seconds| of(phase, None, me, &at(ENDS_AT + seconds, BEGAN + 5)).is_some();
        for (turn, me) in (0..).zip(["bert", "cleo", "anna", "a stranger"]) {
            let begins = turn * TURNS.stagger;
            assert!(is_due(me, begins), "{phase:?}: {me} at {begins}");
            assert!(begins == 0 || !is_due(me, begins - 1), "{phase:?}: {me} before {begins}");
        }
    }
}

#[test]
fn turns_rotate_and_every_place_is_taken_once() {
    for rotated_by in 0..7 {
        let mut ranks = NAMES.map(|name| rank(&NAMES, name, rotated_by));
        assert_eq!(ranks[(rotated_by % 3) as usize], 0, "each is first in its turn");
        ranks.sort_unstable();
        assert_eq!(ranks, [0, 1, 2]);
        assert_eq!(rank(&NAMES, "a stranger", rotated_by), 3);
    }
    assert_eq!(rank(&[], "anna", 4), 0, "without a set nobody is waited for");
}

#[test]
fn turns_at_what_is_due_from_no_moment_never_end_and_are_one_operators() {
    for time in 0..4 * TURNS.stagger {
        let whose: Vec<&str> = NAMES.into_iter().filter(|me| is_turn_now(&NAMES, me, time, TURNS.stagger)).collect();
        assert_eq!(whose, [NAMES[(time / TURNS.stagger) as usize % 3]], "at {time}");
        assert!(!is_turn_now(&NAMES, "a stranger", time, TURNS.stagger));
    }
    assert!(NAMES.iter().all(|me| is_turn_now(&NAMES, me, 7, 0)), "who are not apart need not wait");
    assert!(is_turn_now(&[], "a stranger", 7, TURNS.stagger), "without a set nobody is waited for");
}

#[test]
fn fees_whose_round_failed_are_opened_in_the_next_epoch() {
    let clock = Clock { genesis: 0, epoch_length: 1_000 };
    let range = OpenRange {
        first_epoch: Epoch(3),
        last_epoch: Epoch(4),
        fixed_by: Seconds(4_000),
        books: Vec::new(),
        redemptions: 1,
        pool: Uint128::new(1),
        release_rate: Bps(0),
        cap: Uint128::zero(),
        full: false,
    };
    let last = |last_epoch, opened_at| Round {
        last_epoch: Epoch(last_epoch),
        opened_at: Seconds(opened_at),
        ..round(Phase::Closed)
    };
    assert_eq!(openable_from(&range, None, &clock), Some(5_500), "the end of redemption");
    assert_eq!(openable_from(&range, Some(&last(2, 6_100)), &clock), Some(5_500), "it settled what lies before");
    assert_eq!(
        openable_from(&range, Some(&last(3, 6_100)), &clock),
        Some(7_000),
        "one over a part of the range failed"
    );
    assert_eq!(openable_from(&range, Some(&last(4, 4_100)), &clock), Some(5_500), "redemption ends later");
}

#[test]
fn who_has_left_or_lost_its_bond_has_no_turn() {
    let bond = Uint128::new(10);
    let seated = Operator {
        account: Addr::unchecked("anna"),
        method: MethodId(1),
        bond,
        active_from: Seconds(100),
        leaves_at: None,
        bond_free_at: None,
        open_sets: 0,
        missed: 0,
        slashed: 0,
        penalties: 0,
        encryption_key: None,
    };
    assert!(is_seated(&seated, bond, 100) && !is_seated(&seated, bond, 99), "active from its first second on");
    let leaving = Operator { leaves_at: Some(Seconds(200)), ..seated.clone() };
    assert!(is_seated(&leaving, bond, 199) && !is_seated(&leaving, bond, 200), "until its last second is over");
    assert!(!is_seated(&Operator { bond: Uint128::new(9), ..seated }, bond, 100));
}

#[test]
fn only_what_is_anybodys_can_be_left_to_others() {
    let own: Vec<Due> = [
        Due::Open,
        Due::OpenValuation,
        Due::Commit,
        Due::EndCommits,
        Due::Reveal,
        Due::Aggregate,
        Due::Advance,
        Due::Withdraw,
    ]
    .into_iter()
    .filter(|due| !due.is_anybodys())
    .collect();
    assert_eq!(own, [Due::Commit, Due::Reveal, Due::Withdraw]);
}

#[test]
fn the_same_block_decides_the_same_whenever_it_is_looked_at() {
    // There is no clock but the chain's: at the same place in its window a round of 1970 and one of 2100 are alike.
    for begins in [0, 4_102_444_800] {
        let mut round = round(Phase::Commit);
        round.window_ends_at = Seconds(begins + 100);
        let due_at = |time| due(&round, None, "bert", &at(time, BEGAN + 5), TURNS);
        assert_eq!((due_at(begins + 99), due_at(begins + 100)), (Some(Due::Commit), Some(Due::EndCommits)));
    }
}
