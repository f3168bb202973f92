//! Items and contributions: canonical bytes, digests and commitments.
//!
//! # Source
//! DESIGN section 3, "Contribution".

use hmac::{Hmac, Mac};
use sha2::Sha256;
use unicode_normalization::UnicodeNormalization;

use crate::hash::{Domain, Hash, Hasher, digest};
use crate::tree::{TAG_ITEMS, TAG_VALIDATION, commitment, leaf, top};

/// First byte of an image item. No UTF-8 text contains it, so no text equals an image.
const IMAGE: u8 = 0xff;

/// Canonical bytes of a text: Unicode NFC, then `\r\n` and `\r` as `\n`, then white space (the
/// Unicode property `White_Space`) removed at both ends; as UTF-8.
pub fn text_item(text: &str) -> Vec<u8> {
    let composed: String = text.nfc().collect();
    let lines = composed.replace("\r\n", "\n").replace('\r', "\n");
    lines.trim().as_bytes().to_vec()
}

/// Canonical bytes of a labelled grey image: `0xff ‖ width ‖ height ‖ label ‖ pixels`, numbers as 2
/// bytes big endian, pixels row by row. `None` unless there are `width · height` pixels.
pub fn image_item(width: u16, height: u16, pixels: &[u8], label: u16) -> Option<Vec<u8>> {
    let image = ImageItem { width, height, label, pixels };
    image.is_complete().then(|| image.to_bytes())
}

/// A labelled grey image, as read from its canonical bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageItem<'a> {
    /// Pixels per row.
    pub width: u16,
    /// Rows.
    pub height: u16,
    /// The label.
    pub label: u16,
    /// Grey values, row by row.
    pub pixels: &'a [u8],
}

impl<'a> ImageItem<'a> {
    /// Reads what [`image_item`] wrote. `None` for any other bytes.
    pub fn parse(canonical: &'a [u8]) -> Option<Self> {
        let (marker, rest) = canonical.split_first()?;
        let (width, rest) = rest.split_first_chunk()?;
        let (height, rest) = rest.split_first_chunk()?;
        let (label, pixels) = rest.split_first_chunk()?;
        let image = Self {
            width: u16::from_be_bytes(*width),
            height: u16::from_be_bytes(*height),
            label: u16::from_be_bytes(*label),
            pixels,
        };
        (*marker == IMAGE && image.is_complete()).then_some(image)
    }

    fn is_complete(&self) -> bool {
        // At most (2^16 - 1)^2: fits 32 bits, hence any usize this builds for.
        let area = u32::from(self.width).saturating_mul(u32::from(self.height));
        u32::try_from(self.pixels.len()).is_ok_and(|pixels| pixels == area)
    }

    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![IMAGE];
        for number in [self.width, self.height, self.label] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend(self.pixels);
        bytes
    }
}

/// `digest("item/v1", canonical bytes)`.
pub fn item_digest(canonical: &[u8]) -> Hash {
    digest("item/v1", &[canonical])
}

/// The digest of an item in a private DataNet: `HMAC-SHA256(key, digest("private-item/v1", canonical bytes))`. Who does not hold the
/// key cannot confirm a guess; within the DataNet equal items still have equal digests. `key` is 32 random bytes.
pub fn private_item_digest(key: &Hash, canonical: &[u8]) -> Hash {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Hash::default() };
    mac.update(&digest("private-item/v1", &[canonical]));
    mac.finalize().into_bytes().into()
}

/// What a private DataNet publishes of its key: `digest("item-key/v1", key)`.
pub fn key_commitment(key: &Hash) -> Hash {
    digest("item-key/v1", &[key])
}

/// The digest of a validation example: `digest("example/v1", item digest, stratum)`, the stratum as 2 bytes big endian. So the
/// stratum is fixed when the pool is approved.
pub fn example_digest(item: &Hash, stratum: u16) -> Hash {
    digest("example/v1", &[item, &stratum.to_be_bytes()])
}

/// The `items_root` of a contribution: the tree over `leaf(digest)` of its items, committed to with
/// [`TAG_ITEMS`].
pub fn items_commitment(digests: &[Hash]) -> Hash {
    commit_digests(TAG_ITEMS, digests)
}

/// The commitment to validation examples, by their [`example_digest`]s in order: the same tree under
/// [`TAG_VALIDATION`].
pub fn validation_commitment(digests: &[Hash]) -> Hash {
    commit_digests(TAG_VALIDATION, digests)
}

fn commit_digests(tag: &str, digests: &[Hash]) -> Hash {
    let leaves: Vec<Hash> = digests.iter().map(|digest| leaf(digest)).collect();
    let n = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    commitment(tag, n, &top(&leaves))
}

/// What a DataNet's accepted tree says about a contribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContributionRecord {
    /// The DataNet.
    pub datanet: u64,
    /// The contribution's id.
    pub id: u64,
    /// Address of the contributor.
    pub contributor: String,
    /// Kind of contribution, as the DataNet names it.
    pub kind: String,
    /// [`items_commitment`] of its items.
    pub items_root: Hash,
    /// Number of items.
    pub item_count: u64,
    /// Block time of the commit, in seconds: its precedence.
    pub committed_at: u64,
}

/// The leaf payload of a contribution in its DataNet's accepted tree:
/// `digest("contribution/v1", chain id, contract, datanet, …, committed at)`, the fields in the order
/// of the struct.
pub fn contribution_digest(domain: &Domain, record: &ContributionRecord) -> Hash {
    Hasher::new("contribution/v1")
        .domain(domain)
        .u64(record.datanet)
        .u64(record.id)
        .part(record.contributor.as_bytes())
        .part(record.kind.as_bytes())
        .part(&record.items_root)
        .u64(record.item_count)
        .u64(record.committed_at)
        .finish()
}

/// What a contributor commits to before showing its items:
/// `digest("contribution-commit/v1", chain id, contract, datanet, contributor, items root, salt)`.
/// The contributor is inside, so that nobody can copy the commitment from the mempool.
pub fn contribution_commitment(
    domain: &Domain,
    datanet: u64,
    contributor: &str,
    items_root: &Hash,
    salt: &Hash,
) -> Hash {
    Hasher::new("contribution-commit/v1")
        .domain(domain)
        .u64(datanet)
        .part(contributor.as_bytes())
        .part(items_root)
        .part(salt)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_in_other_clothes_is_the_same_item() {
        let plain = text_item("caf\u{e9}\nnoir");
        assert_eq!(text_item("\u{feff}caf\u{e9}"), "\u{feff}caf\u{e9}".as_bytes());
        assert_eq!(text_item(" \t cafe\u{301}\r\nnoir\r\u{3000}\n"), plain);
        assert_eq!(text_item("\r\u{85}\u{a0}\u{2028} "), b"");
        assert_ne!(text_item("caf\u{e9} noir"), plain);
    }

    #[test]
    fn an_image_reads_back_and_needs_all_its_pixels() {
        let bytes = image_item(2, 3, &[1, 2, 3, 4, 5, 6], 7).unwrap();
        assert_eq!(bytes, [0xff, 0, 2, 0, 3, 0, 7, 1, 2, 3, 4, 5, 6]);
        let image = ImageItem::parse(&bytes).unwrap();
        assert_eq!((image.width, image.height, image.label), (2, 3, 7));
        assert_eq!(image_item(2, 3, &[0; 5], 7), None);
        assert_eq!(ImageItem::parse(&bytes[..12]), None);
        assert_eq!(ImageItem::parse(b"text"), None);
    }
}
