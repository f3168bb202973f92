use rules::hash::{Domain, Hash};
use rules::payment::{Receipt, Tariff, Voucher, genesis_head, next_head, output_hash, salted_hash};
use rules::redemption::{Redemption, fold, genesis_fold};
use serde::Deserialize;

use super::{Digest, Hex, Number, Place, cases};

#[derive(Deserialize)]
struct Channel {
    domain: Place,
    model: Number<u64>,
    channel: Number<u64>,
    epoch: Number<u64>,
    genesis_head: Digest,
    receipts: Vec<ReceiptCase>,
}

#[derive(Deserialize)]
struct ReceiptCase {
    salt: Digest,
    prompt: Hex,
    output: Hex,
    version: u32,
    prompt_hash: Digest,
    output_hash: Digest,
    tokens_in: Number<u64>,
    tokens_out: Number<u64>,
    fee: Number<u128>,
    price_sheet: u32,
    receipt_digest: Digest,
    head: Digest,
    cumulative: Number<u128>,
    voucher_digest: Digest,
}

impl Channel {
    fn check(&self) {
        let domain = self.domain.domain();
        let mut head = genesis_head(&domain, self.channel.0);
        assert_eq!(head, self.genesis_head.0);
        for (number, case) in (0..).zip(&self.receipts) {
            head = self.check_receipt(&domain, &head, number, case);
        }
    }

    fn check_receipt(&self, domain: &Domain, head: &Hash, number: u64, case: &ReceiptCase) -> Hash {
        let receipt = Receipt {
            model: self.model.0,
            version: case.version,
            channel: self.channel.0,
            epoch: self.epoch.0,
            number,
            prompt_hash: salted_hash(&case.salt.0, &case.prompt.0),
            output_hash: output_hash(&case.output.0),
            tokens_in: case.tokens_in.0,
            tokens_out: case.tokens_out.0,
            fee: case.fee.0,
            price_sheet: case.price_sheet,
        };
        assert_eq!(receipt.prompt_hash, case.prompt_hash.0);
        assert_eq!(receipt.output_hash, case.output_hash.0);
        assert_eq!(receipt.digest(domain), case.receipt_digest.0);
        let voucher = Voucher {
            channel: self.channel.0,
            epoch: self.epoch.0,
            cumulative: case.cumulative.0,
            head: next_head(head, &case.receipt_digest.0),
        };
        assert_eq!(voucher.head, case.head.0);
        assert_eq!(voucher.digest(domain), case.voucher_digest.0);
        voucher.head
    }
}

#[test]
fn receipts_and_vouchers_follow_the_vectors() {
    for channel in cases::<Channel>("payments.json") {
        channel.check();
    }
}

#[derive(Deserialize)]
struct FeeCase {
    per_call: Number<u128>,
    per_1000_in: Number<u128>,
    per_1000_out: Number<u128>,
    tokens_in: Number<u64>,
    tokens_out: Number<u64>,
    fee: Option<Number<u128>>,
}

#[test]
fn fees_follow_the_vectors() {
    for case in cases::<FeeCase>("fees.json") {
        let tariff =
            Tariff { per_call: case.per_call.0, per_1000_in: case.per_1000_in.0, per_1000_out: case.per_1000_out.0 };
        assert_eq!(tariff.fee(case.tokens_in.0, case.tokens_out.0), case.fee.map(|fee| fee.0));
    }
}

#[derive(Deserialize)]
struct Epoch {
    domain: Place,
    model: Number<u64>,
    epoch: Number<u64>,
    genesis: Digest,
    redemptions: Vec<RedemptionCase>,
}

#[derive(Deserialize)]
struct RedemptionCase {
    channel: Number<u64>,
    number: u32,
    previous_head: Digest,
    head: Digest,
    amount: Number<u128>,
    commitment: Digest,
}

#[test]
fn redemption_folds_follow_the_vectors() {
    for epoch in cases::<Epoch>("redemptions.json") {
        let mut commitment = genesis_fold(&epoch.domain.domain(), epoch.model.0, epoch.epoch.0);
        assert_eq!(commitment, epoch.genesis.0);
        for case in epoch.redemptions {
            let redemption = Redemption {
                channel: case.channel.0,
                number: case.number,
                previous_head: case.previous_head.0,
                head: case.head.0,
                amount: case.amount.0,
            };
            commitment = fold(&commitment, &redemption);
            assert_eq!(commitment, case.commitment.0);
        }
    }
}
