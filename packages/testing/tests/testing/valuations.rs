//! Valuation rounds: when they open, what they give, and what they leave alone.

use attribution::ContractError;
use protocol::attribution::{Outcome, RoundKind};
use protocol::datanet::Status;
use settlement::ContractError as SettlementError;
use testing::err;
use testing::scenario::{DEPOSIT, Part, Setup, World, report};

use crate::attacker::{FEE, REACH, SCORES, play_to_advance, prove, sweep, used_copy};

/// A quarter of the contributors' reserve.
const TRANCHE: u128 = 75_000_000_000;

#[test]
fn a_new_version_opens_one_valuation_which_gives_stake_and_moves_no_account() {
    let mut world = World::new();
    world.settle(FEE, &SCORES, REACH).unwrap();
    let before = (world.ledger(), world.totals());
    let doubtful = [(400_000_000, 50_000_000), (400_000_000, 300_000_000), (-100_000_000, 0)];
    let round = world.value(&doubtful).unwrap();
    assert_eq!((round.kind, round.pool.u128(), round.tranche.u128()), (RoundKind::Valuation, 0, TRANCHE));
    let ledger = world.ledger();
    // 400 − 2 · 50 of 800; the second is all in doubt, the third does harm.
    assert_eq!(ledger.iter().map(|account| account.stake.u64()).collect::<Vec<_>>(), [28_125_000_000, 0, 0]);
    for (old, new) in before.0.iter().zip(&ledger) {
        assert_eq!((old.accrued, old.payable, old.variance), (new.accrued, new.payable, new.variance));
        assert_eq!((old.last_score, old.rounds_with_debt), (new.last_score, new.rounds_with_debt));
    }
    assert_eq!(world.totals(), before.1, "no OPEN moves");
    let settled = world.settled_rounds()[1].clone();
    assert_eq!((settled.kind, settled.stake_given.u128()), (RoundKind::Valuation, 28_125_000_000));

    let error: ContractError = err(world.open_valuation());
    assert!(matches!(error, ContractError::ValuationTooEarly { .. }), "{error}");
    world.to_next_epoch();
    world.to_next_epoch();
    let error: ContractError = err(world.open_valuation());
    assert!(matches!(error, ContractError::NothingNew { .. }), "{error}");
    world.register_version().unwrap();
    world.open_valuation().unwrap();
    assert_eq!(world.round(protocol::RoundId(3)).tranche.u128(), (4 * TRANCHE - 28_125_000_000) / 4);
}

#[test]
fn stake_is_delivered_once_and_a_claim_may_bring_nothing_else() {
    let mut world = World::new();
    world.value(&SCORES).unwrap();
    let author = world.accounts.contributors[0].clone();
    let before = world.open_balance(&author);
    world.claim(&[0, 1]).unwrap();
    assert_eq!(world.open_balance(&author), before);
    assert_eq!(world.stake_balance(&author), TRANCHE * 5 / 8);
    let error: SettlementError = err(world.claim(&[0, 1]));
    assert_eq!(error, SettlementError::NothingPayable);
    let totals = world.model_totals();
    assert_eq!(totals.stake_claimed, totals.stake_given);
}

#[test]
fn stake_given_to_a_copy_goes_back_into_the_reserve() {
    let mut world = World::new();
    let (copy, position) = used_copy(&mut world);
    let mut scores = SCORES.to_vec();
    scores.push((200_000_000, 0));
    world.value(&scores).unwrap();
    let given = world.ledger()[position as usize].stake.u64();
    assert_eq!(u128::from(given), TRANCHE / 5);
    let prover = world.accounts.stranger.clone();
    let proof = copy.duplicate_proof(&world.batches[0], 20);
    prove(&mut world, &prover, proof).unwrap();
    assert_eq!(world.contribution(copy.id).status, Status::Slashed);
    let (reserve, tranche) = (world.reserves().contributors, world.valuation().tranche);
    let error: SettlementError = err(world.claim(&[position]));
    assert!(matches!(error, SettlementError::ContributionSlashed { .. }), "{error}");
    sweep(&mut world, &[position]).unwrap();
    assert_eq!(world.reserves().contributors, reserve, "it never left");
    assert_eq!(world.valuation().tranche.u128(), tranche.u128() + u128::from(given) / 4);
    assert_eq!(world.stake_balance(&copy.contributor), 0);
}

#[test]
fn a_valuation_and_a_round_of_fees_wait_for_one_another() {
    let mut world = World::new();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let valuation = world.open_valuation().unwrap();
    let error: ContractError = err(world.open_round());
    assert!(matches!(error, ContractError::RoundStillOpen { .. }), "{error}");
    let parts = vec![Part::Reports(report(&SCORES, 800_000_000, 0)); 7];
    world.play_opened(&valuation, &parts).unwrap();
    let fees = world.open_round().unwrap();
    let error: ContractError = err(world.open_valuation());
    assert!(matches!(error, ContractError::RoundStillOpen { .. }), "{error}");
    let parts = vec![Part::Reports(report(&SCORES, REACH, 1)); 7];
    assert_eq!(world.play_opened(&fees, &parts).unwrap().outcome, Some(Outcome::Settled));
}

#[test]
fn a_valuation_that_fails_or_measures_nothing_gives_nothing_and_leaves_royalties_for_the_next() {
    let mut world = World::new();
    let adapter = world.adapter(DEPOSIT);
    world.with_model(adapter, |world| world.settle(FEE, &[(900_000_000, 0)], 900_000_000)).unwrap();
    world.with_model(adapter, World::flow).unwrap();
    let (totals, model) = (world.totals(), world.model_totals());
    let nothing = world.value(&[(0, 5), (0, 5), (-7, 5)]).unwrap();
    assert_eq!(nothing.outcome, Some(Outcome::NothingMeasured));
    world.to_next_epoch();
    let round = world.open_valuation().unwrap();
    let vector = Part::Reports(report(&SCORES, 800_000_000, 0));
    let few = [vec![vector; 4], vec![Part::Absent; 3]].concat();
    assert_eq!(world.play_opened(&round, &few).unwrap().outcome, Some(Outcome::NoQuorum));
    assert_eq!((world.totals(), world.model_totals()), (totals, model));
    world.to_next_epoch();
    assert_eq!(world.value(&SCORES).unwrap().outcome, Some(Outcome::Settled));
    assert!(world.totals().royalties.is_zero());
    assert_eq!(world.ledger()[0].stake.u64(), (TRANCHE * 5 / 8) as u64);
}

#[test]
fn royalties_that_flow_in_while_a_valuation_runs_wait_for_the_next_but_for_owner_and_stake() {
    let mut world = World::new();
    let adapter = world.adapter(DEPOSIT);
    world.with_model(adapter, |world| world.settle(FEE, &[(900_000_000, 0)], 900_000_000)).unwrap();
    let round = world.open_valuation().unwrap();
    world.with_model(adapter, World::flow).unwrap();
    let waiting = world.model_totals().royalties;
    let parts = vec![Part::Reports(report(&SCORES, 800_000_000, 0)); 7];
    world.play_opened(&round, &parts).unwrap();
    let left = world.model_totals().royalties;
    assert_eq!((left.influence, left.owner.u128(), left.stake.u128()), (waiting.influence, 0, 0));
    world.to_next_epoch();
    world.to_next_epoch();
    let round = world.value(&SCORES).unwrap();
    assert_eq!(round.pool, waiting.influence);
}

/// Sixty-five honest contributions and, at position 65, a copy of the first: two chunks of the ledger.
#[test]
fn a_copy_slashed_between_two_chunks_of_a_valuation_gets_no_stake() {
    let mut world = World::with(Setup { items: vec![2; 65], ..Setup::default() });
    let (copy, position) = used_copy(&mut world);
    let entries = vec![(10_000_000, 0); 66];
    let round = world.open_valuation().unwrap();
    play_to_advance(&mut world, &round, &report(&entries, 660_000_000, 0));
    world.advance(round.id, Some(64)).unwrap();
    let prover = world.accounts.stranger.clone();
    let proof = copy.duplicate_proof(&world.batches[0], 2);
    prove(&mut world, &prover, proof).unwrap();
    // What a chunk has given can be claimed before the next one.
    world.claim(&[0, 63]).unwrap();
    world.advance(round.id, None).unwrap();
    assert_eq!(world.round(round.id).outcome, Some(Outcome::Settled));
    let given = u128::from(world.ledger()[65].stake.u64());
    assert_eq!(given, TRANCHE / 66);
    let error: SettlementError = err(world.claim(&[position]));
    assert!(matches!(error, SettlementError::ContributionSlashed { .. }), "{error}");
    sweep(&mut world, &[position]).unwrap();
    assert_eq!(world.stake_balance(&copy.contributor), 0);
    let settled = world.settled_rounds()[0].clone();
    assert_eq!(settled.stake_given.u128(), 66 * (TRANCHE / 66));
}
