//! Why a message or query was refused, and what to do about it.

use cosmwasm_std::{OverflowError, StdError};
use cw_ownable::OwnershipError;
use cw_utils::PaymentError;
use protocol::{ProposalId, Seconds};
use thiserror::Error;

/// Every error of the contract. On an error nothing has changed.
#[derive(Debug, Error, PartialEq)]
#[allow(missing_docs, reason = "the message of each variant names its fields")]
pub enum ContractError {
    // The door
    /// Storage, addresses or serialisation.
    #[error("{0}")]
    Std(#[from] StdError),
    /// A time or height beyond its width.
    #[error("a time leaves its range: {0}")]
    Overflow(#[from] OverflowError),
    /// Not the proposer, or a wrong step of the transfer of this right.
    #[error("{0}: the timelock's proposer must send this")]
    Ownership(#[from] OwnershipError),
    /// Native coins are refused.
    #[error("{0}: send the message without coins")]
    Payment(#[from] PaymentError),
    /// A message for a peer, of which this contract has none.
    #[error("only a contract that is not known here may send this")]
    Unauthorized,

    // Instantiation and migration
    /// A delay out of bounds.
    #[error("a delay of {delay} s: use 1 s to 365 days")]
    Delay { delay: Seconds },
    /// A delay in blocks out of bounds.
    #[error("a delay of {blocks} blocks: use at most 86400")]
    Blocks { blocks: u64 },
    /// The address holds another contract.
    #[error("the address holds {stored}, not a timelock: migrate the right address")]
    OtherContract { stored: String },
    /// The stored version is newer, or no version at all.
    #[error("version {stored} is newer than this code, or unreadable: deploy newer code")]
    NewerVersion { stored: String },

    // Proposals
    /// Nothing to change, or too much.
    #[error("{count} changes in one proposal: name between 1 and 16")]
    ChangeCount { count: usize },
    /// A reason that is too long.
    #[error("the reason has {bytes} bytes: use at most 256")]
    ReasonLength { bytes: usize },
    /// No code.
    #[error("code id 0 names no code: store the code first and name its id")]
    CodeIdZero,
    /// A migration message that is too long.
    #[error("a migration message of {bytes} bytes: use at most 4096")]
    MessageLength { bytes: usize },
    /// A migration message that no contract could read.
    #[error("the migration message is not JSON: write {{}} for one without parameters")]
    MessageNotJson,
    /// No such proposal.
    #[error("proposal {proposal} does not exist: query the proposals for ids")]
    UnknownProposal { proposal: ProposalId },
    /// Executed or cancelled.
    #[error("proposal {proposal} was {done} already: propose the changes again")]
    ProposalClosed { proposal: ProposalId, done: &'static str },
    /// Its delay runs.
    #[error("proposal {proposal} can be executed at {executable_at} and from block {height} on: wait until then")]
    ProposalNotDue { proposal: ProposalId, executable_at: Seconds, height: u64 },
    /// Nobody executed it in time.
    #[error("proposal {proposal} expired at {expires_at}: propose the changes again")]
    ProposalExpired { proposal: ProposalId, expires_at: Seconds },
}
