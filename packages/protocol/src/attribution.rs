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
/// Positions that one `Aggregate` or `Advance` handles unless told otherwise: a stored chunk of each vector is read once then.
pub const DEFAULT_POSITIONS_PER_MESSAGE: u32 = POSITIONS_PER_CHUNK;
/// Opened rounds of fees in a row without a commitment after which an operator pays. Those that were open at the same time, of
/// whichever models, count as one.
pub const MISSED_ROUNDS: u32 = 3;
/// Rounds of each kind whose vectors are kept as references for agreement: the last ones with a revealed vector since the last
/// settled round of fees. Those of fees have failed, valuations have failed or were settled.
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
    /// Time from an admission or removal by governance until it takes effect.
    pub operator_delay: Seconds,
    /// Time from leaving until a bond can be withdrawn.
    pub unbonding_period: Seconds,
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
    /// What an operator pays who missed [`MISSED_ROUNDS`] opened rounds in a row, in uopen; 1 to `bond`.
    pub missed_penalty: Uint128,
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
    /// Admits an operator, or admits one again that has left; it takes part after the delay, once its bond is paid in whole.
    AdmitOperator {
        /// The method.
        method: MethodId,
        /// The operator's account.
        operator: String,
    },
    /// Removes an operator from the first opening after the delay on; its unbonding begins then.
    RemoveOperator {
        /// The method.
        method: MethodId,
        /// The operator's account.
        operator: String,
    },
    /// Leaves, from the next opening on; the bond unbonds.
    Unbond {
        /// The method.
        method: MethodId,
    },
    /// Pays the bond of an operator who has left back, once unbonding is over and no open round's set holds it.
    WithdrawBond {
        /// The method.
        method: MethodId,
    },
    /// Sets the key to which receipts are encrypted for the sender, from now on.
    SetEncryptionKey {
        /// The method.
        method: MethodId,
        /// X25519 public key.
        key: Hash32,
    },
    /// OPEN arrives with a [`ReceiveMsg`].
    Receive(Cw20ReceiveMsg),
    /// Opens a round over all unsettled epochs whose redemption period is over. A range that no round settled can be opened again from
    /// the next epoch on.
    Open {
        /// The model.
        model: ModelId,
    },
    /// Opens a round that scores utility alone: it distributes royalties and, if a version was registered since the last one, a tranche
    /// of the stake reserve. After a version was registered or royalties of at least the method's `min_pool` came in, and at most once
    /// in `valuation_interval` epochs.
    OpenValuation {
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
            Self::Unbond { .. } | Self::WithdrawBond { .. } | Self::SetEncryptionKey { .. } => {
                Permission::Party("the operator")
            }
            Self::Open { .. }
            | Self::OpenValuation { .. }
            | Self::EndCommits { .. }
            | Self::Aggregate { .. }
            | Self::Advance { .. } => Permission::Anyone,
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
    /// From when on it takes part.
    pub active_from: Seconds,
    /// From when on it no longer does: removed, or unbonding.
    pub leaves_at: Option<Seconds>,
    /// From when on its bond can be withdrawn: `leaves_at` and the unbonding period.
    pub bond_free_at: Option<Seconds>,
    /// Open rounds whose set holds it.
    pub open_sets: u32,
    /// Opened rounds of fees in a row in which it did not commit, see [`MISSED_ROUNDS`].
    pub missed: u32,
    /// Times it was slashed for silence after a commitment.
    pub slashed: u32,
    /// Times it paid for missed rounds.
    pub penalties: u32,
    /// X25519 public key to which receipts are encrypted for it.
    pub encryption_key: Option<Hash32>,
}

/// What a round is about.
#[cw_serde]
#[derive(Copy)]
pub enum RoundKind {
    /// Fees of epochs, by influence on what was paid for.
    Fees,
    /// Royalties and stake, by utility alone.
    Valuation,
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
    /// What it is about.
    pub kind: RoundKind,
    /// How scores are measured.
    pub method: MethodId,
    /// First epoch covered; of a valuation, the epoch of its opening.
    pub first_epoch: Epoch,
    /// Last epoch covered; of a valuation, the epoch of its opening.
    pub last_epoch: Epoch,
    /// Redemptions covered: the length of `unresolved`.
    pub redemptions: u32,
    /// Count of positions: the number of entries.
    pub positions: u32,
    /// Influence pool, in uopen, before unresolved redemptions leave it; of a valuation, royalties.
    pub pool: Uint128,
    /// Stake that a valuation distributes, in units; 0 for fees.
    pub tranche: Uint128,
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
    /// Where its vectors are stored: of fees in one of the first [`KEPT_FAILED_ROUNDS`] + 1 places, of valuations in one of as many
    /// after them. No round that is kept as a reference for agreement has the same.
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
    /// Time until an admission or removal takes effect.
    pub operator_delay: Seconds,
    /// Time from leaving until a bond can be withdrawn.
    pub unbonding_period: Seconds,
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
