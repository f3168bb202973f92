//! Influence in a language model, by EK-FAC.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use influence::{
    Job,
    ekfac::{
        Subject, damping,
        score::{self, Settings, Stages},
    },
};
use lm::{
    data::{Encoder, Format, Reader},
    evaluate::Layout,
    model::Model,
    pack::TokenItem,
    tokenizer::Tokenizer,
};

use super::{
    Source, Stage, Wanted,
    matrix::Sink,
    summary::{Damping, Spent},
};

/// Longest block unless another is wanted.
const BLOCK_LENGTH: usize = 512;

/// A language model, its items and its queries as tokens.
pub(super) struct Language {
    /// As it was when it had learned the items.
    model: Model,
    /// As it is when it is asked: the same, or with the adapter that was trained after that.
    asked: Model,
    pub(super) items: Vec<TokenItem>,
    pub(super) queries: Vec<TokenItem>,
    layout: Layout,
    pub(super) settings: Settings,
    head: bool,
}

impl Language {
    /// Reads and checks everything.
    pub(super) fn load(source: &Source, wanted: &Wanted) -> Result<Self> {
        let labelled = source.labels.is_some() || source.query_labels.is_some();
        ensure!(
            !labelled,
            "--labels and --query-labels are for models of the type mlp: texts say themselves what follows"
        );
        check_stage(source, wanted)?;
        let asked = Model::load(&source.model, source.adapter.as_deref())?;
        let model = match wanted.stage {
            Some(Stage::Base) => Model::new(asked.weights().clone()),
            Some(Stage::Adapter) | None => asked.clone(),
        };
        let path = source.model.join("tokenizer.json");
        let tokenizer = if path.exists() { Some(Tokenizer::load(&path)?) } else { None };
        let encoder = Encoder::new(tokenizer.as_ref(), model.config().vocab_size);
        let items = read(&source.items, &encoder)?;
        let queries = source.queries.as_deref().map(|path| read(path, &encoder)).transpose()?.unwrap_or_default();
        let longest = model.config().max_position_embeddings;
        let shown = if wanted.indexed { &[][..] } else { &queries };
        let block_length = wanted.block_length.unwrap_or_else(|| fitting(&items, shown).min(BLOCK_LENGTH).min(longest));
        ensure!(
            (1..=longest).contains(&block_length),
            "--block-length must be from 1 to {longest}, the model's own length"
        );
        let layout = Layout::efficient(model.config(), block_length);
        let damping = wanted.damping.unwrap_or(damping::PART);
        let settings = Settings { seed: wanted.seed, damping, ..Settings::default() };
        Ok(Self { model, asked, items, queries, layout, settings, head: wanted.head })
    }

    /// Number of weights.
    pub(super) fn weights(&self) -> usize {
        self.model.weights().count()
    }

    /// Tokens of all items.
    pub(super) fn tokens(&self) -> usize {
        self.items.iter().map(|item| item.tokens.len()).sum()
    }

    /// The weights that influence goes through.
    pub(super) fn subject(&self) -> Subject<'_> {
        let whole = Subject::trained(&self.model, self.layout);
        if self.head { whole } else { whole.without_head() }
    }

    /// Measures the curvature, where the items were learned, and scores some queries at a time, where they are asked.
    pub(super) fn score(&self, sink: &mut Sink<'_>, job: &Job) -> Result<(Spent, Damping)> {
        job.control.begin(score::steps(&self.items, self.queries.len(), &self.settings));
        let (learned, start) = (self.subject(), Instant::now());
        let asked = Subject { model: &self.asked, ..learned.clone() };
        let stages = Stages { learned: &learned, asked: &asked };
        let curvature = score::curvature(&learned, &self.items, &self.settings, job)?;
        let curved = start.elapsed();
        for few in self.queries.chunks(self.settings.queries_at_once) {
            let matrix = score::matrix_between(stages, &curvature, (&self.items, few), &self.settings, job)?;
            (0..few.len()).try_for_each(|query| sink.row(matrix.row(query)))?;
        }
        Ok((Spent::of(start, curved), Damping::part(self.settings.damping)))
    }
}

fn check_stage(source: &Source, wanted: &Wanted) -> Result<()> {
    if wanted.stage.is_some() {
        ensure!(
            source.adapter.is_some(),
            "--stage is for a model with an adapter: name the adapter with --adapter, or leave --stage out"
        );
    }
    ensure!(
        !(wanted.indexed && wanted.stage == Some(Stage::Base)),
        "--stage base scores pair by pair: an index holds items and queries of one stage; leave --index out"
    );
    Ok(())
}

fn read(path: &Path, encoder: &Encoder<'_>) -> Result<Vec<TokenItem>> {
    let Some(format) = Format::of(path) else {
        bail!("{} has no known ending: use .jsonl, .csv, .txt or .npy", path.display())
    };
    Ok(encoder.items(&Reader::new(format).read(path)?)?)
}

/// Rows that the longest item needs.
fn fitting(items: &[TokenItem], queries: &[TokenItem]) -> usize {
    items.iter().chain(queries).map(|item| item.tokens.len() - 1).max().unwrap_or(1).max(1)
}
