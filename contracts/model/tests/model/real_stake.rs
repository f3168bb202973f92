//! The contract with `stake` itself: what the stand-in plays is what the real one does.

use cosmwasm_std::Uint128;
use cw20::{BalanceResponse, TokenInfoResponse};
use protocol::model::{ExecuteMsg, NewModel, NewStake, VersionManifest, WorkClaim, WorkKind};
use protocol::stake::{Config, QueryMsg, Reserves, SUPPLY};
use serde::de::DeserializeOwned;

use crate::world::*;

/// A model that uses one contribution.
fn with_model(stake: NewStake) -> World {
    let mut world = World::with_real_stake();
    world.run(OWNER, create(NewModel { stake, ..new_model() }));
    let used = world.accepted(DATANET);
    world.run(OWNER, append(&[used]));
    world
}

fn asked<T: DeserializeOwned>(world: &World, query: &QueryMsg) -> T {
    world.app.wrap().query_wasm_smart(world.stake(MODEL), query).unwrap()
}

fn balance(world: &World, address: String) -> u128 {
    asked::<BalanceResponse>(world, &QueryMsg::Balance { address }).balance.u128()
}

fn version(world: &World, work: Vec<WorkClaim>) -> ExecuteMsg {
    register(VersionManifest { work, ..world.manifest(1) })
}

#[test]
fn the_stake_is_set_up_as_the_model_was_asked_to() {
    let world = with_model(new_stake());
    let expected = Config {
        model_id: MODEL,
        model: world.contract.clone(),
        settlement: world.settlement.clone(),
        open_token: account("open"),
    };
    assert_eq!(asked::<Config>(&world, &QueryMsg::Config {}), expected);
    let token: TokenInfoResponse = asked(&world, &QueryMsg::TokenInfo {});
    assert_eq!((token.name.as_str(), token.symbol.as_str()), ("digits shares", "DIGITS"));
    assert_eq!((token.decimals, token.total_supply.u128()), (6, SUPPLY));
    assert_eq!(balance(&world, text(OWNER)), SUPPLY / 2);
    let [contributors, work] = [300_000_000_000, 200_000_000_000].map(Uint128::new);
    assert_eq!(asked::<Reserves>(&world, &QueryMsg::Reserves {}), Reserves { contributors, work });
}

#[test]
fn work_is_paid_until_the_reserve_is_empty_and_versions_go_on() {
    let mut world = with_model(new_stake());
    let halves = |world: &World| {
        version(world, vec![claim("cluster", WorkKind::Compute, 5_000), claim("tuner", WorkKind::FineTuning, 5_000)])
    };
    for _ in 0..3 {
        let msg = halves(&world);
        world.run(OWNER, msg);
    }
    assert_eq!(["cluster", "tuner"].map(|name| balance(&world, text(name))), [100_000_000_000; 2]);
    assert_eq!(asked::<Reserves>(&world, &QueryMsg::Reserves {}).work, Uint128::zero());
    assert_eq!(world.model().versions, 3);
}

#[test]
fn many_claims_on_a_small_reserve_are_paid_rounded_down() {
    let mut world = with_model(NewStake { owner: protocol::Bps(6_999), work: protocol::Bps(1), ..new_stake() });
    let work = (0..64).map(|number| claim(&format!("worker {number}"), WorkKind::Compute, 77)).collect();
    let msg = version(&world, work);
    world.run(OWNER, msg);
    let each = 100_000_000 * 77 / 10_000;
    assert!((0..64).all(|number| balance(&world, text(&format!("worker {number}"))) == each));
    assert_eq!(asked::<Reserves>(&world, &QueryMsg::Reserves {}).work.u128(), 100_000_000 - 64 * each);
}

#[test]
fn names_and_symbols_that_no_cw20_may_have_take_the_model_with_them() {
    let mut world = World::with_real_stake();
    for (name, symbol) in [("ok", "DIGITS"), ("digits shares", "D1"), ("digits shares", "D IGITS"), ("", "")] {
        let stake = NewStake { name: name.to_owned(), symbol: symbol.to_owned(), ..new_stake() };
        world.refused_by_a_peer(OWNER, create(NewModel { stake, ..new_model() }));
    }
    assert_eq!(world.models(), []);
}
