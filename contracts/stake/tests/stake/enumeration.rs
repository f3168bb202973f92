//! Listings with paging.

use cosmwasm_std::Uint128;
use cw20::{
    AllAccountsResponse, AllAllowancesResponse, AllSpenderAllowancesResponse, AllowanceInfo, Expiration,
    SpenderAllowanceInfo,
};
use protocol::stake::QueryMsg;

use crate::world::World;

fn sorted(world: &World, names: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = names.iter().map(|name| world.text(name)).collect();
    all.sort();
    all
}

fn accounts(world: &World, start_after: Option<String>, limit: Option<u32>) -> Vec<String> {
    world.query::<AllAccountsResponse>(&QueryMsg::AllAccounts { start_after, limit }).accounts
}

#[test]
fn accounts_are_listed_in_order_and_in_pages() {
    let mut world = World::new();
    for name in ["ann", "ben", "cem"] {
        world.transfer("owner", name, 5).unwrap();
    }
    let all = sorted(&world, &["ann", "ben", "cem", "owner", "stake"]);
    assert_eq!(accounts(&world, None, None), all);
    assert_eq!(accounts(&world, None, Some(2)), all[..2]);
    assert_eq!(accounts(&world, Some(all[1].clone()), Some(2)), all[2..4]);
    assert_eq!(accounts(&world, Some(all[4].clone()), None), [""; 0]);
}

#[test]
fn a_page_has_ten_accounts_by_default_and_thirty_at_most() {
    let mut world = World::new();
    for number in 0..40 {
        world.transfer("owner", &format!("account {number}"), 1).unwrap();
    }
    assert_eq!(accounts(&world, None, None).len(), 10);
    assert_eq!(accounts(&world, None, Some(u32::MAX)).len(), 30);
}

#[test]
fn allowances_are_listed_by_owner_in_pages() {
    let mut world = World::new();
    world.allow("owner", "ann", 1);
    world.allow("owner", "ben", 2);
    world.allow("cem", "ann", 3);
    let query = |start_after, limit| {
        let owner = world.text("owner");
        world.query::<AllAllowancesResponse>(&QueryMsg::AllAllowances { owner, start_after, limit }).allowances
    };
    let info = |name: &str, allowance: u128| AllowanceInfo {
        spender: world.text(name),
        allowance: Uint128::new(allowance),
        expires: Expiration::Never {},
    };
    let mut expected = vec![info("ann", 1), info("ben", 2)];
    expected.sort_by(|a, b| a.spender.cmp(&b.spender));
    assert_eq!(query(None, None), expected);
    assert_eq!(query(None, Some(1)), expected[..1]);
    assert_eq!(query(Some(expected[0].spender.clone()), None), expected[1..]);
}

#[test]
fn allowances_are_listed_by_spender_in_pages_and_follow_what_was_spent() {
    let mut world = World::new();
    world.allow("owner", "ann", 10);
    world.allow("cem", "ann", 3);
    world.transfer_from("ann", "owner", "ben", 4).unwrap();
    let query = |start_after, limit| {
        let spender = world.text("ann");
        let query = QueryMsg::AllSpenderAllowances { spender, start_after, limit };
        world.query::<AllSpenderAllowancesResponse>(&query).allowances
    };
    let info = |name: &str, allowance: u128| SpenderAllowanceInfo {
        owner: world.text(name),
        allowance: Uint128::new(allowance),
        expires: Expiration::Never {},
    };
    let mut expected = vec![info("owner", 6), info("cem", 3)];
    expected.sort_by(|a, b| a.owner.cmp(&b.owner));
    assert_eq!(query(None, None), expected);
    assert_eq!(query(None, Some(1)), expected[..1]);
    assert_eq!(query(Some(expected[0].owner.clone()), None), expected[1..]);
}
