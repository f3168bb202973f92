use protocol::{ChannelId, Epoch, Hash32, ModelId};

use super::*;
use crate::{account::Reach, order::SealedOrder};

fn pocket() -> Pocket {
    let paid = Reach { number: 1, sum: Uint128::new(4), head: Hash32([1; 32]) };
    Pocket {
        channel: ChannelId(7),
        model: ModelId(1),
        nonce: None,
        deposit: Uint128::new(10),
        paid,
        epoch: Some(Epoch(3)),
        unsent: None,
        pending: None,
        retired: None,
    }
}

fn purse(folder: &Path) -> Purse {
    let budget = Budget { per_call: Uint128::new(5), per_day: Uint128::new(9) };
    Purse::open(&folder.join("purse.redb"), budget).expect("nobody else has it open")
}

#[test]
fn budgets_hold_over_restarts_and_begin_anew_each_day() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = purse(folder.path());
    let noon = 100 * DAY + DAY / 2;
    assert!(matches!(first.check(Uint128::new(6), noon), Err(PurseError::TooDear { .. })));
    first.spend(&pocket(), Uint128::new(5), noon, Answered::default()).expect("it can be written");
    drop(first);
    let second = purse(folder.path());
    assert!(matches!(second.check(Uint128::new(5), noon), Err(PurseError::DaySpent { .. })));
    second.check(Uint128::new(4), noon).expect("exactly the budget");
    second.check(Uint128::new(5), noon + DAY).expect("another day");
    assert_eq!(second.spent().expect("it can be read").days, [(100, Day { calls: 1, fees: Uint128::new(5) })]);
    assert_eq!(second.pockets().expect("they can be read"), [pocket()]);
}

#[test]
fn what_is_under_way_counts_as_spent() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let purse = purse(folder.path());
    let order = SealedOrder {
        channel: ChannelId(7),
        number: 2,
        cumulative: Uint128::new(4),
        head: Hash32([1; 32]),
        request: Hash32([2; 32]),
        salt: Hash32([3; 32]),
        price_sheet: 1,
        price: "standard".to_owned(),
        ceiling: Uint128::new(5),
        seal: Hash32([4; 32]),
    };
    let pending =
        Some(Pending { order: order.clone(), path: "/v1/completions".to_owned(), body: b"{}".into(), key: None });
    purse.put(&Pocket { pending, ..pocket() }).expect("it can be written");
    assert!(matches!(purse.check(Uint128::new(5), 0), Err(PurseError::DaySpent { .. })));
    purse.check(Uint128::new(4), 0).expect("5 under way and 4 are the budget");
    // Two calls that were looked at together: the second does not fit beside the first.
    let other = |channel, ceiling| {
        let order = SealedOrder { channel: ChannelId(channel), ceiling: Uint128::new(ceiling), ..order.clone() };
        let pending = Some(Pending { order, path: "/v1/completions".to_owned(), body: b"{}".into(), key: None });
        Pocket { channel: ChannelId(channel), pending, ..pocket() }
    };
    purse.order(&other(8, 4), 0).expect("it fits");
    assert!(matches!(purse.order(&other(9, 4), 0), Err(PurseError::DaySpent { .. })));
    assert_eq!(purse.pockets().expect("they can be read").len(), 2, "nothing is written of what is refused");
    purse.order(&other(8, 3), 0).expect("its own order is not counted twice");
}
