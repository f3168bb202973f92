//! `attribution`: methods, operators and their bonds, rounds (open, commit, reveal, aggregate, advance), agreement.
//!
//! Phases of a round: `Commit` until its window has ended, then `Reveal` (begun by `EndCommits` or the first `Reveal`), then
//! `Aggregate` in chunks, then `Advance` in chunks, then closed. A window ends when both its time has come and `min_blocks`
//! blocks have passed since it began; every phase begins by a message, so no two phases overlap.

use cosmwasm_schema::{QueryResponses, cw_serde};
use cosmwasm_std::{Addr, Binary, Uint64, Uint128};
use cw20::Cw20ReceiveMsg;

use crate::{Bps, Epoch, Hash32, MethodId, ModelId, Page, Permission, RoundId, Seconds};

/// The most operators of a method.
pub const MAX_OPERATORS: usize = 64;
/// The fewest operators that can hold a round.
pub const MIN_OPERATORS: usize = 3;
/// Positions that one stored chunk of a vector holds.
pub const POSITIONS_PER_CHUNK: u32 = 4_096;
/// Positions that one `Aggregate` or `Advance` handles unless told otherwise.
pub const DEFAULT_POSITIONS_PER_MESSAGE: u32 = 2_048;
/// Failed rounds whose vectors are kept as references for agreement.
pub const KEPT_FAILED_ROUNDS: u32 = 3;

/// Sets the contract up; `Wire` completes it.
#[cw_serde]
pub struct InstantiateMsg {
    /// Governance.
    pub owner: String,
    /// The cw20 contract of OPEN.
    pub open_token: String,
    /// The `model` contract.
    pub model: String,
    /// Blocks that every window lasts at least.
    pub min_blocks: Uint64,
}

/// Migration takes no parameters; name and version are checked.
#[cw_serde]
pub struct MigrateMsg {}

/// How scores are measured, and what a round needs.
#[cw_serde]
pub struct MethodParams {
    /// 1 to 64 characters, as `ggn-mlp/v1`.
    pub name: String,
    /// Hash of the method's description and parameters.
    pub spec_hash: Hash32,
    /// Standard errors beyond which earnings are certain, in tenths.
    pub z_tenths: u8,
    /// The smallest effective number of paid queries; fewer give `TooFew`.
    pub min_effective_queries: u32,
    /// Fresh validation examples that each round consumes.
    pub validation_per_round: Uint64,
    /// The smallest influence pool of a round, in uopen.
    pub min_pool: Uint128,
    /// Bond of each operator, in uopen.
    pub bond: Uint128,
    /// Length of the commit window.
    pub commit_period: Seconds,
    /// Length of the reveal window.
    pub reveal_period: Seconds,
    /// Largest distance between honest vectors, in 10^-9 of the fees summed over positions.
    pub tolerance: Uint64,
}

/// A report as it is revealed.
#[cw_serde]
pub enum ReportMsg {
    /// Scores.
    Vector {
        /// One packed entry of 8 bytes per position (`rules::score::pack_entries`).
        entries: Binary,
        /// What the paid outputs owe to all data, in 10^-9 of the fees.
        reach: Uint64,
        /// One bit per redemption of the range (`rules::bitmap`): receipts missing or false.
        unresolved: Binary,
    },
    /// Too few paid queries or validation examples to tell.
    TooFew {},
}

/// Messages.
#[cw_serde]
pub enum ExecuteMsg {
    /// Names the contract deployed after this one; once.
    Wire {
        /// The `settlement` contract.
        settlement: String,
    },
    /// Two-step transfer of governance.
    UpdateOwnership(cw_ownable::Action),
    /// Registers a method.
    RegisterMethod(MethodParams),
    /// Admits an operator; it takes part once its bond is paid.
    AdmitOperator {
        /// The method.
        method: MethodId,
        /// The operator's account.
        operator: String,
    },
    /// Removes an operator from the next opening on.
    RemoveOperator {
        /// The method.
        method: MethodId,
        /// The operator's account.
        operator: String,
    },
    /// OPEN arrives with a [`ReceiveMsg`].
    Receive(Cw20ReceiveMsg),
    /// Opens a round over all unsettled epochs whose redemption period is over.
    Open {
        /// The model.
        model: ModelId,
    },
    /// Commits a report.
    Commit {
        /// The model.
        model: ModelId,
        /// The open round.
        round: RoundId,
        /// `rules::score::report_commitment`.
        commitment: Hash32,
    },
    /// Begins the reveal window once the commit window has ended.
    EndCommits {
        /// The model.
        model: ModelId,
        /// The open round.
        round: RoundId,
    },
    /// Reveals a committed report.
    Reveal {
        /// The model.
        model: ModelId,
        /// The open round.
        round: RoundId,
        /// The report.
        report: ReportMsg,
        /// The salt of the commitment.
        salt: Hash32,
    },
    /// First pass over the positions once the reveal window has ended: medians, D, distances. Closes the round without effect
    /// when too few revealed.
    Aggregate {
        /// The model.
        model: ModelId,
        /// The open round.
        round: RoundId,
        /// Positions to handle now.
        limit: Option<u32>,
    },
    /// Second pass: medians again, sent to `settlement`.
    Advance {
        /// The model.
        model: ModelId,
        /// The open round.
        round: RoundId,
        /// Positions to handle now; rounded up to a multiple of 64.
        limit: Option<u32>,
    },
}

impl ExecuteMsg {
    /// Who may send this message.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Wire { .. } | Self::RegisterMethod(_) | Self::AdmitOperator { .. } | Self::RemoveOperator { .. } => {
                Permission::Governance
            }
            Self::UpdateOwnership(_) => Permission::Party("governance, or the account that governance was offered to"),
            Self::Receive(_) => Permission::OpenToken,
            Self::Open { .. } | Self::EndCommits { .. } | Self::Aggregate { .. } | Self::Advance { .. } => {
                Permission::Anyone
            }
            Self::Commit { .. } => Permission::Party("an operator of the round's set"),
            Self::Reveal { .. } => Permission::Party("an operator who committed"),
        }
    }
}

/// What OPEN is sent for.
#[cw_serde]
pub enum ReceiveMsg {
    /// Pays an admitted operator's bond in whole.
    Bond {
        /// The method.
        method: MethodId,
    },
}

/// A method.
#[cw_serde]
pub struct Method {
    /// Its id.
    pub id: MethodId,
    /// As registered.
    pub params: MethodParams,
}

/// An operator of a method.
#[cw_serde]
pub struct Operator {
    /// Its account.
    pub account: Addr,
    /// The method.
    pub method: MethodId,
    /// Bond held, in uopen.
    pub bond: Uint128,
    /// Whether governance has removed it.
    pub removed: bool,
    /// Times it was slashed.
    pub slashed: u32,
}

/// Where a round stands.
#[cw_serde]
#[derive(Copy)]
pub enum Phase {
    /// Operators commit.
    Commit,
    /// Operators reveal.
    Reveal,
    /// The first pass has begun.
    Aggregate,
    /// The second pass may run.
    Advance,
    /// Over.
    Closed,
}

/// How a round ended.
#[cw_serde]
#[derive(Copy)]
pub enum Outcome {
    /// Its range is settled.
    Settled,
    /// Fewer than the quorum revealed: its range stays unsettled.
    NoQuorum,
    /// Most reports said `TooFew`: its range stays unsettled.
    TooFew,
    /// D = 0: nothing was measured, its range stays unsettled.
    NothingMeasured,
}

/// A scoring round.
#[cw_serde]
pub struct Round {
    /// The model.
    pub model: ModelId,
    /// Its id, per model.
    pub id: RoundId,
    /// How scores are measured.
    pub method: MethodId,
    /// First epoch covered.
    pub first_epoch: Epoch,
    /// Last epoch covered.
    pub last_epoch: Epoch,
    /// Redemptions covered: the length of `unresolved`.
    pub redemptions: u32,
    /// Count of positions: the number of entries.
    pub positions: u32,
    /// Influence pool, in uopen, before unresolved redemptions leave it.
    pub pool: Uint128,
    /// First validation example of the round.
    pub validation_from: Uint64,
    /// How many.
    pub validation_count: Uint64,
    /// Everything the round's result depends on: `rules::inputs`.
    pub inputs: Hash32,
    /// Operators that must take part: fixed at opening.
    pub operators: Vec<Addr>,
    /// Reveals needed.
    pub quorum: u32,
    /// Where it stands.
    pub phase: Phase,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// When it opened.
    pub opened_at: Seconds,
    /// Height of its opening.
    pub opened_height: Uint64,
    /// Earliest end of the current window.
    pub window_ends_at: Seconds,
    /// Height at which the current window began.
    pub window_began_height: Uint64,
    /// Reports committed.
    pub committed: u32,
    /// Vectors revealed.
    pub vectors: u32,
    /// `TooFew` reports revealed.
    pub too_few: u32,
    /// Positions done in the current pass.
    pub cursor: u32,
    /// D, once the first pass is complete.
    pub denominator: Option<Uint64>,
    /// Which stored vectors belong to this round: failed rounds with a revealed vector since the last settled one.
    pub slot: u32,
}

/// An operator's part in a round.
#[cw_serde]
pub struct Participation {
    /// The operator.
    pub operator: Addr,
    /// Its commitment.
    pub commitment: Option<Hash32>,
    /// What it revealed.
    pub revealed: Option<Revealed>,
    /// Agreement, once the first pass is complete.
    pub agreement: Option<Bps>,
    /// Whether it was slashed for silence.
    pub slashed: bool,
}

/// What an operator revealed.
#[cw_serde]
#[derive(Copy)]
pub enum Revealed {
    /// Scores.
    Vector {
        /// Its reach.
        reach: Uint64,
    },
    /// Too few to tell.
    TooFew {},
}

/// Configuration.
#[cw_serde]
pub struct Config {
    /// The cw20 contract of OPEN.
    pub open_token: Addr,
    /// The `model` contract.
    pub model: Addr,
    /// The `settlement` contract, once wired.
    pub settlement: Option<Addr>,
    /// Blocks that every window lasts at least.
    pub min_blocks: Uint64,
    /// Chain id that enters every commitment.
    pub chain_id: String,
    /// Bonds held now, in uopen.
    pub bonds_held: Uint128,
}

/// Queries.
#[cw_serde]
#[derive(QueryResponses)]
pub enum QueryMsg {
    /// Configuration and totals.
    #[returns(Config)]
    Config {},
    /// Governance.
    #[returns(cw_ownable::Ownership<Addr>)]
    Ownership {},
    /// One method.
    #[returns(Method)]
    Method {
        /// Its id.
        method: MethodId,
    },
    /// One operator.
    #[returns(Operator)]
    Operator {
        /// The method.
        method: MethodId,
        /// Its account.
        account: String,
    },
    /// Operators of a method, all of them (at most 64).
    #[returns(Vec<Operator>)]
    Operators {
        /// The method.
        method: MethodId,
    },
    /// One round.
    #[returns(Round)]
    Round {
        /// The model.
        model: ModelId,
        /// Its id.
        round: RoundId,
    },
    /// Rounds of a model by id.
    #[returns(Vec<Round>)]
    Rounds {
        /// The model.
        model: ModelId,
        /// The page.
        page: Page,
    },
    /// The open round of a model.
    #[returns(Option<Round>)]
    OpenRound {
        /// The model.
        model: ModelId,
    },
    /// Operators' parts in a round, in the order of its set.
    #[returns(Vec<Participation>)]
    Participations {
        /// The model.
        model: ModelId,
        /// The round.
        round: RoundId,
    },
    /// What opening now would cover.
    #[returns(crate::settlement::Openable)]
    Openable {
        /// The model.
        model: ModelId,
    },
}
