//! The ends of the ranges: the least and the most OPEN, the fewest and the most units.

use protocol::stake::SUPPLY;

use crate::world::{FUNDS, World};

#[test]
fn all_open_that_exists_to_one_unit() {
    let mut world = World::with_units([1, SUPPLY - 1, 0]);
    world.dividend(FUNDS).unwrap();
    assert_eq!(world.claimable("owner"), FUNDS);
    world.claim(&["owner"]).unwrap();
    assert_eq!((world.wallet("owner"), world.totals().outstanding.u128()), (FUNDS, 0));
}

#[test]
fn all_open_that_exists_through_one_unit_again_and_again() {
    let mut world = World::with_units([1, SUPPLY - 1, 0]);
    let open = world.open.clone();
    for round in 1..=200 {
        world.dividend(FUNDS).unwrap();
        world.claim(&["owner"]).unwrap();
        assert_eq!(world.totals().paid.u128(), round * FUNDS);
        let recipient = world.text("payer");
        world.tell("owner", &open, &cw20::Cw20ExecuteMsg::Transfer { recipient, amount: FUNDS.into() }).unwrap();
    }
    // The points of 200 rounds in a balance of the whole supply still fit.
    world.deliver(&[("owner", SUPPLY - 1)]).unwrap();
    world.dividend(FUNDS).unwrap();
    assert!(FUNDS - world.claimable("owner") <= 1);
}

#[test]
fn all_open_that_exists_carried_and_then_shared() {
    let mut world = World::with_units([0, 0, SUPPLY]);
    world.dividend(FUNDS - 1).unwrap();
    world.pay_work(&[("ann", 1), ("ben", SUPPLY - 1)]).unwrap();
    world.dividend(1).unwrap();
    assert_eq!(world.claimable("ann"), FUNDS / SUPPLY);
    assert_eq!(world.claimable("ben"), FUNDS - FUNDS / SUPPLY);
}

/// 2^32 points of one uopen among 10^12 units are nothing at first: all is carried, and none is lost.
#[test]
fn one_uopen_at_a_time_among_all_units() {
    let mut world = World::with_units([SUPPLY, 0, 0]);
    world.transfer("owner", "ann", SUPPLY / 2).unwrap();
    for _ in 0..2_000 {
        world.dividend(1).unwrap();
    }
    let claimable = ["owner", "ann"].map(|name| world.claimable(name));
    assert!(claimable.iter().all(|claimable| (880..=1_000).contains(claimable)), "{claimable:?}");
    // One unit has one point after 10^12 / 2^32, about 233, uopen: what is carried is always less than a point of the whole.
    assert!(world.totals().carried.u128() < SUPPLY);
    assert_eq!(world.totals().outstanding.u128(), 2_000);
}

#[test]
fn one_unit_among_all_earns_its_share_in_time() {
    let mut world = World::with_units([SUPPLY, 0, 0]);
    world.transfer("owner", "ann", 1).unwrap();
    for _ in 0..4 {
        world.dividend(SUPPLY - 1).unwrap();
    }
    assert_eq!(world.claimable("ann"), 3);
    world.dividend(4).unwrap();
    assert_eq!((world.claimable("ann"), world.claimable("owner")), (4, 4 * (SUPPLY - 1)));
}
