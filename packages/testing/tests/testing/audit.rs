//! Strangers who make operators pay for rounds that nobody needs, and fees that would lapse though nobody was idle.

use attribution::ContractError;
use cosmwasm_std::Uint128;
use protocol::attribution::{ExecuteMsg, MethodParams, Outcome, RoundKind};
use protocol::settlement::{Openable, QueryMsg};
use protocol::{Epoch, ModelId};
use rules::score::Report;
use testing::err;
use testing::scenario::{DEPOSIT, OPERATOR_BOND, Part, Setup, World, new_model, report};

use crate::attacker::{FEE, REACH, SCORES};

/// The smallest redemption.
const LEAST: u128 = 1_000;

/// A model that was never used: it costs its maker nothing but gas.
fn add_sham(world: &mut World) -> ModelId {
    let new = new_model(world);
    let sham = world.create_model(new).unwrap();
    world.with_model(sham, |world| {
        world.append_all();
        world.register_version().unwrap();
        world.approve_validation(100);
    });
    sham
}

/// Lets the first rounds of some models pass without anybody taking part.
fn nobody_comes(world: &mut World, models: &[ModelId]) {
    let round = protocol::RoundId(1);
    for step in
        [World::pass_window, |world: &mut World, round| drop(world.end_commits(round).unwrap()), World::pass_window]
    {
        models.iter().for_each(|model| world.with_model(*model, |world| step(world, round)));
    }
    for model in models {
        let closed = world.with_model(*model, |world| world.finish_round(round)).unwrap();
        assert_eq!(closed.outcome, Some(Outcome::NoQuorum));
    }
}

#[test]
fn valuations_of_models_that_nobody_uses_cost_no_operator_its_bond() {
    let mut world = World::new();
    let shams: Vec<ModelId> = (0..6).map(|_| add_sham(&mut world)).collect();
    let stranger = world.accounts.stranger.clone();
    for model in shams.iter().copied() {
        world.attribute_as(&stranger, &ExecuteMsg::OpenValuation { model }).unwrap();
    }
    nobody_comes(&mut world, &shams);
    for operator in world.accounts.operators.clone() {
        let operator = world.operator(&operator);
        assert_eq!((operator.bond.u128(), operator.missed, operator.penalties), (OPERATOR_BOND, 0, 0));
    }
    assert!(world.totals().treasury.is_zero());
    let round = world.open_valuation().unwrap();
    assert_eq!((round.kind, round.operators.len()), (RoundKind::Valuation, 7), "nobody was driven out of the set");
}

#[test]
fn paid_rounds_of_many_models_make_one_absence_no_longer() {
    let mut world = World::new();
    let shams: Vec<ModelId> = (0..6).map(|_| add_sham(&mut world)).collect();
    // Examples must have been approved before the epoch that they serve.
    world.to_next_epoch();
    let (payer, stranger) = (world.accounts.payer.clone(), world.accounts.stranger.clone());
    for sham in &shams {
        world.with_model(*sham, |world| {
            world.open_channel(&payer, DEPOSIT / 100).unwrap();
            world.pay(10_000).unwrap();
        });
    }
    world.finish_epoch();
    for model in shams.iter().copied() {
        world.attribute_as(&stranger, &ExecuteMsg::Open { model }).unwrap();
    }
    nobody_comes(&mut world, &shams);
    for operator in world.accounts.operators.clone() {
        let operator = world.operator(&operator);
        assert_eq!((operator.bond.u128(), operator.missed, operator.penalties), (OPERATOR_BOND, 1, 0));
    }
}

/// The last epoch that a round could settle now.
fn last_openable(world: &World) -> Epoch {
    match world.settlement(&QueryMsg::Openable { model: world.model }) {
        Openable::Range(range) => range.last_epoch,
        other => panic!("fees wait: {other:?}"),
    }
}

/// As a stranger, over fees whose round has failed in this epoch.
fn reopening_is_refused(world: &mut World) {
    let error: ContractError = err(world.open_round());
    let (epoch, not_before) = (Epoch(world.epoch()), Epoch(world.epoch() + 1));
    assert_eq!(error, ContractError::ReopenedTooEarly { epoch, not_before });
}

#[test]
fn fees_that_no_round_can_settle_burn_one_set_of_examples_an_epoch_however_often_a_stranger_opens() {
    let mut world = World::new();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    world.pay(FEE).unwrap();
    world.to_next_epoch();
    let used = |world: &World| world.model_record().validation.cursor.u64();
    let (before, set) = (used(&world), world.setup.method.validation_per_round.u64());
    for failed in 1..=4 {
        world.pay(FEE).unwrap();
        let round = world.open_round().unwrap();
        let blind = vec![Part::Reports(Report::TooFew); 7];
        assert_eq!(world.play_opened(&round, &blind).unwrap().outcome, Some(Outcome::TooFew));
        reopening_is_refused(&mut world);
        // In the midst of the epoch one more can be settled: that makes no new range of it.
        world.chain.pass_time(400);
        assert_eq!(last_openable(&world), round.last_epoch.next().unwrap());
        reopening_is_refused(&mut world);
        assert_eq!(used(&world) - before, failed * set);
        world.to_next_epoch();
    }
    let round = world.open_round().unwrap();
    let parts = vec![Part::Reports(report(&SCORES, REACH, round.redemptions)); 7];
    assert_eq!(world.play_opened(&round, &parts).unwrap().outcome, Some(Outcome::Settled));
    assert_eq!(world.settled_rounds()[0].gross.u128(), 5 * FEE, "nothing was lost");
}

#[test]
fn rounds_that_nobody_comes_to_cost_an_operator_one_absence_an_epoch() {
    let mut world = World::new();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    for missed in 1..=2 {
        assert_eq!(world.play_round(&[]).unwrap().outcome, Some(Outcome::NoQuorum));
        reopening_is_refused(&mut world);
        for operator in world.accounts.operators.clone() {
            let operator = world.operator(&operator);
            assert_eq!((operator.bond.u128(), operator.missed), (OPERATOR_BOND, missed));
        }
        world.to_next_epoch();
    }
    let parts = vec![Part::Reports(report(&SCORES, REACH, 1)); 7];
    assert_eq!(world.play_round(&parts).unwrap().outcome, Some(Outcome::Settled));
}

#[test]
fn fees_of_a_model_that_earns_little_and_seldom_settle_before_they_lapse() {
    let method = MethodParams { min_pool: Uint128::new(1_000_000), ..Setup::default().method };
    let mut world = World::with(Setup { method, ..Setup::default() });
    let first = world.epoch();
    while world.epoch() < first + 63 {
        world.pay(LEAST).unwrap();
        world.finish_epoch();
        for _ in 0..8 {
            world.to_next_epoch();
        }
    }
    world.pay(LEAST).unwrap();
    world.finish_epoch();
    assert_eq!(world.epoch(), first + 64);
    let stranger = world.accounts.stranger.clone();
    let lapse = protocol::settlement::ExecuteMsg::Lapse { model: world.model };
    let error: settlement::ContractError = err(world.settle_as(&stranger, &lapse));
    assert!(matches!(error, settlement::ContractError::NotOverdue { .. }), "{error}");
    let round = world.open_round().unwrap();
    assert_eq!(round.redemptions, 8);
    let parts = vec![Part::Reports(report(&SCORES, REACH, round.redemptions)); 7];
    assert_eq!(world.play_opened(&round, &parts).unwrap().outcome, Some(Outcome::Settled));
    assert_eq!(world.settled_rounds()[0].gross.u128(), 8 * LEAST);
    world.pay(LEAST).unwrap();
    world.finish_epoch();
    let error: ContractError = err(world.open_round());
    assert!(matches!(error, ContractError::PoolBelowMinimum { .. }), "{error}");
}
