//! Closing channels.

use cosmwasm_std::Uint128;
use protocol::settlement::ExecuteMsg;
use protocol::{ChannelId, Seconds};
use settlement::ContractError;

use crate::world::{EPOCH, FUNDS, GENESIS, MIN_BLOCKS, START_HEIGHT, World};

/// Length of a payer's notice.
const NOTICE: u64 = EPOCH * 3 / 2;

fn close(world: &mut World, sender: &str, channel: ChannelId) -> Result<(), ContractError> {
    world.execute(sender, &ExecuteMsg::CloseChannel { channel }).map(|_| ())
}

fn finish(world: &mut World, channel: ChannelId) -> Result<(), ContractError> {
    world.execute("stranger", &ExecuteMsg::FinishClose { channel }).map(|_| ())
}

#[test]
fn the_gateway_closes_at_once_and_the_payer_gets_the_rest() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    world.redeem_one(channel, 0, 60).unwrap();
    close(&mut world, "gateway", channel).unwrap();
    assert_eq!(world.wallet("payer"), FUNDS - 60);
    assert_eq!(world.totals().channels, Uint128::zero());
    assert!(world.channel(channel).closed);
    for sender in ["gateway", "payer"] {
        let error = close(&mut world, sender, channel).unwrap_err();
        assert_eq!(error, ContractError::ChannelIsClosed { channel });
    }
    assert_eq!(finish(&mut world, channel).unwrap_err(), ContractError::ChannelIsClosed { channel });
}

#[test]
fn a_channel_without_a_rest_closes_without_a_payment() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    world.redeem_one(channel, 0, 100).unwrap();
    close(&mut world, "gateway", channel).unwrap();
    assert_eq!(world.wallet("payer"), FUNDS - 100);
}

#[test]
fn the_payer_closes_after_a_notice_in_which_the_gateway_redeems() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    close(&mut world, "payer", channel).unwrap();
    let close_at = Seconds(GENESIS + NOTICE);
    assert_eq!(world.channel(channel).close_at, Some(close_at));
    assert_eq!(close(&mut world, "payer", channel).unwrap_err(), ContractError::NoticePending { channel, close_at });
    world.at(NOTICE - 1, MIN_BLOCKS);
    world.redeem_one(channel, 1, 60).unwrap();
    world.at(NOTICE, 1);
    finish(&mut world, channel).unwrap();
    assert_eq!(world.wallet("payer"), FUNDS - 60);
}

#[test]
fn one_second_before_the_notice_ends_it_still_runs() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    close(&mut world, "payer", channel).unwrap();
    world.at(NOTICE - 1, MIN_BLOCKS);
    let running = ContractError::NoticeRunning {
        channel,
        close_at: Seconds(GENESIS + NOTICE),
        height: START_HEIGHT + MIN_BLOCKS,
    };
    assert_eq!(finish(&mut world, channel).unwrap_err(), running);
    world.at(NOTICE, 0);
    finish(&mut world, channel).unwrap();
}

#[test]
fn one_block_before_the_notice_ends_it_still_runs() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    close(&mut world, "payer", channel).unwrap();
    world.at(NOTICE + 86_400, MIN_BLOCKS - 1);
    assert!(matches!(finish(&mut world, channel), Err(ContractError::NoticeRunning { .. })));
    // The chain halted for a day, and the gateway loses nothing by it.
    world.redeem_one(channel, 87, 60).unwrap();
    world.at(NOTICE + 86_400, 1);
    finish(&mut world, channel).unwrap();
    assert_eq!(world.wallet("payer"), FUNDS - 60);
}

#[test]
fn redeeming_and_finishing_never_overlap() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    close(&mut world, "payer", channel).unwrap();
    world.at(NOTICE, MIN_BLOCKS);
    let error = world.redeem_one(channel, 1, 60).unwrap_err();
    assert_eq!(error, ContractError::NoticeOver { channel });
    finish(&mut world, channel).unwrap();
    assert_eq!(world.wallet("payer"), FUNDS);
}

#[test]
fn only_parties_close_and_only_after_a_notice_others_finish() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    assert_eq!(close(&mut world, "stranger", channel).unwrap_err(), ContractError::NotChannelParty { channel });
    world.at(NOTICE * 10, 100);
    assert_eq!(finish(&mut world, channel).unwrap_err(), ContractError::NoNotice { channel });
    let channel = ChannelId(7);
    assert_eq!(close(&mut world, "payer", channel).unwrap_err(), ContractError::UnknownChannel { channel });
    assert_eq!(finish(&mut world, channel).unwrap_err(), ContractError::UnknownChannel { channel });
}
