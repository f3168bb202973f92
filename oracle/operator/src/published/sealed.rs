//! Receipts that only some may read: prompts and answers are encrypted, and the key to them for each reader.
//!
//! The content is under a key of its own, which is drawn for it. The key is sealed to each reader's X25519 key, in the file itself for those who were known when it was
//! published, and in a file of its own for whoever was let in later ([`Kind::ReceiptKeys`](super::Kind)). What a reader opens is checked against the chain as anything else.
//!
//! # Source
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) for the content; NaCl's sealed boxes over X25519 and XChaCha20-Poly1305 for its key.

use std::fmt;

use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use cosmwasm_std::Binary;
use gateway::segment::Segment;
use protocol::Hash32;
use rules::hash::{Hash, digest};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What this form is called in files.
const FORM: &str = "sealed-receipts/1";
/// Bytes of a nonce.
const NONCE: usize = 24;

/// The public key of somebody who may read receipts: X25519.
pub type ReaderKey = Hash32;

/// A secret key that opens what is sealed to it.
#[derive(Clone)]
pub struct Reader(crypto_box::SecretKey);

impl fmt::Debug for Reader {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Reader({})", self.key())
    }
}

impl Reader {
    /// The key of an account: derived from its secret key, so that there is no second one to lose. `digest("reader/v1", secret key)`.
    pub fn of_account(signer: &chain::Signer) -> Self {
        let secret = Zeroizing::new(<[u8; 32]>::from(signer.signing_key().to_bytes()));
        Self(crypto_box::SecretKey::from(digest("reader/v1", &[secret.as_slice()])))
    }

    /// Its public half.
    pub fn key(&self) -> ReaderKey {
        Hash32(*self.0.public_key().as_bytes())
    }
}

/// Why sealed receipts cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// They are not for this reader.
    #[error("they are not sealed for this key: ask the model's owner to let it in")]
    NotForThis,
    /// They were changed, or are none.
    #[error("they cannot be opened: something in them was changed")]
    Damaged,
}

/// A key to some receipts, sealed to one reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedKey {
    /// The reader.
    pub reader: ReaderKey,
    /// The key, for that reader alone.
    pub key: Binary,
}

/// Receipts as they lie in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedSegment {
    form: String,
    model: u64,
    channel: u64,
    previous_head: Hash32,
    head: Hash32,
    nonce: Binary,
    content: Binary,
    keys: Vec<SealedKey>,
}

/// The key to some receipts, opened.
pub struct ContentKey(Zeroizing<Hash>);

impl SealedSegment {
    /// Seals receipts to readers.
    ///
    /// # Panics
    /// Never: what is shorter than 256 GiB can be encrypted.
    pub fn new(segment: &Segment, readers: &[ReaderKey]) -> Self {
        let (key, nonce): (Hash, [u8; NONCE]) = (rand::random(), rand::random());
        let key = ContentKey(Zeroizing::new(key));
        let plain = serde_json::to_vec(&segment.receipts).expect("plain structs always serialise");
        let mut sealed = Self {
            form: FORM.to_owned(),
            model: segment.model,
            channel: segment.channel,
            previous_head: segment.previous_head,
            head: segment.head,
            nonce: nonce.as_slice().into(),
            content: Binary::default(),
            keys: readers.iter().filter_map(|reader| key.seal(*reader, &segment.head).ok()).collect(),
        };
        let about = sealed.about();
        let payload = Payload { msg: &plain, aad: &about };
        let content = XChaCha20Poly1305::new(key.0.as_slice().into()).encrypt(&XNonce::from(nonce), payload);
        sealed.content = content.expect("it is far shorter than the cipher's limit").into();
        sealed
    }

    /// Whether bytes claim to be such.
    pub fn is_form(value: &serde_json::Value) -> bool {
        value.get("form").is_some_and(|form| form == FORM)
    }

    /// Head of the receipts.
    pub fn head(&self) -> Hash32 {
        self.head
    }

    /// Readers that were known when it was published.
    pub fn readers(&self) -> impl Iterator<Item = ReaderKey> {
        self.keys.iter().map(|key| key.reader)
    }

    /// The key to its content, from what is sealed to a reader in it, or beside it.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn key(&self, reader: &Reader, beside: Option<&SealedKey>) -> Result<ContentKey, SealError> {
        let own = reader.key();
        let mut ours = self.keys.iter().chain(beside).filter(|key| key.reader == own).peekable();
        ours.peek().ok_or(SealError::NotForThis)?;
        // One that is damaged does not spoil another.
        ours.find_map(|key| ContentKey::open(reader, key, &self.head)).ok_or(SealError::Damaged)
    }

    /// The receipts.
    ///
    /// # Errors
    /// [`SealError::Damaged`]
    pub fn open(&self, key: &ContentKey) -> Result<Segment, SealError> {
        let nonce: [u8; NONCE] = self.nonce.as_slice().try_into().map_err(|_| SealError::Damaged)?;
        let about = self.about();
        let payload = Payload { msg: &self.content, aad: &about };
        let plain = XChaCha20Poly1305::new(key.0.as_slice().into())
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealError::Damaged)?;
        let receipts = serde_json::from_slice(&plain).map_err(|_| SealError::Damaged)?;
        let Self { model, channel, previous_head, head, .. } = self;
        Ok(Segment { model: *model, channel: *channel, previous_head: *previous_head, head: *head, receipts })
    }

    /// What the content is bound to.
    fn about(&self) -> Hash {
        let (model, channel) = (self.model.to_be_bytes(), self.channel.to_be_bytes());
        digest(FORM, &[&model, &channel, self.previous_head.bytes(), self.head.bytes()])
    }
}

impl ContentKey {
    /// Seals it to a reader, bound to what it opens.
    ///
    /// # Errors
    /// [`SealError::Damaged`] for a key that nobody can hold the other half of.
    pub fn seal(&self, reader: ReaderKey, head: &Hash32) -> Result<SealedKey, SealError> {
        let bound = Zeroizing::new([head.bytes().as_slice(), self.0.as_slice()].concat());
        let to = crypto_box::PublicKey::from(reader.0);
        let key = to.seal(&mut rand_core::OsRng, &bound).map_err(|_| SealError::Damaged)?;
        Ok(SealedKey { reader, key: key.into() })
    }

    fn open(reader: &Reader, sealed: &SealedKey, head: &Hash32) -> Option<Self> {
        let bound = Zeroizing::new(reader.0.unseal(&sealed.key).ok()?);
        let key = bound.strip_prefix(head.bytes().as_slice())?;
        Some(Self(Zeroizing::new(key.try_into().ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use cosmwasm_std::Uint128;
    use gateway::segment::PublishedReceipt;

    use super::*;

    fn reader(name: &str) -> Reader {
        Reader::of_account(&chain::Signer::from_seed_label(name))
    }

    fn segment() -> Segment {
        let receipt = PublishedReceipt {
            version: 1,
            epoch: 2,
            number: 1,
            prompt: b"a secret prompt".into(),
            salt: Hash32([9; 32]),
            output: b"a secret answer".into(),
            tokens_in: 15,
            tokens_out: 15,
            fee: Uint128::new(5),
            price_sheet: 1,
        };
        Segment { model: 1, channel: 7, previous_head: Hash32([1; 32]), head: Hash32([2; 32]), receipts: vec![receipt] }
    }

    #[test]
    fn readers_open_it_and_nobody_else_sees_a_word() {
        let (anna, bert, eve) = (reader("anna"), reader("bert"), reader("eve"));
        let sealed = SealedSegment::new(&segment(), &[anna.key(), bert.key()]);
        for reader in [&anna, &bert] {
            let key = sealed.key(reader, None).expect("it is for this reader");
            assert_eq!(sealed.open(&key), Ok(segment()));
        }
        assert_eq!(sealed.key(&eve, None).err(), Some(SealError::NotForThis));
        let stored = serde_json::to_string(&sealed).expect("plain");
        let words = [hex::encode("secret"), "secret".to_owned(), Binary::from(b"a secret prompt").to_base64()];
        assert!(words.iter().all(|word| !stored.contains(word.as_str())));
        let stored: serde_json::Value = serde_json::from_str(&stored).expect("plain");
        assert!(SealedSegment::is_form(&stored));
    }

    #[test]
    fn a_reader_lets_another_one_in() {
        let (anna, auditor) = (reader("anna"), reader("auditor"));
        let sealed = SealedSegment::new(&segment(), &[anna.key()]);
        let key = sealed.key(&anna, None).expect("it is for this reader");
        let beside = key.seal(auditor.key(), &segment().head).expect("it is a key");
        let key = sealed.key(&auditor, Some(&beside)).expect("let in");
        assert_eq!(sealed.open(&key), Ok(segment()));
        // The key to other receipts opens nothing here.
        let other = SealedSegment::new(&Segment { head: Hash32([3; 32]), ..segment() }, &[anna.key()]);
        assert_eq!(other.key(&auditor, Some(&beside)).err(), Some(SealError::Damaged));
    }

    #[test]
    fn whatever_is_changed_is_noticed() {
        let anna = reader("anna");
        let sealed = SealedSegment::new(&segment(), &[anna.key()]);
        let key = sealed.key(&anna, None).expect("it is for this reader");
        let flipped = |bytes: &Binary| {
            let mut bytes = bytes.to_vec();
            bytes[3] ^= 1;
            Binary::from(bytes)
        };
        for changed in [
            SealedSegment { channel: 8, ..sealed.clone() },
            SealedSegment { head: Hash32([3; 32]), ..sealed.clone() },
            SealedSegment { previous_head: Hash32([3; 32]), ..sealed.clone() },
            SealedSegment { content: flipped(&sealed.content), ..sealed.clone() },
            SealedSegment { nonce: flipped(&sealed.nonce), ..sealed.clone() },
            SealedSegment { nonce: Binary::default(), ..sealed.clone() },
        ] {
            assert_eq!(changed.open(&key), Err(SealError::Damaged));
        }
        let mut keys = sealed.keys.clone();
        keys[0].key = flipped(&keys[0].key);
        let changed = SealedSegment { keys, ..sealed };
        assert_eq!(changed.key(&anna, None).err(), Some(SealError::Damaged));
    }
}
