use rules::order::{Order, SealKey, correction_digest, request_digest, served_digest, taken_digest};
use serde::Deserialize;

use super::{Digest, Hex, Number, Place, cases};

#[derive(Deserialize)]
struct Case {
    domain: Place,
    channel: Number<u64>,
    number: Number<u64>,
    cumulative: Number<u128>,
    head: Digest,
    path: String,
    body: Hex,
    salt: Digest,
    price_sheet: u32,
    price: String,
    ceiling: Number<u128>,
    order_digest: Digest,
    shared: Digest,
    order_seal: Digest,
    correction_digest: Digest,
    taken_digest: Digest,
    next_head: Digest,
    served_seal: Digest,
}

#[test]
fn orders_and_seals_follow_the_vectors() {
    for case in cases::<Case>("orders.json") {
        let domain = case.domain.domain();
        let order = Order {
            channel: case.channel.0,
            number: case.number.0,
            cumulative: case.cumulative.0,
            head: case.head.0,
            request: request_digest(&case.path, &case.body.0),
            salt: case.salt.0,
            price_sheet: case.price_sheet,
            price: &case.price,
            ceiling: case.ceiling.0,
        };
        let digest = order.digest(&domain);
        assert_eq!(digest, case.order_digest.0);
        let key = SealKey::new(&domain, case.channel.0, &case.shared.0);
        assert_eq!(key.seal(&digest), case.order_seal.0);
        assert!(key.is_seal(&digest, &case.order_seal.0));
        let (channel, number) = (case.channel.0, case.number.0);
        assert_eq!(correction_digest(&domain, channel, number, &case.body.0), case.correction_digest.0);
        assert_eq!(taken_digest(&domain, channel, number), case.taken_digest.0);
        let served = served_digest(&digest, &case.next_head.0);
        assert_eq!(key.seal(&served), case.served_seal.0);
        assert!(!key.is_seal(&served, &case.order_seal.0));
    }
}
