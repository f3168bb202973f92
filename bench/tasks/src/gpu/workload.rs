//! A model of random weights and items of random tokens.

use anyhow::{Context, Result, ensure};
use candle_core::{DType, Device};
use compute::random::{Random, Stream};
use compute::{Job, Threads};
use influence::ekfac::Subject;
use lm::config::LlamaConfig;
use lm::evaluate::Layout;
use lm::model::Model;
use lm::pack::TokenItem;
use lm::weights::Weights;

use super::shape::Rows;

/// Seed of weights and tokens.
const SEED: u64 = 0;

/// What is measured.
pub struct Workload {
    /// The model.
    pub model: Model,
    /// Items of one block each.
    pub items: Vec<TokenItem>,
    /// How they are computed.
    pub layout: Layout,
    /// Rows of a step of training.
    pub rows_of_step: usize,
    /// Whether the head's weights are attributed to.
    pub with_head: bool,
}

impl Workload {
    /// Draws weights and items.
    ///
    /// # Errors
    /// If the rows do not divide one another, or the weights do not fit the device.
    pub fn draw(config: &LlamaConfig, rows: Rows, dtype: DType, device: &Device) -> Result<Self> {
        let Rows { length, at_once, of_step, measured } = rows;
        let whole = |larger: usize, smaller: usize| smaller > 0 && larger > 0 && larger.is_multiple_of(smaller);
        let divides = whole(at_once, length) && whole(of_step, at_once) && whole(measured, of_step);
        ensure!(
            divides,
            "{measured} rows are no whole steps of {of_step}, groups of {at_once} and blocks of {length}: each must divide the one before"
        );
        let weights = Weights::drawn(config, SEED, dtype, device).context("the weights do not fit the device")?;
        let mut random = Random::new(SEED, Stream::Samples);
        let mut item =
            || TokenItem::whole((0..=length).map(|_| random.below(config.vocab_size as u32)).collect::<Vec<u32>>());
        let items = (0..measured / length).map(|_| item()).collect();
        let layout = Layout { block_length: length, blocks_at_once: at_once / length };
        Ok(Self { model: Model::new(weights), items, layout, rows_of_step: of_step, with_head: false })
    }

    /// Where it is.
    pub fn device(&self) -> &Device {
        self.model.weights().device()
    }

    /// Rows of a measurement: each is a token that is predicted.
    pub fn rows(&self) -> usize {
        self.items.len() * self.layout.block_length
    }

    /// Items of one group of blocks.
    pub fn group(&self) -> &[TokenItem] {
        &self.items[..self.layout.blocks_at_once]
    }

    /// The weights that influence goes through.
    pub fn subject(&self) -> Subject<'_> {
        let subject = Subject::trained(&self.model, self.layout);
        if self.with_head { subject } else { subject.without_head() }
    }

    /// One thread for a card, which takes one thing after another; all for the CPU.
    pub fn job(&self) -> Job {
        Job::from(if self.device().is_cpu() { Threads::available() } else { Threads::new(1) })
    }
}
