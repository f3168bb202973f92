//! What is learned from: items, where each stands, and whose it is.

use std::{
    collections::HashMap,
    fmt,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use lm::{
    data::{Content, Encoder, Format, Place, Reader},
    pack::TokenItem,
};
use protocol::{ContributionId, DatanetId, Hash32, model::TrainedOn};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{copies::LeftOut, snapshot::Snapshot};
use crate::{
    attributed::{self, Owners},
    duplicates::order::Order,
    originals::Since,
};

/// An item before it is tokens.
#[derive(Clone, Debug)]
pub struct Piece {
    /// Where it stands.
    pub place: Whereabouts,
    /// What it holds.
    pub content: Content,
}

/// Where an item stands.
#[derive(Clone, Debug)]
pub enum Whereabouts {
    /// In a file.
    File(Place),
    /// Among the published items of a contribution.
    Published {
        /// The contribution.
        contribution: ContributionId,
        /// Its rank there, from 0.
        index: usize,
    },
}

impl fmt::Display for Whereabouts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(place) => place.fmt(formatter),
            Self::Published { contribution, index } => write!(formatter, "item {index} of contribution {contribution}"),
        }
    }
}

/// Where items came from, as a record that says exactly which they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Origin {
    /// A file.
    File {
        /// SHA-256 of its bytes.
        sha256: Hash32,
        /// Items in it.
        items: usize,
    },
    /// A contribution.
    Published {
        /// Its DataNet.
        datanet: DatanetId,
        /// Its id.
        contribution: ContributionId,
        /// Merkle root of its items, against which they were checked.
        items_root: Hash32,
        /// Items in it.
        items: usize,
    },
}

impl Origin {
    /// Items from there.
    pub fn items(&self) -> usize {
        match self {
            Self::File { items, .. } | Self::Published { items, .. } => *items,
        }
    }
}

/// Everything to learn from.
#[derive(Clone, Debug, Default)]
pub struct Material {
    /// The items.
    pub pieces: Vec<Piece>,
    /// Name of each item's contribution; none where nobody said whose they are.
    pub owners: Vec<String>,
    /// Contributions, in the order of their first items; none where nobody said whose the items are.
    pub contributors: Vec<Contributor>,
    /// Where they came from, in their order, with what was left out.
    pub origins: Vec<Origin>,
    /// Names of what they came from, for people.
    pub names: Vec<String>,
    /// What was left out because it repeats an earlier item; none where nobody looked.
    pub left_out: Option<Vec<LeftOut>>,
    /// DataNet snapshots that they are from.
    pub trained_on: Vec<TrainedOn>,
    /// What to write down so that the same can be had again without a chain.
    pub snapshot: Option<Snapshot>,
}

/// Whose items are learned from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contributor {
    /// Name or id of the contribution.
    pub name: String,
    /// Its precedence.
    pub since: Since,
}

/// A contribution's part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its name or id.
    pub contribution: String,
    /// Its items that were learned from.
    pub items: usize,
    /// Tokens of them that are learned in a pass.
    pub tokens: f64,
}

impl Material {
    /// Reads files, and a file with the name of each item's contribution on a line each.
    ///
    /// # Errors
    /// Names the file, and the line that cannot be used.
    pub fn read(paths: &[PathBuf], names: Option<&Path>) -> Result<Self> {
        let mut material = Self::default();
        for path in paths {
            material.add_file(path)?;
        }
        if let Some(names) = names {
            material.name_owners(attributed::names(names, material.pieces.len())?);
        }
        Ok(material)
    }

    fn add_file(&mut self, path: &Path) -> Result<()> {
        let Some(format) = Format::of(path) else {
            bail!("{} has no known ending: use .jsonl, .csv, .txt or .npy", path.display())
        };
        let rows = Reader::new(format).read(path)?;
        self.origins.push(Origin::File { sha256: sha256_of(path)?, items: rows.len() });
        self.names.push(path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned());
        let piece = |row: lm::data::Row| Piece { place: Whereabouts::File(row.place), content: row.content };
        self.pieces.extend(rows.into_iter().map(piece));
        Ok(())
    }

    /// Contributions have precedence as they come.
    fn name_owners(&mut self, owners: Vec<String>) {
        let names = Owners::new(owners.iter().cloned());
        let contributor = |(rank, name): (u64, &String)| {
            let since = Since { committed_at: rank, contribution: rank };
            Contributor { name: name.clone(), since }
        };
        self.contributors = (0..).zip(names.names()).map(contributor).collect();
        self.owners = owners;
    }

    /// Takes the times of commits from a CSV with the columns `contribution` and `committed_at`, seconds.
    ///
    /// # Errors
    /// If it cannot be read, or says two times of a contribution or none.
    pub fn order_by(&mut self, commits: &Path) -> Result<()> {
        let names: Vec<String> = self.contributors.iter().map(|one| one.name.clone()).collect();
        let order = Order::read(commits, &names)?;
        for (rank, one) in self.contributors.iter_mut().enumerate() {
            one.since.committed_at = order.committed_at(rank);
        }
        Ok(())
    }

    /// All texts, which a tokenizer can learn from.
    pub fn texts(&self) -> Vec<String> {
        let texts = |piece: &Piece| match &piece.content {
            Content::Text(text) => vec![text.clone()],
            Content::Answered { prompt, answer } => vec![prompt.clone(), answer.clone()],
            Content::Tokens(_) => Vec::new(),
        };
        self.pieces.iter().flat_map(texts).filter(|text| !text.is_empty()).collect()
    }

    /// The items as tokens.
    ///
    /// # Errors
    /// At the first that cannot be used; says where it stands.
    pub fn encode(&self, encoder: &Encoder<'_>) -> Result<Vec<TokenItem>> {
        let item = |piece: &Piece| encoder.item(&piece.content).with_context(|| format!("cannot use {}", piece.place));
        self.pieces.iter().map(item).collect()
    }

    /// What each contribution has in it, in the order of their first items.
    pub fn parts(&self, items: &[TokenItem]) -> Vec<Part> {
        let empty = |one: &Contributor| Part { contribution: one.name.clone(), items: 0, tokens: 0.0 };
        let mut parts: Vec<Part> = self.contributors.iter().map(empty).collect();
        let places: HashMap<&str, usize> =
            self.contributors.iter().enumerate().map(|(place, one)| (one.name.as_str(), place)).collect();
        for (owner, item) in self.owners.iter().zip(items) {
            let part = &mut parts[places[owner.as_str()]];
            part.items += 1;
            part.tokens += item.weight();
        }
        parts
    }

    /// A hash of whose each item is; none where nobody said.
    pub fn owners_hash(&self) -> Option<Hash32> {
        let names: Vec<&[u8]> = self.owners.iter().map(String::as_bytes).collect();
        (!names.is_empty()).then(|| Hash32(rules::hash::digest("training-owners/1", &names)))
    }
}

fn sha256_of(path: &Path) -> Result<Hash32> {
    let mut hasher = Sha256::new();
    File::open(path)
        .and_then(|mut file| io::copy(&mut file, &mut hasher))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Hash32(hasher.finalize().into()))
}

/// SHA-256 of bytes.
pub fn sha256(bytes: &[u8]) -> Hash32 {
    Hash32(Sha256::digest(bytes).into())
}
