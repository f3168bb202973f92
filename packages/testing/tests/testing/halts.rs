//! A chain that halts for a day costs nobody a deadline, wherever it halts; nor does money move by it.

use ::datanet::ContractError as DatanetError;
use protocol::attribution::Outcome;
use protocol::datanet;
use protocol::settlement::ExecuteMsg;
use settlement::ContractError;
use testing::err;
use testing::scenario::{Batch, CONTRIBUTION_BOND, Setup, World, report};

use crate::attacker::{FEE, REACH, SCORES, wealth};

const DAY: u64 = 86_400;
/// Blocks that every window lasts: enough for seven operators, a block each.
const BLOCKS: u64 = 20;

fn world() -> World {
    World::with(Setup { deploy: |config| config.min_blocks = BLOCKS, ..Setup::default() })
}

#[test]
fn a_halt_at_every_phase_of_a_round_costs_no_operator_its_part_or_bond() {
    let mut world = world();
    let operators = world.accounts.operators.clone();
    world.pay(FEE).unwrap();
    world.finish_epoch();
    world.chain.pass_blocks(BLOCKS);
    let round = world.open_round().unwrap();
    let vector = report(&SCORES, REACH, 1);
    world.chain.halt(DAY);
    for operator in &operators {
        world.commit_report(operator, &round, &vector).unwrap();
    }
    world.chain.halt(DAY);
    world.pass_window(round.id);
    world.end_commits(round.id).unwrap();
    world.chain.halt(DAY);
    for operator in &operators {
        world.reveal_report(operator, &round, &vector).unwrap();
    }
    world.pass_window(round.id);
    world.chain.halt(DAY);
    world.aggregate(round.id, Some(1)).unwrap();
    world.chain.halt(DAY);
    world.aggregate(round.id, None).unwrap();
    world.chain.halt(DAY);
    world.advance(round.id, None).unwrap();
    assert_eq!(world.round(round.id).outcome, Some(Outcome::Settled));
    for operator in &operators {
        assert_eq!(world.operator(operator).slashed, 0);
        assert!(world.settlement_balance(operator) > 0);
    }
    world.chain.halt(DAY);
    world.claim(&[0, 1]).unwrap();
}

#[test]
fn a_halt_over_the_end_of_redemption_costs_the_gateway_nothing() {
    let mut world = world();
    let (domain, epoch) = (world.settlement_domain(), world.epoch());
    let voucher = world.channels[0].pay(&domain, epoch, FEE);
    world.chain.halt(DAY);
    // Other messages come first, and the epoch is 86 epochs old.
    world.open_round().unwrap_err();
    let stranger = world.accounts.stranger.clone();
    world.settle_as(&stranger, &ExecuteMsg::Tick {}).unwrap();
    world.redeem(vec![voucher]).unwrap();
    world.open_round().unwrap_err();
    world.chain.pass_blocks(BLOCKS);
    let late = world.channels[0].clone().pay(&domain, epoch, FEE);
    let error: ContractError = err(world.redeem(vec![late]));
    assert!(matches!(error, ContractError::RedemptionOver { .. }), "{error}");
    assert_eq!(world.open_round().unwrap().pool.u128(), FEE * 95 / 100 * 7 / 10);
}

#[test]
fn a_halt_right_after_the_payers_notice_leaves_the_gateway_its_blocks() {
    let mut world = world();
    let payer = world.accounts.payer.clone();
    let (id, before) = (world.channels[0].id, wealth(&world, &[&world.accounts.payer]));
    let deposit = world.channel(id).deposit.u128();
    let (domain, epoch) = (world.settlement_domain(), world.epoch());
    let voucher = world.channels[0].pay(&domain, epoch, FEE);
    world.settle_as(&payer, &ExecuteMsg::CloseChannel { channel: id }).unwrap();
    world.chain.halt(DAY);
    let finish = ExecuteMsg::FinishClose { channel: id };
    let error: ContractError = err(world.settle_as(&payer, &finish));
    assert!(matches!(error, ContractError::NoticeRunning { .. }), "{error}");
    world.redeem(vec![voucher]).unwrap();
    world.chain.pass_blocks(BLOCKS);
    world.settle_as(&payer, &finish).unwrap();
    assert_eq!(wealth(&world, &[&payer]), before + deposit - FEE);
}

#[test]
fn a_halt_between_commit_and_reveal_of_a_contribution_costs_no_bond() {
    let mut world = world();
    let (author, stranger) = (world.accounts.contributors[3].clone(), world.accounts.stranger.clone());
    let mut batch = Batch::named(&author, "slow", 10);
    world.commit(&mut batch).unwrap();
    world.chain.halt(DAY);
    let forfeit = datanet::ExecuteMsg::Forfeit { contribution: batch.id };
    let contract = world.at.datanet.clone();
    let error: DatanetError = err(world.chain.execute(&stranger, &contract, &forfeit, &[]));
    assert!(matches!(error, DatanetError::NotOverdue { .. }), "{error}");
    world.reveal(&batch).unwrap();
    assert_eq!(world.contribution(batch.id).bond.u128(), CONTRIBUTION_BOND);
    assert!(world.contribution(batch.id).bond_taken.is_zero());
}
