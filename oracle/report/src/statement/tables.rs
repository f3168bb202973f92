//! The tables of a statement, built once and shown by both the terminal and the page.

use super::{
    Accrual, Amount, Fee, Line, Loss, OwnedModel, PartsOwed, Place, Purpose, Signed, StakeRow, Statement, TermsShown,
    Total, utc,
};
use crate::{
    number::{NOTHING, count, open},
    tables::{Align, Cell, Column, Table, Tone, printable},
};

/// A table and what stands above it.
pub struct Titled {
    pub title: String,
    pub table: Table,
}

/// All tables that have rows, in the order in which they are read.
pub fn all(statement: &Statement) -> Vec<Titled> {
    let tables = [
        ("Balance, in OPEN", summary(statement)),
        ("By model, round and kind, in OPEN", totals(&statement.totals)),
        ("Movements, in OPEN", lines(&statement.lines)),
        ("Earned, whether paid or not: OPEN, and units of stake", accruals(&statement.accruals)),
        ("Fees redeemed from channels, in OPEN", fees(&statement.fees)),
        ("Taken from bonds, in OPEN", losses(&statement.losses)),
        ("Stake, in units; dividends in OPEN", stakes(&statement.stakes)),
        ("Outside of the balance, at the tip of the chain, in OPEN", outside(statement)),
    ];
    let titled = tables.into_iter().map(|(title, table)| Titled { title: title.to_owned(), table });
    titled.chain(statement.models.iter().map(owned)).filter(|titled| !titled.table.rows.is_empty()).collect()
}

fn table(columns: &[(&'static str, Align)], rows: Vec<Vec<Cell>>) -> Table {
    Table { columns: columns.iter().map(|&(label, align)| Column { label, align }).collect(), rows }
}

fn text(text: impl Into<String>) -> Cell {
    Cell { text: printable(&text.into()), tone: Tone::Plain, full: None }
}

fn muted(text: String, is_nothing: bool) -> Cell {
    Cell { text, tone: if is_nothing { Tone::Muted } else { Tone::Plain }, full: None }
}

fn amount(uopen: Amount) -> Cell {
    muted(open(uopen.0), uopen.0 == 0)
}

fn units(units: Amount) -> Cell {
    muted(count(units.0), units.0 == 0)
}

fn signed(uopen: Signed) -> Cell {
    let size = open(uopen.0.unsigned_abs());
    match uopen.0 {
        ..0 => Cell { text: format!("-{size}"), tone: Tone::Bad, full: None },
        _ => muted(size, uopen.0 == 0),
    }
}

fn number(value: Option<u64>) -> Cell {
    muted(value.map_or_else(|| NOTHING.to_owned(), |value| value.to_string()), value.is_none())
}

/// Head and tail of a long name; the whole of it on the page.
fn short(full: &str) -> Cell {
    let full = printable(full);
    let letters: Vec<char> = full.chars().collect();
    if letters.len() <= 16 {
        return text(full);
    }
    let part = |letters: &[char]| letters.iter().collect::<String>();
    let shown = format!("{}…{}", part(&letters[..8]), part(&letters[letters.len() - 5..]));
    Cell { text: shown, tone: Tone::Plain, full: Some(full) }
}

/// A share as `12.34 %`.
fn share(bps: u16) -> String {
    format!("{}.{:02} %", bps / 100, bps % 100)
}

const TEXT: Align = Align::Text;
const NUMBER: Align = Align::Number;

fn summary(statement: &Statement) -> Table {
    let period = &statement.period;
    let row = |what: &str, when: String, uopen| vec![text(what), text(when), amount(uopen)];
    let rows = vec![
        row("opening balance", utc(period.from), statement.opening),
        row("in", String::new(), statement.received),
        row("out", String::new(), statement.paid),
        row("closing balance", utc(period.until), statement.closing),
    ];
    table(&[("", TEXT), ("time (UTC)", TEXT), ("OPEN", NUMBER)], rows)
}

fn totals(totals: &[Total]) -> Table {
    let row = |total: &Total| {
        vec![
            number(total.model),
            number(total.round),
            text(total.kind.words()),
            number(u64::try_from(total.lines).ok()),
            amount(total.received),
            amount(total.paid),
        ]
    };
    let columns =
        [("model", NUMBER), ("round", NUMBER), ("kind", TEXT), ("lines", NUMBER), ("in", NUMBER), ("out", NUMBER)];
    table(&columns, totals.iter().map(row).collect())
}

fn lines(lines: &[Line]) -> Table {
    let row = |line: &Line| {
        let Purpose { kind, model, round, contribution, position } = line.purpose;
        let mut row = placed(&line.place);
        row.extend([
            text(kind.words()),
            number(model),
            number(round),
            number(contribution),
            number(position.map(u64::from)),
            counterparty(line),
            amount(line.received),
            amount(line.paid),
            amount(line.balance),
            short(&line.place.tx),
        ]);
        row
    };
    let columns = [
        ("epoch", NUMBER),
        ("time (UTC)", TEXT),
        ("block", NUMBER),
        ("kind", TEXT),
        ("model", NUMBER),
        ("round", NUMBER),
        ("contrib.", NUMBER),
        ("pos.", NUMBER),
        ("with", TEXT),
        ("in", NUMBER),
        ("out", NUMBER),
        ("balance", NUMBER),
        ("transaction", TEXT),
    ];
    table(&columns, lines.iter().map(row).collect())
}

fn placed(place: &Place) -> Vec<Cell> {
    vec![number(place.epoch), text(utc(place.time)), number(Some(place.height))]
}

fn counterparty(line: &Line) -> Cell {
    match (&line.counterparty_name, &line.counterparty) {
        (Some(name), full) => Cell { full: full.clone(), ..text(name.clone()) },
        (None, Some(account)) => short(account),
        (None, None) => text(NOTHING),
    }
}

fn accruals(accruals: &[Accrual]) -> Table {
    let row = |accrual: &Accrual| {
        let mut row = placed(&accrual.place);
        row.extend([
            text(accrual.kind.words()),
            number(Some(accrual.model)),
            number(accrual.round),
            number(accrual.contribution),
            number(accrual.position.map(u64::from)),
            text(accrual.share_bps.map_or_else(|| NOTHING.to_owned(), share)),
            signed(accrual.accrued),
            amount(accrual.payable),
            units(accrual.stake),
        ]);
        row
    };
    let columns = [
        ("epoch", NUMBER),
        ("time (UTC)", TEXT),
        ("block", NUMBER),
        ("kind", TEXT),
        ("model", NUMBER),
        ("round", NUMBER),
        ("contrib.", NUMBER),
        ("pos.", NUMBER),
        ("share today", NUMBER),
        ("accrued", NUMBER),
        ("payable", NUMBER),
        ("stake units", NUMBER),
    ];
    table(&columns, accruals.iter().map(row).collect())
}

fn fees(fees: &[Fee]) -> Table {
    let row = |fee: &Fee| {
        let numbers = [fee.model, fee.epoch, fee.channel, u64::from(fee.redemptions)];
        numbers.into_iter().map(|value| number(Some(value))).chain([amount(fee.amount)]).collect()
    };
    let columns = ["model", "epoch of the calls", "channel", "redemptions", "fees"].map(|label| (label, NUMBER));
    table(&columns, fees.iter().map(row).collect())
}

fn losses(losses: &[Loss]) -> Table {
    let row = |loss: &Loss| {
        let mut row = placed(&loss.place);
        row.extend([
            text(loss.kind.words()),
            number(loss.model),
            number(loss.round),
            number(loss.contribution),
            amount(loss.amount),
            short(&loss.place.tx),
        ]);
        row
    };
    let columns = [
        ("epoch", NUMBER),
        ("time (UTC)", TEXT),
        ("block", NUMBER),
        ("why", TEXT),
        ("model", NUMBER),
        ("round", NUMBER),
        ("contrib.", NUMBER),
        ("taken", NUMBER),
        ("transaction", TEXT),
    ];
    table(&columns, losses.iter().map(row).collect())
}

fn stakes(stakes: &[StakeRow]) -> Table {
    let row = |row: &StakeRow| {
        let of = [row.opening, row.delivered, row.work, row.received, row.sent, row.burned, row.closing].map(units);
        let paid = [row.dividends, row.dividends_paid].map(amount);
        [number(Some(row.model))].into_iter().chain(of).chain(paid).collect()
    };
    let columns = [
        "model",
        "opening",
        "for contributions",
        "for work",
        "in",
        "out",
        "burnt",
        "closing",
        "dividends earned",
        "dividends paid",
    ];
    table(&columns.map(|label| (label, NUMBER)), stakes.iter().map(row).collect())
}

fn outside(statement: &Statement) -> Table {
    let outside = &statement.outside;
    let rows = [
        ("left in channels", outside.channels),
        ("bonds of contributions", outside.contribution_bonds),
        ("bonds as an operator", outside.operator_bonds),
        ("owner's parts and rewards to withdraw", outside.booked),
        ("to claim for contributions, by shares of today", outside.claimable),
        ("dividends to claim", outside.dividends),
    ];
    let rows = rows.into_iter().filter(|(_, uopen)| uopen.0 > 0).map(|(what, uopen)| vec![text(what), amount(uopen)]);
    table(&[("", TEXT), ("OPEN", NUMBER)], rows.collect())
}

fn owned(model: &OwnedModel) -> Titled {
    let title = format!("Model {} ({}): what it owes and what bounds it", model.model, printable(&model.name));
    let rows = [money(model), terms_rows(model), state(model)].concat();
    let rows = rows.into_iter().map(|(what, value)| vec![text(what), text(value)]).collect();
    Titled { title, table: table(&[("", TEXT), ("at the tip of the chain", TEXT)], rows) }
}

type Fact = (String, String);

fn fact(what: &str, value: impl Into<String>) -> Fact {
    (what.to_owned(), value.into())
}

fn money(model: &OwnedModel) -> Vec<Fact> {
    let in_open = |uopen: Amount| format!("{} OPEN", open(uopen.0));
    let in_units = |units: Amount| format!("{} units", count(units.0));
    let mut facts = vec![
        fact("owed to contributors (liability − claimed)", in_open(model.owed)),
        fact("of that, can be claimed now", in_open(model.claimable)),
        fact("of that, held back: in doubt or not yet released", in_open(model.held_back)),
        fact("claimed so far", in_open(model.claimed)),
        fact("pool of a round in progress", in_open(model.in_progress)),
    ];
    facts.extend(parts("unsettled", &model.unsettled));
    facts.push(fact("royalties owed to parents", in_open(model.royalties_owed)));
    facts.extend(parts("royalties waiting for a valuation", &model.royalties_waiting));
    facts.extend([
        fact("royalties passed on so far", in_open(model.royalties_flowed)),
        fact("royalties passed on in the period", in_open(model.royalties_flowed_in_period)),
        fact("royalties received in the period", in_open(model.royalties_received_in_period)),
        fact("stake in the contributors' reserve", in_units(model.reserve_contributors)),
        fact("of that, given and not delivered", in_units(model.stake_undelivered)),
        fact("stake in the work reserve", in_units(model.reserve_work)),
        fact("most that all positions can ever accrue (cap × positions)", in_open(model.bound)),
        fact("open debt of contributions", in_open(model.debt)),
        fact("of that, proved", in_open(model.proved_debt)),
        fact("debt collected from bonds", in_open(model.debt_collected)),
    ]);
    facts
}

/// The sum, and each part that is not nothing.
fn parts(what: &str, parts: &PartsOwed) -> Vec<Fact> {
    let of = [
        ("protocol's", parts.protocol),
        ("owner's", parts.owner),
        ("stake holders'", parts.stake),
        ("contributors'", parts.influence),
        ("parents'", parts.parents),
    ];
    let mut facts = vec![fact(what, format!("{} OPEN", open(parts.total().0)))];
    let parts = of.into_iter().filter(|(_, uopen)| uopen.0 > 0);
    facts.extend(parts.map(|(whose, uopen)| (format!("{what}, {whose} part"), format!("{} OPEN", open(uopen.0)))));
    facts
}

fn terms_rows(model: &OwnedModel) -> Vec<Fact> {
    let mut facts = vec![fact("terms in force", terms(&model.terms))];
    if let Some(pending) = &model.pending {
        facts.push((format!("terms from epoch {} on", pending.from_epoch), terms(pending)));
    }
    let parents = model.parents.iter();
    facts.extend(parents.map(|parent| (format!("share of parent model {}", parent.model), share(parent.share_bps))));
    facts
}

fn terms(terms: &TermsShown) -> String {
    let TermsShown { owner_bps, stake_bps, influence_bps, parents_bps, release_rate_bps, cap, .. } = *terms;
    format!(
        "owner {}, stake {}, influence {}, parents {}; release {}; cap {} OPEN",
        share(owner_bps),
        share(stake_bps),
        share(influence_bps),
        share(parents_bps),
        share(release_rate_bps),
        open(cap.0)
    )
}

fn state(model: &OwnedModel) -> Vec<Fact> {
    let settled = model.settled_through.map_or_else(|| NOTHING.to_owned(), |epoch| epoch.to_string());
    vec![
        fact("positions", model.positions.to_string()),
        fact("settled through epoch", settled),
        fact("ledger can be retired", retirement(model)),
    ]
}

fn retirement(model: &OwnedModel) -> String {
    let after = if model.must_settle_first { ", once all is settled" } else { "" };
    match (model.retire_from_epoch, model.retire_from) {
        _ if model.retired => "is retired".to_owned(),
        (Some(epoch), Some(time)) => format!("from epoch {epoch} on ({} UTC), without new fees{after}", utc(time)),
        _ => "nothing to retire".to_owned(),
    }
}
