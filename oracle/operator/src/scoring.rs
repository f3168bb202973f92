//! `oracle score`: influence in a model that its user brings, from files to files, without a chain.
//!
//! What `config.json` says decides: a model of the type `mlp` is scored by the exact method of the chain's rounds ([`perceptron`]), any other
//! is a language model ([`language`]).

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use influence::Job;

mod language;
mod perceptron;
mod summary;

use language::Language;
use perceptron::Perceptron;
pub use summary::{Scored, Summary, Total, save};

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
    /// What it is asked.
    pub queries: PathBuf,
    /// Labels of the queries.
    pub query_labels: Option<PathBuf>,
    /// Names of the items' contributions, a line each.
    pub contributions: Option<PathBuf>,
}

/// How influence is computed.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Rows of a block.
    pub block_length: Option<usize>,
    /// Of a language model, part of a site's mean curvature; of a perceptron, what is added to the diagonal of the curvature.
    pub damping: Option<f64>,
    /// Whether the map to logits counts.
    pub head: bool,
    /// Seed of drawn labels, and of the trainings that judge dampings.
    pub seed: u64,
}

/// All that is needed to score.
pub struct Loaded {
    kind: Kind,
    contributions: Option<Vec<String>>,
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
        Kind::Perceptron(Box::new(Perceptron::load(source, wanted)?))
    } else {
        Kind::Language(Box::new(Language::load(source, wanted)?))
    };
    let items = kind.size().items;
    let contributions = source.contributions.as_deref().map(|path| summary::names(path, items)).transpose()?;
    Ok(Loaded { kind, contributions })
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
    /// Number of queries.
    pub fn queries(&self) -> usize {
        self.kind.size().queries
    }

    /// Measures the curvature and scores; the job's control is told of every step.
    ///
    /// # Errors
    /// If the model cannot be computed.
    pub fn score(&self, job: &Job) -> Result<Scored> {
        match &self.kind {
            Kind::Language(model) => model.score(job),
            Kind::Perceptron(model) => model.score(job),
        }
    }

    /// What was done, on so many threads.
    pub fn summary(&self, scored: &Scored, threads: usize) -> Summary {
        Summary::new(self.kind.size(), scored, self.contributions.as_deref(), threads)
    }
}
