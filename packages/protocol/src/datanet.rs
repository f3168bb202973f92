//! `datanet`: DataNets, contributions, reviews, bonds, payees, duplicate proofs, snapshots.

use cosmwasm_schema::{QueryResponses, cw_serde};
use cosmwasm_std::{Addr, Uint64, Uint128};
use cw20::Cw20ReceiveMsg;

use crate::{Bps, ContributionId, DatanetId, Hash32, ModelId, Page, Payee, Permission, Seconds};

/// The most payees of a contribution.
pub const MAX_PAYEES: usize = 16;
/// The most pairs in one duplicate proof message.
pub const MAX_DUPLICATE_PAIRS: usize = 256;
/// The most contributions that one `MarkUsed` takes.
pub const MAX_MARKED: usize = 100;
/// The most reviewers, curators or listed accounts of a DataNet.
pub const MAX_NAMED_ACCOUNTS: usize = 64;
/// The most items of one contribution.
pub const MAX_ITEMS: u64 = 1 << 32;

/// Sets the contract up; `Wire` completes it.
#[cw_serde]
pub struct InstantiateMsg {
    /// Governance (`cw-ownable`, two-step transfer).
    pub owner: String,
    /// The cw20 contract of OPEN.
    pub open_token: String,
    /// Time from commit to the last moment of a reveal.
    pub reveal_period: Seconds,
    /// Blocks that every window lasts at least.
    pub min_blocks: Uint64,
}

/// Migration takes no parameters; name and version are checked.
#[cw_serde]
pub struct MigrateMsg {}

/// Who may contribute to a DataNet.
#[cw_serde]
pub enum Admission {
    /// Accepted at reveal.
    Open {},
    /// Accepted at reveal, for these accounts only.
    Allowlist {
        /// Accounts that may commit.
        accounts: Vec<String>,
    },
    /// Accepted when `threshold` of the reviewers accept; rejected when that can no longer happen.
    Reviewed {
        /// Accounts that may review.
        reviewers: Vec<String>,
        /// Votes to accept, 1 to the number of reviewers.
        threshold: u32,
    },
}

/// What a DataNet is created with.
#[cw_serde]
pub struct NewDatanet {
    /// 1 to 64 characters.
    pub name: String,
    /// Up to 1,024 characters.
    pub description: String,
    /// Media type of the items, as `image/x-grey8` or `text/plain`.
    pub media: String,
    /// Where the schema of an item is described; up to 256 characters.
    pub schema: String,
    /// SPDX expression, the least a contribution's licence must offer.
    pub licence: String,
    /// Who may contribute.
    pub admission: Admission,
    /// Bond per contribution, in uopen; at least 1.
    pub bond: Uint128,
    /// Commits per account in 24 hours; at least 1.
    pub commits_per_day: u32,
    /// The least influence share that a model must offer to use this DataNet.
    pub min_influence_share: Bps,
    /// Accounts that approve validation examples for this DataNet.
    pub curators: Vec<String>,
}

/// The reveal of a committed contribution.
#[cw_serde]
pub struct RevealedContribution {
    /// Kind of contribution.
    pub kind: ContributionKind,
    /// Commitment to the items: `rules::item::items_commitment`.
    pub items_root: Hash32,
    /// Number of items, at least 1.
    pub item_count: Uint64,
    /// Total bytes of the items.
    pub bytes: Uint64,
    /// Where the items are; up to 512 characters.
    pub uri: String,
    /// SPDX expression.
    pub licence: String,
    /// The salt of the commitment.
    pub salt: Hash32,
    /// Who is paid; empty for the contributor alone.
    pub payees: Vec<Payee>,
}

/// What kind of work a contribution is.
#[cw_serde]
#[derive(Copy)]
pub enum ContributionKind {
    /// Data items.
    Data,
    /// Labels or annotations of items.
    Annotation,
    /// Corrections of outputs.
    Correction,
    /// Evaluation work.
    Evaluation,
}

impl ContributionKind {
    /// The name that enters the contribution's digest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Annotation => "annotation",
            Self::Correction => "correction",
            Self::Evaluation => "evaluation",
        }
    }
}

/// A reviewer's vote.
#[cw_serde]
#[derive(Copy)]
pub enum Verdict {
    /// Take it into the DataNet.
    Accept,
    /// Refuse it.
    Reject,
}

/// One item that stands in both contributions.
#[cw_serde]
pub struct DuplicatePair {
    /// The item's digest.
    pub digest: Hash32,
    /// Its position in the earlier contribution.
    pub earlier_position: Uint64,
    /// Its position in the later contribution.
    pub later_position: Uint64,
}

/// Inclusion proofs of the same items in two contributions; see `rules::duplicate`.
#[cw_serde]
pub struct DuplicateProof {
    /// The accepted contribution that was committed first.
    pub earlier: ContributionId,
    /// The later contribution, of another contributor in the same DataNet.
    pub later: ContributionId,
    /// Items, by strictly increasing later position, at most [`MAX_DUPLICATE_PAIRS`].
    pub pairs: Vec<DuplicatePair>,
    /// Multiproof path in the earlier contribution's tree.
    pub earlier_path: Vec<Hash32>,
    /// Multiproof path in the later contribution's tree.
    pub later_path: Vec<Hash32>,
}

/// Messages.
#[cw_serde]
pub enum ExecuteMsg {
    /// Names the contracts deployed after this one; once.
    Wire {
        /// The `model` contract.
        model: String,
        /// The `settlement` contract.
        settlement: String,
    },
    /// Two-step transfer of governance.
    UpdateOwnership(cw_ownable::Action),
    /// Creates a DataNet; the sender owns it.
    CreateDatanet(NewDatanet),
    /// Offers a DataNet to a new owner.
    OfferDatanet {
        /// The DataNet.
        datanet: DatanetId,
        /// The account that may accept.
        to: String,
    },
    /// Takes an offered DataNet.
    AcceptDatanet {
        /// The DataNet.
        datanet: DatanetId,
    },
    /// OPEN arrives with a [`ReceiveMsg`].
    Receive(Cw20ReceiveMsg),
    /// Opens a commitment.
    Reveal {
        /// The committed contribution.
        contribution: ContributionId,
        /// What was committed.
        revealed: RevealedContribution,
    },
    /// Takes the bond of a commitment whose reveal is overdue.
    Forfeit {
        /// The overdue contribution.
        contribution: ContributionId,
    },
    /// Votes on a pending contribution.
    Review {
        /// The pending contribution.
        contribution: ContributionId,
        /// The vote.
        verdict: Verdict,
    },
    /// Proves that items of a contribution stand in an earlier one.
    ProveDuplicate(DuplicateProof),
    /// Names new payees.
    SetPayees {
        /// The contribution.
        contribution: ContributionId,
        /// Shares that sum to 10,000.
        payees: Vec<Payee>,
    },
    /// Records that a model uses contributions, and shows their payees to `settlement`.
    MarkUsed {
        /// The model.
        model: ModelId,
        /// Its influence share, which must reach each DataNet's minimum.
        influence_share: Bps,
        /// Accepted contributions.
        contributions: Vec<ContributionId>,
    },
}

impl ExecuteMsg {
    /// Who may send this message.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Wire { .. } => Permission::Governance,
            Self::UpdateOwnership(_) => Permission::Party("governance, or the account that governance was offered to"),
            Self::CreateDatanet(_) => Permission::Anyone,
            Self::OfferDatanet { .. } => Permission::Party("the DataNet's owner"),
            Self::AcceptDatanet { .. } => Permission::Party("the account that the DataNet was offered to"),
            Self::Receive(_) => Permission::OpenToken,
            Self::Reveal { .. } => Permission::Party("the contributor who committed"),
            Self::Forfeit { .. } => Permission::Anyone,
            Self::Review { .. } => Permission::Party("a reviewer of the DataNet"),
            Self::ProveDuplicate(_) => Permission::Anyone,
            Self::SetPayees { .. } => Permission::Party("the contributor"),
            Self::MarkUsed { .. } => Permission::Model,
        }
    }
}

/// What OPEN is sent for.
#[cw_serde]
pub enum ReceiveMsg {
    /// Commits a contribution; the amount must be the DataNet's bond.
    Commit {
        /// The DataNet.
        datanet: DatanetId,
        /// `rules::item::contribution_commitment`.
        commitment: Hash32,
    },
}

/// Where a contribution stands.
#[cw_serde]
#[derive(Copy)]
pub enum Status {
    /// Committed, not revealed.
    Committed,
    /// The reveal came too late; the bond went to the treasury.
    Forfeited,
    /// Revealed, under review.
    Pending,
    /// Part of the DataNet.
    Accepted,
    /// Refused by review; the bond went back.
    Rejected,
    /// Proved a copy; the bond is lost, and what it still would earn goes to the treasury.
    Slashed,
}

/// A DataNet.
#[cw_serde]
pub struct Datanet {
    /// Its id.
    pub id: DatanetId,
    /// Its owner.
    pub owner: Addr,
    /// The account it is offered to.
    pub offered_to: Option<Addr>,
    /// As created.
    pub settings: NewDatanet,
    /// Number of accepted contributions: the current version.
    pub version: Uint64,
    /// Commitment to the accepted contributions.
    pub root: Hash32,
}

/// A contribution.
#[cw_serde]
pub struct Contribution {
    /// Its id.
    pub id: ContributionId,
    /// Its DataNet.
    pub datanet: DatanetId,
    /// Who committed it.
    pub contributor: Addr,
    /// The commitment.
    pub commitment: Hash32,
    /// Block time of the commit: its precedence.
    pub committed_at: Seconds,
    /// Block height of the commit.
    pub committed_height: Uint64,
    /// Block time of acceptance.
    pub accepted_at: Option<Seconds>,
    /// Rank among the DataNet's accepted contributions, from 0.
    pub rank: Option<Uint64>,
    /// Bond paid at commit, in uopen.
    pub bond: Uint128,
    /// What of the bond was taken, in uopen.
    pub bond_taken: Uint128,
    /// Whether what was left of the bond went back.
    pub bond_returned: bool,
    /// Where it stands.
    pub status: Status,
    /// What was revealed; the payees there are the first, the current ones are `payees`.
    pub revealed: Option<RevealedContribution>,
    /// Who is paid.
    pub payees: Vec<Payee>,
    /// Reviewers who accepted.
    pub accepts: u32,
    /// Reviewers who rejected.
    pub rejects: u32,
    /// Items proved to be copies.
    pub duplicates: Uint64,
    /// Whether a model uses it.
    pub used: bool,
}

/// An immutable snapshot: the first `version` accepted contributions.
#[cw_serde]
pub struct Snapshot {
    /// The DataNet.
    pub datanet: DatanetId,
    /// How many contributions it holds.
    pub version: Uint64,
    /// Commitment to them: `rules::tree` over `rules::item::contribution_digest`.
    pub root: Hash32,
}

/// Configuration.
#[cw_serde]
pub struct Config {
    /// The cw20 contract of OPEN.
    pub open_token: Addr,
    /// The `model` contract, once wired.
    pub model: Option<Addr>,
    /// The `settlement` contract, once wired.
    pub settlement: Option<Addr>,
    /// Time from commit to the last moment of a reveal.
    pub reveal_period: Seconds,
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
    /// One DataNet.
    #[returns(Datanet)]
    Datanet {
        /// Its id.
        datanet: DatanetId,
    },
    /// DataNets by id.
    #[returns(Vec<Datanet>)]
    Datanets {
        /// The page.
        page: Page,
    },
    /// One contribution.
    #[returns(Contribution)]
    Contribution {
        /// Its id.
        contribution: ContributionId,
    },
    /// Contributions of a DataNet by id.
    #[returns(Vec<Contribution>)]
    Contributions {
        /// The DataNet.
        datanet: DatanetId,
        /// The page.
        page: Page,
    },
    /// A snapshot.
    #[returns(Snapshot)]
    Snapshot {
        /// The DataNet.
        datanet: DatanetId,
        /// How many of its first contributions.
        version: Uint64,
    },
}
