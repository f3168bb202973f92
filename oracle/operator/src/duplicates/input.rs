//! Items to compare, from files.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use corpus::duplicates::Place;
use lm::data::{Content, Row};
use rules::item;

use super::{array, order::Order};
use crate::attributed::{self, Owners};

/// What items hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Bodies {
    /// Canonical bytes of texts and images.
    Canonical(Vec<Vec<u8>>),
    /// Vectors of one dimension, one after the other.
    Vectors {
        /// Values of an item.
        dimension: usize,
        /// All values.
        values: Vec<f32>,
    },
}

/// Items, where each stands, and whose it is since when.
#[derive(Clone, Debug)]
pub struct Input {
    /// What they hold.
    pub bodies: Bodies,
    /// Where each stands, for people.
    pub whereabouts: Vec<String>,
    /// Their contributions.
    pub owners: Owners,
    /// Which contribution was committed to before which.
    pub order: Order,
}

impl Input {
    /// Reads files. Each is a contribution of its own unless `contributions` has a name for each item, a line each.
    ///
    /// # Errors
    /// Names the file and the line that cannot be used.
    pub fn read(paths: &[PathBuf], contributions: Option<&Path>, commits: Option<&Path>) -> Result<Self> {
        let parts = paths.iter().map(|path| Part::read(path)).collect::<Result<Vec<_>>>()?;
        let items = parts.iter().map(|part| part.whereabouts.len()).sum();
        let owners = match contributions {
            Some(path) => Owners::read(path, items)?,
            None => Owners::new(parts.iter().flat_map(|part| vec![part.name.clone(); part.whereabouts.len()])),
        };
        let order = match commits {
            Some(path) => Order::read(path, owners.names())?,
            None => Order::as_they_come(owners.names().len()),
        };
        let whereabouts = parts.iter().flat_map(|part| part.whereabouts.clone()).collect();
        Ok(Self { bodies: joined(parts)?, whereabouts, owners, order })
    }

    /// Precedence of each item.
    pub fn places(&self) -> Vec<Place> {
        let mut counts = vec![0; self.owners.names().len()];
        let place = |item: usize| {
            let contribution = self.owners.of(item);
            counts[contribution] += 1;
            let index = counts[contribution] - 1;
            Place { committed_at: self.order.committed_at(contribution), contribution: contribution as u64, index }
        };
        (0..self.whereabouts.len()).map(place).collect()
    }
}

/// What one file holds.
struct Part {
    name: String,
    bodies: Bodies,
    whereabouts: Vec<String>,
}

impl Part {
    fn read(path: &Path) -> Result<Self> {
        let name = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        if let Some(array) = array::floats(path)? {
            let whereabouts = (0..array.rows).map(|row| format!("row {row} of {}", path.display())).collect();
            let bodies = Bodies::Vectors { dimension: array.dimension, values: array.values };
            return Ok(Self { name, bodies, whereabouts });
        }
        let rows = attributed::rows_of(path)?;
        let whereabouts = rows.iter().map(|row| row.place.to_string()).collect();
        Ok(Self { name, bodies: Bodies::Canonical(rows.iter().map(canonical).collect()), whereabouts })
    }
}

/// Canonical bytes of a row. Tokens become a text of their numbers: a word each, so that shingles are runs of tokens.
fn canonical(row: &Row) -> Vec<u8> {
    match &row.content {
        Content::Text(text) => item::text_item(text),
        Content::Answered { prompt, answer } => item::text_item(&format!("{prompt}{answer}")),
        Content::Tokens(tokens) => {
            let words: Vec<String> = tokens.iter().map(u32::to_string).collect();
            words.join(" ").into_bytes()
        }
    }
}

fn joined(parts: Vec<Part>) -> Result<Bodies> {
    let mut parts = parts.into_iter().map(|part| part.bodies);
    let mut all = parts.next().unwrap_or(Bodies::Canonical(Vec::new()));
    for part in parts {
        match (&mut all, part) {
            (Bodies::Canonical(all), Bodies::Canonical(more)) => all.extend(more),
            (Bodies::Vectors { dimension, values }, Bodies::Vectors { dimension: other, values: more }) => {
                ensure!(*dimension == other, "rows of {dimension} and of {other} numbers cannot be compared");
                values.extend(more);
            }
            _ => anyhow::bail!("arrays of floats cannot be compared with texts or tokens: look at them apart"),
        }
    }
    Ok(all)
}
