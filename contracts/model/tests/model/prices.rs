//! `SetPrices`, and the checks that `CreateModel` shares with it.

use cosmwasm_std::Uint128;
use model::ContractError;
use protocol::Seconds;
use protocol::event::ModelEvent;
use protocol::model::{NewModel, Price, PriceSheet, QueryMsg};

use crate::world::*;

#[test]
fn a_new_sheet_leaves_the_old_one_readable() {
    let mut world = World::with_model();
    let created = Seconds(world.time());
    world.pass_time(500);
    let changed = Seconds(world.time());
    let events = world.run(OWNER, set_prices(vec![price("standard", 1)]));
    assert_eq!(events, [ModelEvent::PricesSet { model: MODEL, price_sheet: 2 }]);
    assert_eq!(world.model().price_sheet, 2);
    let sheet = |version| world.query::<PriceSheet>(QueryMsg::PriceSheet { model: MODEL, version });
    let first = PriceSheet { version: 1, prices: new_model().prices, since: created, until: Some(changed) };
    let second = PriceSheet { version: 2, prices: vec![price("standard", 1)], since: changed, until: None };
    assert_eq!((sheet(1), sheet(2)), (first, second));
}

/// Phases that overlap at their edge: every moment since creation has one sheet; one replaced in its own second had none.
#[test]
fn sheets_follow_each_other_without_gap_or_overlap() {
    let mut world = World::with_model();
    for seconds in [100, 0, 0, 7] {
        world.pass_time(seconds);
        world.run(OWNER, set_prices(vec![price("standard", 1)]));
    }
    let sheet = |version| world.query::<PriceSheet>(QueryMsg::PriceSheet { model: MODEL, version });
    let sheets: Vec<_> = (1..=5).map(sheet).collect();
    assert!(sheets.windows(2).all(|pair| pair[0].until == Some(pair[1].since)), "{sheets:?}");
    let in_force = |at| sheets.iter().filter(|it| it.since <= at && it.until.is_none_or(|end| at < end)).count();
    for at in sheets[0].since.get()..=sheets[4].since.get() + 1 {
        assert_eq!(in_force(Seconds(at)), 1, "at {at}");
    }
}

#[test]
fn a_price_may_depend_on_what_is_read_and_written() {
    let mut world = World::with_model();
    let metered = Price { per_1000_in: Uint128::new(40), per_1000_out: Uint128::MAX, ..price("metered", 1) };
    world.run(OWNER, set_prices(vec![metered.clone()]));
    let sheet: PriceSheet = world.query(QueryMsg::PriceSheet { model: MODEL, version: 2 });
    assert_eq!(sheet.prices, [metered]);
    // Clients that know of no such prices send none.
    let short: Price = cosmwasm_std::from_json(r#"{"name":"standard","per_call":"7"}"#).unwrap();
    assert_eq!(short, price("standard", 7));
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
        assert_eq!(world.refused(OWNER, create(new)), expected);
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
    world.tamper(|model| model.price_sheet = u32::MAX);
    let error = world.refused(OWNER, set_prices(vec![price("standard", 1)]));
    assert!(matches!(error, ContractError::Overflow(_)));
}
