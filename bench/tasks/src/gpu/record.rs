//! What was measured, as a table and as JSON.

use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, TableComponent, presets::UTF8_HORIZONTAL_ONLY};
use serde::{Deserialize, Serialize};

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Record {
    /// Of going through tokens.
    Pass(Pass),
    /// Of products with rows.
    Products(Products),
}

/// Tokens that something goes through in a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pass {
    /// `tiny`, `1b` or `7b`.
    pub shape: String,
    /// The device.
    pub device: String,
    /// `bf16` or `f32`.
    pub precision: String,
    /// `ours`, or the other library with its version.
    pub stack: String,
    /// What was done.
    pub what: String,
    /// Tokens gone through.
    pub tokens: usize,
    /// Median of the repeats.
    pub seconds: f64,
    /// Shortest and longest repeat.
    pub range: [f64; 2],
    /// Tokens over seconds.
    pub tokens_per_second: f64,
    /// This over plain training of the same stack; none where that was not measured.
    pub of_training: Option<f64>,
    /// Memory of the device that was in use at the end.
    pub peak_mib: Option<u64>,
}

/// Products of an index with queries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Products {
    /// The device.
    pub device: String,
    /// Rows of the index.
    pub rows: usize,
    /// Values of a row.
    pub width: usize,
    /// Queries at once.
    pub queries: usize,
    /// Median over repeats, of one query.
    pub ms_per_query: f64,
    /// What reading the rows once would take at the speed of the memory, whatever the number of queries.
    pub ms_of_reading_once: f64,
    /// Speed of the memory, from copying: 10^9 bytes read and written per second.
    pub memory_gb_per_second: f64,
    /// Memory of the device that was in use at the end.
    pub peak_mib: Option<u64>,
}

/// Plain training, which the others are compared with.
pub const TRAINING: &str = "training";

/// Fills in how fast each pass is beside the training of its own stack.
pub fn compare(records: &mut [Record]) {
    let key = |pass: &Pass| (pass.stack.clone(), pass.shape.clone(), pass.precision.clone());
    let training = records.iter().filter_map(|record| match record {
        Record::Pass(pass) if pass.what == TRAINING => Some((key(pass), pass.tokens_per_second)),
        _ => None,
    });
    let training: Vec<_> = training.collect();
    for record in records {
        if let Record::Pass(pass) = record {
            let own = training.iter().find(|(own, _)| *own == key(pass));
            pass.of_training = own.map(|(_, speed)| pass.tokens_per_second / speed);
        }
    }
}

/// Both kinds of records, one table each.
pub fn tables(records: &[Record]) -> String {
    let passes = ["shape", "device", "precision", "stack", "what", "seconds", "tokens/s", "of training", "peak MiB"];
    let products =
        ["device", "rows", "width", "queries", "ms per query", "ms of reading once", "GB/s copied", "peak MiB"];
    let (mut of_passes, mut of_products) = (started(&passes), started(&products));
    for record in records {
        match record {
            Record::Pass(pass) => of_passes.add_row(pass_row(pass)),
            Record::Products(products) => of_products.add_row(products_row(products)),
        };
    }
    let shown = [finished(of_passes, 5), finished(of_products, 1)];
    shown.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn started(columns: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_header(columns);
    table
}

/// The table with its columns from `numbers` on to the right; nothing if it has no rows.
fn finished(mut table: Table, numbers: usize) -> Option<String> {
    table.row(0)?;
    for column in table.column_iter_mut().skip(numbers) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
    Some(table.trim_fmt())
}

fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn pass_row(pass: &Pass) -> [String; 9] {
    [
        pass.shape.clone(),
        pass.device.clone(),
        pass.precision.clone(),
        pass.stack.clone(),
        pass.what.clone(),
        format!("{:.3}", pass.seconds),
        format!("{:.0}", pass.tokens_per_second),
        shown(pass.of_training.map(|ratio| format!("{ratio:.2}"))),
        shown(pass.peak_mib),
    ]
}

fn products_row(products: &Products) -> [String; 8] {
    [
        products.device.clone(),
        products.rows.to_string(),
        products.width.to_string(),
        products.queries.to_string(),
        format!("{:.3}", products.ms_per_query),
        format!("{:.3}", products.ms_of_reading_once),
        format!("{:.0}", products.memory_gb_per_second),
        shown(products.peak_mib),
    ]
}

/// Records that a peer's script wrote.
///
/// # Errors
/// Names the file.
pub fn read(path: &Path) -> Result<Vec<Record>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} holds no records", path.display()))
}

/// Writes all records.
///
/// # Errors
/// Names the file.
pub fn write(path: &Path, records: &[Record]) -> Result<()> {
    let text = serde_json::to_string_pretty(records).context("records are text and numbers")?;
    std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(stack: &str, what: &str, speed: f64) -> Record {
        let text = |text: &str| text.to_owned();
        Record::Pass(Pass {
            shape: text("tiny"),
            device: text("cpu"),
            precision: text("f32"),
            stack: text(stack),
            what: text(what),
            tokens: 100,
            seconds: 100.0 / speed,
            range: [100.0 / speed; 2],
            tokens_per_second: speed,
            of_training: None,
            peak_mib: Some(7),
        })
    }

    #[test]
    fn passes_are_compared_with_the_training_of_their_own_stack() {
        let mut records =
            [pass("ours", TRAINING, 50.0), pass("ours", "sketches", 40.0), pass("torch", "gradients", 30.0)];
        compare(&mut records);
        let ratios = records.iter().map(|record| match record {
            Record::Pass(pass) => pass.of_training,
            Record::Products(_) => None,
        });
        assert_eq!(ratios.collect::<Vec<_>>(), [Some(1.0), Some(0.8), None]);
    }

    #[test]
    fn records_are_read_as_they_are_written() {
        let records = [pass("ours", TRAINING, 50.0)];
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("records.json");
        write(&path, &records).expect("written");
        assert_eq!(read(&path).expect("read"), records);
        assert!(tables(&records).contains("training") && !tables(&records).contains("queries"));
    }
}
