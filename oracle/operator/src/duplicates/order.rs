//! Which contribution was committed to before which.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// When each contribution was committed to, in seconds, or by rank where nobody said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    committed_at: Vec<u64>,
}

/// A line of a file of commits.
#[derive(Deserialize)]
struct Commit {
    contribution: String,
    committed_at: u64,
}

impl Order {
    /// The order in which contributions come.
    pub fn as_they_come(contributions: usize) -> Self {
        Self::new((0..contributions as u64).collect())
    }

    /// Given times.
    pub fn new(committed_at: Vec<u64>) -> Self {
        Self { committed_at }
    }

    /// Reads a CSV with the columns `contribution` and `committed_at`, seconds.
    ///
    /// # Errors
    /// If it cannot be read, says two times of a contribution, or none of one of `names`.
    pub fn read(path: &Path, names: &[String]) -> Result<Self> {
        let shown = path.display();
        let mut reader = csv::Reader::from_path(path).with_context(|| format!("cannot read {shown}"))?;
        let mut times: BTreeMap<String, u64> = BTreeMap::new();
        for line in reader.deserialize() {
            let Commit { contribution, committed_at } = line.with_context(|| {
                format!("{shown} is no list of commits: write the columns contribution and committed_at, in seconds")
            })?;
            if times.insert(contribution.clone(), committed_at).is_some_and(|other| other != committed_at) {
                bail!("{shown} gives {contribution} two times: keep that of its commit");
            }
        }
        let time = |name: &String| {
            times.get(name).copied().with_context(|| format!("{shown} does not say when {name} was committed"))
        };
        Ok(Self::new(names.iter().map(time).collect::<Result<_>>()?))
    }

    /// When a contribution was committed to.
    pub fn committed_at(&self, contribution: usize) -> u64 {
        self.committed_at[contribution]
    }
}
