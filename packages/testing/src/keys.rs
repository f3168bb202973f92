//! Keys of test accounts: derived from their names, worth nothing.

use cosmwasm_std::Binary;
use k256::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner as _};
use protocol::settlement::SignedVoucher;
use protocol::{ChannelId, Epoch, Hash32};
use rules::{hash::Domain, payment::Voucher};

/// A key that signs vouchers in tests.
#[derive(Clone)]
pub struct VoucherKey(SigningKey);

impl VoucherKey {
    /// The key of a name: always the same.
    ///
    /// # Panics
    /// Never in practice: one digest in 2^128 is not a key.
    pub fn named(name: &str) -> Self {
        let secret = rules::hash::digest("test-voucher-key/v1", &[name.as_bytes()]);
        Self(SigningKey::from_slice(&secret).expect("a SHA-256 digest is a valid key but for one in 2^128"))
    }

    /// The compressed public key, as a channel stores it.
    pub fn public_key(&self) -> Binary {
        Binary::from(self.0.verifying_key().to_sec1_bytes().as_ref())
    }

    /// A voucher with its signature.
    pub fn sign(&self, domain: &Domain, voucher: &Voucher) -> SignedVoucher {
        let digest = voucher.digest(domain);
        let signature: Signature = self.0.sign_prehash(&digest).expect("a 32-byte digest can be signed");
        SignedVoucher {
            channel: ChannelId(voucher.channel),
            epoch: Epoch(voucher.epoch),
            cumulative: voucher.cumulative.into(),
            head: Hash32(voucher.head),
            signature: Binary::new(signature.to_vec()),
        }
    }
}
