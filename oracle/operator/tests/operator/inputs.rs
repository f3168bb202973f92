//! Which receipts count: a redemption with anything wrong in it is unresolved, whole, and stops nobody.

use std::collections::BTreeMap;

use influence::dataset::LabelledImage;
use operator::{
    inputs::{self, InputsError, PaidCalls, Receipts, Shape},
    published::{PublishedReceipt, Segment},
};
use protocol::{Bps, Hash32};

use crate::shop::{CHANNEL, MODEL, SALT, prompt};

const PROTOCOL_SHARE: Bps = Bps(500);

fn receipt(number: u64) -> PublishedReceipt {
    PublishedReceipt {
        version: 1,
        epoch: 1,
        number,
        prompt: prompt().into(),
        salt: Hash32(SALT),
        output: [0, 9].into(),
        tokens_in: 71,
        tokens_out: 1,
        fee: 1_000_u128.into(),
        price_sheet: 1,
    }
}

fn segment() -> Segment {
    let head = Hash32([0; 32]);
    Segment {
        model: MODEL.get(),
        channel: CHANNEL.get(),
        previous_head: head,
        head,
        receipts: vec![receipt(1), receipt(2)],
    }
}

fn paid(redemptions: &[Receipts]) -> PaidCalls {
    let digits = Shape { inputs: 64, labels: 10 };
    inputs::paid_calls(redemptions, &BTreeMap::from([(1, digits)]), PROTOCOL_SHARE).expect("nothing stops it")
}

/// Why a redemption between two good ones is unresolved when its second receipt is changed.
fn reason(change: impl FnOnce(&mut PublishedReceipt)) -> String {
    let mut changed = segment();
    change(&mut changed.receipts[1]);
    let mut paid = paid(&[Ok(segment()), Ok(changed), Ok(segment())]);
    assert_eq!(paid.calls.len(), 4, "none of its calls counts, all others do");
    assert_eq!(paid.unresolved.ones().collect::<Vec<_>>(), [1]);
    let (index, reason) = paid.reasons.pop().expect("there is a reason");
    assert_eq!((index, paid.reasons.len()), (1, 0));
    reason
}

fn image_of(side: usize, pixel: u8) -> Vec<u8> {
    let image = LabelledImage { width: side, height: side, pixels: vec![pixel; side * side], label: 0 };
    inputs::prompt_bytes(&image).expect("sides and pixels fit")
}

#[test]
fn good_receipts_become_calls_net_of_the_protocols_share() {
    let paid = paid(&[Ok(segment())]);
    assert_eq!((paid.calls.len(), paid.unresolved.count_ones(), paid.reasons.len()), (2, 0, 0));
    let call = &paid.calls[0];
    assert_eq!((call.version, call.net_fee, call.served), (1, 950, 9));
    assert_eq!(call.prompt.pixels, [5; 64]);
    assert_eq!(
        call.prompt_digest, paid.calls[1].prompt_digest,
        "the salt hides the prompt and does not make it another"
    );
}

#[test]
fn receipts_that_could_not_be_had_are_unresolved() {
    let paid = paid(&[Err("nobody has them".to_owned()), Ok(segment())]);
    assert_eq!(paid.unresolved.ones().collect::<Vec<_>>(), [0]);
    assert_eq!(paid.reasons, [(0, "nobody has them".to_owned())]);
    assert_eq!(paid.calls.len(), 2);
}

#[test]
fn a_prompt_that_is_no_image_is_unresolved() {
    for bytes in [b"text".as_slice(), b"", &[0xff], &prompt()[..70]] {
        assert_eq!(reason(|receipt| receipt.prompt = bytes.into()), "prompt 1 is not a labelled grey image");
    }
}

#[test]
fn a_prompt_of_another_size_than_the_models_is_unresolved() {
    let hundred = image_of(10, 3);
    assert_eq!(
        reason(|receipt| receipt.prompt = hundred.into()),
        "the prompt of receipt 2 has 100 pixels, the model takes 64"
    );
    let nothing = image_of(0, 0);
    assert_eq!(
        reason(|receipt| receipt.prompt = nothing.into()),
        "the prompt of receipt 2 has 0 pixels, the model takes 64"
    );
}

#[test]
fn a_prompt_with_a_grey_value_out_of_range_is_unresolved() {
    let bright = image_of(8, 17);
    assert_eq!(
        reason(|receipt| receipt.prompt = bright.into()),
        "the prompt of receipt 2 has a grey value of 17, above 16"
    );
    let largest = image_of(8, 16);
    let mut segment = segment();
    segment.receipts[0].prompt = largest.into();
    assert_eq!(paid(&[Ok(segment)]).calls.len(), 2);
}

#[test]
fn a_label_that_the_model_has_not_is_unresolved() {
    assert_eq!(reason(|receipt| receipt.output = [0, 10].into()), "receipt 2 names label 10, the model has 10");
    assert_eq!(reason(|receipt| receipt.output = [255, 255].into()), "receipt 2 names label 65535, the model has 10");
}

#[test]
fn an_output_that_is_no_label_is_unresolved() {
    for output in [[].as_slice(), &[9], &[0, 0, 9]] {
        assert_eq!(reason(|receipt| receipt.output = output.into()), "the output of receipt 2 is not a label");
    }
}

#[test]
fn a_version_that_was_never_registered_is_unresolved() {
    assert_eq!(reason(|receipt| receipt.version = 2), "receipt 2 names version 2, which was not registered");
    assert_eq!(reason(|receipt| receipt.version = 0), "receipt 2 names version 0, which was not registered");
}

#[test]
fn each_receipt_is_held_against_the_version_that_it_names() {
    let shapes = BTreeMap::from([(1, Shape { inputs: 64, labels: 10 }), (2, Shape { inputs: 100, labels: 3 })]);
    let of = |version: u32, prompt: Vec<u8>, label: u8| {
        let mut segment = segment();
        segment.receipts.truncate(1);
        let changed = PublishedReceipt { version, prompt: prompt.into(), output: [0, label].into(), ..receipt(1) };
        segment.receipts.push(changed);
        Ok(segment)
    };
    let hundred = || image_of(10, 3);
    let redemptions =
        [of(1, prompt(), 9), of(2, hundred(), 2), of(2, prompt(), 2), of(2, hundred(), 3), of(1, hundred(), 2)];
    let paid = inputs::paid_calls(&redemptions, &shapes, PROTOCOL_SHARE).expect("nothing stops it");
    assert_eq!(paid.calls.iter().map(|call| call.version).collect::<Vec<_>>(), [1, 1, 1, 2]);
    let reasons: Vec<_> = paid.reasons.iter().map(|(index, reason)| (*index, reason.as_str())).collect();
    let expected = [
        (2, "the prompt of receipt 1 has 64 pixels, the model takes 100"),
        (3, "receipt 1 names label 3, the model has 3"),
        (4, "the prompt of receipt 1 has 100 pixels, the model takes 64"),
    ];
    assert_eq!(reasons, expected);
}

#[test]
fn a_range_without_redemptions_has_nothing_unresolved() {
    let none = PaidCalls::none();
    let measured = paid(&[]);
    assert_eq!((none.calls.len(), none.unresolved.len(), none.reasons.len()), (0, 0, 0));
    assert_eq!((measured.calls, measured.unresolved, measured.reasons), (none.calls, none.unresolved, none.reasons));
}

#[test]
fn images_survive_their_canonical_bytes() {
    let image = LabelledImage { width: 4, height: 2, pixels: (0..8).collect(), label: 3 };
    let bytes = inputs::image_bytes(&image).expect("it fits");
    assert_eq!(inputs::image(&bytes, "item", 0).expect("it is one"), image);
    let prompt = inputs::prompt_bytes(&image).expect("it fits");
    assert_eq!(inputs::image(&prompt, "prompt", 0).expect("it is one").label, inputs::UNLABELLED);
    let crooked = LabelledImage { width: 3, ..image };
    assert!(matches!(inputs::image_bytes(&crooked), Err(InputsError::NotAnImage { .. })));
}
