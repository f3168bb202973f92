//! A statement as plain text for a terminal.

use std::fmt::Write as _;

use super::{Statement, tables, utc};
use crate::tables::{Align, Table, printable};

/// The whole statement as text, one line per row, without colours or control characters.
pub fn render(statement: &Statement) -> String {
    let mut out = headline(statement);
    for titled in tables::all(statement) {
        // Writing to a string cannot fail.
        let _ = write!(out, "\n{}\n{}", titled.title, grid(&titled.table));
    }
    for note in notes(statement) {
        let _ = write!(out, "\n{note}\n");
    }
    out
}

fn headline(statement: &Statement) -> String {
    let period = &statement.period;
    let over = if period.over { "" } else { " (the last epoch is not over)" };
    format!(
        "Statement of {} on {}\nepochs {} to {}{over}: {} to {} UTC; the chain read below block {}\n",
        printable(&statement.account),
        printable(&statement.chain_id),
        period.first_epoch,
        period.last_epoch,
        utc(period.from),
        utc(period.until),
        period.tip_height,
    )
}

/// What a reader must know about the figures.
pub fn notes(statement: &Statement) -> Vec<&'static str> {
    let mut notes = vec!["closing = opening + in − out, to the uopen; 1 OPEN = 1,000,000 uopen."];
    if statement.lines.is_empty() {
        notes.push("No OPEN moved in this period.");
    }
    if statement.accruals.iter().any(|accrual| accrual.share_bps.is_some()) {
        notes.push("Parts of contributions are by payees' shares of today, whatever they were then.");
    }
    notes
}

/// Columns two apart, a line below the header.
fn grid(table: &Table) -> String {
    let widths = widths(table);
    let header = table.columns.iter().map(|column| column.label);
    let mut out = row(table, &widths, header);
    out.push_str(&widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join("  "));
    out.push('\n');
    for cells in &table.rows {
        out.push_str(&row(table, &widths, cells.iter().map(|cell| cell.text.as_str())));
    }
    out
}

fn widths(table: &Table) -> Vec<usize> {
    let widest = |(index, label): (usize, &str)| {
        let cells = table.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.text.chars().count());
        cells.fold(label.chars().count(), usize::max)
    };
    table.columns.iter().map(|column| column.label).enumerate().map(widest).collect()
}

fn row<'a>(table: &Table, widths: &[usize], cells: impl Iterator<Item = &'a str>) -> String {
    let padded = cells.zip(widths).zip(&table.columns).map(|((text, width), column)| {
        let gap = " ".repeat(width.saturating_sub(text.chars().count()));
        match column.align {
            Align::Text => format!("{text}{gap}"),
            Align::Number => format!("{gap}{text}"),
        }
    });
    format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
}
