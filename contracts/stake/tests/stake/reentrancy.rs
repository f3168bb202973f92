//! A contract that is sent units and acts before the message that sent them has ended.

use cosmwasm_std::to_json_binary;
use cw20::Cw20ExecuteMsg;
use protocol::stake::{ExecuteMsg, ReceiveMsg};
use stake::ContractError;

use crate::hook::Onward;
use crate::world::{OWNER_UNITS, World};

fn claim_for(world: &World, names: &[&str]) -> Onward {
    let accounts = names.iter().map(|name| world.text(name)).collect();
    world.onward(&ExecuteMsg::ClaimDividends { accounts })
}

fn transfer_to(world: &World, to: &str, amount: u128) -> Onward {
    world.onward(&ExecuteMsg::Transfer { recipient: world.text(to), amount: amount.into() })
}

#[test]
fn a_receiver_that_claims_at_once_finds_nothing() {
    let mut world = World::new();
    world.dividend(1_280_000).unwrap();
    let claim = claim_for(&world, &["hook"]);
    assert_eq!(world.send("owner", OWNER_UNITS, vec![claim]).unwrap_err(), ContractError::NothingToClaim);
    assert_eq!(world.units("owner"), OWNER_UNITS);
}

#[test]
fn a_receiver_that_claims_for_the_sender_has_the_sender_paid_in_full() {
    let mut world = World::new();
    world.dividend(1_280_000).unwrap();
    let claim = claim_for(&world, &["owner", "hook"]);
    world.send("owner", OWNER_UNITS, vec![claim]).unwrap();
    assert_eq!((world.wallet("owner"), world.wallet("hook")), (1_280_000, 0));
    let second = claim_for(&world, &["owner"]);
    assert_eq!(world.run_hook(vec![second]).unwrap_err(), ContractError::NothingToClaim);
}

#[test]
fn a_receiver_that_sends_units_back_and_claims_gains_nothing() {
    let mut world = World::new();
    world.dividend(1_280_000).unwrap();
    let back = transfer_to(&world, "owner", OWNER_UNITS);
    let claim = claim_for(&world, &["hook", "owner"]);
    world.send("owner", OWNER_UNITS, vec![back.clone(), claim]).unwrap();
    assert_eq!((world.wallet("owner"), world.wallet("hook")), (1_280_000, 0));
    world.send("owner", OWNER_UNITS, vec![back]).unwrap();
    assert_eq!((world.units("owner"), world.units("hook")), (OWNER_UNITS, 0));
}

#[test]
fn a_receiver_that_claims_twice_in_one_message_is_refused_as_a_whole() {
    let mut world = World::new();
    world.transfer("owner", "hook", 1_000).unwrap();
    world.dividend(6_000_000_000).unwrap();
    let claim = claim_for(&world, &["hook"]);
    assert_eq!(world.run_hook(vec![claim.clone(), claim]).unwrap_err(), ContractError::NothingToClaim);
    assert_eq!(world.wallet("hook"), 0);
}

/// Units held only for the length of a message earn from a dividend paid in it, as any units do, and from no other.
#[test]
fn units_borrowed_for_one_message_earn_only_from_dividends_paid_in_it() {
    let mut world = World::new();
    let open = world.open.clone();
    world.dividend(1_280_000).unwrap();
    let gift = Cw20ExecuteMsg::Transfer { recipient: world.text("hook"), amount: 1_280_u128.into() };
    world.tell("payer", &open, &gift).unwrap();
    let (contract, msg) = (world.text("stake"), to_json_binary(&ReceiveMsg::Dividend {}).unwrap());
    let dividend = Cw20ExecuteMsg::Send { contract, amount: 1_280_u128.into(), msg };
    let calls = vec![
        Onward { contract: open.to_string(), msg: to_json_binary(&dividend).unwrap() },
        transfer_to(&world, "owner", OWNER_UNITS / 2),
        claim_for(&world, &["hook"]),
    ];
    world.send("owner", OWNER_UNITS / 2, calls).unwrap();
    assert_eq!(world.wallet("hook"), 640, "half of its own dividend came back");
    assert_eq!(world.units("owner"), OWNER_UNITS);
}
