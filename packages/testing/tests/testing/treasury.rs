//! The treasury: spent by governance alone, after a delay, once, and never beyond what it holds.

use protocol::settlement::{ExecuteMsg, SpendState};
use settlement::ContractError;
use testing::err;
use testing::scenario::World;

use crate::attacker::{FEE, REACH, SCORES};

/// A world whose treasury holds something.
fn funded() -> (World, u128) {
    let mut world = World::new();
    world.settle(FEE, &SCORES, REACH).unwrap();
    let treasury = world.totals().treasury.u128();
    assert!(treasury > 0);
    (world, treasury)
}

#[test]
fn a_spending_is_announced_waits_and_is_paid_once() {
    let (mut world, treasury) = funded();
    let grantee = world.accounts.stranger.clone();
    let propose = ExecuteMsg::ProposeSpend { to: grantee.to_string(), amount: 1u128.into(), reason: String::new() };
    for outsider in [world.accounts.owner.clone(), grantee.clone()] {
        assert!(matches!(err(world.settle_as(&outsider, &propose)), ContractError::Ownership(_)));
    }
    let spend = world.propose_spend(&grantee, treasury - 1).unwrap();
    let error: ContractError = err(world.execute_spend(spend));
    assert!(matches!(error, ContractError::SpendNotDue { .. }), "{error}");
    assert_eq!(world.totals().treasury.u128(), treasury, "a proposal moves nothing");
    world.pass_treasury_delay();
    let before = world.open_balance(&grantee);
    world.execute_spend(spend).unwrap();
    assert_eq!(world.open_balance(&grantee), before + treasury - 1);
    assert_eq!(world.totals().treasury.u128(), 1);
    let error: ContractError = err(world.execute_spend(spend));
    assert!(matches!(error, ContractError::SpendClosed { .. }), "{error}");
    assert_eq!(world.spends()[0].state, SpendState::Executed);
}

#[test]
fn a_chain_that_halts_over_the_delay_still_leaves_blocks_to_see_a_spending() {
    let (mut world, treasury) = funded();
    let grantee = world.accounts.stranger.clone();
    let spend = world.propose_spend(&grantee, treasury).unwrap();
    world.chain.halt(86_400);
    let error: ContractError = err(world.execute_spend(spend));
    assert!(matches!(error, ContractError::SpendNotDue { .. }), "{error}");
    world.chain.pass_blocks(3);
    world.execute_spend(spend).unwrap();
}

#[test]
fn two_spendings_of_the_same_money_pay_one_and_the_other_waits_for_more() {
    let (mut world, treasury) = funded();
    let grantee = world.accounts.stranger.clone();
    let first = world.propose_spend(&grantee, treasury).unwrap();
    let second = world.propose_spend(&grantee, treasury).unwrap();
    world.pass_treasury_delay();
    world.execute_spend(first).unwrap();
    let error: ContractError = err(world.execute_spend(second));
    assert!(matches!(error, ContractError::TreasuryTooSmall { .. }), "{error}");
    world.settle(FEE, &SCORES, REACH).unwrap();
    world.execute_spend(second).unwrap();
    assert!(world.totals().treasury.is_zero());
}

#[test]
fn a_spending_that_was_taken_back_is_never_paid() {
    let (mut world, treasury) = funded();
    let grantee = world.accounts.stranger.clone();
    let spend = world.propose_spend(&grantee, treasury).unwrap();
    world.cancel_spend(spend).unwrap();
    world.pass_treasury_delay();
    let error: ContractError = err(world.execute_spend(spend));
    assert!(matches!(error, ContractError::SpendClosed { .. }), "{error}");
    assert_eq!(world.totals().treasury.u128(), treasury);
}
