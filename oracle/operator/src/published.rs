//! Published objects: items, validation examples, receipts, weights and manifests, each under the hash that the chain holds, each
//! checked against it when read. Nothing read here is believed because of where it lay.
//!
//! They lie in a folder, or in a bucket of S3 or of anything that speaks as S3 does ([`Published::open`]), under the same names:
//! `items/<root>.json`, `private-items/<root>.json`, `receipts/<head>.json`, `receipt-keys/<head>/<reader>.json`, `validation/<root>/<from>-<count>.json`,
//! `weights/<hash>/manifest.json` (of what a chain registers, not of what an adapter merely stands on) and
//! `weights/<hash>/member-<index>.safetensors`. Items of private DataNets lie in a folder of their
//! own, which is shown to those who hold the DataNet's key.
//!
//! - **Read**: an object is missing, false (another than the chain names, or larger than [`Kind::max_bytes`]), or the store could not
//!   say ([`PublishedError::Refused`], [`PublishedError::Unavailable`]): only the first two are said of the object. What fails on the
//!   way to a bucket is tried again a few times; how long to wait for an object is the caller's business.
//! - **Written**: once. The name is the content's, so that nothing is ever replaced: publishing again what is there does nothing,
//!   other bytes there are an error. In a folder, file and folder are flushed to disk before a write returns; a crash leaves the whole
//!   object or none (and perhaps a file `<name>#<number>`, which nobody reads). The folder's file system must have hard links, a
//!   bucket conditional writes (`If-None-Match`).

mod bounded;
mod durable;
mod error;
mod kind;
mod objects;
mod open;
mod sealed;
mod validation;

use std::{path::PathBuf, sync::Arc};

use cosmwasm_std::HexBinary;
use object_store::ObjectStore;
use protocol::Hash32;
use rules::{hash::Hash, item};
use serde::{Serialize, de::DeserializeOwned};

use self::sealed::{ContentKey, SealedKey, SealedSegment};
pub use self::sealed::{Reader, ReaderKey, SealError};
pub use gateway::segment::{PublishedReceipt, Segment, SegmentClaim};

pub(crate) use self::open::Opened;
pub use self::{
    durable::write_durably,
    error::PublishedError,
    kind::Kind,
    open::OpenError,
    validation::{ValidationExample, ValidationSlice, validation_root},
};
use self::{kind::Name, objects::Objects};

/// File of a manifest beside its weights.
const MANIFEST: &str = "manifest.json";

/// A store of published objects. A clone is the same store.
#[derive(Clone, Debug)]
pub struct Published {
    objects: Objects,
    reader: Option<Arc<Reader>>,
}

/// A version as files: how it was trained, and the weights of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightFiles {
    /// Canonical bytes of the training manifest.
    pub manifest: Vec<u8>,
    /// Each member as safetensors, in their order.
    pub members: Vec<Vec<u8>>,
}

impl Published {
    /// Uses a folder; it is created with the first object.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { objects: Objects::in_folder(root.into()), reader: None }
    }

    /// Uses any store, under a name for people.
    pub fn over(name: impl Into<String>, store: Arc<dyn ObjectStore>) -> Self {
        Self { objects: Objects::in_store(name.into(), store), reader: None }
    }

    /// Uses a folder (a path, or `file:///path`), or a bucket (`s3://bucket/prefix`) with region, endpoint and credentials from the
    /// standard `AWS_*` variables of the environment. Connects with the first object.
    ///
    /// # Errors
    /// If the address is of no such kind, or variables are missing or cannot be used: names what to set.
    pub fn open(address: &str) -> Result<Self, OpenError> {
        Self::open_under(address, open::environment())
    }

    /// [`Self::open`] with given variables for those of the environment.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_under(address: &str, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, OpenError> {
        Ok(match open::open(address, variables)? {
            Opened::Folder(root) => Self::at(root),
            Opened::Store(name, store) => Self::over(name, store),
        })
    }

    /// The same store, whose sealed receipts a reader opens.
    #[must_use]
    pub fn read_by(self, reader: Reader) -> Self {
        Self { reader: Some(Arc::new(reader)), ..self }
    }

    /// Publishes the items of a contribution, by canonical bytes; returns their commitment.
    pub async fn put_items(&self, items: &[Vec<u8>], digested: Digested<'_>) -> Result<Hash, PublishedError> {
        let root = item::items_commitment(&digested.all(items));
        let hex: Vec<HexBinary> = items.iter().map(|item| item.as_slice().into()).collect();
        self.put_json(&Name::alone(digested.kind(), &root), &hex).await?;
        Ok(root)
    }

    /// The items under a commitment.
    pub async fn items(&self, root: &Hash, digested: Digested<'_>) -> Result<Vec<Vec<u8>>, PublishedError> {
        let name = Name::alone(digested.kind(), root);
        let items: Vec<Vec<u8>> = self.json::<Vec<HexBinary>>(&name).await?.into_iter().map(Vec::from).collect();
        if item::items_commitment(&digested.all(&items)) == *root {
            Ok(items)
        } else {
            Err(self.falsehood(&name, "its items have another root"))
        }
    }

    /// Whether anything is published as the items under a commitment.
    pub async fn has_items(&self, root: &Hash, digested: Digested<'_>) -> Result<bool, PublishedError> {
        self.objects.exists(&Name::alone(digested.kind(), root)).await
    }

    /// Publishes the receipts of one redemption.
    pub async fn put_segment(&self, segment: &Segment) -> Result<(), PublishedError> {
        self.put_json(&Name::alone(Kind::Receipts, &segment.head.0), segment).await
    }

    /// Publishes the receipts of one redemption for these readers alone. If they are published already, those of the readers who cannot open them are let in, as far as
    /// this store's own reader can.
    pub async fn put_sealed(&self, segment: &Segment, readers: &[ReaderKey]) -> Result<(), PublishedError> {
        if self.has_segment(&segment.head.0).await? {
            return self.let_in(&segment.head.0, readers).await;
        }
        self.put_json(&Name::alone(Kind::Receipts, &segment.head.0), &SealedSegment::new(segment, readers)).await
    }

    /// Lets readers open sealed receipts that this store's own reader can open; whoever can already is passed over.
    pub async fn let_in(&self, head: &Hash, readers: &[ReaderKey]) -> Result<(), PublishedError> {
        let name = Name::alone(Kind::Receipts, head);
        let value: serde_json::Value = self.json(&name).await?;
        if !SealedSegment::is_form(&value) {
            return Ok(());
        }
        let sealed = self.sealed(&name, value)?;
        let known: Vec<ReaderKey> = sealed.readers().collect();
        let key = self.content_key(&name, &sealed).await?;
        for reader in readers.iter().filter(|reader| !known.contains(reader)) {
            let beside = key_name(head, reader);
            if !self.objects.exists(&beside).await? {
                let refused = |error: SealError| self.falsehood(&beside, &error.to_string());
                self.put_json(&beside, &key.seal(*reader, &Hash32(*head)).map_err(refused)?).await?;
            }
        }
        Ok(())
    }

    /// The receipts of a redemption, checked against what the chain says of it. Sealed ones are opened by this store's reader.
    pub async fn segment(&self, claim: &SegmentClaim<'_>) -> Result<Segment, PublishedError> {
        let name = Name::alone(Kind::Receipts, &claim.head);
        let value: serde_json::Value = self.json(&name).await?;
        let refused = |reason: String| self.falsehood(&name, &reason);
        let segment = if SealedSegment::is_form(&value) {
            let sealed = self.sealed(&name, value)?;
            let key = self.content_key(&name, &sealed).await?;
            sealed.open(&key).map_err(|error| refused(error.to_string()))?
        } else {
            serde_json::from_value(value).map_err(|error| refused(error.to_string()))?
        };
        segment.check(claim).map_err(refused)?;
        Ok(segment)
    }

    fn sealed(&self, name: &Name, value: serde_json::Value) -> Result<SealedSegment, PublishedError> {
        serde_json::from_value(value).map_err(|error| self.falsehood(name, &error.to_string()))
    }

    /// The key to sealed receipts, from the file itself or from the one beside it.
    async fn content_key(&self, name: &Name, sealed: &SealedSegment) -> Result<ContentKey, PublishedError> {
        let refused = |error: SealError| self.falsehood(name, &error.to_string());
        let reader = self.reader.as_ref().ok_or_else(|| refused(SealError::NotForThis))?;
        let beside = key_name(&sealed.head().0, &reader.key());
        let beside: Option<SealedKey> = match self.json(&beside).await {
            Ok(key) => Some(key),
            Err(error) if error.is_of_object() => None,
            Err(error) => return Err(error),
        };
        sealed.key(reader, beside.as_ref()).map_err(refused)
    }

    /// Whether anything is published as the receipts that lead to a head.
    pub async fn has_segment(&self, head: &Hash) -> Result<bool, PublishedError> {
        self.objects.exists(&Name::alone(Kind::Receipts, head)).await
    }

    /// Publishes validation examples.
    pub async fn put_validation(&self, slice: &ValidationSlice) -> Result<(), PublishedError> {
        self.put_json(&validation_name(&slice.root.0, slice.from, slice.examples.len()), slice).await
    }

    /// `count` validation examples from index `from` of the extension under `root`.
    pub async fn validation(
        &self,
        root: &Hash,
        from: u64,
        count: usize,
    ) -> Result<Vec<ValidationExample>, PublishedError> {
        let name = validation_name(root, from, count);
        let slice: ValidationSlice = self.json(&name).await?;
        if slice.root.0 != *root || slice.from != from || slice.examples.len() != count {
            return Err(self.falsehood(&name, "it is another range"));
        }
        slice.check().map_err(|reason| self.falsehood(&name, &reason))?;
        Ok(slice.examples)
    }

    /// Whether anything is published as a range of validation examples.
    pub async fn has_validation(&self, root: &Hash, from: u64, count: usize) -> Result<bool, PublishedError> {
        self.objects.exists(&validation_name(root, from, count)).await
    }

    /// Publishes a version's files under the hash of its weights: the manifest last, so that with it all is there.
    pub async fn put_weights(&self, hash: &Hash, files: &WeightFiles) -> Result<(), PublishedError> {
        self.put_members(hash, &files.members).await?;
        self.objects.write(&Name::among(Kind::Manifest, hash, MANIFEST), files.manifest.clone()).await
    }

    /// Publishes weights under their hash without saying how they were trained: what an adapter stands on needs no more.
    pub async fn put_members(&self, hash: &Hash, members: &[Vec<u8>]) -> Result<(), PublishedError> {
        let bytes = members.iter().map(Vec::len).sum();
        let limit = Kind::Weights.max_bytes();
        if bytes > limit {
            let object = self.objects.describe(&Name::among(Kind::Weights, hash, "members"));
            return Err(PublishedError::TooLarge { object, bytes, limit });
        }
        for (index, member) in members.iter().enumerate() {
            self.objects.write(&member_name(hash, index), member.clone()).await?;
        }
        Ok(())
    }

    /// What is published as the training manifest beside weights; whoever reads it checks it against the chain.
    pub async fn manifest(&self, hash: &Hash) -> Result<Vec<u8>, PublishedError> {
        self.objects.read(&Name::among(Kind::Manifest, hash, MANIFEST), Kind::Manifest.max_bytes()).await
    }

    /// What is published as a number of members' weights; whoever reads them checks them against the hash.
    pub async fn members(&self, hash: &Hash, count: usize) -> Result<Vec<Vec<u8>>, PublishedError> {
        let mut left = Kind::Weights.max_bytes();
        let mut members = Vec::new();
        for index in 0..count {
            let member = self.objects.read(&member_name(hash, index), left).await?;
            left -= member.len();
            members.push(member);
        }
        Ok(members)
    }

    /// Whether a whole version is published under the hash of its weights.
    pub async fn has_weights(&self, hash: &Hash) -> Result<bool, PublishedError> {
        self.objects.exists(&Name::among(Kind::Manifest, hash, MANIFEST)).await
    }

    /// Says that the weights under a hash, or the manifest beside them, are false.
    pub fn false_weights(&self, hash: &Hash, reason: &str) -> PublishedError {
        self.falsehood(&Name::among(Kind::Weights, hash, "*"), reason)
    }

    async fn put_json<T: Serialize>(&self, name: &Name, value: &T) -> Result<(), PublishedError> {
        let bytes = serde_json::to_vec_pretty(value).map_err(|error| self.falsehood(name, &error.to_string()))?;
        self.objects.write(name, bytes).await
    }

    /// Reads away from the async threads: an object may be large.
    async fn json<T: DeserializeOwned + Send + 'static>(&self, name: &Name) -> Result<T, PublishedError> {
        let bytes = self.objects.read(name, name.kind.max_bytes()).await?;
        let read = tokio::task::spawn_blocking(move || serde_json::from_slice(&bytes)).await;
        let stopped = |error: tokio::task::JoinError| self.objects.error(name, error.into());
        read.map_err(stopped)?.map_err(|error| self.falsehood(name, &error.to_string()))
    }

    fn falsehood(&self, name: &Name, reason: &str) -> PublishedError {
        PublishedError::falsehood(self.objects.describe(name), reason)
    }
}

fn key_name(head: &Hash, reader: &ReaderKey) -> Name {
    Name::among(Kind::ReceiptKeys, head, &format!("{}.json", hex::encode(reader.0)))
}

fn validation_name(root: &Hash, from: u64, count: usize) -> Name {
    Name::among(Kind::Validation, root, &format!("{from}-{count}.json"))
}

fn member_name(hash: &Hash, index: usize) -> Name {
    Name::among(Kind::Weights, hash, &format!("member-{index}.safetensors"))
}

/// How a DataNet digests its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digested<'a> {
    /// By their hash: anyone can check a guess.
    Openly,
    /// Under the DataNet's key.
    Under(&'a Hash),
}

impl Digested<'_> {
    /// Digest of one item.
    pub fn one(self, item: &[u8]) -> Hash {
        match self {
            Self::Openly => item::item_digest(item),
            Self::Under(key) => item::private_item_digest(key, item),
        }
    }

    /// Digests of items, in their order.
    pub fn all(self, items: &[Vec<u8>]) -> Vec<Hash> {
        items.iter().map(|item| self.one(item)).collect()
    }

    fn kind(self) -> Kind {
        match self {
            Self::Openly => Kind::Items,
            Self::Under(_) => Kind::PrivateItems,
        }
    }
}
