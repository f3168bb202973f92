//! Claims that pay OPEN and deliver stake, together or apart, and sweeps that take stake back.

use cosmwasm_std::Uint128;
use protocol::ContributionId;
use protocol::settlement::{AdvanceBegin, ExecuteMsg};
use settlement::ContractError;

use crate::valuation::{bring_royalties, lineage};
use crate::world::{EPOCH, MODEL, OTHER_MODEL, RESERVE, VALUATION_INTERVAL, World, attributes, item, score};

/// Positions 0 and 1 have 3,150 uopen accrued, half of it payable, and 37,500,000,000 units; position 2 has nothing.
fn valued() -> World {
    let mut world = lineage();
    for (id, name) in [(1, "ann"), (2, "ben"), (3, "cem")] {
        world.sync(id, &[(name, 10_000)], false).unwrap();
    }
    bring_royalties(&mut world, 0, 100_000);
    world.value(MODEL, &[score(1, 0), score(1, 0), score(0, 0)]);
    world
}

const UNITS: u128 = RESERVE / 8;

/// Gives 1,000 units by equal scores to some first positions.
fn give_alone(world: &mut World, positions: usize) {
    let scores = vec![score(1, 0); positions];
    let begin = AdvanceBegin { tranche: Uint128::new(1_000), ..world.begin_valuation(MODEL, &scores) };
    let round = world.next_round();
    world.chunk(round, Some(begin), 0, &scores).unwrap();
}

#[test]
fn a_claim_pays_and_delivers() {
    let mut world = valued();
    let response = world.claim(&[0, 1, 2]).unwrap();
    assert_eq!((world.wallet("ann"), world.wallet("ben")), (1_575, 1_575));
    assert_eq!((world.units(MODEL, "ann"), world.units(MODEL, "ben"), world.units(MODEL, "cem")), (UNITS, UNITS, 0));
    assert_eq!(attributes(&response, "claimed", "position"), ["0", "1"]);
    assert_eq!(attributes(&response, "stake_delivered", "position"), ["0", "1"]);
    assert_eq!(attributes(&response, "stake_paid", "units"), [UNITS.to_string(), UNITS.to_string()]);
    let of = world.model_totals(MODEL);
    assert_eq!((of.stake_claimed, of.stake_given), (Uint128::new(2 * UNITS), Uint128::new(2 * UNITS)));
    assert_eq!(world.delivered(MODEL), 2 * UNITS);
    assert_eq!(world.claim(&[0, 1]).unwrap_err(), ContractError::NothingPayable);
}

#[test]
fn a_claim_of_stake_alone_pays_nothing() {
    let mut world = World::new();
    world.sync(1, &[("ann", 10_000)], false).unwrap();
    give_alone(&mut world, 1);
    let response = world.claim(&[0]).unwrap();
    assert_eq!((world.units(MODEL, "ann"), world.wallet("ann")), (1_000, 0));
    for event in ["claimed", "paid"] {
        assert!(attributes(&response, event, "amount").is_empty(), "{event}");
    }
}

#[test]
fn a_claim_of_money_alone_delivers_nothing() {
    let mut world = valued();
    world.claim(&[0]).unwrap();
    world.earn(1, 10_000);
    world.settle(&[score(1, 0), score(0, 0), score(0, 0)]);
    let response = world.claim(&[0]).unwrap();
    assert_eq!(world.units(MODEL, "ann"), UNITS);
    assert!(attributes(&response, "stake_paid", "units").is_empty());
}

#[test]
fn later_tranches_are_delivered_later() {
    let mut world = World::new();
    world.sync(1, &[("ann", 10_000)], false).unwrap();
    give_alone(&mut world, 1);
    world.claim(&[0]).unwrap();
    world.at(VALUATION_INTERVAL * EPOCH, 1);
    give_alone(&mut world, 2);
    world.claim(&[0]).unwrap();
    let account = world.accounts(MODEL)[0].clone();
    assert_eq!((world.units(MODEL, "ann"), account.stake.u64(), account.stake_claimed.u64()), (1_500, 1_500, 1_500));
}

#[test]
fn new_payees_get_what_was_not_delivered() {
    let mut world = valued();
    world.sync(1, &[("gil", 10_000)], false).unwrap();
    world.claim(&[0]).unwrap();
    assert_eq!((world.units(MODEL, "ann"), world.units(MODEL, "gil")), (0, UNITS));
}

#[test]
fn sixteen_payees_share_to_the_last_unit() {
    let mut world = valued();
    let names: Vec<String> = (0..16).map(|number| format!("payee{number}")).collect();
    // Odd shares: what rounding leaves over goes to the first.
    let shares: Vec<u16> = (0..16).map(|number| if number < 15 { 666 } else { 10 }).collect();
    let payees: Vec<(&str, u16)> = names.iter().map(String::as_str).zip(shares.clone()).collect();
    world.sync(1, &payees, false).unwrap();
    let response = world.claim(&[0]).unwrap();
    let units: Vec<u128> = names.iter().map(|name| world.units(MODEL, name)).collect();
    let uopen: Vec<u128> = names.iter().map(|name| world.wallet(name)).collect();
    assert_eq!(units, rules::split::split_payees(UNITS, &shares).unwrap());
    assert_eq!(uopen, rules::split::split_payees(1_575, &shares).unwrap());
    assert_eq!((units.iter().sum::<u128>(), uopen.iter().sum::<u128>()), (UNITS, 1_575));
    assert_eq!(attributes(&response, "stake_paid", "account").len(), 16);
}

#[test]
fn the_largest_claim_delivers_1600_payments_in_one_message() {
    let mut world = World::new();
    for id in 1..=100_u64 {
        let names: Vec<String> = (0..16).map(|number| format!("payee{id}x{number}")).collect();
        let payees: Vec<(&str, u16)> = names.iter().map(|name| (name.as_str(), 625)).collect();
        world.sync(id, &payees, false).unwrap();
    }
    let scores = vec![score(1, 0); 100];
    let (begin, round) = (world.begin_valuation(MODEL, &scores), world.next_round());
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    let positions: Vec<u32> = (0..100).collect();
    let response = world.claim(&positions).unwrap();
    assert_eq!(attributes(&response, "stake_paid", "account").len(), 1_600);
    assert_eq!(world.delivered(MODEL), RESERVE / 4);
}

#[test]
fn a_payee_of_several_positions_gets_stake_once_for_each_model() {
    let mut world = valued();
    world.value(OTHER_MODEL, &[score(1, 0), score(1, 0)]);
    world.sync(2, &[("ann", 5_000), ("ben", 5_000)], false).unwrap();
    let claims = vec![item(MODEL, &[1]), item(OTHER_MODEL, &[1, 0]), item(MODEL, &[0])];
    let response = world.execute("stranger", &ExecuteMsg::Claim { claims }).unwrap();
    // ann and ben, once for each of two models.
    assert_eq!(attributes(&response, "stake_paid", "model"), ["1", "1", "2", "2"]);
    for model in [MODEL, OTHER_MODEL] {
        assert_eq!((world.units(model, "ann"), world.units(model, "ben")), (UNITS + UNITS / 2, UNITS / 2));
    }
}

#[test]
fn a_share_of_nothing_is_not_delivered() {
    let mut world = World::new();
    world.sync(1, &[("ann", 9_999), ("ben", 1)], false).unwrap();
    give_alone(&mut world, 1);
    let response = world.claim(&[0]).unwrap();
    assert_eq!((world.units(MODEL, "ann"), world.units(MODEL, "ben")), (1_000, 0));
    assert_eq!(attributes(&response, "stake_paid", "account").len(), 1);
}

#[test]
fn claims_between_the_chunks_of_a_valuation_are_delivered() {
    let mut world = World::new();
    world.sync(1, &[("ann", 10_000)], false).unwrap();
    let scores = vec![score(1, 0); 128];
    let (begin, round) = (world.begin_valuation(MODEL, &scores), world.next_round());
    world.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
    world.claim(&[0]).unwrap();
    world.chunk(round, None, 64, &scores[64..]).unwrap();
    assert_eq!(world.units(MODEL, "ann"), RESERVE / 4 / 128);
    assert_eq!(world.model_totals(MODEL).stake_given.u128(), RESERVE / 4 / 128 * 128);
}

#[test]
fn stake_of_a_slashed_contribution_goes_back_into_the_reserve() {
    let mut world = valued();
    let contribution = ContributionId(1);
    world.sync(1, &[("ann", 10_000)], true).unwrap();
    assert_eq!(world.claim(&[0]).unwrap_err(), ContractError::ContributionSlashed { contribution });
    let before = world.valuation(MODEL).tranche.u128();
    assert_eq!(before, (RESERVE - 2 * UNITS) / 4);
    let response = world.sweep(&[0]).unwrap();
    assert_eq!(attributes(&response, "stake_taken_back", "units"), [UNITS.to_string()]);
    assert_eq!(attributes(&response, "swept", "amount"), ["1575"]);
    assert!(attributes(&response, "stake_paid", "units").is_empty());
    assert_eq!((world.units(MODEL, "ann"), world.reserve(MODEL)), (0, RESERVE));
    assert_eq!(world.valuation(MODEL).tranche.u128(), (RESERVE - UNITS) / 4);
    assert_eq!(world.sweep(&[0]).unwrap_err(), ContractError::NothingPayable);
    // The other one is delivered as before.
    world.claim(&[1]).unwrap();
    assert_eq!(world.units(MODEL, "ben"), UNITS);
}

#[test]
fn stake_alone_can_be_swept() {
    let mut world = World::new();
    world.sync(1, &[("ann", 10_000)], true).unwrap();
    give_alone(&mut world, 1);
    let treasury = world.totals().treasury;
    let response = world.sweep(&[0]).unwrap();
    assert!(attributes(&response, "swept", "amount").is_empty());
    assert_eq!((world.totals().treasury, world.reserve(MODEL)), (treasury, RESERVE));
    assert_eq!(world.model_totals(MODEL).stake_claimed.u128(), 1_000);
}

#[test]
fn what_was_delivered_before_a_slash_stays_delivered() {
    let mut world = valued();
    world.claim(&[0]).unwrap();
    world.sync(1, &[("ann", 10_000)], true).unwrap();
    assert_eq!(world.sweep(&[0]).unwrap_err(), ContractError::NothingPayable);
    assert_eq!(world.units(MODEL, "ann"), UNITS);
}
