//! Claims, sweeps, and the payees they need.

use cosmwasm_std::Uint128;
use protocol::settlement::{ClaimItem, ExecuteMsg};
use protocol::{ContributionId, ModelId};
use rules::split::SplitError;
use settlement::ContractError;

use crate::world::{MODEL, OTHER_MODEL, POSITIONS, World, attributes, item, score};

/// Position 0 and 1 have 3,150 uopen payable each (half of 6,300), position 2 nothing.
fn settled() -> World {
    let mut world = World::new();
    for (id, name) in [(1, "ann"), (2, "ben"), (3, "cem")] {
        world.sync(id, &[(name, 10_000)], false).unwrap();
    }
    world.earn(0, 20_000);
    world.settle(&[score(1, 0), score(1, 0), score(0, 0)]);
    world
}

fn claim_of(world: &mut World, claims: Vec<ClaimItem>) -> ContractError {
    world.execute("stranger", &ExecuteMsg::Claim { claims }).unwrap_err()
}

#[test]
fn anyone_claims_and_the_payees_are_paid() {
    let mut world = settled();
    let response = world.claim(&[0, 1, 2]).unwrap();
    assert_eq!(attributes(&response, "claimed", "position"), ["0", "1"]);
    assert_eq!((world.wallet("ann"), world.wallet("ben")), (3_150, 3_150));
    assert_eq!(world.model_totals(MODEL).claimed, Uint128::new(6_300));
    assert_eq!(world.unclaimed(&world.totals()), Uint128::new(6_300));
}

#[test]
fn positions_of_several_records_are_claimed_once_in_any_order() {
    let mut world = World::new();
    for id in 1..=u64::from(POSITIONS) {
        world.sync(id, &[("ann", 10_000)], false).unwrap();
    }
    world.earn(0, 1_000_000);
    world.settle(&vec![score(1, 0); POSITIONS as usize]);
    let mixed = [17, 0, 16, 1, 129, 15, 64, 31, 32];
    world.claim(&mixed).unwrap();
    let mut claimed = Uint128::zero();
    for account in world.accounts(MODEL) {
        let due = if mixed.contains(&account.position) { account.payable.u64() } else { 0 };
        assert_eq!(account.claimed, Uint128::from(due), "position {}", account.position);
        claimed += account.claimed;
    }
    assert_eq!((world.model_totals(MODEL).claimed, claimed.u128()), (claimed, world.wallet("ann")));
    assert_eq!(world.claim(&mixed).unwrap_err(), ContractError::NothingPayable);
    // Of a mix, only what was not claimed before is paid.
    let response = world.claim(&[0, 2, 16, 18]).unwrap();
    assert_eq!(attributes(&response, "claimed", "position"), ["2", "18"]);
}

#[test]
fn a_second_claim_pays_nothing_until_more_is_released() {
    let mut world = settled();
    world.claim(&[0]).unwrap();
    assert_eq!(world.claim(&[0]).unwrap_err(), ContractError::NothingPayable);
    assert_eq!(world.wallet("ann"), 3_150);
    let channel = world.open_channel(1_000);
    world.redeem_one(channel, 1, 1_000).unwrap();
    world.end_redemption(1);
    world.settle(&[score(0, 0), score(0, 0), score(1, 0)]);
    world.claim(&[0]).unwrap();
    assert_eq!(world.wallet("ann"), 3_150 + 1_575);
}

#[test]
fn a_payee_of_several_positions_gets_one_transfer() {
    let mut world = settled();
    world.sync(1, &[("ann", 5_000), ("ben", 5_000)], false).unwrap();
    let response = world.claim(&[1, 0]).unwrap();
    assert_eq!(world.wallet("ann"), 1_575);
    assert_eq!(world.wallet("ben"), 3_150 + 1_575);
    let transfers = response.events.iter().filter(|event| {
        event.attributes.iter().any(|found| (found.key.as_str(), found.value.as_str()) == ("action", "transfer"))
    });
    assert_eq!(transfers.count(), 2);
    let mut paid = attributes(&response, "paid", "amount");
    paid.sort();
    assert_eq!(paid, ["1575", "4725"]);
}

#[test]
fn odd_units_go_to_the_first_payee_and_nothing_to_a_share_of_nothing() {
    let mut world = settled();
    world.sync(1, &[("ann", 3_333), ("dia", 3_333), ("eve", 3_333), ("fay", 1)], false).unwrap();
    let response = world.claim(&[0]).unwrap();
    assert_eq!(world.wallet("ann") + world.wallet("dia") + world.wallet("eve"), 3_150);
    assert_eq!((world.wallet("dia"), world.wallet("fay")), (1_049, 0));
    assert_eq!(attributes(&response, "paid", "account").len(), 3);
}

#[test]
fn new_payees_are_paid_from_then_on() {
    let mut world = settled();
    world.sync(1, &[("gil", 10_000)], false).unwrap();
    world.claim(&[0]).unwrap();
    assert_eq!((world.wallet("ann"), world.wallet("gil")), (0, 3_150));
}

#[test]
fn a_claim_names_1_to_100_positions() {
    let mut world = settled();
    assert_eq!(claim_of(&mut world, vec![]), ContractError::ClaimCount { count: 0 });
    let idle = vec![item(MODEL, &[0]), item(OTHER_MODEL, &[])];
    assert_eq!(claim_of(&mut world, idle), ContractError::ClaimCount { count: 1 });
    let all: Vec<u32> = (0..101).collect();
    let (some, more) = all.split_at(51);
    let many = vec![item(MODEL, some), item(OTHER_MODEL, more)];
    assert_eq!(claim_of(&mut world, many), ContractError::ClaimCount { count: 101 });
}

#[test]
fn a_position_comes_once_per_claim() {
    let mut world = settled();
    let duplicate = ContractError::DuplicatePosition { model: MODEL, position: 0 };
    assert_eq!(world.claim(&[0, 1, 0]).unwrap_err(), duplicate);
    let apart = vec![item(MODEL, &[0]), item(MODEL, &[0])];
    assert_eq!(claim_of(&mut world, apart), duplicate);
    assert_eq!(world.wallet("ann"), 0);
}

#[test]
fn unknown_positions_and_models_are_named() {
    let mut world = settled();
    let positions = vec![0, POSITIONS];
    assert_eq!(world.claim(&positions).unwrap_err(), ContractError::UnknownPosition { model: MODEL, positions });
    let (model, positions) = (ModelId(99), vec![0]);
    assert_eq!(
        claim_of(&mut world, vec![item(model, &positions)]),
        ContractError::UnknownPosition { model, positions }
    );
}

#[test]
fn a_contribution_whose_payees_are_unknown_is_not_paid() {
    let mut world = settled();
    let contribution = ContributionId(4);
    assert_eq!(world.claim(&[0, 3]).unwrap_err(), ContractError::NotSynced { contribution });
}

#[test]
fn a_position_that_no_round_has_reached_has_nothing() {
    let mut world = settled();
    world.sync(100, &[("ann", 10_000)], false).unwrap();
    assert_eq!(world.claim(&[99]).unwrap_err(), ContractError::NothingPayable);
}

#[test]
fn the_same_contribution_in_another_model_has_another_account() {
    let mut world = settled();
    let claims = vec![item(MODEL, &[0]), item(OTHER_MODEL, &[0])];
    world.execute("stranger", &ExecuteMsg::Claim { claims }).unwrap();
    assert_eq!(world.wallet("ann"), 3_150);
}

#[test]
fn a_slashed_contribution_is_swept_and_not_claimed() {
    let mut world = settled();
    let contribution = ContributionId(1);
    assert_eq!(world.sweep(&[0]).unwrap_err(), ContractError::NotSlashed { contribution });
    world.sync(1, &[("ann", 10_000)], true).unwrap();
    assert_eq!(world.claim(&[1, 0]).unwrap_err(), ContractError::ContributionSlashed { contribution });
    let (before, unclaimed) = (world.totals(), world.unclaimed(&world.totals()));
    let response = world.sweep(&[0]).unwrap();
    assert_eq!(attributes(&response, "swept", "amount"), ["3150"]);
    let after = world.totals();
    assert_eq!(after.treasury - before.treasury, Uint128::new(3_150));
    // What is accrued but not released stays a liability until it can be swept.
    assert_eq!(unclaimed - world.unclaimed(&after), Uint128::new(3_150));
    assert_eq!(world.wallet("ann"), 0);
    assert_eq!(world.sweep(&[0]).unwrap_err(), ContractError::NothingPayable);
}

#[test]
fn what_a_slashed_contribution_earns_later_is_swept_later() {
    let mut world = settled();
    world.claim(&[0]).unwrap();
    world.sync(1, &[("ann", 10_000)], true).unwrap();
    assert_eq!(world.sweep(&[0]).unwrap_err(), ContractError::NothingPayable);
    let channel = world.open_channel(20_000);
    world.redeem_one(channel, 1, 20_000).unwrap();
    world.end_redemption(1);
    world.settle(&[score(1, 0), score(1, 0), score(0, 0)]);
    let before = world.totals().treasury;
    world.sweep(&[0]).unwrap();
    // Half of what was left of 6,300 plus another 6,300.
    assert_eq!((world.totals().treasury - before).u128(), (6_300 + 6_300 - 3_150) / 2);
    assert_eq!(world.wallet("ann"), 3_150);
}

#[test]
fn payees_must_share_the_whole() {
    let mut world = World::new();
    let wrong = |world: &mut World, payees: &[(&str, u16)]| world.sync(1, payees, false).unwrap_err();
    let payees = SplitError::Payees { count: 0 };
    assert_eq!(wrong(&mut world, &[]), ContractError::Split(payees));
    let sum = SplitError::Sum { sum_bps: 10_001 };
    assert_eq!(wrong(&mut world, &[("ann", 10_000), ("ben", 1)]), ContractError::Split(sum));
    let payees = SplitError::Payees { count: 17 };
    assert_eq!(wrong(&mut world, &[("ann", 0); 17]), ContractError::Split(payees));
}

#[test]
fn payees_must_be_addresses() {
    let mut world = World::new();
    let mut update = world.update(1, &[("ann", 10_000)], false);
    update.payees[0].account = "ann".to_owned();
    let updates = vec![update];
    let error = world.execute("datanet", &ExecuteMsg::SyncContributions { updates }).unwrap_err();
    assert!(matches!(error, ContractError::Std(_)));
}

#[test]
fn at_most_100_contributions_are_updated_each_once() {
    let mut world = World::new();
    let update = world.update(1, &[("ann", 10_000)], false);
    let updates = vec![update.clone(), update.clone()];
    let contribution = ContributionId(1);
    assert_eq!(
        world.execute("datanet", &ExecuteMsg::SyncContributions { updates }).unwrap_err(),
        ContractError::DuplicateContribution { contribution }
    );
    let updates = vec![update; 101];
    assert_eq!(
        world.execute("datanet", &ExecuteMsg::SyncContributions { updates }).unwrap_err(),
        ContractError::TooManyUpdates { count: 101 }
    );
}

#[test]
fn at_most_100_positions_are_taken_in_one_message() {
    let mut world = World::new();
    let used: Vec<_> = (1..=101).map(ContributionId).collect();
    let refused = world.take_positions(ModelId(9), 0, &used).unwrap_err();
    assert_eq!(refused, ContractError::TooManyUpdates { count: 101 });
    world.take_positions(ModelId(9), 0, &used[..100]).unwrap();
}
