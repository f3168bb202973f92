//! Receipts as they are published: the paid calls between two heads of a channel, checked against what was redeemed.

use cosmwasm_std::HexBinary;
use protocol::Hash32;
use rules::{
    hash::{Domain, Hash},
    payment,
};
use serde::{Deserialize, Serialize};

/// One paid call, with what its receipt's hashes stand for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedReceipt {
    /// Version of the model that answered.
    pub version: u32,
    /// Epoch of the call.
    pub epoch: u64,
    /// Rank of the call in its channel, from 1.
    pub number: u64,
    /// Canonical bytes of the prompt.
    pub prompt: HexBinary,
    /// Salt of the prompt's hash.
    pub salt: Hash32,
    /// Bytes of the answer.
    pub output: HexBinary,
    /// Tokens (pixels) in.
    pub tokens_in: u64,
    /// Tokens (labels) out.
    pub tokens_out: u64,
    /// Fee in uopen.
    pub fee: cosmwasm_std::Uint128,
    /// Version of the price sheet.
    pub price_sheet: u32,
}

impl PublishedReceipt {
    /// The receipt that the chain of heads is made of.
    pub fn receipt(&self, model: u64, channel: u64) -> payment::Receipt {
        payment::Receipt {
            model,
            version: self.version,
            channel,
            epoch: self.epoch,
            number: self.number,
            prompt_hash: payment::salted_hash(self.salt.bytes(), &self.prompt),
            output_hash: payment::output_hash(&self.output),
            tokens_in: self.tokens_in,
            tokens_out: self.tokens_out,
            fee: self.fee.u128(),
            price_sheet: self.price_sheet,
        }
    }
}

/// The receipts between two heads of a channel: what one redemption was for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The model.
    pub model: u64,
    /// The channel.
    pub channel: u64,
    /// Head before.
    pub previous_head: Hash32,
    /// Head after.
    pub head: Hash32,
    /// The receipts in order.
    pub receipts: Vec<PublishedReceipt>,
}

/// What the chain says a segment must be.
pub struct SegmentClaim<'a> {
    /// Domain of `settlement`.
    pub domain: &'a Domain,
    /// The model.
    pub model: u64,
    /// The epoch it was redeemed in.
    pub epoch: u64,
    /// The channel.
    pub channel: u64,
    /// Head before.
    pub previous_head: Hash,
    /// Head after.
    pub head: Hash,
    /// Gross amount in uopen.
    pub amount: u128,
}

impl Segment {
    /// Checks the chain of heads and that the fees add up to what was redeemed.
    pub fn check(&self, claim: &SegmentClaim<'_>) -> Result<(), String> {
        if self.model != claim.model || self.channel != claim.channel || self.previous_head.0 != claim.previous_head {
            return Err("it is of another model, channel or head".to_owned());
        }
        let mut head = claim.previous_head;
        let mut sum = 0_u128;
        for receipt in &self.receipts {
            if receipt.epoch != claim.epoch {
                return Err(format!("receipt {} is of epoch {}, not {}", receipt.number, receipt.epoch, claim.epoch));
            }
            sum = sum.checked_add(receipt.fee.u128()).ok_or("the fees overflow")?;
            head = payment::next_head(&head, &receipt.receipt(self.model, self.channel).digest(claim.domain));
        }
        if head != claim.head {
            return Err("its receipts do not lead to the redeemed head".to_owned());
        }
        if sum != claim.amount {
            return Err(format!("its fees sum to {sum}, redeemed were {}", claim.amount));
        }
        Ok(())
    }
}
