//! Claims: each account is paid itself, by whoever asks.

use cosmwasm_std::Uint128;
use protocol::event::StakeEvent;
use protocol::stake::{ExecuteMsg, MAX_CLAIMANTS};
use stake::ContractError;

use crate::world::{MODEL_ID, OWNER_UNITS, World, events};

/// `owner` and `ann` with something to claim, `ben` with units but nothing yet.
fn earned() -> World {
    let mut world = World::new();
    world.transfer("owner", "ann", OWNER_UNITS / 2).unwrap();
    world.dividend(2_049).unwrap();
    world.transfer("owner", "ben", 10).unwrap();
    world
}

#[test]
fn a_stranger_can_have_accounts_paid_but_gets_nothing() {
    let mut world = earned();
    let response = world.claim(&["ann", "ben", "owner"]).unwrap();
    assert_eq!(["owner", "ann", "ben", "stranger"].map(|name| world.wallet(name)), [1_024, 1_024, 0, 0]);
    let paid =
        |name| StakeEvent::DividendPaid { model: MODEL_ID, account: world.text(name), amount: Uint128::new(1_024) };
    assert_eq!(events(&response), [paid("ann"), paid("owner")]);
    let ann = world.dividends("ann");
    assert_eq!((ann.claimable.u128(), ann.paid.u128(), ann.balance.u128()), (0, 1_024, OWNER_UNITS / 2));
    assert_eq!((world.totals().paid.u128(), world.totals().outstanding.u128()), (2_048, 1));
}

#[test]
fn a_claim_without_accounts_pays_the_sender() {
    let mut world = earned();
    world.execute("ann", &ExecuteMsg::ClaimDividends { accounts: vec![] }).unwrap();
    assert_eq!((world.wallet("ann"), world.wallet("owner")), (1_024, 0));
}

#[test]
fn a_claim_of_nothing_at_all_is_refused() {
    let mut world = earned();
    assert_eq!(world.claim(&["ben", "nobody", "stake"]).unwrap_err(), ContractError::NothingToClaim);
    assert_eq!(world.claim(&[]).unwrap_err(), ContractError::NothingToClaim);
    world.claim(&["ann"]).unwrap();
    assert_eq!(world.claim(&["ann"]).unwrap_err(), ContractError::NothingToClaim);
}

#[test]
fn the_reserve_account_is_never_paid_even_beside_others() {
    let mut world = earned();
    world.claim(&["stake", "ann"]).unwrap();
    let reserve = world.dividends("stake");
    assert_eq!((reserve.claimable.u128(), reserve.paid.u128()), (0, 0));
    assert_eq!(reserve.balance.u128(), world.reserves().iter().sum::<u128>());
}

#[test]
fn the_order_of_claims_does_not_matter() {
    let orders = [["owner", "ann", "ben"], ["ben", "ann", "owner"], ["ann", "owner", "ben"]];
    let outcomes = orders.map(|order| {
        let mut world = World::new();
        world.transfer("owner", "ann", OWNER_UNITS / 7).unwrap();
        world.transfer("owner", "ben", OWNER_UNITS / 3).unwrap();
        world.dividend(1_000_003).unwrap();
        for name in order {
            world.claim(&[name]).unwrap();
            world.dividend(1_111).unwrap();
        }
        world.claim(&order).unwrap();
        (["owner", "ann", "ben"].map(|name| world.wallet(name)), world.totals())
    });
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[0], outcomes[2]);
}

#[test]
fn claiming_often_pays_what_claiming_once_does() {
    let (mut often, mut once) = (World::new(), World::new());
    for world in [&mut often, &mut once] {
        world.transfer("owner", "ann", OWNER_UNITS / 3 + 1).unwrap();
    }
    for _ in 0..50 {
        often.dividend(7).unwrap();
        once.dividend(7).unwrap();
        let _ = often.claim(&["ann"]);
    }
    once.claim(&["ann"]).unwrap();
    assert_eq!(often.wallet("ann"), once.wallet("ann"));
}

#[test]
fn a_claim_names_a_hundred_accounts_at_most() {
    let mut world = earned();
    let names: Vec<String> = (0..MAX_CLAIMANTS).map(|number| format!("account {number}")).collect();
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names[MAX_CLAIMANTS - 1] = "ann";
    world.claim(&names).unwrap();
    assert_eq!(world.wallet("ann"), 1_024);
    names.push("owner");
    assert_eq!(world.claim(&names).unwrap_err(), ContractError::TooManyAccounts { count: MAX_CLAIMANTS + 1 });
}

#[test]
fn an_account_that_is_no_address_is_refused() {
    let mut world = earned();
    let msg = ExecuteMsg::ClaimDividends { accounts: vec![world.text("ann"), "nobody".to_owned()] };
    assert!(matches!(world.execute("ann", &msg).unwrap_err(), ContractError::Std(_)));
}
