//! Hashing of everything that is committed to or signed: domain separated and length prefixed.
//!
//! # Source
//! DESIGN section 3, "Records".

use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// `SHA-256(len(tag) ‖ tag ‖ len(part) ‖ part ‖ …)`, every length as 8 bytes, big endian.
///
/// Since each part carries its length, two different lists of parts never hash the same bytes.
pub fn digest(tag: &str, parts: &[&[u8]]) -> Hash {
    let mut hasher = Hasher::new(tag);
    for part in parts {
        hasher.part(part);
    }
    hasher.finish()
}

/// The place where a record means something: hashed as two parts, `chain_id` and `contract`, so that
/// a signature or commitment cannot be replayed on another chain or contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The chain's id, e.g. `wasm-1`.
    pub chain_id: String,
    /// The contract's bech32 address, as stored at its instantiation.
    pub contract: String,
}

/// [`digest`], fed part by part; typed writers keep every record's widths the same.
pub(crate) struct Hasher(Sha256);

impl Hasher {
    pub(crate) fn new(tag: &str) -> Self {
        let mut hasher = Self(Sha256::new());
        hasher.part(tag.as_bytes());
        hasher
    }

    pub(crate) fn part(&mut self, bytes: &[u8]) -> &mut Self {
        // A slice is never longer than 2^64 - 1 bytes; the fallback only avoids a panic path.
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.update(length.to_be_bytes());
        self.0.update(bytes);
        self
    }

    pub(crate) fn domain(&mut self, domain: &Domain) -> &mut Self {
        self.part(domain.chain_id.as_bytes()).part(domain.contract.as_bytes())
    }

    pub(crate) fn u32(&mut self, value: u32) -> &mut Self {
        self.part(&value.to_be_bytes())
    }

    pub(crate) fn u64(&mut self, value: u64) -> &mut Self {
        self.part(&value.to_be_bytes())
    }

    pub(crate) fn u128(&mut self, value: u128) -> &mut Self {
        self.part(&value.to_be_bytes())
    }

    /// A list: its count as one part, then each element as a part.
    pub(crate) fn list<T: AsRef<[u8]>>(&mut self, elements: &[T]) -> &mut Self {
        self.u64(u64::try_from(elements.len()).unwrap_or(u64::MAX));
        for element in elements {
            self.part(element.as_ref());
        }
        self
    }

    pub(crate) fn finish(&self) -> Hash {
        self.0.clone().finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_byte_between_parts_changes_the_digest() {
        assert_ne!(digest("t", &[b"ab", b"c"]), digest("t", &[b"a", b"bc"]));
        assert_ne!(digest("t", &[b"", b"c"]), digest("t", &[b"c"]));
        assert_ne!(digest("ta", &[b"b"]), digest("t", &[b"ab"]));
    }

    #[test]
    fn the_digest_is_sha_256_over_prefixed_parts() {
        let mut bytes = vec![0, 0, 0, 0, 0, 0, 0, 1, b't'];
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 2, b'x', b'y']);
        assert_eq!(digest("t", &[b"xy"]), Hash::from(Sha256::digest(bytes.as_slice())));
    }
}
