//! The truth of a language model.

use std::sync::Arc;

use anyhow::Result;
use influence::{
    Threads,
    language::{
        Answered, LanguageModel, Text, scorer,
        training::Origin,
        truth::{self, QuestionSet},
    },
    report::Ownership,
    truth::{Truth, seeds_from},
};
use rules::hash::{Hash, digest};

use super::{FIRST_SEED, MeasuredRound, QUERIES, VALIDATION, kept_or};
use crate::{
    inputs::texts,
    node::Engine,
    story::{stage::Stage, train::Registered},
};

/// Retrainings per contribution.
const TRUTH_SEEDS: u64 = 4;

/// What the model loses without each contribution, nats per answer.
pub(super) async fn effects(
    stage: &Stage<'_>,
    engine: &Engine,
    registered: &Registered,
    measured: &[MeasuredRound],
) -> Result<Truth> {
    let sets = question_sets(engine, measured).await?;
    let model = registered.version.language_model()?;
    let batches = texts::training(engine.sources(), registered.model, 1, model.manifest()).await?;
    let (items, ownership) = texts::items(&batches, registered.positions.len());
    let key = key(model, &items, &sets)?;
    let path = stage.folder.join("cache").join("truth").join(format!("{}.json", hex::encode(key)));
    let label = format!("truth: retrain without each of {}, {TRUTH_SEEDS} seeds", registered.positions.len());
    let mut step = stage.progress.step(&label, (registered.positions.len() as u64 + 1) * TRUTH_SEEDS);
    let (effects, kept) = kept_or(&path, || retrain(model, (&items, &ownership), &sets, &|| step.advance()))?;
    if kept {
        step.kept();
    }
    Ok(effects)
}

fn retrain(
    model: &Arc<LanguageModel>,
    trained_on: (&[Text], &Ownership),
    sets: &[QuestionSet],
    on_run: &(dyn Fn() + Sync),
) -> Result<Truth> {
    let (manifest, origin) = (model.manifest(), Origin::Scratch(model.vocabulary()));
    let (seeds, job) = (seeds_from(FIRST_SEED, TRUTH_SEEDS), Threads::available().into());
    Ok(truth::leave_one_out((manifest, origin), trained_on, &seeds, sets, &job, on_run)?)
}

async fn question_sets(engine: &Engine, measured: &[MeasuredRound]) -> Result<[QuestionSet; 2]> {
    let (mut paid, mut fees, mut questions) = (Vec::new(), Vec::new(), Vec::new());
    for round in measured {
        for call in engine.paid_texts(&round.round).await?.calls {
            fees.push(call.net_fee as f64);
            paid.push(Answered { prompt: call.prompt, answer: call.served });
        }
        questions.extend(texts::validation(&engine.contracts, &engine.published, &round.round).await?.questions);
    }
    let weights = vec![1.0; questions.len()];
    Ok([
        QuestionSet { name: QUERIES.to_owned(), questions: paid, weights: fees },
        QuestionSet { name: VALIDATION.to_owned(), questions, weights },
    ])
}

fn key(model: &LanguageModel, items: &[Text], sets: &[QuestionSet]) -> Result<Hash> {
    let mut parts = vec![scorer::key(model, items)?.to_vec(), TRUTH_SEEDS.to_le_bytes().to_vec()];
    for set in sets {
        parts.extend(set.questions.iter().flat_map(|said| [said.prompt.clone(), said.answer.clone()]).map(Into::into));
        parts.push(set.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect());
    }
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Ok(digest("operator/language-truth/1", &parts))
}
