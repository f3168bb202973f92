//! Spendings of the treasury: announced by governance, paid by anyone once their delay is over, each of them once.

use cosmwasm_std::testing::MockApi;
use cosmwasm_std::{Addr, Uint64, Uint128};
use cw_multi_test::Executor;
use cw_ownable::{Action, Ownership, OwnershipError};
use protocol::settlement::{ExecuteMsg, QueryMsg, ReceiveMsg, Spend, SpendState};
use protocol::{Page, Seconds, SpendId};
use settlement::ContractError;

use crate::world::{GENESIS, MIN_BLOCKS, Outcome, START_HEIGHT, TREASURY_DELAY, World, attributes, everything};

const FIRST: SpendId = SpendId(1);

/// A world whose treasury holds 1,000 uopen, governed by `governance`.
fn world() -> World {
    let mut world = World::new();
    world.pay("stranger", 1_000, &ReceiveMsg::Treasury {}).unwrap();
    world
}

fn propose(world: &mut World, to: &str, amount: u128) -> Outcome {
    let to = world.account(to).into();
    let msg = ExecuteMsg::ProposeSpend { to, amount: amount.into(), reason: "an audit".to_owned() };
    world.execute("governance", &msg)
}

fn cancel(world: &mut World, sender: &str, spend: SpendId) -> Outcome {
    world.execute(sender, &ExecuteMsg::CancelSpend { spend })
}

fn pay_out(world: &mut World, spend: SpendId) -> Outcome {
    world.execute("stranger", &ExecuteMsg::ExecuteSpend { spend })
}

/// The first second and block at which what was proposed now can be paid.
fn wait(world: &mut World) {
    world.app.update_block(|block| {
        block.time = block.time.plus_seconds(TREASURY_DELAY);
        block.height += MIN_BLOCKS;
    });
}

fn spends(world: &World) -> Vec<Spend> {
    world.query(&QueryMsg::Spends { page: everything() })
}

#[test]
fn an_announced_spending_is_paid_by_anyone_after_the_delay() {
    let mut world = world();
    let response = propose(&mut world, "auditor", 400).unwrap();
    let executable_at = (GENESIS + TREASURY_DELAY).to_string();
    assert_eq!(attributes(&response, "spend_proposed", "executable_at"), [executable_at]);
    assert_eq!(world.totals().treasury.u128(), 1_000);
    wait(&mut world);
    let response = pay_out(&mut world, FIRST).unwrap();
    assert_eq!(attributes(&response, "spend_executed", "amount"), ["400"]);
    assert_eq!((world.wallet("auditor"), world.totals().treasury.u128()), (400, 600));
}

#[test]
fn the_delay_ends_with_its_last_second_and_its_last_block() {
    let mut world = world();
    propose(&mut world, "auditor", 400).unwrap();
    let not_due = ContractError::SpendNotDue {
        spend: FIRST,
        executable_at: Seconds(GENESIS + TREASURY_DELAY),
        height: START_HEIGHT + MIN_BLOCKS,
    };
    world.at(TREASURY_DELAY - 1, MIN_BLOCKS);
    assert_eq!(pay_out(&mut world, FIRST).unwrap_err(), not_due);
    world.at(TREASURY_DELAY, 0);
    pay_out(&mut world, FIRST).unwrap();
}

#[test]
fn a_halted_chain_does_not_shorten_the_delay() {
    let mut world = world();
    propose(&mut world, "auditor", 400).unwrap();
    world.at(TREASURY_DELAY * 100, MIN_BLOCKS - 1);
    assert!(matches!(pay_out(&mut world, FIRST), Err(ContractError::SpendNotDue { .. })));
    world.at(TREASURY_DELAY * 100, 1);
    pay_out(&mut world, FIRST).unwrap();
}

#[test]
fn a_spending_is_paid_once() {
    let mut world = world();
    propose(&mut world, "auditor", 400).unwrap();
    wait(&mut world);
    pay_out(&mut world, FIRST).unwrap();
    let paid = ContractError::SpendClosed { spend: FIRST, done: "paid" };
    assert_eq!(pay_out(&mut world, FIRST).unwrap_err(), paid);
    assert_eq!(cancel(&mut world, "governance", FIRST).unwrap_err(), paid);
    assert_eq!(world.wallet("auditor"), 400);
}

#[test]
fn governance_takes_a_spending_back_until_it_is_paid() {
    let mut world = world();
    propose(&mut world, "auditor", 400).unwrap();
    wait(&mut world);
    let response = cancel(&mut world, "governance", FIRST).unwrap();
    assert_eq!(attributes(&response, "spend_cancelled", "spend"), ["1"]);
    let cancelled = ContractError::SpendClosed { spend: FIRST, done: "cancelled" };
    assert_eq!(pay_out(&mut world, FIRST).unwrap_err(), cancelled);
    assert_eq!(cancel(&mut world, "governance", FIRST).unwrap_err(), cancelled);
    assert_eq!(world.totals().treasury.u128(), 1_000);
}

#[test]
fn what_the_treasury_does_not_hold_stays_proposed() {
    let mut world = world();
    propose(&mut world, "auditor", 1_001).unwrap();
    wait(&mut world);
    let (amount, treasury) = (Uint128::new(1_001), Uint128::new(1_000));
    let small = ContractError::TreasuryTooSmall { spend: FIRST, amount, treasury };
    assert_eq!(pay_out(&mut world, FIRST).unwrap_err(), small);
    // OPEN that arrives without a message is nobody's, so not the treasury's either.
    world.donate(1);
    assert_eq!(pay_out(&mut world, FIRST).unwrap_err(), small);
    assert_eq!(spends(&world)[0].state, SpendState::Proposed);
    world.pay("stranger", 1, &ReceiveMsg::Treasury {}).unwrap();
    pay_out(&mut world, FIRST).unwrap();
    assert_eq!((world.wallet("auditor"), world.totals().treasury.u128()), (1_001, 0));
}

#[test]
fn a_proposal_reserves_nothing() {
    let mut world = world();
    for to in ["auditor", "builder"] {
        propose(&mut world, to, 600).unwrap();
    }
    wait(&mut world);
    pay_out(&mut world, SpendId(2)).unwrap();
    let (amount, treasury) = (Uint128::new(600), Uint128::new(400));
    let small = ContractError::TreasuryTooSmall { spend: FIRST, amount, treasury };
    assert_eq!(pay_out(&mut world, FIRST).unwrap_err(), small);
    assert_eq!((world.wallet("auditor"), world.wallet("builder")), (0, 600));
}

#[test]
fn a_spending_touches_nothing_but_the_treasury() {
    let mut world = world();
    world.open_channel(5_000);
    propose(&mut world, "auditor", 1_001).unwrap();
    wait(&mut world);
    // The contract holds 6,000 uopen, but only 1,000 of them are the treasury's.
    assert!(matches!(pay_out(&mut world, FIRST), Err(ContractError::TreasuryTooSmall { .. })));
    assert_eq!(world.totals().channels.u128(), 5_000);
}

#[test]
fn malformed_proposals_are_refused() {
    let mut world = world();
    let mut refused = |to: String, amount: u128, reason: String| {
        let msg = ExecuteMsg::ProposeSpend { to, amount: amount.into(), reason };
        world.execute("governance", &msg).unwrap_err()
    };
    let auditor = MockApi::default().addr_make("auditor").to_string();
    assert_eq!(refused(auditor.clone(), 0, String::new()), ContractError::SpendZero);
    let long = "é".repeat(128) + "!";
    assert_eq!(refused(auditor, 1, long), ContractError::ReasonLength { bytes: 257 });
    assert!(matches!(refused("nobody".to_owned(), 1, String::new()), ContractError::Std(_)));
    let own = world.settlement.to_string();
    let msg = ExecuteMsg::ProposeSpend { to: own, amount: Uint128::one(), reason: String::new() };
    assert_eq!(world.execute("governance", &msg).unwrap_err(), ContractError::SpendToItself);
    assert!(spends(&world).is_empty());
}

#[test]
fn the_longest_reason_is_stored_whole() {
    let mut world = world();
    let (to, reason) = (world.account("auditor").to_string(), "é".repeat(128));
    let msg = ExecuteMsg::ProposeSpend { to, amount: u128::MAX.into(), reason: reason.clone() };
    world.execute("governance", &msg).unwrap();
    assert_eq!(spends(&world)[0].reason, reason);
    wait(&mut world);
    assert!(matches!(pay_out(&mut world, FIRST), Err(ContractError::TreasuryTooSmall { .. })));
}

#[test]
fn unknown_spendings_are_named() {
    let mut world = world();
    let spend = SpendId(u64::MAX);
    let unknown = ContractError::UnknownSpend { spend };
    assert_eq!(pay_out(&mut world, spend).unwrap_err(), unknown);
    assert_eq!(cancel(&mut world, "governance", spend).unwrap_err(), unknown);
    assert_eq!(pay_out(&mut world, SpendId(0)).unwrap_err(), ContractError::UnknownSpend { spend: SpendId(0) });
}

#[test]
fn only_governance_announces_and_takes_back() {
    let mut world = world();
    propose(&mut world, "auditor", 1).unwrap();
    let to = world.account("stranger").to_string();
    let msg = ExecuteMsg::ProposeSpend { to, amount: Uint128::one(), reason: String::new() };
    for sender in ["stranger", "owner", "datanet", "attribution", "gateway", "auditor"] {
        let not_owner = ContractError::Ownership(OwnershipError::NotOwner);
        assert_eq!(world.execute(sender, &msg).unwrap_err(), not_owner);
        assert_eq!(cancel(&mut world, sender, FIRST).unwrap_err(), not_owner);
    }
}

#[test]
fn governance_is_handed_over_in_two_steps_and_announced_spendings_stay() {
    let mut world = world();
    propose(&mut world, "auditor", 100).unwrap();
    let new_owner = world.account("council").to_string();
    let offer = ExecuteMsg::UpdateOwnership(Action::TransferOwnership { new_owner, expiry: None });
    assert!(matches!(world.execute("stranger", &offer), Err(ContractError::Ownership(_))));
    world.execute("governance", &offer).unwrap();
    cancel(&mut world, "council", FIRST).unwrap_err();
    world.execute("council", &ExecuteMsg::UpdateOwnership(Action::AcceptOwnership)).unwrap();
    let ownership: Ownership<Addr> = world.query(&QueryMsg::Ownership {});
    assert_eq!(ownership.owner, Some(world.account("council")));
    assert!(matches!(propose(&mut world, "auditor", 1), Err(ContractError::Ownership(_))));
    cancel(&mut world, "council", FIRST).unwrap();
}

#[test]
fn after_governance_is_given_up_nobody_announces_but_what_was_announced_is_paid() {
    let mut world = world();
    propose(&mut world, "auditor", 100).unwrap();
    world.execute("governance", &ExecuteMsg::UpdateOwnership(Action::RenounceOwnership)).unwrap();
    let nobody = ContractError::Ownership(OwnershipError::NoOwner);
    assert_eq!(propose(&mut world, "auditor", 1).unwrap_err(), nobody);
    assert_eq!(cancel(&mut world, "governance", FIRST).unwrap_err(), nobody);
    wait(&mut world);
    pay_out(&mut world, FIRST).unwrap();
    assert_eq!(world.wallet("auditor"), 100);
}

#[test]
fn spendings_are_listed_in_order_whatever_became_of_them() {
    let mut world = world();
    for amount in 1..=4 {
        propose(&mut world, "auditor", amount).unwrap();
    }
    wait(&mut world);
    pay_out(&mut world, SpendId(2)).unwrap();
    cancel(&mut world, "governance", SpendId(3)).unwrap();
    let page = Page { start_after: Some(Uint64::one()), limit: Some(2) };
    let found: Vec<Spend> = world.query(&QueryMsg::Spends { page });
    let states: Vec<_> = found.iter().map(|spend| (spend.id.get(), spend.state)).collect();
    assert_eq!(states, [(2, SpendState::Executed), (3, SpendState::Cancelled)]);
    assert_eq!(spends(&world).len(), 4);
}

#[test]
fn a_payment_that_the_token_refuses_leaves_the_spending_proposed() {
    let mut world = world();
    propose(&mut world, "auditor", 400).unwrap();
    wait(&mut world);
    let (settlement, open, stranger) = (world.settlement.clone(), world.open.clone(), world.stranger.clone());
    let burn = cw20::Cw20ExecuteMsg::Burn { amount: Uint128::new(700) };
    world.app.execute_contract(settlement.clone(), open.clone(), &burn, &[]).unwrap();
    let msg = ExecuteMsg::ExecuteSpend { spend: FIRST };
    assert!(world.app.execute_contract(stranger.clone(), settlement.clone(), &msg, &[]).is_err());
    assert_eq!(spends(&world)[0].state, SpendState::Proposed);
    let refill = cw20::Cw20ExecuteMsg::Transfer { recipient: settlement.into(), amount: Uint128::new(700) };
    world.app.execute_contract(stranger, open, &refill, &[]).unwrap();
    pay_out(&mut world, FIRST).unwrap();
}
