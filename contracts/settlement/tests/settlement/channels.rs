//! Opening channels and topping them up.

use cosmwasm_std::{Binary, Uint128, to_json_binary};
use cw20::Cw20ReceiveMsg;
use protocol::settlement::{ExecuteMsg, ReceiveMsg};
use protocol::{ChannelId, Hash32, ModelId, Seconds};
use rules::payment::genesis_head;
use settlement::ContractError;

use crate::world::{EPOCH, FUNDS, GENESIS, MODEL, World};

#[test]
fn a_channel_fixes_model_gateway_and_key() {
    let mut world = World::new();
    let id = world.open_channel(1_000);
    let channel = world.channel(id);
    assert_eq!(id, ChannelId(1));
    assert_eq!(channel.payer, world.payer);
    assert_eq!(channel.gateway, world.gateway);
    assert_eq!(channel.deposit, Uint128::new(1_000));
    assert_eq!(channel.head, Hash32(genesis_head(&world.domain(), 1)));
    assert_eq!(world.totals().channels, Uint128::new(1_000));
    assert_eq!(world.wallet("payer"), FUNDS - 1_000);

    // A gateway that the owner names later serves new channels only.
    let mut known = world.known(MODEL);
    known.commerce.gateway = world.stranger.clone();
    world.set_model(known);
    let later = world.open_channel(1_000);
    assert_eq!(world.channel(id).gateway, world.gateway);
    assert_eq!(world.channel(later).gateway, world.stranger);
}

#[test]
fn a_voucher_key_must_be_a_compressed_point() {
    let mut world = World::new();
    let good = world.voucher_key().to_vec();
    let uncompressed = world.key.verifying_key().to_encoded_point(false);
    let mut wrong_prefix = good.clone();
    wrong_prefix[0] = 4;
    for key in [vec![], good[..32].to_vec(), wrong_prefix, uncompressed.as_bytes().to_vec()] {
        let bytes = key.len();
        let voucher_key = Binary::from(key);
        let msg = ReceiveMsg::OpenChannel { model: MODEL, voucher_key };
        let error = world.pay("payer", 100, &msg).unwrap_err();
        assert_eq!(error, ContractError::VoucherKey { bytes });
    }
    assert_eq!(world.wallet("payer"), FUNDS);
}

#[test]
fn an_unknown_or_unserved_model_takes_no_deposit() {
    let mut world = World::new();
    let voucher_key = world.voucher_key();
    let model = ModelId(99);
    let msg = ReceiveMsg::OpenChannel { model, voucher_key: voucher_key.clone() };
    assert_eq!(world.pay("payer", 100, &msg).unwrap_err(), ContractError::UnknownModel { model });

    let model = MODEL;
    let mut known = world.known(model);
    known.commerce.versions = 0;
    world.set_model(known);
    let msg = ReceiveMsg::OpenChannel { model, voucher_key };
    assert_eq!(world.pay("payer", 100, &msg).unwrap_err(), ContractError::NotServable { model });
    assert_eq!(world.wallet("payer"), FUNDS);
}

#[test]
fn a_zero_amount_opens_and_tops_up_nothing() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    let open = ReceiveMsg::OpenChannel { model: MODEL, voucher_key: world.voucher_key() };
    for msg in [open, ReceiveMsg::TopUp { channel }, ReceiveMsg::Treasury {}] {
        let hook = ExecuteMsg::Receive(Cw20ReceiveMsg {
            sender: world.payer.to_string(),
            amount: Uint128::zero(),
            msg: to_json_binary(&msg).unwrap(),
        });
        // The OPEN contract itself says so.
        let error = world.execute_as_open(&hook).unwrap_err();
        assert_eq!(error, ContractError::ZeroAmount);
    }
}

#[test]
fn a_message_that_cannot_be_read_is_refused() {
    let mut world = World::new();
    let hook = ExecuteMsg::Receive(Cw20ReceiveMsg {
        sender: world.payer.to_string(),
        amount: Uint128::one(),
        msg: Binary::from(b"{}"),
    });
    let error = world.execute_as_open(&hook).unwrap_err();
    assert!(matches!(error, ContractError::Std(_)), "{error}");
}

#[test]
fn anyone_can_top_up_an_open_channel() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    world.pay("stranger", 50, &ReceiveMsg::TopUp { channel }).unwrap();
    assert_eq!(world.channel(channel).deposit, Uint128::new(150));
    assert_eq!(world.totals().channels, Uint128::new(150));
}

#[test]
fn a_channel_that_is_closing_closed_or_unknown_takes_no_more() {
    let mut world = World::new();
    let channel = world.open_channel(100);
    world.execute("payer", &ExecuteMsg::CloseChannel { channel }).unwrap();
    let close_at = Seconds(GENESIS + EPOCH * 3 / 2);
    let top_up = ReceiveMsg::TopUp { channel };
    assert_eq!(world.pay("payer", 50, &top_up).unwrap_err(), ContractError::NoticePending { channel, close_at });
    world.execute("gateway", &ExecuteMsg::CloseChannel { channel }).unwrap();
    assert_eq!(world.pay("payer", 50, &top_up).unwrap_err(), ContractError::ChannelIsClosed { channel });
    let channel = ChannelId(9);
    assert_eq!(
        world.pay("payer", 50, &ReceiveMsg::TopUp { channel }).unwrap_err(),
        ContractError::UnknownChannel { channel }
    );
    assert_eq!(world.wallet("payer"), FUNDS);
}
