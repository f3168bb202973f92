//! What a round of fees sends to the holders of the stake and sets aside for parents.

use cosmwasm_std::Uint128;
use cw_multi_test::Executor;
use protocol::model::{DatedTerms, Terms};
use protocol::settlement::Parts;
use protocol::stake::ExecuteMsg;
use protocol::{Bps, Epoch};
use rules::bitmap::Bitmap;
use rules::split::{FeeParts, SplitTerms, split_fee};

use crate::advance::many_scores;
use crate::stub::{self, Known};
use crate::world::{EPOCH, FUNDS, MODEL, World, attributes, score};

/// 20 % to the owner, 10 % to the stake, 60 % to contributors, 10 % to parents.
fn sharing() -> World {
    let mut world = World::new();
    world.set_model(known(&world));
    world
}

fn known(world: &World) -> Known {
    let mut known = world.known(MODEL);
    known.commerce.terms = stub::shared_terms();
    known
}

#[test]
fn every_part_leaves_the_pools_for_where_it_belongs() {
    let mut world = sharing();
    world.earn(0, 100_000);
    // 10,000 to the protocol; of 90,000: 18,000, 9,000, 54,000 and 9,000.
    let scores = [score(3, 0), score(1, 0), score(-1, 0)];
    let (mut begin, round) = (world.begin(&scores), world.next_round());
    begin.rewards = world.rewards(&[("op1", 10_000)]);
    let response = world.chunk(round, Some(begin), 0, &scores).unwrap();
    assert_eq!(attributes(&response, "owner_booked", "amount"), ["18000"]);
    assert_eq!(attributes(&response, "owner_booked", "owner"), [world.owner.to_string()]);
    assert_eq!(attributes(&response, "dividend_sent", "amount"), ["9000"]);
    assert_eq!(attributes(&response, "royalties_owed", "amount"), ["9000"]);

    let totals = world.totals();
    assert_eq!((totals.pools.u128(), totals.liability.u128()), (0, 54_000));
    assert_eq!((totals.royalties.u128(), totals.balances.u128()), (9_000, 18_000 + 1_666));
    assert_eq!(totals.treasury.u128(), 10_000 - 1_666);
    assert_eq!(world.model_totals(MODEL).royalties_owed.u128(), 9_000);
    assert_eq!(world.dividends(MODEL).received.u128(), 9_000);
    let settled = world.rounds()[0].clone();
    assert_eq!(
        (settled.gross.u128(), settled.parts.stake.u128(), settled.parts.parents.u128()),
        (100_000, 9_000, 9_000)
    );
}

#[test]
fn holders_claim_what_was_sent() {
    let mut world = sharing();
    world.earn(0, 100_000);
    world.settle(&[score(1, 0)]);
    // The owner holds all units that are in nobody's reserve.
    let (owner, stake) = (world.owner.clone(), world.stake(MODEL));
    world.app.execute_contract(owner, stake, &ExecuteMsg::ClaimDividends { accounts: vec![] }, &[]).unwrap();
    // Points are whole, so a fraction of an uopen is carried to the next dividend.
    let (paid, dividends) = (world.wallet("owner"), world.dividends(MODEL));
    assert_eq!((paid, dividends.paid.u128()), (8_999, 8_999));
    assert_eq!(dividends.outstanding.u128(), 1);
    world.check_books();
}

#[test]
fn unresolved_redemptions_are_neither_sent_nor_owed() {
    let mut world = sharing();
    let channel = world.open_channel(2_000);
    world.redeem_one(channel, 0, 1_000).unwrap();
    world.redeem_one(channel, 0, 2_000).unwrap();
    world.end_redemption(0);
    let scores = [score(1, 0)];
    let (mut begin, round) = (world.begin(&scores), world.next_round());
    let mut unresolved = Bitmap::new(2);
    unresolved.set(0).unwrap();
    begin.unresolved = unresolved.as_bytes().into();
    world.chunk(round, Some(begin), 0, &scores).unwrap();
    assert_eq!((world.dividends(MODEL).received.u128(), world.totals().royalties.u128()), (90, 90));
    assert_eq!(world.totals().treasury.u128(), 1_000 + 100);
}

#[test]
fn parts_of_nothing_send_and_say_nothing() {
    let mut world = World::new();
    world.earn(0, 1_000);
    let scores = [score(1, 0)];
    let (mut begin, round) = (world.begin(&scores), world.next_round());
    begin.unresolved = vec![1].into();
    let response = world.chunk(round, Some(begin), 0, &scores).unwrap();
    for event in ["owner_booked", "dividend_sent", "royalties_owed"] {
        assert!(attributes(&response, event, "amount").is_empty(), "{event}");
    }
    assert_eq!(world.dividends(MODEL).count.u64(), 0);
}

#[test]
fn a_dividend_is_sent_with_the_first_chunk_and_never_again() {
    let mut world = sharing();
    world.earn(0, 100_000);
    let scores = many_scores();
    let (begin, round) = (world.begin(&scores), world.next_round());
    world.chunk(round, Some(begin), 0, &scores[..64]).unwrap();
    assert_eq!(world.dividends(MODEL).count.u64(), 1);
    world.chunk(round, None, 64, &scores[64..]).unwrap();
    assert_eq!(world.dividends(MODEL).count.u64(), 1);
}

#[test]
fn the_owner_of_the_day_is_paid() {
    let mut world = sharing();
    world.earn(0, 100_000);
    let mut known = known(&world);
    known.commerce.owner = world.account("buyer");
    world.set_model(known);
    world.settle(&[score(1, 0)]);
    assert_eq!((world.balance("owner"), world.balance("buyer")), (0, 18_000));
}

/// From epoch to epoch the owner gives up 10 bps: 5 for contributors, 5 for the stake.
fn better(epoch: u64) -> Terms {
    let steps = epoch as u16;
    Terms {
        owner: Bps(2_000 - 10 * steps),
        stake: Bps(1_000 + 5 * steps),
        influence: Bps(6_000 + 5 * steps),
        release_rate: Bps(5_000 + steps),
        cap: stub::terms().cap + Uint128::from(epoch),
        ..stub::shared_terms()
    }
}

fn split(fee: u128, terms: &Terms) -> FeeParts {
    let terms = SplitTerms {
        owner_bps: terms.owner.0,
        stake_bps: terms.stake.0,
        influence_bps: terms.influence.0,
        parents_bps: terms.parents.0,
    };
    split_fee(fee, 1_000, &terms).unwrap()
}

#[test]
fn sixty_four_epochs_at_sixty_four_terms_settle_in_one_round() {
    let mut world = sharing();
    let mut known = known(&world);
    known.later = (1..65).map(|epoch| DatedTerms { from: Epoch(epoch), terms: better(epoch) }).collect();
    world.set_model(known);
    let channel = world.open_channel(1_000_000);
    let (mut cumulative, mut expected) = (0, FeeParts::default());
    for epoch in 0..65_u64 {
        world.at(epoch * EPOCH, 1);
        let fee = 1_001 + u128::from(epoch);
        cumulative += fee;
        world.redeem_one(channel, epoch, cumulative).unwrap();
        if epoch < 64 {
            expected = expected.checked_add(&split(fee, &better(epoch))).unwrap();
        }
    }
    world.end_redemption(64);
    let range = world.range();
    assert_eq!((range.books.len(), range.last_epoch, range.full), (64, Epoch(63), true));
    assert_eq!((range.release_rate, range.cap), (better(63).release_rate, better(63).cap));
    world.settle(&[score(1, 0)]);

    let settled = world.rounds()[0].clone();
    let parts = Parts {
        protocol: expected.protocol.into(),
        owner: expected.owner.into(),
        stake: expected.stake.into(),
        influence: expected.influence.into(),
        parents: expected.parents.into(),
    };
    assert_eq!((settled.parts, settled.release_rate), (parts, better(63).release_rate));
    assert_eq!(world.dividends(MODEL).received.u128(), expected.stake);
    assert_eq!(world.totals().royalties.u128(), expected.parents);
    assert_eq!(world.range().first_epoch, Epoch(64));
    assert_eq!(world.wallet("payer"), FUNDS - 1_000_000);
}
