//! A stranger's check of a round: from the vectors that operators revealed on chain, recompute what the contracts computed, by the
//! same rules; with the published receipts and data, recompute the scores themselves.

use protocol::{
    ModelId, RoundId,
    attribution::{Method, Outcome},
};
use rules::{
    bitmap::BitmapError,
    ledger::LedgerError,
    median,
    score::{Report, ScoreError, Vector},
};
use serde::Serialize;

use crate::{
    contracts::Contracts,
    node::{Engine, NodeError},
};

mod compare;
mod ledger;
mod vectors;

pub use ledger::{Ledger, Step, advance, steps, terms};
pub use vectors::{Aggregate, Revealed, aggregate, revealed};

/// Why a round cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The chain did not answer.
    #[error("the chain did not answer")]
    Chain(#[from] chain::ChainError),
    /// The round changed nothing.
    #[error("round {round} of model {model} settled nothing (it ended as {outcome}): there is no ledger to compare")]
    NotSettled {
        /// The model.
        model: ModelId,
        /// The round.
        round: RoundId,
        /// How it ended.
        outcome: String,
    },
    /// A vector on chain breaks the rules.
    #[error("a revealed vector breaks the rules")]
    Score(#[from] ScoreError),
    /// A bitmap on chain breaks the rules.
    #[error("a revealed bitmap breaks the rules")]
    Bitmap(#[from] BitmapError),
    /// The ledger cannot be advanced.
    #[error("the ledger cannot be advanced")]
    Ledger(#[from] LedgerError),
    /// Amounts on chain are out of range.
    #[error("{0} does not fit 64 bits: amounts of OPEN always do")]
    Range(&'static str),
    /// Scores cannot be recomputed.
    #[error("the scores cannot be recomputed")]
    Measure(#[source] Box<NodeError>),
    /// The chain settled a round that has too little evidence.
    #[error("round {0} was settled, but its published receipts are too few to measure: report it")]
    TooFew(RoundId),
    /// No vector was found.
    #[error("no revealed vector of round {0} is in the chain's transactions: ask a node that keeps them")]
    NoVectors(RoundId),
}

impl From<NodeError> for ReplayError {
    fn from(error: NodeError) -> Self {
        Self::Measure(Box::new(error))
    }
}

/// What a replay found.
#[derive(Clone, Debug, Serialize)]
pub struct Replay {
    /// The model.
    pub model: u64,
    /// The round.
    pub round: u64,
    /// Vectors that were revealed.
    pub vectors: usize,
    /// D.
    pub denominator: u64,
    /// Recomputed ledger after the round, by position.
    pub ledger: Vec<LedgerRow>,
    /// Recomputed residual, in uopen.
    pub residual: String,
    /// What differs from the chain: empty when every bit agrees.
    pub differences: Vec<String>,
    /// Distance of recomputed scores from the aggregate, in 10^-9 of the fees, and the method's tolerance.
    pub influence: Option<InfluenceDistance>,
}

impl Replay {
    /// Whether every bit agrees, and scores too where they were recomputed.
    pub fn agrees(&self) -> bool {
        self.differences.is_empty() && self.influence.is_none_or(|distance| distance.holds())
    }

    /// For people.
    pub fn describe(&self) -> String {
        let mut text = format!(
            "model {}, round {}: {} vectors, D = {}, residual {} uopen\n",
            self.model, self.round, self.vectors, self.denominator, self.residual
        );
        for row in &self.ledger {
            text += &format!(
                "  position {:>3}  accrued {:>14}  payable {:>14} uopen  stake {:>12} units\n",
                row.position, row.accrued, row.payable, row.stake
            );
        }
        for difference in &self.differences {
            text += &format!("DIFFERS: {difference}\n");
        }
        if self.differences.is_empty() {
            text += "aggregate and ledger agree with the chain, bit for bit\n";
        }
        if let Some(distance) = self.influence {
            let verdict = if distance.holds() { "within" } else { "BEYOND" };
            text += &format!(
                "recomputed scores are {} from the aggregate, errors {}, D {} (10^-9 of the fees): {verdict} the tolerance {}\n",
                distance.scores, distance.errors, distance.denominator, distance.tolerance
            );
        }
        text
    }
}

/// A ledger entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerRow {
    /// Position.
    pub position: usize,
    /// Earned, negative for debt, in uopen.
    pub accrued: i64,
    /// Ever released, in uopen.
    pub payable: u64,
    /// Sum of squared doubts, in uopen².
    pub variance: String,
    /// Last score.
    pub last_score: i32,
    /// Stake given by valuations, in units.
    pub stake: u64,
}

/// How far recomputed scores are from the chain's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InfluenceDistance {
    /// Σ|recomputed − aggregate| over scores.
    pub scores: u64,
    /// Σ|recomputed − aggregate| over errors.
    pub errors: u64,
    /// |recomputed − aggregate| of reach is not part of an aggregate; D is.
    pub denominator: u64,
    /// The method's tolerance.
    pub tolerance: u64,
}

impl InfluenceDistance {
    /// Whether scores, errors and D agree within the tolerance.
    pub fn holds(&self) -> bool {
        [self.scores, self.errors, self.denominator].into_iter().all(|distance| distance <= self.tolerance)
    }
}

/// Replays a model's ledger from its first settled round through `round`, and compares with the chain.
pub async fn replay(contracts: &Contracts, model: ModelId, round: RoundId) -> Result<Replay, ReplayError> {
    let wanted = contracts.round(model, round).await?;
    if wanted.outcome != Some(Outcome::Settled) {
        let outcome = wanted.outcome.map_or_else(|| "still open".to_owned(), |outcome| format!("{outcome:?}"));
        return Err(ReplayError::NotSettled { model, round, outcome });
    }
    let (steps, now) = ledger::walk(contracts, model, round).await?;
    let last = steps.last().ok_or(ReplayError::NoVectors(round))?;
    let mut differences: Vec<String> = steps.iter().flat_map(compare::round).collect();
    for step in &steps {
        differences.extend(compare::commitments(contracts, model, step).await?);
        differences.extend(compare::unresolved(contracts, model, step).await?);
    }
    if contracts.settled_rounds(model).await?.last().is_some_and(|latest| latest.round == round) {
        differences.extend(compare::accounts(&now, &contracts.accounts(model).await?));
    }
    Ok(Replay {
        model: model.get(),
        round: round.get(),
        vectors: last.revealed.len(),
        denominator: last.aggregate.denominator,
        ledger: rows(&last.after),
        residual: last.residual().to_string(),
        differences,
        influence: None,
    })
}

/// Recomputes a round's scores from the published receipts and data, and measures how far the chain's aggregate is from them.
pub async fn influence(
    engine: &Engine,
    aggregate: &Aggregate,
    model: ModelId,
    round: RoundId,
) -> Result<InfluenceDistance, ReplayError> {
    let record = engine.contracts.round(model, round).await?;
    let method = engine.contracts.method(record.method).await?;
    match engine.measure(&record).await?.report {
        Report::Vector(vector) => Ok(influence_distance(&vector, aggregate, &method)),
        Report::TooFew => Err(ReplayError::TooFew(round)),
    }
}

/// How far a recomputed vector is from what the chain aggregated.
pub fn influence_distance(recomputed: &Vector, aggregate: &Aggregate, method: &Method) -> InfluenceDistance {
    let pairs = || recomputed.entries.iter().zip(&aggregate.entries);
    let positive: u64 = recomputed.entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
    InfluenceDistance {
        scores: pairs().map(|(ours, theirs)| u64::from(ours.score.abs_diff(theirs.score))).sum(),
        errors: pairs().map(|(ours, theirs)| u64::from(ours.error.abs_diff(theirs.error))).sum(),
        denominator: median::denominator(recomputed.reach, positive).abs_diff(aggregate.denominator),
        tolerance: method.params.tolerance.u64(),
    }
}

fn rows(ledger: &Ledger) -> Vec<LedgerRow> {
    (ledger.entries.iter().zip(&ledger.stake).enumerate())
        .map(|(position, (entry, stake))| LedgerRow {
            position,
            accrued: entry.accrued,
            payable: entry.payable,
            variance: entry.variance.to_string(),
            last_score: entry.last_score,
            stake: *stake,
        })
        .collect()
}
