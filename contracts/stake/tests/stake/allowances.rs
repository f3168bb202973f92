//! Allowances, and moving, sending and burning by them.

use cosmwasm_std::Uint128;
use cw20::{AllowanceResponse, Expiration};
use cw20_base::ContractError as Cw20Error;
use protocol::stake::{ExecuteMsg, QueryMsg, SUPPLY};
use stake::ContractError;

use crate::transfers::is_short;
use crate::world::{OWNER_UNITS, Outcome, World, attribute};

fn increase(world: &mut World, amount: u128, expires: Option<Expiration>) -> Outcome {
    let msg = ExecuteMsg::IncreaseAllowance { spender: world.text("ann"), amount: amount.into(), expires };
    world.execute("owner", &msg)
}

fn decrease(world: &mut World, amount: u128, expires: Option<Expiration>) -> Outcome {
    let msg = ExecuteMsg::DecreaseAllowance { spender: world.text("ann"), amount: amount.into(), expires };
    world.execute("owner", &msg)
}

/// What `ann` may move of `owner`'s, and until when.
fn allowed(world: &World) -> (u128, Expiration) {
    let query = QueryMsg::Allowance { owner: world.text("owner"), spender: world.text("ann") };
    let AllowanceResponse { allowance, expires } = world.query(&query);
    (allowance.u128(), expires)
}

fn burn_from(world: &mut World, spender: &str, amount: u128) -> Outcome {
    let msg = ExecuteMsg::BurnFrom { owner: world.text("owner"), amount: amount.into() };
    world.execute(spender, &msg)
}

fn send_from(world: &mut World, spender: &str, amount: u128) -> Outcome {
    let (owner, contract) = (world.text("owner"), world.text("hook"));
    world.execute(spender, &ExecuteMsg::SendFrom { owner, contract, amount: amount.into(), msg: b"[]".into() })
}

/// A height that many blocks from now.
fn height_in(world: &World, blocks: u64) -> Expiration {
    Expiration::AtHeight(world.app.block_info().height + blocks)
}

#[test]
fn an_allowance_grows_and_shrinks_and_keeps_or_changes_its_end() {
    let mut world = World::new();
    assert_eq!(allowed(&world), (0, Expiration::Never {}));
    let (early, late) = (height_in(&world, 10), height_in(&world, 20));
    increase(&mut world, 500, Some(early)).unwrap();
    assert_eq!(allowed(&world), (500, early));
    increase(&mut world, 100, None).unwrap();
    assert_eq!(allowed(&world), (600, early));
    increase(&mut world, 0, Some(late)).unwrap();
    decrease(&mut world, 50, None).unwrap();
    assert_eq!(allowed(&world), (550, late));
    decrease(&mut world, 50, Some(early)).unwrap();
    assert_eq!(allowed(&world), (500, early));
    assert_eq!(world.units("owner"), OWNER_UNITS);
}

#[test]
fn an_allowance_that_shrinks_to_nothing_is_gone() {
    let mut world = World::new();
    let end = height_in(&world, 10);
    increase(&mut world, 500, Some(end)).unwrap();
    decrease(&mut world, 5_000, None).unwrap();
    assert_eq!(allowed(&world), (0, Expiration::Never {}));
    assert!(matches!(decrease(&mut world, 1, None), Err(ContractError::Cw20(Cw20Error::Std(_)))));
}

#[test]
fn an_end_that_has_passed_is_refused() {
    let mut world = World::new();
    increase(&mut world, 500, None).unwrap();
    let (now, time) = (height_in(&world, 0), Expiration::AtTime(world.app.block_info().time));
    for passed in [now, time] {
        let expected = ContractError::Cw20(Cw20Error::InvalidExpiration {});
        assert_eq!(increase(&mut world, 1, Some(passed)).unwrap_err(), expected);
        assert_eq!(decrease(&mut world, 1, Some(passed)).unwrap_err(), expected);
    }
    assert_eq!(allowed(&world), (500, Expiration::Never {}));
}

#[test]
fn nobody_allows_themselves() {
    let mut world = World::new();
    let (spender, amount) = (world.text("owner"), Uint128::one());
    let expected = ContractError::Cw20(Cw20Error::CannotSetOwnAccount {});
    let msg = ExecuteMsg::IncreaseAllowance { spender: spender.clone(), amount, expires: None };
    assert_eq!(world.execute("owner", &msg).unwrap_err(), expected);
    let msg = ExecuteMsg::DecreaseAllowance { spender, amount, expires: None };
    assert_eq!(world.execute("owner", &msg).unwrap_err(), expected);
}

#[test]
fn a_spender_moves_what_it_was_allowed() {
    let mut world = World::new();
    increase(&mut world, 500, None).unwrap();
    let response = world.transfer_from("ann", "owner", "ben", 200).unwrap();
    assert_eq!((world.units("owner"), world.units("ann"), world.units("ben")), (OWNER_UNITS - 200, 0, 200));
    assert_eq!(allowed(&world).0, 300);
    assert_eq!(attribute(&response, "by"), Some(world.text("ann")));
    assert!(is_short(&world.transfer_from("ann", "owner", "ben", 301).unwrap_err()));
    let stranger = world.transfer_from("ben", "owner", "ben", 1).unwrap_err();
    assert_eq!(stranger, ContractError::Cw20(Cw20Error::NoAllowance {}));
    world.transfer_from("ann", "owner", "ann", 300).unwrap();
    assert_eq!(world.units("ann"), 300);
}

#[test]
fn an_allowance_does_not_make_units() {
    let mut world = World::new();
    increase(&mut world, u128::MAX, None).unwrap();
    assert!(is_short(&world.transfer_from("ann", "owner", "ben", OWNER_UNITS + 1).unwrap_err()));
    assert!(is_short(&burn_from(&mut world, "ann", OWNER_UNITS + 1).unwrap_err()));
    assert_eq!(allowed(&world).0, u128::MAX);
}

#[test]
fn a_spender_burns_what_it_was_allowed() {
    let mut world = World::new();
    increase(&mut world, 500, None).unwrap();
    let response = burn_from(&mut world, "ann", 200).unwrap();
    assert_eq!((world.supply(), world.units("owner")), (SUPPLY - 200, OWNER_UNITS - 200));
    assert_eq!((allowed(&world).0, attribute(&response, "action").as_deref()), (300, Some("burn_from")));
    assert!(is_short(&burn_from(&mut world, "ann", 301).unwrap_err()));
    assert_eq!(burn_from(&mut world, "ben", 1).unwrap_err(), ContractError::Cw20(Cw20Error::NoAllowance {}));
}

#[test]
fn a_spender_sends_what_it_was_allowed_and_the_contract_is_called() {
    let mut world = World::new();
    increase(&mut world, 500, None).unwrap();
    let response = send_from(&mut world, "ann", 200).unwrap();
    assert_eq!((world.units("hook"), world.units("owner"), allowed(&world).0), (200, OWNER_UNITS - 200, 300));
    assert_eq!(attribute(&response, "action").as_deref(), Some("send_from"));
    assert!(is_short(&send_from(&mut world, "ann", 301).unwrap_err()));
    assert_eq!(send_from(&mut world, "ben", 1).unwrap_err(), ContractError::Cw20(Cw20Error::NoAllowance {}));
}

#[test]
fn an_expired_allowance_moves_nothing() {
    let mut world = World::new();
    let end = height_in(&world, 1);
    increase(&mut world, 500, Some(end)).unwrap();
    world.transfer_from("ann", "owner", "ben", 1).unwrap();
    world.app.update_block(|block| block.height += 1);
    let expected = ContractError::Cw20(Cw20Error::Expired {});
    assert_eq!(world.transfer_from("ann", "owner", "ben", 1).unwrap_err(), expected);
    assert_eq!(burn_from(&mut world, "ann", 1).unwrap_err(), expected);
    assert_eq!(send_from(&mut world, "ann", 1).unwrap_err(), expected);
    assert_eq!(world.units("ben"), 1);
}

#[test]
fn an_allowance_by_time_ends_in_the_second_it_names() {
    let mut world = World::new();
    let end = world.app.block_info().time.plus_seconds(60);
    increase(&mut world, 500, Some(Expiration::AtTime(end))).unwrap();
    world.app.update_block(|block| block.time = end.minus_seconds(1));
    world.transfer_from("ann", "owner", "ben", 1).unwrap();
    world.app.update_block(|block| block.time = end);
    world.transfer_from("ann", "owner", "ben", 1).unwrap_err();
}

#[test]
fn nobody_takes_from_the_reserves_by_allowance_not_even_the_contract_itself() {
    let mut world = World::new();
    for sender in ["owner", "model", "settlement", "stake"] {
        assert_eq!(world.transfer_from(sender, "stake", "ann", 1).unwrap_err(), ContractError::Reserved);
        let burn = ExecuteMsg::BurnFrom { owner: world.text("stake"), amount: Uint128::one() };
        assert_eq!(world.execute(sender, &burn).unwrap_err(), ContractError::Reserved);
    }
}
