//! Fees that come in a way in which they might never settle: too little, too late, too many, without fresh examples.

use attribution::ContractError;
use cosmwasm_std::Uint128;
use protocol::attribution::{MethodParams, Outcome, Round};
use protocol::settlement::{MAX_EPOCHS, MAX_REDEMPTIONS};
use testing::err;
use testing::scenario::{Part, Setup, World, report};

use crate::attacker::{FEE, REACH, SCORES};

/// The smallest redemption.
const LEAST: u128 = 1_000;

fn with_method(change: impl FnOnce(&mut MethodParams)) -> Setup {
    let mut setup = Setup::default();
    change(&mut setup.method);
    setup
}

fn play(world: &mut World, round: &Round) -> Round {
    let same = Part::Reports(report(&SCORES, REACH, round.redemptions));
    let parts = vec![same; world.accounts.operators.len()];
    world.play_opened(round, &parts).unwrap()
}

fn exhausted(world: &mut World) {
    let error: ContractError = err(world.open_round());
    assert!(matches!(error, ContractError::ValidationExhausted { .. }), "{error}");
}

#[test]
fn sixty_four_epochs_under_the_smallest_pool_settle_together() {
    let mut world = World::with(with_method(|method| method.min_pool = Uint128::new(1_000_000)));
    for paid in 1..=MAX_EPOCHS {
        world.pay(LEAST).unwrap();
        world.finish_epoch();
        if paid < MAX_EPOCHS {
            let error: ContractError = err(world.open_round());
            assert!(matches!(error, ContractError::PoolBelowMinimum { .. }), "{error}");
        }
    }
    // One more does not fit, and would not make the first ones wait.
    world.pay(LEAST).unwrap();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    assert_eq!(round.redemptions as usize, MAX_EPOCHS);
    let round = play(&mut world, &round);
    assert_eq!(round.outcome, Some(Outcome::Settled));
    assert_eq!(world.settled_rounds()[0].gross.u128(), LEAST * MAX_EPOCHS as u128);
    world.claim(&[0, 1]).unwrap();
    let error: ContractError = err(world.open_round());
    assert!(matches!(error, ContractError::PoolBelowMinimum { .. }), "{error}");
}

#[test]
fn a_range_of_exactly_4096_redemptions_opens_under_the_smallest_pool_and_settles() {
    let mut world = World::with(with_method(|method| method.min_pool = Uint128::new(1_000_000_000)));
    let payer = world.accounts.stranger.clone();
    for _ in 1..64 {
        world.open_channel(&payer, 64 * LEAST).unwrap();
    }
    let (domain, epoch) = (world.settlement_domain(), world.epoch());
    for redeemed in 1..=MAX_REDEMPTIONS / 64 {
        let vouchers = world.channels.iter_mut().map(|channel| channel.pay(&domain, epoch, LEAST)).collect();
        world.redeem(vouchers).unwrap();
        if redeemed == MAX_REDEMPTIONS / 64 {
            let error: settlement::ContractError = err(world.pay(LEAST));
            assert!(matches!(error, settlement::ContractError::EpochFull { .. }), "{error}");
        }
    }
    world.finish_epoch();
    let round = world.open_round().unwrap();
    assert_eq!(round.redemptions, MAX_REDEMPTIONS);
    let round = play(&mut world, &round);
    assert_eq!(round.outcome, Some(Outcome::Settled));
    let [settled] = world.settled_rounds().try_into().unwrap();
    assert_eq!(settled.gross.u128(), u128::from(MAX_REDEMPTIONS) * LEAST);
    assert_eq!(world.totals().pools, Uint128::zero());
}

#[test]
fn examples_approved_after_an_epoch_began_delay_its_fees_and_lock_none() {
    let mut world = World::with(Setup { validation: 20, ..Setup::default() });
    world.settle(FEE, &SCORES, REACH).unwrap();
    world.to_next_epoch();
    world.pay(FEE).unwrap();
    let paid_in = world.epoch();
    world.approve_validation(20);
    world.finish_epoch();
    exhausted(&mut world); // their labels may have been chosen after the queries
    // The model earns nothing more; the next epoch is over all the same.
    world.finish_epoch();
    let round = world.open_round().unwrap();
    assert_eq!((round.first_epoch.get() <= paid_in, round.last_epoch.get()), (true, paid_in));
    let round = play(&mut world, &round);
    assert_eq!(round.outcome, Some(Outcome::Settled));
    assert_eq!(world.totals().pools, Uint128::zero());
}

#[test]
fn a_full_range_whose_examples_ran_out_settles_once_more_are_approved() {
    let mut world = World::with(Setup { validation: 20, ..Setup::default() });
    world.settle(FEE, &SCORES, REACH).unwrap();
    for _ in 0..=MAX_EPOCHS {
        world.pay(FEE).unwrap();
        world.finish_epoch();
    }
    exhausted(&mut world);
    // The range is full: it would never end with an epoch that began after this.
    world.approve_validation(40);
    exhausted(&mut world);
    world.finish_epoch();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    assert_eq!(round.redemptions as usize, MAX_EPOCHS);
    assert_eq!(play(&mut world, &round).outcome, Some(Outcome::Settled));
    let round = world.open_round().unwrap();
    assert_eq!(play(&mut world, &round).outcome, Some(Outcome::Settled));
    assert_eq!(world.totals().pools, Uint128::zero());
}

#[test]
fn a_failed_round_that_used_up_the_examples_locks_no_fee() {
    let mut world = World::with(Setup { validation: 20, ..Setup::default() });
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let failed = world.play_round(&[Part::Absent]).unwrap();
    assert_eq!(failed.outcome, Some(Outcome::NoQuorum));
    world.to_next_epoch();
    exhausted(&mut world);
    world.approve_validation(20);
    world.finish_epoch();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    assert_eq!(round.last_epoch, failed.last_epoch);
    assert_eq!(play(&mut world, &round).outcome, Some(Outcome::Settled));
}
