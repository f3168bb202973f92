//! The best of every method as a table, and all as JSON.

use std::path::Path;

use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, TableComponent, presets::UTF8_HORIZONTAL_ONLY};

use super::outcome::Outcome;

/// Columns; those from the fifth on are numbers.
const COLUMNS: [&str; 10] = [
    "task",
    "peer",
    "method",
    "best damping",
    "LDS",
    "95 % interval",
    "seconds",
    "cpu seconds",
    "peak MiB",
    "bytes per item",
];
const FIRST_NUMBER: usize = 4;

/// The best of every method.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_header(COLUMNS);
    for outcome in outcomes.iter().filter(|outcome| outcome.best) {
        table.add_row(row(outcome));
    }
    for column in table.column_iter_mut().skip(FIRST_NUMBER) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
    table.trim_fmt()
}

fn row(outcome: &Outcome) -> [String; 10] {
    let interval = match (outcome.low, outcome.high) {
        (Some(low), Some(high)) => format!("{low:.3} to {high:.3}"),
        _ => String::new(),
    };
    [
        format!("{:?}", outcome.task),
        outcome.peer.clone(),
        outcome.method.clone(),
        outcome.damping.clone(),
        format!("{:.3}", outcome.lds),
        interval,
        format!("{:.1}", outcome.seconds),
        format!("{:.1}", outcome.cpu_seconds),
        outcome.peak_mib.to_string(),
        outcome.bytes_per_item.to_string(),
    ]
}

/// Writes all records, those of the sweeps too.
///
/// # Errors
/// Names the file that could not be written.
pub fn write(path: &Path, outcomes: &[Outcome]) -> Result<()> {
    let text = serde_json::to_string_pretty(outcomes).context("records are text and numbers")?;
    std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
}
