//! One test for each pitfall of CosmWasm audits that this contract could fall into.
//!
//! Those shown elsewhere: unexpected native coins, migration, messages of peers (`door`), rounding (`histories`,
//! `extremes`), re-entrancy (`reentrancy`).

use cosmwasm_std::{Uint128, to_json_binary};
use cw_storage_plus::{Item, Map};
use cw20::{Cw20ExecuteMsg, Cw20ReceiveMsg};
use protocol::stake::{ExecuteMsg, MAX_CLAIMANTS, QueryMsg, ReceiveMsg};
use stake::ContractError;

use crate::world::{CONTRIBUTORS_UNITS, FUNDS, OWNER_UNITS, WORK_UNITS, World};

fn dividend() -> cosmwasm_std::Binary {
    to_json_binary(&ReceiveMsg::Dividend {}).unwrap()
}

#[test]
fn duplicate_ids_an_account_named_twice_is_not_paid_twice() {
    let mut world = World::new();
    world.dividend(1_000_000).unwrap();
    let account = world.account("owner");
    assert_eq!(world.claim(&["owner", "ann", "owner"]).unwrap_err(), ContractError::DuplicateAccount { account });
    assert_eq!(world.wallet("owner"), 0);
}

#[test]
fn reward_index_not_settled_before_a_stake_change_a_late_buyer_gets_nothing_of_the_past() {
    let mut world = World::new();
    for _ in 0..5 {
        world.dividend(1_280_000).unwrap();
        world.transfer("owner", "ann", OWNER_UNITS).unwrap();
        assert_eq!(world.claim(&["ann"]).unwrap_err(), ContractError::NothingToClaim);
        world.transfer("ann", "owner", OWNER_UNITS).unwrap();
    }
    assert_eq!(world.wallet("ann"), 0);
    assert_eq!(world.claimable("owner"), 5 * 1_280_000);
}

#[test]
fn reward_index_of_a_new_account_an_account_that_never_held_units_does_not_start_from_zero() {
    let mut world = World::new();
    world.dividend(FUNDS / 2).unwrap();
    for name in ["ann", "ben"] {
        world.transfer("owner", name, 1_000).unwrap();
    }
    world.deliver(&[("cem", 1_000)]).unwrap();
    world.pay_work(&[("dia", 1_000)]).unwrap();
    assert_eq!(["ann", "ben", "cem", "dia"].map(|name| world.claimable(name)), [0; 4]);
}

#[test]
fn accounting_from_raw_balances_a_donation_changes_nothing() {
    let (mut plain, mut gifted) = (World::new(), World::new());
    gifted.donate(123_456);
    for world in [&mut plain, &mut gifted] {
        world.dividend(1_000_000).unwrap();
        world.claim(&["owner"]).unwrap();
    }
    gifted.donate(1);
    assert_eq!(plain.totals(), gifted.totals());
    assert_eq!(plain.wallet("owner"), gifted.wallet("owner"));
}

#[test]
fn receive_from_another_token_is_no_dividend() {
    let mut world = World::new();
    let forged = world.forged.clone();
    let error = world.pay_with("payer", &forged, 1_000, dividend()).unwrap_err();
    assert!(matches!(error, ContractError::Unauthorized { .. }));
    assert_eq!(world.totals().received, Uint128::zero());
}

#[test]
fn receive_from_its_own_token_is_no_dividend() {
    let mut world = World::new();
    let stake = world.stake.clone();
    assert_eq!(world.pay_with("owner", &stake, 1_000, dividend()).unwrap_err(), ContractError::ToItself);
    let msg = Cw20ReceiveMsg { sender: world.text("owner"), amount: Uint128::new(5), msg: dividend() };
    let error = world.execute("stake", &ExecuteMsg::Receive(msg)).unwrap_err();
    assert!(matches!(error, ContractError::Unauthorized { .. }));
}

#[test]
fn receive_of_zero_is_refused() {
    let mut world = World::new();
    let open = world.open.clone();
    assert_eq!(world.pay_with("payer", &open, 0, dividend()).unwrap_err(), ContractError::ZeroDividend);
    assert_eq!(world.totals().count.u64(), 0);
}

#[test]
fn unchecked_arithmetic_amounts_at_the_end_of_their_range_are_named_errors() {
    let mut world = World::new();
    let max = Uint128::MAX;
    world.allow("owner", "ann", u128::MAX);
    let more = ExecuteMsg::IncreaseAllowance { spender: world.text("ann"), amount: Uint128::one(), expires: None };
    assert!(matches!(world.execute("owner", &more), Err(ContractError::Overflow(_))));
    assert!(matches!(world.burn("owner", u128::MAX), Err(ContractError::Cw20(_))));
    let asked = max;
    let error = world.deliver(&[("ann", u128::MAX)]).unwrap_err();
    let left = CONTRIBUTORS_UNITS.into();
    assert_eq!(error, ContractError::ReserveTooSmall { reserve: "contributors", left, asked });
    assert!(matches!(world.pay_work(&[("ann", u128::MAX), ("ben", 1)]), Err(ContractError::Overflow(_))));
    assert_eq!(world.reserves(), [CONTRIBUTORS_UNITS, WORK_UNITS]);
}

/// OPEN cannot come in such amounts; should a token say so, the message fails by name and changes nothing.
#[test]
fn unchecked_arithmetic_a_dividend_beyond_128_bits_is_a_named_error() {
    let mut world = World::new();
    let (open, stake) = (world.open.clone(), world.stake.clone());
    let msg = Cw20ReceiveMsg { sender: world.text("payer"), amount: Uint128::MAX, msg: dividend() };
    let error = cw_multi_test::Executor::execute_contract(&mut world.app, open, stake, &ExecuteMsg::Receive(msg), &[])
        .unwrap_err();
    assert_eq!(error.downcast::<ContractError>().unwrap(), ContractError::DividendRange);
    world.check_books();
}

#[test]
fn rounding_never_favours_the_caller() {
    let mut world = World::new();
    for (name, units) in [("ann", 3), ("ben", 7), ("cem", 99_999_999_977)] {
        world.transfer("owner", name, units).unwrap();
    }
    let names = ["owner", "ann", "ben", "cem"];
    let mut received = 0;
    for amount in [1, 11, 101, 997, 65_537, 1_000_003] {
        received += amount;
        world.dividend(amount).unwrap();
        let _ = world.claim(&names);
        let paid: u128 = names.iter().map(|name| world.wallet(name)).sum();
        assert!(paid <= received && received - paid <= names.len() as u128 + 233, "{paid} of {received}");
    }
}

#[test]
fn storage_keys_do_not_collide_with_those_of_cw20_base() {
    let world = World::new();
    let ours = [Item::<u8>::new("config"), Item::new("reserves"), Item::new("books")];
    let theirs = [Item::<u8>::new("token_info"), Item::new("marketing_info"), Item::new("logo")];
    let maps = ["holders", "balance", "allowance", "allowance_spender"];
    let account = world.account("owner");
    let mut keys: Vec<Vec<u8>> = ours.iter().chain(&theirs).map(|item| item.as_slice().to_vec()).collect();
    keys.extend(maps.map(|name| Map::<&cosmwasm_std::Addr, u8>::new_dyn(name).key(&account).to_vec()));
    keys.push(b"contract_info".to_vec());
    let prefixes = keys.iter().flat_map(|a| keys.iter().map(move |b| (a, b)));
    assert!(prefixes.filter(|(a, b)| a != b).all(|(a, b)| !a.starts_with(b)));
}

#[test]
fn a_failed_payment_is_not_swallowed() {
    // Should the token refuse one transfer, the claim fails as a whole and can be repeated.
    let mut world = World::new();
    world.dividend(1_024).unwrap();
    let (open, stake) = (world.open.clone(), world.stake.clone());
    let burn = Cw20ExecuteMsg::Burn { amount: Uint128::new(900) };
    cw_multi_test::Executor::execute_contract(&mut world.app, stake, open.clone(), &burn, &[]).unwrap();
    let accounts = vec![world.text("owner")];
    let claim = ExecuteMsg::ClaimDividends { accounts };
    let (stranger, stake) = (world.account("stranger"), world.stake.clone());
    let totals = world.totals();
    assert!(cw_multi_test::Executor::execute_contract(&mut world.app, stranger, stake, &claim, &[]).is_err());
    assert_eq!((world.totals(), world.claimable("owner")), (totals, 1_024));
    let refill = Cw20ExecuteMsg::Transfer { recipient: world.text("stake"), amount: Uint128::new(900) };
    world.tell("payer", &open, &refill).unwrap();
    world.claim(&["owner"]).unwrap();
    assert_eq!(world.wallet("owner"), 1_024);
}

#[test]
fn unbounded_iteration_a_dividend_costs_the_same_with_many_holders() {
    let mut world = World::new();
    let names: Vec<String> = (0..300).map(|number| format!("account {number}")).collect();
    let payments: Vec<(&str, u128)> = names.iter().map(|name| (name.as_str(), 1_000)).collect();
    world.deliver(&payments).unwrap();
    let writes = |world: &World| world.app.dump_wasm_raw(&world.stake).len();
    let before = writes(&world);
    world.dividend(1_000_000_000_000).unwrap();
    assert_eq!(writes(&world), before + 1, "only the books are new");
    assert!(names.len() > MAX_CLAIMANTS, "and a claim is bounded");
}

#[test]
fn push_payments_a_holder_that_cannot_receive_stops_nobody() {
    // Holders are paid by cw20 Transfer, which calls nobody: a contract without a hook is paid too.
    let mut world = World::new();
    let open = world.open.clone();
    let recipient = open.to_string();
    world.execute("owner", &ExecuteMsg::Transfer { recipient, amount: (OWNER_UNITS / 2).into() }).unwrap();
    world.dividend(1_024).unwrap();
    let accounts = vec![open.to_string(), world.text("owner")];
    world.execute("stranger", &ExecuteMsg::ClaimDividends { accounts }).unwrap();
    assert_eq!(world.wallet("owner"), 512);
}

#[test]
fn unwrap_in_queries_a_query_with_no_address_is_answered_by_an_error() {
    let world = World::new();
    let (account, limit, nobody) = ("nobody".to_owned(), Some(u32::MAX), "nobody".to_owned());
    let queries = [
        QueryMsg::Balance { address: account.clone() },
        QueryMsg::Dividends { account: account.clone() },
        QueryMsg::Allowance { owner: account.clone(), spender: nobody },
        QueryMsg::AllAllowances { owner: account.clone(), start_after: None, limit },
        QueryMsg::AllSpenderAllowances { spender: account, start_after: None, limit },
    ];
    for query in queries {
        let answer = world.app.wrap().query_wasm_smart::<cosmwasm_std::Empty>(&world.stake, &query);
        assert!(answer.is_err(), "{query:?}");
    }
}
