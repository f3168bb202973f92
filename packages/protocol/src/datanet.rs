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
/// The most models that a DataNet recognises at one time.
pub const MAX_RECOGNISED: usize = 16;
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
    /// Time from the proposal to recognise a model to its confirmation, and from a withdrawal to the release of an unused bond.
    pub notice_period: Seconds,
    /// Time in which a claim for proved debt can be appealed.
    pub appeal_period: Seconds,
    /// Settled rounds in a row without proved debt after which a bond is released; 1 to 255.
    pub clean_rounds: u8,
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
    /// For a private DataNet `rules::item::key_commitment` of the key under which its items are digested. Reviewers hold the key and
    /// check every contribution against it. The size of a private contribution is withheld: its `bytes` must be 0.
    pub item_key: Option<Hash32>,
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
    /// Total bytes of the items; 0 in a private DataNet.
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
    /// Withdraws a contribution. A pending one, once `notice_period` has passed since its commit: it is rejected and its bond goes back. An
    /// accepted one: no model can begin to use it, and versions of models that do must leave it out. It stays
    /// in its snapshots, and what it earned and still earns goes to its payees.
    Withdraw {
        /// The contribution.
        contribution: ContributionId,
    },
    /// Pays back what is left of a bond: to the contributor, once `clean_rounds` settled rounds in a row have passed without proved debt
    /// in every recognised model that uses the contribution; or, if none does, `notice_period` after it was withdrawn.
    ReleaseBond {
        /// The contribution.
        contribution: ContributionId,
    },
    /// Announces that a model shall be recognised.
    ProposeRecognition {
        /// The DataNet.
        datanet: DatanetId,
        /// The model.
        model: ModelId,
    },
    /// Recognises an announced model, once the notice is over: from now on it may collect debts from this DataNet's bonds.
    ConfirmRecognition {
        /// The DataNet.
        datanet: DatanetId,
        /// The model.
        model: ModelId,
    },
    /// Takes an announcement or a recognition back, at once. Open debt cases of the model are void.
    RevokeRecognition {
        /// The DataNet.
        datanet: DatanetId,
        /// The model.
        model: ModelId,
    },
    /// Opens a debt case: the contribution has had proved debt for two settled rounds in a row in a recognised model.
    ClaimDebt {
        /// The contribution.
        contribution: ContributionId,
        /// The model.
        model: ModelId,
    },
    /// Votes against an open debt case: the DataNet's reviewers, as many as accept a contribution, or else one of its curators,
    /// end it. The model can claim no debt of this contribution again.
    Appeal {
        /// The contribution.
        contribution: ContributionId,
        /// The model.
        model: ModelId,
    },
    /// Takes `min(bond, proved debt)` once the appeal window is over: into the treasury, credited to the account. A debt that has
    /// vanished in the meantime ends the case.
    CollectDebt {
        /// The contribution.
        contribution: ContributionId,
        /// The model.
        model: ModelId,
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
            Self::SetPayees { .. } | Self::Withdraw { .. } => Permission::Party("the contributor"),
            Self::ReleaseBond { .. } | Self::ClaimDebt { .. } | Self::CollectDebt { .. } => Permission::Anyone,
            Self::ProposeRecognition { .. } | Self::ConfirmRecognition { .. } | Self::RevokeRecognition { .. } => {
                Permission::Party("the DataNet's owner")
            }
            Self::Appeal { .. } => {
                Permission::Party("a reviewer of the DataNet; a curator if it has none; never the contributor")
            }
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
    /// Refused by review, or withdrawn by its contributor before the review came to an end; the bond went back.
    Rejected,
    /// Withdrawn by its contributor: not to be used again, its payees are still paid.
    Withdrawn,
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
    /// Block time of its withdrawal.
    pub withdrawn_at: Option<Seconds>,
}

/// A model that a DataNet recognises, or is about to.
#[cw_serde]
pub struct Recognition {
    /// The model.
    pub model: ModelId,
    /// When it was announced.
    pub proposed_at: Seconds,
    /// Height of the announcement.
    pub proposed_height: Uint64,
    /// Whether it was confirmed.
    pub confirmed: bool,
}

/// A claim for proved debt on a contribution's bond.
#[cw_serde]
pub struct DebtCase {
    /// The contribution.
    pub contribution: ContributionId,
    /// The model in which it is in debt.
    pub model: ModelId,
    /// Where the case stands.
    pub state: DebtCaseState,
    /// Block time of the claim.
    pub claimed_at: Seconds,
    /// Height of the claim.
    pub claimed_height: Uint64,
    /// Votes against it.
    pub appeals: u32,
    /// Ever taken from the bond for this model, in uopen.
    pub collected: Uint128,
}

/// Where a debt case stands.
#[cw_serde]
#[derive(Copy)]
pub enum DebtCaseState {
    /// Can be appealed, then collected.
    Open,
    /// Collected, or the debt had vanished; it may be claimed again.
    Closed,
    /// Appealed: this model claims no debt of this contribution again.
    Barred,
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
    /// Notice of a recognition, and of the release of an unused bond.
    pub notice_period: Seconds,
    /// Time in which a claim for proved debt can be appealed.
    pub appeal_period: Seconds,
    /// Settled rounds in a row without proved debt after which a bond is released.
    pub clean_rounds: u8,
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
    /// Models that a DataNet recognises or has announced; at most [`MAX_RECOGNISED`].
    #[returns(Vec<Recognition>)]
    Recognitions {
        /// The DataNet.
        datanet: DatanetId,
    },
    /// The debt case of a contribution in a model.
    #[returns(Option<DebtCase>)]
    DebtCase {
        /// The contribution.
        contribution: ContributionId,
        /// The model.
        model: ModelId,
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
