//! Models that stop: what doubt holds back is released in the end, and fees that nobody measures do not block later ones.

use attribution::ContractError as AttributionError;
use settlement::ContractError;
use testing::err;
use testing::scenario::World;

use crate::attacker::{FEE, REACH, SCORES};

/// Scores with so much doubt that some of what is earned is held back.
const DOUBTFUL: [(i32, u32); 3] = [(500_000_000, 100_000_000), (300_000_000, 100_000_000), (-100_000_000, 0)];
/// Epochs without fees after which a ledger can be retired.
const RETIRE_AFTER: u64 = 5;
/// Epochs after which a range lapses.
const LAPSE_AFTER: u64 = 64;

/// Goes to the first second of an epoch.
fn to_epoch(world: &mut World, epoch: u64) {
    while world.epoch() < epoch {
        world.to_next_epoch();
    }
}

fn stopped(world: &mut World) -> ContractError {
    err(world.retire(None))
}

#[test]
fn a_model_that_stopped_earning_releases_what_doubt_held_back_once() {
    let mut world = World::new();
    let paid_in = world.epoch();
    world.settle(FEE, &DOUBTFUL, REACH).unwrap();
    let before = world.model_totals();
    assert!(before.payable < before.liability);
    to_epoch(&mut world, paid_in + RETIRE_AFTER);
    let error = stopped(&mut world);
    assert!(matches!(error, ContractError::NotStopped { .. }), "{error}");
    world.to_next_epoch();
    world.retire(None).unwrap();
    let after = world.model_totals();
    assert_eq!((after.payable, after.liability), (before.liability, before.liability));
    assert_eq!(after.retired_in.unwrap().get(), world.epoch());
    let error = stopped(&mut world);
    assert!(matches!(error, ContractError::NothingToRetire { .. }), "{error}");
    assert!(world.standing(0).retired);

    world.claim(&[0, 1]).unwrap();
    assert_eq!(world.model_totals().claimed, before.liability);
    assert_eq!(world.totals().liability, before.liability);

    // It may earn again, as if it had never stopped.
    world.settle(FEE, &SCORES, REACH).unwrap();
    assert!(!world.standing(0).retired);
    assert!(world.ledger()[0].accrued > cosmwasm_std::Int64::zero());
    let error = stopped(&mut world);
    assert!(matches!(error, ContractError::NotStopped { .. }), "{error}");
}

#[test]
fn a_model_with_unsettled_fees_is_not_retired_however_old_they_are() {
    let mut world = World::new();
    world.settle(FEE, &DOUBTFUL, REACH).unwrap();
    world.pay(FEE).unwrap();
    let paid_in = world.epoch();
    to_epoch(&mut world, paid_in + RETIRE_AFTER + 2);
    let error = stopped(&mut world);
    assert!(matches!(error, ContractError::StillUnsettled { .. }), "{error}");
}

#[test]
fn a_retired_ledger_frees_bonds_that_wait_for_clean_rounds() {
    let mut world = World::new();
    let (model, clean) = (world.model, world.batches[0].id);
    world.recognise(model);
    let paid_in = world.epoch();
    world.settle(FEE, &DOUBTFUL, REACH).unwrap();
    assert!(world.release_bond(clean).is_err(), "one clean round is too few");
    to_epoch(&mut world, paid_in + RETIRE_AFTER + 1);
    world.retire(None).unwrap();
    world.release_bond(clean).unwrap();
}

#[test]
fn fees_that_no_round_could_settle_lapse_to_the_treasury_and_later_ones_settle() {
    let mut world = World::new();
    let paid_in = world.epoch();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    to_epoch(&mut world, paid_in + LAPSE_AFTER);
    let error: ContractError = err(world.lapse());
    assert!(matches!(error, ContractError::NotOverdue { .. }), "{error}");
    world.to_next_epoch();
    let round = world.open_round().unwrap();
    let error: ContractError = err(world.lapse());
    assert!(matches!(error, ContractError::RoundOpen { .. }), "{error}");
    // Nobody commits: the round closes without effect.
    world.pass_window(round.id);
    world.end_commits(round.id).unwrap();
    world.pass_window(round.id);
    world.finish_round(round.id).unwrap();

    let treasury = world.totals().treasury.u128();
    world.lapse().unwrap();
    assert_eq!(world.totals().treasury.u128(), treasury + FEE);
    assert!(world.totals().pools.is_zero());
    assert_eq!(world.epochs()[0].settled_by, None);
    let error: ContractError = err(world.lapse());
    assert!(matches!(error, ContractError::NothingToLapse { .. }), "{error}");
    let error: AttributionError = err(world.open_round());
    assert!(matches!(error, AttributionError::NoFees { .. }), "{error}");
    let domain = world.settlement_domain();
    let late = world.channels[0].clone().pay(&domain, paid_in, FEE);
    assert!(world.redeem(vec![late]).is_err(), "the epoch is over for good");

    world.settle(FEE, &SCORES, REACH).unwrap();
    assert_eq!(world.settled_rounds().len(), 1);
}
