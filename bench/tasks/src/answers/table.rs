//! Ways as a table.

use comfy_table::{CellAlignment, Table, TableComponent, presets::UTF8_HORIZONTAL_ONLY};

use super::Record;

/// Columns; all but the first are numbers.
const COLUMNS: [&str; 9] = [
    "own prompts, and",
    "tokens",
    "refused",
    "share s",
    "s / D",
    "contributor gains",
    "owner gains",
    "owner, u scaled",
    "owner, no u",
];

/// A row for each way.
pub fn table(records: &[Record]) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY).set_header(COLUMNS);
    for record in records {
        let part = |value: f64| format!("{:.0} %", 100.0 * value);
        table.add_row([
            record.way.to_owned(),
            record.tokens.to_string(),
            part(record.refused),
            format!("{:.3}", record.share),
            format!("{:.2}", record.of_reach),
            part(record.contributor),
            part(record.owner),
            part(record.owner_scaled),
            part(record.owner_unbound),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
    table.trim_fmt()
}
