//! The end of an epoch's redemption, in time and in blocks, from both sides.

use protocol::settlement::{OpenRange, Openable};
use protocol::{ChannelId, Epoch, Seconds};
use settlement::ContractError;

use crate::world::{EPOCH, GENESIS, MIN_BLOCKS, MODEL, World};

/// Second after genesis at which redemption of epoch 0 may end.
const END: u64 = EPOCH + EPOCH / 2;

fn with_fees() -> (World, ChannelId) {
    let mut world = World::new();
    let channel = world.open_channel(10_000);
    world.redeem_one(channel, 0, 100).unwrap();
    (world, channel)
}

fn is_open_to_vouchers(world: &World) -> bool {
    let until = Seconds(GENESIS + END);
    let epoch = Epoch(0);
    match world.openable(MODEL) {
        Openable::Redeemable { epoch: found, until: end } => (found, end) == (epoch, until),
        Openable::Range(_) => false,
        Openable::NoFees {} => panic!("there are fees"),
    }
}

#[test]
fn one_second_before_the_end_vouchers_are_taken_and_no_round_opens() {
    let (mut world, channel) = with_fees();
    world.at(EPOCH, 1);
    world.tick();
    world.at(END - 1, MIN_BLOCKS);
    assert!(is_open_to_vouchers(&world));
    world.redeem_one(channel, 0, 200).unwrap();

    world.at(END, 0);
    assert!(!is_open_to_vouchers(&world));
    let (epoch, until) = (Epoch(0), Seconds(GENESIS + END));
    let error = world.redeem_one(channel, 0, 300).unwrap_err();
    assert_eq!(error, ContractError::RedemptionOver { epoch, until });
}

#[test]
fn one_block_before_the_end_vouchers_are_taken_and_no_round_opens() {
    let (mut world, channel) = with_fees();
    world.at(END, 1);
    world.tick();
    world.at(END + 1, MIN_BLOCKS - 1);
    assert!(is_open_to_vouchers(&world));
    world.redeem_one(channel, 0, 200).unwrap();

    world.at(END + 1, 1);
    assert!(!is_open_to_vouchers(&world));
    assert!(matches!(world.redeem_one(channel, 0, 300), Err(ContractError::RedemptionOver { .. })));
}

#[test]
fn a_chain_that_halts_for_a_day_costs_the_gateway_nothing() {
    let (mut world, channel) = with_fees();
    world.at(86_400, 1);
    assert!(is_open_to_vouchers(&world));
    world.redeem_one(channel, 0, 200).unwrap();
    world.at(86_400 + 6, MIN_BLOCKS - 1);
    world.redeem_one(channel, 0, 300).unwrap();
    world.at(86_400 + 12, 1);
    assert!(!is_open_to_vouchers(&world));
}

#[test]
fn without_a_message_no_epoch_ends_and_anyone_can_send_one() {
    let (mut world, _) = with_fees();
    world.at(END * 100, 1_000);
    assert!(is_open_to_vouchers(&world));
    world.tick();
    assert!(is_open_to_vouchers(&world));
    world.at(END * 100, MIN_BLOCKS);
    assert!(!is_open_to_vouchers(&world));
}

#[test]
fn later_ticks_do_not_move_the_end() {
    let (mut world, _) = with_fees();
    world.at(EPOCH, 1);
    world.tick();
    for _ in 0..MIN_BLOCKS {
        world.at(END, 1);
        world.tick();
    }
    assert!(!is_open_to_vouchers(&world));
}

#[test]
fn a_message_in_the_epoch_itself_does_not_begin_its_end() {
    let (mut world, _) = with_fees();
    world.at(EPOCH - 1, 50);
    world.tick();
    world.at(END, 1);
    assert!(is_open_to_vouchers(&world));
}

#[test]
fn epochs_that_nobody_saw_end_with_the_next_one_seen() {
    let (mut world, channel) = with_fees();
    // Nothing happened in epochs 1 to 8.
    world.at(9 * EPOCH, 1);
    world.redeem_one(channel, 7, 200).unwrap();
    world.at(9 * EPOCH, MIN_BLOCKS);
    let Openable::Range(range) = world.openable(MODEL) else {
        panic!("epochs 0 and 7 are over");
    };
    let OpenRange { first_epoch, last_epoch, .. } = *range;
    assert_eq!((first_epoch, last_epoch), (Epoch(0), Epoch(7)));
}

#[test]
fn without_least_blocks_time_alone_decides() {
    let mut world = World::with(|msg| msg.min_blocks = 0_u64.into());
    let channel = world.open_channel(1_000);
    world.redeem_one(channel, 0, 100).unwrap();
    world.at(END, 1);
    let error = world.redeem_one(channel, 0, 200).unwrap_err();
    assert!(matches!(error, ContractError::RedemptionOver { .. }));
}
