//! Influence beside the truth: what the engine says of each contribution, and what the model loses when it is trained without it.

mod images;
mod texts;

use std::{fs, path::Path};

use anyhow::{Context, Result};
use influence::{
    draws::Estimate,
    report::Breakdown,
    statistics::spearman,
    truth::{self, SetTruth},
};
use protocol::attribution::Round;
use report::data::{Truth, TruthRow};

use super::{stage::Stage, subject::Subject, train::Registered};
use crate::{node::Engine, published::write_durably};

pub use images::TRUTH_SEEDS;

/// Seeds of retrainings begin here: far from the members' seeds, so that truth and influence share no training run.
const FIRST_SEED: u64 = 1 << 40;
/// Names of the evaluation sets.
const QUERIES: &str = "queries";
const VALIDATION: &str = "validation";

/// A settled round as the engine sees it.
pub struct MeasuredRound {
    /// The round.
    pub round: Round,
    /// What stands behind its scores.
    pub breakdown: Breakdown,
    /// Net fees of its resolved calls, in uopen.
    pub fees: u128,
}

/// Measures the settled rounds once more, for the figures that are not on chain: net and utility apart, and the usual rule.
pub async fn rounds(stage: &Stage<'_>, engine: &Engine, settled: Vec<Round>) -> Result<Vec<MeasuredRound>> {
    let mut measured = Vec::new();
    for round in settled {
        let breakdown = engine.measure(&round).await?.breakdown;
        let fees = match stage.plan.subject {
            Subject::Digits => engine.paid_calls(&round).await?.net_fees(),
            Subject::Text => engine.paid_texts(&round).await?.net_fees(),
        };
        measured.push(MeasuredRound { round, breakdown, fees });
    }
    Ok(measured)
}

/// Retrains without each contribution, and compares.
pub async fn truth(
    stage: &Stage<'_>,
    engine: &Engine,
    registered: &Registered,
    measured: &[MeasuredRound],
    names: &[String],
) -> Result<Truth> {
    let effects = match stage.plan.subject {
        Subject::Digits => images::effects(stage, engine, registered, measured).await?,
        Subject::Text => texts::effects(stage, engine, registered, measured).await?,
    };
    let (queries, validation) = (
        effects.set(QUERIES).context("queries were evaluated")?,
        effects.set(VALIDATION).context("validation was evaluated")?,
    );
    let net = pooled(measured, |round| round.fees as f64, |breakdown| &breakdown.net);
    let utility = pooled(measured, |round| round.breakdown.validation_examples as f64, |breakdown| &breakdown.utility);
    let rows = names
        .iter()
        .enumerate()
        .map(|(position, name)| row(name, position, (&net, &utility), (queries, validation)))
        .collect();
    let rank = |estimates: &[Estimate], truth: &SetTruth| {
        let values: Vec<f64> = estimates.iter().map(|estimate| estimate.value).collect();
        spearman(&values, &truth.mean_effects()).context("effects can be ranked")
    };
    Ok(Truth {
        seeds: u32::try_from(effects.seeds)?,
        rows,
        spearman_queries: rank(&net, queries)?,
        ceiling_queries: queries.ceiling().context("effects can be ranked")?,
        spearman_validation: rank(&utility, validation)?,
        ceiling_validation: validation.ceiling().context("effects can be ranked")?,
    })
}

fn row(name: &str, position: usize, influence: (&[Estimate], &[Estimate]), truth: (&SetTruth, &SetTruth)) -> TruthRow {
    let ((net, utility), (queries, validation)) = ((influence.0[position], influence.1[position]), truth);
    TruthRow {
        name: name.to_owned(),
        position: position as u32,
        net: net.value,
        net_error: net.error,
        utility: utility.value,
        utility_error: utility.error,
        effect_queries: queries.mean_effects()[position],
        effect_queries_error: queries.standard_errors()[position],
        effect_validation: validation.mean_effects()[position],
        effect_validation_error: validation.standard_errors()[position],
    }
}

/// Weighted mean over rounds, errors of independent rounds.
fn pooled(
    measured: &[MeasuredRound],
    weight: impl Fn(&MeasuredRound) -> f64,
    of: impl Fn(&Breakdown) -> &Vec<Estimate>,
) -> Vec<Estimate> {
    let total: f64 = measured.iter().map(&weight).sum();
    let positions = measured.first().map_or(0, |round| of(&round.breakdown).len());
    let pool = |position: usize| {
        let parts = measured.iter().map(|round| (weight(round) / total, of(&round.breakdown)[position]));
        let (value, variance) = parts.fold((0.0, 0.0), |(value, variance), (share, part)| {
            (value + share * part.value, variance + (share * part.error).powi(2))
        });
        Estimate { value, error: f64::sqrt(variance) }
    };
    (0..positions).map(pool).collect()
}

/// Effects that an earlier run kept, or those measured now.
fn kept_or(path: &Path, measure: impl FnOnce() -> Result<truth::Truth>) -> Result<(truth::Truth, bool)> {
    let kept = fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some(kept) = kept {
        return Ok((kept, true));
    }
    let effects = measure()?;
    write_durably(path, &serde_json::to_vec(&effects)?)?;
    Ok((effects, false))
}
