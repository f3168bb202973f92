//! What can be tried while a round runs: openings, slashes and claims between its steps, measures next to nothing.

use attribution::ContractError;
use protocol::attribution::{Outcome, Phase};
use rules::score::Report;
use settlement::ContractError as SettlementError;
use testing::err;
use testing::scenario::{Batch, Part, Setup, World, report};

use crate::attacker::{FEE, REACH, SCORES, play_to_advance, prove, sweep, wealth};

fn all(world: &World, report: &Report) -> Vec<Part> {
    vec![Part::Reports(report.clone()); world.accounts.operators.len()]
}

#[test]
fn no_second_round_opens_at_any_phase_of_the_first() {
    let mut world = World::new();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    let report = report(&SCORES, REACH, 1);
    let refused = |world: &mut World, phase: Phase| {
        assert_eq!(world.round(round.id).phase, phase);
        let error: ContractError = err(world.open_round());
        assert!(matches!(error, ContractError::RoundStillOpen { .. }), "{error}");
    };
    refused(&mut world, Phase::Commit);
    let operators = world.accounts.operators.clone();
    for operator in &operators {
        world.commit_report(operator, &round, &report).unwrap();
    }
    world.pass_window(round.id);
    world.end_commits(round.id).unwrap();
    refused(&mut world, Phase::Reveal);
    for operator in &operators {
        world.reveal_report(operator, &round, &report).unwrap();
    }
    world.pass_window(round.id);
    // Another epoch can be settled by now: it waits for the next round.
    world.pay(FEE).unwrap();
    world.finish_epoch();
    world.aggregate(round.id, Some(1)).unwrap();
    refused(&mut world, Phase::Aggregate);
    let error: ContractError = err(world.advance(round.id, None));
    assert!(matches!(error, ContractError::WrongPhase { .. }), "{error}");
    world.aggregate(round.id, None).unwrap();
    refused(&mut world, Phase::Advance);
    world.advance(round.id, None).unwrap();
    let next = world.open_round().unwrap();
    assert_eq!(next.first_epoch, round.last_epoch.next().unwrap());
}

/// Sixty-five honest contributions of one item and, at position 65, a copy of the first: two chunks of the ledger.
#[test]
fn a_slash_between_two_chunks_of_an_advance_pays_the_copier_nothing() {
    let mut world = World::with(Setup { items: vec![2; 65], ..Setup::default() });
    let (copy, position) = crate::attacker::used_copy(&mut world);
    assert_eq!(position, 65);
    let (copier, prover) = (copy.contributor.clone(), world.accounts.stranger.clone());
    let scores = vec![(5_000_000, 0); 66];
    world.settle(FEE, &scores, 400_000_000).unwrap();
    let before = wealth(&world, &[&copier]);
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    play_to_advance(&mut world, &round, &report(&scores, 400_000_000, 1));

    world.advance(round.id, Some(64)).unwrap();
    let error: ContractError = err(world.open_round());
    assert!(matches!(error, ContractError::RoundStillOpen { .. }), "{error}");
    let proof = copy.duplicate_proof(&world.batches[0], 2);
    prove(&mut world, &prover, proof).unwrap();
    let error: SettlementError = err(world.claim(&[position]));
    assert!(matches!(error, SettlementError::ContributionSlashed { .. }), "{error}");
    let (treasury, first) = (world.totals().treasury.u128(), world.ledger()[65].payable.u64());
    sweep(&mut world, &[position]).unwrap();
    assert_eq!(world.totals().treasury.u128(), treasury + u128::from(first));
    // Positions that have moved and such that have not are paid what they have by now.
    world.claim(&[0, 63, 64]).unwrap();

    world.advance(round.id, Some(64)).unwrap();
    assert_eq!(world.round(round.id).outcome, Some(Outcome::Settled));
    let error: SettlementError = err(world.claim(&[position]));
    assert!(matches!(error, SettlementError::ContributionSlashed { .. }), "{error}");
    sweep(&mut world, &[position]).unwrap();
    let account = world.ledger()[65].clone();
    assert_eq!(u128::from(account.payable.u64()), account.claimed.u128());
    assert!(account.payable.u64() > first);
    assert_eq!(wealth(&world, &[&copier]), before, "the bond was gone before, and no pay came");
    let error: SettlementError = err(world.claim(&[0, 63]));
    assert_eq!(error, SettlementError::NothingPayable);
    world.claim(&[64]).unwrap();
}

#[test]
fn a_round_with_a_tiny_denominator_freezes_nobodys_pay() {
    let normal = SCORES;
    let payable = |tiny: bool| {
        let mut world = World::new();
        if tiny {
            // Almost nothing measured: D is 1, and errors of one round's whole pool.
            let round = world.settle(FEE, &[(1, 1_000), (0, 1_000), (-1, 1_000)], 1).unwrap();
            assert_eq!(round.outcome, Some(Outcome::Settled));
            assert_eq!(world.round(round.id).denominator.unwrap().u64(), 1);
        }
        for _ in 0..10 {
            world.settle(FEE, &normal, REACH).unwrap();
        }
        world.ledger().iter().map(|account| account.payable.u64()).collect::<Vec<_>>()
    };
    let (with, without) = (payable(true), payable(false));
    let pool = (FEE * 95 / 100 * 7 / 10) as u64;
    for position in [0, 1] {
        // At most two pools of doubt are held back: then the account is paid as if nothing had been.
        assert!(with[position] > 0);
        assert!(with[position] + 2 * pool >= without[position], "{with:?} {without:?}");
    }
    assert_eq!((with[2], without[2]), (0, 0));
}

#[test]
fn a_round_that_measured_nothing_leaves_its_money_for_the_next() {
    let mut world = World::new();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let (totals, model) = (world.totals(), world.model_totals());
    let nothing = report(&[(0, 5), (0, 5), (-7, 5)], 0, 1);
    let round = world.open_round().unwrap();
    let parts = all(&world, &nothing);
    let round = world.play_opened(&round, &parts).unwrap();
    assert_eq!(round.outcome, Some(Outcome::NothingMeasured));
    assert_eq!((world.totals(), world.model_totals()), (totals, model));
    let error: ContractError = err(world.advance(round.id, None));
    assert!(matches!(error, ContractError::NoOpenRound { .. }), "{error}");
    world.to_next_epoch();
    let something = all(&world, &report(&SCORES, REACH, 1));
    let next = world.play_round(&something).unwrap();
    assert_eq!((next.outcome, next.first_epoch), (Some(Outcome::Settled), round.first_epoch));
    assert_eq!(world.settled_rounds()[0].gross.u128(), FEE);
}

#[test]
fn a_round_whose_receipts_are_all_missing_pays_nobody_and_releases_what_was_earned() {
    let half = |setup: &mut Setup| setup.terms.release_rate = protocol::Bps(5_000);
    let mut setup = Setup::default();
    half(&mut setup);
    let mut world = World::with(setup);
    world.settle(FEE, &SCORES, REACH).unwrap();
    let (before, owner) = (world.ledger(), world.settlement_balance(&world.accounts.owner.clone()));
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    let Report::Vector(mut vector) = report(&SCORES, REACH, 1) else { panic!("`report` makes vectors") };
    vector.unresolved.set(0).unwrap();
    let treasury = world.totals().treasury.u128();
    let parts = all(&world, &Report::Vector(vector));
    let round = world.play_opened(&round, &parts).unwrap();
    assert_eq!(round.outcome, Some(Outcome::Settled));
    assert_eq!(world.totals().treasury.u128(), treasury + FEE);
    assert_eq!(world.settlement_balance(&world.accounts.owner.clone()), owner);
    for (before, after) in before.iter().zip(world.ledger()) {
        assert_eq!((after.accrued, after.variance), (before.accrued, before.variance));
        // Half of what was held back, and it holds no doubt here.
        let released = before.held_back.u64() / 2;
        assert_eq!(after.payable.u64(), before.payable.u64() + released);
    }
}

#[test]
fn a_contribution_that_joins_while_a_round_runs_has_no_part_in_it() {
    let mut world = World::new();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    let author = world.accounts.contributors[3].clone();
    let mut late = Batch::named(&author, "late", 5);
    world.contribute(&mut late).unwrap();
    let append = protocol::model::ExecuteMsg::AppendContributions { model: world.model, contributions: vec![late.id] };
    world.by_owner(&append).unwrap();
    let parts = all(&world, &report(&SCORES, REACH, 1));
    let round = world.play_opened(&round, &parts).unwrap();
    assert_eq!((round.positions, world.ledger().len()), (3, 3));
    let error: SettlementError = err(world.claim(&[3]));
    assert_eq!(error, SettlementError::NothingPayable);
    let mut scores = SCORES.to_vec();
    scores.push((100_000_000, 0));
    world.settle(FEE, &scores, REACH).unwrap();
    world.claim(&[3]).unwrap();
}
