//! Proved debt: what harmful data owes is taken from its bond, by recognised models alone, after an appeal; clean bonds go back.

use datanet::ContractError;
use protocol::datanet::{DebtCaseState, Status};
use testing::err;
use testing::scenario::{CONTRIBUTION_BOND, World};

use crate::attacker::{FEE, REACH, SCORES};

/// The position that does harm.
const HARMFUL: usize = 2;
/// What a round of a tenth of `FEE` costs it: a ninth of the pool, rounded up.
const LOSS: u128 = 73_889;

/// A world whose model is recognised, after some rounds of a tenth of `FEE`.
fn indebted(rounds: usize) -> World {
    let mut world = World::new();
    let model = world.model;
    world.recognise(model);
    for _ in 0..rounds {
        world.settle(FEE / 10, &SCORES, REACH).unwrap();
    }
    world
}

#[test]
fn debt_of_two_rounds_in_a_row_is_claimed_collected_and_credited() {
    let mut world = indebted(1);
    let harmful = world.batches[HARMFUL].id;
    let error: ContractError = err(world.claim_debt(harmful));
    assert!(matches!(error, ContractError::NoProvedDebt { rounds: 1, .. }), "{error}");
    world.settle(FEE / 10, &SCORES, REACH).unwrap();
    let error: ContractError = err(world.collect_debt(harmful));
    assert!(matches!(error, ContractError::NoOpenCase { .. }), "{error}");
    world.claim_debt(harmful).unwrap();
    let error: ContractError = err(world.collect_debt(harmful));
    assert!(matches!(error, ContractError::AppealOpen { .. }), "{error}");

    world.pass_appeals();
    let treasury = world.totals().treasury.u128();
    world.collect_debt(harmful).unwrap();
    let contribution = world.contribution(harmful);
    assert_eq!((contribution.bond_taken.u128(), contribution.status), (2 * LOSS, Status::Accepted));
    assert_eq!(world.totals().treasury.u128(), treasury + 2 * LOSS);
    let account = world.ledger()[HARMFUL].clone();
    assert_eq!((account.accrued.i64(), account.rounds_with_debt), (0, 2));
    assert_eq!(world.model_totals().debt_collected.u128(), 2 * LOSS);
    let case = world.debt_case(harmful).unwrap();
    assert_eq!((case.state, case.collected.u128()), (DebtCaseState::Closed, 2 * LOSS));

    // What was paid for is not owed again: a good round is earned from 0 on.
    let good = [SCORES[0], SCORES[1], (100_000_000, 0)];
    world.settle(FEE / 10, &good, REACH).unwrap();
    assert_eq!(u128::from(world.ledger()[HARMFUL].payable.u64()), LOSS - 1);
}

#[test]
fn no_more_than_the_bond_is_taken_and_the_rest_stays_a_debt() {
    let mut world = World::new();
    let (model, harmful) = (world.model, world.batches[HARMFUL].id);
    world.recognise(model);
    for _ in 0..2 {
        world.settle(FEE, &SCORES, REACH).unwrap();
    }
    let debt = u128::from(world.standing(2).proved_debt.u64());
    assert!(debt > CONTRIBUTION_BOND);
    world.claim_debt(harmful).unwrap();
    world.pass_appeals();
    world.collect_debt(harmful).unwrap();
    assert_eq!(world.contribution(harmful).bond_taken.u128(), CONTRIBUTION_BOND);
    assert_eq!(u128::from(world.standing(2).proved_debt.u64()), debt - CONTRIBUTION_BOND);
    let error: ContractError = err(world.claim_debt(harmful));
    assert!(matches!(error, ContractError::NoBondLeft { .. }), "{error}");
}

#[test]
fn reviewers_who_appeal_bar_the_model_for_good() {
    let mut world = indebted(2);
    let harmful = world.batches[HARMFUL].id;
    world.claim_debt(harmful).unwrap();
    let (author, stranger) = (world.accounts.contributors[HARMFUL].clone(), world.accounts.stranger.clone());
    for outsider in [author, stranger] {
        let error: ContractError = err(world.appeal(&outsider, harmful));
        assert!(matches!(error, ContractError::NotReviewer { .. }), "{error}");
    }
    let reviewers = world.accounts.reviewers.clone();
    world.appeal(&reviewers[0], harmful).unwrap();
    assert_eq!(world.debt_case(harmful).unwrap().state, DebtCaseState::Open);
    world.appeal(&reviewers[1], harmful).unwrap();
    assert_eq!(world.debt_case(harmful).unwrap().state, DebtCaseState::Barred);
    world.pass_appeals();
    let error: ContractError = err(world.collect_debt(harmful));
    assert!(matches!(error, ContractError::NoOpenCase { .. }), "{error}");
    let error: ContractError = err(world.claim_debt(harmful));
    assert!(matches!(error, ContractError::Barred { .. }), "{error}");
    assert!(world.contribution(harmful).bond_taken.is_zero());
}

#[test]
fn a_debt_that_was_worked_off_during_the_appeal_costs_nothing() {
    let mut world = indebted(2);
    let harmful = world.batches[HARMFUL].id;
    world.claim_debt(harmful).unwrap();
    let good = [(100_000_000, 0), SCORES[1], (500_000_000, 0)];
    world.settle(FEE / 10, &good, REACH).unwrap();
    world.collect_debt(harmful).unwrap();
    let case = world.debt_case(harmful).unwrap();
    assert_eq!((case.state, case.collected.u128()), (DebtCaseState::Closed, 0));
    assert!(world.contribution(harmful).bond_taken.is_zero());
}

#[test]
fn a_model_that_the_datanet_does_not_recognise_takes_nothing() {
    let mut world = World::new();
    let (model, harmful) = (world.model, world.batches[HARMFUL].id);
    for _ in 0..2 {
        world.settle(FEE / 10, &SCORES, REACH).unwrap();
    }
    let error: ContractError = err(world.claim_debt(harmful));
    assert!(matches!(error, ContractError::NotRecognised { .. }), "{error}");
    world.propose_recognition(model).unwrap();
    let error: ContractError = err(world.claim_debt(harmful));
    assert!(matches!(error, ContractError::NotRecognised { .. }), "{error}");
    let error: ContractError = err(world.confirm_recognition(model));
    assert!(matches!(error, ContractError::NoticeRuns { .. }), "{error}");
    world.revoke_recognition(model).unwrap();

    // A recognition that was revoked while a case was open voids it, even if it comes back.
    world.recognise(model);
    world.claim_debt(harmful).unwrap();
    world.revoke_recognition(model).unwrap();
    world.recognise(model);
    world.pass_appeals();
    world.collect_debt(harmful).unwrap();
    assert!(world.contribution(harmful).bond_taken.is_zero());
    assert_eq!(world.recognitions().len(), 1);
}

#[test]
fn a_bond_goes_back_after_clean_rounds_in_a_recognised_model_and_never_twice() {
    let mut world = indebted(2);
    let (clean, harmful) = (world.batches[0].id, world.batches[HARMFUL].id);
    let author = world.accounts.contributors[0].clone();
    let error: ContractError = err(world.release_bond(clean));
    assert!(matches!(error, ContractError::TooFewCleanRounds { rounds: 2, needed: 3, .. }), "{error}");
    world.settle(FEE / 10, &SCORES, REACH).unwrap();
    let before = world.open_balance(&author);
    world.release_bond(clean).unwrap();
    assert_eq!(world.open_balance(&author), before + CONTRIBUTION_BOND);
    let contribution = world.contribution(clean);
    assert!(contribution.bond_returned && contribution.status == Status::Accepted);
    let error: ContractError = err(world.release_bond(clean));
    assert!(matches!(error, ContractError::NoBondLeft { .. }), "{error}");
    let error: ContractError = err(world.release_bond(harmful));
    assert!(matches!(error, ContractError::InDebt { .. }), "{error}");
    // It goes on to earn.
    let payable = world.ledger()[0].payable;
    world.settle(FEE / 10, &SCORES, REACH).unwrap();
    assert!(world.ledger()[0].payable > payable);
}

#[test]
fn a_bond_is_held_while_a_case_is_open_and_released_once_it_is_paid_and_clean() {
    let mut world = indebted(2);
    let harmful = world.batches[HARMFUL].id;
    let author = world.accounts.contributors[HARMFUL].clone();
    world.claim_debt(harmful).unwrap();
    let error: ContractError = err(world.release_bond(harmful));
    assert!(matches!(error, ContractError::CaseOpen { .. }), "{error}");
    world.pass_appeals();
    world.collect_debt(harmful).unwrap();
    let neutral = [SCORES[0], SCORES[1], (0, 0)];
    for rounds in 0..3 {
        let error: ContractError = err(world.release_bond(harmful));
        assert!(matches!(error, ContractError::TooFewCleanRounds { .. }), "after {rounds}: {error}");
        world.settle(FEE / 10, &neutral, REACH).unwrap();
    }
    let before = world.open_balance(&author);
    world.release_bond(harmful).unwrap();
    assert_eq!(world.open_balance(&author), before + CONTRIBUTION_BOND - 2 * LOSS);
}
