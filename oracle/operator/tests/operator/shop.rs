//! A gateway and a payer without a chain: a channel as the chain would show it, and a classifier that needs no training.

use cosmwasm_std::{Addr, Uint128};
use influence::dataset::LabelledImage;
use k256::ecdsa::SigningKey;
use operator::{
    gateway::{Answer, Classifier, Gateway, GatewayError, Offer},
    inputs::prompt_bytes,
    payer::{Asked, Payer},
};
use protocol::{
    ChannelId, Epoch, Hash32, ModelId, Seconds,
    model::{Price, PriceSheet},
    settlement::{Channel, SignedVoucher},
};
use rules::{hash::Domain, payment};

pub const MODEL: ModelId = ModelId(1);
pub const CHANNEL: ChannelId = ChannelId(7);
pub const DEPOSIT: u128 = 10;
pub const SALT: [u8; 32] = [9; 32];

/// Answers with the sum of the bytes; refuses an empty prompt.
pub struct Sum;

impl Classifier for Sum {
    fn classify(&self, prompt: &[u8]) -> Result<u16, String> {
        match prompt {
            [] => Err("it is empty".to_owned()),
            bytes => Ok(bytes.iter().map(|byte| u16::from(*byte)).sum::<u16>() % 10),
        }
    }
}

pub fn domain() -> Domain {
    Domain { chain_id: "shop-1".to_owned(), contract: "settlement".to_owned() }
}

pub fn key() -> SigningKey {
    SigningKey::from_slice(&[3; 32]).expect("a small number is a key")
}

pub fn prices() -> PriceSheet {
    let price = |name: &str, fee: u128| Price::flat(name, fee);
    let prices = vec![price("standard", 1), price("priority", 3)];
    PriceSheet { version: 2, prices, since: Seconds(0), until: None }
}

pub fn channel() -> Channel {
    Channel {
        id: CHANNEL,
        payer: Addr::unchecked("payer"),
        voucher_key: Payer::voucher_key(&key()),
        model: MODEL,
        gateway: Addr::unchecked("gateway"),
        deposit: Uint128::new(DEPOSIT),
        redeemed: Uint128::zero(),
        head: Hash32(payment::genesis_head(&domain(), CHANNEL.get())),
        last_epoch: None,
        close_at: None,
        notice_height: None,
        closed: false,
    }
}

pub fn gateway() -> Gateway<Sum> {
    let mut gateway = Gateway::new(Sum, Offer { model: MODEL, version: 1, domain: domain(), prices: prices() });
    gateway.serve(&channel()).expect("the channel can be served");
    gateway
}

pub fn payer() -> Payer {
    Payer::new(key(), domain(), MODEL, CHANNEL, prices())
}

/// A prompt of the digits' size.
pub fn prompt() -> Vec<u8> {
    let image = LabelledImage { width: 8, height: 8, pixels: vec![5; 64], label: 0 };
    prompt_bytes(&image).expect("64 pixels are 8 by 8")
}

pub fn call(gateway: &mut Gateway<Sum>, epoch: u64, price: &str) -> Result<Answer, GatewayError> {
    gateway.call(CHANNEL, Epoch(epoch), price, &prompt(), SALT)
}

pub fn asked<'a>(epoch: u64, price: &'a str, prompt: &'a [u8]) -> Asked<'a> {
    Asked { epoch: Epoch(epoch), price, prompt, salt: SALT }
}

/// The voucher of an honest payer for an answer.
pub fn voucher(payer: &mut Payer, epoch: u64, price: &str, answer: &Answer) -> SignedVoucher {
    payer.pay(&asked(epoch, price, &prompt()), answer).expect("the receipt is true")
}

/// One call, paid.
pub fn buy(gateway: &mut Gateway<Sum>, payer: &mut Payer, epoch: u64, price: &str) -> SignedVoucher {
    let answer = call(gateway, epoch, price).expect("the call is served");
    let voucher = voucher(payer, epoch, price, &answer);
    gateway.accept(voucher.clone()).expect("the voucher is what is owed");
    voucher
}
