//! How chunks of scores move the ledger.

use cosmwasm_std::{Binary, Uint128};
use protocol::attribution::RoundKind;
use protocol::settlement::{AdvanceBegin, ExecuteMsg};
use protocol::{Epoch, RoundId};
use rules::ledger::{Entry, LedgerError, RoundTerms};
use rules::score::{ScoreEntry, ScoreError};
use settlement::ContractError;

use crate::advance::{earned, many_scores};
use crate::world::{MODEL, OTHER_MODEL, POSITIONS, World, score};

#[test]
fn chunks_move_the_ledger_as_one_message_does() {
    let scores = many_scores();
    let mut whole = earned();
    whole.settle(&scores);

    let mut parts = earned();
    let begin = parts.begin(&scores);
    let round = parts.next_round();
    parts.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
    assert!(!parts.rounds()[0].complete);
    assert!(!parts.model_totals(MODEL).in_progress.is_zero());
    parts.chunk(round, None, 64, &scores[64..128]).unwrap();
    parts.chunk(round, None, 128, &scores[128..]).unwrap();

    assert_eq!(parts.accounts(MODEL), whole.accounts(MODEL));
    assert_eq!(parts.totals(), whole.totals());
    assert_eq!(parts.model_totals(MODEL), whole.model_totals(MODEL));
    assert_eq!(parts.rounds(), whole.rounds());
}

#[test]
fn the_ledger_is_what_the_rules_make_of_the_scores() {
    let mut world = earned();
    let scores = many_scores();
    world.settle(&scores);
    let settled = world.rounds()[0].clone();
    let terms = RoundTerms {
        pool: 63_000,
        denominator: settled.denominator.u64(),
        z_tenths: settled.z_tenths,
        release_bps: settled.release_rate.0,
        cap: settled.cap.u128() as u64,
    };
    for (account, score) in world.accounts(MODEL).iter().zip(scores) {
        let expected = rules::ledger::advance(&Entry::default(), score, &terms).unwrap();
        assert_eq!(account.accrued.i64(), expected.accrued);
        assert_eq!(account.payable.u64(), expected.payable);
        assert_eq!(account.variance.u128(), expected.variance);
        assert_eq!(account.last_score, expected.last_score);
    }
}

#[test]
fn claims_between_chunks_are_paid() {
    let mut world = earned();
    world.sync(1, &[("ann", 10_000)], false).unwrap();
    let scores = many_scores();
    world.settle(&vec![score(1, 0); POSITIONS as usize]);
    let channel = world.open_channel(100_000);
    world.redeem_one(channel, 1, 100_000).unwrap();
    world.end_redemption(1);
    let begin = world.begin(&scores);
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
    world.claim(&[0]).unwrap();
    world.chunk(round, None, 64, &scores[64..]).unwrap();
}

#[test]
fn positions_may_join_but_not_leave() {
    let mut world = earned();
    world.settle(&[score(1, 0), score(2, 0)]);
    let channel = world.open_channel(1_000);
    world.redeem_one(channel, 1, 1_000).unwrap();
    world.end_redemption(1);
    let fewer = [score(1, 0)];
    let begin = world.begin(&fewer);
    let round = world.next_round();
    assert_eq!(
        world.chunk(round, Some(begin), 0, &fewer).unwrap_err(),
        ContractError::Positions { positions: 1, least: 2 }
    );
    world.settle(&[score(1, 0), score(2, 0), score(3, 0)]);
    assert_eq!(world.accounts(MODEL).len(), 3);
}

#[test]
fn a_denominator_of_one_pays_no_more_than_the_pool() {
    let mut world = earned();
    let scores = [score(1, 1_000_000_000), score(-1_000_000_000, 0)];
    world.settle(&scores);
    let [first, second] = world.accounts(MODEL).try_into().unwrap();
    assert_eq!((first.accrued.i64(), first.payable.u64()), (63_000, 0));
    assert_eq!(second.accrued.i64(), -63_000);
}

#[test]
fn scores_above_the_denominator_are_refused() {
    let mut world = earned();
    let scores = [score(2, 0)];
    let mut begin = world.begin(&scores);
    begin.denominator = 1_u64.into();
    let round = world.next_round();
    let above = LedgerError::AboveDenominator { score: 2, denominator: 1 };
    assert_eq!(world.chunk(round, Some(begin), 0, &scores).unwrap_err(), ContractError::Ledger(above));
}

#[test]
fn a_denominator_under_the_sum_of_scores_would_break_solvency() {
    let mut world = earned();
    let scores = [score(2, 0), score(1, 0)];
    let mut begin = world.begin(&scores);
    begin.denominator = 2_u64.into();
    let round = world.next_round();
    assert_eq!(
        world.chunk(round, Some(begin), 0, &scores).unwrap_err(),
        ContractError::SolvencyViolated { model: MODEL, round, excess: Uint128::new(31_500) }
    );
    assert_eq!(world.totals().pools, Uint128::new(100_000));
}

#[test]
fn a_round_begins_once_and_ends_once() {
    let mut world = earned();
    let scores = many_scores();
    let (model, begin, round) = (MODEL, world.begin(&scores), world.next_round());
    let not_begun = ContractError::AdvanceNotBegun { model, round };
    assert_eq!(world.chunk(round, None, 0, &scores).unwrap_err(), not_begun);
    world.chunk(round, Some(begin.clone()), 0, &scores[..64]).unwrap();
    let in_progress = ContractError::AdvanceInProgress { model, round };
    for (other, again) in [(round, Some(begin.clone())), (RoundId(9), Some(begin.clone())), (RoundId(9), None)] {
        assert_eq!(world.chunk(other, again, 64, &scores[64..]).unwrap_err(), in_progress);
    }
    world.chunk(round, None, 64, &scores[64..]).unwrap();
    let settled = ContractError::RoundAlreadySettled { model, round };
    for again in [None, Some(begin)] {
        assert_eq!(world.chunk(round, again, 0, &scores).unwrap_err(), settled);
    }
}

#[test]
fn chunks_come_in_order_and_whole() {
    let mut world = earned();
    let scores = many_scores();
    let (begin, round) = (world.begin(&scores), world.next_round());
    let uneven = |first_position, entries| ContractError::ChunkLength { first_position, entries, positions: POSITIONS };
    let first =
        |world: &mut World, at, scores: &[ScoreEntry]| world.chunk(round, Some(begin.clone()), at, scores).unwrap_err();
    let order = ContractError::ChunkOrder { first_position: 64, expected: 0 };
    assert_eq!(first(&mut world, 64, &scores[64..128]), order);
    assert_eq!(first(&mut world, 0, &[]), uneven(0, 0));
    assert_eq!(first(&mut world, 0, &scores[..63]), uneven(0, 63));
    let long = vec![score(0, 0); POSITIONS as usize + 1];
    assert_eq!(first(&mut world, 0, &long), uneven(0, 131));

    world.chunk(round, Some(begin.clone()), 0, &scores[..64]).unwrap();
    for first_position in [0, 63, 65, 128] {
        let error = world.chunk(round, None, first_position, &scores[64..128]).unwrap_err();
        assert_eq!(error, ContractError::ChunkOrder { first_position, expected: 64 });
    }
    assert_eq!(world.chunk(round, None, 64, &scores[64..129]).unwrap_err(), uneven(64, 65));
}

#[test]
fn entries_that_are_not_whole_are_refused() {
    let mut world = earned();
    let msg = ExecuteMsg::Advance {
        model: MODEL,
        round: RoundId(1),
        begin: Some(Box::new(world.begin(&[score(1, 0)]))),
        first_position: 0,
        entries: Binary::from([0; 9]),
    };
    let error = world.execute("attribution", &msg).unwrap_err();
    assert_eq!(error, ContractError::Score(ScoreError::Packed { bytes: 9 }));
}

#[test]
fn models_settle_apart_from_each_other() {
    let mut world = earned();
    let scores = many_scores();
    let (begin, round) = (world.begin(&scores), world.next_round());
    let channel = world.open_channel_of(OTHER_MODEL, 1_000);
    world.redeem_one(channel, 1, 1_000).unwrap();
    world.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
    world.end_redemption(1);
    let msg = ExecuteMsg::Advance {
        model: OTHER_MODEL,
        round,
        begin: Some(Box::new(AdvanceBegin { first_epoch: Epoch(0), last_epoch: Epoch(1), ..begin_of_one(&world) })),
        first_position: 0,
        entries: Binary::from(score(1, 0).pack()),
    };
    world.execute("attribution", &msg).unwrap();
    assert_eq!(world.accounts(OTHER_MODEL)[0].accrued.i64(), 630);
    assert!(!world.rounds()[0].complete);
}

fn begin_of_one(world: &World) -> AdvanceBegin {
    AdvanceBegin {
        kind: RoundKind::Fees,
        royalties: Uint128::zero(),
        tranche: Uint128::zero(),
        versions: 0,
        first_epoch: Epoch(0),
        last_epoch: Epoch(0),
        denominator: 1_u64.into(),
        z_tenths: 20,
        positions: 1,
        operators: 3,
        rewards: world.rewards(&[]),
        unresolved: Binary::from([0]),
    }
}

#[test]
fn a_cap_beyond_the_ledger_caps_nothing() {
    let mut world = World::new();
    let mut known = world.known(MODEL);
    known.commerce.terms.cap = Uint128::MAX;
    world.set_model(known);
    world.earn(0, 1_000);
    world.settle(&[score(1, 0)]);
    assert_eq!(world.accounts(MODEL)[0].accrued.i64(), 630);
    assert_eq!(world.rounds()[0].cap, Uint128::MAX);
}

#[test]
fn what_a_cap_cuts_off_is_the_treasurys() {
    let mut world = World::new();
    let mut known = world.known(MODEL);
    known.commerce.terms.cap = Uint128::new(100);
    world.set_model(known);
    world.earn(0, 1_000);
    world.settle(&[score(1, 0)]);
    assert_eq!(world.accounts(MODEL)[0].accrued.i64(), 100);
    assert_eq!(world.rounds()[0].residual.u128(), 530);
}

#[test]
fn the_largest_model_is_settled_in_eight_messages() {
    let mut world = earned();
    let scores: Vec<_> = (0..16_384).map(|at| score(at % 97 - 20, (at % 5) as u32)).collect();
    let (begin, round) = (world.begin(&scores), world.next_round());
    let denominator = begin.denominator.u64();
    let mut begin = Some(begin);
    for first in (0..16_384_u32).step_by(2_048) {
        let chunk = &scores[first as usize..first as usize + 2_048];
        world.chunk(round, begin.take(), first, chunk).unwrap();
    }
    let terms = RoundTerms { pool: 63_000, denominator, z_tenths: 20, release_bps: 5_000, cap: 1_000_000_000_000 };
    for (account, score) in world.accounts(MODEL).iter().zip(&scores) {
        let expected = rules::ledger::advance(&Entry::default(), *score, &terms).unwrap();
        assert_eq!((account.accrued.i64(), account.payable.u64()), (expected.accrued, expected.payable));
        let in_debt = u8::from(expected.proved_debt() > 0);
        assert_eq!((account.rounds_with_debt, account.rounds_without_debt), (in_debt, 1 - in_debt));
    }
}
