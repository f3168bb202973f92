//! Everything this contract refuses, and what to do instead.
//!
//! A chain shows only the text of an error, never its source: errors of the crates below stand here word for word.

use cosmwasm_std::{StdError, Uint128};
use protocol::datanet::{MAX_DUPLICATE_PAIRS, MAX_ITEMS, MAX_MARKED, MAX_RECOGNISED, Status};
use protocol::{Bps, ContributionId, DatanetId, ModelId, Seconds};
use rules::bitmap::BitmapError;
use rules::duplicate::DuplicateError;
use rules::ledger::DEBT_ROUNDS;
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
    #[error("the {period} period of {given} s is outside 1 to {max} s")]
    Period { period: &'static str, given: Seconds, max: u64 },
    #[error("0 clean rounds would release bonds at once: ask for 1 to 255")]
    ZeroCleanRounds,
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
    #[error("the DataNet is private and the reveal says {bytes} bytes: withhold the size, and reveal bytes as 0")]
    PrivateSize { bytes: u64 },
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
    #[error("contribution {contribution} is the voter's own: leave the vote to the others")]
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
    #[error("earlier contribution {contribution} is {status:?}: only an accepted or withdrawn one has precedence")]
    EarlierNotAccepted { contribution: ContributionId, status: Status },
    #[error("later contribution {contribution} is {status:?}: only a pending, accepted or withdrawn one can be a copy")]
    LaterNotSlashable { contribution: ContributionId, status: Status },
    #[error("the proof has {count} pairs: send at most {MAX_DUPLICATE_PAIRS} at once")]
    TooManyPairs { count: usize },
    #[error("item {position} of contribution {contribution} was proved a duplicate before: leave it out")]
    AlreadyCounted { contribution: ContributionId, position: u64 },
    #[error(transparent)]
    Duplicate(#[from] DuplicateError),

    // Payees and use.
    #[error("contribution {contribution} is {status:?}: payees are set while it is pending, accepted or withdrawn")]
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

    // Withdrawal and the release of bonds.
    #[error("contribution {contribution} is {status:?}: only an accepted or pending one can be withdrawn")]
    NotWithdrawable { contribution: ContributionId, status: Status },
    #[error(
        "contribution {contribution} is under review: it can be taken back once second {due} and block {due_height} have both come"
    )]
    ReviewRuns { contribution: ContributionId, due: u64, due_height: u64 },
    #[error(
        "contribution {contribution} is {status:?}: only the bond of an accepted or withdrawn one is held for debts"
    )]
    NothingAtStake { contribution: ContributionId, status: Status },
    #[error("nothing is left of the bond of contribution {contribution}")]
    NoBondLeft { contribution: ContributionId },
    #[error(
        "no recognised model uses contribution {contribution}: its contributor withdraws it, and its bond is released after the notice"
    )]
    NotWithdrawn { contribution: ContributionId },
    #[error(
        "the notice of the withdrawal of contribution {contribution} runs: wait until second {due} and block {due_height} have both come"
    )]
    ReleaseTooEarly { contribution: ContributionId, due: u64, due_height: u64 },
    #[error(
        "model {model}, which uses contribution {contribution}, is announced: wait until its recognition is confirmed or revoked"
    )]
    RecognitionPending { contribution: ContributionId, model: ModelId },
    #[error(
        "contribution {contribution} has an open debt case in model {model}: collect it first, once its appeal window is over"
    )]
    CaseOpen { contribution: ContributionId, model: ModelId },
    #[error(
        "contribution {contribution} owes {debt} uopen in model {model}: wait until the debt is collected or earned back"
    )]
    InDebt { contribution: ContributionId, model: ModelId, debt: u64 },
    #[error(
        "contribution {contribution} has {rounds} settled rounds in a row without proved debt in model {model}: wait for {needed}, or until its ledger is retired"
    )]
    TooFewCleanRounds { contribution: ContributionId, model: ModelId, rounds: u8, needed: u8 },

    // Recognition.
    #[error("there is no model {model}: create it first ({reason})")]
    UnknownModel { model: ModelId, reason: String },
    #[error("DataNet {datanet} has announced or recognised model {model} already: revoke that first")]
    AlreadyListed { datanet: DatanetId, model: ModelId },
    #[error("DataNet {datanet} names {MAX_RECOGNISED} models already: revoke one first")]
    TooManyRecognised { datanet: DatanetId },
    #[error("DataNet {datanet} has not announced model {model}: send ProposeRecognition first")]
    NotAnnounced { datanet: DatanetId, model: ModelId },
    #[error("DataNet {datanet} recognises model {model} already")]
    AlreadyRecognised { datanet: DatanetId, model: ModelId },
    #[error(
        "the notice of model {model} in DataNet {datanet} runs: wait until second {due} and block {due_height} have both come"
    )]
    NoticeRuns { datanet: DatanetId, model: ModelId, due: u64, due_height: u64 },

    // Proved debt.
    #[error("DataNet {datanet} does not recognise model {model}: only recognised models collect debts from its bonds")]
    NotRecognised { datanet: DatanetId, model: ModelId },
    #[error("model {model} does not use contribution {contribution}")]
    NotUsed { contribution: ContributionId, model: ModelId },
    #[error(
        "contribution {contribution} has proved debt of {debt} uopen in model {model} after {rounds} settled rounds in a row with it: claim it after {DEBT_ROUNDS}"
    )]
    NoProvedDebt { contribution: ContributionId, model: ModelId, debt: u64, rounds: u8 },
    #[error(
        "the debt of contribution {contribution} in model {model} was appealed: this model claims no debt of it again"
    )]
    Barred { contribution: ContributionId, model: ModelId },
    #[error("contribution {contribution} has no open debt case in model {model}: send ClaimDebt first")]
    NoOpenCase { contribution: ContributionId, model: ModelId },
    #[error("{sender} is no curator of DataNet {datanet}")]
    NotCurator { datanet: DatanetId, sender: String },
    #[error("{sender} has appealed in this case already")]
    AlreadyAppealed { contribution: ContributionId, model: ModelId, sender: String },
    #[error(
        "the appeal window of contribution {contribution} in model {model} ended at second {due}: the debt can be collected"
    )]
    AppealOver { contribution: ContributionId, model: ModelId, due: u64 },
    #[error(
        "the debt of contribution {contribution} in model {model} can still be appealed: wait until second {due} and block {due_height} have both come"
    )]
    AppealOpen { contribution: ContributionId, model: ModelId, due: u64, due_height: u64 },

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
