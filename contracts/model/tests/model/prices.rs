//! `SetPrices`, and the checks that `CreateModel` shares with it.

use cosmwasm_std::Uint128;
use model::ContractError;
use protocol::event::ModelEvent;
use protocol::model::{ExecuteMsg, Model, NewModel, PriceSheet, QueryMsg};
use testing::Invariants;

use crate::world::*;

#[test]
fn a_new_sheet_leaves_the_old_one_readable() {
    let mut world = World::with_model();
    let events = world.run(OWNER, set_prices(vec![price("standard", 1)]));
    assert_eq!(events, [ModelEvent::PricesSet { model: MODEL, price_sheet: 2 }]);
    assert_eq!(world.model().price_sheet, 2);
    let sheet = |version| world.query::<PriceSheet>(QueryMsg::PriceSheet { model: MODEL, version });
    assert_eq!(sheet(1).prices, new_model().prices);
    assert_eq!(sheet(2), PriceSheet { version: 2, prices: vec![price("standard", 1)] });
}

#[test]
fn only_the_owner_sets_prices() {
    let error = World::with_model().refused(GATEWAY, set_prices(vec![price("standard", 1)]));
    assert_eq!(error, ContractError::NotModelOwner { model: MODEL, owner: account(OWNER) });
}

#[test]
fn bad_prices_are_refused_at_creation_and_later() {
    let field = "a price's name";
    let twice = vec![price("standard", 1), price("batch", 1), price("standard", 2)];
    let many = (0..33).map(|number| price(&number.to_string(), 1)).collect();
    let cases = [
        (vec![], ContractError::PriceCount { count: 0 }),
        (many, ContractError::PriceCount { count: 33 }),
        (twice, ContractError::DuplicatePrice { name: "standard".to_owned() }),
        (vec![price("free", 0)], ContractError::ZeroPrice { name: "free".to_owned() }),
        (vec![price("", 1)], ContractError::NameLength { field, length: 0 }),
        (vec![price(&"p".repeat(65), 1)], ContractError::NameLength { field, length: 65 }),
    ];
    let mut world = World::with_model();
    for (prices, expected) in cases {
        let new = NewModel { prices: prices.clone(), ..new_model() };
        assert_eq!(world.refused(OWNER, ExecuteMsg::CreateModel(new)), expected);
        assert_eq!(world.refused(OWNER, set_prices(prices)), expected);
    }
}

#[test]
fn a_sheet_holds_up_to_32_prices_of_any_height() {
    let mut world = World::with_model();
    let prices = (0..32).map(|number| price(&number.to_string(), Uint128::MAX.u128())).collect();
    world.run(OWNER, set_prices(prices));
}

#[test]
fn a_full_counter_is_an_error_and_no_wrap_around() {
    let mut world = World::with_model();
    world.chain.set_invariants(Invariants::Off);
    tamper(&mut world, |model| model.price_sheet = u32::MAX);
    let error = world.refused(OWNER, set_prices(vec![price("standard", 1)]));
    assert!(matches!(error, ContractError::Overflow(_)));
}

/// Changes the stored model behind the contract's back.
pub fn tamper(world: &mut World, change: impl FnOnce(&mut Model)) {
    let stored = cw_storage_plus::Map::<u64, Model>::new("models");
    let mut model = world.model();
    change(&mut model);
    let contract = world.at.model.clone();
    stored.save(&mut *world.chain.contract_storage_mut(&contract), MODEL.get(), &model).unwrap();
}
