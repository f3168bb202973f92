//! The versions of a story's models, of either kind: trained from what lies on chain, published, served.

use std::sync::Arc;

use anyhow::{Context, Result};
use influence::{
    language::{LanguageManifest, LanguageModel, training::Origin},
    mlp::Mlp,
};
use lm::{
    config::{Heads, LlamaConfig},
    lora::LoraConfig,
    optimizer::AdamW,
    train::TrainingPlan,
    weights::Projection,
};
use protocol::datanet::Contribution;
use rules::hash::Hash;

use super::{stage::Stage, subject::Subject};
use crate::{
    gateway::{Answers, Classifier as _, Output},
    inputs::{
        self, TrainingBatch,
        texts::{self, TextBatch},
    },
    published::Published,
    training::{
        self, Served, Trained,
        language::{self, Speaker},
    },
};

/// Tokens of the language model.
const VOCABULARY: usize = 384;
/// Rows of a block: a passage, mostly.
const BLOCK: usize = 96;
/// Tokens of an answer.
pub(super) const ANSWER: usize = 6;

/// A trained version.
#[derive(Clone)]
pub enum Version {
    /// An ensemble of classifiers.
    Images(Trained),
    /// A language model or an adapter.
    Texts(Arc<LanguageModel>),
}

impl Version {
    /// Trains on contributions by position, from a base if there is one; or takes what an earlier run kept.
    ///
    /// # Errors
    /// If items cannot be read or training fails.
    pub async fn train(stage: &Stage<'_>, contributions: &[Contribution], base: Option<&Self>) -> Result<Self> {
        let folder = stage.folder.join("cache").join("training");
        match stage.plan.subject {
            Subject::Digits => {
                let batches = images(stage, contributions).await?;
                let base = base.map_or(Ok(&[][..]), Self::members)?;
                let plan = training::plan(stage.size.seed, base);
                Ok(Self::Images(training::train_or_load(&folder, plan, base, &batches, stage.progress)?))
            }
            Subject::Text => {
                let batches = passages(stage, contributions).await?;
                let model = match base {
                    None => {
                        let vocabulary = language::learn_vocabulary(&batches, VOCABULARY)?;
                        let manifest = manifest(&vocabulary.digest(), stage.size.seed);
                        let origin = Origin::Scratch(&vocabulary);
                        language::train_or_load(&folder, &manifest, origin, &batches, stage.progress)?
                    }
                    Some(base) => {
                        let base = base.language_model()?;
                        let manifest = adapter_manifest(base, stage.size.seed);
                        language::train_or_load(&folder, &manifest, Origin::Base(base), &batches, stage.progress)?
                    }
                };
                Ok(Self::Texts(Arc::new(model)))
            }
        }
    }

    /// Hash of the weights.
    pub fn weights_hash(&self) -> Hash {
        match self {
            Self::Images(trained) => trained.weights_hash(),
            Self::Texts(model) => *model.hash(),
        }
    }

    /// Hash of the manifest.
    pub fn training_hash(&self) -> Hash {
        match self {
            Self::Images(trained) => trained.manifest.hash(),
            Self::Texts(model) => model.manifest().hash(),
        }
    }

    /// Publishes weights and manifest.
    ///
    /// # Errors
    /// If they cannot be written.
    pub async fn publish(&self, published: &Published) -> Result<()> {
        match self {
            Self::Images(trained) => Ok(trained.publish(published).await?),
            Self::Texts(model) => Ok(language::publish(model, published).await?),
        }
    }

    /// As a gateway serves it.
    pub fn served(&self) -> Serving {
        match self {
            Self::Images(trained) => Serving::Images(trained.served()),
            Self::Texts(model) => Serving::Texts(Speaker(Arc::clone(model))),
        }
    }

    fn members(&self) -> Result<&[Mlp]> {
        Ok(&self.ensemble()?.members)
    }

    /// The classifiers that it is.
    ///
    /// # Errors
    /// If it is something else.
    pub fn ensemble(&self) -> Result<&Trained> {
        match self {
            Self::Images(trained) => Some(trained),
            Self::Texts(_) => None,
        }
        .context("the version is no classifier")
    }

    /// The language model that it is.
    ///
    /// # Errors
    /// If it is something else.
    pub fn language_model(&self) -> Result<&Arc<LanguageModel>> {
        match self {
            Self::Images(_) => None,
            Self::Texts(model) => Some(model),
        }
        .context("the version is no language model")
    }
}

/// A version being served.
pub enum Serving {
    /// Classifiers.
    Images(Served),
    /// A language model.
    Texts(Speaker),
}

impl Answers for Serving {
    fn answer(&self, prompt: &[u8]) -> Result<Output, String> {
        match self {
            Self::Images(served) => served.classify(prompt).map(Output::Label),
            Self::Texts(speaker) => speaker.answer(prompt),
        }
    }
}

async fn images(stage: &Stage<'_>, contributions: &[Contribution]) -> Result<Vec<TrainingBatch>> {
    let mut batches = Vec::new();
    for (position, contribution) in (0_u32..).zip(contributions) {
        batches.push(TrainingBatch { position, images: inputs::items(stage.sources(), contribution).await? });
    }
    Ok(batches)
}

async fn passages(stage: &Stage<'_>, contributions: &[Contribution]) -> Result<Vec<TextBatch>> {
    let mut batches = Vec::new();
    for (position, contribution) in (0_u32..).zip(contributions) {
        let items = inputs::item_bytes(stage.sources(), contribution).await?;
        batches.push(TextBatch { position, texts: texts::read_items(&items)? });
    }
    Ok(batches)
}

/// A model small enough to be trained in seconds.
fn manifest(tokenizer: &Hash, seed: u64) -> LanguageManifest {
    let model = LlamaConfig::new(VOCABULARY, 48, 2, Heads { query: 4, key_value: 2 }, 128, BLOCK);
    LanguageManifest::new(model, tokenizer, plan(12, 3e-3, seed), ANSWER)
}

fn adapter_manifest(base: &LanguageModel, seed: u64) -> LanguageManifest {
    use Projection::{Down, Gate, Output, Query, Up, Value};
    let lora = LoraConfig::new(4, 8.0, &[Query, Value, Output, Gate, Up, Down]);
    base.manifest().adapter(base.hash(), lora, plan(20, 5e-3, seed))
}

fn plan(epochs: usize, learning_rate: f64, seed: u64) -> TrainingPlan {
    let optimizer = AdamW { learning_rate, ..AdamW::default() };
    TrainingPlan { epochs, items_per_step: 16, block_length: BLOCK, blocks_at_once: 8, optimizer, seed }
}
