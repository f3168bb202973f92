//! What influence claims to predict, measured on a language model: train again without each contribution, and see what it loses.
//!
//! As [`crate::truth`] does for classifiers; of an adapter, the adapter is trained again, on the same base.

use compute::{Job, parallel};
use lm::evaluate;
use lm::model::Model;
use lm::pack::TokenItem;
use lm::train::Course;

use super::training::{self, Origin};
use super::{Answered, LanguageError, LanguageManifest, LanguageModel, Text};
use crate::report::Ownership;
use crate::truth::{SetTruth, Truth};

/// Questions on which the loss is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct QuestionSet {
    /// What it is called in the result.
    pub name: String,
    /// Questions with the answers whose likelihood is meant.
    pub questions: Vec<Answered>,
    /// Weight of each in the mean, ≥ 0 and not all 0: fees, or 1.
    pub weights: Vec<f64>,
}

impl QuestionSet {
    fn loss(&self, version: &LanguageModel, model: &Model) -> Result<f64, LanguageError> {
        let items = self.questions.iter().map(|said| version.question(said)).collect::<Result<Vec<_>, _>>()?;
        // Runs are spread over threads already.
        let losses = evaluate::losses(model, &items, version.manifest().layout(), &parallel_by_runs())?;
        let total: f64 = self.weights.iter().zip(losses).map(|(weight, loss)| weight * loss).sum();
        Ok(total / self.weights.iter().sum::<f64>())
    }
}

fn parallel_by_runs() -> Job {
    crate::Threads::new(1).into()
}

/// Trains without each contribution, and with all, once per seed, and compares losses on every set: nats per answer.
///
/// The manifest's own seed is not used. `on_run` is told after every training, perhaps from several threads at once. Contributions without
/// items cost nothing and have effect 0.
///
/// # Errors
/// If manifest, origin, texts and sets do not belong together, or the job is cancelled.
pub fn leave_one_out(
    (manifest, origin): (&LanguageManifest, Origin<'_>),
    (texts, ownership): (&[Text], &Ownership),
    seeds: &[u64],
    sets: &[QuestionSet],
    job: &Job,
    on_run: &(dyn Fn() + Sync),
) -> Result<Truth, LanguageError> {
    let items = training::items(&training::untrained(manifest, origin)?, texts)?;
    let used: Vec<usize> = (0..ownership.positions)
        .filter(|&position| ownership.item_positions.iter().any(|&owner| owner as usize == position))
        .collect();
    let left_out: Vec<Option<usize>> = std::iter::once(None).chain(used.iter().copied().map(Some)).collect();
    let losses = parallel::map_under(job, left_out.len() * seeds.len(), |run| {
        let (without, seed) = (left_out[run / seeds.len()], seeds[run % seeds.len()]);
        let losses = losses((manifest, origin), (&items, ownership), (without, seed), sets);
        on_run();
        Ok(losses)
    })?;
    let losses: Vec<Vec<f64>> = losses.into_iter().collect::<Result<_, _>>()?;
    let truth = |(index, set): (usize, &QuestionSet)| {
        let of_set: Vec<f64> = losses.iter().map(|run| run[index]).collect();
        set_truth(&set.name, &of_set, (&used, ownership.positions), seeds.len())
    };
    Ok(Truth { seeds: seeds.len(), sets: sets.iter().enumerate().map(truth).collect() })
}

/// Losses on all sets of a model that is trained from a seed without one contribution, or with all.
fn losses(
    (manifest, origin): (&LanguageManifest, Origin<'_>),
    (items, ownership): (&[TokenItem], &Ownership),
    (without, seed): (Option<usize>, u64),
    sets: &[QuestionSet],
) -> Result<Vec<f64>, LanguageError> {
    let mut manifest = manifest.clone();
    manifest.training.seed = seed;
    let version = training::untrained(&manifest, origin)?;
    let keep: Vec<bool> = ownership.item_positions.iter().map(|&owner| Some(owner as usize) != without).collect();
    let course = Course { plan: &manifest.training, items, keep: Some(&keep) };
    let model = training::run(course, version.model.clone(), &parallel_by_runs(), |_| ())?;
    sets.iter().map(|set| set.loss(&version, &model)).collect()
}

fn set_truth(name: &str, losses: &[f64], (used, positions): (&[usize], usize), seeds: usize) -> SetTruth {
    let (full_loss, without) = losses.split_at(seeds);
    let mut effects = vec![vec![0.0; seeds]; positions];
    for (&position, losses) in used.iter().zip(without.chunks_exact(seeds.max(1))) {
        effects[position] = losses.iter().zip(full_loss).map(|(without, with)| without - with).collect();
    }
    SetTruth { name: name.to_owned(), full_loss: full_loss.to_vec(), effects }
}
