//! The payer's side of a channel: what it does not sign for.

use cosmwasm_std::{HexBinary, Uint128};
use operator::{
    gateway::{Answer, Output},
    payer::{Asked, PayerError},
};
use protocol::{Epoch, Hash32};

use crate::shop::{SALT, asked, buy, call, gateway, payer, prompt, voucher};

fn answer() -> Answer {
    call(&mut gateway(), 1, "standard").expect("the call is served")
}

/// What a payer that asked at the standard price in epoch 1 says of an answer.
fn what_differs(answer: &Answer) -> &'static str {
    let mut payer = payer();
    let Err(PayerError::FalseReceipt { what, .. }) = payer.pay(&asked(1, "standard", &prompt()), answer) else {
        panic!("it was signed for");
    };
    let honest = self::answer();
    let voucher = voucher(&mut payer, 1, "standard", &honest);
    assert_eq!((voucher.cumulative.u128(), voucher.head), (1, Hash32(honest.head)), "what is refused moves nothing");
    what
}

fn lie(about: impl FnOnce(&mut Answer)) -> &'static str {
    let mut answer = answer();
    about(&mut answer);
    what_differs(&answer)
}

#[test]
fn a_false_fee_is_not_signed_for() {
    assert_eq!(lie(|answer| answer.receipt.fee = Uint128::new(3)), "fee");
    assert_eq!(lie(|answer| answer.receipt.price_sheet = 1), "fee");
}

#[test]
fn a_price_that_is_not_on_the_sheet_is_not_signed_for() {
    let prompt = prompt();
    let refused = payer().pay(&asked(1, "gratis", &prompt), &answer());
    assert_eq!(refused, Err(PayerError::FalseReceipt { number: 1, what: "price not on the sheet" }));
}

#[test]
fn another_prompt_is_not_signed_for() {
    assert_eq!(lie(|answer| answer.receipt.prompt = HexBinary::from(b"another")), "prompt");
    assert_eq!(lie(|answer| answer.receipt.salt = Hash32([1; 32])), "prompt");
}

#[test]
fn another_output_than_the_one_given_is_not_signed_for() {
    assert_eq!(lie(|answer| answer.receipt.output = HexBinary::from([0, 9])), "output");
    assert_eq!(lie(|answer| answer.output = Output::Label(99)), "output");
}

#[test]
fn false_counts_of_tokens_are_not_signed_for() {
    assert_eq!(lie(|answer| answer.receipt.tokens_in += 1), "tokens");
    assert_eq!(lie(|answer| answer.receipt.tokens_out = 2), "tokens");
}

#[test]
fn another_number_or_epoch_is_not_signed_for() {
    assert_eq!(lie(|answer| answer.receipt.number = 2), "epoch or number");
    assert_eq!(lie(|answer| answer.receipt.epoch = 2), "epoch or number");
}

#[test]
fn another_head_or_sum_is_not_signed_for() {
    assert_eq!(lie(|answer| answer.head = [1; 32]), "head or sum");
    assert_eq!(lie(|answer| answer.cumulative = 2), "head or sum");
    assert_eq!(lie(|answer| answer.receipt.version = 2), "head or sum", "the head is over the version too");
}

#[test]
fn a_receipt_given_twice_is_signed_for_once() {
    let (mut gateway, mut payer) = (gateway(), payer());
    buy(&mut gateway, &mut payer, 1, "standard");
    let answer = call(&mut gateway, 1, "standard").expect("the call is served");
    voucher(&mut payer, 1, "standard", &answer);
    let prompt = prompt();
    let again = payer.pay(&Asked { epoch: Epoch(1), price: "standard", prompt: &prompt, salt: SALT }, &answer);
    assert_eq!(again, Err(PayerError::FalseReceipt { number: 2, what: "epoch or number" }));
}
