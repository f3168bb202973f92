//! The truth of a classifier.

use anyhow::Result;
use influence::{
    Threads,
    dataset::{Examples, LabelledImage},
    train::Progress as TrainProgress,
    truth::{self, EvaluationSet, Truth},
};
use rules::hash::{Hash, digest};

use super::{FIRST_SEED, MeasuredRound, QUERIES, VALIDATION, kept_or};
use crate::{
    inputs::{self, PaidCall},
    node::Engine,
    story::{stage::Stage, train::Registered},
    training,
};

/// Retrainings per contribution.
pub const TRUTH_SEEDS: u64 = 24;

/// What the model loses without each contribution.
pub(super) async fn effects(
    stage: &Stage<'_>,
    engine: &Engine,
    registered: &Registered,
    measured: &[MeasuredRound],
) -> Result<Truth> {
    let sets = evaluation_sets(engine, measured).await?;
    let batches = inputs::training(engine.sources(), registered.model, 1).await?;
    let (items, ownership) = training::examples(&batches, registered.positions.len())?;
    let plan = &registered.version.ensemble()?.manifest.plan;
    let seeds = truth::seeds_from(FIRST_SEED, TRUTH_SEEDS);
    let key = key(&plan.hash(), &items, &sets);
    let path = stage.folder.join("cache").join("truth").join(format!("{}.json", hex::encode(key)));
    let label = format!("truth: retrain without each of {}, {TRUTH_SEEDS} seeds", registered.positions.len());
    let mut step = stage.progress.step(&label, 1);
    let (effects, kept) = kept_or(&path, || {
        let on_progress = |at: TrainProgress| step.at(at.done as u64, at.total as u64);
        let threads = Threads::available();
        Ok(truth::leave_one_out(plan, (&items, &ownership), &seeds, &sets, threads, &on_progress)?)
    })?;
    if kept {
        step.kept();
    }
    Ok(effects)
}

async fn evaluation_sets(engine: &Engine, measured: &[MeasuredRound]) -> Result<[EvaluationSet; 2]> {
    let mut calls: Vec<PaidCall> = Vec::new();
    let mut images = Vec::new();
    for round in measured {
        calls.extend(engine.paid_calls(&round.round).await?.calls);
        images.extend(inputs::validation(&engine.contracts, &engine.published, &round.round).await?.images);
    }
    let served: Vec<_> = calls.iter().map(|call| LabelledImage { label: call.served, ..call.prompt.clone() }).collect();
    let fees = calls.iter().map(|call| call.net_fee as f64).collect();
    Ok([
        EvaluationSet::weighted(QUERIES, Examples::from_images(&served)?, fees),
        EvaluationSet::equal(VALIDATION, Examples::from_images(&images)?),
    ])
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
