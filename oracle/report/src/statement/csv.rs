//! A statement as CSV (RFC 4180): one table whose first column names the section, so that one filter gives each part.

use super::{Accrual, Amount, Fee, Line, Loss, Place, Purpose, Signed, StakeRow, Statement};

const HEADER: [&str; 19] = [
    "section",
    "epoch",
    "time",
    "height",
    "tx",
    "kind",
    "model",
    "round",
    "contribution",
    "position",
    "channel",
    "counterparty",
    "in_uopen",
    "out_uopen",
    "balance_uopen",
    "accrued_uopen",
    "payable_uopen",
    "stake_units",
    "share_bps",
];

/// Opening balance, movements, closing balance, then accruals, fees, losses and stake. Amounts are whole uopen or units. `fee`
/// stands under `out_uopen`, since it left a channel of the account, but in no movement: the deposit was one. So do losses of bonds.
pub fn csv(statement: &Statement) -> String {
    let mut rows = vec![HEADER.map(str::to_owned).to_vec()];
    rows.push(balance("opening", statement.period.from, statement.opening));
    rows.extend(statement.lines.iter().map(line));
    rows.push(balance("closing", statement.period.until, statement.closing));
    rows.extend(statement.accruals.iter().map(accrual));
    rows.extend(statement.fees.iter().map(fee));
    rows.extend(statement.losses.iter().map(loss));
    rows.extend(statement.stakes.iter().map(stake));
    rows.iter().map(|row| row.iter().map(|field| quoted(field)).collect::<Vec<_>>().join(",") + "\r\n").collect()
}

/// A row of which only some columns are set.
struct Row(Vec<String>);

impl Row {
    fn of(section: &str) -> Self {
        Self(vec![String::new(); HEADER.len()]).set("section", section)
    }

    fn set(mut self, column: &str, value: impl ToString) -> Self {
        if let Some(index) = HEADER.iter().position(|name| *name == column) {
            self.0[index] = value.to_string();
        }
        self
    }

    fn set_some(self, column: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.set(column, value),
            None => self,
        }
    }

    fn place(self, place: &Place) -> Self {
        let Place { epoch, time, height, tx } = place;
        self.set_some("epoch", *epoch).set("time", time).set("height", height).set("tx", tx)
    }
}

fn balance(section: &str, time: u64, balance: Amount) -> Vec<String> {
    Row::of(section).set("time", time).set("balance_uopen", balance).0
}

fn line(line: &Line) -> Vec<String> {
    let Purpose { kind, model, round, contribution, position } = line.purpose;
    Row::of("movement")
        .place(&line.place)
        .set("kind", kind.id())
        .set_some("model", model)
        .set_some("round", round)
        .set_some("contribution", contribution)
        .set_some("position", position)
        .set_some("counterparty", line.counterparty.as_ref())
        .set("in_uopen", line.received)
        .set("out_uopen", line.paid)
        .set("balance_uopen", line.balance)
        .0
}

fn accrual(accrual: &Accrual) -> Vec<String> {
    let Signed(accrued) = accrual.accrued;
    Row::of("accrual")
        .place(&accrual.place)
        .set("kind", accrual.kind.id())
        .set("model", accrual.model)
        .set_some("round", accrual.round)
        .set_some("contribution", accrual.contribution)
        .set_some("position", accrual.position)
        .set("accrued_uopen", accrued)
        .set("payable_uopen", accrual.payable)
        .set("stake_units", accrual.stake)
        .set_some("share_bps", accrual.share_bps)
        .0
}

fn fee(fee: &Fee) -> Vec<String> {
    Row::of("fee")
        .set("epoch", fee.epoch)
        .set("model", fee.model)
        .set("channel", fee.channel)
        .set("out_uopen", fee.amount)
        .0
}

fn loss(loss: &Loss) -> Vec<String> {
    Row::of("loss")
        .place(&loss.place)
        .set("kind", loss.kind.id())
        .set_some("model", loss.model)
        .set_some("round", loss.round)
        .set_some("contribution", loss.contribution)
        .set("out_uopen", loss.amount)
        .0
}

/// Only what is held at the end; the page and the JSON have what led there.
fn stake(row: &StakeRow) -> Vec<String> {
    Row::of("stake")
        .set("kind", "held")
        .set("model", row.model)
        .set("accrued_uopen", row.dividends)
        .set("payable_uopen", row.dividends_paid)
        .set("stake_units", row.closing)
        .0
}

fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
