//! The two reserves: who pays from them, to whom, and how much.

use cosmwasm_std::Uint128;
use protocol::event::StakeEvent;
use protocol::stake::{ExecuteMsg, MAX_PAYMENTS, Payment, SUPPLY};
use stake::ContractError;

use crate::world::{CONTRIBUTORS_UNITS, MODEL_ID, OWNER_UNITS, WORK_UNITS, World, events};

#[test]
fn each_message_pays_from_its_own_reserve() {
    let mut world = World::new();
    world.pay_work(&[("ann", 10)]).unwrap();
    assert_eq!(world.reserves(), [CONTRIBUTORS_UNITS, WORK_UNITS - 10]);
    world.deliver(&[("ben", 20)]).unwrap();
    assert_eq!(world.reserves(), [CONTRIBUTORS_UNITS - 20, WORK_UNITS - 10]);
    assert_eq!((world.units("ann"), world.units("ben")), (10, 20));
    assert_eq!((world.supply(), world.totals().sharing.u128()), (SUPPLY, OWNER_UNITS + 30));
}

#[test]
fn payments_are_told_in_order_even_of_repeated_accounts() {
    let mut world = World::new();
    let response = world.deliver(&[("ann", 1), ("ben", 2), ("ann", 4)]).unwrap();
    assert_eq!((world.units("ann"), world.units("ben")), (5, 2));
    let paid = |name, units: u128| StakeEvent::ReservePaid {
        model: MODEL_ID,
        reserve: "contributors".to_owned(),
        account: world.text(name),
        units: units.into(),
    };
    assert_eq!(events(&response), [paid("ann", 1), paid("ben", 2), paid("ann", 4)]);
    let response = world.pay_work(&[("ann", 1)]).unwrap();
    assert!(matches!(&events(&response)[..], [StakeEvent::ReservePaid { reserve, .. }] if reserve == "work"));
}

#[test]
fn a_reserve_pays_its_last_unit_and_no_more() {
    let mut world = World::new();
    let error = world.pay_work(&[("ann", WORK_UNITS), ("ben", 1)]).unwrap_err();
    let (left, asked) = (WORK_UNITS.into(), (WORK_UNITS + 1).into());
    assert_eq!(error, ContractError::ReserveTooSmall { reserve: "work", left, asked });
    world.pay_work(&[("ann", WORK_UNITS)]).unwrap();
    world.deliver(&[("ann", CONTRIBUTORS_UNITS)]).unwrap();
    assert_eq!((world.reserves(), world.units("stake")), ([0, 0], 0));
    let (left, asked) = (Uint128::zero(), Uint128::one());
    let error = world.deliver(&[("ann", 1)]).unwrap_err();
    assert_eq!(error, ContractError::ReserveTooSmall { reserve: "contributors", left, asked });
}

#[test]
fn a_payment_of_nothing_is_refused() {
    let mut world = World::new();
    let error = world.deliver(&[("ann", 1), ("ben", 0)]).unwrap_err();
    assert_eq!(error, ContractError::ZeroPayment { account: world.account("ben") });
    assert_eq!(world.units("ann"), 0);
}

#[test]
fn payments_to_no_address_are_refused() {
    let mut world = World::new();
    let payments = vec![Payment { account: "nobody".to_owned(), amount: Uint128::one() }];
    let error = world.execute("model", &ExecuteMsg::PayWork { payments }).unwrap_err();
    assert!(matches!(error, ContractError::Std(_)));
}

#[test]
fn any_account_can_be_paid_also_a_contract_without_a_hook_or_a_peer() {
    let mut world = World::new();
    world.deliver(&[("hook", 1), ("model", 2), ("settlement", 3), ("owner", 4)]).unwrap();
    assert_eq!(["hook", "model", "settlement"].map(|name| world.units(name)), [1, 2, 3]);
    assert_eq!(world.units("owner"), OWNER_UNITS + 4);
}

/// A payee that names the stake contract must not block the others who are paid in the same message.
#[test]
fn units_for_the_contract_itself_stay_in_the_reserve() {
    let mut world = World::new();
    let response = world.deliver(&[("ann", 5), ("stake", 7)]).unwrap();
    assert_eq!((world.units("ann"), events(&response).len()), (5, 1));
    assert_eq!(world.reserves(), [CONTRIBUTORS_UNITS - 5, WORK_UNITS]);
}

#[test]
fn a_message_without_payments_changes_nothing() {
    let mut world = World::new();
    world.deliver(&[]).unwrap();
    assert_eq!(world.reserves(), [CONTRIBUTORS_UNITS, WORK_UNITS]);
}

#[test]
fn a_message_has_as_many_payments_as_settlement_ever_sends() {
    let mut world = World::new();
    let names: Vec<String> = (0..=MAX_PAYMENTS).map(|number| format!("account {number}")).collect();
    let payments: Vec<(&str, u128)> = names.iter().map(|name| (name.as_str(), 3)).collect();
    let error = world.deliver(&payments).unwrap_err();
    assert_eq!(error, ContractError::TooManyPayments { count: MAX_PAYMENTS + 1 });
    world.deliver(&payments[..MAX_PAYMENTS]).unwrap();
    assert_eq!(world.reserves()[0], CONTRIBUTORS_UNITS - 3 * MAX_PAYMENTS as u128);
}
