//! Transfer, burn and send: cw20-base's behaviour, with the contract itself closed to units.

use cosmwasm_std::{OverflowError, StdError};
use protocol::stake::{ExecuteMsg, SUPPLY};
use stake::ContractError;

use crate::world::{OWNER_UNITS, World, attribute};

/// The error of taking more than there is.
pub fn is_short(error: &ContractError) -> bool {
    matches!(
        error,
        ContractError::Cw20(cw20_base::ContractError::Std(StdError::Overflow { source: OverflowError { .. }, .. }))
    )
}

#[test]
fn a_transfer_moves_units_and_no_more() {
    let mut world = World::new();
    let response = world.transfer("owner", "ann", 76_543).unwrap();
    assert_eq!((world.units("owner"), world.units("ann")), (OWNER_UNITS - 76_543, 76_543));
    assert_eq!(world.supply(), SUPPLY);
    let told = ["action", "from", "to", "amount"].map(|key| attribute(&response, key).unwrap());
    assert_eq!(told, ["transfer".to_owned(), world.text("owner"), world.text("ann"), "76543".to_owned()]);
}

#[test]
fn nobody_transfers_more_than_they_have() {
    let mut world = World::new();
    assert!(is_short(&world.transfer("owner", "ann", OWNER_UNITS + 1).unwrap_err()));
    assert!(is_short(&world.transfer("ann", "owner", 1).unwrap_err()));
    assert!(is_short(&world.transfer("ann", "owner", u128::MAX).unwrap_err()));
    world.transfer("owner", "ann", OWNER_UNITS).unwrap();
    assert_eq!((world.units("owner"), world.units("ann")), (0, OWNER_UNITS));
}

#[test]
fn a_transfer_of_nothing_and_one_to_oneself_are_allowed_and_change_nothing() {
    let mut world = World::new();
    world.transfer("owner", "ann", 0).unwrap();
    world.transfer("owner", "owner", OWNER_UNITS).unwrap();
    assert_eq!((world.units("owner"), world.units("ann")), (OWNER_UNITS, 0));
}

#[test]
fn a_recipient_that_is_no_address_is_refused() {
    let mut world = World::new();
    let msg = ExecuteMsg::Transfer { recipient: "nobody".to_owned(), amount: 1_u128.into() };
    assert!(matches!(world.execute("owner", &msg).unwrap_err(), ContractError::Std(_)));
    let msg = ExecuteMsg::Send { contract: "nothing".to_owned(), amount: 1_u128.into(), msg: b"[]".into() };
    assert!(matches!(world.execute("owner", &msg).unwrap_err(), ContractError::Std(_)));
}

#[test]
fn burning_destroys_own_units_and_lowers_the_supply() {
    let mut world = World::new();
    let response = world.burn("owner", 1_000).unwrap();
    assert_eq!((world.units("owner"), world.supply()), (OWNER_UNITS - 1_000, SUPPLY - 1_000));
    assert_eq!(attribute(&response, "action").as_deref(), Some("burn"));
    assert!(is_short(&world.burn("owner", OWNER_UNITS).unwrap_err()));
    assert!(is_short(&world.burn("ann", 1).unwrap_err()));
    world.burn("ann", 0).unwrap();
    assert_eq!(world.supply(), SUPPLY - 1_000);
}

#[test]
fn sending_moves_units_and_calls_the_contract() {
    let mut world = World::new();
    let back = world.onward(&ExecuteMsg::Transfer { recipient: world.text("ben"), amount: 40_u128.into() });
    let response = world.send("owner", 100, vec![back]).unwrap();
    assert_eq!((world.units("hook"), world.units("ben")), (60, 40));
    assert_eq!(attribute(&response, "action").as_deref(), Some("send"));
    assert!(is_short(&world.send("owner", OWNER_UNITS, vec![]).unwrap_err()));
}

#[test]
fn a_send_whose_receiver_refuses_moves_nothing() {
    let mut world = World::new();
    let msg = ExecuteMsg::Send { contract: world.text("hook"), amount: 100_u128.into(), msg: b"not a list".into() };
    world.execute("owner", &msg).unwrap_err();
    assert_eq!((world.units("hook"), world.units("owner")), (0, OWNER_UNITS));
}

#[test]
fn the_contract_itself_is_refused_as_a_recipient_of_every_kind() {
    let mut world = World::new();
    world.allow("owner", "ann", 100);
    assert_eq!(world.transfer("owner", "stake", 1).unwrap_err(), ContractError::ToItself);
    assert_eq!(world.transfer("owner", "stake", 0).unwrap_err(), ContractError::ToItself);
    assert_eq!(world.transfer_from("ann", "owner", "stake", 1).unwrap_err(), ContractError::ToItself);
    let (owner, contract, amount) = (world.text("owner"), world.text("stake"), 1_u128.into());
    let send = ExecuteMsg::Send { contract: contract.clone(), amount, msg: b"{}".into() };
    assert_eq!(world.execute("owner", &send).unwrap_err(), ContractError::ToItself);
    let send_from = ExecuteMsg::SendFrom { owner, contract, amount, msg: b"{}".into() };
    assert_eq!(world.execute("ann", &send_from).unwrap_err(), ContractError::ToItself);
}

/// The contract never sends itself such messages; should it ever, the reserves still stay.
#[test]
fn the_reserves_are_not_moved_by_messages_of_cw20() {
    let mut world = World::new();
    assert_eq!(world.transfer("stake", "ann", 1).unwrap_err(), ContractError::Reserved);
    assert_eq!(world.send("stake", 1, vec![]).unwrap_err(), ContractError::Reserved);
    assert_eq!(world.burn("stake", 1).unwrap_err(), ContractError::Reserved);
}
