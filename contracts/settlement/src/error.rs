//! Why a message is refused, and what to do about it. A refused message changes nothing.

use cosmwasm_std::{OverflowError, StdError, Uint128};
use cw_ownable::OwnershipError;
use cw_utils::PaymentError;
use protocol::{ChannelId, ContributionId, Epoch, ModelId, RoundId, Seconds, SpendId};
use rules::bitmap::BitmapError;
use rules::ledger::LedgerError;
use rules::score::ScoreError;
use rules::split::SplitError;
use thiserror::Error;

/// Every way in which this contract refuses.
#[allow(missing_docs, reason = "the fields are the data of the text beside them")]
#[derive(Debug, PartialEq, Error)]
pub enum ContractError {
    /// Storage, encoding or an address.
    #[error(transparent)]
    Std(#[from] StdError),
    /// Native coins were attached.
    #[error("native coins are not taken, send OPEN through its cw20 contract: {0}")]
    Payment(#[from] PaymentError),
    /// Not governance, or a wrong step of its transfer.
    #[error("{0}: governance of the treasury must send this")]
    Ownership(#[from] OwnershipError),
    /// An amount beyond 128 bits, or a book that would go below zero.
    #[error("an amount leaves its range, nothing was moved: {0}")]
    Overflow(#[from] OverflowError),
    /// A bitmap of the wrong length.
    #[error("unresolved redemptions: {0}")]
    Bitmap(#[from] BitmapError),
    /// Score entries that cannot be read.
    #[error("score entries: {0}")]
    Score(#[from] ScoreError),
    /// A ledger entry that cannot be moved.
    #[error("ledger: {0}")]
    Ledger(#[from] LedgerError),
    /// Shares that do not add up.
    #[error("split: {0}")]
    Split(#[from] SplitError),

    // at the door
    /// The sender is not the peer that may send this.
    #[error("only {expected} may send this")]
    Unauthorized { expected: &'static str },
    /// A cw20 token that is not OPEN.
    #[error("{sender} is not the OPEN contract: send OPEN")]
    StrangeToken { sender: String },
    /// Nothing was sent.
    #[error("the amount is zero: send at least 1 uopen")]
    ZeroAmount,

    // instantiation and migration
    /// An epoch too short to have a redemption period.
    #[error("an epoch of {seconds} s is too short: use at least 2 s")]
    EpochLength { seconds: u64 },
    /// A share above the whole.
    #[error("{share} of {bps} bps exceeds the whole: use at most 10000")]
    ShareAboveWhole { share: &'static str, bps: u16 },
    /// No least redemption.
    #[error("the smallest redemption is zero: use at least 1 uopen")]
    MinRedemptionZero,
    /// A delay of spendings out of bounds.
    #[error("spendings after {seconds} s: use between 1 s and 365 days")]
    TreasuryDelay { seconds: u64 },
    /// A parameter in epochs under its least value.
    #[error("{parameter} of {epochs} epochs is too short: use at least {least}")]
    TooFewEpochs { parameter: &'static str, epochs: u64, least: u64 },
    /// The address holds another contract.
    #[error("the address holds {stored}, not settlement: migrate the right address")]
    WrongContract { stored: String },
    /// The stored version is newer, or no version at all.
    #[error("version {stored} is newer than this code, or unreadable: deploy newer code")]
    NewerVersion { stored: String },

    // time
    /// No epoch has begun.
    #[error("epochs begin at {genesis}: wait until then")]
    BeforeGenesis { genesis: Seconds },
    /// A time beyond 64 bits.
    #[error("epoch {epoch} lies beyond the clock: use an epoch that has begun")]
    BeyondClock { epoch: Epoch },

    // channels
    /// No such model.
    #[error("model {model} is not registered: query the model contract for ids")]
    UnknownModel { model: ModelId },
    /// No version to pay for.
    #[error("model {model} has no version to serve: wait until its owner registers one")]
    NotServable { model: ModelId },
    /// Not a compressed secp256k1 key.
    #[error("a voucher key has 33 bytes and begins with 02 or 03, this one has {bytes} bytes")]
    VoucherKey { bytes: usize },
    /// No such channel.
    #[error("channel {channel} does not exist: open one by sending OPEN")]
    UnknownChannel { channel: ChannelId },
    /// The channel's rest was paid back.
    #[error("channel {channel} is closed: open another one")]
    ChannelIsClosed { channel: ChannelId },
    /// The payer has given notice.
    #[error(
        "the payer of channel {channel} gave notice until {close_at}: open another channel, or finish the close then"
    )]
    NoticePending { channel: ChannelId, close_at: Seconds },
    /// The notice is over, so nothing more is redeemed.
    #[error("the notice of channel {channel} is over: its rest is the payer's")]
    NoticeOver { channel: ChannelId },
    /// The payer has not given notice.
    #[error("no notice was given for channel {channel}: the payer closes it first")]
    NoNotice { channel: ChannelId },
    /// The notice still runs.
    #[error("the notice of channel {channel} runs until {close_at} and block {height}: finish it then")]
    NoticeRunning { channel: ChannelId, close_at: Seconds, height: u64 },
    /// Neither payer nor gateway.
    #[error("only the payer or the gateway of channel {channel} may close it")]
    NotChannelParty { channel: ChannelId },

    // vouchers
    /// No voucher, or too many.
    #[error("{count} vouchers in one message: send between 1 and 64")]
    VoucherCount { count: usize },
    /// Two vouchers of one channel and epoch.
    #[error("channel {channel} has two vouchers for epoch {epoch}: send the last one only")]
    DuplicateVoucher { channel: ChannelId, epoch: Epoch },
    /// Not the channel's gateway.
    #[error("only the gateway of channel {channel} may redeem its vouchers")]
    NotGateway { channel: ChannelId },
    /// The signature does not fit.
    #[error(
        "the signature of the voucher of channel {channel} does not fit: it must be by the channel's voucher key over this channel, epoch, sum and head, for this chain id and this contract"
    )]
    InvalidSignature { channel: ChannelId },
    /// An epoch before that of the channel's last voucher.
    #[error(
        "channel {channel} has redeemed epoch {last} already: epochs of its vouchers never decrease, not even to {epoch}"
    )]
    VoucherEpochDecreased { channel: ChannelId, epoch: Epoch, last: Epoch },
    /// An epoch that has not begun.
    #[error("epoch {epoch} has not begun, it is epoch {current}: redeem it later")]
    FutureEpoch { epoch: Epoch, current: Epoch },
    /// A round has settled the epoch.
    #[error("epoch {epoch} of model {model} is settled: ask the payer for a voucher of this epoch")]
    EpochSettled { model: ModelId, epoch: Epoch },
    /// Too late.
    #[error("epoch {epoch} was redeemable until {until}: ask the payer for a voucher of this epoch")]
    RedemptionOver { epoch: Epoch, until: Seconds },
    /// A sum that is not above the last one.
    #[error("the voucher of channel {channel} sums to {cumulative}, and {redeemed} is redeemed: send a later one")]
    VoucherNotAboveLast { channel: ChannelId, cumulative: Uint128, redeemed: Uint128 },
    /// A sum above the deposit.
    #[error("the voucher of channel {channel} sums to {cumulative}, above the deposit of {deposit}: have it topped up")]
    OverDeposit { channel: ChannelId, cumulative: Uint128, deposit: Uint128 },
    /// Too little to book.
    #[error("channel {channel} would redeem {amount} uopen, under the minimum of {minimum}: collect more first")]
    BelowMinimum { channel: ChannelId, amount: Uint128, minimum: Uint128 },
    /// The epoch's book is full.
    #[error("epoch {epoch} of model {model} holds 4096 redemptions, the most: redeem in the next epoch")]
    EpochFull { model: ModelId, epoch: Epoch },

    // advance
    /// Another round's chunks are not all in.
    #[error("round {round} of model {model} is still being advanced: send its chunks first")]
    AdvanceInProgress { model: ModelId, round: RoundId },
    /// A chunk before its beginning.
    #[error("round {round} of model {model} is not being advanced: send its first chunk with `begin`")]
    AdvanceNotBegun { model: ModelId, round: RoundId },
    /// The round is settled.
    #[error("round {round} of model {model} is settled: it cannot be advanced twice")]
    RoundAlreadySettled { model: ModelId, round: RoundId },
    /// A range that could not be opened.
    #[error("epochs {first} to {last} of model {model} are not the next range to settle: query Openable")]
    RangeMismatch { model: ModelId, first: Epoch, last: Epoch },
    /// No positions, too many, or fewer than before.
    #[error("{positions} positions: a round has between {least} and 16384")]
    Positions { positions: u32, least: u32 },
    /// More rewards than operators.
    #[error("{rewards} rewards for {operators} operators: at most one each, of at most 64")]
    RewardCount { rewards: usize, operators: u32 },
    /// An operator named twice.
    #[error("operator {operator} is rewarded twice: name it once")]
    DuplicateOperator { operator: String },
    /// A chunk that does not follow.
    #[error("the chunk begins at position {first_position}, and {expected} is next: send chunks in order")]
    ChunkOrder { first_position: u32, expected: u32 },
    /// A chunk that is empty, uneven or too long.
    #[error(
        "a chunk of {entries} entries from position {first_position} of {positions}: send a multiple of 64, or exactly the rest"
    )]
    ChunkLength { first_position: u32, entries: usize, positions: u32 },
    /// A pool beyond OPEN's supply.
    #[error("a pool of {pool} uopen exceeds the supply of 10^18: settle fewer epochs")]
    PoolTooLarge { pool: Uint128 },
    /// The ledger would owe more than it took in.
    #[error(
        "round {round} of model {model} would owe {excess} uopen more than its pool: D is smaller than the sum of positive scores"
    )]
    SolvencyViolated { model: ModelId, round: RoundId, excess: Uint128 },
    /// A valuation of another epoch than the one that it opened in.
    #[error(
        "a valuation of model {model} over epochs {first} to {last}: it is about the one epoch that it opened in, from {not_before} on"
    )]
    ValuationEpoch { model: ModelId, first: Epoch, last: Epoch, not_before: Epoch },
    /// More royalties than have come in.
    #[error("a valuation of {royalties} uopen, but {waiting} of royalties wait in model {model}: query Valuation")]
    RoyaltiesUnavailable { model: ModelId, royalties: Uint128, waiting: Uint128 },
    /// More stake than the reserve holds.
    #[error("a tranche of {tranche} units, but {left} are left in the reserve of model {model}: query Valuation")]
    TrancheTooLarge { model: ModelId, tranche: Uint128, left: Uint128 },
    /// The positions' shares would exceed the tranche.
    #[error(
        "round {round} of model {model} would give {excess} units more than its tranche: D is smaller than the sum of positive scores"
    )]
    TrancheExceeded { model: ModelId, round: RoundId, excess: Uint128 },

    // claims
    /// No position, or too many.
    #[error(
        "{count} positions in one message, or a model without any: name between 1 and 100, at least one for each model"
    )]
    ClaimCount { count: usize },
    /// A position named twice.
    #[error("position {position} of model {model} is named twice: name it once")]
    DuplicatePosition { model: ModelId, position: u32 },
    /// A position that the model does not have.
    #[error("model {model} does not have all positions of {positions:?}: query the model contract")]
    UnknownPosition { model: ModelId, positions: Vec<u32> },
    /// Payees have not arrived.
    #[error("payees of contribution {contribution} are not known here: have datanet push them")]
    NotSynced { contribution: ContributionId },
    /// A slashed contribution is not paid.
    #[error("contribution {contribution} was slashed: leave it out, what it is owed goes to the treasury")]
    ContributionSlashed { contribution: ContributionId },
    /// Only slashed contributions are swept.
    #[error("contribution {contribution} was not slashed: claim for it instead")]
    NotSlashed { contribution: ContributionId },
    /// Nothing to pay.
    #[error("nothing is payable at these positions: wait for the next settled round")]
    NothingPayable,
    /// More updates than a message may hold.
    #[error("{count} contributions in one message: send at most 100")]
    TooManyUpdates { count: usize },
    /// A contribution named twice.
    #[error("contribution {contribution} is updated twice: name it once")]
    DuplicateContribution { contribution: ContributionId },
    /// An empty balance.
    #[error("{account} has no balance to withdraw: wait for the next settled round")]
    NothingToWithdraw { account: String },

    // the treasury
    /// Nothing to spend.
    #[error("a spending of nothing: propose at least 1 uopen")]
    SpendZero,
    /// A reason too long to store.
    #[error("a reason of {bytes} bytes: use at most 256")]
    ReasonLength { bytes: usize },
    /// A payment that would leave no book and reach nobody.
    #[error("settlement cannot pay itself: name another account")]
    SpendToItself,
    /// No such spending.
    #[error("spending {spend} was never proposed: query Spends for ids")]
    UnknownSpend { spend: SpendId },
    /// It is paid or taken back.
    #[error("spending {spend} was {done} already: propose another one")]
    SpendClosed { spend: SpendId, done: &'static str },
    /// Its delay still runs.
    #[error("spending {spend} can be executed from {executable_at} and block {height} on: wait until both have come")]
    SpendNotDue { spend: SpendId, executable_at: Seconds, height: u64 },
    /// More than there is.
    #[error("spending {spend} is of {amount} uopen, and the treasury holds {treasury}: wait until it holds enough")]
    TreasuryTooSmall { spend: SpendId, amount: Uint128, treasury: Uint128 },

    // royalties, stopped models, ranges that nobody settles
    /// A model that owes nobody.
    #[error("model {model} has no parents: it owes no royalties")]
    NoParents { model: ModelId },
    /// Too little to move.
    #[error("model {model} owes its parents {owed} uopen: wait until it is at least 1000")]
    FlowTooSmall { model: ModelId, owed: Uint128 },
    /// No chunk asked for.
    #[error("a limit of no chunks: retire at least 1 of them")]
    RetireLimit,
    /// Fees that wait for a round.
    #[error("epoch {epoch} of model {model} is not settled: settle it by a round, or have it lapse")]
    StillUnsettled { model: ModelId, epoch: Epoch },
    /// Too early to retire.
    #[error("model {model} earned in epoch {last}: retire its ledger from epoch {from} on")]
    NotStopped { model: ModelId, last: Epoch, from: Epoch },
    /// Retired already, or never moved.
    #[error("no round has moved the ledger of model {model} since it was retired, if ever: nothing is held back")]
    NothingToRetire { model: ModelId },
    /// Nothing unsettled.
    #[error("model {model} has no unsettled epochs: nothing can lapse")]
    NothingToLapse { model: ModelId },
    /// Too early to lapse.
    #[error("epoch {epoch} of model {model} can lapse from epoch {from} on: until then a round can settle it")]
    NotOverdue { model: ModelId, epoch: Epoch, from: Epoch },
    /// Vouchers may still come in.
    #[error("epoch {epoch} of model {model} is redeemable until {until}, and blocks must pass: have it lapse then")]
    StillRedeemable { model: ModelId, epoch: Epoch, until: Seconds },
    /// A round may still settle the range.
    #[error("round {round} of model {model} is open: wait until it closes")]
    RoundOpen { model: ModelId, round: RoundId },

    // queries
    /// More scores than a model can have.
    #[error("{count} scores asked for: ask for at most 16384")]
    ScoreCount { count: u32 },
}
