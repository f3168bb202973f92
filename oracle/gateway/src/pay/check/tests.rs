use protocol::ChannelId;

use super::*;

const TARIFF: Tariff = Tariff { per_call: 1, per_1000_in: 0, per_1000_out: 500 };

fn domain() -> Domain {
    Domain { chain_id: "shop-1".to_owned(), contract: "settlement".to_owned() }
}

fn order() -> SealedOrder {
    SealedOrder {
        channel: ChannelId(7),
        number: 3,
        cumulative: Uint128::new(10),
        head: Hash32([4; 32]),
        request: Hash32([1; 32]),
        salt: Hash32([9; 32]),
        price_sheet: 2,
        price: "standard".to_owned(),
        ceiling: Uint128::new(5),
        seal: Hash32([0; 32]),
    }
}

fn key() -> SealKey {
    SealKey::new(&domain(), 7, &[8; 32])
}

fn with_sent<T>(body: impl FnOnce(&Sent<'_>) -> T) -> T {
    let (domain, order) = (domain(), order());
    body(&Sent {
        domain: &domain,
        model: ModelId(1),
        order: &order,
        tariff: TARIFF,
        prompt: b"asked",
        output: b"answered",
        tokens_out: 8,
        epochs: (4, 5),
    })
}

/// As an honest gateway charges: 1 + ⌈8 · 500 / 1000⌉ = 5 uopen.
fn charged() -> Charged {
    with_sent(|sent| {
        let draft = Charged {
            commitment: Hash32([0; 32]),
            charged_amount: Uint128::new(5),
            receipt_id: "7-3".to_owned(),
            version: 2,
            epoch: 4,
            number: 3,
            tokens_in: 5,
            tokens_out: 8,
            price_sheet: 2,
            after: Reach { number: 0, sum: Uint128::zero(), head: Hash32([0; 32]) },
            seal: Hash32([0; 32]),
        };
        let after = expected(sent, &draft, draft.charged_amount);
        let served = served_digest(&sent.order.order().digest(sent.domain), &after.head.0);
        Charged { commitment: after.head, after, seal: Hash32(key().seal(&served)), ..draft }
    })
}

#[test]
fn a_true_receipt_leads_to_what_the_next_voucher_signs() {
    let after = with_sent(|sent| check(sent, &charged(), &key())).expect("it is true");
    assert_eq!((after.number, after.sum.u128()), (3, 15));
    assert_eq!(after, charged().after);
}

#[test]
fn whatever_differs_is_refused_and_named() {
    let true_one = charged();
    let dearer = Reach { sum: Uint128::new(16), ..true_one.after };
    let elsewhere = Reach { head: Hash32([7; 32]), ..true_one.after };
    for (false_one, what) in [
        (Charged { number: 4, ..true_one.clone() }, "number or price sheet"),
        (Charged { price_sheet: 1, ..true_one.clone() }, "number or price sheet"),
        (Charged { tokens_in: 6, ..true_one.clone() }, "tokens"),
        (Charged { tokens_out: 9, ..true_one.clone() }, "tokens"),
        (Charged { charged_amount: Uint128::new(4), ..true_one.clone() }, "fee"),
        (Charged { epoch: 6, ..true_one.clone() }, "epoch"),
        (Charged { epoch: 3, ..true_one.clone() }, "epoch"),
        (Charged { version: 3, ..true_one.clone() }, "head or sum"),
        (Charged { after: dearer, ..true_one.clone() }, "head or sum"),
        (Charged { after: elsewhere, ..true_one.clone() }, "head or sum"),
        (Charged { commitment: Hash32([7; 32]), ..true_one.clone() }, "head or sum"),
        (Charged { seal: Hash32([7; 32]), ..true_one.clone() }, "the gateway's seal"),
    ] {
        let refused = with_sent(|sent| check(sent, &false_one, &key()));
        assert_eq!(refused, Err(FalseReceipt { number: 3, what }));
    }
}

#[test]
fn an_answer_or_a_prompt_that_was_changed_on_its_way_is_found_out() {
    for (prompt, output) in [(b"asked", b"answereD"), (b"askeD", b"answered")] {
        let refused = with_sent(|sent| check(&Sent { prompt, output, ..*sent }, &charged(), &key()));
        assert_eq!(refused, Err(FalseReceipt { number: 3, what: "head or sum" }));
    }
    let dear = with_sent(|sent| {
        let order = SealedOrder { ceiling: Uint128::new(4), ..sent.order.clone() };
        check(&Sent { order: &order, ..*sent }, &charged(), &key())
    });
    assert_eq!(dear, Err(FalseReceipt { number: 3, what: "fee" }), "beyond the ceiling");
}
