//! Influence in multilayer perceptrons, one or several, by the exact generalised Gauss-Newton matrix: as the chain's rounds compute it.

mod config;
mod damping;
mod examples;
mod features;
mod weights;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use influence::{
    Job,
    dataset::Examples,
    manifest::TrainingManifest,
    mlp::{Architecture, Mlp},
    score::precondition,
};

use super::{
    Source, Wanted,
    matrix::Sink,
    summary::{Damping, Spent},
};
use config::Config;

/// What `config.json` calls such a model.
pub(super) const MODEL_TYPE: &str = "mlp";
/// Most weights of a model: its curvature and the factor of it have the square of their number, 8 bytes each.
const MOST_WEIGHTS: usize = 20_000;

/// Perceptrons of one architecture, their items and their queries.
pub(super) struct Perceptron {
    config: Config,
    members: Vec<Mlp>,
    pub(super) items: Examples,
    pub(super) queries: Examples,
    /// Damping, where the user gave it.
    damping: Option<f64>,
    seed: u64,
}

impl Perceptron {
    /// Reads and checks everything.
    pub(super) fn load(source: &Source, wanted: &Wanted) -> Result<Self> {
        only_for_languages(source, wanted)?;
        let config = Config::load(&source.model.join("config.json"))?;
        let architecture = config.architecture()?;
        let members = members(&source.model, &architecture)?;
        let items = examples::labelled(&source.items, source.labels.as_deref(), &architecture)?;
        let asked = source.queries.as_deref().context("--queries are missing: only an index can be made without")?;
        let queries = examples::asked(asked, source.query_labels.as_deref(), &architecture, &members)?;
        Ok(Self { config, members, items, queries, damping: wanted.damping, seed: wanted.seed })
    }

    /// Weights of one model.
    pub(super) fn weights(&self) -> usize {
        self.members[0].weights().len()
    }

    /// Number of models.
    pub(super) fn members(&self) -> usize {
        self.members.len()
    }

    /// Preconditioned gradients of an item, float32, of every member.
    pub(super) fn bytes_per_item(&self) -> usize {
        self.members.len() * self.weights() * size_of::<f32>()
    }

    /// Chooses the damping where none was given, measures the curvature and scores.
    pub(super) fn score(&self, sink: &mut Sink<'_>, job: &Job) -> Result<(Spent, Damping)> {
        let start = Instant::now();
        let plan = self.config.plan(self.members.len(), self.seed);
        let damping = damping::of(self.damping, &self.config, &plan, (&self.members[0], &self.items), job)?;
        let choosing = if self.damping.is_some() { 0.0 } else { start.elapsed().as_secs_f64() };
        let start = Instant::now();
        let manifest = TrainingManifest::new(plan, damping.value);
        let preconditioned = precondition(&manifest, &self.members, &self.items, job)?;
        let curved = start.elapsed();
        let influence = preconditioned.influence(&self.queries, job)?;
        for query in 0..influence.queries() {
            let row: Vec<f32> = influence.row(query).iter().map(|value| *value as f32).collect();
            sink.row(&row)?;
        }
        Ok((Spent { choosing, ..Spent::of(start, curved) }, damping))
    }
}

fn only_for_languages(source: &Source, wanted: &Wanted) -> Result<()> {
    ensure!(source.adapter.is_none(), "--adapter is for language models, and config.json says {MODEL_TYPE}");
    ensure!(wanted.block_length.is_none(), "--block-length is for language models, and config.json says {MODEL_TYPE}");
    ensure!(wanted.head, "--without-head is for language models, and config.json says {MODEL_TYPE}");
    Ok(())
}

/// All models of a folder, in the order of the numbers in their files' names.
fn members(folder: &Path, architecture: &Architecture) -> Result<Vec<Mlp>> {
    let found = architecture.parameters();
    ensure!(
        found <= MOST_WEIGHTS,
        "the model has {found} weights; exact influence keeps a matrix of the square of that, and goes up to {MOST_WEIGHTS}"
    );
    weights::files(folder)?.iter().map(|file| weights::load(file, architecture)).collect()
}
