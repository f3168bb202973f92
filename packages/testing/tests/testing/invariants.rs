//! Every invariant can fail: state is tampered with behind the contracts' backs.

use std::collections::BTreeMap;

use cosmwasm_std::{Addr, Binary, Uint128};
use cw_storage_plus::{Item, Map};
use cw20_base::state::{BALANCES, TOKEN_INFO};
use protocol::settlement::Totals;
use protocol::stake::Reserves;
use rules::ledger::{Entry, pack, pack_amounts, unpack, unpack_amounts};
use testing::{
    ChainError, Invariants,
    invariants::{Broken, Moves, Snapshot},
    scenario::World,
};

const TOTALS: Item<Totals> = Item::new("totals");
const BONDS_HELD: Item<Uint128> = Item::new("bonds_held");
/// Bytes as they are.
const LEDGER: Map<(u64, u32), Binary> = Map::new("ledger");
const RESERVES: Item<Reserves> = Item::new("reserves");
const CLAIMED: Map<(u64, u32), Binary> = Map::new("claimed");

/// Contracts that hold OPEN.
const HOLDERS: [fn(&World) -> Addr; 4] = [
    |world| world.at.settlement.clone(),
    |world| world.at.datanet.clone(),
    |world| world.at.attribution.clone(),
    World::stake,
];

pub fn set_balance(world: &mut World, token: &Addr, account: &Addr, amount: u128) {
    let mut storage = world.chain.contract_storage_mut(token);
    BALANCES.save(storage.as_mut(), account, &Uint128::new(amount)).unwrap();
}

/// Moves OPEN by hand: no message, no event.
fn teleport(world: &mut World, from: &Addr, to: &Addr, amount: u128) {
    let token = world.at.open_token.clone();
    let (less, more) = (world.open_balance(from) - amount, world.open_balance(to) + amount);
    set_balance(world, &token, from, less);
    set_balance(world, &token, to, more);
}

/// A world with a settled round, part of it claimed.
pub fn settled() -> World {
    let mut world = World::new();
    world.settle(10_000_000, &[(500_000_000, 0), (300_000_000, 0), (-100_000_000, 0)], 900_000_000).unwrap();
    world.claim(&[0]).unwrap();
    world.chain.set_invariants(Invariants::Return);
    world.chain.check(&[]).unwrap();
    world
}

/// What is found broken after tampering.
fn broken(tamper: impl FnOnce(&mut World)) -> Broken {
    let mut world = settled();
    tamper(&mut world);
    match world.chain.check(&[]) {
        Err(ChainError::Broken { broken, .. }) => broken,
        other => panic!("nobody noticed: {other:?}"),
    }
}

fn change_totals(change: impl FnOnce(&mut Totals)) -> impl FnOnce(&mut World) {
    |world| {
        let settlement = world.at.settlement.clone();
        let mut storage = world.chain.contract_storage_mut(&settlement);
        let mut totals = TOTALS.load(storage.as_ref()).unwrap();
        change(&mut totals);
        TOTALS.save(storage.as_mut(), &totals).unwrap();
    }
}

fn change_entry(position: usize, change: impl FnOnce(&mut Entry)) -> impl FnOnce(&mut World) {
    move |world| {
        let (settlement, model) = (world.at.settlement.clone(), world.model.get());
        let mut storage = world.chain.contract_storage_mut(&settlement);
        let mut entries = unpack(&storage.get(&LEDGER.key((model, 0))).unwrap()).unwrap();
        change(&mut entries[position]);
        storage.set(&LEDGER.key((model, 0)), &pack(&entries));
    }
}

/// Adds to what a position of the first record has claimed.
fn change_claimed(position: usize, more: u64) -> impl FnOnce(&mut World) {
    move |world| {
        let (settlement, model) = (world.at.settlement.clone(), world.model.get());
        let mut storage = world.chain.contract_storage_mut(&settlement);
        let mut amounts = unpack_amounts(&storage.get(&CLAIMED.key((model, 0))).unwrap()).unwrap();
        amounts.resize(amounts.len().max(position + 1), 0);
        amounts[position] += more;
        storage.set(&CLAIMED.key((model, 0)), &pack_amounts(&amounts));
    }
}

pub fn says(broken: &Broken, text: &str) {
    assert!(broken.to_string().contains(text), "{broken}");
}

#[test]
fn balances_that_do_not_add_up_to_the_supply_are_found() {
    let found = broken(|world| {
        let (token, stranger) = (world.at.open_token.clone(), world.accounts.stranger.clone());
        set_balance(world, &token, &stranger, 1);
    });
    says(&found, "the supply of OPEN");
}

#[test]
fn new_supply_is_found_even_when_it_adds_up() {
    let found = broken(|world| {
        let (token, stranger) = (world.at.open_token.clone(), world.accounts.stranger.clone());
        let more = world.open_balance(&stranger) + 1;
        set_balance(world, &token, &stranger, more);
        let mut storage = world.chain.contract_storage_mut(&token);
        let grown = |mut info: cw20_base::state::TokenInfo| {
            info.total_supply += Uint128::one();
            Ok::<_, cosmwasm_std::StdError>(info)
        };
        TOKEN_INFO.update(storage.as_mut(), grown).unwrap();
    });
    says(&found, "the supply before");
}

#[test]
fn a_contract_that_holds_less_than_it_owes_is_found() {
    for holder in HOLDERS {
        let found = broken(|world| {
            let (holder, stranger) = (holder(world), world.accounts.stranger.clone());
            teleport(world, &holder, &stranger, 1);
        });
        says(&found, "what its books say it holds");
    }
}

#[test]
fn open_that_entered_without_a_message_is_found() {
    for holder in HOLDERS {
        let found = broken(|world| {
            let (holder, stranger) = (holder(world), world.accounts.stranger.clone());
            teleport(world, &stranger, &holder, 1);
        });
        says(&found, "raw transfers to it");
    }
}

#[test]
fn a_donation_changes_no_books_and_breaks_nothing() {
    let mut world = settled();
    let (stranger, totals) = (world.accounts.stranger.clone(), world.totals());
    for holder in HOLDERS {
        let holder = holder(&world);
        let gift = cw20::Cw20ExecuteMsg::Transfer { recipient: holder.to_string(), amount: Uint128::new(5) };
        let outcome = world.chain.execute(&stranger, &world.at.open_token, &gift, &[]).unwrap();
        assert_eq!(Moves::read(&world.at, &outcome.events).gifts, BTreeMap::from([(holder, 5)]));
    }
    assert_eq!(world.totals(), totals);
    assert_eq!(world.dividend_totals().received.u128(), 950_000);
    world.pay(10_000_000).unwrap();
}

#[test]
fn bonds_that_do_not_match_their_records_are_found() {
    for (holder, sentence) in [
        ((|world: &World| world.at.datanet.clone()) as fn(&World) -> Addr, "the bonds of its contributions"),
        (|world| world.at.attribution.clone(), "the bonds of its operators"),
    ] {
        let found = broken(|world| {
            let holder = holder(world);
            let mut storage = world.chain.contract_storage_mut(&holder);
            let less = BONDS_HELD.load(storage.as_ref()).unwrap() - Uint128::one();
            BONDS_HELD.save(storage.as_mut(), &less).unwrap();
        });
        says(&found, sentence);
    }
}

/// One uopen moved between two totals leaves their sum as it was.
#[test]
fn each_total_of_settlement_is_checked_by_itself() {
    let one = Uint128::one();
    says(
        &broken(change_totals(|totals| {
            (totals.channels, totals.treasury) = (totals.channels - one, totals.treasury + one)
        })),
        "channels total",
    );
    says(
        &broken(change_totals(|totals| (totals.pools, totals.treasury) = (totals.pools + one, totals.treasury - one))),
        "pools total",
    );
    says(
        &broken(change_totals(|totals| {
            (totals.royalties, totals.treasury) = (totals.royalties + one, totals.treasury - one)
        })),
        "royalties total",
    );
    says(
        &broken(change_totals(|totals| {
            (totals.liability, totals.treasury) = (totals.liability - one, totals.treasury + one)
        })),
        "liability total",
    );
    says(
        &broken(change_totals(|totals| {
            (totals.balances, totals.treasury) = (totals.balances - one, totals.treasury + one)
        })),
        "balances total",
    );
}

#[test]
fn a_ledger_that_does_not_add_up_is_found() {
    says(&broken(change_entry(1, |entry| entry.accrued += 1)), "liability total");
    says(&broken(change_entry(1, |entry| entry.payable -= 1)), "payable total");
}

#[test]
fn a_claim_that_paid_nobody_is_found() {
    says(&broken(change_claimed(1, 1)), "settlement's OPEN beyond its books");
}

#[test]
fn more_claimed_than_payable_is_found() {
    let found = broken(change_claimed(2, 1));
    says(&found, "position 2: payable is 0, less than claimed, 1");
}

#[test]
fn a_stake_that_does_not_add_up_is_found() {
    let found = broken(|world| {
        let (stake, owner) = (world.stake(), world.accounts.owner.clone());
        let more = world.stake_balance(&owner) + 1;
        set_balance(world, &stake, &owner, more);
    });
    says(&found, "stake of model 1: supply");
    let found = broken(|world| {
        let stake = world.stake();
        let mut storage = world.chain.contract_storage_mut(&stake);
        let mut reserves = RESERVES.load(storage.as_ref()).unwrap();
        reserves.work -= Uint128::one();
        RESERVES.save(storage.as_mut(), &reserves).unwrap();
    });
    says(&found, "stake of model 1: reserves");
}

pub fn ledger(snapshot: &mut Snapshot) -> &mut testing::invariants::LedgerView {
    snapshot.ledgers.values_mut().next().unwrap()
}

pub fn stake(snapshot: &mut Snapshot) -> &mut testing::invariants::StakeView {
    snapshot.stakes.values_mut().next().unwrap()
}

/// One state, changed.
pub fn changed(change: impl FnOnce(&mut Snapshot)) -> Broken {
    let world = settled();
    let mut snapshot = Snapshot::read(&world.chain, &world.at).unwrap();
    snapshot.consistent().unwrap();
    change(&mut snapshot);
    snapshot.consistent().unwrap_err()
}

#[test]
fn every_sum_of_a_stake_is_checked_by_itself() {
    let one = Uint128::one();
    says(&changed(|now| stake(now).supply += 1), "supply is");
    says(&changed(|now| stake(now).dividends.sharing -= one), "units that share");
    says(&changed(|now| stake(now).dividends.received += one), "dividends received");
    says(&changed(|now| stake(now).claimable += 1_000), "dividends outstanding");
    says(&changed(|now| stake(now).claimable -= 1_000), "claimable, carried and fractions");
}

#[test]
fn stake_given_beyond_the_reserve_or_claimed_beyond_what_was_given_is_found() {
    let give = |now: &mut Snapshot, units: u64| {
        ledger(now).accounts[0].stake = units.into();
        ledger(now).totals.stake_given = units.into();
    };
    says(&changed(|now| give(now, 300_000_000_001)), "its contributors' reserve");
    says(&changed(|now| ledger(now).totals.stake_given += Uint128::one()), "stake given total");
    says(&changed(|now| ledger(now).accounts[0].stake_claimed = 1u64.into()), "stake given is 0");
}

#[test]
fn an_account_that_shows_another_debt_or_standing_than_it_has_is_found() {
    let one = cosmwasm_std::Uint64::one();
    says(&changed(|now| ledger(now).accounts[2].debt += one), "position 2: debt");
    says(&changed(|now| ledger(now).accounts[2].proved_debt -= one), "position 2: proved debt");
    says(&changed(|now| ledger(now).accounts[2].rounds_without_debt = 1), "rounds with and without debt");
}

#[test]
fn state_that_cannot_be_read_is_broken() {
    let found = broken(|world| {
        let settlement = world.at.settlement.clone();
        world.chain.contract_storage_mut(&settlement).set(b"totals", b"{}");
    });
    assert!(matches!(found, Broken::Unreadable { .. }));
}

#[test]
#[should_panic(expected = "an invariant is broken")]
fn a_test_fails_where_it_breaks_an_invariant_whatever_it_expects() {
    let mut world = World::new();
    let (token, stranger) = (world.at.open_token.clone(), world.accounts.stranger.clone());
    set_balance(&mut world, &token, &stranger, 1);
    let _ = world.pay(10_000_000);
}

#[test]
fn without_invariants_nobody_looks() {
    let mut world = World::new();
    world.chain.set_invariants(Invariants::Off);
    let (token, stranger) = (world.at.open_token.clone(), world.accounts.stranger.clone());
    set_balance(&mut world, &token, &stranger, 1);
    world.pay(10_000_000).unwrap();
}
