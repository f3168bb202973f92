//! What a payer orders from a gateway before it is answered: the call, and the most it may cost. Orders and answers carry a seal that only these two can
//! make; vouchers alone move money.
//!
//! # Source
//! DESIGN section 3, "Voucher", for what is paid after an answer; RFC 2104 for the seal; RFC 5869 for one key per use.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::hash::{Domain, Hash, Hasher, digest};

/// A call that is ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order<'a> {
    /// The channel that pays.
    pub channel: u64,
    /// Rank of the call in its channel, from 1: one more than the calls that were served.
    pub number: u64,
    /// What the channel owed before it, in uopen.
    pub cumulative: u128,
    /// Its receipts head before it.
    pub head: Hash,
    /// [`request_digest`] of what is asked.
    pub request: Hash,
    /// Salt of the prompt's hash in the receipt.
    pub salt: Hash,
    /// The version of the price sheet.
    pub price_sheet: u32,
    /// The price on it.
    pub price: &'a str,
    /// The most that the call may cost, in uopen.
    pub ceiling: u128,
}

impl Order<'_> {
    /// `digest("order/v1", chain id, contract, channel, number, …, ceiling)`, the fields in the order of the struct.
    pub fn digest(&self, domain: &Domain) -> Hash {
        Hasher::new("order/v1")
            .domain(domain)
            .u64(self.channel)
            .u64(self.number)
            .u128(self.cumulative)
            .part(&self.head)
            .part(&self.request)
            .part(&self.salt)
            .u32(self.price_sheet)
            .part(self.price.as_bytes())
            .u128(self.ceiling)
            .finish()
    }
}

/// `digest("request/v1", path, body)`: an HTTP request as it is sent.
pub fn request_digest(path: &str, body: &[u8]) -> Hash {
    digest("request/v1", &[path.as_bytes(), body])
}

/// `digest("served/v1", order digest, receipts head)`: what a gateway seals when it has answered.
pub fn served_digest(order: &Hash, head: &Hash) -> Hash {
    digest("served/v1", &[order, head])
}

/// `digest("correction/v1", chain id, contract, channel, number, answer)`: what a payer signs with the channel's voucher key to say that the answer of a call should have been
/// another one. `answer` is as a receipt holds answers.
pub fn correction_digest(domain: &Domain, channel: u64, number: u64, answer: &[u8]) -> Hash {
    Hasher::new("correction/v1").domain(domain).u64(channel).u64(number).part(answer).finish()
}

/// `digest("correction-taken/v1", chain id, contract, channel, number)`: what a curator signs to take a correction as a validation example.
pub fn taken_digest(domain: &Domain, channel: u64, number: u64) -> Hash {
    Hasher::new("correction-taken/v1").domain(domain).u64(channel).u64(number).finish()
}

/// The key under which payer and gateway of a channel seal.
#[derive(Clone)]
pub struct SealKey(Hash);

impl SealKey {
    /// `digest("seal-key/v1", chain id, contract, channel, shared)`, where `shared` is the x coordinate of the Diffie-Hellman point of the channel's voucher key
    /// and the key of the gateway's account, both secp256k1.
    pub fn new(domain: &Domain, channel: u64, shared: &Hash) -> Self {
        Self(Hasher::new("seal-key/v1").domain(domain).u64(channel).part(shared).finish())
    }

    /// HMAC-SHA-256 of a digest.
    pub fn seal(&self, digest: &Hash) -> Hash {
        self.mac(digest).map_or_else(Hash::default, |mac| mac.finalize().into_bytes().into())
    }

    /// Whether a seal is this key's, found out in a time that does not depend on the seal.
    pub fn is_seal(&self, digest: &Hash, seal: &Hash) -> bool {
        self.mac(digest).is_some_and(|mac| mac.verify_slice(seal).is_ok())
    }

    /// HMAC takes a key of any length: there always is one.
    fn mac(&self, digest: &Hash) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(digest);
        Some(mac)
    }
}

impl core::fmt::Debug for SealKey {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("SealKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain() -> Domain {
        Domain { chain_id: "open-1".to_owned(), contract: "wasm1settlement".to_owned() }
    }

    #[test]
    fn a_seal_holds_for_one_digest_under_one_key() {
        let key = SealKey::new(&domain(), 1, &[7; 32]);
        let seal = key.seal(&[1; 32]);
        assert!(key.is_seal(&[1; 32], &seal));
        assert!(!key.is_seal(&[2; 32], &seal));
        for other in [SealKey::new(&domain(), 2, &[7; 32]), SealKey::new(&domain(), 1, &[8; 32])] {
            assert!(!other.is_seal(&[1; 32], &seal));
        }
        let mut turned = seal;
        turned[31] ^= 1;
        assert!(!key.is_seal(&[1; 32], &turned));
    }

    #[test]
    fn a_key_is_not_shown() {
        assert_eq!(format!("{:?}", SealKey::new(&domain(), 1, &[7; 32])), "SealKey(redacted)");
    }
}
