//! The folder of published objects: items, validation examples, receipts, weights and manifests, each under the hash that the
//! chain holds, each checked against it when read. Nothing read here is believed because of where it lay.
//!
//! Items of private DataNets lie in a folder of their own, which is shown to those who hold the DataNet's key.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use cosmwasm_std::HexBinary;
use protocol::Hash32;
use rules::{
    hash::{Domain, Hash},
    item, payment, tree,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Why an object could not be used.
#[derive(Debug, thiserror::Error)]
pub enum PublishedError {
    /// It is not there.
    #[error("{path} is not published: ask whoever committed to it")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It is there and is not what the chain names.
    #[error("{path} is false: {reason}")]
    False {
        /// Where it lies.
        path: PathBuf,
        /// What does not hold.
        reason: String,
    },
    /// The folder could not be read or written.
    #[error("cannot use {path}")]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl PublishedError {
    /// Whether the object is missing or false, rather than this machine at fault.
    pub fn is_of_object(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::False { .. })
    }
}

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

/// A validation example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationExample {
    /// Canonical bytes of the item.
    pub item: HexBinary,
    /// Its stratum.
    pub stratum: u16,
}

impl ValidationExample {
    /// An example, from an item's canonical bytes.
    pub fn new(item: &[u8], stratum: u16) -> Self {
        Self { item: item.into(), stratum }
    }

    /// What the extension's root commits to.
    pub fn digest(&self) -> Hash {
        item::example_digest(&item::item_digest(&self.item), self.stratum)
    }
}

/// The commitment to an extension of a validation pool.
pub fn validation_root(examples: &[ValidationExample]) -> Hash {
    item::validation_commitment(&examples.iter().map(ValidationExample::digest).collect::<Vec<_>>())
}

/// Consecutive validation examples with the proof that they belong to an approved extension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationSlice {
    /// Commitment to the whole extension.
    pub root: Hash32,
    /// Number of examples of the extension.
    pub of: u64,
    /// Index of the first one in the extension.
    pub from: u64,
    /// The examples.
    pub examples: Vec<ValidationExample>,
    /// Path of the multiproof.
    pub path: Vec<Hash32>,
}

impl ValidationSlice {
    /// Cuts `count` examples out of an extension, with their proof. `None` when the range is not in it.
    pub fn cut(examples: &[ValidationExample], from: u64, count: u64) -> Option<Self> {
        let leaves: Vec<Hash> = examples.iter().map(|example| tree::leaf(&example.digest())).collect();
        let positions: Vec<u64> = (from..from.checked_add(count)?).collect();
        let proof = tree::prove_many(&leaves, &positions)?;
        let range = usize::try_from(from).ok()?..usize::try_from(from + count).ok()?;
        Some(Self {
            root: validation_root(examples).into(),
            of: u64::try_from(examples.len()).ok()?,
            from,
            examples: examples.get(range)?.to_vec(),
            path: proof.path.into_iter().map(Hash32).collect(),
        })
    }

    /// Checks the proof against the root.
    pub fn check(&self) -> Result<(), String> {
        let count = u64::try_from(self.examples.len()).map_err(|_| "too many examples")?;
        let end = self.from.checked_add(count).ok_or("the range overflows")?;
        let leaves: Vec<Hash> = self.examples.iter().map(|example| tree::leaf(&example.digest())).collect();
        let proof = tree::MultiProof {
            n: self.of,
            positions: (self.from..end).collect(),
            path: self.path.iter().map(|hash| hash.0).collect(),
        };
        let top = proof.top(&leaves).map_err(|error| error.to_string())?;
        if tree::commitment(tree::TAG_VALIDATION, self.of, &top) == self.root.0 {
            Ok(())
        } else {
            Err("its examples are not under the approved root".to_owned())
        }
    }
}

/// A folder of published objects.
#[derive(Clone, Debug)]
pub struct Published {
    root: PathBuf,
}

impl Published {
    /// Uses a folder; it is created with the first object.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Publishes the items of a contribution, by canonical bytes; returns their commitment.
    pub fn put_items(&self, items: &[Vec<u8>], digested: Digested<'_>) -> Result<Hash, PublishedError> {
        let root = item::items_commitment(&digested.all(items));
        let hex: Vec<HexBinary> = items.iter().map(|item| item.as_slice().into()).collect();
        self.put_json(&self.path(digested.folder(), &root, "json"), &hex)?;
        Ok(root)
    }

    /// The items under a commitment.
    pub fn items(&self, root: &Hash, digested: Digested<'_>) -> Result<Vec<Vec<u8>>, PublishedError> {
        let path = self.path(digested.folder(), root, "json");
        let items: Vec<Vec<u8>> = self.json::<Vec<HexBinary>>(&path)?.into_iter().map(Vec::from).collect();
        if item::items_commitment(&digested.all(&items)) == *root {
            Ok(items)
        } else {
            Err(falsehood(path, "its items have another root"))
        }
    }

    /// Publishes the receipts of one redemption.
    pub fn put_segment(&self, segment: &Segment) -> Result<(), PublishedError> {
        self.put_json(&self.path("receipts", &segment.head.0, "json"), segment)
    }

    /// The receipts of a redemption, checked against what the chain says of it.
    pub fn segment(&self, claim: &SegmentClaim<'_>) -> Result<Segment, PublishedError> {
        let path = self.path("receipts", &claim.head, "json");
        let segment: Segment = self.json(&path)?;
        segment.check(claim).map_err(|reason| falsehood(path, &reason))?;
        Ok(segment)
    }

    /// Whether anything is published as the receipts that lead to a head.
    pub fn has_segment(&self, head: &Hash) -> bool {
        self.path("receipts", head, "json").exists()
    }

    /// Publishes validation examples.
    pub fn put_validation(&self, slice: &ValidationSlice) -> Result<(), PublishedError> {
        let path = self.validation_path(&slice.root.0, slice.from, slice.examples.len());
        self.put_json(&path, slice)
    }

    /// `count` validation examples from index `from` of the extension under `root`.
    pub fn validation(&self, root: &Hash, from: u64, count: usize) -> Result<Vec<ValidationExample>, PublishedError> {
        let path = self.validation_path(root, from, count);
        let slice: ValidationSlice = self.json(&path)?;
        if slice.root.0 != *root || slice.from != from || slice.examples.len() != count {
            return Err(falsehood(path, "it is another range"));
        }
        slice.check().map_err(|reason| falsehood(path, &reason))?;
        Ok(slice.examples)
    }

    /// The folder of objects that are several files, as weights are; whoever reads them checks them against the hash.
    pub fn folder(&self, kind: &str, hash: &Hash) -> PathBuf {
        self.root.join(kind).join(hex::encode(hash))
    }

    fn path(&self, kind: &str, hash: &Hash, extension: &str) -> PathBuf {
        self.root.join(kind).join(format!("{}.{extension}", hex::encode(hash)))
    }

    fn validation_path(&self, root: &Hash, from: u64, count: usize) -> PathBuf {
        self.root.join("validation").join(hex::encode(root)).join(format!("{from}-{count}.json"))
    }

    fn put_json<T: Serialize>(&self, path: &Path, value: &T) -> Result<(), PublishedError> {
        let bytes = serde_json::to_vec_pretty(value).map_err(|error| falsehood(path.to_owned(), &error.to_string()))?;
        self.put(path, &bytes)
    }

    fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), PublishedError> {
        write_durably(path, bytes).map_err(|source| PublishedError::Io { path: path.to_owned(), source })
    }

    fn json<T: DeserializeOwned>(&self, path: &Path) -> Result<T, PublishedError> {
        let bytes = self.read(path)?;
        serde_json::from_slice(&bytes).map_err(|error| falsehood(path.to_owned(), &error.to_string()))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, PublishedError> {
        fs::read(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => PublishedError::Missing { path: path.to_owned() },
            _ => PublishedError::Io { path: path.to_owned(), source },
        })
    }
}

/// Writes a file so that a crash leaves either the old one or the new one: write, flush, rename.
pub fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Beside it under its whole name: files that differ only in their extension do not meet there.
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let temporary = PathBuf::from(beside);
    let mut file = fs::File::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    fs::File::open(folder)?.sync_all()
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

    fn folder(self) -> &'static str {
        match self {
            Self::Openly => "items",
            Self::Under(_) => "private-items",
        }
    }
}

fn falsehood(path: PathBuf, reason: &str) -> PublishedError {
    PublishedError::False { path, reason: reason.to_owned() }
}
