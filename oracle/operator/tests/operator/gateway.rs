//! The gateway's side of a channel: what it refuses, and what it redeems.

use cosmwasm_std::{Binary, Uint128};
use gateway::voucher::{BadVoucher, sign};
use k256::ecdsa::SigningKey;
use operator::{
    gateway::{Gateway, GatewayError, Offer},
    published::SegmentClaim,
};
use protocol::{ChannelId, Epoch, Hash32, ModelId, settlement::SignedVoucher};
use rules::payment::{Voucher, genesis_head};

use crate::shop::{
    CHANNEL, DEPOSIT, MODEL, SALT, Sum, buy, call, channel, domain, gateway, key, payer, prices, prompt, voucher,
};

fn reason(refused: Result<(), GatewayError>) -> &'static str {
    match refused {
        Err(GatewayError::BadVoucher(BadVoucher { channel, reason })) => {
            assert_eq!(channel, CHANNEL);
            reason
        }
        other => panic!("the voucher was not refused: {other:?}"),
    }
}

fn signed(key: &SigningKey, epoch: u64, cumulative: u128, head: [u8; 32]) -> SignedVoucher {
    sign(key, &domain(), &Voucher { channel: CHANNEL.get(), epoch, cumulative, head })
}

#[test]
fn a_channel_that_is_not_served_is_refused() {
    let mut gateway = gateway();
    let refused = gateway.call(ChannelId(8), Epoch(1), "standard", &prompt(), SALT);
    assert!(matches!(refused, Err(GatewayError::UnknownChannel(ChannelId(8)))));
    let stray = sign(&key(), &domain(), &Voucher { channel: 8, epoch: 1, cumulative: 1, head: [0; 32] });
    assert!(matches!(gateway.accept(stray), Err(GatewayError::UnknownChannel(ChannelId(8)))));
}

#[test]
fn a_channel_of_another_model_or_a_closed_one_is_not_served() {
    let mut other = channel();
    other.model = ModelId(2);
    let mut closed = channel();
    closed.closed = true;
    let mut gateway = Gateway::new(Sum, Offer { model: MODEL, version: 1, domain: domain(), prices: prices() });
    for wrong in [other, closed] {
        assert!(matches!(gateway.serve(&wrong), Err(GatewayError::UnknownChannel(CHANNEL))));
    }
}

#[test]
fn a_channel_whose_key_is_no_point_is_not_served() {
    let mut broken = channel();
    broken.voucher_key = Binary::from([0; 33]);
    let mut gateway = Gateway::new(Sum, Offer { model: MODEL, version: 1, domain: domain(), prices: prices() });
    assert_eq!(reason(gateway.serve(&broken)), "its key is not a secp256k1 point");
}

#[test]
fn a_price_that_is_not_on_the_sheet_is_refused() {
    assert!(matches!(call(&mut gateway(), 1, "gratis"), Err(GatewayError::UnknownPrice(name)) if name == "gratis"));
}

#[test]
fn a_prompt_that_cannot_be_answered_costs_nothing() {
    let mut gateway = gateway();
    let refused = gateway.call(CHANNEL, Epoch(1), "standard", &[], SALT);
    assert!(matches!(refused, Err(GatewayError::BadPrompt(why)) if why == "it is empty"));
    let answer = call(&mut gateway, 1, "standard").expect("nothing is owed for a refused prompt");
    assert_eq!((answer.cumulative, answer.receipt.number), (1, 1));
}

#[test]
fn the_next_call_waits_for_the_voucher_of_the_last_one() {
    let (mut gateway, mut payer) = (gateway(), payer());
    let answer = call(&mut gateway, 1, "priority").expect("the first call is served");
    assert!(matches!(call(&mut gateway, 1, "standard"), Err(GatewayError::VoucherOwed(CHANNEL))));
    gateway.accept(voucher(&mut payer, 1, "priority", &answer)).expect("it is what is owed");
    let second = call(&mut gateway, 1, "standard").expect("the first call is paid");
    assert_eq!((second.cumulative, second.receipt.number), (4, 2));
}

#[test]
fn a_call_beyond_the_deposit_is_refused_until_it_is_topped_up() {
    let (mut gateway, mut payer) = (gateway(), payer());
    for _ in 0..3 {
        buy(&mut gateway, &mut payer, 1, "priority");
    }
    let refused = call(&mut gateway, 1, "priority");
    assert!(matches!(refused, Err(GatewayError::DepositSpent { channel: CHANNEL, left: 1, price: 3 })));
    buy(&mut gateway, &mut payer, 1, "standard");

    let mut richer = channel();
    richer.deposit = Uint128::new(DEPOSIT + 3);
    gateway.serve(&richer).expect("it is topped up");
    buy(&mut gateway, &mut payer, 1, "priority");
    let (last, segment) = gateway.redemptions().pop().expect("there is something to redeem");
    assert_eq!(last.cumulative.u128(), DEPOSIT + 3);
    assert_eq!(segment.receipts.len(), 5, "a top-up forgets no receipt");
}

#[test]
fn a_voucher_for_anything_but_what_was_served_is_refused() {
    let mut gateway = gateway();
    let answer = call(&mut gateway, 1, "standard").expect("the call is served");
    let (sum, head) = (answer.cumulative, answer.head);
    assert_eq!(reason(gateway.accept(signed(&key(), 1, sum - 1, head))), "its sum is not what the channel owes");
    assert_eq!(reason(gateway.accept(signed(&key(), 1, sum + 1, head))), "its sum is not what the channel owes");
    assert_eq!(reason(gateway.accept(signed(&key(), 1, sum, [1; 32]))), "its head is not that of the receipts served");
    assert_eq!(reason(gateway.accept(signed(&key(), 2, sum, head))), "its epoch is not that of the last call");
    let stranger = SigningKey::from_slice(&[4; 32]).expect("a small number is a key");
    assert_eq!(reason(gateway.accept(signed(&stranger, 1, sum, head))), "its signature is not of the channel's key");
    let mut cut = signed(&key(), 1, sum, head);
    cut.signature = Binary::from(&cut.signature[..63]);
    assert_eq!(reason(gateway.accept(cut)), "its signature is malformed");
    gateway.accept(signed(&key(), 1, sum, head)).expect("the true voucher is still taken");
}

#[test]
fn a_voucher_signed_for_another_chain_is_refused() {
    let mut gateway = gateway();
    let answer = call(&mut gateway, 1, "standard").expect("the call is served");
    let mut elsewhere = domain();
    elsewhere.chain_id = "shop-2".to_owned();
    let voucher = Voucher { channel: CHANNEL.get(), epoch: 1, cumulative: answer.cumulative, head: answer.head };
    let stray = sign(&key(), &elsewhere, &voucher);
    assert_eq!(reason(gateway.accept(stray)), "its signature is not of the channel's key");
}

#[test]
fn nothing_is_redeemed_where_nothing_was_signed() {
    let mut gateway = gateway();
    assert!(gateway.redemptions().is_empty());
    call(&mut gateway, 1, "standard").expect("the call is served");
    assert!(gateway.redemptions().is_empty());
}

#[test]
fn the_last_voucher_of_an_epoch_is_kept_when_the_next_begins() {
    let (mut gateway, mut payer) = (gateway(), payer());
    buy(&mut gateway, &mut payer, 1, "standard");
    let first = buy(&mut gateway, &mut payer, 1, "priority");
    let second = buy(&mut gateway, &mut payer, 2, "standard");
    let redemptions = gateway.redemptions();
    let vouchers: Vec<_> = redemptions.iter().map(|(voucher, _)| voucher.clone()).collect();
    assert_eq!(vouchers, [first, second]);

    let genesis = genesis_head(&domain(), CHANNEL.get());
    let mut previous = genesis;
    for ((voucher, segment), (epoch, amount)) in redemptions.iter().zip([(1, 4), (2, 1)]) {
        let claim = SegmentClaim {
            domain: &domain(),
            model: MODEL.get(),
            epoch,
            channel: CHANNEL.get(),
            previous_head: previous,
            head: voucher.head.0,
            amount,
        };
        segment.check(&claim).expect("its receipts are what its voucher is for");
        previous = voucher.head.0;
    }
    assert!(gateway.redemptions().is_empty(), "nothing is redeemed twice");
}

#[test]
fn a_call_whose_voucher_never_came_is_left_out_of_the_redemption() {
    let (mut gateway, mut payer) = (gateway(), payer());
    let paid = buy(&mut gateway, &mut payer, 1, "standard");
    let answer = call(&mut gateway, 1, "priority").expect("the call is served");
    let (redeemed, segment) = gateway.redemptions().pop().expect("one call was paid");
    assert_eq!((redeemed.clone(), segment.receipts.len()), (paid, 1));
    assert_eq!(segment.head, redeemed.head);

    // Late, but it comes: the call is redeemed then, after what was redeemed before.
    gateway.accept(voucher(&mut payer, 1, "priority", &answer)).expect("it is still owed");
    let (late, segment) = gateway.redemptions().pop().expect("the second call is paid now");
    assert_eq!((late.cumulative.u128(), segment.receipts), (4, vec![answer.receipt]));
    assert_eq!((segment.previous_head, segment.head), (redeemed.head, Hash32(answer.head)));
}
