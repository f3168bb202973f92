//! Why a message or query was refused, and what to do about it.

use cosmwasm_std::{Addr, OverflowError, StdError, Uint64, Uint128};
use cw_ownable::OwnershipError;
use cw_utils::{ParseReplyError, PaymentError};
use protocol::{Bps, ContributionId, DatanetId, Hash32, MethodId, ModelId};
use rules::bitmap::BitmapError;
use rules::split::SplitError;
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
    /// Governance only, or a wrong step of its transfer.
    #[error("{0}: governance of this contract must send this")]
    Ownership(#[from] OwnershipError),
    /// Native coins are refused.
    #[error("{0}: send the message without coins")]
    Payment(#[from] PaymentError),
    /// The sender is not the contract that this message is for.
    #[error("only {allowed} may send this")]
    Unauthorized { allowed: &'static str },

    // Deployment
    /// `Wire` came twice.
    #[error("already wired to the attribution contract {attribution}: this cannot be changed")]
    AlreadyWired { attribution: Addr },
    /// `Wire` has not come yet.
    #[error("not wired yet: governance must send wire with attribution and settlement first")]
    NotWired,
    /// The stored state belongs to another contract.
    #[error("the stored state is of {stored:?}: migrate only from an older version of this contract")]
    OtherContract { stored: String },
    /// The stored state is of a newer or unreadable version.
    #[error("the stored state is of version {stored}: migrate to that version or a newer one")]
    NewerVersion { stored: String },

    // Records
    /// No such model.
    #[error("model {model} does not exist: ask for models to see which do")]
    UnknownModel { model: ModelId },
    /// No such version.
    #[error("model {model} has no version {number}: versions count from 1")]
    UnknownVersion { model: ModelId, number: u32 },
    /// No such price sheet.
    #[error("model {model} has no price sheet {version}: sheets count from 1")]
    UnknownPriceSheet { model: ModelId, version: u32 },
    /// No such position.
    #[error("model {model} has no position {position}: positions count from 0")]
    UnknownPosition { model: ModelId, position: u32 },
    /// A query for too many positions.
    #[error("{count} positions asked for: ask for at most 100 at once")]
    TooManyPositions { count: usize },
    /// Not the model's owner.
    #[error("only the owner of model {model} may do this: send it from {owner}")]
    NotModelOwner { model: ModelId, owner: Addr },
    /// Not the account that the model was offered to.
    #[error("model {model} was not offered to this account: its owner must offer it first")]
    NotOffered { model: ModelId },

    #[error("there is no DataNet {datanet}: create it first")]
    UnknownDatanet { datanet: DatanetId },

    // Creation and prices
    /// A text that is empty or too long.
    #[error("{field} has {length} characters: use 1 to 64")]
    NameLength { field: &'static str, length: usize },
    /// A URI that is too long.
    #[error("the uri has {length} characters: use at most 512")]
    UriLength { length: usize },
    /// No price, or too many.
    #[error("{count} prices: name between 1 and 32")]
    PriceCount { count: usize },
    /// Two prices of one name.
    #[error("the price {name:?} stands twice: give each price its own name")]
    DuplicatePrice { name: String },
    /// A price of nothing.
    #[error("the price {name:?} is 0: charge at least 1 uopen per call")]
    ZeroPrice { name: String },
    /// No curator, or too many.
    #[error("{count} curators: name between 1 and 16")]
    CuratorCount { count: usize },
    /// A curator named twice.
    #[error("the curator {curator} is named twice: name each account once")]
    DuplicateCurator { curator: Addr },
    /// The method is not registered.
    #[error("method {method} is not registered at the attribution contract: name one that is")]
    UnknownMethod { method: MethodId },

    // Terms
    /// Shares do not add up to 100 %.
    #[error("terms: {0}")]
    Shares(#[from] SplitError),
    /// Contributors get nothing.
    #[error("terms: the influence share is 0: give contributors at least 1 bps")]
    NoInfluenceShare,
    /// A parents share without parents.
    #[error("terms: a parents share of {share} bps without parents: set it to 0")]
    ParentsShareWithoutParents { share: Bps },
    /// Parents without a share.
    #[error("terms: the parents share is 0: give the parents at least 1 bps")]
    NoParentsShare,
    /// The release rate.
    #[error("terms: a release rate of {bps} bps: use 1 to 10000")]
    ReleaseRate { bps: u16 },
    /// The cap.
    #[error("terms: a cap of {cap} uopen: use 1 to 10^18")]
    Cap { cap: Uint128 },
    /// A change against the contributors or holders.
    #[error("terms: {what} would fall from {latest} to {asked}: leave it or raise it")]
    TermsWorse { what: &'static str, latest: Uint128, asked: Uint128 },
    /// A change of royalties.
    #[error("terms: the parents share is {latest} bps for good: leave it")]
    ParentsShareFixed { latest: Bps },
    /// A change of nothing.
    #[error("terms: these were set last: raise influence, stake, release rate or cap")]
    TermsUnchanged,

    // Lineage
    /// Too few or too many parents for the kind.
    #[error("{count} parents: a model of this kind names {least} to {most}")]
    ParentCount { count: usize, least: usize, most: usize },
    /// A parent named twice.
    #[error("the parent {parent} is named twice: name each model once")]
    DuplicateParent { parent: ModelId },
    /// A parent with no share.
    #[error("the parent {parent} has no share: give it at least 1 bps")]
    ZeroParentShare { parent: ModelId },
    /// Parents' shares do not add up.
    #[error("parents: {0}")]
    ParentShares(#[source] SplitError),
    /// Too long a line of ancestors.
    #[error("the model would have depth {depth}: at most 8 is possible, name parents nearer to a base model")]
    TooDeep { depth: u8 },

    // Stake
    /// The stake's parts do not add up.
    #[error("stake: {0}")]
    StakeShares(#[source] SplitError),
    /// A reply to nothing that was asked.
    #[error("no model waits for the reply {id}: only the creation of a stake is replied to")]
    UnexpectedReply { id: u64 },
    /// The stake was not created.
    #[error("the stake could not be created: {reason}")]
    StakeNotCreated { reason: String },
    /// The reply names no address.
    #[error("the reply to the creation of a stake: {0}")]
    StakeReply(#[from] ParseReplyError),
    /// The stake is being created.
    #[error("model {model} has no stake yet: ask again after the transaction that creates it")]
    NoStake { model: ModelId },

    // Used contributions
    /// None, or too many at once.
    #[error("{count} contributions: append between 1 and 100 at once")]
    ContributionCount { count: usize },
    /// The model has no room.
    #[error("the model would use {positions} contributions: at most 16384 are possible")]
    TooManyContributions { positions: u64 },
    /// Already listed, or twice in one message.
    #[error("contribution {contribution} already has position {position}: append each only once")]
    AlreadyUsed { contribution: ContributionId, position: u32 },

    // Withdrawals
    /// None, or too many at once.
    #[error("{count} contributions: note between 1 and 100 at once")]
    NotedCount { count: usize },
    /// Noted before, or twice in one message.
    #[error("contribution {contribution} was noted already: note each only once")]
    AlreadyNoted { contribution: ContributionId },
    /// Neither withdrawn nor slashed.
    #[error("contribution {contribution} is neither withdrawn nor slashed: versions may be trained on it")]
    NotWithdrawn { contribution: ContributionId },

    // Versions
    /// The used list is empty.
    #[error("the model uses no contributions yet: append them before registering a version")]
    NoContributions,
    /// The manifest was made for another used list.
    #[error("the manifest counts {given} positions but the model has {current}: make it again")]
    WrongPositions { given: u32, current: u32 },
    /// The bitmap does not fit the positions.
    #[error("left_out: {0}")]
    LeftOut(#[from] BitmapError),
    /// Nothing was trained on.
    #[error("left_out leaves out every position: a version must use at least one contribution")]
    EverythingLeftOut,
    /// A withdrawn contribution was trained on.
    #[error("position {position} was withdrawn or slashed: train without it and set its bit in left_out")]
    WithdrawnNotLeftOut { position: u32 },
    /// Too many claims.
    #[error("{count} work claims: name at most 64")]
    WorkClaimCount { count: usize },
    /// A claim for nothing.
    #[error("the work claim of {account} has no share: give it at least 1 bps")]
    ZeroWorkShare { account: Addr },
    /// Claims for more than there is.
    #[error("the work claims add up to {sum_bps} bps: they may add up to at most 10000")]
    WorkShares { sum_bps: u64 },
    /// Two claims of one account for one kind.
    #[error("{account} claims one kind of work twice: add the shares up in one claim")]
    DuplicateWorkClaim { account: Addr },
    /// A claim of the stake contract.
    #[error("the stake contract {account} claims work: units sent to it would be lost, name who did the work")]
    WorkOfStake { account: Addr },
    /// No snapshot, or too many.
    #[error("{count} DataNet snapshots: name between 1 and 16")]
    SnapshotCount { count: usize },
    /// Two snapshots of one DataNet.
    #[error("DataNet {datanet} stands twice: name one snapshot of each, the latest used")]
    DuplicateDatanet { datanet: DatanetId },
    /// No such snapshot.
    #[error("DataNet {datanet} has no snapshot {version}: name one that exists and is not empty")]
    UnknownSnapshot { datanet: DatanetId, version: Uint64 },
    /// The snapshot has another root.
    #[error("snapshot {version} of DataNet {datanet} has the root {actual}: train on that data")]
    WrongSnapshotRoot { datanet: DatanetId, version: Uint64, actual: Hash32 },

    // Validation
    /// No example, or too many.
    #[error("{count} validation examples: propose between 1 and 1000000 at once")]
    ExampleCount { count: Uint64 },
    /// The examples stand in the pool already.
    #[error("the examples under {root} are in the pool already: each is used once, propose fresh ones")]
    ExamplesReused { root: Hash32 },
    /// Nothing to approve.
    #[error("no validation examples are proposed: the model's owner must propose some first")]
    NoProposal,
    /// The proposal is another one.
    #[error("the open proposal has the root {open}: check it and approve that root")]
    OtherProposal { open: Hash32 },
    /// The owner may not judge its own proposal.
    #[error("the model's owner cannot approve its own validation examples: let curators approve")]
    OwnerCannotApprove,
    /// Not a curator of the model.
    #[error("the sender is not a curator of the model: let one of its curators approve")]
    NotModelCurator,
    /// Not a curator of the DataNet.
    #[error("the sender is not a curator of DataNet {datanet}: let one of its curators approve")]
    NotDatanetCurator { datanet: DatanetId },
    /// The contribution does not show that the model uses the DataNet.
    #[error("the model does not use contribution {contribution}: name one that it uses")]
    ContributionNotUsed { contribution: ContributionId },
    /// This side has approved.
    #[error("{by} has approved on this side already: only the other side's approval is missing")]
    AlreadyApproved { by: Addr },
    /// One account on both sides.
    #[error("the sender has approved on the other side: the two approvals need two accounts")]
    SameApprover,
    /// A round that consumes nothing.
    #[error("a round must consume at least one validation example")]
    ZeroExamples,
    /// The pool does not hold enough.
    #[error("{asked} validation examples asked for, {available} unused: extend the pool first")]
    TooFewExamples { asked: Uint64, available: Uint64 },
}
