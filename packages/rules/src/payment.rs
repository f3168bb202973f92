//! What payer and gateway sign: receipts, the hash chain over them, and vouchers.
//!
//! # Source
//! DESIGN section 3, "Receipt", "Channel", "Voucher". Numbers are hashed big endian in the width of
//! their type.

use crate::hash::{Domain, Hash, Hasher, digest};

/// What one call to a gateway was, and what it cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The model that answered.
    pub model: u64,
    /// Its version.
    pub version: u32,
    /// The channel that pays.
    pub channel: u64,
    /// The epoch of the voucher that redeems it.
    pub epoch: u64,
    /// Rank of the call in its channel.
    pub number: u64,
    /// [`salted_hash`] of the prompt.
    pub prompt_hash: Hash,
    /// [`output_hash`] of the answer.
    pub output_hash: Hash,
    /// Tokens (or pixels) read.
    pub tokens_in: u64,
    /// Tokens written.
    pub tokens_out: u64,
    /// The fee, in uopen.
    pub fee: u128,
    /// The version of the price sheet that set the fee.
    pub price_sheet: u32,
}

impl Receipt {
    /// `digest("receipt/v1", chain id, contract, model, version, …, price sheet)`, the fields in the
    /// order of the struct.
    pub fn digest(&self, domain: &Domain) -> Hash {
        Hasher::new("receipt/v1")
            .domain(domain)
            .u64(self.model)
            .u32(self.version)
            .u64(self.channel)
            .u64(self.epoch)
            .u64(self.number)
            .part(&self.prompt_hash)
            .part(&self.output_hash)
            .u64(self.tokens_in)
            .u64(self.tokens_out)
            .u128(self.fee)
            .u32(self.price_sheet)
            .finish()
    }
}

/// `digest("salted/v1", salt, bytes)`: hides a prompt that could be guessed.
pub fn salted_hash(salt: &Hash, bytes: &[u8]) -> Hash {
    digest("salted/v1", &[salt, bytes])
}

/// `digest("output/v1", bytes)`.
pub fn output_hash(bytes: &[u8]) -> Hash {
    digest("output/v1", &[bytes])
}

/// The receipts head of a channel without receipts:
/// `digest("head-genesis/v1", chain id, contract, channel)`.
pub fn genesis_head(domain: &Domain, channel: u64) -> Hash {
    Hasher::new("head-genesis/v1").domain(domain).u64(channel).finish()
}

/// The receipts head after one more receipt: `digest("head/v1", head, receipt digest)`.
pub fn next_head(head: &Hash, receipt_digest: &Hash) -> Hash {
    digest("head/v1", &[head, receipt_digest])
}

/// The payer's signed promise: the sum so far, and what it was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// The channel.
    pub channel: u64,
    /// The epoch in which its fees are earned; never decreases within a channel.
    pub epoch: u64,
    /// The sum of all fees of the channel so far, in uopen.
    pub cumulative: u128,
    /// The receipts head after the last receipt.
    pub head: Hash,
}

impl Voucher {
    /// What the voucher key signs (secp256k1, over this digest as it is):
    /// `digest("voucher/v1", chain id, contract, channel, epoch, cumulative, head)`.
    pub fn digest(&self, domain: &Domain) -> Hash {
        Hasher::new("voucher/v1")
            .domain(domain)
            .u64(self.channel)
            .u64(self.epoch)
            .u128(self.cumulative)
            .part(&self.head)
            .finish()
    }
}
