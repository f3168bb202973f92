//! A stranger's check of a round: from the vectors that operators revealed on chain, recompute what the contracts computed, by the
//! same rules; with the published receipts and data, recompute the scores themselves.

use cosmwasm_std::from_json;
use protocol::{
    Hash32, ModelId, RoundId,
    attribution::{ExecuteMsg, Method, Outcome, ReportMsg, Round},
    settlement::{Account, SettledRound},
};
use rules::{
    bitmap::{Bitmap, BitmapError},
    ledger::{self, Entry, LedgerError, RoundTerms},
    median, quorum,
    score::{Report, ScoreEntry, ScoreError, Vector, report_commitment, unpack_entries},
};
use serde::Serialize;

use crate::{
    contracts::Contracts,
    node::{Engine, NodeError},
};

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

/// An operator's vector as it was revealed.
#[derive(Clone, Debug)]
pub struct Revealed {
    /// The operator.
    pub operator: String,
    /// Its vector.
    pub vector: Vector,
    /// Salt of its commitment.
    pub salt: Hash32,
}

/// What a round's vectors come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// Medians by position.
    pub entries: Vec<ScoreEntry>,
    /// D.
    pub denominator: u64,
    /// Redemptions that more than half of the vectors call unresolved.
    pub unresolved: Bitmap,
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
                "  position {:>3}  accrued {:>14}  payable {:>14} uopen\n",
                row.position, row.accrued, row.payable
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

/// The vectors of a round, from the chain's transactions, in the order in which they were revealed.
pub async fn revealed(contracts: &Contracts, round: &Round) -> Result<Vec<Revealed>, ReplayError> {
    let attributes =
        [("model", round.model.to_string()), ("round", round.id.to_string()), ("kind", "vector".to_owned())];
    let transactions = contracts.attribution_events("report_revealed", &attributes).await?;
    let mut all = Vec::new();
    for transaction in transactions {
        for message in &transaction.messages {
            if message.contract != contracts.deployment().attribution.as_str() {
                continue;
            }
            let Ok(ExecuteMsg::Reveal {
                model,
                round: id,
                report: ReportMsg::Vector { entries, reach, unresolved },
                salt,
            }) = from_json(message.msg.as_bytes())
            else {
                continue;
            };
            if model == round.model && id == round.id {
                let unresolved = Bitmap::from_bytes(round.redemptions as usize, unresolved.to_vec())?;
                let vector = Vector { entries: unpack_entries(&entries)?, reach: reach.u64(), unresolved };
                all.push(Revealed { operator: transaction.sender.clone(), vector, salt });
            }
        }
    }
    Ok(all)
}

/// Medians, D and unresolved redemptions of vectors of one length; `None` without vectors.
pub fn aggregate(vectors: &[&Vector], redemptions: usize) -> Option<Aggregate> {
    let positions = vectors.first()?.entries.len();
    let entries: Vec<ScoreEntry> = (0..positions)
        .map(|position| {
            let column: Vec<ScoreEntry> =
                vectors.iter().filter_map(|vector| vector.entries.get(position).copied()).collect();
            median::median_entry(&column)
        })
        .collect::<Option<_>>()?;
    let positive: u64 = entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
    let mut reaches: Vec<u64> = vectors.iter().map(|vector| vector.reach).collect();
    let denominator = median::denominator(median::upper_median_u64(&mut reaches)?, positive);
    let mut unresolved = Bitmap::new(redemptions);
    let of = u32::try_from(vectors.len()).ok()?;
    for index in 0..redemptions {
        let marks = u32::try_from(vectors.iter().filter(|vector| vector.unresolved.get(index)).count()).ok()?;
        if quorum::majority(marks, of) {
            unresolved.set(index).ok()?;
        }
    }
    Some(Aggregate { entries, denominator, unresolved })
}

/// The ledger after one more round.
pub fn advance(ledger: &[Entry], aggregate: &Aggregate, terms: &RoundTerms) -> Result<Vec<Entry>, LedgerError> {
    let unused = Entry::default();
    (aggregate.entries.iter().enumerate())
        .map(|(position, score)| ledger::advance(ledger.get(position).unwrap_or(&unused), *score, terms))
        .collect()
}

/// Terms of a settled round.
pub fn terms(settled: &SettledRound) -> Result<RoundTerms, ReplayError> {
    let amount = |value: cosmwasm_std::Uint128, name| u64::try_from(value.u128()).map_err(|_| ReplayError::Range(name));
    Ok(RoundTerms {
        pool: amount(settled.parts.influence, "the pool")?,
        denominator: settled.denominator.u64(),
        z_tenths: settled.z_tenths,
        release_bps: settled.release_rate.0,
        cap: amount(settled.cap, "the cap")?,
    })
}

/// One settled round, recomputed.
#[derive(Clone, Debug)]
pub struct Step {
    /// What the chain says of it.
    pub settled: SettledRound,
    /// What operators revealed.
    pub revealed: Vec<Revealed>,
    /// What that comes to.
    pub aggregate: Aggregate,
    /// The ledger before it.
    pub before: Vec<Entry>,
    /// The ledger after it.
    pub after: Vec<Entry>,
}

impl Step {
    /// Part of the pool owed to nobody, in uopen.
    pub fn residual(&self) -> i128 {
        let growth = liability(&self.after) as i128 - liability(&self.before) as i128;
        self.settled.parts.influence.u128() as i128 - growth
    }
}

/// Recomputes a model's ledger from nothing, settled round by settled round, through `last`.
pub async fn steps(contracts: &Contracts, model: ModelId, last: RoundId) -> Result<Vec<Step>, ReplayError> {
    let mut steps: Vec<Step> = Vec::new();
    for settled in contracts.settled_rounds(model).await?.into_iter().filter(|settled| settled.round <= last) {
        let record = contracts.round(model, settled.round).await?;
        let revealed = revealed(contracts, &record).await?;
        let vectors: Vec<&Vector> = revealed.iter().map(|revealed| &revealed.vector).collect();
        let aggregate =
            aggregate(&vectors, record.redemptions as usize).ok_or(ReplayError::NoVectors(settled.round))?;
        let before = steps.last().map_or_else(Vec::new, |step| step.after.clone());
        let after = advance(&before, &aggregate, &terms(&settled)?)?;
        steps.push(Step { settled, revealed, aggregate, before, after });
    }
    Ok(steps)
}

/// Replays a model's ledger from its first settled round through `round`, and compares with the chain.
pub async fn replay(contracts: &Contracts, model: ModelId, round: RoundId) -> Result<Replay, ReplayError> {
    let wanted = contracts.round(model, round).await?;
    if wanted.outcome != Some(Outcome::Settled) {
        let outcome = wanted.outcome.map_or_else(|| "still open".to_owned(), |outcome| format!("{outcome:?}"));
        return Err(ReplayError::NotSettled { model, round, outcome });
    }
    let steps = steps(contracts, model, round).await?;
    let last = steps.last().ok_or(ReplayError::NoVectors(round))?;
    let mut differences: Vec<String> = steps.iter().flat_map(compare).collect();
    for step in &steps {
        differences.extend(compare_commitments(contracts, model, step).await?);
        differences.extend(compare_unresolved(contracts, model, step).await?);
    }
    if contracts.settled_rounds(model).await?.last().is_some_and(|latest| latest.round == round) {
        compare_accounts(&last.after, &contracts.accounts(model).await?, &mut differences);
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

fn liability(ledger: &[Entry]) -> u128 {
    ledger.iter().map(|entry| u128::from(entry.liability())).sum()
}

fn compare(step: &Step) -> Vec<String> {
    let (settled, round) = (&step.settled, step.settled.round);
    let mut differences = Vec::new();
    if settled.denominator.u64() != step.aggregate.denominator {
        differences.push(format!(
            "round {round}: D is {} on chain, {} recomputed",
            settled.denominator, step.aggregate.denominator
        ));
    }
    if u128::try_from(step.residual()) != Ok(settled.residual.u128()) {
        differences.push(format!(
            "round {round}: the residual is {} on chain, {} recomputed",
            settled.residual,
            step.residual()
        ));
    }
    differences
}

/// Whether every vector is the one that its operator committed to: transactions could be forged by whoever shows them.
async fn compare_commitments(contracts: &Contracts, model: ModelId, step: &Step) -> Result<Vec<String>, ReplayError> {
    let round = step.settled.round;
    let (record, parts) = (contracts.round(model, round).await?, contracts.participations(model, round).await?);
    let mut differences = Vec::new();
    if u32::try_from(step.revealed.len()) != Ok(record.vectors) {
        differences.push(format!(
            "round {round}: {} vectors were revealed on chain, {} are in its transactions",
            record.vectors,
            step.revealed.len()
        ));
    }
    for Revealed { operator, vector, salt } in &step.revealed {
        let report = Report::Vector(vector.clone());
        let recomputed =
            report_commitment(&contracts.attribution_domain(), record.inputs.bytes(), operator, &report, salt.bytes());
        let committed = parts.iter().find(|part| part.operator.as_str() == operator).and_then(|part| part.commitment);
        if committed != Some(Hash32(recomputed)) {
            differences.push(format!("round {round}: the vector of {operator} is not the one that it committed to"));
        }
    }
    Ok(differences)
}

/// Whether the fees that left the pool are those of the redemptions that more than half of the vectors call unresolved.
async fn compare_unresolved(contracts: &Contracts, model: ModelId, step: &Step) -> Result<Vec<String>, ReplayError> {
    let SettledRound { round, first_epoch, last_epoch, unresolved, .. } = step.settled;
    let redemptions = contracts.redemptions(model, first_epoch, last_epoch).await?;
    let marked = redemptions.iter().enumerate().filter(|(index, _)| step.aggregate.unresolved.get(*index));
    let recomputed: u128 = marked.map(|(_, (_, redemption))| redemption.amount.u128()).sum();
    if recomputed == unresolved.u128() {
        return Ok(Vec::new());
    }
    Ok(vec![format!("round {round}: {unresolved} uopen left the pool as unresolved on chain, {recomputed} recomputed")])
}

fn compare_accounts(ledger: &[Entry], accounts: &[Account], differences: &mut Vec<String>) {
    if ledger.len() != accounts.len() {
        differences.push(format!("{} accounts on chain, {} recomputed", accounts.len(), ledger.len()));
    }
    for (entry, account) in ledger.iter().zip(accounts) {
        let on_chain = Entry {
            accrued: account.accrued.i64(),
            payable: account.payable.u64(),
            variance: account.variance.u128(),
            last_score: account.last_score,
        };
        if *entry != on_chain {
            differences.push(format!("position {}: {on_chain:?} on chain, {entry:?} recomputed", account.position));
        }
    }
}

fn rows(ledger: &[Entry]) -> Vec<LedgerRow> {
    (ledger.iter().enumerate())
        .map(|(position, entry)| LedgerRow {
            position,
            accrued: entry.accrued,
            payable: entry.payable,
            variance: entry.variance.to_string(),
            last_score: entry.last_score,
        })
        .collect()
}
