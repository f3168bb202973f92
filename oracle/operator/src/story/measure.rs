//! Influence beside the truth: what the engine says of each contribution, and what the model loses when it is trained without it.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use influence::{
    Threads,
    dataset::Examples,
    draws::Estimate,
    report::Breakdown,
    statistics::spearman,
    train::Progress as TrainProgress,
    truth::{self, EvaluationSet, SetTruth},
};
use protocol::{ModelId, attribution::Round};
use report::data::{Truth, TruthRow};
use rules::hash::{Hash, digest};

use super::{stage::Stage, train::Registered};
use crate::{
    inputs::{self, PaidCall},
    node::Engine,
    published::write_durably,
    training,
};

/// Retrainings per contribution.
pub const TRUTH_SEEDS: u64 = 24;
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
pub async fn rounds(engine: &Engine, settled: Vec<Round>) -> Result<Vec<MeasuredRound>> {
    let mut measured = Vec::new();
    for round in settled {
        let breakdown = engine.measure(&round).await?.breakdown;
        let paid = engine.paid_calls(&round).await?;
        let fees = paid.calls.iter().map(|call| call.net_fee).sum();
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
    let sets = evaluation_sets(engine, measured).await?;
    let effects = effects(stage, engine, registered, &sets).await?;
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
        seeds: u32::try_from(TRUTH_SEEDS)?,
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

async fn evaluation_sets(engine: &Engine, measured: &[MeasuredRound]) -> Result<[EvaluationSet; 2]> {
    let mut calls: Vec<PaidCall> = Vec::new();
    let mut images = Vec::new();
    for round in measured {
        calls.extend(engine.paid_calls(&round.round).await?.calls);
        images.extend(inputs::validation(&engine.contracts, &engine.published, &round.round).await?.images);
    }
    let served: Vec<_> = calls
        .iter()
        .map(|call| influence::dataset::LabelledImage { label: call.served, ..call.prompt.clone() })
        .collect();
    let fees = calls.iter().map(|call| call.net_fee as f64).collect();
    Ok([
        EvaluationSet::weighted(QUERIES, Examples::from_images(&served)?, fees),
        EvaluationSet::equal(VALIDATION, Examples::from_images(&images)?),
    ])
}

async fn effects(
    stage: &Stage<'_>,
    engine: &Engine,
    registered: &Registered,
    sets: &[EvaluationSet],
) -> Result<truth::Truth> {
    let model: ModelId = registered.model;
    let batches = inputs::training(engine.sources(), model, 1).await?;
    let (items, ownership) = training::examples(&batches, registered.positions.len())?;
    let plan = &registered.trained.manifest.plan;
    // Far from the members' seeds, so that truth and influence share no training run.
    let seeds = truth::seeds_from(1 << 40, TRUTH_SEEDS);
    let key = key(&plan.hash(), &items, sets);
    let path = stage.folder.join("cache").join("truth").join(format!("{}.json", hex::encode(key)));
    let label = format!("truth: retrain without each of {}, {TRUTH_SEEDS} seeds", registered.positions.len());
    if let Some(kept) = load(&path) {
        stage.progress.step(&label, 0).kept();
        return Ok(kept);
    }
    let step = stage.progress.step(&label, 1);
    let on_progress = |at: TrainProgress| step.at(at.done as u64, at.total as u64);
    let effects = truth::leave_one_out(plan, (&items, &ownership), &seeds, sets, Threads::available(), &on_progress)?;
    write_durably(&path, &serde_json::to_vec(&effects)?)?;
    Ok(effects)
}

fn load(path: &Path) -> Option<truth::Truth> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn key(plan: &Hash, items: &Examples, sets: &[EvaluationSet]) -> Hash {
    let floats = |values: &[f32]| -> Vec<u8> { values.iter().flat_map(|value| value.to_le_bytes()).collect() };
    let labels =
        |examples: &Examples| -> Vec<u8> { examples.labels().iter().flat_map(|label| label.to_le_bytes()).collect() };
    let mut parts = vec![plan.to_vec(), TRUTH_SEEDS.to_le_bytes().to_vec(), floats(items.features()), labels(items)];
    for set in sets {
        parts.push(floats(set.examples.features()));
        parts.push(labels(&set.examples));
        parts.push(set.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    digest("operator/truth/1", &parts)
}
