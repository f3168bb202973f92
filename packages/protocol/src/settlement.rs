//! `settlement`: payment channels, fee split, pools, the payout ledger, claims, treasury. The only contract that holds fees.

use cosmwasm_schema::{QueryResponses, cw_serde};
use cosmwasm_std::{Addr, Binary, Int64, OverflowError, Uint64, Uint128};
use cw20::Cw20ReceiveMsg;

use crate::{
    Bps, ChannelId, ContributionId, Epoch, Hash32, ModelId, Page, Payee, Permission, RoundId, Seconds, SpendId,
    attribution::RoundKind,
};

/// The most redemptions that one epoch of a model, and one round, can hold.
pub const MAX_REDEMPTIONS: u32 = 4_096;
/// The most epochs with fees that one round covers.
pub const MAX_EPOCHS: usize = 64;
/// The most vouchers in one message.
pub const MAX_VOUCHERS: usize = 64;
/// The most positions in one claim.
pub const MAX_CLAIMED: usize = 100;
/// Ledger entries in one stored chunk; `Advance` works on whole chunks.
pub const ENTRIES_PER_CHUNK: u32 = 32;
/// Chunks that one `Retire` handles unless told otherwise.
pub const DEFAULT_CHUNKS_PER_RETIRE: u32 = 64;

/// Sets the contract up. It is deployed last. Its governance proposes spendings of the treasury and can do nothing else: no message
/// changes a parameter.
#[cw_serde]
pub struct InstantiateMsg {
    /// The cw20 contract of OPEN.
    pub open_token: String,
    /// The `datanet` contract.
    pub datanet: String,
    /// The `model` contract.
    pub model: String,
    /// The `attribution` contract.
    pub attribution: String,
    /// Start of epoch 0.
    pub genesis: Seconds,
    /// Length of an epoch; at least 2.
    pub epoch_length: Seconds,
    /// Blocks that every window lasts at least.
    pub min_blocks: Uint64,
    /// Share of every fee that is the protocol's, off the top.
    pub protocol_share: Bps,
    /// Share of the protocol's part that is the operators' pot; the rest is the treasury's.
    pub operators_share: Bps,
    /// The smallest amount of one redemption, in uopen; at least 1.
    pub min_redemption: Uint128,
    /// Governance of the treasury.
    pub owner: String,
    /// Time from the proposal of a spending until it can be executed.
    pub treasury_delay: Seconds,
    /// Epochs without fees after which a ledger can be retired; at least 1.
    pub retire_after: Uint64,
    /// Epochs between the openings of valuation rounds of a model; at least 1.
    pub valuation_interval: Uint64,
    /// Epochs after which a range that no round could settle lapses to the treasury; at least 64.
    pub lapse_after: Uint64,
}

/// Migration takes no parameters; name and version are checked.
#[cw_serde]
pub struct MigrateMsg {}

/// A payer's signed promise. The signature is over `rules::payment::Voucher::digest`.
#[cw_serde]
pub struct SignedVoucher {
    /// The channel.
    pub channel: ChannelId,
    /// The epoch of its calls.
    pub epoch: Epoch,
    /// All that the channel owes up to now, in uopen.
    pub cumulative: Uint128,
    /// Head of the chain of receipts that the sum is for.
    pub head: Hash32,
    /// Compact secp256k1 signature (64 bytes) by the channel's voucher key.
    pub signature: Binary,
}

/// Positions of one model to claim for.
#[cw_serde]
pub struct ClaimItem {
    /// The model.
    pub model: ModelId,
    /// Positions, none twice.
    pub positions: Vec<u32>,
}

/// A contribution's payees and status, as `datanet` pushes them.
#[cw_serde]
pub struct ContributionUpdate {
    /// The contribution.
    pub contribution: ContributionId,
    /// Who is paid.
    pub payees: Vec<Payee>,
    /// Whether what it still would earn goes to the treasury.
    pub slashed: bool,
}

/// An operator's part of the pot.
#[cw_serde]
pub struct OperatorReward {
    /// The operator.
    pub operator: String,
    /// Its agreement.
    pub agreement: Bps,
}

/// What the first `Advance` of a round carries.
#[cw_serde]
pub struct AdvanceBegin {
    /// What the round is about.
    pub kind: RoundKind,
    /// Of a valuation: the royalties that it distributes, fixed at its opening, in uopen; 0 for fees.
    pub royalties: Uint128,
    /// Of a valuation: the stake that it distributes, fixed at its opening, in units; 0 for fees.
    pub tranche: Uint128,
    /// Of a valuation: versions that were registered when it opened; 0 for fees.
    pub versions: u32,
    /// First epoch of the range.
    pub first_epoch: Epoch,
    /// Last epoch of the range.
    pub last_epoch: Epoch,
    /// D.
    pub denominator: Uint64,
    /// Standard errors beyond which earnings are certain, in tenths.
    pub z_tenths: u8,
    /// Count of positions of the round.
    pub positions: u32,
    /// Number of operators in the set: each has an equal part of the pot.
    pub operators: u32,
    /// Agreement of those who revealed a vector.
    pub rewards: Vec<OperatorReward>,
    /// Redemptions that leave the pool, one bit each in the order of the range.
    pub unresolved: Binary,
}

/// Messages.
#[cw_serde]
pub enum ExecuteMsg {
    /// OPEN arrives with a [`ReceiveMsg`].
    Receive(Cw20ReceiveMsg),
    /// Books the last vouchers of channels; all or none.
    Redeem {
        /// At most 64, of the sender's channels.
        vouchers: Vec<SignedVoucher>,
    },
    /// Ends a channel: at once by its gateway, after a notice by its payer.
    CloseChannel {
        /// The channel.
        channel: ChannelId,
    },
    /// Pays a channel's rest back to its payer once the notice is over.
    FinishClose {
        /// The channel.
        channel: ChannelId,
    },
    /// Records the current height, which begins the windows of epochs that have ended. Every other message does so too.
    Tick {},
    /// Takes payees and status of used contributions.
    SyncContributions {
        /// At most 100.
        updates: Vec<ContributionUpdate>,
    },
    /// Takes the contributions at a model's new positions, so that no claim has to ask for them.
    TakePositions {
        /// The model.
        model: ModelId,
        /// Position of the first; the others follow.
        first_position: u32,
        /// At most 100.
        contributions: Vec<ContributionId>,
    },
    /// Moves the ledger by aggregated scores.
    Advance {
        /// The model.
        model: ModelId,
        /// The round.
        round: RoundId,
        /// With the first chunk, and only then.
        begin: Option<Box<AdvanceBegin>>,
        /// First position of this chunk: a multiple of 32, following the last chunk.
        first_position: u32,
        /// Packed entries; a multiple of 32 of them unless last.
        entries: Binary,
    },
    /// Two-step transfer of the treasury's governance.
    UpdateOwnership(cw_ownable::Action),
    /// Announces a spending of the treasury.
    ProposeSpend {
        /// To whom.
        to: String,
        /// How much, in uopen; at least 1.
        amount: Uint128,
        /// What for; up to 256 characters.
        reason: String,
    },
    /// Takes an announced spending back.
    CancelSpend {
        /// The spending.
        spend: SpendId,
    },
    /// Pays an announced spending once its delay is over, if the treasury holds it.
    ExecuteSpend {
        /// The spending.
        spend: SpendId,
    },
    /// Moves the royalties that a model owes one hop, to its parents: at least `rules::royalty::MIN_FLOW`, shared by their shares,
    /// remainder carried.
    Flow {
        /// The model that owes them.
        model: ModelId,
    },
    /// Releases what doubt holds back in a model that has had no fees for `retire_after` epochs and has nothing unsettled:
    /// `payable = liability`, chunk by chunk.
    Retire {
        /// The model.
        model: ModelId,
        /// Chunks of 32 accounts to handle now.
        limit: Option<u32>,
    },
    /// Gives all parts of a range that no round has settled within `lapse_after` epochs to the treasury. Not while a round is open.
    Lapse {
        /// The model.
        model: ModelId,
    },
    /// Pays what is payable to the payees, and delivers the stake that valuation rounds gave.
    Claim {
        /// At most 100 positions in all.
        claims: Vec<ClaimItem>,
    },
    /// Moves what slashed contributions still would be paid to the treasury.
    SweepSlashed {
        /// At most 100 positions in all.
        claims: Vec<ClaimItem>,
    },
    /// Pays out the sender's balance: owner's parts, operators' rewards.
    Withdraw {},
}

impl ExecuteMsg {
    /// Who may send this message.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Receive(_) => Permission::OpenToken,
            Self::Redeem { .. } => Permission::Party("the gateway of every channel named"),
            Self::CloseChannel { .. } => Permission::Party("the channel's payer or gateway"),
            Self::FinishClose { .. }
            | Self::Tick {}
            | Self::Claim { .. }
            | Self::SweepSlashed { .. }
            | Self::ExecuteSpend { .. }
            | Self::Flow { .. }
            | Self::Retire { .. }
            | Self::Lapse { .. } => Permission::Anyone,
            Self::UpdateOwnership(_) => Permission::Party("governance, or the account that governance was offered to"),
            Self::ProposeSpend { .. } | Self::CancelSpend { .. } => Permission::Governance,
            Self::SyncContributions { .. } => Permission::Datanet,
            Self::TakePositions { .. } => Permission::Model,
            Self::Advance { .. } => Permission::Attribution,
            Self::Withdraw {} => Permission::Party("any account with a balance"),
        }
    }
}

/// What OPEN is sent for.
#[cw_serde]
pub enum ReceiveMsg {
    /// Opens a channel with the amount as its deposit.
    OpenChannel {
        /// The model to pay for; its gateway is fixed with it.
        model: ModelId,
        /// Compressed secp256k1 key (33 bytes) that signs vouchers.
        voucher_key: Binary,
    },
    /// Adds to a channel's deposit.
    TopUp {
        /// The channel.
        channel: ChannelId,
    },
    /// Gives to the treasury: slashed bonds arrive so; anyone may give.
    Treasury {},
    /// Proved debt taken from a bond: the treasury's, and credited to the account. Only `datanet` sends it.
    Debt {
        /// The model.
        model: ModelId,
        /// The contribution's position in it.
        position: u32,
    },
}

/// A payment channel.
#[cw_serde]
pub struct Channel {
    /// Its id.
    pub id: ChannelId,
    /// Who pays.
    pub payer: Addr,
    /// Key that signs vouchers.
    pub voucher_key: Binary,
    /// The model.
    pub model: ModelId,
    /// Who redeems.
    pub gateway: Addr,
    /// Paid in, in uopen.
    pub deposit: Uint128,
    /// Redeemed, in uopen: the last voucher's sum.
    pub redeemed: Uint128,
    /// Head of the receipts redeemed so far.
    pub head: Hash32,
    /// Epoch of the last voucher redeemed.
    pub last_epoch: Option<Epoch>,
    /// When the payer's notice ends.
    pub close_at: Option<Seconds>,
    /// Height at which the notice was given.
    pub notice_height: Option<Uint64>,
    /// Whether its rest was paid back.
    pub closed: bool,
}

/// A booked redemption.
#[cw_serde]
pub struct BookedRedemption {
    /// The channel.
    pub channel: ChannelId,
    /// Its rank in the epoch, from 0.
    pub number: u32,
    /// Head before.
    pub previous_head: Hash32,
    /// Head after.
    pub head: Hash32,
    /// Gross amount, in uopen.
    pub amount: Uint128,
}

/// Parts of fees, in uopen.
#[cw_serde]
#[derive(Default)]
pub struct Parts {
    /// The protocol's.
    pub protocol: Uint128,
    /// The owner's.
    pub owner: Uint128,
    /// The stake holders'.
    pub stake: Uint128,
    /// The contributors'.
    pub influence: Uint128,
    /// The parents'.
    pub parents: Uint128,
}

/// What an epoch of a model earned.
#[cw_serde]
pub struct EpochBook {
    /// The epoch.
    pub epoch: Epoch,
    /// Redemptions booked.
    pub redemptions: u32,
    /// Fold of the redemptions.
    pub commitment: Hash32,
    /// Fees, in uopen.
    pub gross: Uint128,
    /// Their split.
    pub parts: Parts,
    /// The round that settled it. None while it is unsettled, and none ever if it lapsed: then `settled_through` has passed it.
    pub settled_by: Option<RoundId>,
}

/// What a round would cover.
#[cw_serde]
pub struct OpenRange {
    /// First epoch: the one after the last settled range.
    pub first_epoch: Epoch,
    /// Last epoch.
    pub last_epoch: Epoch,
    /// Start of the last epoch whose redemption is over: validation examples must have been fixed by then. When a round opens in time,
    /// that is the range's only epoch; were it always of the range, examples approved too late would lock a full range for good.
    pub fixed_by: Seconds,
    /// Books of epochs with fees, in order.
    pub books: Vec<EpochBook>,
    /// Redemptions in all.
    pub redemptions: u32,
    /// Influence parts in all, in uopen.
    pub pool: Uint128,
    /// Release rate and cap of the last epoch.
    pub release_rate: Bps,
    /// The cap, in uopen.
    pub cap: Uint128,
    /// Whether waiting longer would add nothing: no further epoch fits, or the first one has waited for 64 epochs. Then a pool under the
    /// method's minimum can open too, or it never could.
    pub full: bool,
}

/// Whether a round can open.
#[cw_serde]
pub enum Openable {
    /// It would cover this.
    Range(Box<OpenRange>),
    /// The earliest unsettled epoch can still be redeemed.
    Redeemable {
        /// The epoch.
        epoch: Epoch,
        /// Earliest end of its redemption period; blocks must pass too.
        until: Seconds,
    },
    /// No unsettled epoch has fees.
    NoFees {},
}

/// A contribution's account in a model.
#[cw_serde]
pub struct Account {
    /// Its position.
    pub position: u32,
    /// Earned by measurement, less harm; negative is debt. In uopen.
    pub accrued: Int64,
    /// Ever released for payment, in uopen.
    pub payable: Uint64,
    /// Sum of squared doubts, in uopen².
    pub variance: Uint128,
    /// Score of the last settled round, in 10^-9 of its fees.
    pub last_score: i32,
    /// Ever paid, in uopen.
    pub claimed: Uint128,
    /// Part of `accrued` that waits: in doubt at the z of the last round, or not yet released.
    pub held_back: Uint64,
    /// `max(0, −accrued)`.
    pub debt: Uint64,
    /// The part of it beyond doubt, see `rules::ledger`.
    pub proved_debt: Uint64,
    /// Settled rounds of fees in a row with proved debt, up to 255.
    pub rounds_with_debt: u8,
    /// Settled rounds of fees in a row without, up to 255.
    pub rounds_without_debt: u8,
    /// Stake that valuation rounds gave, in units.
    pub stake: Uint64,
    /// Of that, delivered or taken back, in units.
    pub stake_claimed: Uint64,
}

/// Totals of a model.
#[cw_serde]
#[derive(Default)]
pub struct ModelTotals {
    /// Last settled epoch.
    pub settled_through: Option<Epoch>,
    /// Σ liability of the ledger, in uopen: owed to contributors, claimed or not.
    pub liability: Uint128,
    /// Σ payable of the ledger, in uopen.
    pub payable: Uint128,
    /// Claimed by payees or swept to the treasury, in uopen.
    pub claimed: Uint128,
    /// Parts of unsettled epochs.
    pub unsettled: Parts,
    /// Pool of a round in progress, less what its chunks have added to `liability`.
    pub in_progress: Uint128,
    /// z of the last settled round, in tenths.
    pub z_tenths: u8,
    /// Parents' parts of settled rounds and passed-on royalties, waiting for `Flow`, in uopen.
    pub royalties_owed: Uint128,
    /// Royalties that came in, split by this model's terms, waiting for a valuation round. Protocol and parents are 0.
    pub royalties: Parts,
    /// Royalties ever passed on to parents, in uopen.
    pub royalties_flowed: Uint128,
    /// Stake given to positions by valuation rounds, in units.
    pub stake_given: Uint128,
    /// Of that, delivered or taken back into the reserve, in units.
    pub stake_claimed: Uint128,
    /// Taken from bonds for proved debt, in uopen.
    pub debt_collected: Uint128,
    /// Versions that the last settled valuation round knew.
    pub valued_versions: u32,
    /// Epoch of the last settled valuation round.
    pub valued_in: Option<Epoch>,
    /// Epoch in which the ledger was retired last.
    pub retired_in: Option<Epoch>,
}

/// What a valuation round would distribute, and when.
#[cw_serde]
pub struct Valuation {
    /// The current epoch.
    pub epoch: Epoch,
    /// The earliest epoch in which one can open.
    pub not_before: Epoch,
    /// Royalties that wait for it.
    pub royalties: Parts,
    /// Stake that it would distribute if there is a new version, in units.
    pub tranche: Uint128,
    /// Versions that the last one knew.
    pub valued_versions: u32,
    /// Release rate and cap of the current epoch.
    pub release_rate: Bps,
    /// The cap, in uopen.
    pub cap: Uint128,
}

/// An account's standing, for `datanet`.
#[cw_serde]
#[derive(Copy)]
pub struct Standing {
    /// `−accrued` beyond doubt, in uopen; see `rules::ledger`.
    pub proved_debt: Uint64,
    /// Settled rounds of fees in a row with proved debt, up to 255.
    pub rounds_with_debt: u8,
    /// Settled rounds of fees in a row without, up to 255.
    pub rounds_without_debt: u8,
    /// Whether the account was released by a retirement after the last settled round, and no fees have come in since.
    pub retired: bool,
}

/// An announced spending of the treasury.
#[cw_serde]
pub struct Spend {
    /// Its id.
    pub id: SpendId,
    /// To whom.
    pub to: Addr,
    /// How much, in uopen.
    pub amount: Uint128,
    /// What for.
    pub reason: String,
    /// Earliest time of its execution.
    pub executable_at: Seconds,
    /// Height at which it was announced.
    pub proposed_height: Uint64,
    /// Where it stands.
    pub state: SpendState,
}

/// Where a spending stands.
#[cw_serde]
#[derive(Copy)]
pub enum SpendState {
    /// Announced.
    Proposed,
    /// Paid.
    Executed,
    /// Taken back.
    Cancelled,
}

/// What a settled round did.
#[cw_serde]
pub struct SettledRound {
    /// The round.
    pub round: RoundId,
    /// What it was about.
    pub kind: RoundKind,
    /// First epoch of its range; of a valuation, the epoch of its opening.
    pub first_epoch: Epoch,
    /// Last epoch of its range; of a valuation, the epoch of its opening.
    pub last_epoch: Epoch,
    /// Stake that it could distribute, in units.
    pub tranche: Uint128,
    /// Stake that it gave to positions, in units.
    pub stake_given: Uint128,
    /// Fees, unresolved ones apart, or royalties, in uopen.
    pub gross: Uint128,
    /// Their split.
    pub parts: Parts,
    /// Gross amount of unresolved redemptions, all of it the treasury's.
    pub unresolved: Uint128,
    /// Booked to operators, in uopen.
    pub operator_rewards: Uint128,
    /// Part of the pool owed to nobody, the treasury's.
    pub residual: Uint128,
    /// D.
    pub denominator: Uint64,
    /// z in tenths.
    pub z_tenths: u8,
    /// Release rate.
    pub release_rate: Bps,
    /// Cap, in uopen.
    pub cap: Uint128,
    /// Whether all its chunks are in.
    pub complete: bool,
}

/// Everything the contract owes, in uopen, but for what its claims have paid. Its OPEN balance is never less than the sum less
/// [`ModelTotals::claimed`] of all models.
#[cw_serde]
#[derive(Default)]
pub struct Totals {
    /// Deposits of channels, less redeemed and refunded.
    pub channels: Uint128,
    /// Parts of unsettled epochs, and pools of rounds in progress.
    pub pools: Uint128,
    /// Royalties: owed to parents, and waiting for valuation rounds.
    pub royalties: Uint128,
    /// Σ liability over all models: owed to contributors, claimed or not.
    pub liability: Uint128,
    /// Balances of owners and operators.
    pub balances: Uint128,
    /// The treasury.
    pub treasury: Uint128,
}

impl Totals {
    /// What the contract owes, in uopen: everything, less what claims have taken ([`ModelTotals::claimed`] of all models).
    ///
    /// # Errors
    /// If the sum overflows, or more was claimed than is booked.
    pub fn owed(&self, claimed: Uint128) -> Result<Uint128, OverflowError> {
        let Self { channels, pools, royalties, liability, balances, treasury } = *self;
        let parts = [channels, pools, royalties, liability, balances, treasury];
        parts.into_iter().try_fold(Uint128::zero(), Uint128::checked_add)?.checked_sub(claimed)
    }
}

/// Configuration.
#[cw_serde]
pub struct Config {
    /// The cw20 contract of OPEN.
    pub open_token: Addr,
    /// The `datanet` contract.
    pub datanet: Addr,
    /// The `model` contract.
    pub model: Addr,
    /// The `attribution` contract.
    pub attribution: Addr,
    /// Start of epoch 0.
    pub genesis: Seconds,
    /// Length of an epoch.
    pub epoch_length: Seconds,
    /// Blocks that every window lasts at least.
    pub min_blocks: Uint64,
    /// Share of every fee that is the protocol's.
    pub protocol_share: Bps,
    /// Share of that which is the operators' pot.
    pub operators_share: Bps,
    /// The smallest amount of one redemption, in uopen.
    pub min_redemption: Uint128,
    /// Time from the proposal of a spending until it can be executed.
    pub treasury_delay: Seconds,
    /// Epochs without fees after which a ledger can be retired.
    pub retire_after: Uint64,
    /// Epochs between the openings of valuation rounds of a model.
    pub valuation_interval: Uint64,
    /// Epochs after which a range that no round could settle lapses.
    pub lapse_after: Uint64,
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
    /// Everything the contract owes.
    #[returns(Totals)]
    Totals {},
    /// The epoch of the current block.
    #[returns(Option<Epoch>)]
    CurrentEpoch {},
    /// One channel.
    #[returns(Channel)]
    Channel {
        /// Its id.
        channel: ChannelId,
    },
    /// Channels by id.
    #[returns(Vec<Channel>)]
    Channels {
        /// The page.
        page: Page,
    },
    /// Books of epochs with fees, by epoch.
    #[returns(Vec<EpochBook>)]
    Epochs {
        /// The model.
        model: ModelId,
        /// The page.
        page: Page,
    },
    /// Redemptions of an epoch, by number.
    #[returns(Vec<BookedRedemption>)]
    Redemptions {
        /// The model.
        model: ModelId,
        /// The epoch.
        epoch: Epoch,
        /// The page.
        page: Page,
    },
    /// Whether a round can open, and what it would cover.
    #[returns(Openable)]
    Openable {
        /// The model.
        model: ModelId,
    },
    /// Scores of the last settled round, 4 bytes big-endian each.
    #[returns(Binary)]
    LastScores {
        /// The model.
        model: ModelId,
        /// First position.
        from: u32,
        /// How many.
        count: u32,
    },
    /// Accounts of contributions by position; `start_after` is a position.
    #[returns(Vec<Account>)]
    Accounts {
        /// The model.
        model: ModelId,
        /// The page.
        page: Page,
    },
    /// Totals of a model.
    #[returns(ModelTotals)]
    ModelTotals {
        /// The model.
        model: ModelId,
    },
    /// What settled rounds did, by round.
    #[returns(Vec<SettledRound>)]
    SettledRounds {
        /// The model.
        model: ModelId,
        /// The page.
        page: Page,
    },
    /// What a valuation round of a model would distribute.
    #[returns(Valuation)]
    Valuation {
        /// The model.
        model: ModelId,
    },
    /// The standing of an account.
    #[returns(Standing)]
    Standing {
        /// The model.
        model: ModelId,
        /// The position.
        position: u32,
    },
    /// Spendings of the treasury by id.
    #[returns(Vec<Spend>)]
    Spends {
        /// The page.
        page: Page,
    },
    /// Governance of the treasury.
    #[returns(cw_ownable::Ownership<Addr>)]
    Ownership {},
    /// An account's balance of owner's parts and operators' rewards.
    #[returns(Uint128)]
    Balance {
        /// The account.
        account: String,
    },
}
