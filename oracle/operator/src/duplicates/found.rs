//! What was found, for people and programs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use comfy_table::Table;
use compute::persist;
use corpus::duplicates::{Duplicate, Kind};
use serde::Serialize;

use super::Input;

/// Part of a contribution's items from which on duplicates cost the whole bond: DESIGN section 3, "Duplicate proof".
const WHOLE_BOND: f64 = 0.2;

/// Items that repeat earlier ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Found {
    /// Items that were compared.
    pub items: usize,
    /// Ranks of the items to leave out of training, ascending, from 0.
    pub leave_out: Vec<usize>,
    /// Contributions of which all items are left out since they repeat others too much.
    pub refused: Vec<String>,
    /// What each contribution repeats, in the order of their first items.
    pub contributions: Vec<Contribution>,
    /// Each item that repeats an earlier one.
    pub repeated: Vec<Repeated>,
}

/// What a contribution repeats.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contribution {
    /// Its name.
    pub contribution: String,
    /// Its items.
    pub items: usize,
    /// Items that are equal to an earlier one of another contribution: each can be proved on chain, within one DataNet.
    pub exact: usize,
    /// Items that are like one: left out, but no proof.
    pub near: usize,
    /// Items that repeat an earlier one of its own.
    pub own: usize,
}

/// An item that repeats an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Repeated {
    /// Its rank, from 0.
    pub item: usize,
    /// Where it stands.
    pub at: String,
    /// Its contribution.
    pub contribution: String,
    /// Rank of the earliest of those alike, which keeps its place.
    pub original: usize,
    /// Where that stands.
    pub original_at: String,
    /// Its contribution.
    pub original_contribution: String,
    /// Where the item stands that it is directly like.
    pub matched_at: String,
    /// How much, from 0 to 1.
    pub similarity: f64,
    /// How they are alike.
    pub kind: Kind,
}

impl Found {
    pub(super) fn new(input: &Input, duplicates: &[Duplicate], refused: &BTreeSet<u64>) -> Self {
        let name = |item: usize| input.owners.names()[input.owners.of(item)].clone();
        let repeated = duplicates.iter().map(|duplicate| Repeated {
            item: duplicate.item,
            at: input.whereabouts[duplicate.item].clone(),
            contribution: name(duplicate.item),
            original: duplicate.original,
            original_at: input.whereabouts[duplicate.original].clone(),
            original_contribution: name(duplicate.original),
            matched_at: input.whereabouts[duplicate.matched].clone(),
            similarity: duplicate.similarity,
            kind: duplicate.kind,
        });
        let of_refused = |item: &usize| refused.contains(&(input.owners.of(*item) as u64));
        let mut leave_out: BTreeSet<usize> = duplicates.iter().map(|duplicate| duplicate.item).collect();
        leave_out.extend((0..input.whereabouts.len()).filter(of_refused));
        let leave_out = leave_out.into_iter().collect();
        let refused = refused.iter().map(|rank| input.owners.names()[*rank as usize].clone()).collect();
        let repeated: Vec<Repeated> = repeated.collect();
        let contributions = contributions(input, &repeated);
        Self { items: input.whereabouts.len(), leave_out, refused, contributions, repeated }
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.set_header(["contribution", "items", "exact copies", "near copies", "repeats its own", "left out, %"]);
        for row in &self.contributions {
            let Contribution { contribution, items, exact, near, own } = row;
            let share = 100.0 * (exact + near + own) as f64 / (*items).max(1) as f64;
            let counts = [items, exact, near, own].map(usize::to_string);
            table.add_row([contribution.clone()].into_iter().chain(counts).chain([format!("{share:.1}")]));
        }
        let said = format!("{} of {} items repeat an earlier one.", self.repeated.len(), self.items);
        format!("{table}\n{said}{}{}", self.refusals(), self.warnings())
    }

    fn refusals(&self) -> String {
        if self.refused.is_empty() {
            return String::new();
        }
        format!("\nLeft out whole, since they repeat others too much: {}", self.refused.join(", "))
    }

    /// Contributions whose whole bond anybody could take, if those that they copy stand in the same DataNet.
    fn warnings(&self) -> String {
        let heavy =
            self.contributions.iter().filter(|row| row.exact as f64 >= WHOLE_BOND * row.items as f64 && row.exact > 0);
        let names: Vec<&str> = heavy.map(|row| row.contribution.as_str()).collect();
        if names.is_empty() {
            return String::new();
        }
        format!(
            "\nA fifth or more are exact copies of others', which within one DataNet costs the whole bond: {}",
            names.join(", ")
        )
    }
}

fn contributions(input: &Input, repeated: &[Repeated]) -> Vec<Contribution> {
    let empty = |(rank, name): (usize, &String)| Contribution {
        contribution: name.clone(),
        items: input.owners.items_of(rank).count(),
        exact: 0,
        near: 0,
        own: 0,
    };
    let mut rows: Vec<Contribution> = input.owners.names().iter().enumerate().map(empty).collect();
    for one in repeated {
        let row = &mut rows[input.owners.of(one.item)];
        let count = match one.kind {
            _ if one.contribution == one.original_contribution => &mut row.own,
            Kind::Exact => &mut row.exact,
            Kind::NearText | Kind::NearVector | Kind::Shifted => &mut row.near,
        };
        *count += 1;
    }
    rows
}

/// Files of a search.
#[derive(Clone, Debug)]
pub struct Written {
    /// Everything, as JSON.
    pub json: PathBuf,
    /// Ranks of the items to leave out, a line each, from 0.
    pub leave_out: PathBuf,
}

/// Writes what was found into a folder.
///
/// # Errors
/// If it cannot be written.
pub fn write(found: &Found, folder: &Path) -> Result<Written> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let written = Written { json: folder.join("duplicates.json"), leave_out: folder.join("leave-out.txt") };
    let lines: String = found.leave_out.iter().map(|item| format!("{item}\n")).collect();
    let json = serde_json::to_vec_pretty(found).context("what was found is plain")?;
    for (path, bytes) in [(&written.json, json), (&written.leave_out, lines.into_bytes())] {
        persist::replace(path, |partial| std::fs::write(partial, &bytes))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(written)
}
