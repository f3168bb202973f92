//! Everything this contract refuses, and what to do instead.
//!
//! A chain shows only the text of an error, never its source: errors of the crates below stand here word for word.

use cosmwasm_std::{StdError, Uint128};
use protocol::datanet::{MAX_DUPLICATE_PAIRS, MAX_ITEMS, MAX_MARKED, Status};
use protocol::{Bps, ContributionId, DatanetId, Seconds};
use rules::bitmap::BitmapError;
use rules::duplicate::DuplicateError;
use rules::split::SplitError;
use rules::tree::TreeError;
use thiserror::Error;

/// Why a message was refused. Nothing has changed then.
#[allow(missing_docs, reason = "the fields are the numbers and names of the message")]
#[derive(Debug, PartialEq, Error)]
pub enum ContractError {
    // The door.
    #[error("this contract takes no native coins: send the message without funds")]
    NativeCoins,
    #[error("{sender} is not {needed}: let that account send this message")]
    Unauthorized { sender: String, needed: &'static str },
    #[error("{sender} is not the OPEN token: send OPEN to this contract with a cw20 Send of OPEN")]
    StrangeToken { sender: String },
    #[error(transparent)]
    Ownership(#[from] cw_ownable::OwnershipError),
    #[error("the contracts model and settlement are not named yet: governance sends Wire first")]
    NotWired,
    #[error("model and settlement are named already: they cannot change")]
    AlreadyWired,
    #[error("no OPEN was sent: send exactly the DataNet's bond")]
    ZeroAmount,
    #[error("the Send carries no message for this contract: put a datanet ReceiveMsg into it ({reason})")]
    UnknownHook { reason: String },
    #[error("cannot migrate: {reason}")]
    Migration { reason: String },

    // What a message says.
    #[error("the reveal period of {given} s is outside 1 to {max} s")]
    RevealPeriod { given: Seconds, max: u64 },
    #[error("{field} has {length} characters: use {min} to {max}")]
    TextLength { field: &'static str, length: usize, min: usize, max: usize },
    #[error("{account} is no address of this chain: write it as the chain does, in lower case")]
    InvalidAddress { account: String },
    #[error("{list} names {count} accounts: name {min} to {max}")]
    AccountCount { list: &'static str, count: usize, min: usize, max: usize },
    #[error("{list} names {account} twice: name each account once")]
    RepeatedAccount { list: &'static str, account: String },
    #[error("a threshold of {threshold} cannot be met by {reviewers} reviewers: use 1 to {reviewers}")]
    Threshold { threshold: u32, reviewers: usize },
    #[error("a bond of 0 protects nothing: ask for at least 1 uopen")]
    ZeroBond,
    #[error("a limit of 0 commits a day admits nobody: allow at least 1")]
    ZeroCommitsPerDay,
    #[error("a share of {share} basis points is above the whole of 10000")]
    ShareAboveWhole { share: Bps },
    #[error("{items} items: a contribution has 1 to {MAX_ITEMS}")]
    ItemCount { items: u64 },
    #[error("payee {account} has a share of 0: leave it out")]
    ZeroShare { account: String },
    #[error(transparent)]
    Shares(#[from] SplitError),

    // DataNets.
    #[error("there is no DataNet {datanet}")]
    UnknownDatanet { datanet: DatanetId },
    #[error("DataNet {datanet} has no version {version}: it has {latest}")]
    UnknownSnapshot { datanet: DatanetId, version: u64, latest: u64 },
    #[error("{sender} does not own DataNet {datanet}: let its owner send this message")]
    NotDatanetOwner { datanet: DatanetId, sender: String },
    #[error("DataNet {datanet} is not offered to {sender}: ask its owner for an OfferDatanet")]
    NotOffered { datanet: DatanetId, sender: String },

    // Commit and reveal.
    #[error("the bond of DataNet {datanet} is {bond} uopen, not {sent}: send exactly the bond")]
    WrongBond { datanet: DatanetId, bond: Uint128, sent: Uint128 },
    #[error("{contributor} is not on the list of DataNet {datanet}: only listed accounts contribute there")]
    NotListed { datanet: DatanetId, contributor: String },
    #[error(
        "DataNet {datanet} needs {threshold} reviewers and without the contributor has {eligible}: contribute from an account that is no reviewer"
    )]
    TooFewReviewers { datanet: DatanetId, threshold: u32, eligible: u32 },
    #[error("DataNet {datanet} takes {limit} commits a day from one account: commit again from second {next_day} on")]
    DailyLimit { datanet: DatanetId, limit: u32, next_day: u64 },
    #[error("there is no contribution {contribution}")]
    UnknownContribution { contribution: ContributionId },
    #[error("contribution {contribution} is {status:?}: only a committed one can be revealed or forfeited")]
    NotCommitted { contribution: ContributionId, status: Status },
    #[error("{sender} did not commit contribution {contribution}: let its contributor send this message")]
    NotContributor { contribution: ContributionId, sender: String },
    #[error("the reveal of contribution {contribution} was due before second {due}: its bond is forfeit")]
    RevealOverdue { contribution: ContributionId, due: u64 },
    #[error(
        "contribution {contribution} can still be revealed: wait until second {due} and block {due_height} have both come"
    )]
    NotOverdue { contribution: ContributionId, due: u64, due_height: u64 },
    #[error("items root and salt do not give the commitment of contribution {contribution}: reveal what was committed")]
    WrongCommitment { contribution: ContributionId },

    // Review.
    #[error("contribution {contribution} is {status:?}: only a pending one is under review")]
    NotPending { contribution: ContributionId, status: Status },
    #[error("{sender} is no reviewer of DataNet {datanet}")]
    NotReviewer { datanet: DatanetId, sender: String },
    #[error("contribution {contribution} is the reviewer's own: leave the vote to the others")]
    OwnContribution { contribution: ContributionId },
    #[error("{reviewer} has voted on contribution {contribution} already: a vote stands")]
    AlreadyVoted { contribution: ContributionId, reviewer: String },

    // Duplicates.
    #[error("contribution {later} was not committed after {earlier}: exchange them, and name two different ones")]
    NotLater { earlier: ContributionId, later: ContributionId },
    #[error("contributions {earlier} and {later} are of different DataNets: duplicates count within one")]
    DifferentDatanets { earlier: ContributionId, later: ContributionId },
    #[error("contributions {earlier} and {later} are of one contributor: who repeats himself copies nobody")]
    SameContributor { earlier: ContributionId, later: ContributionId },
    #[error("earlier contribution {contribution} is {status:?}: only an accepted one has precedence")]
    EarlierNotAccepted { contribution: ContributionId, status: Status },
    #[error("later contribution {contribution} is {status:?}: only a pending or accepted one can lose its bond")]
    LaterNotSlashable { contribution: ContributionId, status: Status },
    #[error("the proof has {count} pairs: send at most {MAX_DUPLICATE_PAIRS} at once")]
    TooManyPairs { count: usize },
    #[error("item {position} of contribution {contribution} was proved a duplicate before: leave it out")]
    AlreadyCounted { contribution: ContributionId, position: u64 },
    #[error(transparent)]
    Duplicate(#[from] DuplicateError),

    // Payees and use.
    #[error("contribution {contribution} is {status:?}: payees are set while it is pending or accepted")]
    PayeesClosed { contribution: ContributionId, status: Status },
    #[error("no contribution is named: name 1 to {MAX_MARKED}")]
    NothingToMark,
    #[error("{count} contributions are named: name at most {MAX_MARKED} at once")]
    TooManyMarked { count: usize },
    #[error("contribution {contribution} is named twice: name each once")]
    RepeatedContribution { contribution: ContributionId },
    #[error("contribution {contribution} is {status:?}: a model uses accepted ones only")]
    NotAccepted { contribution: ContributionId, status: Status },
    #[error("DataNet {datanet} asks for an influence share of at least {min}, not {offered} basis points")]
    InfluenceTooLow { datanet: DatanetId, min: Bps, offered: Bps },

    // What cannot happen unless state is damaged.
    #[error("{quantity} leaves its range: report this")]
    Overflow { quantity: &'static str },
    #[error(transparent)]
    Bitmap(#[from] BitmapError),
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error(transparent)]
    Std(#[from] StdError),
}
