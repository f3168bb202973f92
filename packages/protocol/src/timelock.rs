//! `timelock`: the admin of other contracts. What it will change is announced first, and everybody can see it before it happens.

use cosmwasm_schema::{QueryResponses, cw_serde};
use cosmwasm_std::{Addr, Binary, Uint64};

use crate::{Page, Permission, ProposalId, Seconds};

/// The most changes of one proposal.
pub const MAX_CHANGES: usize = 16;
/// The longest migration message, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 4_096;
/// The longest reason, in bytes.
pub const MAX_REASON_BYTES: usize = 256;
/// How long a proposal can be executed once its delay is over: 14 days.
pub const EXECUTION_PERIOD: Seconds = Seconds(1_209_600);
/// The longest delay: 365 days.
pub const MAX_DELAY: Seconds = Seconds(31_536_000);
/// The most blocks that a delay can ask for beside its time: a day of blocks of one second.
pub const MAX_BLOCKS: u64 = 86_400;

/// Sets the contract up. The chain's own message makes it the admin of others, and of itself.
#[cw_serde]
pub struct InstantiateMsg {
    /// Who announces and cancels.
    pub proposer: String,
    /// Time from an announcement until it can be executed; 1 second to [`MAX_DELAY`].
    pub delay: Seconds,
    /// Blocks that the delay, and the time for executing, last at least; at most [`MAX_BLOCKS`].
    pub min_blocks: Uint64,
}

/// Migration takes no parameters; name and version are checked.
#[cw_serde]
pub struct MigrateMsg {}

/// One change that a timelock makes as the admin of a contract.
#[cw_serde]
pub enum Change {
    /// Moves a contract to other code.
    Migrate {
        /// The contract.
        contract: String,
        /// The code, already stored: what it is can no longer change.
        code_id: Uint64,
        /// The contract's migration message, JSON of at most [`MAX_MESSAGE_BYTES`].
        msg: Binary,
    },
    /// Makes another account the contract's admin; this timelock is it no more.
    SetAdmin {
        /// The contract.
        contract: String,
        /// The new admin.
        to: String,
    },
    /// Leaves the contract without an admin, for good.
    ClearAdmin {
        /// The contract.
        contract: String,
    },
    /// Changes this timelock's own delay, for proposals that are made afterwards.
    SetDelay {
        /// The new delay; 1 second to [`MAX_DELAY`].
        delay: Seconds,
    },
}

/// Messages.
#[cw_serde]
pub enum ExecuteMsg {
    /// Announces changes, which are made together or not at all.
    Propose {
        /// In the order in which they are made; 1 to [`MAX_CHANGES`].
        changes: Vec<Change>,
        /// What for; at most [`MAX_REASON_BYTES`].
        reason: String,
    },
    /// Takes an announcement back.
    Cancel {
        /// The proposal.
        proposal: ProposalId,
    },
    /// Makes the announced changes: once the delay is over, and before [`EXECUTION_PERIOD`] is.
    Execute {
        /// The proposal.
        proposal: ProposalId,
    },
    /// Two-step transfer of the right to propose and cancel. Once it is renounced nobody announces anything again.
    UpdateOwnership(cw_ownable::Action),
}

impl ExecuteMsg {
    /// Who may send it.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Propose { .. } | Self::Cancel { .. } => Permission::Governance,
            Self::Execute { .. } => Permission::Anyone,
            Self::UpdateOwnership(_) => {
                Permission::Party("the proposer, or the account that this right was offered to")
            }
        }
    }
}

/// How long announcements wait.
#[cw_serde]
pub struct Config {
    /// Time from an announcement until it can be executed.
    pub delay: Seconds,
    /// Blocks that the delay, and the time for executing, last at least.
    pub min_blocks: Uint64,
}

/// Announced changes.
#[cw_serde]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// In the order in which they are made.
    pub changes: Vec<Change>,
    /// What for.
    pub reason: String,
    /// Who announced it.
    pub proposer: Addr,
    /// Height at which it was announced.
    pub proposed_height: Uint64,
    /// Earliest time of its execution.
    pub executable_at: Seconds,
    /// Earliest height of its execution.
    pub executable_height: Uint64,
    /// From this time on it cannot be executed any more, once `expires_height` is reached too.
    pub expires_at: Seconds,
    /// Height that must be reached before it expires.
    pub expires_height: Uint64,
    /// Where it stands.
    pub state: ProposalState,
}

/// Where a proposal stands.
#[cw_serde]
#[derive(Copy)]
pub enum ProposalState {
    /// Its delay runs.
    Waiting,
    /// Anyone may execute it.
    Executable,
    /// Nobody executed it in time.
    Expired,
    /// Its changes were made.
    Executed,
    /// Taken back.
    Cancelled,
}

/// Queries.
#[cw_serde]
#[derive(QueryResponses)]
pub enum QueryMsg {
    /// How long announcements wait.
    #[returns(Config)]
    Config {},
    /// Who announces and cancels.
    #[returns(cw_ownable::Ownership<Addr>)]
    Ownership {},
    /// A proposal.
    #[returns(Proposal)]
    Proposal {
        /// Its id.
        proposal: ProposalId,
    },
    /// Proposals by id.
    #[returns(Vec<Proposal>)]
    Proposals {
        /// The page.
        page: Page,
    },
}
