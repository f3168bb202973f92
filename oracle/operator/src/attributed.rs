//! Items from files, each under the contribution that it belongs to.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use lm::data::{Format, Reader, Row};

/// Contributions, and which of them each item belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owners {
    names: Vec<String>,
    of_item: Vec<usize>,
}

impl Owners {
    /// Contributions in the order in which items first name them.
    pub fn new(name_of_item: impl IntoIterator<Item = String>) -> Self {
        let mut owners = Self { names: Vec::new(), of_item: Vec::new() };
        let mut places = std::collections::BTreeMap::new();
        for name in name_of_item {
            let place = *places.entry(name).or_insert_with_key(|name| {
                owners.names.push(name.clone());
                owners.names.len() - 1
            });
            owners.of_item.push(place);
        }
        owners
    }

    /// Reads a name for each of so many items, a line each.
    ///
    /// # Errors
    /// As [`names`].
    pub fn read(path: &Path, items: usize) -> Result<Self> {
        Ok(Self::new(names(path, items)?))
    }

    /// Names of the contributions.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Rank of an item's contribution among the names.
    pub fn of(&self, item: usize) -> usize {
        self.of_item[item]
    }

    /// Number of items.
    pub fn items(&self) -> usize {
        self.of_item.len()
    }

    /// Ranks of a contribution's items.
    pub fn items_of(&self, contribution: usize) -> impl Iterator<Item = usize> {
        (0..self.of_item.len()).filter(move |item| self.of_item[*item] == contribution)
    }
}

/// The name of each item's contribution, a line each, without white space at its ends.
///
/// # Errors
/// If the file cannot be read, has another number of lines than there are items, or one of them is empty.
pub fn names(path: &Path, items: usize) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let names: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    let (shown, found) = (path.display(), names.len());
    ensure!(found == items, "{shown} names {found} contributions for {items} items: write a line for each");
    if let Some(line) = names.iter().position(String::is_empty) {
        bail!("line {} of {shown} is empty: name the contribution of that item", line + 1);
    }
    Ok(names)
}

/// All rows of files whose names say what they hold.
///
/// # Errors
/// Names the file, and the line that cannot be used.
pub fn rows(paths: &[PathBuf]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for path in paths {
        rows.extend(rows_of(path)?);
    }
    Ok(rows)
}

/// All rows of a file.
///
/// # Errors
/// As [`rows`].
pub fn rows_of(path: &Path) -> Result<Vec<Row>> {
    let Some(format) = Format::of(path) else {
        bail!("{} has no known ending: use .jsonl, .csv, .txt or .npy", path.display())
    };
    Ok(Reader::new(format).read(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contributions_stand_in_the_order_of_their_first_items() {
        let owners = Owners::new(["bert", "anna", "bert", "carl"].map(str::to_owned));
        assert_eq!(owners.names(), ["bert", "anna", "carl"]);
        assert_eq!(owners.items_of(0).collect::<Vec<_>>(), [0, 2]);
        assert_eq!((owners.of(3), owners.items()), (2, 4));
    }

    #[test]
    fn an_empty_name_is_told_with_its_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("names.txt");
        std::fs::write(&path, "anna\n\nbert\n").expect("it can be written");
        let error = Owners::read(&path, 3).expect_err("a name is missing").to_string();
        assert!(error.contains("line 2") && error.contains("names.txt"), "{error}");
    }
}
