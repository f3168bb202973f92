//! Queries that other tests do not ask.

use cosmwasm_std::{Binary, StdResult, Uint64};
use protocol::settlement::{Account, Channel, EpochBook, QueryMsg, SettledRound, Standing};
use protocol::{ChannelId, Epoch, ModelId, Page};

use crate::world::{EPOCH, MODEL, POSITIONS, World, score};

fn page(start_after: Option<u64>, limit: u32) -> Page {
    Page { start_after: start_after.map(Uint64::new), limit: Some(limit) }
}

fn last_scores(world: &World, from: u32, count: u32) -> Vec<i32> {
    let packed: Binary = world.query(&QueryMsg::LastScores { model: MODEL, from, count });
    packed.chunks(4).map(|bytes| i32::from_be_bytes(bytes.try_into().unwrap())).collect()
}

#[test]
fn listings_are_paged() {
    let mut world = World::new();
    let ids: Vec<u64> = (0..5).map(|_| world.open_channel(1_000).get()).collect();
    let found: Vec<Channel> = world.query(&QueryMsg::Channels { page: page(Some(2), 2) });
    assert_eq!(found.iter().map(|channel| channel.id.get()).collect::<Vec<_>>(), ids[2..4]);

    for epoch in 0..4 {
        world.at(epoch * EPOCH, 1);
        world.redeem_one(ChannelId(1), epoch, u128::from(epoch + 1) * 10).unwrap();
    }
    let found: Vec<EpochBook> = world.query(&QueryMsg::Epochs { model: MODEL, page: page(Some(1), 1) });
    assert_eq!(found[0].epoch, Epoch(2));
    let msg = QueryMsg::Redemptions { model: MODEL, epoch: Epoch(0), page: page(Some(u64::MAX), 1) };
    assert!(world.query::<Vec<protocol::settlement::BookedRedemption>>(&msg).is_empty());
}

#[test]
fn accounts_and_scores_are_read_by_position() {
    let mut world = World::new();
    world.earn(0, 100_000);
    let scores: Vec<_> = (0..POSITIONS as i32).map(|at| score(if at == 70 { -5 } else { at }, 1)).collect();
    world.settle(&scores);
    assert_eq!(last_scores(&world, 62, 4), [62, 63, 64, 65]);
    assert_eq!(last_scores(&world, 70, 1), [-5]);
    assert_eq!(last_scores(&world, 128, 4), [128, 129, 0, 0]);
    assert_eq!(last_scores(&world, u32::MAX, 2), [0, 0]);
    assert_eq!(last_scores(&world, 0, 0), [0; 0]);

    let found: Vec<Account> = world.query(&QueryMsg::Accounts { model: MODEL, page: page(Some(69), 2) });
    assert_eq!(found.iter().map(|account| account.position).collect::<Vec<_>>(), [70, 71]);
    let debt = found[0].debt.u64();
    assert!(debt > 0 && found[0].accrued.i64() == -(debt as i64));
    assert_eq!(world.accounts(MODEL).len(), POSITIONS as usize);
    let beyond = QueryMsg::Accounts { model: MODEL, page: page(Some(u64::MAX), 2) };
    assert!(world.query::<Vec<Account>>(&beyond).is_empty());
}

#[test]
fn settled_rounds_are_listed() {
    let mut world = World::new();
    for epoch in 0..3 {
        world.earn(epoch, 1_000);
        world.settle(&[score(1, 0)]);
    }
    let found: Vec<SettledRound> = world.query(&QueryMsg::SettledRounds { model: MODEL, page: page(Some(1), 1) });
    assert_eq!((found[0].first_epoch, found[0].complete), (Epoch(1), true));
}

#[test]
fn what_does_not_exist_is_an_error_and_never_a_panic() {
    let world = World::new();
    let channel = ChannelId(u64::MAX);
    for msg in [
        QueryMsg::Channel { channel },
        QueryMsg::LastScores { model: MODEL, from: 0, count: 16_385 },
        QueryMsg::Balance { account: "nobody".to_owned() },
        QueryMsg::Valuation { model: ModelId(u64::MAX) },
    ] {
        let found: StdResult<Binary> = world.app.wrap().query_wasm_smart(&world.settlement, &msg);
        assert!(found.is_err(), "{msg:?}");
    }
}

#[test]
fn the_current_epoch_follows_the_clock() {
    let mut world = World::new();
    world.at(EPOCH - 1, 1);
    assert_eq!(world.query::<Option<Epoch>>(&QueryMsg::CurrentEpoch {}), Some(Epoch(0)));
    world.at(EPOCH, 1);
    assert_eq!(world.query::<Option<Epoch>>(&QueryMsg::CurrentEpoch {}), Some(Epoch(1)));
}

#[test]
fn a_position_that_no_round_has_reached_stands_at_zero() {
    let mut world = World::new();
    world.earn(0, 1_000);
    world.settle(&[score(1, 0)]);
    for position in [1, 64, u32::MAX] {
        let found: Standing = world.query(&QueryMsg::Standing { model: MODEL, position });
        let zero = (found.proved_debt.u64(), found.rounds_with_debt, found.rounds_without_debt, found.retired);
        assert_eq!(zero, (0, 0, 0, false), "{position}");
    }
    let found: Standing = world.query(&QueryMsg::Standing { model: MODEL, position: 0 });
    assert_eq!((found.rounds_with_debt, found.rounds_without_debt), (0, 1));
    let unknown: Standing = world.query(&QueryMsg::Standing { model: ModelId(u64::MAX), position: 0 });
    assert!(!unknown.retired);
}
