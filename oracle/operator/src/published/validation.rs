//! Validation examples as they are published: a range of an approved extension, with the proof that it belongs to it.

use cosmwasm_std::HexBinary;
use protocol::Hash32;
use rules::{hash::Hash, item, tree};
use serde::{Deserialize, Serialize};

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
