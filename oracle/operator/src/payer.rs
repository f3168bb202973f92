//! The payer's side of a channel: checks every receipt before it signs for it.

use cosmwasm_std::Binary;
use k256::ecdsa::SigningKey;
use protocol::{ChannelId, Epoch, ModelId, model::PriceSheet, settlement::SignedVoucher};
use rules::{
    hash::{Domain, Hash},
    payment::{self, Voucher},
};

use gateway::{service::tariff, voucher};

use crate::gateway::Answer;

/// Why a payer does not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayerError {
    /// The receipt is not for what was asked and answered.
    #[error("the receipt of call {number} does not match the call: {what}; nothing was signed")]
    FalseReceipt {
        /// Rank of the call.
        number: u64,
        /// What differs.
        what: &'static str,
    },
}

/// An open channel, as its payer sees it.
pub struct Payer {
    key: SigningKey,
    domain: Domain,
    model: ModelId,
    channel: ChannelId,
    prices: PriceSheet,
    head: Hash,
    cumulative: u128,
    calls: u64,
}

/// What was asked.
pub struct Asked<'a> {
    /// Epoch of the call.
    pub epoch: Epoch,
    /// Name of the price.
    pub price: &'a str,
    /// Canonical bytes of the prompt.
    pub prompt: &'a [u8],
    /// Salt of its hash.
    pub salt: Hash,
}

impl Payer {
    /// A payer whose channel was just opened.
    pub fn new(key: SigningKey, domain: Domain, model: ModelId, channel: ChannelId, prices: PriceSheet) -> Self {
        let head = payment::genesis_head(&domain, channel.get());
        Self { key, domain, model, channel, prices, head, cumulative: 0, calls: 0 }
    }

    /// The compressed public key that opens a channel.
    pub fn voucher_key(key: &SigningKey) -> Binary {
        Binary::from(key.verifying_key().to_encoded_point(true).as_bytes())
    }

    /// The channel.
    pub fn channel(&self) -> ChannelId {
        self.channel
    }

    /// Checks the answer's receipt against the call, and signs for it.
    pub fn pay(&mut self, asked: &Asked<'_>, answer: &Answer) -> Result<SignedVoucher, PayerError> {
        let receipt = &answer.receipt;
        let wrong = |what| PayerError::FalseReceipt { number: receipt.number, what };
        let fee =
            self.prices.prices.iter().find(|price| price.name == asked.price).ok_or(wrong("price not on the sheet"))?;
        let due = tariff(fee).fee(asked.prompt.len() as u64, answer.output.tokens());
        if Some(receipt.fee.u128()) != due || receipt.price_sheet != self.prices.version {
            return Err(wrong("fee"));
        }
        if receipt.prompt.as_slice() != asked.prompt || receipt.salt.0 != asked.salt {
            return Err(wrong("prompt"));
        }
        if receipt.output.as_slice() != answer.output.bytes() {
            return Err(wrong("output"));
        }
        if receipt.tokens_in != asked.prompt.len() as u64 || receipt.tokens_out != answer.output.tokens() {
            return Err(wrong("tokens"));
        }
        if receipt.epoch != asked.epoch.get() || receipt.number != self.calls + 1 {
            return Err(wrong("epoch or number"));
        }
        let digest = receipt.receipt(self.model.get(), self.channel.get()).digest(&self.domain);
        let head = payment::next_head(&self.head, &digest);
        let cumulative = self.cumulative + receipt.fee.u128();
        if head != answer.head || cumulative != answer.cumulative {
            return Err(wrong("head or sum"));
        }
        self.head = head;
        self.cumulative = cumulative;
        self.calls += 1;
        let voucher = Voucher { channel: self.channel.get(), epoch: asked.epoch.get(), cumulative, head };
        Ok(voucher::sign(&self.key, &self.domain, &voucher))
    }
}
