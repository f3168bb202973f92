//! Influence in a language model, by EK-FAC.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail, ensure};
use influence::{
    Job,
    ekfac::{
        Subject, damping,
        score::{self, Settings},
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
    Source, Wanted,
    summary::{Damping, Scored, Spent},
};

/// Longest block unless another is wanted.
const BLOCK_LENGTH: usize = 512;

/// A language model, its items and its queries as tokens.
pub(super) struct Language {
    model: Model,
    pub(super) items: Vec<TokenItem>,
    pub(super) queries: Vec<TokenItem>,
    layout: Layout,
    settings: Settings,
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
        let model = Model::load(&source.model, source.adapter.as_deref())?;
        let path = source.model.join("tokenizer.json");
        let tokenizer = if path.exists() { Some(Tokenizer::load(&path)?) } else { None };
        let encoder = Encoder::new(tokenizer.as_ref(), model.config().vocab_size);
        let (items, queries) = (read(&source.items, &encoder)?, read(&source.queries, &encoder)?);
        let longest = model.config().max_position_embeddings;
        let block_length =
            wanted.block_length.unwrap_or_else(|| fitting(&items, &queries).min(BLOCK_LENGTH).min(longest));
        ensure!(
            (1..=longest).contains(&block_length),
            "--block-length must be from 1 to {longest}, the model's own length"
        );
        let layout = Layout::efficient(model.config(), block_length);
        let damping = wanted.damping.unwrap_or(damping::PART);
        let settings = Settings { seed: wanted.seed, damping, ..Settings::default() };
        Ok(Self { model, items, queries, layout, settings, head: wanted.head })
    }

    /// Number of weights.
    pub(super) fn weights(&self) -> usize {
        self.model.weights().count()
    }

    /// Tokens of all items.
    pub(super) fn tokens(&self) -> usize {
        self.items.iter().map(|item| item.tokens.len()).sum()
    }

    /// Measures the curvature and scores.
    pub(super) fn score(&self, job: &Job) -> Result<Scored> {
        job.control.begin(score::steps(&self.items, self.queries.len(), &self.settings));
        let whole = Subject::trained(&self.model, self.layout);
        let subject = if self.head { whole } else { whole.without_head() };
        let start = Instant::now();
        let curvature = score::curvature(&subject, &self.items, &self.settings, job)?;
        let curved = start.elapsed();
        let data = (self.items.as_slice(), self.queries.as_slice());
        let matrix = score::matrix(&subject, &curvature, data, &self.settings, job)?;
        let spent = Spent::of(start, curved);
        Ok(Scored { matrix, spent, damping: Damping::part(self.settings.damping) })
    }
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
