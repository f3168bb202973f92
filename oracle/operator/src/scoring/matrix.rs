//! The matrix of influences, written row by row: it is never held as a whole.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufWriter},
    path::Path,
};

use anyhow::{Context, Result};
use npyz::{NpyWriter, WriterBuilder};
use serde::Serialize;

use crate::attributed::Owners;

/// What a contribution's items amount to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Total {
    contribution: String,
    items: usize,
    /// `Σ φ` over its items and all queries, nats.
    influence: f64,
    /// Mean over queries of `Σ φ / Σ |φ|`: what settlement would take with equal fees.
    share: f64,
    /// Standard error of that mean over queries; from an index alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    share_error: Option<f64>,
}

impl Total {
    /// A share that was found otherwise, with its standard error.
    pub(super) fn with_share(self, share: f64, share_error: f64) -> Self {
        Self { share, share_error: Some(share_error), ..self }
    }

    /// Name of the contribution.
    pub(super) fn name(&self) -> &str {
        &self.contribution
    }

    /// For people: name, items, influence and share.
    pub(super) fn cells(&self) -> [String; 4] {
        let share = match self.share_error {
            Some(error) => format!("{:.2} ± {:.2}", 100.0 * self.share, 100.0 * error),
            None => format!("{:.2}", 100.0 * self.share),
        };
        [self.contribution.clone(), self.items.to_string(), format!("{:.4}", self.influence), share]
    }
}

/// Takes rows, writes them to a file and adds up what contributions amount to.
pub(super) struct Sink<'a> {
    writer: NpyWriter<f32, BufWriter<File>>,
    owners: Option<&'a Owners>,
    /// Per contribution `Σ φ` and `Σ (Σ φ / Σ |φ|)`.
    sums: Vec<(f64, f64)>,
    queries: usize,
}

/// Writes a numpy array, float32 `[queries, items]`, with the rows that `fill` gives; also says what contributions amount to, by name.
///
/// # Errors
/// If it cannot be filled or written; then nothing is left of it.
pub(super) fn write<T>(
    path: &Path,
    shape: [usize; 2],
    owners: Option<&Owners>,
    fill: impl FnOnce(&mut Sink<'_>) -> Result<T>,
) -> Result<(T, Vec<Total>)> {
    let mut filled = None;
    compute::persist::replace(path, |partial| -> Result<()> {
        let unwritable = || format!("cannot write {}", path.display());
        let mut sink = Sink::create(partial, shape, owners).with_context(unwritable)?;
        let found = fill(&mut sink)?;
        filled = Some((found, sink.finish().with_context(unwritable)?));
        Ok(())
    })?;
    Ok(filled.expect("a file that was written was filled"))
}

impl<'a> Sink<'a> {
    fn create(path: &Path, [queries, items]: [usize; 2], owners: Option<&'a Owners>) -> io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        let shape = [queries as u64, items as u64];
        let writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd()?;
        let sums = vec![(0.0, 0.0); owners.map_or(0, |owners| owners.names().len())];
        Ok(Self { writer, owners, sums, queries })
    }

    /// Takes the influences of all items on the next query.
    ///
    /// # Errors
    /// If they cannot be written.
    pub(super) fn row(&mut self, row: &[f32]) -> io::Result<()> {
        row.iter().try_for_each(|value| self.writer.push(value))?;
        let Some(owners) = self.owners else { return Ok(()) };
        let whole: f64 = row.iter().map(|value| f64::from(value.abs())).sum();
        for (item, value) in row.iter().enumerate() {
            let (influence, share) = &mut self.sums[owners.of(item)];
            *influence += f64::from(*value);
            *share += if whole > 0.0 { f64::from(*value) / whole } else { 0.0 };
        }
        Ok(())
    }

    fn finish(self) -> io::Result<Vec<Total>> {
        let totals = self.totals();
        self.writer.finish()?;
        Ok(totals)
    }

    fn totals(&self) -> Vec<Total> {
        let Some(owners) = self.owners else { return Vec::new() };
        let mut items = vec![0; owners.names().len()];
        (0..owners.items()).for_each(|item| items[owners.of(item)] += 1);
        let total = |(rank, name): (usize, &String)| {
            let (influence, share) = self.sums[rank];
            let (contribution, items) = (name.clone(), items[rank]);
            let share = share / self.queries.max(1) as f64;
            (name.clone(), Total { contribution, items, influence, share, share_error: None })
        };
        let by_name: BTreeMap<String, Total> = owners.names().iter().enumerate().map(total).collect();
        by_name.into_values().collect()
    }
}
