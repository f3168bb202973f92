//! The content of `report.json`. Amounts are in uopen, as strings where they may pass 2^53; shares are fractions of 1.

use serde::{Deserialize, Serialize};

/// An amount in uopen, a string in JSON.
pub type Uopen = u128;

/// Everything a run of the story shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was run.
    pub run: Run,
    /// What must hold.
    pub checks: Vec<Check>,
    /// One row per contribution with a position, in order, then those without one.
    pub contributions: Vec<ContributionRow>,
    /// One row per account that touched OPEN.
    pub accounts: Vec<AccountRow>,
    /// Rounds in order, failed ones too.
    pub rounds: Vec<RoundRow>,
    /// What was built on the model, and what came back.
    pub offspring: Offspring,
    /// Holders of stake, by model.
    pub holders: Vec<HolderRow>,
    /// Influence beside the true effect of removal, per position.
    pub truth: Truth,
    /// What was asked and answered, where it can be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<SampleRow>,
    /// Where the fees went, over all settled rounds.
    pub fees: FeeFlow,
    /// Seconds that each step took.
    pub timings: Vec<Timing>,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Seed of the story.
    pub seed: u64,
    /// Earning epochs.
    pub epochs: u32,
    /// Operators.
    pub operators: u32,
    /// Chain id.
    pub chain_id: String,
    /// Name of the model.
    pub model: String,
    /// Layers of the model; of a language model its tokens, and the width of each layer.
    pub layers: Vec<usize>,
    /// Damping chosen by the written procedure.
    pub damping: f64,
    /// Accuracy of the served model on held-out examples; of a language model that of the first token of an answer.
    pub accuracy: f64,
    /// Paid calls.
    pub receipts: u64,
    /// Source of the data.
    pub data_source: String,
}

/// A prompt of a round, and what was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleRow {
    /// Name of the model.
    pub model: String,
    /// The round.
    pub round: u64,
    /// What was asked.
    pub prompt: String,
    /// What was answered; it goes on where the prompt ends.
    pub answer: String,
    /// How often it was asked.
    pub calls: u64,
    /// Net fees of these calls, in uopen.
    #[serde(with = "as_string")]
    pub net_fees: Uopen,
}

/// One check; the command fails if it does not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Name.
    pub name: String,
    /// Whether it holds.
    pub holds: bool,
    /// What was measured.
    pub value: serde_json::Value,
    /// What it is held against.
    pub bound: serde_json::Value,
    /// One sentence: what it means.
    pub meaning: String,
}

/// A contribution and its account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContributionRow {
    /// Id on chain.
    pub contribution: u64,
    /// Position in the model; none for what was never used.
    pub position: Option<u32>,
    /// Name in the story, as `honest-120`.
    pub name: String,
    /// Status on chain.
    pub status: String,
    /// Items.
    pub items: u64,
    /// Fee-weighted mean score over the settled rounds, as a fraction of the fees.
    pub score: f64,
    /// Its standard error.
    pub error: f64,
    /// Earned, negative for debt, in uopen.
    pub accrued: i64,
    /// Part of it that waits, in uopen.
    pub held_back: u64,
    /// Debt, in uopen.
    pub debt: u64,
    /// Ever released, in uopen.
    pub payable: u64,
    /// Ever paid, in uopen.
    #[serde(with = "as_string")]
    pub claimed: Uopen,
    /// What the sum of positive influences per item would have paid, in uopen.
    #[serde(with = "as_string")]
    pub usual_rule: Uopen,
    /// Stake that valuation rounds gave, in units.
    pub stake: u64,
    /// Account by settled round.
    pub history: Vec<HistoryPoint>,
}

/// A model built on the first one, and what its payers paid to the first one's contributors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Offspring {
    /// Its name.
    pub model: String,
    /// Its contributions, as those of the first model.
    pub contributions: Vec<ContributionRow>,
    /// Its round of fees, and the first model's valuation round.
    pub rounds: Vec<RoundRow>,
    /// Its fees, in uopen.
    #[serde(with = "as_string")]
    pub gross: Uopen,
    /// Royalties that it passed on, in uopen.
    #[serde(with = "as_string")]
    pub royalties: Uopen,
    /// Of them, released to the first model's contributors, in uopen.
    #[serde(with = "as_string")]
    pub released: Uopen,
    /// What each stage of its making had in its answers, where that was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<Stages>,
}

/// Parts of two stages in the answers of a model built on another. No pay follows from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stages {
    /// Part of all influence, `Σ|φ|`, that the base's contributions have, as a fraction; the rest is the model's own contributions'.
    pub base_size: f64,
    /// What the base's helped less what they harmed, in the same unit.
    pub base_net: f64,
    /// The same of the model's own.
    pub own_net: f64,
    /// Fixed part of the fees that goes to parents, as a fraction.
    pub royalty_share: f64,
}

/// A holder of a model's stake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HolderRow {
    /// Name of the model.
    pub model: String,
    /// Name of the holder in the story.
    pub name: String,
    /// Units held.
    #[serde(with = "as_string")]
    pub units: u128,
    /// Part of the supply, as a fraction.
    pub share: f64,
    /// Dividends paid, in uopen.
    #[serde(with = "as_string")]
    pub dividends: Uopen,
}

/// An account after a settled round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryPoint {
    /// The round.
    pub round: u64,
    /// The last epoch it covered.
    pub epoch: u64,
    /// Earned so far, in uopen.
    pub accrued: i64,
    /// Released so far, in uopen.
    pub payable: u64,
    /// What the usual rule would have paid so far, in uopen.
    #[serde(with = "as_string")]
    pub usual_rule: Uopen,
}

/// An account of the story.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountRow {
    /// Name in the story.
    pub name: String,
    /// Part it plays: contributor, operator, payer, owner, gateway, reviewer, curator, prover.
    pub role: String,
    /// Address.
    pub address: String,
    /// OPEN at the start, in uopen.
    #[serde(with = "as_string")]
    pub start: Uopen,
    /// OPEN at the end, in uopen.
    #[serde(with = "as_string")]
    pub end: Uopen,
    /// Claimed from contributions, in uopen.
    #[serde(with = "as_string")]
    pub claimed: Uopen,
    /// Dividends on stake, in uopen.
    #[serde(with = "as_string")]
    pub dividends: Uopen,
    /// Withdrawn as owner's part or operator's reward, in uopen.
    #[serde(with = "as_string")]
    pub withdrawn: Uopen,
    /// Bonds still held for it, in uopen.
    #[serde(with = "as_string")]
    pub bonded: Uopen,
    /// Bonds lost, in uopen.
    #[serde(with = "as_string")]
    pub slashed: Uopen,
}

/// A round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundRow {
    /// Name of its model.
    pub model: String,
    /// What it was about: fees or valuation.
    pub kind: String,
    /// Its id.
    pub round: u64,
    /// First epoch covered.
    pub first_epoch: u64,
    /// Last epoch covered.
    pub last_epoch: u64,
    /// How it ended.
    pub outcome: String,
    /// Redemptions covered.
    pub redemptions: u32,
    /// Influence pool that was distributed, in uopen.
    #[serde(with = "as_string")]
    pub pool: Uopen,
    /// Unresolved gross fees, the treasury's, in uopen.
    #[serde(with = "as_string")]
    pub unresolved: Uopen,
    /// Part of the pool owed to nobody, the treasury's, in uopen.
    #[serde(with = "as_string")]
    pub residual: Uopen,
    /// Operators of its set.
    pub operators: Vec<OperatorRow>,
}

/// An operator's part in a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatorRow {
    /// Name in the story.
    pub name: String,
    /// How it behaved in this round: honest, reposted, invented, silent, absent.
    pub behaviour: String,
    /// Whether it committed.
    pub committed: bool,
    /// Whether it revealed.
    pub revealed: bool,
    /// Agreement with the median, as a fraction; none when the round failed or nothing was revealed.
    pub agreement: Option<f64>,
    /// Distance of its vector from the median, in 10^-9 of the fees.
    pub distance: Option<u64>,
    /// Reward, in uopen.
    #[serde(with = "as_string")]
    pub reward: Uopen,
    /// Whether it was slashed.
    pub slashed: bool,
}

/// Influence beside the truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Retrainings per contribution.
    pub seeds: u32,
    /// One per position.
    pub rows: Vec<TruthRow>,
    /// Spearman of net influence with the effect on paid queries.
    pub spearman_queries: f64,
    /// Split-half ceiling of that truth.
    pub ceiling_queries: f64,
    /// Spearman of utility with the effect on validation examples.
    pub spearman_validation: f64,
    /// Split-half ceiling of that truth.
    pub ceiling_validation: f64,
}

/// One contribution's influence and true effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TruthRow {
    /// Name in the story.
    pub name: String,
    /// Position.
    pub position: u32,
    /// Net influence, as a fraction of the fees.
    pub net: f64,
    /// Its standard error.
    pub net_error: f64,
    /// Utility.
    pub utility: f64,
    /// Its standard error.
    pub utility_error: f64,
    /// Rise of the loss on paid queries when it is removed, in nats.
    pub effect_queries: f64,
    /// Its standard error over seeds.
    pub effect_queries_error: f64,
    /// Rise of the loss on validation examples when it is removed, in nats.
    pub effect_validation: f64,
    /// Its standard error over seeds.
    pub effect_validation_error: f64,
}

/// Where the fees went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FeeFlow {
    /// Fees redeemed in settled rounds, in uopen.
    #[serde(with = "as_string")]
    pub gross: Uopen,
    /// Unresolved, to the treasury.
    #[serde(with = "as_string")]
    pub unresolved: Uopen,
    /// Operators' rewards.
    #[serde(with = "as_string")]
    pub operators: Uopen,
    /// Protocol's part that the treasury keeps.
    #[serde(with = "as_string")]
    pub protocol_treasury: Uopen,
    /// Owner's part.
    #[serde(with = "as_string")]
    pub owner: Uopen,
    /// Holders of stake, as dividends.
    #[serde(with = "as_string")]
    pub stake: Uopen,
    /// Influence pools.
    #[serde(with = "as_string")]
    pub pool: Uopen,
    /// Of the pools: payable to contributors.
    #[serde(with = "as_string")]
    pub payable: Uopen,
    /// Of the pools: accrued, held back in doubt or not yet released.
    #[serde(with = "as_string")]
    pub held_back: Uopen,
    /// Of the pools: owed to nobody, the treasury's.
    #[serde(with = "as_string")]
    pub residual: Uopen,
}

/// Seconds of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// The step.
    pub step: String,
    /// Seconds.
    pub seconds: f64,
    /// Whether its result was kept from an earlier run.
    pub kept: bool,
}

mod as_string {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
