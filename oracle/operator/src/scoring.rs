//! `oracle score`: influence in a model that its user brings, from files to files, without a chain.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, Result, bail, ensure};
use comfy_table::Table;
use influence::{
    Job,
    ekfac::{
        Subject,
        score::{self, Matrix, Settings},
    },
};
use lm::{
    data::{Encoder, Format, Reader},
    evaluate::Layout,
    model::Model,
    pack::TokenItem,
    tokenizer::Tokenizer,
};
use npyz::WriterBuilder;
use serde::Serialize;

/// Longest block unless another is wanted.
const BLOCK_LENGTH: usize = 512;
/// Tokens that are computed together: enough for matrix products, few enough for the cache.
const TOKENS_AT_ONCE: usize = 256;

/// Files to read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Folder of the model.
    pub model: PathBuf,
    /// Folder of its adapter.
    pub adapter: Option<PathBuf>,
    /// What it learned from.
    pub items: PathBuf,
    /// What it is asked.
    pub queries: PathBuf,
    /// Names of the items' contributions, a line each.
    pub contributions: Option<PathBuf>,
}

/// How influence is computed.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Rows of a block.
    pub block_length: Option<usize>,
    /// Part of a site's mean curvature.
    pub damping: f64,
    /// Whether the map to logits counts.
    pub head: bool,
    /// Seed of drawn labels.
    pub seed: u64,
}

/// All that is needed to score.
pub struct Loaded {
    model: Model,
    items: Vec<TokenItem>,
    queries: Vec<TokenItem>,
    contributions: Option<Vec<String>>,
    layout: Layout,
    settings: Settings,
    head: bool,
}

/// Influences, and how long they took.
pub struct Scored {
    /// Of every item on every query.
    pub matrix: Matrix,
    curvature_seconds: f64,
    scoring_seconds: f64,
}

/// What was done, for people and programs.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    items: usize,
    queries: usize,
    tokens: usize,
    weights: usize,
    curvature_seconds: f64,
    scoring_seconds: f64,
    threads: usize,
    contributions: Vec<Total>,
}

/// What a contribution's items amount to.
#[derive(Clone, Debug, Serialize)]
pub struct Total {
    contribution: String,
    items: usize,
    /// `Σ φ` over its items and all queries, nats.
    influence: f64,
    /// Mean over queries of `Σ φ / Σ |φ|`: what settlement would take with equal fees.
    share: f64,
}

/// Reads and checks everything.
///
/// # Errors
/// Names the file and what is wrong with it.
pub fn load(source: &Source, wanted: &Wanted) -> Result<Loaded> {
    let model = Model::load(&source.model, source.adapter.as_deref())?;
    let path = source.model.join("tokenizer.json");
    let tokenizer = if path.exists() { Some(Tokenizer::load(&path)?) } else { None };
    let encoder = Encoder::new(tokenizer.as_ref(), model.config().vocab_size);
    let items = read(&source.items, &encoder)?;
    let queries = read(&source.queries, &encoder)?;
    let contributions = source.contributions.as_deref().map(|path| names(path, items.len())).transpose()?;
    let longest = model.config().max_position_embeddings;
    let block_length = wanted.block_length.unwrap_or_else(|| fitting(&items, &queries).min(BLOCK_LENGTH).min(longest));
    ensure!(
        (1..=longest).contains(&block_length),
        "--block-length must be from 1 to {longest}, the model's own length"
    );
    let layout = Layout { block_length, blocks_at_once: (TOKENS_AT_ONCE / block_length).max(1) };
    let settings = Settings { seed: wanted.seed, damping: wanted.damping, ..Settings::default() };
    Ok(Loaded { model, items, queries, contributions, layout, settings, head: wanted.head })
}

fn read(path: &Path, encoder: &Encoder<'_>) -> Result<Vec<TokenItem>> {
    let Some(format) = Format::of(path) else {
        bail!("{} has no known ending: use .jsonl, .csv, .txt or .npy", path.display())
    };
    Ok(encoder.items(&Reader::new(format).read(path)?)?)
}

fn names(path: &Path, items: usize) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let names: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    let found = names.len();
    ensure!(found == items, "{} names {found} contributions for {items} items: write a line for each", path.display());
    Ok(names)
}

/// Rows that the longest item needs.
fn fitting(items: &[TokenItem], queries: &[TokenItem]) -> usize {
    items.iter().chain(queries).map(|item| item.tokens.len() - 1).max().unwrap_or(1).max(1)
}

impl Loaded {
    /// Number of queries.
    pub fn queries(&self) -> usize {
        self.queries.len()
    }

    /// Steps of work.
    pub fn steps(&self) -> usize {
        score::steps(self.items.len(), self.queries.len(), &self.settings)
    }

    /// Measures the curvature and scores.
    ///
    /// # Errors
    /// If the model cannot be computed.
    pub fn score(&self, job: &Job) -> Result<Scored> {
        let whole = Subject::trained(&self.model, self.layout);
        let subject = if self.head { whole } else { whole.without_head() };
        let start = Instant::now();
        let curvature = score::curvature(&subject, &self.items, &self.settings, job)?;
        let curvature_seconds = start.elapsed().as_secs_f64();
        let data = (self.items.as_slice(), self.queries.as_slice());
        let matrix = score::matrix(&subject, &curvature, data, &self.settings, job)?;
        Ok(Scored { matrix, curvature_seconds, scoring_seconds: start.elapsed().as_secs_f64() - curvature_seconds })
    }

    /// What was done.
    pub fn summary(&self, scored: &Scored, job: &Job) -> Summary {
        Summary {
            items: self.items.len(),
            queries: self.queries.len(),
            tokens: self.items.iter().map(|item| item.tokens.len()).sum(),
            weights: self.model.weights().count(),
            curvature_seconds: scored.curvature_seconds,
            scoring_seconds: scored.scoring_seconds,
            threads: job.threads.count(),
            contributions: self.totals(&scored.matrix),
        }
    }

    fn totals(&self, matrix: &Matrix) -> Vec<Total> {
        let Some(names) = &self.contributions else { return Vec::new() };
        let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
        for name in names {
            let empty = || Total { contribution: name.clone(), items: 0, influence: 0.0, share: 0.0 };
            totals.entry(name).or_insert_with(empty).items += 1;
        }
        for query in 0..self.queries.len() {
            let row = matrix.row(query);
            let whole: f64 = row.iter().map(|value| f64::from(value.abs())).sum();
            for (name, value) in names.iter().zip(row) {
                let total = totals.get_mut(name.as_str()).expect("all names were entered");
                total.influence += f64::from(*value);
                total.share += if whole > 0.0 { f64::from(*value) / whole / self.queries.len() as f64 } else { 0.0 };
            }
        }
        totals.into_values().collect()
    }
}

impl Summary {
    /// For people.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.set_header(["contribution", "items", "influence, nats", "share, %"]);
        for total in &self.contributions {
            let (influence, share) = (format!("{:.4}", total.influence), format!("{:.2}", 100.0 * total.share));
            table.add_row([total.contribution.clone(), total.items.to_string(), influence, share]);
        }
        let said = format!(
            "{} items ({} tokens), {} queries, {} weights: curvature {:.1} s, scoring {:.1} s on {} threads",
            self.items,
            self.tokens,
            self.queries,
            self.weights,
            self.curvature_seconds,
            self.scoring_seconds,
            self.threads
        );
        if self.contributions.is_empty() { said } else { format!("{table}\n{said}") }
    }
}

/// Writes a matrix as a numpy array, float32 `[queries, items]`.
///
/// # Errors
/// If it cannot be written.
pub fn save(path: &Path, matrix: &Matrix, queries: usize) -> Result<()> {
    let shape = [queries as u64, matrix.items as u64];
    let write = |partial: &Path| -> std::io::Result<()> {
        let file = std::io::BufWriter::new(std::fs::File::create(partial)?);
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd()?;
        writer.extend(&matrix.values)?;
        writer.finish()
    };
    compute::persist::replace(path, write).with_context(|| format!("cannot write {}", path.display()))
}
