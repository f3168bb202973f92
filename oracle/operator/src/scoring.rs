//! `oracle score`: influence in a model that its user brings, from files to files, without a chain.
//!
//! What `config.json` says decides: a model of the type `mlp` is scored by the exact method of the chain's rounds ([`perceptron`]), any other
//! is a language model ([`language`]), scored pair by pair or from an index ([`indexed`]).

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use influence::Job;

use crate::attributed::Owners;

mod indexed;
mod language;
mod matrix;
mod perceptron;
mod summary;

pub use indexed::{IndexSummary, Kept};
use language::Language;
pub use matrix::Total;
use perceptron::Perceptron;
pub use summary::{Scored, Summary};

/// Files to read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Folder of the model.
    pub model: PathBuf,
    /// Folder of its adapter.
    pub adapter: Option<PathBuf>,
    /// What it learned from.
    pub items: PathBuf,
    /// Labels of the items.
    pub labels: Option<PathBuf>,
    /// What it is asked; an index can be made without.
    pub queries: Option<PathBuf>,
    /// Labels of the queries.
    pub query_labels: Option<PathBuf>,
    /// Names of the items' contributions, a line each.
    pub contributions: Option<PathBuf>,
}

/// A stage of an adapter's making: whose items they are, and through whose weights their influence goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stage {
    /// The items are what the model had learned before the adapter was trained. Their influence goes through the model's own weights, on what the
    /// model with its adapter answers.
    Base,
    /// The items are what the adapter learned. Their influence goes through the adapter's weights.
    Adapter,
}

/// How influence is computed.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which stage of an adapter the items are of; what was trained last unless said.
    pub stage: Option<Stage>,
    /// Rows of a block.
    pub block_length: Option<usize>,
    /// Of a language model, part of a site's mean curvature; of a perceptron, what is added to the diagonal of the curvature.
    pub damping: Option<f64>,
    /// Whether the map to logits counts.
    pub head: bool,
    /// Whether an index is made: then items alone say how long blocks are, since it does not depend on what it is asked.
    pub indexed: bool,
    /// Seed of drawn labels, of sketches, and of the trainings that judge dampings.
    pub seed: u64,
}

/// All that is needed to score.
pub struct Loaded {
    kind: Kind,
    owners: Option<Owners>,
}

enum Kind {
    Language(Box<Language>),
    Perceptron(Box<Perceptron>),
}

/// Reads and checks everything.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn load(source: &Source, wanted: &Wanted) -> Result<Loaded> {
    let kind = if model_type(&source.model)?.as_deref() == Some(perceptron::MODEL_TYPE) {
        ensure!(
            wanted.stage.is_none(),
            "--stage is for language models, and config.json says {}",
            perceptron::MODEL_TYPE
        );
        Kind::Perceptron(Box::new(Perceptron::load(source, wanted)?))
    } else {
        Kind::Language(Box::new(Language::load(source, wanted)?))
    };
    let items = kind.size().items;
    let owners = source.contributions.as_deref().map(|path| Owners::read(path, items)).transpose()?;
    Ok(Loaded { kind, owners })
}

/// What the configuration says of itself; what else is wrong with it is for the model's own reader.
fn model_type(folder: &Path) -> Result<Option<String>> {
    let path = folder.join("config.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let config: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
    Ok(config["model_type"].as_str().map(str::to_owned))
}

impl Kind {
    fn size(&self) -> summary::Size {
        match self {
            Self::Language(model) => summary::Size {
                items: model.items.len(),
                queries: model.queries.len(),
                tokens: Some(model.tokens()),
                members: None,
                weights: model.weights(),
                bytes_per_item: 0,
            },
            Self::Perceptron(model) => summary::Size {
                items: model.items.len(),
                queries: model.queries.len(),
                tokens: None,
                members: Some(model.members()),
                weights: model.weights(),
                bytes_per_item: model.bytes_per_item(),
            },
        }
    }
}

impl Loaded {
    /// Measures the curvature and writes exact influences to `out`, float32 `[queries, items]`; the job's control is told of every step.
    ///
    /// # Errors
    /// If nothing is asked, the model cannot be computed or the file not written.
    pub fn score(&self, out: &Path, job: &Job) -> Result<Scored> {
        let size = self.kind.size();
        if size.queries == 0 {
            bail!("--queries are missing: only an index can be made without");
        }
        let ((spent, damping), totals) =
            matrix::write(out, [size.queries, size.items], self.owners.as_ref(), |sink| match &self.kind {
                Kind::Language(model) => model.score(sink, job),
                Kind::Perceptron(model) => model.score(sink, job),
            })?;
        Ok(Scored { spent, damping, totals })
    }

    /// What was done, on so many threads.
    pub fn summary(&self, scored: Scored, threads: usize) -> Summary {
        Summary::new(self.kind.size(), scored, threads)
    }

    /// Makes the index of the items, as far as it is not there, and scores the queries from it to `out`, if there are any.
    ///
    /// # Errors
    /// If the model is no language model, an output is wrong, the model cannot be computed or something not written.
    pub fn score_indexed(&self, kept: &Kept, out: &Path, job: &Job) -> Result<IndexSummary> {
        let Kind::Language(model) = &self.kind else {
            bail!("--index is for language models, and config.json says {}", perceptron::MODEL_TYPE);
        };
        indexed::score(model, self.owners.as_ref(), kept, out, job)
    }
}
