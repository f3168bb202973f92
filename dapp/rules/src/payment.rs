//! Receipts, vouchers and fees.

use rules::payment::{self, Receipt, Tariff, Voucher};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Answer,
    text::{Bytes, Digest, Number, Place},
};

/// A call that was answered.
#[derive(Debug, Deserialize)]
pub struct Called {
    domain: Place,
    model: Number<u64>,
    version: u32,
    channel: Number<u64>,
    epoch: Number<u64>,
    number: Number<u64>,
    prompt_hash: Digest,
    output_hash: Digest,
    tokens_in: Number<u64>,
    tokens_out: Number<u64>,
    fee: Number<u128>,
    price_sheet: u32,
}

impl Called {
    pub(crate) fn answer(self) -> Answer {
        let receipt = Receipt {
            model: self.model.0,
            version: self.version,
            channel: self.channel.0,
            epoch: self.epoch.0,
            number: self.number.0,
            prompt_hash: self.prompt_hash.0,
            output_hash: self.output_hash.0,
            tokens_in: self.tokens_in.0,
            tokens_out: self.tokens_out.0,
            fee: self.fee.0,
            price_sheet: self.price_sheet,
        };
        Ok(json!(Digest(receipt.digest(&self.domain.into()))))
    }
}

/// A promise to pay.
#[derive(Debug, Deserialize)]
pub struct Promise {
    domain: Place,
    channel: Number<u64>,
    epoch: Number<u64>,
    cumulative: Number<u128>,
    head: Digest,
}

impl Promise {
    pub(crate) fn answer(self) -> Answer {
        let voucher =
            Voucher { channel: self.channel.0, epoch: self.epoch.0, cumulative: self.cumulative.0, head: self.head.0 };
        Ok(json!(Digest(voucher.digest(&self.domain.into()))))
    }
}

/// A price, and what a call used.
#[derive(Debug, Deserialize)]
pub struct Sheet {
    per_call: Number<u128>,
    per_1000_in: Number<u128>,
    per_1000_out: Number<u128>,
    tokens_in: Number<u64>,
    tokens_out: Number<u64>,
}

impl Sheet {
    pub(crate) fn answer(self) -> Answer {
        let tariff =
            Tariff { per_call: self.per_call.0, per_1000_in: self.per_1000_in.0, per_1000_out: self.per_1000_out.0 };
        let fee = tariff.fee(self.tokens_in.0, self.tokens_out.0).ok_or("the fee is beyond 128 bits")?;
        Ok(json!(Number(fee)))
    }
}

pub(crate) fn genesis_head(domain: Place, channel: Number<u64>) -> Value {
    json!(Digest(payment::genesis_head(&domain.into(), channel.0)))
}

pub(crate) fn next_head(head: &Digest, receipt: &Digest) -> Value {
    json!(Digest(payment::next_head(&head.0, &receipt.0)))
}

pub(crate) fn salted(salt: &Digest, bytes: &Bytes) -> Value {
    json!(Digest(payment::salted_hash(&salt.0, &bytes.0)))
}

pub(crate) fn output_hash(bytes: &Bytes) -> Value {
    json!(Digest(payment::output_hash(&bytes.0)))
}
