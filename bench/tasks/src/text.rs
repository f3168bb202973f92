//! Task B: a Llama-style model of about a million weights, trained on windows of one book.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use compute::random::{Random, Stream};
use lm::config::{Heads, LlamaConfig};
use lm::optimizer::AdamW;
use lm::pack::TokenItem;
use lm::tokenizer::Tokenizer;
use lm::train::TrainingPlan;

/// Predictions of an item: it has one token more.
pub const LENGTH: usize = 128;
/// Tokens that the tokenizer knows.
pub const VOCABULARY: usize = 1024;
/// Items to learn from.
pub const ITEMS: usize = 512;
/// Items to be asked about, never learned from.
pub const QUERIES: usize = 64;
/// Halves of the items that models are trained on; each with its complement.
pub const SUBSETS: usize = 64;
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
        let path = data().join("opticks.txt");
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let tokenizer = Tokenizer::learn(std::slice::from_ref(&text), VOCABULARY)?;
        let windows = windows(&tokenizer.encode(&text, false)?);
        ensure!(windows.len() >= ITEMS + QUERIES, "the text has only {} windows", windows.len());
        let (items, queries) = deal(windows);
        let config = LlamaConfig::new(VOCABULARY, 128, 4, Heads { query: 4, key_value: 2 }, 448, LENGTH);
        let optimizer = AdamW { learning_rate: 2e-3, ..AdamW::default() };
        let plan =
            TrainingPlan { epochs: 8, items_per_step: 8, block_length: LENGTH, blocks_at_once: 2, optimizer, seed: 0 };
        Ok(Self { config, plan, items, queries })
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

/// Windows that follow each other, so that each token is predicted once.
fn windows(tokens: &[u32]) -> Vec<TokenItem> {
    let starts = (0..tokens.len().saturating_sub(LENGTH)).step_by(LENGTH);
    starts.map(|start| TokenItem::whole(tokens[start..=start + LENGTH].to_vec())).collect()
}

/// The first windows, every ninth of them a query.
fn deal(windows: Vec<TokenItem>) -> (Vec<TokenItem>, Vec<TokenItem>) {
    let (mut items, mut queries) = (Vec::new(), Vec::new());
    for (index, window) in windows.into_iter().enumerate().take(ITEMS + QUERIES) {
        if index % 9 == 4 { queries.push(window) } else { items.push(window) }
    }
    (items, queries)
}
