//! Tasks of language models: B, a Llama-style model of about a million weights that learns windows of one book; C, a LoRA adapter of it that
//! learns windows of another.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use compute::random::{Random, Stream};
use lm::config::{Heads, LlamaConfig};
use lm::lora::{Adapter, LoraConfig};
use lm::model::Model;
use lm::optimizer::AdamW;
use lm::pack::TokenItem;
use lm::tokenizer::Tokenizer;
use lm::train::TrainingPlan;
use lm::weights::{Projection, Weights};

/// Predictions of an item: it has one token more.
pub const LENGTH: usize = 128;
/// Tokens that the tokenizer knows.
pub const VOCABULARY: usize = 1024;
/// Items to be asked about, never learned from.
pub const QUERIES: usize = 64;
/// Halves of the items that models are trained on; each with its complement.
pub const SUBSETS: usize = 64;
/// Items that Task B's model learns from.
const BASE_ITEMS: usize = 512;
/// Items that Task C's adapter learns from.
const ADAPTER_ITEMS: usize = 256;
/// Rank and α of Task C's adapter, of all projections.
const RANK: usize = 8;
const ALPHA: f64 = 16.0;
/// Seed of the halves.
const SUBSET_SEED: u64 = 1;

/// Items, queries and plan of a task.
pub struct Task {
    /// Model.
    pub config: LlamaConfig,
    /// Training.
    pub plan: TrainingPlan,
    /// What is learned from.
    pub items: Vec<TokenItem>,
    /// What is asked about.
    pub queries: Vec<TokenItem>,
    /// The adapter that is trained, drawn from the seed; none where all weights are.
    pub adapting: Option<Adapting>,
}

/// An adapter of a model that stays as it is.
pub struct Adapting {
    /// The model.
    pub base: Weights,
    /// The adapter.
    pub lora: LoraConfig,
}

/// The folder of the texts.
pub fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data")
}

impl Task {
    /// Task B.
    ///
    /// # Errors
    /// If the text cannot be read.
    pub fn base() -> Result<Self> {
        let (items, queries) = deal(&windows_of("opticks.txt")?, BASE_ITEMS)?;
        let config = LlamaConfig::new(VOCABULARY, 128, 4, Heads { query: 4, key_value: 2 }, 448, LENGTH);
        Ok(Self { config, plan: plan(), items, queries, adapting: None })
    }

    /// Task C, over Task B's model.
    ///
    /// # Errors
    /// If a text cannot be read.
    pub fn adapter(base: Weights) -> Result<Self> {
        let (items, queries) = deal(&windows_of("sawyer.txt")?, ADAPTER_ITEMS)?;
        let lora = LoraConfig::new(RANK, ALPHA, &Projection::ALL);
        let config = base.config().clone();
        Ok(Self { config, plan: plan(), items, queries, adapting: Some(Adapting { base, lora }) })
    }

    /// The model before it is trained from a seed.
    ///
    /// # Errors
    /// If it cannot be drawn.
    pub fn untrained(&self, seed: u64) -> Result<Model> {
        Ok(match &self.adapting {
            None => Model::new(Weights::initial(&self.config, seed)?),
            Some(Adapting { base, lora }) => Model::adapted(base.clone(), Adapter::initial(lora, &self.config, seed)?),
        })
    }

    /// Which half of the items subset `index` keeps.
    pub fn subset(&self, index: usize) -> Vec<bool> {
        let mut random = Random::new(SUBSET_SEED, Stream::Subsets);
        let mut order: Vec<u32> = (0..self.items.len() as u32).collect();
        (0..=index / 2).for_each(|_| random.shuffle(&mut order));
        let mut keep = vec![index % 2 == 1; self.items.len()];
        order[..self.items.len() / 2].iter().for_each(|&item| keep[item as usize] = index.is_multiple_of(2));
        keep
    }
}

fn plan() -> TrainingPlan {
    let optimizer = AdamW { learning_rate: 2e-3, ..AdamW::default() };
    TrainingPlan { epochs: 8, items_per_step: 8, block_length: LENGTH, blocks_at_once: 2, optimizer, seed: 0 }
}

/// Windows of a book that follow each other, so that each token is predicted once. All tasks read by the tokenizer of Task B's book.
fn windows_of(book: &str) -> Result<Vec<TokenItem>> {
    let tokenizer = Tokenizer::learn(&[read("opticks.txt")?], VOCABULARY)?;
    let tokens = tokenizer.encode(&read(book)?, false)?;
    let starts = (0..tokens.len().saturating_sub(LENGTH)).step_by(LENGTH);
    Ok(starts.map(|start| TokenItem::whole(tokens[start..=start + LENGTH].to_vec())).collect())
}

fn read(book: &str) -> Result<String> {
    let path = data().join(book);
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

/// The first windows: so many items and all queries, evenly among them.
fn deal(windows: &[TokenItem], items: usize) -> Result<(Vec<TokenItem>, Vec<TokenItem>)> {
    let (needed, period) = (items + QUERIES, (items + QUERIES) / QUERIES);
    ensure!(windows.len() >= needed, "the text has only {} windows, {needed} are needed", windows.len());
    let (mut learned, mut asked) = (Vec::new(), Vec::new());
    for (index, window) in windows[..needed].iter().enumerate() {
        let into = if index % period == period / 2 { &mut asked } else { &mut learned };
        into.push(window.clone());
    }
    Ok((learned, asked))
}
