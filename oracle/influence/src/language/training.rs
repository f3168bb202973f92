//! Training a version as its manifest says.

use compute::Job;
use lm::lora::Adapter;
use lm::model::Model;
use lm::pack::TokenItem;
use lm::train::{Course, Step, TrainError, Trainer};
use lm::weights::Weights;

use super::model::Vocabulary;
use super::{LanguageError, LanguageManifest, LanguageModel, Text};
use crate::digest::hex;

/// What a version is trained from.
#[derive(Clone, Copy)]
pub enum Origin<'a> {
    /// Nothing but a seed; texts are read by this tokenizer.
    Scratch(&'a Vocabulary),
    /// A version: the base under an adapter, or what the manifest says that training began with.
    Base(&'a LanguageModel),
}

/// Trains a version on texts; `on_step` is told every step.
///
/// # Errors
/// If manifest, origin and texts do not belong together, training diverges, or the job is cancelled.
///
/// # Determinism
/// The same inputs give the same weights on the same kind of processor, for any number of threads.
pub fn train(
    manifest: &LanguageManifest,
    origin: Origin<'_>,
    texts: &[Text],
    job: &Job,
    on_step: impl FnMut(Step),
) -> Result<LanguageModel, LanguageError> {
    let untrained = untrained(manifest, origin)?;
    let items = items(&untrained, texts)?;
    let course = Course { plan: &manifest.training, items: &items, keep: None };
    let model = run(course, untrained.model, job, on_step)?;
    put_together(manifest, origin, model)
}

/// The version before any training.
pub(super) fn untrained(manifest: &LanguageManifest, origin: Origin<'_>) -> Result<LanguageModel, LanguageError> {
    manifest.check()?;
    let model = match (origin, &manifest.adapter) {
        (Origin::Scratch(_), None) if manifest.start.is_none() => {
            Model::new(Weights::initial(&manifest.model, manifest.training.seed)?)
        }
        (Origin::Base(start), None) if manifest.start == Some(hex(start.hash())) && start.model.adapter().is_none() => {
            start.model.clone()
        }
        (Origin::Base(base), Some(plan)) => {
            let adapter = Adapter::initial(&plan.lora, &manifest.model, manifest.training.seed)?;
            Model::adapted(base.model.weights().clone(), adapter)
        }
        _ => return Err(LanguageError::NotThatOne { what: "base" }),
    };
    put_together(manifest, origin, model)
}

fn put_together(manifest: &LanguageManifest, origin: Origin<'_>, model: Model) -> Result<LanguageModel, LanguageError> {
    let vocabulary = match origin {
        Origin::Scratch(vocabulary) => vocabulary,
        Origin::Base(base) => &base.vocabulary,
    };
    LanguageModel::new(manifest.clone(), model, vocabulary.clone())
}

/// All steps of a course.
pub(super) fn run(
    course: Course<'_>,
    model: Model,
    job: &Job,
    mut on_step: impl FnMut(Step),
) -> Result<Model, LanguageError> {
    let mut trainer = Trainer::new(course, model).map_err(stopped)?;
    while let Some(step) = trainer.next(job).map_err(stopped)? {
        on_step(step);
    }
    Ok(trainer.model().clone())
}

/// The tokens of texts.
pub(super) fn items(model: &LanguageModel, texts: &[Text]) -> Result<Vec<TokenItem>, LanguageError> {
    texts.iter().map(|text| model.item(text)).collect()
}

fn stopped(error: TrainError) -> LanguageError {
    match error {
        TrainError::Cancelled(cancelled) => LanguageError::Cancelled(cancelled),
        other => LanguageError::Train(other),
    }
}
