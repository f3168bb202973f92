//! What an account earned and paid in a range of epochs, read from the chain's transactions and held against its queries.
//!
//! Every movement of OPEN is a line. What it was for is known by the typed events of its transaction: each event that stands for a
//! payment is matched with the one movement of the same accounts and amount, and what no event explains is a transfer. Balances are
//! derived backwards from the tip, since the instantiation of OPEN, which gave the first balances, is no transaction that a client
//! finds. Therefore the rest of the chain's books is audited at the same time: see [`StatementError::Mismatch`].
//!
//! # Units
//! uopen, units of stake, seconds.

use std::ops::RangeInclusive;

use chain::{ChainClient, ChainError};
use protocol::{Epoch, event::MalformedEvent};
use report::statement::{Amount, Line, totals};
use rules::split::SplitError;

use crate::{contracts::Contracts, replay::ReplayError};

mod audit;
mod balance;
mod bookings;
mod books;
mod contributions;
mod history;
mod matching;
mod obligations;
mod period;
mod records;
mod stakes;

pub use report::statement::{Statement, csv, page, render};

use balance::Balances;
use books::Books;
use history::History;
use records::Records;

/// Why there is no statement.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// The chain did not answer.
    #[error("the chain did not answer")]
    Chain(#[from] ChainError),
    /// A ledger cannot be recomputed.
    #[error("a model's ledger cannot be recomputed")]
    Replay(#[from] ReplayError),
    /// An event of the protocol's contracts is not what its type says.
    #[error("an event of the chain cannot be read: ask a node that runs this version of the contracts")]
    Event(#[from] MalformedEvent),
    /// Payees' shares do not add up.
    #[error("shares on chain do not add up")]
    Shares(#[from] SplitError),
    /// Not an address.
    #[error("{account} is not an address of this chain: {reason}")]
    NotAnAddress {
        /// What was asked for.
        account: String,
        /// What the chain said.
        reason: String,
    },
    /// Nobody.
    #[error(
        "{account} is unknown to this chain: it never held OPEN, and no transaction or record names it. Check the address"
    )]
    Unknown {
        /// The account.
        account: String,
    },
    /// A range without epochs.
    #[error("epochs {first} to {last} are an empty range: the first epoch must not be later than the last")]
    EmptyRange {
        /// First epoch.
        first: u64,
        /// Last epoch.
        last: u64,
    },
    /// A range that has not begun.
    #[error("epoch {last} is beyond the chain, which is in epoch {current}: ask for epochs up to {current}")]
    BeyondChain {
        /// Last epoch asked for.
        last: u64,
        /// The epoch of the tip.
        current: u64,
    },
    /// The chain has no epochs yet.
    #[error("epoch 0 has not begun: it begins at {genesis} s")]
    BeforeGenesis {
        /// Start of epoch 0.
        genesis: u64,
    },
    /// The chain went on while it was read.
    #[error(
        "the chain went from block {before} to {after} while it was read, so its answers do not fit together: try again"
    )]
    Moved {
        /// Height at first.
        before: u64,
        /// Height at last.
        after: u64,
    },
    /// Two sides of the books that must agree do not.
    #[error(transparent)]
    Mismatch(Box<Mismatch>),
    /// An amount that OPEN's supply cannot reach.
    #[error("{0} does not fit its type: amounts of OPEN always do")]
    Range(&'static str),
}

/// Two sides of the books that must agree, and what each says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}: {} says {}, {} says {}: {}", .left.0, .left.1, .right.0, .right.1, self.difference())]
pub struct Mismatch {
    /// What they are about.
    pub what: String,
    /// One side and what it says.
    pub left: (String, i128),
    /// The other side.
    pub right: (String, i128),
}

impl Mismatch {
    fn difference(&self) -> String {
        let (left, right) = (&self.left, &self.right);
        let more = if left.1 > right.1 { "more" } else { "less" };
        format!("{} has {} {more}", left.0, left.1.abs_diff(right.1))
    }

    /// Refuses sides that differ.
    fn unless_equal(
        what: impl Into<String>,
        left: (&str, impl TryInto<i128>),
        right: (&str, impl TryInto<i128>),
    ) -> Result<(), StatementError> {
        let out_of_range = || StatementError::Range("an amount on chain");
        let left_amount = left.1.try_into().map_err(|_| out_of_range())?;
        let right_amount = right.1.try_into().map_err(|_| out_of_range())?;
        if left_amount == right_amount {
            return Ok(());
        }
        let (left, right) = ((left.0.to_owned(), left_amount), (right.0.to_owned(), right_amount));
        Err(Self { what: what.into(), left, right }.into())
    }
}

impl From<Mismatch> for StatementError {
    fn from(mismatch: Mismatch) -> Self {
        Self::Mismatch(Box::new(mismatch))
    }
}

impl StatementError {
    /// Whether the chain was read and found wrong, rather than not read.
    pub fn is_mismatch(&self) -> bool {
        matches!(self, Self::Mismatch(_))
    }
}

/// The statement of an account over epochs, by block time and settlement's clock.
///
/// # Errors
/// [`StatementError`]; a [`Mismatch`] says which two sides of the chain's books differ and by what.
pub async fn account(
    contracts: &Contracts,
    chain: &dyn ChainClient,
    account: &str,
    range: RangeInclusive<Epoch>,
) -> Result<Statement, StatementError> {
    let before = chain.status().await?;
    let records = Records::read(contracts).await?;
    let period = period::period(&records.clock, &before, &range)?;
    let balance = tip_balance(contracts, account).await?;
    let history = History::read(chain, &records, account).await?;
    let mut books = Books::default();
    let lines = matching::lines(&history, &records, &mut books, account)?;
    let balances = Balances::derive(balance, &lines, &period)?;
    let known = audit::open(contracts, chain, &records, &history, account).await?;
    if !(known || history.mentions || records.names(account)) {
        return Err(StatementError::Unknown { account: account.to_owned() });
    }
    audit::books(contracts, &books, account).await?;
    let stakes = stakes::read(contracts, &records, &history, account, &period).await?;
    let contributions = contributions::read(contracts, &records, &history, account).await?;
    let mut accruals = bookings::booked(&history, &books, account);
    accruals.extend(contributions.accruals);
    accruals.extend(stakes.accruals);
    accruals.retain(|accrual| period::covers(&period, accrual.place.epoch));
    accruals.sort_by_key(|accrual| (accrual.place.height, accrual.kind, accrual.model, accrual.position));
    let models = obligations::read(contracts, &records, &history, account, &period).await?;
    let outside = books.outside(account, Amount(contributions.claimable), Amount(stakes.dividends));
    let after = chain.status().await?;
    if after.height != before.height {
        return Err(StatementError::Moved { before: before.height, after: after.height });
    }
    let lines: Vec<Line> = balances.lines;
    Ok(Statement {
        account: account.to_owned(),
        chain_id: before.chain_id,
        period,
        opening: balances.opening,
        received: balances.received,
        paid: balances.paid,
        closing: balances.closing,
        totals: totals(&lines),
        lines,
        accruals,
        fees: bookings::fees(&history, &books, account, &period),
        losses: bookings::losses(&history, &books, account, &period),
        stakes: stakes.rows,
        outside,
        models,
    })
}

async fn tip_balance(contracts: &Contracts, account: &str) -> Result<u128, StatementError> {
    match contracts.open_balance(account).await {
        Err(ChainError::NotFound { reason, .. }) => {
            Err(StatementError::NotAnAddress { account: account.to_owned(), reason })
        }
        balance => Ok(balance?),
    }
}
