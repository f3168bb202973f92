//! Dividends: who earns what, and that income stays with whoever held the units when it came.

use cosmwasm_std::{Uint64, Uint128, to_json_binary};
use protocol::event::StakeEvent;
use protocol::stake::{ExecuteMsg, ReceiveMsg, SUPPLY};
use stake::ContractError;

use crate::world::{FUNDS, MODEL_ID, OWNER_UNITS, Outcome, World, events};

/// `owner`, `ann` and `ben` hold a half, a quarter and a quarter of what shares.
fn shared() -> World {
    let mut world = World::new();
    world.transfer("owner", "ann", OWNER_UNITS / 4).unwrap();
    world.transfer("owner", "ben", OWNER_UNITS / 4).unwrap();
    world
}

#[test]
fn a_dividend_is_shared_in_proportion_to_units_and_the_reserves_get_nothing() {
    let mut world = shared();
    let response = world.dividend(1_024).unwrap();
    assert_eq!(["owner", "ann", "ben", "stake"].map(|name| world.claimable(name)), [512, 256, 256, 0]);
    let totals = world.totals();
    assert_eq!((totals.received.u128(), totals.outstanding.u128(), totals.paid.u128()), (1_024, 1_024, 0));
    assert_eq!((totals.count, totals.sharing.u128()), (Uint64::one(), OWNER_UNITS));
    let expected = StakeEvent::DividendReceived {
        model: MODEL_ID,
        from: world.text("payer"),
        amount: Uint128::new(1_024),
        sharing: OWNER_UNITS.into(),
        points: Uint128::new((1_024 << 48) / OWNER_UNITS),
    };
    assert_eq!(events(&response), [expected]);
}

/// The owner has half of the sharing units, the others a quarter each.
#[test]
fn what_is_less_than_an_uopen_is_kept_for_its_holder_until_it_is_one() {
    let mut world = shared();
    let claimable = |world: &World| ["owner", "ann", "ben"].map(|name| world.claimable(name));
    let mut seen = vec![];
    for _ in 0..4 {
        world.dividend(1).unwrap();
        seen.push(claimable(&world));
    }
    assert_eq!(seen, [[0, 0, 0], [1, 0, 0], [1, 0, 0], [2, 1, 1]]);
    assert_eq!(world.totals().carried.u128(), 0);
}

#[test]
fn income_stays_behind_when_units_move() {
    let mut world = World::new();
    world.dividend(1_280_000).unwrap();
    world.transfer("owner", "ann", OWNER_UNITS).unwrap();
    assert_eq!((world.claimable("owner"), world.claimable("ann")), (1_280_000, 0));
    assert_eq!(world.claim(&["ann"]).unwrap_err(), ContractError::NothingToClaim);
    world.claim(&["owner"]).unwrap();
    assert_eq!(world.wallet("owner"), 1_280_000);
}

#[test]
fn units_bought_just_before_a_dividend_earn_their_share_of_it_and_lose_nothing_when_sold() {
    let mut world = World::new();
    world.dividend(1_280_000).unwrap();
    world.transfer("owner", "ann", OWNER_UNITS / 4).unwrap();
    world.dividend(512_000).unwrap();
    world.transfer("ann", "owner", OWNER_UNITS / 4).unwrap();
    assert_eq!(world.claimable("ann"), 128_000);
    world.dividend(1_280_000).unwrap();
    assert_eq!(world.claimable("ann"), 128_000);
    assert_eq!(world.claimable("owner"), 1_280_000 + 384_000 + 1_280_000);
}

#[test]
fn every_way_of_moving_units_leaves_income_behind() {
    let ways: [fn(&mut World) -> Outcome; 4] = [
        |world| world.transfer("owner", "hook", OWNER_UNITS),
        |world| world.send("owner", OWNER_UNITS, vec![]),
        |world| world.transfer_from("ann", "owner", "hook", OWNER_UNITS),
        |world| {
            let (owner, contract, amount) = (world.text("owner"), world.text("hook"), OWNER_UNITS.into());
            world.execute("ann", &ExecuteMsg::SendFrom { owner, contract, amount, msg: b"[]".into() })
        },
    ];
    for way in ways {
        let mut world = World::new();
        world.allow("owner", "ann", OWNER_UNITS);
        world.dividend(1_280_000).unwrap();
        way(&mut world).unwrap();
        assert_eq!((world.units("hook"), world.claimable("hook")), (OWNER_UNITS, 0));
        world.dividend(1_280_000).unwrap();
        assert_eq!((world.claimable("owner"), world.claimable("hook")), (1_280_000, 1_280_000));
    }
}

#[test]
fn burning_keeps_the_income_of_the_past_and_leaves_that_of_the_future_to_others() {
    for by_allowance in [false, true] {
        let mut world = shared();
        world.allow("owner", "ann", OWNER_UNITS);
        world.dividend(1_024).unwrap();
        let amount = (OWNER_UNITS / 2).into();
        if by_allowance {
            let owner = world.text("owner");
            world.execute("ann", &ExecuteMsg::BurnFrom { owner, amount }).unwrap();
        } else {
            world.execute("owner", &ExecuteMsg::Burn { amount }).unwrap();
        }
        assert_eq!(world.totals().sharing.u128(), OWNER_UNITS / 2);
        world.dividend(1_024).unwrap();
        assert_eq!(["owner", "ann", "ben"].map(|name| world.claimable(name)), [512, 768, 768]);
    }
}

#[test]
fn a_dividend_is_carried_while_nobody_holds_units() {
    let mut world = World::with_units([0, SUPPLY, 0]);
    world.dividend(500).unwrap();
    world.dividend(500).unwrap();
    assert_eq!((world.totals().points.u128(), world.totals().carried.u128()), (0, 1_000 << 48));
    assert_eq!(world.claim(&["owner", "stake"]).unwrap_err(), ContractError::NothingToClaim);
    world.deliver(&[("ann", 1)]).unwrap();
    assert_eq!(world.claimable("ann"), 0, "what is carried waits for the next dividend");
    world.dividend(1).unwrap();
    assert_eq!(world.claimable("ann"), 1_001);
}

#[test]
fn the_last_holder_may_burn_everything_and_is_still_paid() {
    let mut world = World::new();
    world.dividend(1_280_000).unwrap();
    world.burn("owner", OWNER_UNITS).unwrap();
    world.dividend(77).unwrap();
    assert_eq!((world.totals().sharing.u128(), world.claimable("owner")), (0, 1_280_000));
    world.claim(&["owner"]).unwrap();
    assert_eq!(world.wallet("owner"), 1_280_000);
    world.pay_work(&[("cem", 2)]).unwrap();
    world.dividend(1).unwrap();
    assert_eq!(world.claimable("cem"), 78);
}

#[test]
fn the_only_holder_earns_everything() {
    let mut world = World::with_units([1 << 39, SUPPLY - (1 << 39), 0]);
    world.dividend(FUNDS / 2).unwrap();
    world.claim(&["owner"]).unwrap();
    assert_eq!(world.wallet("owner"), FUNDS / 2);
}

#[test]
fn units_from_a_reserve_earn_from_then_on_only() {
    let mut world = World::with_units([1 << 20, SUPPLY - (1 << 20) - 5_000_000, 5_000_000]);
    world.dividend(1_024).unwrap();
    world.deliver(&[("ann", 1 << 20)]).unwrap();
    world.pay_work(&[("ben", 2 << 20)]).unwrap();
    assert_eq!((world.claimable("ann"), world.claimable("ben")), (0, 0));
    world.dividend(1_024).unwrap();
    assert_eq!(["owner", "ann", "ben"].map(|name| world.claimable(name)), [1_024 + 256, 256, 512]);
}

#[test]
fn anybody_may_pay_a_dividend() {
    let mut world = World::new();
    let open = world.open.clone();
    let gift = cw20::Cw20ExecuteMsg::Transfer { recipient: world.text("cem"), amount: Uint128::new(50) };
    world.tell("payer", &open, &gift).unwrap();
    world.pay_with("cem", &open, 50, to_json_binary(&ReceiveMsg::Dividend {}).unwrap()).unwrap();
    assert_eq!(world.totals().received.u128(), 50);
}

#[test]
fn open_with_another_message_is_refused() {
    let mut world = World::new();
    let open = world.open.clone();
    for msg in [&b"{}"[..], b"", b"\"dividend\"", b"{\"treasury\":{}}"] {
        let error = world.pay_with("payer", &open, 50, msg.into()).unwrap_err();
        assert!(matches!(error, ContractError::Std(_)), "{error}");
    }
    assert_eq!(world.wallet("payer"), FUNDS);
}
