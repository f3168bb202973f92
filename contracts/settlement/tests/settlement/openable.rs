//! Which range a round would cover.

use protocol::model::Terms;
use protocol::settlement::{MAX_EPOCHS, MAX_REDEMPTIONS, Openable};
use protocol::{Bps, Epoch, ModelId, Seconds};

use crate::world::{EPOCH, GENESIS, MIN_BLOCKS, MODEL, OTHER_MODEL, World, score};

#[test]
fn a_model_without_fees_has_nothing_to_settle() {
    let world = World::new();
    for model in [MODEL, OTHER_MODEL, ModelId(99)] {
        assert_eq!(world.openable(model), Openable::NoFees {});
    }
}

#[test]
fn the_first_epoch_that_can_be_redeemed_is_named() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    world.at(3 * EPOCH, 1);
    world.redeem_one(channel, 3, 100).unwrap();
    let (epoch, until) = (Epoch(3), Seconds(GENESIS + 4 * EPOCH + EPOCH / 2));
    assert_eq!(world.openable(MODEL), Openable::Redeemable { epoch, until });
}

#[test]
fn a_range_holds_all_epochs_with_fees_whose_redemption_is_over() {
    let mut world = World::new();
    let channel = world.open_channel(10_000);
    for (epoch, sum) in [(2, 100), (3, 300), (5, 600)] {
        world.at(epoch * EPOCH, 1);
        world.redeem_one(channel, epoch, sum).unwrap();
    }
    world.end_redemption(3); // which is in the middle of epoch 4, seen in epoch 5
    world.at(5 * EPOCH, MIN_BLOCKS);
    let range = world.range();
    assert_eq!((range.first_epoch, range.last_epoch), (Epoch(0), Epoch(3)));
    assert_eq!(range.fixed_by, Seconds(GENESIS + 3 * EPOCH));
    assert!(!range.full);
    let epochs: Vec<Epoch> = range.books.iter().map(|book| book.epoch).collect();
    assert_eq!(epochs, [Epoch(2), Epoch(3)]);
    assert_eq!(range.redemptions, 2);
    assert_eq!(range.pool.u128(), 63 + 126);
}

#[test]
fn the_next_range_begins_after_the_settled_one() {
    let mut world = World::new();
    world.earn(0, 1_000);
    world.settle(&[score(1, 0)]);
    assert_eq!(world.openable(MODEL), Openable::NoFees {});
    let channel = world.open_channel(1_000);
    world.redeem_one(channel, 1, 500).unwrap();
    world.end_redemption(1);
    let range = world.range();
    assert_eq!((range.first_epoch, range.last_epoch), (Epoch(1), Epoch(1)));
    assert_eq!(range.pool.u128(), 315);
}

#[test]
fn a_range_holds_at_most_64_epochs_with_fees() {
    let mut world = World::new();
    let channel = world.open_channel(10_000);
    for epoch in 0..=MAX_EPOCHS as u64 {
        world.at(epoch * EPOCH, 1);
        world.redeem_one(channel, epoch, u128::from(epoch + 1) * 10).unwrap();
    }
    world.end_redemption(MAX_EPOCHS as u64);
    let range = world.range();
    assert_eq!(range.books.len(), MAX_EPOCHS);
    assert_eq!((range.last_epoch, range.full), (Epoch(63), true));
    world.settle(&[score(1, 0)]);
    let range = world.range();
    assert!(!range.full);
    assert_eq!((range.first_epoch, range.last_epoch), (Epoch(64), Epoch(64)));
}

#[test]
fn a_range_whose_first_fees_have_waited_for_64_epochs_waits_no_longer() {
    let mut world = World::new();
    let channel = world.open_channel(10_000);
    for (epoch, sum) in [(3, 100), (40, 200)] {
        world.at(epoch * EPOCH, 1);
        world.redeem_one(channel, epoch, sum).unwrap();
    }
    world.at((3 + MAX_EPOCHS as u64) * EPOCH - 1, MIN_BLOCKS);
    world.tick();
    world.at((3 + MAX_EPOCHS as u64) * EPOCH - 1, MIN_BLOCKS);
    assert!(!world.range().full);
    world.at((3 + MAX_EPOCHS as u64) * EPOCH, 1);
    let range = world.range();
    assert_eq!((range.books.len(), range.last_epoch, range.full), (2, Epoch(40), true));
}

#[test]
fn a_range_holds_at_most_4096_redemptions() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    world.fill(0, u128::from(MAX_REDEMPTIONS) / 64 - 1);
    world.redeem_one(channel, 0, 10).unwrap();
    world.at(EPOCH, 1);
    world.fill(1, 1);
    world.end_redemption(1);
    let range = world.range();
    assert_eq!((range.last_epoch, range.redemptions, range.full), (Epoch(0), MAX_REDEMPTIONS - 63, true));
    world.settle(&[score(1, 0)]);
    let range = world.range();
    assert_eq!((range.redemptions, range.full), (64, false));
}

#[test]
fn a_range_of_exactly_4096_redemptions_is_full_and_one_less_is_not() {
    let mut world = World::new();
    world.fill(0, u128::from(MAX_REDEMPTIONS) / 64 - 1);
    let channels: Vec<_> = (0..64).map(|_| world.open_channel(10)).collect();
    for channel in &channels[1..] {
        world.redeem_one(*channel, 0, 10).unwrap();
    }
    world.end_redemption(0);
    let range = world.range();
    assert_eq!((range.redemptions, range.full), (MAX_REDEMPTIONS - 1, false));
    // One more, in the next epoch, still fits.
    world.redeem_one(channels[0], 1, 10).unwrap();
    world.end_redemption(1);
    let range = world.range();
    assert_eq!((range.redemptions, range.full), (MAX_REDEMPTIONS, true));
    world.settle(&[score(1, 0)]);
    assert_eq!(world.openable(MODEL), Openable::NoFees {});
}

#[test]
fn examples_must_be_fixed_by_the_start_of_the_last_epoch_that_is_over() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    world.redeem_one(channel, 0, 100).unwrap();
    world.end_redemption(0);
    assert_eq!(world.range().fixed_by, Seconds(GENESIS));
    // One second before the redemption of epoch 1 ends nothing changes, and then it counts without any fees.
    world.at(2 * EPOCH, 1);
    world.tick();
    world.at(2 * EPOCH + EPOCH / 2 - 1, MIN_BLOCKS);
    assert_eq!(world.range().fixed_by, Seconds(GENESIS));
    world.at(2 * EPOCH + EPOCH / 2, 0);
    let range = world.range();
    assert_eq!((range.last_epoch, range.fixed_by), (Epoch(0), Seconds(GENESIS + EPOCH)));
    // Epochs that nobody's message saw end are not over: the range's own stands in until someone sends one.
    world.at(9 * EPOCH, MIN_BLOCKS);
    assert_eq!(world.range().fixed_by, Seconds(GENESIS));
    world.tick();
    world.at(9 * EPOCH + EPOCH / 4, MIN_BLOCKS);
    assert_eq!(world.range().fixed_by, Seconds(GENESIS + 7 * EPOCH));
}

#[test]
fn a_full_range_does_not_wait_for_examples_older_than_its_last_epoch() {
    let mut world = World::new();
    let channel = world.open_channel(10_000);
    for epoch in 0..MAX_EPOCHS as u64 + 10 {
        world.at(epoch * EPOCH, 1);
        world.redeem_one(channel, epoch, u128::from(epoch + 1) * 10).unwrap();
    }
    world.end_redemption(MAX_EPOCHS as u64 + 9);
    let range = world.range();
    assert_eq!((range.last_epoch, range.full), (Epoch(63), true));
    assert_eq!(range.fixed_by, Seconds(GENESIS + 73 * EPOCH));
}

#[test]
fn release_rate_and_cap_are_those_of_the_last_epoch() {
    let mut world = World::new();
    let channel = world.open_channel(1_000);
    world.redeem_one(channel, 0, 100).unwrap();
    let mut known = world.known(MODEL);
    known.commerce.terms = Terms { release_rate: Bps(9_000), cap: 77_u128.into(), ..known.commerce.terms };
    world.set_model(known);
    world.at(EPOCH, 1);
    world.redeem_one(channel, 1, 200).unwrap();
    world.end_redemption(1);
    let range = world.range();
    assert_eq!((range.release_rate, range.cap.u128()), (Bps(9_000), 77));
}
