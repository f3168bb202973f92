//! `settlement` among the real contracts, on the embedded chain of `testing`, which checks all books
//! of all contracts after every message.

use protocol::attribution::Outcome;
use protocol::settlement::{ExecuteMsg, Openable, QueryMsg};
use protocol::{Epoch, ModelId};
use settlement::ContractError;
use testing::err;
use testing::scenario::{Part, Setup, World, report};

use crate::world::sum;

const ENTRIES: [(i32, u32); 3] = [(500_000_000, 0), (300_000_000, 0), (-100_000_000, 0)];
const REACH: u64 = 900_000_000;

#[test]
fn an_epoch_is_earned_measured_and_paid_to_the_last_uopen() {
    let mut world = World::new();
    world.settle(10_000_000, &ENTRIES, REACH).unwrap();
    let settled = world.settled_rounds()[0].clone();
    let parts = &settled.parts;
    assert_eq!((sum(parts).u128(), settled.gross.u128()), (10_000_000, 10_000_000));
    assert_eq!(world.dividend_totals().received, parts.stake);

    let owner = world.accounts.owner.clone();
    let before = world.open_balance(&owner);
    world.settle_as(&owner, &ExecuteMsg::Withdraw {}).unwrap();
    assert_eq!(world.open_balance(&owner) - before, parts.owner.u128());
    world.claim(&[0, 1, 2]).unwrap();
    let refused: ContractError = err(world.claim(&[0, 1, 2]));
    assert_eq!(refused, ContractError::NothingPayable);
    let totals = world.model_totals();
    assert_eq!(totals.claimed, totals.payable);
}

#[test]
fn a_valuation_is_measured_paid_and_delivered() {
    let mut world = World::new();
    world.settle(10_000_000, &ENTRIES, REACH).unwrap();
    let before = world.ledger();
    let tranche = world.valuation().tranche;
    let round = world.value(&ENTRIES).unwrap();
    assert_eq!((round.outcome, round.tranche), (Some(Outcome::Settled), tranche));
    // No royalties came in, so stake alone moves: 5 and 3 of 8 parts.
    let units: Vec<u128> = world.ledger().iter().map(|account| account.stake.u64().into()).collect();
    assert_eq!(units, [tranche.u128() * 5 / 8, tranche.u128() * 3 / 8, 0]);
    for (before, after) in before.iter().zip(world.ledger()) {
        assert_eq!((before.accrued, before.last_score), (after.accrued, after.last_score));
    }
    let reserve = world.reserves().contributors;
    world.claim(&[0, 1, 2]).unwrap();
    assert_eq!((reserve - world.reserves().contributors).u128(), units.iter().sum::<u128>());
    let refused: ContractError = err(world.claim(&[0]));
    assert_eq!(refused, ContractError::NothingPayable);
}

#[test]
fn claims_of_positions_that_the_model_lacks_are_named() {
    let mut world = World::new();
    world.settle(10_000_000, &ENTRIES, REACH).unwrap();
    let refused: ContractError = err(world.claim(&[0, 3]));
    let (model, positions) = (world.model, vec![0, 3]);
    assert_eq!(refused, ContractError::UnknownPosition { model, positions });
}

#[test]
fn a_hidden_redemption_goes_to_the_treasury_and_the_rest_settles() {
    let mut world = World::new();
    world.pay(4_000_000).unwrap();
    world.pay(6_000_000).unwrap();
    world.finish_epoch();
    let mut hidden = report(&ENTRIES, REACH, 2);
    let rules::score::Report::Vector(vector) = &mut hidden else { unreachable!("it is a vector") };
    vector.unresolved.set(0).unwrap();
    let seen = report(&ENTRIES, REACH, 2);
    let mut parts = vec![Part::Reports(hidden); 4];
    parts.extend(vec![Part::Reports(seen); 3]);
    let round = world.play_round(&parts).unwrap();
    assert_eq!(round.outcome, Some(Outcome::Settled));
    let settled = world.settled_rounds()[0].clone();
    assert_eq!((settled.unresolved.u128(), settled.gross.u128()), (4_000_000, 6_000_000));
    assert!(world.totals().treasury >= settled.unresolved + settled.residual);
}

#[test]
fn a_failed_round_leaves_every_uopen_for_the_next() {
    let mut world = World::new();
    world.pay(10_000_000).unwrap();
    world.finish_epoch();
    let before = world.totals();
    let vector = Part::Reports(report(&ENTRIES, REACH, 1));
    let mut few = vec![vector.clone(); 2];
    few.extend(vec![Part::Absent; 5]);
    world.play_round(&few).unwrap();
    assert_eq!(world.totals(), before);
    world.to_next_epoch();
    world.play_round(&vec![vector; 7]).unwrap();
    assert_eq!(world.totals().pools.u128(), 0);
}

#[test]
fn a_chain_that_halts_for_a_day_loses_no_voucher() {
    let mut world = World::new();
    world.pay(10_000_000).unwrap();
    let (epoch, model) = (world.epoch(), world.model);
    world.chain.halt(86_400);
    let openable: Openable = world.settlement(&QueryMsg::Openable { model });
    assert!(matches!(openable, Openable::Redeemable { epoch: found, .. } if found == Epoch(epoch)));
    world.pay_in(0, epoch, 5_000_000).unwrap();
    let min_blocks = 3;
    world.chain.pass_blocks(min_blocks);
    let refused: ContractError = err(world.pay_in(0, epoch, 5_000_000));
    assert!(matches!(refused, ContractError::RedemptionOver { .. }));
}

#[test]
fn models_without_a_version_take_no_channel() {
    let mut world = World::with(Setup::default());
    world.model = ModelId(99);
    let payer = world.accounts.payer.clone();
    let refused: ContractError = err(world.open_channel(&payer, 1_000_000));
    assert_eq!(refused, ContractError::UnknownModel { model: ModelId(99) });
}
