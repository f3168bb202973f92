//! Everything that can go wrong, and what to do then.

use cosmwasm_std::{Addr, StdError, Uint64, Uint128};
use cw_ownable::OwnershipError;
use cw_utils::PaymentError;
use protocol::attribution::{MAX_OPERATORS, MIN_OPERATORS, Phase};
use protocol::{Epoch, MethodId, ModelId, RoundId, Seconds};
use rules::bitmap::BitmapError;
use rules::score::ScoreError;

/// Why a message or a query is refused.
#[derive(Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what each variant and its fields mean")]
pub enum ContractError {
    #[error(transparent)]
    Std(#[from] StdError),
    #[error(transparent)]
    Ownership(#[from] OwnershipError),
    #[error("this contract takes no native coins ({0}): send the message without them")]
    Payment(#[from] PaymentError),
    #[error("the report is refused: {0}")]
    Score(#[from] ScoreError),
    #[error("the report's unresolved redemptions are refused: {0}")]
    Unresolved(#[from] BitmapError),

    #[error("{sender} may not send this message: this contract takes it from no one")]
    Unauthorized { sender: Addr },
    #[error("settlement is named already, as {settlement}: it cannot be replaced")]
    AlreadyWired { settlement: Addr },
    #[error("settlement is not named yet: governance sends Wire first")]
    NotWired,
    #[error("{token} is not OPEN: bonds are paid through {open_token}")]
    StrangeToken { token: Addr, open_token: Addr },
    #[error("the amount is zero: send what the bond lacks")]
    ZeroAmount,
    #[error("the stored contract is {stored}: migrate it with that contract's code")]
    WrongContract { stored: String },
    #[error("version {stored} is stored and this code is older: migrate to {stored} or newer")]
    NewerVersion { stored: String },

    #[error("a delay of {delay} s for operators: choose 1 s to {most} s")]
    Delay { delay: Seconds, most: Seconds },

    #[error("a method's name has {length} bytes: give it 1 to 64")]
    MethodName { length: usize },
    #[error("a window of {period} s: choose 1 s to {most} s")]
    MethodPeriod { period: Seconds, most: Seconds },
    #[error("a penalty of {penalty} uopen for missed rounds: choose 1 uopen to the bond of {bond}")]
    MethodPenalty { penalty: Uint128, bond: Uint128 },
    #[error("the bond is zero: without one silence costs nothing, set at least 1 uopen")]
    MethodBond,
    #[error("the smallest pool is zero: set at least 1 uopen")]
    MethodMinPool,
    #[error("no validation examples per round: utility needs at least 1")]
    MethodValidation,
    #[error("a standard error needs at least 2 effective queries, not {queries}: raise the bound")]
    MethodEffectiveQueries { queries: u32 },
    #[error("method {method} is not registered: governance registers it first")]
    UnknownMethod { method: MethodId },

    #[error("{operator} is admitted to method {method} already: nothing to do")]
    AlreadyAdmitted { method: MethodId, operator: Addr },
    #[error(
        "method {method} has {MAX_OPERATORS} operators, and none has left and withdrawn: register a new method for more"
    )]
    TooManyOperators { method: MethodId },
    #[error("{operator} is not admitted to method {method}: governance admits it first")]
    UnknownOperator { method: MethodId, operator: Addr },
    #[error("{operator} leaves method {method} or has left it: governance admits it again first, once it has left")]
    OperatorLeaving { method: MethodId, operator: Addr },
    #[error("{operator} leaves at {until} s: admit it again from then on")]
    NotLeftYet { operator: Addr, until: Seconds },
    #[error("{operator} is an operator of method {method}: send Unbond first, and withdraw once the bond is free")]
    NotLeaving { method: MethodId, operator: Addr },
    #[error("the bond unbonds until {until} s: withdraw it from then on")]
    Unbonding { until: Seconds },
    #[error("{open_sets} open rounds count on this bond: withdraw it once they are closed")]
    BondInUse { open_sets: u32 },
    #[error("{operator} holds no bond of method {method}: nothing to withdraw")]
    NoBond { method: MethodId, operator: Addr },
    #[error("{operator} holds the whole bond of method {method}: send nothing more")]
    AlreadyBonded { method: MethodId, operator: Addr },
    #[error("the bond lacks {due} uopen and {sent} came: send exactly what it lacks")]
    WrongBond { due: Uint128, sent: Uint128 },

    #[error("round {round} of model {model} is open: finish it before opening the next")]
    RoundStillOpen { model: ModelId, round: RoundId },
    #[error("no unsettled epoch of model {model} has fees: open once some are redeemed")]
    NoFees { model: ModelId },
    #[error("epoch {epoch} can still be redeemed: open after {until} s and the blocks of the window")]
    StillRedeemable { epoch: Epoch, until: Seconds },
    #[error("the pool holds {pool} uopen and the method asks for {minimum}: open once more fees are redeemed")]
    PoolBelowMinimum { pool: Uint128, minimum: Uint128 },
    #[error("the last round over these fees opened in epoch {epoch} and failed: open again from epoch {not_before} on")]
    ReopenedTooEarly { epoch: Epoch, not_before: Epoch },
    #[error("it is epoch {epoch} and the next valuation opens in epoch {not_before}: open then")]
    ValuationTooEarly { epoch: Epoch, not_before: Epoch },
    #[error(
        "model {model} has no new version, and {royalties} of {minimum} uopen of royalties: open once either came in"
    )]
    NothingNew { model: ModelId, royalties: Uint128, minimum: Uint128 },
    #[error("model {model} has neither royalties nor stake to give: open once some royalties came in")]
    NothingToGive { model: ModelId },
    #[error("model {model} uses no contributions: its owner appends them first")]
    NoPositions { model: ModelId },
    #[error("model {model} has no version: its owner registers one first")]
    NoVersions { model: ModelId },
    #[error(
        "{available} unused validation examples were approved in time and a round takes {needed}: ask the owner to extend the pool"
    )]
    ValidationExhausted { available: Uint64, needed: Uint64 },
    #[error("{bonded} operators of method {method} are bonded: a round needs {MIN_OPERATORS}")]
    TooFewOperators { method: MethodId, bonded: usize },

    #[error("model {model} has no open round: open one first")]
    NoOpenRound { model: ModelId },
    #[error("round {round} is not open, round {open} is: name that one")]
    WrongRound { round: RoundId, open: RoundId },
    #[error("model {model} has no round {round}: ask for one that was opened")]
    UnknownRound { model: ModelId, round: RoundId },
    #[error("{operator} is not in the set of this round: only those active and bonded when it opened take part")]
    NotInSet { operator: Addr },
    #[error("{operator} has committed already: reveal that report")]
    AlreadyCommitted { operator: Addr },
    #[error("{operator} did not commit in this round: only committed reports can be revealed")]
    NotCommitted { operator: Addr },
    #[error("{operator} has revealed already: nothing to do")]
    AlreadyRevealed { operator: Addr },
    #[error(
        "report and salt do not hash to the commitment: reveal exactly what was committed, from the account that committed it"
    )]
    CommitmentMismatch,
    #[error("the round is in phase {phase:?}: this message belongs to phase {expected:?}")]
    WrongPhase { phase: Phase, expected: Phase },
    #[error("the window is open until {until} s and for {blocks_left} more blocks: send this after both")]
    WindowOpen { until: Seconds, blocks_left: u64 },
    #[error("the window ended at {ended_at} s: too late for this round")]
    WindowEnded { ended_at: Seconds },
    #[error("a limit of zero positions does nothing: leave it out or give at least 1")]
    ZeroLimit,

    #[error("the stored vector of {operator} lacks position {position}: report this, it cannot happen")]
    VectorIncomplete { operator: Addr, position: u32 },
    #[error("a number grew beyond its type: report this, it cannot happen")]
    Overflow,
}
