//! A report as plain text for a terminal of 140 columns: the checks last, where the eye rests when the command ends.

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, TableComponent, presets::UTF8_HORIZONTAL_ONLY};

use crate::{
    data::{Report, Run, Truth},
    number::{count, fixed, percent},
    tables::{self, Align, Column, Table, printable},
};

/// Widest line of [`render`], in columns.
pub const WIDTH: u16 = 140;

/// The whole report as text, each line at most [`WIDTH`] columns, without colours or control characters.
pub fn render(report: &Report) -> String {
    let sections = [
        ("Contributions: scores in % of the fees, amounts in OPEN", tables::contributions(&report.contributions)),
        ("Contributions to what was built on it", tables::contributions(&report.offspring.contributions)),
        (
            "Rounds of what was built on it, and the valuation that its royalties paid",
            tables::rounds(&report.offspring.rounds),
        ),
        ("Holders of stake: shares, dividends in OPEN", tables::holders(&report.holders)),
        ("Accounts, in OPEN", tables::accounts(&report.accounts)),
        ("Fees of the settled rounds", tables::fees(&report.fees)),
        ("Rounds, in OPEN", tables::rounds(&report.rounds)),
        ("Operators, rewards in OPEN", tables::operators(&report.rounds)),
        ("Influence beside the true effect of removal", tables::truth(&report.truth.rows)),
        ("What was asked and answered, net fees in OPEN", tables::samples(&report.samples)),
        ("Time", tables::timings(&report.timings)),
        ("Checks", tables::checks(&report.checks)),
    ];
    let mut out = headline(&report.run);
    for (title, table) in sections {
        if table.rows.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{title}\n{}\n", grid(&table)));
        if title.starts_with("Influence") {
            out.push_str(&correlations(&report.truth));
        }
    }
    out.push_str(&format!("\n{}\n", tables::verdict(report)));
    out
}

fn headline(run: &Run) -> String {
    let layers: Vec<String> = run.layers.iter().map(usize::to_string).collect();
    format!(
        "{} ({}) on {}\nseed {} · {} epochs · {} operators · {} paid calls · accuracy {} · damping {}\ndata: {}\n",
        printable(&run.model),
        layers.join("-"),
        printable(&run.chain_id),
        run.seed,
        run.epochs,
        run.operators,
        count(run.receipts),
        percent(run.accuracy, 2),
        run.damping,
        printable(&run.data_source),
    )
}

fn correlations(truth: &Truth) -> String {
    format!(
        "Spearman: paid queries {} (ceiling {}), validation {} (ceiling {}); {} retrainings per contribution\n",
        fixed(truth.spearman_queries, 3),
        fixed(truth.ceiling_queries, 3),
        fixed(truth.spearman_validation, 3),
        fixed(truth.ceiling_validation, 3),
        truth.seeds,
    )
}

fn grid(table: &Table) -> String {
    let gap = if natural_width(table) <= usize::from(WIDTH) { 2 } else { 1 };
    let mut grid = Grid::new();
    grid.load_preset(UTF8_HORIZONTAL_ONLY)
        .force_no_tty()
        .set_width(WIDTH)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(table.columns.iter().map(|column| column.label));
    for row in &table.rows {
        grid.add_row(row.iter().map(|cell| cell.text.as_str()));
    }
    for (column, of_grid) in table.columns.iter().zip(grid.column_iter_mut()) {
        of_grid.set_padding((0, gap)).set_cell_alignment(match column.align {
            Align::Text => CellAlignment::Left,
            Align::Number => CellAlignment::Right,
        });
    }
    // Lines between rows would double the length: only those around the header and at the ends stay.
    grid.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
    grid.trim_fmt()
}

/// Width of a table whose cells are all on one line, two columns apart; comfy-table keeps one more between them.
fn natural_width(table: &Table) -> usize {
    let widest = |(index, column): (usize, &Column)| {
        let cells = table.rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.text.chars().count());
        cells.fold(column.label.chars().count(), usize::max) + 3
    };
    table.columns.iter().enumerate().map(widest).sum()
}
