//! Rounds with all the real contracts: what operators report moves the ledger, and what they do wrong does not. After every
//! message `testing` checks that money is conserved and every ledger solvent.

use attribution::ContractError;
use protocol::RoundId;
use protocol::attribution::{Outcome, QueryMsg, Round, RoundKind};
use protocol::settlement::Account;
use rules::score::Report;
use testing::err;
use testing::scenario::{OPERATOR_BOND, Part, Setup, World, report};

const FEE: u128 = 1_000_000_000;

/// Scores and errors of the three contributions.
fn truth() -> Vec<(i32, u32)> {
    vec![(300_000_000, 1_000_000), (200_000_000, 2_000_000), (-50_000_000, 1_000_000)]
}

/// The truth of the next epoch.
fn later_truth() -> Vec<(i32, u32)> {
    vec![(100_000_000, 1_000_000), (350_000_000, 2_000_000), (-90_000_000, 1_000_000)]
}

fn reported(entries: &[(i32, u32)]) -> Part {
    Part::Reports(report(entries, 600_000_000, 1))
}

/// A world with one paid epoch that can be settled.
fn earned() -> World {
    let mut world = World::new();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    world
}

fn earn_again(world: &mut World) {
    world.pay(FEE).unwrap();
    world.finish_epoch();
}

fn everyone(part: &Part) -> Vec<Part> {
    vec![part.clone(); 7]
}

fn ledger_after(parts: &[Part]) -> (Vec<Account>, Round) {
    let mut world = earned();
    let round = world.play_round(parts).unwrap();
    (world.ledger(), round)
}

/// What operators earned, by operator.
fn rewards(world: &World) -> Vec<u128> {
    let operators = &world.accounts.operators;
    operators.iter().map(|operator| world.settlement_balance(operator)).collect()
}

#[test]
fn a_round_settles_an_epoch_and_pays_its_operators() {
    let mut world = earned();
    let round = world.play_round(&everyone(&reported(&truth()))).unwrap();
    assert_eq!(round.outcome, Some(Outcome::Settled));
    let ledger = world.ledger();
    assert!(ledger[0].payable > ledger[1].payable);
    assert!(!ledger[1].payable.is_zero());
    assert!(!ledger[2].debt.is_zero());
    let rewards = rewards(&world);
    assert!(rewards[0] > 0);
    assert_eq!(rewards, vec![rewards[0]; 7]);
}

#[test]
fn two_liars_of_seven_move_no_ledger_entry_and_earn_nothing() {
    let (expected, _) = ledger_after(&everyone(&reported(&truth())));
    let mut world = earned();
    let mut parts = everyone(&reported(&truth()));
    parts[0] = reported(&[(0, 0), (0, 0), (600_000_000, 0)]);
    parts[4] = reported(&[(-900_000_000, 1_000_000_000), (0, 0), (900_000_000, 0)]);
    world.play_round(&parts).unwrap();
    assert_eq!(world.ledger(), expected);
    let rewards = rewards(&world);
    assert_eq!((rewards[0], rewards[4]), (0, 0));
    assert!(rewards[1] > 0);
}

#[test]
fn a_reposted_last_result_is_paid_nothing() {
    let mut world = earned();
    world.play_round(&everyone(&reported(&truth()))).unwrap();
    let before = rewards(&world);
    earn_again(&mut world);
    let mut parts = everyone(&reported(&later_truth()));
    parts[3] = reported(&truth());
    world.play_round(&parts).unwrap();
    let after = rewards(&world);
    assert_eq!(after[3], before[3]);
    assert!(after[2] > before[2]);
}

#[test]
fn a_failed_round_expires_the_next_covers_its_epoch_and_its_vectors_are_worth_nothing() {
    let mut world = earned();
    let mut parts = vec![Part::Absent; 7];
    parts[..4].fill(reported(&later_truth()));
    let failed = world.play_round(&parts).unwrap();
    assert_eq!(failed.outcome, Some(Outcome::NoQuorum));
    assert!(world.settled_rounds().is_empty());
    world.to_next_epoch();
    let nearly = [(101_000_000, 1_000_000), (349_000_000, 2_000_000), (-90_000_000, 1_000_000)];
    let mut parts = everyone(&reported(&nearly));
    parts[5] = reported(&later_truth());
    let settled = world.play_round(&parts).unwrap();
    assert_eq!(settled.outcome, Some(Outcome::Settled));
    assert_eq!(settled.first_epoch, failed.first_epoch);
    assert_eq!(settled.pool, failed.pool);
    assert_ne!(settled.inputs, failed.inputs);
    let rewards = rewards(&world);
    assert_eq!(rewards[5], 0);
    assert!(rewards[6] > 0);
}

#[test]
fn a_silent_operator_s_bond_goes_to_the_treasury() {
    let mut world = earned();
    let mut parts = everyone(&reported(&truth()));
    parts[6] = Part::Silent;
    let before = world.totals().treasury.u128();
    let round = world.open_round().unwrap();
    let operators = world.accounts.operators.clone();
    for (operator, part) in operators.iter().zip(&parts) {
        let report = match part {
            Part::Reports(report) => report.clone(),
            Part::Silent | Part::Absent => Report::TooFew,
        };
        world.commit_report(operator, &round, &report).unwrap();
    }
    world.pass_window(round.id);
    for (operator, part) in operators.iter().zip(&parts) {
        if let Part::Reports(report) = part {
            world.reveal_report(operator, &round, report).unwrap();
        }
    }
    world.pass_window(round.id);
    world.aggregate(round.id, None).unwrap();
    assert_eq!(world.totals().treasury.u128(), before + OPERATOR_BOND);
    let silent = world.operator(&operators[6]);
    assert!(silent.bond.is_zero());
    assert_eq!(silent.slashed, 1);
    let config: protocol::attribution::Config = world.attribution(&QueryMsg::Config {});
    assert_eq!(config.bonds_held.u128(), 6 * OPERATOR_BOND);
    world.advance(round.id, None).unwrap();
    earn_again(&mut world);
    let next = world.open_round().unwrap();
    assert!(!next.operators.contains(&operators[6]));
}

#[test]
fn opening_while_the_epoch_can_still_be_redeemed_is_refused() {
    let mut world = World::new();
    assert_eq!(err::<ContractError>(world.open_round()), ContractError::NoFees { model: world.model });
    world.pay(FEE).unwrap();
    world.to_next_epoch();
    assert!(matches!(err(world.open_round()), ContractError::StillRedeemable { .. }));
}

#[test]
fn used_up_validation_examples_stop_the_next_round() {
    let mut world = World::with(Setup { validation: 39, ..Setup::default() });
    world.pay(FEE).unwrap();
    world.finish_epoch();
    world.play_round(&everyone(&reported(&truth()))).unwrap();
    earn_again(&mut world);
    let (available, needed) = (19_u64.into(), 20_u64.into());
    assert_eq!(err::<ContractError>(world.open_round()), ContractError::ValidationExhausted { available, needed });
}

#[test]
fn hidden_receipts_of_one_redemption_go_to_the_treasury_while_the_rest_settles() {
    let mut world = World::new();
    let payer = world.accounts.stranger.clone();
    world.open_channel(&payer, FEE).unwrap();
    let epoch = world.epoch();
    world.pay(FEE).unwrap();
    world.pay_in(1, epoch, FEE / 10).unwrap();
    world.finish_epoch();
    let round = world.open_round().unwrap();
    assert_eq!(round.redemptions, 2);
    let Report::Vector(mut vector) = report(&truth(), 600_000_000, 2) else {
        unreachable!("the scenario reports vectors");
    };
    vector.unresolved.set(1).unwrap();
    let parts = everyone(&Part::Reports(Report::Vector(vector)));
    let round = world.play_opened(&round, &parts).unwrap();
    assert_eq!(round.outcome, Some(Outcome::Settled));
    let settled = world.settled_rounds().remove(0);
    assert_eq!(settled.unresolved.u128(), FEE / 10);
    assert_eq!(settled.gross.u128(), FEE);
}

#[test]
fn on_seventy_positions_chunks_and_one_message_leave_the_same_ledger() {
    let setup = || Setup { items: vec![1; 70], ..Setup::default() };
    let scores: Vec<(i32, u32)> = (0..70).map(|at| (at * 100_000, 50_000)).collect();
    let run = |limit: Option<u32>| {
        let mut world = World::with(setup());
        world.pay(FEE).unwrap();
        world.finish_epoch();
        let round = world.open_round().unwrap();
        let operators = world.accounts.operators.clone();
        let report = report(&scores, 600_000_000, 1);
        for operator in &operators {
            world.commit_report(operator, &round, &report).unwrap();
        }
        world.pass_window(round.id);
        for operator in &operators {
            world.reveal_report(operator, &round, &report).unwrap();
        }
        world.pass_window(round.id);
        while world.aggregate(round.id, limit).is_ok() {}
        while world.advance(round.id, limit).is_ok() {}
        assert_eq!(world.round(round.id).outcome, Some(Outcome::Settled));
        (world.ledger(), world.totals(), rewards(&world))
    };
    assert_eq!(run(Some(30)), run(None));
}

#[test]
fn two_operators_who_never_commit_pay_once_and_five_settle_every_round() {
    let mut world = earned();
    let mut parts = everyone(&reported(&truth()));
    parts[5..].fill(Part::Absent);
    for number in 1..=5 {
        let round = world.play_round(&parts).unwrap();
        assert_eq!(round.outcome, Some(Outcome::Settled), "round {number}");
        earn_again(&mut world);
    }
    let penalty = world.setup.method.missed_penalty.u128();
    for absent in &world.accounts.operators[5..] {
        let operator = world.operator(absent);
        assert_eq!((operator.bond.u128(), operator.penalties), (OPERATOR_BOND - penalty, 1));
    }
    assert_eq!(world.round(RoundId(5)).quorum, 4);
    assert_eq!(rewards(&world)[5..], [0, 0]);
}

#[test]
fn a_valuation_gives_stake_pays_no_operator_and_leaves_the_scores_of_fees() {
    let mut world = earned();
    world.play_round(&everyone(&reported(&truth()))).unwrap();
    let (before, paid) = (world.ledger(), rewards(&world));
    let tranche = world.valuation().tranche;
    assert!(!tranche.is_zero());
    let round = world.value(&later_truth()).unwrap();
    assert_eq!((round.outcome, round.kind), (Some(Outcome::Settled), RoundKind::Valuation));
    assert_eq!(round.tranche, tranche);
    let after = world.ledger();
    assert!(!after[0].stake.is_zero());
    let scores = |ledger: &[Account]| ledger.iter().map(|account| account.last_score).collect::<Vec<_>>();
    assert_eq!(scores(&after), scores(&before));
    assert_eq!(rewards(&world), paid);
    assert!(matches!(err(world.open_valuation()), ContractError::ValuationTooEarly { .. }));
}

#[test]
fn an_operator_leaves_after_its_round_and_gets_its_bond_back() {
    let mut world = earned();
    let leaver = world.accounts.operators[6].clone();
    let round = world.open_round().unwrap();
    world.unbond(&leaver).unwrap();
    let config: protocol::attribution::Config = world.attribution(&QueryMsg::Config {});
    world.chain.pass_time(config.unbonding_period.get());
    let locked: ContractError = err(world.withdraw_bond(&leaver));
    assert_eq!(locked, ContractError::BondInUse { open_sets: 1 });
    world.pass_window(round.id);
    world.end_commits(round.id).unwrap();
    world.pass_window(round.id);
    world.aggregate(round.id, None).unwrap();
    let before = world.open_balance(&leaver);
    world.withdraw_bond(&leaver).unwrap();
    assert_eq!(world.open_balance(&leaver), before + OPERATOR_BOND);
    assert_eq!(world.open_round().unwrap().operators.len(), 6);
}
