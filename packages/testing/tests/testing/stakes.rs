//! Stake: what holders earn stays theirs when they sell, and work is paid from its reserve.

use cosmwasm_std::Addr;
use model::ContractError;
use protocol::attribution::Outcome;
use protocol::model::{WorkClaim, WorkKind};
use protocol::{Bps, Payee, datanet, stake};
use testing::err;
use testing::scenario::{World, version_manifest};

use crate::attacker::{FEE, REACH, SCORES};

/// A tenth of a fee without the protocol's 5 %.
const DIVIDEND: u128 = 950_000;
/// The owner's units: half of the supply.
const OWNERS: u128 = 500_000_000_000;
/// Units of the work reserve.
const WORK: u128 = 200_000_000_000;
/// What a holder's fraction and what a dividend carries to the next one come to, in uopen: less than this.
const CARRIED: u128 = 2;

/// All but what is carried.
fn nearly(found: u128, exact: u128) -> bool {
    found <= exact && found + CARRIED > exact
}

#[test]
fn a_buyer_of_stake_shares_later_dividends_and_the_seller_keeps_the_earlier_ones() {
    let mut world = World::new();
    let (seller, buyer) = (world.accounts.owner.clone(), world.accounts.stranger.clone());
    world.settle(FEE, &SCORES, REACH).unwrap();
    assert_eq!(world.dividend_totals().received.u128(), DIVIDEND);
    let earned = world.dividends(&seller).claimable.u128();
    assert!(nearly(earned, DIVIDEND), "{earned}");

    world.move_stake(&seller, &buyer, OWNERS / 2).unwrap();
    assert_eq!(world.dividends(&buyer).claimable.u128(), 0, "what came before does not move");
    assert_eq!(world.dividends(&seller).claimable.u128(), earned);
    world.settle(FEE, &SCORES, REACH).unwrap();
    let (bought, sold) = (world.dividends(&buyer).claimable.u128(), world.dividends(&seller).claimable.u128());
    assert!(bought.abs_diff(DIVIDEND / 2) < CARRIED, "{bought}");
    assert!((sold - earned).abs_diff(bought) <= 1, "equal units earn the same: {sold} {earned} {bought}");

    // Sold out: nothing more is earned, and what was is still there.
    world.move_stake(&seller, &buyer, OWNERS / 2).unwrap();
    world.settle(FEE, &SCORES, REACH).unwrap();
    assert_eq!(world.dividends(&seller).claimable.u128(), sold);
    let before = (world.open_balance(&seller), world.open_balance(&buyer));
    let all = world.dividends(&buyer).claimable.u128();
    world.claim_dividends(&[&seller, &buyer]).unwrap();
    assert_eq!((world.open_balance(&seller), world.open_balance(&buyer)), (before.0 + sold, before.1 + all));
    let totals = world.dividend_totals();
    assert_eq!((totals.received.u128(), totals.paid.u128()), (3 * DIVIDEND, sold + all));
    assert!(totals.outstanding.u128() < CARRIED, "{}", totals.outstanding);
}

#[test]
fn the_reserves_earn_nothing_and_what_is_delivered_earns_from_then_on() {
    let mut world = World::new();
    world.settle(FEE, &SCORES, REACH).unwrap();
    world.value(&SCORES).unwrap();
    let author = world.accounts.contributors[0].clone();
    world.claim(&[0]).unwrap();
    assert!(world.stake_balance(&author) > 0);
    assert_eq!(world.dividends(&author).claimable.u128(), 0);
    world.settle(FEE, &SCORES, REACH).unwrap();
    let totals = world.dividend_totals();
    assert_eq!(totals.sharing.u128(), OWNERS + world.stake_balance(&author));
    let share = DIVIDEND * world.stake_balance(&author) / totals.sharing.u128();
    assert!(world.dividends(&author).claimable.u128().abs_diff(share) < CARRIED);
    let stake = world.stake();
    assert_eq!(world.dividends(&stake).claimable.u128(), 0);
}

#[test]
fn a_round_settles_though_all_units_were_burned_and_its_dividend_waits_for_the_next_holder() {
    let mut world = World::new();
    let owner = world.accounts.owner.clone();
    world.stake_as(&owner, &stake::ExecuteMsg::Burn { amount: OWNERS.into() }).unwrap();
    let round = world.settle(FEE, &SCORES, REACH).unwrap();
    assert_eq!(round.outcome, Some(Outcome::Settled));
    let totals = world.dividend_totals();
    assert_eq!((totals.sharing.u128(), totals.outstanding.u128()), (0, DIVIDEND));
    // Contributors get stake, and with the next dividend all that was carried.
    world.value(&SCORES).unwrap();
    world.claim(&[0, 1]).unwrap();
    let authors = world.accounts.contributors[..2].to_vec();
    assert_eq!(world.dividends(&authors[0]).claimable.u128(), 0);
    world.settle(FEE, &SCORES, REACH).unwrap();
    let earned: u128 = authors.iter().map(|author| world.dividends(author).claimable.u128()).sum();
    assert!((2 * DIVIDEND).abs_diff(earned) <= CARRIED, "{earned}");
}

#[test]
fn a_payee_that_is_the_stake_contract_itself_blocks_no_other_payees_claim() {
    let mut world = World::new();
    let (author, stake) = (world.accounts.contributors[0].clone(), world.stake());
    let payee = |account: &Addr| Payee { account: account.to_string(), share: Bps(5_000) };
    let set = datanet::ExecuteMsg::SetPayees {
        contribution: world.batches[0].id,
        payees: vec![payee(&stake), payee(&author)],
    };
    world.contribute_as(&author, &set).unwrap();
    world.settle(FEE, &SCORES, REACH).unwrap();
    world.value(&SCORES).unwrap();
    let (open, reserve) = (world.open_balance(&author), world.reserves().contributors.u128());
    world.claim(&[0, 1]).unwrap();
    assert!(world.open_balance(&author) > open);
    let units = world.ledger()[0].stake.u64() / 2;
    assert_eq!(world.stake_balance(&author), u128::from(units));
    // The other half stayed where it was, and the next valuation can give it.
    let delivered = world.stake_balance(&author) + world.stake_balance(&world.accounts.contributors[1]);
    assert_eq!(world.reserves().contributors.u128(), reserve - delivered);
    assert_eq!(world.valuation().tranche.u128(), (reserve - delivered) / 4);
}

fn claim(account: &Addr, kind: WorkKind, share: u16) -> WorkClaim {
    WorkClaim { account: account.to_string(), kind, share: Bps(share) }
}

#[test]
fn work_is_paid_from_its_reserve_when_a_version_is_registered_and_never_more_than_is_left() {
    let mut world = World::new();
    let (cloud, tuner) = (world.accounts.gateway.clone(), world.accounts.stranger.clone());
    let mut manifest = version_manifest(&world);
    manifest.work = vec![claim(&cloud, WorkKind::Compute, 5_000), claim(&tuner, WorkKind::FineTuning, 2_500)];
    world.register(manifest.clone()).unwrap();
    assert_eq!((world.stake_balance(&cloud), world.stake_balance(&tuner)), (WORK / 2, WORK / 4));
    assert_eq!(world.reserves().work.u128(), WORK / 4);

    manifest.work = vec![claim(&tuner, WorkKind::Compute, 5_001), claim(&tuner, WorkKind::FineTuning, 5_000)];
    let error: ContractError = err(world.register(manifest.clone()));
    assert!(matches!(error, ContractError::WorkShares { .. }), "{error}");
    manifest.work = vec![claim(&tuner, WorkKind::Compute, 5_000), claim(&tuner, WorkKind::FineTuning, 5_000)];
    world.register(manifest.clone()).unwrap();
    assert_eq!((world.reserves().work.u128(), world.stake_balance(&tuner)), (0, WORK / 2));
    world.register(manifest).unwrap();
    assert_eq!(world.stake_balance(&tuner), WORK / 2, "an empty reserve pays nothing");

    // Who worked shares the dividends: half of all units are the owner's, a fifth is theirs.
    world.settle(FEE, &SCORES, REACH).unwrap();
    let paid = world.dividends(&cloud).claimable.u128();
    assert!(paid.abs_diff(DIVIDEND / 7) < CARRIED, "{paid}");
}
