//! A statement of one account: what it earned and paid in a range of epochs. Data in; table, CSV and a page for print out. Like all
//! of this crate it knows no chain: whoever fills it in has checked it.
//!
//! # Units
//! Amounts of OPEN in uopen, of stake in units, times in seconds since 1970 (UTC). In JSON and CSV amounts are whole numbers as text;
//! tables show OPEN with six decimals.

use std::collections::BTreeMap;

use serde::Serialize;

mod amount;
mod csv;
mod html;
mod kind;
mod owned;
mod tables;
mod text;

pub use amount::{Amount, Signed, utc};
pub use csv::csv;
pub use html::page;
pub use kind::{AccrualKind, Kind, LossKind};
pub use owned::{OwnedModel, ParentShare, PartsOwed, TermsShown};
pub use text::render;

/// What an account earned and paid in some epochs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The account.
    pub account: String,
    /// The chain.
    pub chain_id: String,
    /// The epochs, by block time.
    pub period: Period,
    /// OPEN that it held when the first epoch began.
    pub opening: Amount,
    /// All that came in; `closing = opening + received − paid`.
    pub received: Amount,
    /// All that went out.
    pub paid: Amount,
    /// OPEN that it held when the last epoch ended, or at the tip of the chain.
    pub closing: Amount,
    /// Every movement of OPEN, in the order of the chain; one that was for several things has a line for each.
    pub lines: Vec<Line>,
    /// The lines summed by model, round and kind.
    pub totals: Vec<Total>,
    /// What was earned, whether paid or not.
    pub accruals: Vec<Accrual>,
    /// Fees that gateways redeemed from its channels.
    pub fees: Vec<Fee>,
    /// What of its bonds was taken.
    pub losses: Vec<Loss>,
    /// Its stake, by model.
    pub stakes: Vec<StakeRow>,
    /// What it has outside of its balance at the tip of the chain.
    pub outside: Outside,
    /// The models that it owns at the tip of the chain: what they owe, and what bounds it.
    pub models: Vec<OwnedModel>,
}

/// Epochs, and the blocks that they stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// First epoch.
    pub first_epoch: u64,
    /// Last epoch.
    pub last_epoch: u64,
    /// Its first second.
    pub from: u64,
    /// The first second after it; the tip's time if the last epoch is not over.
    pub until: u64,
    /// Whether the last epoch is over.
    pub over: bool,
    /// Epoch of the chain's tip, at which what is said of today was asked.
    pub tip_epoch: u64,
    /// Height of the next block at the tip: all blocks below it were read.
    pub tip_height: u64,
    /// Time of the tip.
    pub tip_time: u64,
}

/// Where something stands on chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Epoch of the block; none before epoch 0.
    pub epoch: Option<u64>,
    /// Time of the block.
    pub time: u64,
    /// Its height.
    pub height: u64,
    /// Hash of the transaction.
    pub tx: String,
}

/// What a movement was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Purpose {
    /// Kind.
    pub kind: Kind,
    /// The model.
    pub model: Option<u64>,
    /// The round.
    pub round: Option<u64>,
    /// The contribution.
    pub contribution: Option<u64>,
    /// Its position in the model.
    pub position: Option<u32>,
}

impl Purpose {
    /// Of a kind, and nothing more known.
    pub const fn of(kind: Kind) -> Self {
        Self { kind, model: None, round: None, contribution: None, position: None }
    }

    /// In a model.
    #[must_use]
    pub const fn model(self, model: u64) -> Self {
        Self { model: Some(model), ..self }
    }

    /// Of a round.
    #[must_use]
    pub const fn round(self, round: u64) -> Self {
        Self { round: Some(round), ..self }
    }

    /// For a contribution.
    #[must_use]
    pub const fn contribution(self, contribution: u64) -> Self {
        Self { contribution: Some(contribution), ..self }
    }

    /// At a position.
    #[must_use]
    pub const fn position(self, position: u32) -> Self {
        Self { position: Some(position), ..self }
    }
}

/// A movement of OPEN, or one of its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What for.
    #[serde(flatten)]
    pub purpose: Purpose,
    /// The other account; none where OPEN was made or destroyed.
    pub counterparty: Option<String>,
    /// What the other account is, if it is one of the protocol's contracts.
    pub counterparty_name: Option<String>,
    /// Came in.
    #[serde(rename = "in")]
    pub received: Amount,
    /// Went out.
    #[serde(rename = "out")]
    pub paid: Amount,
    /// Balance after it.
    pub balance: Amount,
}

/// Lines of one purpose, contributions apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The model.
    pub model: Option<u64>,
    /// The round.
    pub round: Option<u64>,
    /// Kind.
    pub kind: Kind,
    /// How many lines.
    pub lines: usize,
    /// Came in.
    #[serde(rename = "in")]
    pub received: Amount,
    /// Went out.
    #[serde(rename = "out")]
    pub paid: Amount,
}

/// Something that was earned, whether paid or not. Of a contribution it is the account's part by its share of today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accrual {
    /// Where it was booked.
    #[serde(flatten)]
    pub place: Place,
    /// What it is.
    pub kind: AccrualKind,
    /// The model.
    pub model: u64,
    /// The round.
    pub round: Option<u64>,
    /// The contribution.
    pub contribution: Option<u64>,
    /// Its position.
    pub position: Option<u32>,
    /// The account's share of it today, in basis points.
    pub share_bps: Option<u16>,
    /// Earned by it; harm and debt are negative.
    pub accrued: Signed,
    /// Of that, released for payment.
    pub payable: Amount,
    /// Stake given, in units.
    pub stake: Amount,
}

/// Fees from a channel of the account, by the epoch of their vouchers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Fee {
    /// The model that was called.
    pub model: u64,
    /// Epoch of the vouchers.
    pub epoch: u64,
    /// The channel.
    pub channel: u64,
    /// Vouchers redeemed.
    pub redemptions: u32,
    /// What they took from the deposit.
    pub amount: Amount,
}

/// A part of a bond that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// Why.
    pub kind: LossKind,
    /// The model.
    pub model: Option<u64>,
    /// The round.
    pub round: Option<u64>,
    /// The contribution.
    pub contribution: Option<u64>,
    /// How much.
    pub amount: Amount,
}

/// Stake of one model, in units: `closing = opening + delivered + work + received − sent − burned`; and its dividends, in uopen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StakeRow {
    /// The model.
    pub model: u64,
    /// Held when the first epoch began.
    pub opening: Amount,
    /// Delivered for contributions.
    pub delivered: Amount,
    /// Paid for work on versions.
    pub work: Amount,
    /// Came from other accounts.
    pub received: Amount,
    /// Went to other accounts.
    pub sent: Amount,
    /// Destroyed.
    pub burned: Amount,
    /// Held when the last epoch ended.
    pub closing: Amount,
    /// Dividends earned in the period.
    pub dividends: Amount,
    /// Dividends paid in the period.
    pub dividends_paid: Amount,
}

impl StakeRow {
    fn adds_up(&self) -> bool {
        let came = sum([self.opening, self.delivered, self.work, self.received]);
        came.is_some() && came == sum([self.closing, self.sent, self.burned])
    }
}

/// What an account has outside of its balance, at the tip of the chain. What can be claimed is by payees' shares of today.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outside {
    /// Left in its channels: deposits less redeemed.
    pub channels: Amount,
    /// Bonds of its contributions.
    pub contribution_bonds: Amount,
    /// Its bonds as an operator.
    pub operator_bonds: Amount,
    /// Owner's parts and operator's rewards that it can withdraw.
    pub booked: Amount,
    /// Its part of what contributions can claim.
    pub claimable: Amount,
    /// Dividends that it can claim.
    pub dividends: Amount,
}

impl Statement {
    /// `closing = opening + Σ in − Σ out`, in the lines, in their totals and in every running balance; stake likewise.
    pub fn adds_up(&self) -> bool {
        let lines = (sum(self.lines.iter().map(|line| line.received)), sum(self.lines.iter().map(|line| line.paid)));
        let totals = (sum(self.totals.iter().map(|row| row.received)), sum(self.totals.iter().map(|row| row.paid)));
        let sums = (Some(self.received.0), Some(self.paid.0));
        lines == sums
            && totals == sums
            && sum([self.opening, self.received]) == sum([self.closing, self.paid])
            && self.balances_follow()
            && self.stakes.iter().all(StakeRow::adds_up)
    }

    fn balances_follow(&self) -> bool {
        let mut balance = Some(self.opening.0);
        for line in &self.lines {
            balance = balance.and_then(|so_far| so_far.checked_add(line.received.0)?.checked_sub(line.paid.0));
            if balance != Some(line.balance.0) {
                return false;
            }
        }
        balance == Some(self.closing.0)
    }
}

/// Lines summed by model, round and kind.
pub fn totals(lines: &[Line]) -> Vec<Total> {
    let mut sums: BTreeMap<(Option<u64>, Option<u64>, Kind), Total> = BTreeMap::new();
    for Line { purpose: Purpose { model, round, kind, .. }, received, paid, .. } in lines {
        let (model, round, kind, none) = (*model, *round, *kind, Amount(0));
        let new = Total { model, round, kind, lines: 0, received: none, paid: none };
        let total = sums.entry((model, round, kind)).or_insert(new);
        total.lines += 1;
        total.received = Amount(total.received.0.saturating_add(received.0));
        total.paid = Amount(total.paid.0.saturating_add(paid.0));
    }
    sums.into_values().collect()
}

fn sum(amounts: impl IntoIterator<Item = Amount>) -> Option<u128> {
    amounts.into_iter().try_fold(0_u128, |sum, amount| sum.checked_add(amount.0))
}
