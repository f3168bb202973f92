//! Copies left out of what is learned from: of items that are alike the earliest stays, as [`originals`] says.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use corpus::duplicates::{Duplicate, Kind, Place};
use lm::data::Content;
use rules::item::text_item;
use serde::{Deserialize, Serialize};

use super::material::{Material, Origin};
use crate::{
    inputs::texts::SEPARATOR,
    originals::{self, Since},
};

/// An item that repeats an earlier one, and was not learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its rank among all items as they were read, from 0.
    pub item: usize,
    /// Its contribution; the name of its file where nobody said whose it is.
    pub contribution: String,
    /// Rank of the earliest of those alike, which was learned from.
    pub original: usize,
    /// The contribution of that one.
    pub original_contribution: String,
    /// How it is like the item of its cluster that it is most like.
    pub kind: Kind,
    /// How much, from 0 to 1.
    pub similarity: f64,
}

/// How much of a contribution was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Copies {
    /// Its name.
    pub contribution: String,
    /// Items that are equal to an earlier one.
    pub exact: usize,
    /// Items that are like one.
    pub near: usize,
}

impl Material {
    /// The same without items that repeat an earlier one; says which those are.
    ///
    /// # Errors
    /// If copies cannot be looked for.
    pub fn without_copies(mut self) -> Result<Self> {
        let canonical: Vec<Vec<u8>> = self.pieces.iter().map(|piece| canonical(&piece.content)).collect();
        let copies = originals::repeated(&self.places(), &canonical).context("cannot look for copies")?;
        let names = self.names_of_items();
        self.left_out = Some(copies.iter().map(|copy| left_out(copy, &names)).collect());
        let mut stays = vec![true; self.pieces.len()];
        copies.iter().for_each(|copy| stays[copy.item] = false);
        self.keep(&stays);
        Ok(self)
    }

    fn keep(&mut self, stays: &[bool]) {
        let mut of_pieces = stays.iter();
        self.pieces.retain(|_| of_pieces.next() != Some(&false));
        let mut of_owners = stays.iter();
        self.owners.retain(|_| of_owners.next() != Some(&false));
    }

    /// Precedence of each item; a file is a contribution where nobody said whose its items are.
    fn places(&self) -> Vec<Place> {
        if self.owners.is_empty() {
            let of_file = |(rank, origin): (u64, &Origin)| {
                let since = Since { committed_at: rank, contribution: rank };
                std::iter::repeat_n(since, origin.items())
            };
            return originals::places((0..).zip(&self.origins).flat_map(of_file));
        }
        let since: BTreeMap<&str, Since> = self.contributors.iter().map(|one| (one.name.as_str(), one.since)).collect();
        originals::places(self.owners.iter().map(|owner| since[owner.as_str()]))
    }

    fn names_of_items(&self) -> Vec<String> {
        if !self.owners.is_empty() {
            return self.owners.clone();
        }
        let of_file = |(name, origin): (&String, &Origin)| std::iter::repeat_n(name.clone(), origin.items());
        self.names.iter().zip(&self.origins).flat_map(of_file).collect()
    }
}

fn left_out(copy: &Duplicate, names: &[String]) -> LeftOut {
    LeftOut {
        item: copy.item,
        contribution: names[copy.item].clone(),
        original: copy.original,
        original_contribution: names[copy.original].clone(),
        kind: copy.kind,
        similarity: copy.similarity,
    }
}

/// An item's bytes as a contribution would hold it. Tokens become a text of their numbers, a word each.
fn canonical(content: &Content) -> Vec<u8> {
    match content {
        Content::Text(text) => text_item(text),
        Content::Answered { prompt, answer } => text_item(&format!("{prompt}{SEPARATOR}{answer}")),
        Content::Tokens(tokens) => {
            let words: Vec<String> = tokens.iter().map(u32::to_string).collect();
            words.join(" ").into_bytes()
        }
    }
}

/// What was left out of each contribution, by name.
pub fn counts(left_out: &[LeftOut]) -> Vec<Copies> {
    let mut counts: BTreeMap<&str, Copies> = BTreeMap::new();
    for one in left_out {
        let empty = || Copies { contribution: one.contribution.clone(), exact: 0, near: 0 };
        let copies = counts.entry(&one.contribution).or_insert_with(empty);
        let count = if one.kind == Kind::Exact { &mut copies.exact } else { &mut copies.near };
        *count += 1;
    }
    counts.into_values().collect()
}
