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

/// A price of a sheet, by which a call's fee is computed alike by gateway, payer and whoever checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tariff {
    /// For the call itself, in uopen.
    pub per_call: u128,
    /// For 1,000 tokens read, in uopen.
    pub per_1000_in: u128,
    /// For 1,000 tokens written, in uopen.
    pub per_1000_out: u128,
}

impl Tariff {
    /// The fee of a call: `per_call + ⌈(tokens_in · per_1000_in + tokens_out · per_1000_out) / 1000⌉`, in uopen. None if it
    /// is beyond 128 bits, which no deposit pays.
    pub fn fee(&self, tokens_in: u64, tokens_out: u64) -> Option<u128> {
        let read = self.per_1000_in.checked_mul(tokens_in.into())?;
        let written = self.per_1000_out.checked_mul(tokens_out.into())?;
        read.checked_add(written)?.div_ceil(1_000).checked_add(self.per_call)
    }

    /// The most tokens that may be written for a fee of at most `ceiling`; none if the call costs more without any.
    pub fn most_out(&self, ceiling: u128, tokens_in: u64) -> Option<u64> {
        let rest = ceiling.checked_sub(self.per_call)?;
        let read = self.per_1000_in.checked_mul(tokens_in.into())?;
        // ⌈sum / 1000⌉ ≤ rest as long as sum ≤ 1000 · rest, or as far as 128 bits reach.
        let left = rest.saturating_mul(1_000).checked_sub(read)?;
        let most = left.checked_div(self.per_1000_out).unwrap_or(u128::MAX);
        Some(u64::try_from(most).unwrap_or(u64::MAX))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_more_than_the_most_costs_more_than_the_ceiling() {
        for (per_call, per_1000_in, per_1000_out) in [(1, 0, 1), (5, 500, 300), (7, 999, 1_001), (1, 0, 1_000_000)] {
            let tariff = Tariff { per_call, per_1000_in, per_1000_out };
            for ceiling in 0..60 {
                for tokens_in in [0, 1, 10, 33] {
                    let fits = |tokens_out| tariff.fee(tokens_in, tokens_out).is_some_and(|fee| fee <= ceiling);
                    match tariff.most_out(ceiling, tokens_in) {
                        None => assert!(!fits(0), "{tariff:?} {ceiling} {tokens_in}"),
                        Some(most) => {
                            assert!(fits(most) && !fits(most + 1), "{tariff:?} {ceiling} {tokens_in}: {most}")
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn where_writing_is_free_there_is_no_most() {
        let tariff = Tariff { per_call: 5, per_1000_in: 0, per_1000_out: 0 };
        assert_eq!(tariff.most_out(5, 9), Some(u64::MAX));
        assert_eq!(tariff.most_out(4, 9), None);
        assert_eq!(Tariff { per_1000_out: 1, ..tariff }.most_out(u128::MAX, 9), Some(u64::MAX));
    }
}
