//! Typed events: contracts emit them, clients parse them back. A chain prefixes their type with `wasm-`.

use cosmwasm_std::{Event, Uint128};

use crate::{
    Bps, ChannelId, ContributionId, DatanetId, Epoch, Hash32, MethodId, ModelId, ProposalId, RoundId, Seconds, SpendId,
};

/// An event with a known type but an attribute missing or malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {event}: attribute {attribute} is missing or malformed")]
pub struct MalformedEvent {
    /// Type of the event.
    pub event: &'static str,
    /// The attribute.
    pub attribute: &'static str,
}

macro_rules! events {
    ($(#[$enum_doc:meta])* $enum:ident {$(
        $(#[$doc:meta])* $variant:ident = $name:literal { $($field:ident: $type:ty),* $(,)? }
    ),+ $(,)?}) => {
        $(#[$enum_doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $enum {$(
            $(#[$doc])*
            #[allow(missing_docs, reason = "the fields are the attributes, named and typed")]
            $variant { $($field: $type),* },
        )+}

        impl From<$enum> for Event {
            fn from(event: $enum) -> Self {
                match event {$(
                    $enum::$variant { $($field),* } => Event::new($name)$(.add_attribute(stringify!($field), $field.to_string()))*,
                )+}
            }
        }

        impl $enum {
            /// Reads an event as a chain reports it, with or without the `wasm-` prefix; `None` for other types.
            ///
            /// # Errors
            /// [`MalformedEvent`] when an attribute is missing or cannot be read.
            pub fn parse(event: &Event) -> Option<Result<Self, MalformedEvent>> {
                match event.ty.strip_prefix("wasm-").unwrap_or(&event.ty) {
                    $($name => Some((|| {
                        Ok($enum::$variant {
                            $($field: read::<$type>(event, $name, stringify!($field))?,)*
                        })
                    })()),)+
                    _ => None,
                }
            }
        }
    };
}

fn read<T: std::str::FromStr>(event: &Event, name: &'static str, attribute: &'static str) -> Result<T, MalformedEvent> {
    event
        .attributes
        .iter()
        .find(|candidate| candidate.key == attribute)
        .and_then(|found| found.value.parse().ok())
        .ok_or(MalformedEvent { event: name, attribute })
}

events! {
    /// Events of `datanet`.
    DatanetEvent {
        /// A DataNet was created.
        DatanetCreated = "datanet_created" { datanet: DatanetId, owner: String, name: String },
        /// A DataNet was offered to a new owner.
        DatanetOffered = "datanet_offered" { datanet: DatanetId, to: String },
        /// A DataNet has a new owner.
        DatanetAccepted = "datanet_accepted" { datanet: DatanetId, owner: String },
        /// A contribution was committed.
        Committed = "contribution_committed" { contribution: ContributionId, datanet: DatanetId, contributor: String, bond: Uint128 },
        /// A contribution was revealed.
        Revealed = "contribution_revealed" { contribution: ContributionId, items_root: Hash32, item_count: u64 },
        /// A reveal was overdue; the bond went to the treasury.
        Forfeited = "contribution_forfeited" { contribution: ContributionId, bond: Uint128 },
        /// A reviewer voted.
        Reviewed = "contribution_reviewed" { contribution: ContributionId, reviewer: String, accepts: u32, rejects: u32 },
        /// A contribution joined its DataNet.
        Accepted = "contribution_accepted" { contribution: ContributionId, datanet: DatanetId, version: u64, root: Hash32 },
        /// A contribution was refused; its bond went back.
        Rejected = "contribution_rejected" { contribution: ContributionId, bond: Uint128 },
        /// Items were proved to be copies.
        DuplicatesProved = "duplicates_proved" {
            later: ContributionId, earlier: ContributionId, prover: String, distinct: u64, taken: Uint128, to_prover: Uint128, slashed: bool,
        },
        /// Payees changed.
        PayeesSet = "payees_set" { contribution: ContributionId },
        /// A contribution was withdrawn.
        Withdrawn = "contribution_withdrawn" { contribution: ContributionId },
        /// What was left of a bond went back.
        BondReleased = "bond_released" { contribution: ContributionId, to: String, bond: Uint128 },
        /// A model was announced for recognition.
        RecognitionProposed = "recognition_proposed" { datanet: DatanetId, model: ModelId, not_before: Seconds },
        /// A model is recognised.
        RecognitionConfirmed = "recognition_confirmed" { datanet: DatanetId, model: ModelId },
        /// A model is no longer announced or recognised.
        RecognitionRevoked = "recognition_revoked" { datanet: DatanetId, model: ModelId },
        /// Proved debt was claimed.
        DebtClaimed = "debt_claimed" { contribution: ContributionId, model: ModelId, debt: Uint128, not_before: Seconds },
        /// A reviewer or curator appealed.
        DebtAppealed = "debt_appealed" { contribution: ContributionId, model: ModelId, by: String, appeals: u32, barred: bool },
        /// Proved debt was taken from a bond.
        DebtCollected = "debt_collected" { contribution: ContributionId, model: ModelId, taken: Uint128 },
        /// A model uses a contribution.
        Used = "contribution_used" { contribution: ContributionId, model: ModelId },
    }
}

events! {
    /// Events of `model`.
    ModelEvent {
        /// A model was created.
        ModelCreated = "model_created" { model: ModelId, owner: String, name: String, method: MethodId },
        /// A model was offered to a new owner.
        ModelOffered = "model_offered" { model: ModelId, to: String },
        /// A model has a new owner.
        ModelAccepted = "model_accepted" { model: ModelId, owner: String },
        /// A contribution got a position.
        PositionTaken = "position_taken" { model: ModelId, position: u32, contribution: ContributionId },
        /// A model's stake was created.
        StakeCreated = "stake_created" { model: ModelId, stake: String },
        /// Terms were changed, from an epoch on.
        TermsChanged = "terms_changed" {
            model: ModelId, from: Epoch, owner: Bps, stake: Bps, influence: Bps, parents: Bps, release_rate: Bps, cap: Uint128,
        },
        /// A used contribution was noted as withdrawn or slashed.
        WithdrawalNoted = "withdrawal_noted" { model: ModelId, position: u32, contribution: ContributionId },
        /// Work was paid in stake.
        WorkPaid = "work_paid" { model: ModelId, version: u32, account: String, kind: String, units: Uint128 },
        /// A version was registered.
        VersionRegistered = "version_registered" { model: ModelId, version: u32, weights_hash: Hash32, training_hash: Hash32 },
        /// A price sheet took effect.
        PricesSet = "prices_set" { model: ModelId, price_sheet: u32 },
        /// A model takes corrections in another DataNet, or none (0) any more.
        CorrectionsSet = "corrections_set" { model: ModelId, datanet: u64 },
        /// Validation examples were proposed.
        ValidationProposed = "validation_proposed" { model: ModelId, root: Hash32, count: u64 },
        /// A curator approved the proposal.
        ValidationApproved = "validation_approved" { model: ModelId, root: Hash32, curator: String },
        /// The pool grew.
        ValidationExtended = "validation_extended" { model: ModelId, extension: u32, root: Hash32, approved: u64 },
        /// A round consumed examples.
        ValidationConsumed = "validation_consumed" { model: ModelId, round: RoundId, from: u64, count: u64 },
    }
}

events! {
    /// Events of `attribution`.
    AttributionEvent {
        /// A method was registered.
        MethodRegistered = "method_registered" { method: MethodId, name: String },
        /// An operator was admitted.
        OperatorAdmitted = "operator_admitted" { method: MethodId, operator: String, active_from: Seconds },
        /// An operator paid its bond.
        OperatorBonded = "operator_bonded" { method: MethodId, operator: String, bond: Uint128 },
        /// An operator can be sent what is for operators alone.
        EncryptionKeySet = "encryption_key_set" { method: MethodId, operator: String, key: Hash32 },
        /// An operator was removed.
        OperatorRemoved = "operator_removed" { method: MethodId, operator: String, leaves_at: Seconds },
        /// An operator leaves.
        OperatorUnbonding = "operator_unbonding" { method: MethodId, operator: String, bond_free_at: Seconds },
        /// An operator's bond went back.
        BondWithdrawn = "operator_bond_withdrawn" { method: MethodId, operator: String, bond: Uint128 },
        /// An operator did not commit in an opened round.
        RoundMissed = "round_missed" { method: MethodId, operator: String, model: ModelId, round: RoundId, missed: u32 },
        /// An operator paid for missed rounds.
        OperatorPenalised = "operator_penalised" { method: MethodId, operator: String, model: ModelId, round: RoundId, penalty: Uint128 },
        /// An operator was slashed for committing without revealing.
        OperatorSlashed = "operator_slashed" { method: MethodId, operator: String, model: ModelId, round: RoundId, bond: Uint128 },
        /// A round opened.
        RoundOpened = "round_opened" {
            model: ModelId, round: RoundId, kind: String, first_epoch: Epoch, last_epoch: Epoch, pool: Uint128, tranche: Uint128, inputs: Hash32,
        },
        /// A report was committed.
        ReportCommitted = "report_committed" { model: ModelId, round: RoundId, operator: String, commitment: Hash32 },
        /// The reveal window began.
        RevealsBegun = "reveals_begun" { model: ModelId, round: RoundId, committed: u32 },
        /// A report was revealed.
        ReportRevealed = "report_revealed" { model: ModelId, round: RoundId, operator: String, kind: String },
        /// Positions were aggregated.
        Aggregated = "aggregated" { model: ModelId, round: RoundId, through: u32, denominator: u64, complete: bool },
        /// An operator's agreement with the median.
        Agreement = "agreement" { model: ModelId, round: RoundId, operator: String, agreement: u16, distance: u64, reference: u64 },
        /// Positions were advanced.
        Advanced = "advanced" { model: ModelId, round: RoundId, through: u32, complete: bool },
        /// A round closed.
        RoundClosed = "round_closed" { model: ModelId, round: RoundId, outcome: String },
    }
}

events! {
    /// Events of `settlement`.
    SettlementEvent {
        /// A channel opened.
        ChannelOpened = "channel_opened" { channel: ChannelId, model: ModelId, payer: String, gateway: String, deposit: Uint128 },
        /// A deposit grew.
        ChannelToppedUp = "channel_topped_up" { channel: ChannelId, deposit: Uint128 },
        /// A voucher was booked.
        Redeemed = "voucher_redeemed" {
            channel: ChannelId, model: ModelId, epoch: Epoch, number: u32, previous_head: Hash32, head: Hash32, amount: Uint128,
        },
        /// A payer gave notice.
        CloseNoticed = "close_noticed" { channel: ChannelId, close_at: Seconds },
        /// A channel closed.
        ChannelClosed = "channel_closed" { channel: ChannelId, refunded: Uint128 },
        /// OPEN was given to the treasury.
        TreasuryReceived = "treasury_received" { from: String, amount: Uint128 },
        /// The settling of a range began.
        SettlingBegun = "settling_begun" {
            model: ModelId, round: RoundId, first_epoch: Epoch, last_epoch: Epoch, pool: Uint128, unresolved: Uint128, operator_rewards: Uint128,
        },
        /// The owner's part was booked.
        OwnerBooked = "owner_booked" { model: ModelId, round: RoundId, owner: String, amount: Uint128 },
        /// The stake's part was sent as a dividend.
        DividendSent = "dividend_sent" { model: ModelId, round: RoundId, amount: Uint128 },
        /// The parents' part was set aside.
        RoyaltiesOwed = "royalties_owed" { model: ModelId, round: RoundId, amount: Uint128 },
        /// Royalties moved to a parent.
        RoyaltiesFlowed = "royalties_flowed" { model: ModelId, parent: ModelId, amount: Uint128 },
        /// The ledger of a range is complete.
        RoundSettled = "round_settled" { model: ModelId, round: RoundId, residual: Uint128, stake_given: Uint128 },
        /// Stake was delivered for a position.
        StakeDelivered = "stake_delivered" { model: ModelId, position: u32, contribution: ContributionId, units: Uint128 },
        /// Stake of a slashed contribution went back into the reserve.
        StakeTakenBack = "stake_taken_back" { model: ModelId, position: u32, contribution: ContributionId, units: Uint128 },
        /// A payee got stake.
        StakePaid = "stake_paid" { model: ModelId, account: String, units: Uint128 },
        /// Proved debt was taken from a bond and credited.
        DebtRepaid = "debt_repaid" { model: ModelId, position: u32, amount: Uint128 },
        /// Accounts of a stopped model were released.
        Retired = "ledger_retired" { model: ModelId, through: u32, released: Uint128, complete: bool },
        /// A range lapsed to the treasury.
        Lapsed = "range_lapsed" { model: ModelId, first_epoch: Epoch, last_epoch: Epoch, amount: Uint128 },
        /// A spending of the treasury was announced.
        SpendProposed = "spend_proposed" { spend: SpendId, to: String, amount: Uint128, executable_at: Seconds },
        /// A spending was taken back.
        SpendCancelled = "spend_cancelled" { spend: SpendId },
        /// A spending was paid.
        SpendExecuted = "spend_executed" { spend: SpendId, to: String, amount: Uint128 },
        /// A position was paid.
        Claimed = "claimed" { model: ModelId, position: u32, contribution: ContributionId, amount: Uint128 },
        /// A payee was paid.
        Paid = "paid" { account: String, amount: Uint128 },
        /// A slashed contribution's money went to the treasury.
        Swept = "swept" { model: ModelId, position: u32, contribution: ContributionId, amount: Uint128 },
        /// A balance was withdrawn.
        Withdrawn = "withdrawn" { account: String, amount: Uint128 },
        /// Payees and status of contributions arrived.
        Synced = "contribution_synced" { contribution: ContributionId, slashed: bool },
        /// An operator's reward was booked.
        RewardBooked = "reward_booked" { model: ModelId, round: RoundId, operator: String, amount: Uint128, agreement: Bps },
    }
}

events! {
    /// Events of `stake`, beside the `wasm` events of cw20-base.
    StakeEvent {
        /// OPEN arrived to be shared.
        DividendReceived = "dividend_received" { model: ModelId, from: String, amount: Uint128, sharing: Uint128, points: Uint128 },
        /// A holder was paid.
        DividendPaid = "dividend_paid" { model: ModelId, account: String, amount: Uint128 },
        /// Units left a reserve.
        ReservePaid = "reserve_paid" { model: ModelId, reserve: String, account: String, units: Uint128 },
    }
}

events! {
    /// Events of `timelock`.
    TimelockEvent {
        /// Changes were announced.
        ProposalMade = "proposal_made" { proposal: ProposalId, changes: u32, executable_at: Seconds, expires_at: Seconds },
        /// Announced changes were taken back.
        ProposalCancelled = "proposal_cancelled" { proposal: ProposalId },
        /// Announced changes were made.
        ProposalExecuted = "proposal_executed" { proposal: ProposalId, by: String },
        /// Later proposals wait for another time.
        DelayChanged = "delay_changed" { delay: Seconds },
    }
}
