//! `model`: models, versions, manifests, terms, price sheets, validation pools.

use cosmwasm_schema::{QueryResponses, cw_serde};
use cosmwasm_std::{Addr, Uint64, Uint128};

use crate::{Bps, ContributionId, DatanetId, Epoch, Hash32, MethodId, ModelId, Page, Permission, RoundId, Seconds};

/// The most contributions that one model can use.
pub const MAX_POSITIONS: u32 = 16_384;
/// The most curators of a model.
pub const MAX_CURATORS: usize = 16;
/// The most parents of a model.
pub const MAX_PARENTS: usize = 16;
/// The longest line of ancestors: a base model has depth 1.
pub const MAX_DEPTH: u8 = 8;
/// The most compute and fine-tuning claims of a version.
pub const MAX_WORK_CLAIMS: usize = 64;
/// The most contributions in one `NoteWithdrawals`.
pub const MAX_NOTED: usize = 100;
/// The most prices on a sheet.
pub const MAX_PRICES: usize = 32;

/// Sets the contract up; `Wire` completes it.
#[cw_serde]
pub struct InstantiateMsg {
    /// Governance.
    pub owner: String,
    /// The `datanet` contract.
    pub datanet: String,
    /// The cw20 contract of OPEN, in which stakes pay dividends.
    pub open_token: String,
    /// Code id of `stake`, of which every model gets an instance.
    pub stake_code_id: Uint64,
}

/// Migration takes no parameters; name and version are checked.
#[cw_serde]
pub struct MigrateMsg {}

/// What a model is made from.
#[cw_serde]
#[derive(Copy)]
pub enum ModelKind {
    /// Trained from scratch: no parents.
    Base,
    /// Trained on top of another model: one parent or more.
    Adapter,
    /// Made from several models: two parents or more.
    Merge,
}

/// A model that another one was made from.
#[cw_serde]
#[derive(Copy)]
pub struct Parent {
    /// The model; created earlier, so lineage has no cycles.
    pub model: ModelId,
    /// Its share of the parents' part; those of a model sum to 10,000.
    pub share: Bps,
}

/// The stake of a new model: parts of a fixed supply, set for good. The three sum to 10,000.
#[cw_serde]
pub struct NewStake {
    /// cw20 name, 3 to 50 characters.
    pub name: String,
    /// cw20 symbol, 3 to 12 letters or hyphens.
    pub symbol: String,
    /// The owner's part.
    pub owner: Bps,
    /// The contributors' reserve, paid by valuation rounds.
    pub contributors: Bps,
    /// The work reserve, paid when versions are registered.
    pub work: Bps,
}

/// The money terms of a model. Later they move only in the contributors' favour, from the next epoch on: influence, stake, release
/// rate and cap may rise, at the owner's cost alone; parents never change.
#[cw_serde]
pub struct Terms {
    /// Share of the net fee that is the owner's.
    pub owner: Bps,
    /// Share of the stake's holders, as dividends.
    pub stake: Bps,
    /// Share of the contributors, by influence; at least 1.
    pub influence: Bps,
    /// Share of the parents: 0 for a model without parents, at least 1 with them.
    pub parents: Bps,
    /// What part of newly earned money becomes payable in a round; 1 to 10,000.
    pub release_rate: Bps,
    /// The most one contribution can ever accrue, in uopen.
    pub cap: Uint128,
}

/// A price of the current sheet.
#[cw_serde]
pub struct Price {
    /// What is sold, as `standard`; 1 to 64 characters.
    pub name: String,
    /// Price of one call in uopen; at least 1.
    pub per_call: Uint128,
    /// What 1,000 tokens read cost besides, in uopen. Tokens are counted as in receipts: bytes of a text, pixels of an image.
    #[serde(default)]
    pub per_1000_in: Uint128,
    /// What 1,000 tokens written cost besides, in uopen: bytes of a text, labels.
    #[serde(default)]
    pub per_1000_out: Uint128,
}

impl Price {
    /// A price of a call that does not depend on its length.
    pub fn flat(name: impl Into<String>, per_call: u128) -> Self {
        Self {
            name: name.into(),
            per_call: Uint128::new(per_call),
            per_1000_in: Uint128::zero(),
            per_1000_out: Uint128::zero(),
        }
    }
}

/// What a model is created with.
#[cw_serde]
pub struct NewModel {
    /// 1 to 64 characters.
    pub name: String,
    /// What it is made from.
    pub kind: ModelKind,
    /// Money terms.
    pub terms: Terms,
    /// Prices; the first sheet is version 1.
    pub prices: Vec<Price>,
    /// The account that serves the model and redeems vouchers.
    pub gateway: String,
    /// How its scores are measured.
    pub method: MethodId,
    /// Accounts that approve validation examples for this model.
    pub curators: Vec<String>,
    /// What it was made from, none twice; at most [`MAX_PARENTS`].
    pub parents: Vec<Parent>,
    /// Its stake.
    pub stake: NewStake,
}

/// What kind of work a version's claim is for.
#[cw_serde]
#[derive(Copy)]
pub enum WorkKind {
    /// Compute.
    Compute,
    /// Fine-tuning.
    FineTuning,
}

/// Work that went into a version, paid in stake when it is registered.
#[cw_serde]
pub struct WorkClaim {
    /// Who did it.
    pub account: String,
    /// What it was.
    pub kind: WorkKind,
    /// Share of what is left of the work reserve; those of a version sum to at most 10,000. Paid rounded down.
    pub share: Bps,
}

/// A part of the training data.
#[cw_serde]
pub struct TrainedOn {
    /// The DataNet.
    pub datanet: DatanetId,
    /// Its snapshot.
    pub version: Uint64,
    /// The snapshot's root; checked.
    pub root: Hash32,
}

/// What a version was made from and by; frozen when registered.
#[cw_serde]
pub struct VersionManifest {
    /// DataNet snapshots.
    pub trained_on: Vec<TrainedOn>,
    /// Count of the model's positions at training.
    pub positions: u32,
    /// Positions left out, one bit each (`rules::bitmap`).
    pub left_out: cosmwasm_std::Binary,
    /// Hash of the training manifest: code, seeds, precision, hyperparameters, damping.
    pub training_hash: Hash32,
    /// Hash of the weights.
    pub weights_hash: Hash32,
    /// Where manifest and weights are; up to 512 characters.
    pub uri: String,
    /// Compute and fine-tuning claims; at most [`MAX_WORK_CLAIMS`].
    pub work: Vec<WorkClaim>,
}

/// Messages.
#[cw_serde]
pub enum ExecuteMsg {
    /// Names the contracts deployed after this one; once.
    Wire {
        /// The `attribution` contract.
        attribution: String,
        /// The `settlement` contract.
        settlement: String,
    },
    /// Two-step transfer of governance.
    UpdateOwnership(cw_ownable::Action),
    /// Creates a model and its stake contract; the sender owns it.
    CreateModel(NewModel),
    /// Changes terms in the contributors' favour, from the next epoch on.
    ChangeTerms {
        /// The model.
        model: ModelId,
        /// All terms as they shall be.
        terms: Terms,
    },
    /// Records that used contributions were withdrawn or slashed: later versions must leave them out.
    NoteWithdrawals {
        /// The model.
        model: ModelId,
        /// Contributions that it uses, withdrawn or slashed in `datanet`; at most [`MAX_NOTED`].
        contributions: Vec<ContributionId>,
    },
    /// Offers a model to a new owner.
    OfferModel {
        /// The model.
        model: ModelId,
        /// The account that may accept.
        to: String,
    },
    /// Takes an offered model.
    AcceptModel {
        /// The model.
        model: ModelId,
    },
    /// Appends accepted contributions to the used list; positions follow in order.
    AppendContributions {
        /// The model.
        model: ModelId,
        /// Accepted contributions, none listed before; at most 100.
        contributions: Vec<ContributionId>,
    },
    /// Registers a trained version.
    RegisterVersion {
        /// The model.
        model: ModelId,
        /// What it was made from.
        manifest: VersionManifest,
    },
    /// Sets the next price sheet.
    SetPrices {
        /// The model.
        model: ModelId,
        /// Prices.
        prices: Vec<Price>,
    },
    /// Names the DataNet that takes corrections of the model's answers; its rules and reviews hold for them. None takes no more.
    SetCorrections {
        /// The model.
        model: ModelId,
        /// The DataNet; it must exist.
        datanet: Option<DatanetId>,
    },
    /// Proposes the next validation examples; one proposal is open at a time, a new one replaces it.
    ProposeValidation {
        /// The model.
        model: ModelId,
        /// Commitment to the examples: `rules::tree` under `TAG_VALIDATION`.
        root: Hash32,
        /// How many; at least 1.
        count: Uint64,
        /// Where they will be published; up to 512 characters.
        uri: String,
    },
    /// Approves the open proposal.
    ApproveValidation {
        /// The model.
        model: ModelId,
        /// The proposal's root, so that nobody approves what replaced it.
        root: Hash32,
        /// For the model, or for a DataNet that the model uses.
        on_behalf: Curatorship,
    },
    /// Moves the validation cursor when a round opens.
    ConsumeValidation {
        /// The model.
        model: ModelId,
        /// The round that consumes them.
        round: RoundId,
        /// How many examples.
        count: Uint64,
    },
}

/// On whose behalf a curator approves.
#[cw_serde]
#[derive(Copy)]
pub enum Curatorship {
    /// As one of the model's curators.
    Model {},
    /// As a curator of a DataNet with a contribution in the model.
    Datanet {
        /// A contribution that the model uses, which shows that it uses the DataNet.
        contribution: ContributionId,
    },
}

impl ExecuteMsg {
    /// Who may send this message.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Wire { .. } => Permission::Governance,
            Self::UpdateOwnership(_) => Permission::Party("governance, or the account that governance was offered to"),
            Self::CreateModel(_) | Self::NoteWithdrawals { .. } => Permission::Anyone,
            Self::OfferModel { .. }
            | Self::ChangeTerms { .. }
            | Self::AppendContributions { .. }
            | Self::RegisterVersion { .. }
            | Self::SetPrices { .. }
            | Self::SetCorrections { .. }
            | Self::ProposeValidation { .. } => Permission::Party("the model's owner"),
            Self::AcceptModel { .. } => Permission::Party("the account that the model was offered to"),
            Self::ApproveValidation { .. } => Permission::Party("a curator of the model, or of a DataNet that it uses"),
            Self::ConsumeValidation { .. } => Permission::Attribution,
        }
    }
}

/// A model.
#[cw_serde]
pub struct Model {
    /// Its id.
    pub id: ModelId,
    /// Its owner.
    pub owner: Addr,
    /// The account it is offered to.
    pub offered_to: Option<Addr>,
    /// Name.
    pub name: String,
    /// What it is made from.
    pub kind: ModelKind,
    /// Its parents.
    pub parents: Vec<Parent>,
    /// Length of its longest line of ancestors, itself included; 1 for a base model.
    pub depth: u8,
    /// Its stake contract; absent only within the transaction that creates the model.
    pub stake: Option<Addr>,
    /// Money terms that were set last: in force from the next epoch on at the latest.
    pub terms: Terms,
    /// Positions whose contributions were withdrawn or slashed: later versions must leave them out.
    pub withdrawn: u32,
    /// The account that serves it.
    pub gateway: Addr,
    /// How its scores are measured.
    pub method: MethodId,
    /// Curators of validation examples.
    pub curators: Vec<Addr>,
    /// Number of used contributions.
    pub positions: u32,
    /// Number of registered versions; the latest has this number.
    pub versions: u32,
    /// Fold of all versions' digests, for the inputs of rounds.
    pub versions_hash: Hash32,
    /// Version of the current price sheet.
    pub price_sheet: u32,
    /// Validation pool.
    pub validation: ValidationPool,
    /// The DataNet that takes corrections of its answers.
    pub corrections: Option<DatanetId>,
}

/// The ordered, append-only list of validation examples.
#[cw_serde]
pub struct ValidationPool {
    /// Fold of all approved extensions.
    pub root: Hash32,
    /// Approved examples.
    pub approved: Uint64,
    /// Number of approved extensions.
    pub extensions: u32,
    /// Examples that rounds have consumed.
    pub cursor: Uint64,
    /// The open proposal.
    pub proposal: Option<ValidationProposal>,
}

/// Validation examples waiting for approval.
#[cw_serde]
pub struct ValidationProposal {
    /// Commitment to the examples.
    pub root: Hash32,
    /// How many.
    pub count: Uint64,
    /// Where they will be published.
    pub uri: String,
    /// A model curator who approved.
    pub model_curator: Option<Addr>,
    /// A DataNet curator who approved.
    pub datanet_curator: Option<Addr>,
}

/// An approved extension of the validation pool.
#[cw_serde]
pub struct ValidationExtension {
    /// Its number, from 1.
    pub number: u32,
    /// Commitment to its examples.
    pub root: Hash32,
    /// Index of its first example in the pool.
    pub first: Uint64,
    /// How many.
    pub count: Uint64,
    /// Where they are published.
    pub uri: String,
    /// When it was approved: it serves rounds whose `fixed_by` is no earlier.
    pub approved_at: Seconds,
}

/// A registered version.
#[cw_serde]
pub struct Version {
    /// Its number, from 1.
    pub number: u32,
    /// What it was made from.
    pub manifest: VersionManifest,
    /// When it was registered.
    pub registered_at: Seconds,
}

/// What a round needs from the model.
#[cw_serde]
pub struct RoundBasis {
    /// How its scores are measured.
    pub method: MethodId,
    /// Count of positions.
    pub positions: u32,
    /// Number of versions.
    pub versions: u32,
    /// Fold of all versions.
    pub versions_hash: Hash32,
    /// Fold of all approved extensions.
    pub validation_root: Hash32,
    /// First unused example.
    pub validation_cursor: Uint64,
    /// Unused examples that were approved in time.
    pub validation_available: Uint64,
    /// Who gets the owner's part.
    pub owner: Addr,
}

/// What a payment needs from the model.
#[cw_serde]
pub struct Commerce {
    /// The account that redeems.
    pub gateway: Addr,
    /// Who gets the owner's part.
    pub owner: Addr,
    /// Money terms of the epoch asked for.
    pub terms: Terms,
    /// Number of registered versions: without one there is nothing to pay for.
    pub versions: u32,
    /// Its parents.
    pub parents: Vec<Parent>,
    /// Its stake contract.
    pub stake: Addr,
}

/// Terms and the epoch from which they hold.
#[cw_serde]
pub struct DatedTerms {
    /// First epoch.
    pub from: Epoch,
    /// The terms.
    pub terms: Terms,
}

/// A used contribution and its position.
#[cw_serde]
pub struct UsedContribution {
    /// Its rank in the used list, from 0.
    pub position: u32,
    /// The contribution.
    pub contribution: ContributionId,
}

/// Prices of one sheet.
#[cw_serde]
pub struct PriceSheet {
    /// Its version, from 1.
    pub version: u32,
    /// Prices.
    pub prices: Vec<Price>,
    /// When it took effect.
    pub since: Seconds,
    /// When the next one did.
    pub until: Option<Seconds>,
}

/// Configuration.
#[cw_serde]
pub struct Config {
    /// The `datanet` contract.
    pub datanet: Addr,
    /// The `attribution` contract, once wired.
    pub attribution: Option<Addr>,
    /// The `settlement` contract, once wired.
    pub settlement: Option<Addr>,
    /// The cw20 contract of OPEN.
    pub open_token: Addr,
    /// Code id of `stake`.
    pub stake_code_id: Uint64,
    /// Chain id that enters every digest.
    pub chain_id: String,
}

/// Queries.
#[cw_serde]
#[derive(QueryResponses)]
pub enum QueryMsg {
    /// Configuration.
    #[returns(Config)]
    Config {},
    /// Governance.
    #[returns(cw_ownable::Ownership<Addr>)]
    Ownership {},
    /// One model.
    #[returns(Model)]
    Model {
        /// Its id.
        model: ModelId,
    },
    /// Models by id.
    #[returns(Vec<Model>)]
    Models {
        /// The page.
        page: Page,
    },
    /// One version.
    #[returns(Version)]
    Version {
        /// The model.
        model: ModelId,
        /// Its number, from 1.
        number: u32,
    },
    /// One price sheet.
    #[returns(PriceSheet)]
    PriceSheet {
        /// The model.
        model: ModelId,
        /// Its version, from 1.
        version: u32,
    },
    /// Used contributions by position; `start_after` is a position.
    #[returns(Vec<UsedContribution>)]
    Used {
        /// The model.
        model: ModelId,
        /// The page.
        page: Page,
    },
    /// The contributions at given positions, in the order asked; at most 100.
    #[returns(Vec<ContributionId>)]
    At {
        /// The model.
        model: ModelId,
        /// Positions.
        positions: Vec<u32>,
    },
    /// Approved extensions of the validation pool by number.
    #[returns(Vec<ValidationExtension>)]
    ValidationExtensions {
        /// The model.
        model: ModelId,
        /// The page.
        page: Page,
    },
    /// What a round needs: counts only examples approved no later than `fixed_by`.
    #[returns(RoundBasis)]
    RoundBasis {
        /// The model.
        model: ModelId,
        /// As `settlement` says in its `OpenRange`.
        fixed_by: Seconds,
    },
    /// What a payment needs.
    #[returns(Commerce)]
    Commerce {
        /// The model.
        model: ModelId,
        /// Whose terms; the current epoch if absent.
        epoch: Option<Epoch>,
    },
    /// Terms since creation by the epoch from which they hold; `start_after` is an epoch.
    #[returns(Vec<DatedTerms>)]
    TermsHistory {
        /// The model.
        model: ModelId,
        /// The page.
        page: Page,
    },
    /// The position of a contribution.
    #[returns(Option<u32>)]
    PositionOf {
        /// The model.
        model: ModelId,
        /// The contribution.
        contribution: ContributionId,
    },
    /// Positions that later versions must leave out, one bit each (`rules::bitmap`).
    #[returns(cosmwasm_std::Binary)]
    Withdrawn {
        /// The model.
        model: ModelId,
    },
}
