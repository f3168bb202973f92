//! Items, what is committed to of them, and what repeats them.

use std::collections::HashMap;

use rules::{
    duplicate::{Batch, Pair, verify},
    hash::Hash,
    item,
    tree::{leaf, prove_many},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Answer,
    text::{Bytes, Digest, Number, Place, hashes},
};

/// An item in the form in which its owner has it.
#[derive(Debug, Deserialize)]
pub struct Item {
    #[serde(flatten)]
    content: Content,
    #[serde(default)]
    key: Option<Digest>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Text(String),
    Image { width: u16, height: u16, label: u16, pixels: Bytes },
    Canonical(Bytes),
}

impl Item {
    pub(crate) fn answer(self) -> Answer {
        let canonical = self.content.canonical()?;
        let digest = match &self.key {
            Some(key) => item::private_item_digest(&key.0, &canonical),
            None => item::item_digest(&canonical),
        };
        Ok(json!({ "canonical": Bytes(canonical), "digest": Digest(digest) }))
    }
}

impl Content {
    fn canonical(self) -> Result<Vec<u8>, String> {
        match self {
            Self::Text(text) => Ok(item::text_item(&text)),
            Self::Canonical(bytes) => Ok(bytes.0),
            Self::Image { width, height, label, pixels } => item::image_item(width, height, &pixels.0, label)
                .ok_or_else(|| format!("an image of {width} by {height} pixels has {} of them", pixels.0.len())),
        }
    }
}

pub(crate) fn items_root(digests: &[Digest]) -> Value {
    json!(Digest(item::items_commitment(&hashes(digests))))
}

pub(crate) fn key_commitment(key: &Digest) -> Value {
    json!(Digest(item::key_commitment(&key.0)))
}

pub(crate) fn example(item: &Digest, stratum: u16) -> Value {
    json!(Digest(item::example_digest(&item.0, stratum)))
}

pub(crate) fn validation_root(digests: &[Digest]) -> Value {
    json!(Digest(item::validation_commitment(&hashes(digests))))
}

/// What is inside a contributor's commitment.
#[derive(Debug, Deserialize)]
pub struct Commitment {
    domain: Place,
    datanet: Number<u64>,
    contributor: String,
    items_root: Digest,
    salt: Digest,
}

impl Commitment {
    pub(crate) fn answer(self) -> Answer {
        let Self { domain, datanet, contributor, items_root, salt } = self;
        let commitment = item::contribution_commitment(&domain.into(), datanet.0, &contributor, &items_root.0, &salt.0);
        Ok(json!(Digest(commitment)))
    }
}

/// What a DataNet's tree holds of a contribution.
#[derive(Debug, Deserialize)]
pub struct Record {
    domain: Place,
    datanet: Number<u64>,
    id: Number<u64>,
    contributor: String,
    kind: String,
    items_root: Digest,
    item_count: Number<u64>,
    committed_at: Number<u64>,
}

impl Record {
    pub(crate) fn answer(self) -> Answer {
        let record = item::ContributionRecord {
            datanet: self.datanet.0,
            id: self.id.0,
            contributor: self.contributor,
            kind: self.kind,
            items_root: self.items_root.0,
            item_count: self.item_count.0,
            committed_at: self.committed_at.0,
        };
        Ok(json!(Digest(item::contribution_digest(&self.domain.into(), &record))))
    }
}

/// Two contributions' items, of which the later may repeat the earlier's.
#[derive(Debug, Deserialize)]
pub struct Copies {
    earlier: Vec<Digest>,
    later: Vec<Digest>,
    /// Pairs wanted at most: what one message may hold.
    most: usize,
}

impl Copies {
    /// The pairs, in the order of the later contribution, with both paths; `null` if nothing is repeated. The proof is checked
    /// before it is given away.
    pub(crate) fn answer(self) -> Answer {
        let (earlier, later) = (hashes(&self.earlier), hashes(&self.later));
        let pairs = repeated(&earlier, &later, self.most);
        if pairs.is_empty() {
            return Ok(Value::Null);
        }
        let mut originals: Vec<u64> = pairs.iter().map(|pair| pair.earlier_position).collect();
        originals.sort_unstable();
        originals.dedup();
        let copies: Vec<u64> = pairs.iter().map(|pair| pair.later_position).collect();
        let (earlier_path, later_path) = (path(&earlier, &originals)?, path(&later, &copies)?);
        let (earlier_root, later_root) = (item::items_commitment(&earlier), item::items_commitment(&later));
        let of = |items_root, items: &[Hash]| Batch { items_root, item_count: items.len() as u64 };
        verify(&of(&earlier_root, &earlier), &of(&later_root, &later), &pairs, &earlier_path, &later_path)
            .map_err(|error| error.to_string())?;
        let shown = |path: Vec<Hash>| path.into_iter().map(Digest).collect::<Vec<_>>();
        Ok(json!({
            "pairs": pairs.iter().map(pair_of).collect::<Vec<_>>(),
            "earlier_path": shown(earlier_path),
            "later_path": shown(later_path),
            "earlier_root": Digest(earlier_root),
            "later_root": Digest(later_root),
        }))
    }
}

fn repeated(earlier: &[Hash], later: &[Hash], most: usize) -> Vec<Pair> {
    let mut places = HashMap::new();
    for (position, digest) in (0_u64..).zip(earlier) {
        places.entry(digest).or_insert(position);
    }
    let copy = |(later_position, digest): (u64, &Hash)| {
        let earlier_position = *places.get(digest)?;
        Some(Pair { digest: *digest, earlier_position, later_position })
    };
    (0_u64..).zip(later).filter_map(copy).take(most).collect()
}

fn path(items: &[Hash], positions: &[u64]) -> Result<Vec<Hash>, String> {
    let leaves: Vec<Hash> = items.iter().map(|digest| leaf(digest)).collect();
    prove_many(&leaves, positions).map(|proof| proof.path).ok_or_else(|| "no path to these positions".to_owned())
}

fn pair_of(pair: &Pair) -> Value {
    json!({
        "digest": Digest(pair.digest),
        "earlier_position": Number(pair.earlier_position),
        "later_position": Number(pair.later_position),
    })
}
