//! Settling a range: what its beginning pays, how its chunks move the ledger, what its end leaves.

use cosmwasm_std::{Binary, Uint128};
use protocol::settlement::AdvanceBegin;
use protocol::{Bps, Epoch};
use rules::bitmap::{Bitmap, BitmapError};
use rules::ledger::LedgerError;
use rules::score::ScoreEntry;
use settlement::ContractError;

use crate::world::{EPOCH, MODEL, POSITIONS, World, attributes, everything, score, sum};

/// An epoch that earned 100,000 uopen: 10,000 to the protocol, 27,000 to the owner, 63,000 pool.
pub fn earned() -> World {
    let mut world = World::new();
    world.earn(0, 100_000);
    world
}

/// Scores of all positions, gains and harm among them.
pub fn many_scores() -> Vec<ScoreEntry> {
    let at = |position: i32| score((position * 37) % 101 - 20, (position % 7) as u32);
    (0..POSITIONS as i32).map(at).collect()
}

fn begun(change: impl FnOnce(&World, &mut AdvanceBegin)) -> (World, Result<(), ContractError>) {
    let mut world = earned();
    let scores = [score(1, 0)];
    let mut begin = world.begin(&scores);
    change(&world, &mut begin);
    let round = world.next_round();
    let outcome = world.chunk(round, Some(begin), 0, &scores).map(|_| ());
    (world, outcome)
}

fn refused(change: impl FnOnce(&World, &mut AdvanceBegin)) -> ContractError {
    let (world, outcome) = begun(change);
    assert_eq!(world.totals().pools, Uint128::new(100_000), "nothing moved");
    outcome.unwrap_err()
}

#[test]
fn every_part_goes_where_it_belongs() {
    let mut world = earned();
    let scores = [score(300, 0), score(100, 0), score(-50, 0)];
    let mut begin = world.begin(&scores);
    begin.denominator = 1_000_u64.into();
    begin.operators = 4;
    begin.rewards = world.rewards(&[("op1", 10_000), ("op2", 3_333), ("op3", 0)]);
    let round = world.next_round();
    let response = world.chunk(round, Some(begin), 0, &scores).unwrap();

    // A pot of 5,000, a quarter of it each.
    assert_eq!((world.balance("op1"), world.balance("op2"), world.balance("op3")), (1_250, 416, 0));
    assert_eq!(world.balance("owner"), 27_000);
    let accrued: Vec<i64> = world.accounts(MODEL).iter().map(|account| account.accrued.i64()).collect();
    assert_eq!(accrued, [18_900, 6_300, -3_150]);
    let totals = world.totals();
    assert_eq!((totals.pools.u128(), totals.liability.u128()), (0, 25_200));
    let residual = 63_000 - 25_200;
    assert_eq!(totals.treasury.u128(), 10_000 - 1_666 + residual);
    assert_eq!(attributes(&response, "round_settled", "residual"), [residual.to_string()]);
    assert_eq!(attributes(&response, "reward_booked", "amount"), ["1250", "416", "0"]);

    let [settled] = world.rounds().try_into().unwrap();
    assert_eq!((settled.gross.u128(), settled.unresolved.u128()), (100_000, 0));
    assert_eq!((settled.operator_rewards.u128(), settled.residual.u128()), (1_666, residual));
    assert_eq!((settled.release_rate, settled.complete), (Bps(5_000), true));
    let of = world.model_totals(MODEL);
    assert_eq!((of.settled_through, of.in_progress, of.z_tenths), (Some(Epoch(0)), Uint128::zero(), 20));
    assert_eq!(sum(&of.unsettled), Uint128::zero());
}

#[test]
fn the_owner_at_settling_is_paid() {
    let mut world = earned();
    let mut known = world.known(MODEL);
    known.commerce.owner = world.account("buyer");
    world.set_model(known);
    world.settle(&[score(1, 0)]);
    assert_eq!((world.balance("owner"), world.balance("buyer")), (0, 27_000));
}

#[test]
fn doubt_holds_money_back_and_debt_is_shown() {
    let mut world = earned();
    let mut begin = world.begin(&[score(500, 100), score(-100, 0)]);
    begin.denominator = 1_000_u64.into();
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &[score(500, 100), score(-100, 0)]).unwrap();
    let [first, second] = world.accounts(MODEL).try_into().unwrap();
    // 31,500 accrued, 2 standard errors of 6,300 in doubt, half of the rest released.
    assert_eq!((first.accrued.i64(), first.payable.u64()), (31_500, 9_450));
    assert_eq!(first.held_back.u64(), 31_500 - 9_450);
    assert_eq!((second.accrued.i64(), second.debt.u64(), second.held_back.u64()), (-6_300, 6_300, 0));
}

#[test]
fn unresolved_redemptions_leave_the_pool_for_the_treasury() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    for (epoch, cumulative) in [(0, 101), (0, 300), (1, 1_000)] {
        world.at(epoch * EPOCH, 1);
        world.redeem_one(channel, epoch, cumulative).unwrap();
    }
    world.end_redemption(1);
    let scores = [score(1, 0)];
    let mut begin = world.begin(&scores);
    let mut unresolved = Bitmap::new(3);
    unresolved.set(1).unwrap(); // 199 uopen: 19 + 54 + 126
    begin.unresolved = unresolved.as_bytes().into();
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores).unwrap();

    let [settled] = world.rounds().try_into().unwrap();
    assert_eq!((settled.unresolved.u128(), settled.gross.u128()), (199, 801));
    // 101 uopen: 10 + 27 + 64, and 700: 70 + 189 + 441.
    assert_eq!(settled.parts.protocol.u128(), 10 + 70);
    assert_eq!(world.balance("owner"), 27 + 189);
    assert_eq!(world.accounts(MODEL)[0].accrued.i64(), 64 + 441);
    assert_eq!(world.totals().treasury.u128(), 199 + 80);
}

#[test]
fn a_range_of_unresolved_redemptions_earns_nothing_and_releases_what_was_earned() {
    let mut world = earned();
    world.settle(&[score(1, 0)]);
    let before = world.accounts(MODEL)[0].clone();
    let channel = world.open_channel(1_000);
    world.redeem_one(channel, 1, 1_000).unwrap();
    world.end_redemption(1);
    let scores = [score(7, 9)];
    let mut begin = world.begin(&scores);
    begin.unresolved = Binary::from([1]);
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    let after = world.accounts(MODEL)[0].clone();
    assert_eq!(after.last_score, 7);
    assert_eq!((after.accrued, after.variance), (before.accrued, before.variance));
    // Half of what was beyond doubt and not released yet: an empty pool takes nothing back, and gives nothing new.
    assert_eq!((before.payable.u64(), after.payable.u64()), (31_500, 31_500 + 15_750));
    let settled = world.rounds()[1].clone();
    assert_eq!((settled.unresolved.u128(), settled.residual.u128()), (1_000, 0));
    assert_eq!(world.model_totals(MODEL).settled_through, Some(Epoch(1)));
}

#[test]
fn a_round_has_1_to_16384_positions() {
    for positions in [0, 16_385] {
        let error = refused(|_, begin| begin.positions = positions);
        assert_eq!(error, ContractError::Positions { positions, least: 1 });
    }
}

#[test]
fn a_denominator_of_zero_moves_nothing() {
    let error = refused(|_, begin| begin.denominator = 0_u64.into());
    assert_eq!(error, ContractError::Ledger(LedgerError::NoDenominator));
}

#[test]
fn only_the_next_range_is_settled() {
    for (first, last) in [(1, 0), (0, 1), (1, 1), (0, 5)] {
        let (first, last) = (Epoch(first), Epoch(last));
        let error = refused(|_, begin| (begin.first_epoch, begin.last_epoch) = (first, last));
        assert_eq!(error, ContractError::RangeMismatch { model: MODEL, first, last });
    }
}

#[test]
fn a_range_opened_earlier_settles_though_more_could_be_by_now() {
    let mut world = World::new();
    let channel = world.open_channel(2_000);
    world.redeem_one(channel, 0, 1_000).unwrap();
    world.end_redemption(0);
    let scores = [score(1, 0)];
    let begin = world.begin(&scores); // the round opens over epoch 0
    world.redeem_one(channel, 1, 2_000).unwrap();
    world.end_redemption(1);
    assert_eq!(world.range().last_epoch, Epoch(1));
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    assert_eq!(world.range().first_epoch, Epoch(1));
}

#[test]
fn an_epoch_that_can_be_redeemed_is_not_settled() {
    let mut world = World::new();
    let channel = world.open_channel(2_000);
    world.redeem_one(channel, 0, 1_000).unwrap();
    world.end_redemption(0);
    world.redeem_one(channel, 1, 2_000).unwrap();
    let scores = [score(1, 0)];
    let mut begin = world.begin(&scores);
    begin.last_epoch = Epoch(1);
    begin.unresolved = Binary::from([0]);
    let round = world.next_round();
    let (model, first, last) = (MODEL, Epoch(0), Epoch(1));
    assert_eq!(
        world.chunk(round, Some(begin), 0, &scores).unwrap_err(),
        ContractError::RangeMismatch { model, first, last }
    );
}

#[test]
fn a_bitmap_has_one_bit_per_redemption() {
    let length = BitmapError::Length { len: 1, expected: 1, actual: 2 };
    let error = refused(|_, begin| begin.unresolved = Binary::from([0, 0]));
    assert_eq!(error, ContractError::Bitmap(length));
    let error = refused(|_, begin| begin.unresolved = Binary::from([2]));
    assert_eq!(error, ContractError::Bitmap(BitmapError::Padding { len: 1 }));
}

#[test]
fn rewards_are_one_per_operator_of_the_set() {
    let error = refused(|world, begin| begin.rewards = world.rewards(&[("op1", 1), ("op1", 2)]));
    assert!(matches!(error, ContractError::DuplicateOperator { .. }));
    let error = refused(|world, begin| {
        begin.operators = 1;
        begin.rewards = world.rewards(&[("op1", 1), ("op2", 2)]);
    });
    assert_eq!(error, ContractError::RewardCount { rewards: 2, operators: 1 });
    let error = refused(|_, begin| begin.operators = 65);
    assert_eq!(error, ContractError::RewardCount { rewards: 0, operators: 65 });
    let error = refused(|world, begin| begin.rewards = world.rewards(&[("op1", 10_001)]));
    let share = "an operator's agreement";
    assert_eq!(error, ContractError::ShareAboveWhole { share, bps: 10_001 });
    let error = refused(|world, begin| {
        begin.rewards = world.rewards(&[("op1", 1)]);
        begin.rewards[0].operator = "nobody".to_owned();
    });
    assert!(matches!(error, ContractError::Std(_)));
}

#[test]
fn books_say_which_round_settled_them() {
    let mut world = earned();
    let round = world.settle(&[score(1, 0)]);
    let msg = protocol::settlement::QueryMsg::Epochs { model: MODEL, page: everything() };
    let books: Vec<protocol::settlement::EpochBook> = world.query(&msg);
    assert_eq!(books[0].settled_by, Some(round));
}
