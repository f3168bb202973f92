//! What an index depends on: its hash names the job.

use std::collections::BTreeSet;
use std::ops::Range;

use lm::evaluate::Layout;
use lm::pack::TokenItem;
use serde::{Deserialize, Serialize};

use super::rows::{Header, RowsError};
use super::widths::SketchSettings;
use crate::digest::{Digest, digest, f32_bytes, hex};
use crate::ekfac::sample;
use crate::ekfac::{Subject, damping};

/// Name of the method; a change that moves a row gets another name.
pub const METHOD: &str = "ekfac-sketch/2";
/// Most items of an index: sums of more might not fit.
const MOST_ITEMS: usize = 1 << 31;

/// Why there can be no index.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// The model cannot be hashed.
    #[error("cannot read the model's weights")]
    Model(#[source] candle_core::Error),
    /// The contributions are not those of the items.
    #[error("the contributions have {contributions} items together, but {items} were given")]
    Items {
        /// Sum over contributions.
        contributions: usize,
        /// Items given.
        items: usize,
    },
    /// Nothing to index, or more than can be.
    #[error("{0} items cannot be indexed: give one at least and 2^31 at most")]
    Count(usize),
    /// A contribution without items.
    #[error("the contribution of position {0} has no items: leave it out")]
    Empty(u32),
    /// Two contributions of one position.
    #[error("position {0} has two contributions: put its items together")]
    Twice(u32),
    /// A position that the model does not have.
    #[error("a contribution is of position {position}, but the model has {positions}")]
    Position {
        /// The position.
        position: u32,
        /// Number of positions.
        positions: u32,
    },
    /// The sketch's width cannot be.
    #[error(transparent)]
    Width(#[from] RowsError),
    /// Nothing to measure the curvature at.
    #[error("no item has a prediction: there is nothing to measure the curvature at")]
    NoPredictions,
}

/// Items of one contributor, which follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contribution {
    /// Its position in the model's list of used contributions.
    pub position: u32,
    /// Number of its items.
    pub items: u32,
}

/// How an index is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexSettings {
    /// Seed of the items and labels that the curvature is measured at.
    pub curvature_seed: u64,
    /// Predictions that the curvature is measured at; all if there are no more.
    pub curvature_sample: usize,
    /// Part of a site's mean curvature that damping adds.
    pub damping: f64,
    /// The sketch.
    pub sketch: SketchSettings,
    /// Fewest items of a shard but the last: shards are whole contributions.
    pub shard_items: u32,
}

impl Default for IndexSettings {
    fn default() -> Self {
        Self {
            curvature_seed: 0,
            curvature_sample: 16_384,
            damping: damping::PART,
            sketch: SketchSettings::default(),
            shard_items: 1_024,
        }
    }
}

/// Everything that an index depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexManifest {
    /// [`METHOD`].
    pub method: String,
    /// Hash of weights and adapter, 64 hex digits.
    pub model: String,
    /// Names of the tracked weights.
    pub sites: Vec<String>,
    /// Rows of a block.
    pub block_length: usize,
    /// Blocks computed together.
    pub blocks_at_once: usize,
    /// Hash of the items, 64 hex digits.
    pub items: String,
    /// Number of positions of the model.
    pub positions: u32,
    /// Whose the items are, in their order.
    pub contributions: Vec<Contribution>,
    /// How it is made.
    pub settings: IndexSettings,
}

/// A shard: some whole contributions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardRange {
    /// Ranks of the contributions.
    pub contributions: Range<usize>,
    /// Ranks of their items.
    pub items: Range<usize>,
}

impl IndexManifest {
    /// The manifest of an index.
    ///
    /// # Errors
    /// If the contributions are not those of the items, or the settings cannot be used.
    pub fn new(
        subject: &Subject<'_>,
        items: &[TokenItem],
        (contributions, positions): (&[Contribution], u32),
        settings: IndexSettings,
    ) -> Result<Self, ManifestError> {
        check(items, contributions, positions)?;
        Header::check_width(settings.sketch.width)?;
        let measured = sample(items, settings.curvature_seed, settings.curvature_sample);
        if !measured.into_iter().any(|item| items[item].weight() > 0.0) {
            return Err(ManifestError::NoPredictions);
        }
        let Layout { block_length, blocks_at_once } = subject.layout;
        Ok(Self {
            method: METHOD.to_owned(),
            model: hex(&model_hash(subject).map_err(ManifestError::Model)?),
            sites: subject.sites.iter().map(|site| site.name()).collect(),
            block_length,
            blocks_at_once,
            items: hex(&items_hash(items)),
            positions,
            contributions: contributions.to_vec(),
            settings,
        })
    }

    /// Canonical bytes: JSON without spaces, fields in their order.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain structs always serialise")
    }

    /// The job.
    pub fn job(&self) -> Digest {
        digest("influence/index/1", &[&self.to_bytes()])
    }

    /// Number of items.
    pub fn item_count(&self) -> usize {
        self.contributions.iter().map(|contribution| contribution.items as usize).sum()
    }

    /// Numbers of a row.
    pub fn row_width(&self) -> u32 {
        self.settings.sketch.row_width(self.item_count())
    }

    /// The shards: contributions are added to one until it has `shard_items`.
    pub fn shards(&self) -> Vec<ShardRange> {
        let mut shards = Vec::new();
        let (mut first, mut begin, mut end) = (0, 0, 0);
        for (rank, contribution) in self.contributions.iter().enumerate() {
            end += contribution.items as usize;
            let is_last = rank + 1 == self.contributions.len();
            if end - begin >= self.settings.shard_items as usize || is_last {
                shards.push(ShardRange { contributions: first..rank + 1, items: begin..end });
                (first, begin) = (rank + 1, end);
            }
        }
        shards
    }
}

fn check(items: &[TokenItem], contributions: &[Contribution], positions: u32) -> Result<(), ManifestError> {
    if items.is_empty() || items.len() > MOST_ITEMS {
        return Err(ManifestError::Count(items.len()));
    }
    let mut seen = BTreeSet::new();
    for Contribution { position, items } in contributions {
        if *position >= positions {
            return Err(ManifestError::Position { position: *position, positions });
        }
        if *items == 0 {
            return Err(ManifestError::Empty(*position));
        }
        if !seen.insert(position) {
            return Err(ManifestError::Twice(*position));
        }
    }
    let sum = contributions.iter().map(|contribution| contribution.items as usize).sum();
    if sum != items.len() {
        return Err(ManifestError::Items { contributions: sum, items: items.len() });
    }
    Ok(())
}

fn model_hash(subject: &Subject<'_>) -> candle_core::Result<Digest> {
    let weights = subject.model.weights();
    let adapter = subject.model.adapter().map(lm::lora::Adapter::hash).transpose()?;
    let adapter = adapter.as_ref().map_or(&[][..], |hash| hash);
    Ok(digest("influence/model/1", &[&weights.hash()?, adapter, format!("{:?}", weights.dtype()).as_bytes()]))
}

/// Hash of items: of the tokens and weights of each, in their order.
pub(super) fn items_hash<'a>(items: impl IntoIterator<Item = &'a TokenItem>) -> Digest {
    let hashes: Vec<Digest> = items.into_iter().map(item_hash).collect();
    digest("influence/items/1", &hashes.iter().map(|hash| hash.as_slice()).collect::<Vec<_>>())
}

/// Hash of one item.
pub(super) fn item_hash(item: &TokenItem) -> Digest {
    let tokens: Vec<u8> = item.tokens.iter().flat_map(|token| token.to_le_bytes()).collect();
    digest("influence/item/1", &[&tokens, &f32_bytes(&item.weights)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(sizes: &[u32], shard_items: u32) -> IndexManifest {
        let contribution = |(position, items): (usize, &u32)| Contribution { position: position as u32, items: *items };
        IndexManifest {
            method: METHOD.to_owned(),
            model: String::new(),
            sites: Vec::new(),
            block_length: 1,
            blocks_at_once: 1,
            items: String::new(),
            positions: sizes.len() as u32,
            contributions: sizes.iter().enumerate().map(contribution).collect(),
            settings: IndexSettings { shard_items, ..IndexSettings::default() },
        }
    }

    #[test]
    fn shards_are_whole_contributions_of_enough_items() {
        let shards = manifest(&[3, 1, 4, 9, 2], 4).shards();
        let cut: Vec<_> = shards.into_iter().map(|shard| (shard.contributions, shard.items)).collect();
        assert_eq!(cut, [(0..2, 0..4), (2..3, 4..8), (3..4, 8..17), (4..5, 17..19)]);
    }

    #[test]
    fn items_that_fill_no_shard_are_one() {
        assert_eq!(manifest(&[1, 1], 100).shards().len(), 1);
        assert_eq!(manifest(&[1, 1], 0).shards().len(), 2);
    }

    #[test]
    fn contributions_must_be_those_of_the_items() {
        let items = vec![TokenItem::whole(vec![1, 2]); 5];
        let given = |list: &[(u32, u32)]| {
            let list: Vec<_> =
                list.iter().map(|(position, items)| Contribution { position: *position, items: *items }).collect();
            check(&items, &list, 3).err().map(|error| error.to_string())
        };
        assert_eq!(given(&[(2, 4), (0, 1)]), None);
        assert!(given(&[(2, 4), (0, 2)]).is_some_and(|error| error.contains("6 items")));
        assert!(given(&[(2, 4), (2, 1)]).is_some_and(|error| error.contains("two contributions")));
        assert!(given(&[(3, 5)]).is_some_and(|error| error.contains("has 3")));
        assert!(given(&[(1, 5), (0, 0)]).is_some_and(|error| error.contains("no items")));
    }
}
