//! Items and queries: features with labels that the model has.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use influence::{
    dataset::Examples,
    mlp::{Architecture, Mlp, served_labels},
};

use super::features::{self, Features};

/// Items: their labels are in a file of their own, or in the table.
pub(super) fn labelled(path: &Path, labels: Option<&Path>, architecture: &Architecture) -> Result<Examples> {
    let features = fitting(path, architecture)?;
    match chosen(&features, labels)? {
        Some(found) => put(&features, &checked(labels.unwrap_or(path), &found, architecture)?),
        None => bail!("{} has no labels: give them with --labels, or a .csv with a column `label`", path.display()),
    }
}

/// Queries: without labels, that which the members give is meant.
pub(super) fn asked(
    path: &Path,
    labels: Option<&Path>,
    architecture: &Architecture,
    members: &[Mlp],
) -> Result<Examples> {
    let features = fitting(path, architecture)?;
    match chosen(&features, labels)? {
        Some(found) => put(&features, &checked(labels.unwrap_or(path), &found, architecture)?),
        None => {
            let unlabelled = put(&features, &vec![0; features.values.len() / features.width])?;
            put(&features, &served_labels(members, &unlabelled)?)
        }
    }
}

fn fitting(path: &Path, architecture: &Architecture) -> Result<Features> {
    let features = Features::read(path)?;
    let (found, expected) = (features.width, architecture.inputs());
    ensure!(found == expected, "{} has {found} features a row, the model takes {expected}", path.display());
    Ok(features)
}

/// Labels of a file before those of the table.
fn chosen(features: &Features, labels: Option<&Path>) -> Result<Option<Vec<i64>>> {
    let rows = features.values.len() / features.width;
    match labels {
        Some(path) => features::labels(path, rows).map(Some),
        None => Ok(features.labels.clone()),
    }
}

fn checked(path: &Path, found: &[i64], architecture: &Architecture) -> Result<Vec<u16>> {
    let labels = architecture.labels();
    let label = |(row, label): (usize, &i64)| {
        let known = u16::try_from(*label).ok().filter(|label| usize::from(*label) < labels);
        let last = labels - 1;
        known.with_context(|| format!("{}: row {row} has label {label}, the model has 0 to {last}", path.display()))
    };
    found.iter().enumerate().map(label).collect()
}

fn put(features: &Features, labels: &[u16]) -> Result<Examples> {
    let mut examples = Examples::new(features.width);
    for (row, label) in features.values.chunks_exact(features.width).zip(labels) {
        examples.push(row, *label)?;
    }
    Ok(examples)
}
