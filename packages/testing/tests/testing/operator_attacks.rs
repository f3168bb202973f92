//! Operators without a bond, without work, or too many.

use attribution::ContractError;
use protocol::Seconds;
use protocol::attribution::{ExecuteMsg, Outcome, Round};
use testing::scenario::{MISSED_PENALTY, OPERATOR_BOND, Part, Setup, World, report};
use testing::{ChainError, TxOutcome, err};

use crate::attacker::{FEE, REACH, SCORES, wealth};

fn remove(world: &mut World, operator: usize) -> Result<TxOutcome, ChainError> {
    let operator = world.accounts.operators[operator].clone();
    world.remove_operator(&operator)
}

/// Opens the next epoch's round.
fn next_round(world: &mut World) -> Round {
    world.pay(FEE).unwrap();
    world.finish_epoch();
    world.open_round().unwrap()
}

fn honest() -> Part {
    Part::Reports(report(&SCORES, REACH, 1))
}

#[test]
fn a_slashed_operator_admitted_again_is_in_no_set_until_it_pays_a_new_bond() {
    let mut world = World::new();
    let silent = world.accounts.operators[6].clone();
    let before = wealth(&world, &[&silent]);
    let round = next_round(&mut world);
    let mut parts = vec![honest(); 6];
    parts.push(Part::Silent);
    world.play_opened(&round, &parts).unwrap();
    assert_eq!(world.operator(&silent).bond.u128(), 0);

    let error: ContractError = err(world.admit_operator(&silent));
    assert!(matches!(error, ContractError::AlreadyAdmitted { .. }), "{error}");
    remove(&mut world, 6).unwrap();
    let error: ContractError = err(world.bond_operator(&silent));
    assert!(matches!(error, ContractError::OperatorLeaving { .. }), "{error}");
    let error: ContractError = err(world.admit_operator(&silent));
    assert!(matches!(error, ContractError::NotLeftYet { .. }), "{error}");
    world.pass_operator_delay();
    world.admit_operator(&silent).unwrap();
    assert_eq!(world.operator(&silent).slashed, 1, "its record stays");
    let round = next_round(&mut world);
    assert_eq!(round.operators.len(), 6);
    let error: ContractError = err(world.commit_report(&silent, &round, &report(&SCORES, REACH, 1)));
    assert_eq!(error, ContractError::NotInSet { operator: silent.clone() });
    // A bond paid now counts from the next opening on.
    world.bond_operator(&silent).unwrap();
    let error: ContractError = err(world.commit_report(&silent, &round, &report(&SCORES, REACH, 1)));
    assert_eq!(error, ContractError::NotInSet { operator: silent.clone() });
    world.play_opened(&round, &vec![honest(); 6]).unwrap();
    assert_eq!(next_round(&mut world).operators.len(), 7);
    assert_eq!(wealth(&world, &[&silent]), before - OPERATOR_BOND);
}

#[test]
fn an_operator_removed_while_a_round_runs_keeps_its_part_and_its_bond_stays_at_stake() {
    let mut world = World::new();
    let removed = world.accounts.operators[6].clone();
    let round = next_round(&mut world);
    remove(&mut world, 6).unwrap();
    let mut parts = vec![honest(); 6];
    parts.push(Part::Silent);
    world.play_opened(&round, &parts).unwrap();
    let operator = world.operator(&removed);
    assert_eq!((operator.bond.u128(), operator.slashed), (0, 1));
    assert_eq!(next_round(&mut world).operators.len(), 6);
}

#[test]
fn sixty_four_operators_hold_a_round_and_a_65th_is_not_admitted() {
    let mut setup = Setup { operators: 64, ..Setup::default() };
    // A block of five seconds for each.
    setup.method.commit_period = Seconds(400);
    setup.method.reveal_period = Seconds(400);
    let mut world = World::with(setup);
    let extra = world.accounts.stranger.clone();
    let error: ContractError = err(world.admit_operator(&extra));
    assert!(matches!(error, ContractError::TooManyOperators { .. }), "{error}");
    let error: ContractError = err(world.bond_operator(&extra));
    assert!(matches!(error, ContractError::UnknownOperator { .. }), "{error}");
    // One who leaves keeps its place as long as its bond is held.
    remove(&mut world, 0).unwrap();
    world.pass_operator_delay();
    let error: ContractError = err(world.admit_operator(&extra));
    assert!(matches!(error, ContractError::TooManyOperators { .. }), "{error}");
    let removed = world.accounts.operators[0].clone();
    world.admit_operator(&removed).unwrap();

    let round = next_round(&mut world);
    assert_eq!((round.operators.len(), round.quorum), (64, 43));
    let round = world.play_opened(&round, &vec![honest(); 64]).unwrap();
    assert_eq!(round.outcome, Some(Outcome::Settled));
    let pot = FEE * 5 / 100 * 6 / 10;
    for operator in world.accounts.operators.clone() {
        assert_eq!(world.settlement_balance(&operator), pot / 64);
    }
}

#[test]
fn two_liars_of_seven_gain_nothing_and_move_no_account() {
    let mut honest_world = World::new();
    let round = next_round(&mut honest_world);
    honest_world.play_opened(&round, &vec![honest(); 7]).unwrap();

    let mut world = World::new();
    let liars = world.accounts.operators[5..].to_vec();
    let accounts: Vec<_> = liars.iter().collect();
    let before = wealth(&world, &accounts);
    let round = next_round(&mut world);
    let lie = Part::Reports(report(&[(-900_000_000, 0), (0, 0), (900_000_000, 0)], 900_000_000, 1));
    let parts = [vec![honest(); 5], vec![lie; 2]].concat();
    world.play_opened(&round, &parts).unwrap();
    assert_eq!(world.ledger(), honest_world.ledger());
    assert_eq!(wealth(&world, &accounts), before);
}

#[test]
fn who_copies_a_commitment_cannot_reveal_it_and_loses_its_bond() {
    let mut world = World::new();
    let (honest_one, copier) = (world.accounts.operators[0].clone(), world.accounts.operators[6].clone());
    let before = wealth(&world, &[&copier]);
    let others = world.accounts.operators[..6].to_vec();
    let round = next_round(&mut world);
    let vector = report(&SCORES, REACH, 1);
    for operator in &others {
        world.commit_report(operator, &round, &vector).unwrap();
    }
    let commitment = {
        let part = world.participations(round.id).into_iter().find(|part| part.operator == honest_one);
        part.unwrap().commitment.unwrap()
    };
    let commit = ExecuteMsg::Commit { model: world.model, round: round.id, commitment };
    world.attribute_as(&copier, &commit).unwrap();
    world.pass_window(round.id);
    for operator in &others {
        world.reveal_report(operator, &round, &vector).unwrap();
    }
    let revealed = world.chain.transactions().last().unwrap().messages[0].msg.clone();
    // The honest reveal word for word, from the copier's account.
    let replay: ExecuteMsg = cosmwasm_std::from_json(revealed).unwrap();
    let error: ContractError = err(world.attribute_as(&copier, &replay));
    assert_eq!(error, ContractError::CommitmentMismatch);
    world.pass_window(round.id);
    world.finish_round(round.id).unwrap();
    assert_eq!(world.operator(&copier).bond.u128(), 0);
    assert_eq!(wealth(&world, &[&copier]), before);
}

#[test]
fn who_misses_three_rounds_in_a_row_pays_and_stays_out_until_the_bond_is_whole() {
    let mut world = World::new();
    let absent = world.accounts.operators[6].clone();
    let parts = [vec![honest(); 6], vec![Part::Absent]].concat();
    let mut gains = vec![];
    for missed in 1..=3 {
        let treasury = world.totals().treasury.u128();
        let round = next_round(&mut world);
        assert_eq!(round.operators.len(), 7);
        world.play_opened(&round, &parts).unwrap();
        gains.push(world.totals().treasury.u128() - treasury);
        let operator = world.operator(&absent);
        let penalties = missed / 3;
        assert_eq!((operator.missed, operator.penalties), (missed % 3, penalties));
        assert_eq!(operator.bond.u128(), OPERATOR_BOND - u128::from(penalties) * MISSED_PENALTY);
    }
    assert_eq!(gains[2], gains[1] + MISSED_PENALTY, "the treasury's, beside its part of a like round");
    let round = next_round(&mut world);
    assert_eq!(round.operators.len(), 6, "a bond that lacks something counts for no set");
    world.bond_operator(&absent).unwrap();
    world.play_opened(&round, &vec![honest(); 6]).unwrap();
    assert_eq!(next_round(&mut world).operators.len(), 7);
}

#[test]
fn an_operator_who_leaves_gets_its_bond_once_no_round_can_need_it() {
    let mut world = World::new();
    let leaver = world.accounts.operators[6].clone();
    let round = next_round(&mut world);
    world.unbond(&leaver).unwrap();
    world.chain.pass_time(500);
    let error: ContractError = err(world.withdraw_bond(&leaver));
    assert!(matches!(error, ContractError::BondInUse { .. }), "{error}");
    // It can no longer commit in time: one missed round.
    world.pass_window(round.id);
    world.end_commits(round.id).unwrap();
    world.pass_window(round.id);
    world.finish_round(round.id).unwrap();
    let before = world.open_balance(&leaver);
    world.withdraw_bond(&leaver).unwrap();
    assert_eq!(world.open_balance(&leaver), before + OPERATOR_BOND);
    assert_eq!(next_round(&mut world).operators.len(), 6);
}

#[test]
fn a_new_operator_is_in_no_set_before_its_delay_is_over() {
    let mut world = World::new();
    let newcomer = world.accounts.stranger.clone();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    world.admit_operator(&newcomer).unwrap();
    world.bond_operator(&newcomer).unwrap();
    let round = world.open_round().unwrap();
    assert!(!round.operators.contains(&newcomer));
    world.play_opened(&round, &vec![honest(); 7]).unwrap();
    assert!(next_round(&mut world).operators.contains(&newcomer));
}
