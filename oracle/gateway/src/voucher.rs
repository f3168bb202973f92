//! Vouchers and seals with secp256k1 keys.

use cosmwasm_std::{Binary, Uint128};
use k256::ecdsa::{
    Signature, SigningKey, VerifyingKey,
    signature::hazmat::{PrehashSigner as _, PrehashVerifier as _},
};
use protocol::{ChannelId, Epoch, Hash32, settlement::SignedVoucher};
use rules::{
    hash::{Domain, digest},
    order::SealKey,
    payment::Voucher,
};

/// Why a voucher is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the voucher of channel {channel} is refused: {reason}")]
pub struct BadVoucher {
    /// The channel.
    pub channel: ChannelId,
    /// What is wrong.
    pub reason: &'static str,
}

/// Signs a voucher.
///
/// # Panics
/// Never: a digest of 32 bytes can always be signed.
pub fn sign(key: &SigningKey, domain: &Domain, voucher: &Voucher) -> SignedVoucher {
    let signature: Signature =
        key.sign_prehash(&voucher.digest(domain)).expect("a digest of 32 bytes can always be signed");
    SignedVoucher {
        channel: ChannelId(voucher.channel),
        epoch: Epoch(voucher.epoch),
        cumulative: Uint128::new(voucher.cumulative),
        head: Hash32(voucher.head),
        // Chains take the lower of the two values of s only.
        signature: Binary::from(signature.normalize_s().unwrap_or(signature).to_bytes().to_vec()),
    }
}

/// Checks a voucher's signature: one verification, nothing else.
///
/// # Errors
/// [`BadVoucher`].
pub fn verify(key: &VerifyingKey, domain: &Domain, voucher: &SignedVoucher) -> Result<(), BadVoucher> {
    let refused = |reason| BadVoucher { channel: voucher.channel, reason };
    let signature = Signature::from_slice(&voucher.signature).map_err(|_| refused("its signature is malformed"))?;
    if signature.normalize_s().is_some() {
        return Err(refused("its signature is not in the lower form, which the chain refuses"));
    }
    let digest = Voucher {
        channel: voucher.channel.get(),
        epoch: voucher.epoch.get(),
        cumulative: voucher.cumulative.u128(),
        head: voucher.head.0,
    }
    .digest(domain);
    key.verify_prehash(&digest, &signature).map_err(|_| refused("its signature is not of the channel's key"))
}

/// The key that the holder of one secret key shares with the holder of the other, for one channel.
pub fn seal_key(own: &SigningKey, other: &VerifyingKey, domain: &Domain, channel: ChannelId) -> SealKey {
    let shared = k256::ecdh::diffie_hellman(own.as_nonzero_scalar(), other.as_affine());
    let mut coordinate = [0; 32];
    coordinate.copy_from_slice(shared.raw_secret_bytes());
    SealKey::new(domain, channel.get(), &coordinate)
}

/// The key of one channel of an account: `SHA-256` of the account's secret key and a nonce, under the tag `gateway/voucher-key/1`. Who knows the nonce and not the account's
/// key learns nothing about it.
///
/// # Panics
/// Never: of digests, one in 2^128 is no key, and then the next is taken.
pub fn channel_key(account: &SigningKey, nonce: &Hash32) -> SigningKey {
    let secret = account.to_bytes();
    let keys = (0..=u8::MAX).filter_map(|round| {
        SigningKey::from_slice(&digest("gateway/voucher-key/1", &[&secret, &nonce.0, &[round]])).ok()
    });
    keys.into_iter().next().expect("one of 256 digests is a key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain() -> Domain {
        Domain { chain_id: "shop-1".to_owned(), contract: "settlement".to_owned() }
    }

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_slice(&[byte; 32]).expect("a small number is a key")
    }

    #[test]
    fn each_nonce_and_each_account_has_a_key_of_its_own() {
        let of = |account: u8, nonce: u8| channel_key(&key(account), &Hash32([nonce; 32])).to_bytes();
        assert_eq!(of(3, 1), of(3, 1));
        assert!(of(3, 1) != of(3, 2) && of(3, 1) != of(4, 1) && of(3, 1) != key(3).to_bytes());
    }

    fn voucher() -> Voucher {
        Voucher { channel: 7, epoch: 1, cumulative: 5, head: [2; 32] }
    }

    #[test]
    fn a_voucher_is_of_the_key_that_signed_it_and_of_one_chain() {
        let signed = sign(&key(3), &domain(), &voucher());
        let own = key(3);
        assert_eq!(verify(own.verifying_key(), &domain(), &signed), Ok(()));
        assert!(verify(key(4).verifying_key(), &domain(), &signed).is_err());
        let elsewhere = Domain { chain_id: "shop-2".to_owned(), ..domain() };
        assert!(verify(own.verifying_key(), &elsewhere, &signed).is_err());
        for changed in [
            SignedVoucher { cumulative: Uint128::new(6), ..signed.clone() },
            SignedVoucher { epoch: Epoch(2), ..signed.clone() },
            SignedVoucher { head: Hash32([3; 32]), ..signed.clone() },
            SignedVoucher { channel: ChannelId(8), ..signed.clone() },
        ] {
            assert!(verify(own.verifying_key(), &domain(), &changed).is_err(), "{changed:?}");
        }
    }

    /// Malleability: the chain takes one of the two signatures that everybody can make of one, so the gateway takes that one alone.
    #[test]
    fn a_signature_in_the_higher_form_is_refused() {
        let mut signed = sign(&key(3), &domain(), &voucher());
        let low = Signature::from_slice(&signed.signature).expect("just signed");
        let high = Signature::from_scalars(low.r().to_bytes(), (-*low.s()).to_bytes()).expect("its other form");
        signed.signature = Binary::from(high.to_bytes().to_vec());
        let refused = verify(key(3).verifying_key(), &domain(), &signed).expect_err("the chain would refuse it");
        assert_eq!(refused.reason, "its signature is not in the lower form, which the chain refuses");
    }

    #[test]
    fn both_sides_derive_the_same_key_and_others_another() {
        let (payer, gateway, stranger) = (key(3), key(4), key(5));
        let of = |own: &SigningKey, other: &SigningKey, channel| {
            seal_key(own, other.verifying_key(), &domain(), ChannelId(channel)).seal(&[1; 32])
        };
        assert_eq!(of(&payer, &gateway, 1), of(&gateway, &payer, 1));
        assert_ne!(of(&payer, &gateway, 1), of(&gateway, &payer, 2));
        assert_ne!(of(&payer, &gateway, 1), of(&stranger, &payer, 1));
    }
}
