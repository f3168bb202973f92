//! Why a message or query was refused, and what to do about it.

use cosmwasm_std::{Addr, OverflowError, StdError, Uint128};
use cw_utils::PaymentError;
use protocol::stake::{MAX_CLAIMANTS, MAX_PAYMENTS, SUPPLY};
use thiserror::Error;

/// Every error of the contract. On an error nothing has changed.
#[derive(Debug, Error, PartialEq)]
#[allow(missing_docs, reason = "the message of each variant names its fields")]
pub enum ContractError {
    // The door
    /// Storage, addresses or serialisation.
    #[error("{0}")]
    Std(#[from] StdError),
    /// A number beyond its width.
    #[error("{0}")]
    Overflow(#[from] OverflowError),
    /// A refusal of cw20-base.
    #[error("{0}")]
    Cw20(#[from] cw20_base::ContractError),
    /// Native coins are refused.
    #[error("{0}: send the message without coins")]
    Payment(#[from] PaymentError),
    /// The sender is not the contract that this message is for.
    #[error("only {allowed} may send this")]
    Unauthorized { allowed: &'static str },

    // Deployment
    /// Units that are not the whole supply.
    #[error("the units sum to {sum}: make owner, contributors and work sum to {SUPPLY}")]
    UnitsSum { sum: Uint128 },
    /// The stored state belongs to another contract.
    #[error("the stored state is of {stored:?}: migrate only from an older version of this contract")]
    OtherContract { stored: String },
    /// The stored state is of a newer or unreadable version.
    #[error("the stored state is of version {stored}: migrate to that version or a newer one")]
    NewerVersion { stored: String },

    // Units
    /// Units for the contract that keeps them.
    #[error("units sent to the stake contract itself would be lost: name another recipient")]
    ToItself,
    /// Units of the contract that keeps the reserves.
    #[error("the stake contract's own units are its reserves: only pay_work and deliver take from them")]
    Reserved,
    /// A payment of nothing.
    #[error("the payment to {account} is 0 units: pay at least 1, or leave the account out")]
    ZeroPayment { account: Addr },
    /// Too many payments.
    #[error("{count} payments: send at most {MAX_PAYMENTS} at once")]
    TooManyPayments { count: usize },
    /// A reserve that is too small.
    #[error("the {reserve} reserve has {left} units left: {asked} cannot be paid from it")]
    ReserveTooSmall { reserve: &'static str, left: Uint128, asked: Uint128 },

    // Dividends
    /// A dividend of nothing.
    #[error("a dividend of 0 uopen: send at least 1")]
    ZeroDividend,
    /// Dividends beyond what 128 bits hold.
    #[error("dividends leave the range of 128 bits: no amount of OPEN that exists reaches it")]
    DividendRange,
    /// Too many accounts.
    #[error("{count} accounts: claim for at most {MAX_CLAIMANTS} at once")]
    TooManyAccounts { count: usize },
    /// An account named twice.
    #[error("the account {account} is named twice: name each account once")]
    DuplicateAccount { account: Addr },
    /// Nobody has anything to claim.
    #[error("none of the accounts has a whole uopen to claim: wait for the next dividend")]
    NothingToClaim,
}
