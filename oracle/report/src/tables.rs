//! The tables of a report, built once and shown by both the terminal and the page.

use serde::Serialize;

use crate::{
    data::{
        AccountRow, Check, ContributionRow, FeeFlow, HolderRow, OperatorRow, Report, RoundRow, SampleRow, Timing,
        TruthRow,
    },
    number::{NOTHING, count, fixed, measured, open, percent, percent_with_error, share, signed_open, with_error},
};

/// A table: columns, and rows of as many cells.
#[derive(Debug, Serialize)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

#[derive(Debug, Serialize)]
pub struct Column {
    pub label: &'static str,
    pub align: Align,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    Text,
    Number,
}

#[derive(Debug, Serialize)]
pub struct Cell {
    pub text: String,
    pub tone: Tone,
    /// The whole text, where `text` is a short form.
    pub full: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    Plain,
    Good,
    Bad,
    Muted,
}

impl Cell {
    fn plain(text: impl Into<String>) -> Self {
        Self::toned(text, Tone::Plain)
    }

    fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: printable(&text.into()), tone, full: None }
    }

    fn signed(text: String) -> Self {
        let tone = if text.starts_with('-') { Tone::Bad } else { Tone::Plain };
        Self::toned(text, tone)
    }

    /// An amount; zero steps back so that the others are seen.
    fn amount(uopen: impl Into<u128>) -> Self {
        let uopen = uopen.into();
        Self::toned(open(uopen), if uopen == 0 { Tone::Muted } else { Tone::Plain })
    }

    /// An amount that somebody lost.
    fn loss(uopen: impl Into<u128>) -> Self {
        let uopen = uopen.into();
        Self::toned(open(uopen), if uopen == 0 { Tone::Muted } else { Tone::Bad })
    }

    fn address(address: &str) -> Self {
        let full = printable(address);
        let letters: Vec<char> = full.chars().collect();
        if letters.len() <= 16 {
            return Self::plain(full);
        }
        let head: String = letters.iter().take(8).collect();
        let tail: String = letters.iter().skip(letters.len() - 5).collect();
        Self { text: format!("{head}…{tail}"), tone: Tone::Plain, full: Some(full) }
    }

    fn mark(holds: bool) -> Self {
        if holds { Self::toned("✓", Tone::Good) } else { Self::toned("✗", Tone::Bad) }
    }
}

/// Names come from the story and may hold anything: control characters would reach the reader's terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn columns(labels: &[(&'static str, Align)]) -> Vec<Column> {
    labels.iter().map(|&(label, align)| Column { label, align }).collect()
}

/// What each contribution earned, and what it would have earned by the usual rule.
pub fn contributions(rows: &[ContributionRow]) -> Table {
    use Align::{Number, Text};
    Table {
        columns: columns(&[
            ("pos", Number),
            ("contribution", Text),
            ("status", Text),
            ("items", Number),
            ("score ± error, %", Number),
            ("accrued", Number),
            ("held back", Number),
            ("debt", Number),
            ("payable", Number),
            ("claimed", Number),
            ("usual rule", Number),
        ]),
        rows: rows.iter().map(contribution).collect(),
    }
}

fn contribution(row: &ContributionRow) -> Vec<Cell> {
    let score = match row.position {
        Some(_) => Cell::signed(percent_with_error(row.score, row.error)),
        None => Cell::toned(NOTHING, Tone::Muted),
    };
    vec![
        Cell::plain(row.position.map_or_else(|| NOTHING.to_owned(), |p| p.to_string())),
        Cell::plain(&row.name),
        Cell::toned(&row.status, if row.status == "slashed" { Tone::Bad } else { Tone::Plain }),
        Cell::plain(count(row.items)),
        score,
        Cell::signed(signed_open(row.accrued)),
        Cell::amount(row.held_back),
        Cell::loss(row.debt),
        Cell::amount(row.payable),
        Cell::amount(row.claimed),
        Cell::amount(row.usual_rule),
    ]
}

/// Who holds which part of which model.
pub fn holders(rows: &[HolderRow]) -> Table {
    use Align::{Number, Text};
    let row = |row: &HolderRow| {
        vec![
            Cell::plain(&row.model),
            Cell::plain(&row.name),
            Cell::amount(row.units),
            Cell::plain(percent(row.share, 2)),
            Cell::amount(row.dividends),
        ]
    };
    Table {
        columns: columns(&[
            ("model", Text),
            ("holder", Text),
            ("shares", Number),
            ("of the supply", Number),
            ("dividends paid", Number),
        ]),
        rows: rows.iter().map(row).collect(),
    }
}

/// What each account had, got and lost.
pub fn accounts(rows: &[AccountRow]) -> Table {
    use Align::{Number, Text};
    Table {
        columns: columns(&[
            ("account", Text),
            ("role", Text),
            ("address", Text),
            ("start", Number),
            ("end", Number),
            ("claimed", Number),
            ("dividends", Number),
            ("withdrawn", Number),
            ("bonded", Number),
            ("slashed", Number),
        ]),
        rows: rows.iter().map(account).collect(),
    }
}

fn account(row: &AccountRow) -> Vec<Cell> {
    vec![
        Cell::plain(&row.name),
        Cell::plain(&row.role),
        Cell::address(&row.address),
        Cell::amount(row.start),
        Cell::amount(row.end),
        Cell::amount(row.claimed),
        Cell::amount(row.dividends),
        Cell::amount(row.withdrawn),
        Cell::amount(row.bonded),
        Cell::loss(row.slashed),
    ]
}

/// The rounds, failed ones too.
pub fn rounds(rows: &[RoundRow]) -> Table {
    use Align::{Number, Text};
    Table {
        columns: columns(&[
            ("model", Text),
            ("about", Text),
            ("round", Number),
            ("epochs", Text),
            ("outcome", Text),
            ("redemptions", Number),
            ("revealed", Number),
            ("influence pool", Number),
            ("unresolved", Number),
            ("residual to treasury", Number),
        ]),
        rows: rows.iter().map(round).collect(),
    }
}

fn round(row: &RoundRow) -> Vec<Cell> {
    let revealed = row.operators.iter().filter(|operator| operator.revealed).count();
    let tone = if has_settled(row) { Tone::Good } else { Tone::Bad };
    vec![
        Cell::plain(&row.model),
        Cell::plain(&row.kind),
        Cell::plain(row.round.to_string()),
        Cell::plain(epochs(row)),
        Cell::toned(&row.outcome, tone),
        Cell::plain(count(row.redemptions)),
        Cell::plain(format!("{revealed} of {}", row.operators.len())),
        Cell::amount(row.pool),
        Cell::amount(row.unresolved),
        Cell::amount(row.residual),
    ]
}

/// Whether a round settled: only then does anybody agree with its median.
pub fn has_settled(row: &RoundRow) -> bool {
    row.operators.iter().any(|operator| operator.agreement.is_some())
}

/// The epochs of a round, as `3–6`.
pub fn epochs(row: &RoundRow) -> String {
    if row.first_epoch == row.last_epoch {
        return row.first_epoch.to_string();
    }
    format!("{}–{}", row.first_epoch, row.last_epoch)
}

/// What each operator did in each round, and got for it.
pub fn operators(rows: &[RoundRow]) -> Table {
    use Align::{Number, Text};
    let in_round = |round: &RoundRow| round.operators.iter().map(|row| operator(round.round, row)).collect::<Vec<_>>();
    Table {
        columns: columns(&[
            ("round", Number),
            ("operator", Text),
            ("behaviour", Text),
            ("committed", Text),
            ("revealed", Text),
            ("agreement", Number),
            ("distance, 10⁻⁹ of fees", Number),
            ("reward", Number),
            ("bond", Text),
        ]),
        rows: rows.iter().flat_map(in_round).collect(),
    }
}

fn operator(round: u64, row: &OperatorRow) -> Vec<Cell> {
    let honest = row.behaviour == "honest";
    vec![
        Cell::plain(round.to_string()),
        Cell::plain(&row.name),
        Cell::toned(&row.behaviour, if honest { Tone::Plain } else { Tone::Bad }),
        Cell::mark(row.committed),
        Cell::mark(row.revealed),
        Cell::plain(row.agreement.map_or_else(|| NOTHING.to_owned(), |part| percent(part, 2))),
        Cell::plain(row.distance.map_or_else(|| NOTHING.to_owned(), count)),
        Cell::amount(row.reward),
        if row.slashed { Cell::toned("slashed", Tone::Bad) } else { Cell::toned("kept", Tone::Muted) },
    ]
}

/// What was asked and answered.
pub fn samples(rows: &[SampleRow]) -> Table {
    use Align::{Number, Text};
    let row = |row: &SampleRow| {
        vec![
            Cell::plain(&row.model),
            Cell::plain(row.round.to_string()),
            Cell::plain(&row.prompt),
            Cell::plain(&row.answer),
            Cell::plain(count(row.calls)),
            Cell::amount(row.net_fees),
        ]
    };
    Table {
        columns: columns(&[
            ("model", Text),
            ("round", Number),
            ("prompt", Text),
            ("answer", Text),
            ("calls", Number),
            ("net fees", Number),
        ]),
        rows: rows.iter().map(row).collect(),
    }
}

/// What must hold, and whether it does.
pub fn checks(rows: &[Check]) -> Table {
    use Align::Text;
    Table {
        columns: columns(&[("", Text), ("check", Text), ("value", Text), ("bound", Text), ("meaning", Text)]),
        rows: rows.iter().map(check).collect(),
    }
}

fn check(row: &Check) -> Vec<Cell> {
    let tone = if row.holds { Tone::Plain } else { Tone::Bad };
    vec![
        Cell::mark(row.holds),
        Cell::toned(&row.name, tone),
        Cell::toned(measured(&row.value), tone),
        Cell::plain(measured(&row.bound)),
        Cell::plain(&row.meaning),
    ]
}

/// How many checks hold, as a sentence.
pub fn verdict(report: &Report) -> String {
    let held = report.checks.iter().filter(|check| check.holds).count();
    let all = report.checks.len();
    match all - held {
        0 => format!("All {all} checks hold."),
        1 => format!("1 of {all} checks FAILS."),
        failed => format!("{failed} of {all} checks FAIL."),
    }
}

/// Influence beside the true effect of removal, in numbers.
pub fn truth(rows: &[TruthRow]) -> Table {
    use Align::{Number, Text};
    Table {
        columns: columns(&[
            ("pos", Number),
            ("contribution", Text),
            ("net influence, % of fees", Number),
            ("effect on paid queries, mnat", Number),
            ("utility, %", Number),
            ("effect on validation, mnat", Number),
        ]),
        rows: rows.iter().map(truth_row).collect(),
    }
}

fn truth_row(row: &TruthRow) -> Vec<Cell> {
    let milli = |value: f64, error: f64| with_error(value * 1e3, error * 1e3, 3);
    vec![
        Cell::plain(row.position.to_string()),
        Cell::plain(&row.name),
        Cell::signed(percent_with_error(row.net, row.net_error)),
        Cell::signed(milli(row.effect_queries, row.effect_queries_error)),
        Cell::signed(percent_with_error(row.utility, row.utility_error)),
        Cell::signed(milli(row.effect_validation, row.effect_validation_error)),
    ]
}

/// Where the fees went, in numbers.
pub fn fees(flow: &FeeFlow) -> Table {
    use Align::{Number, Text};
    let row = |label: &str, amount: u128| {
        vec![Cell::plain(label), Cell::amount(amount), Cell::plain(percent(share(amount, flow.gross), 2))]
    };
    Table {
        columns: columns(&[("fees", Text), ("OPEN", Number), ("of gross", Number)]),
        rows: vec![
            row("gross", flow.gross),
            row("unresolved, to the treasury", flow.unresolved),
            row("operators", flow.operators),
            row("protocol treasury", flow.protocol_treasury),
            row("owner", flow.owner),
            row("stake holders, as dividends", flow.stake),
            row("influence pools", flow.pool),
            row("of the pools: payable to contributors", flow.payable),
            row("of the pools: held back in doubt", flow.held_back),
            row("of the pools: residual, to the treasury", flow.residual),
        ],
    }
}

/// Seconds that each step took.
pub fn timings(rows: &[Timing]) -> Table {
    use Align::{Number, Text};
    let row = |timing: &Timing| {
        let kept = if timing.kept { "kept from an earlier run" } else { "" };
        vec![Cell::plain(&timing.step), Cell::plain(fixed(timing.seconds, 1)), Cell::toned(kept, Tone::Muted)]
    };
    Table { columns: columns(&[("step", Text), ("seconds", Number), ("", Text)]), rows: rows.iter().map(row).collect() }
}
