//! What a model makes of items, without learning from them.

use compute::{Job, parallel};

use crate::config::LlamaConfig;
use crate::loss;
use crate::model::Model;
use crate::pack::{Packed, TokenItem, pack};

/// Why items could not be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A computation in candle failed.
    #[error("a tensor operation failed while evaluating")]
    Compute(#[from] candle_core::Error),
    /// Somebody stopped it.
    #[error(transparent)]
    Cancelled(#[from] compute::Cancelled),
}

/// How items are laid out for a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Rows of a block.
    pub block_length: usize,
    /// Blocks computed together; another number gives other rounding.
    pub blocks_at_once: usize,
}

/// Rows that are computed together: more make no product faster.
const ROWS_AT_ONCE: usize = 2_048;
/// Numbers that anything kept of them may have: logits, gradients of single pieces.
const NUMBERS_AT_ONCE: usize = 1 << 26;

impl Layout {
    /// Blocks of a length, as many together as make products efficient, and no more than can be held.
    pub fn efficient(config: &LlamaConfig, block_length: usize) -> Self {
        let largest = config.hidden_size * config.vocab_size.max(config.intermediate_size);
        let rows = ROWS_AT_ONCE.min(NUMBERS_AT_ONCE / config.vocab_size.max(1));
        let blocks = (rows / block_length.max(1)).min(NUMBERS_AT_ONCE / largest.max(1));
        Self { block_length, blocks_at_once: blocks.max(1) }
    }

    /// The ranges of blocks that are computed together.
    pub fn groups(&self, packed: &Packed) -> Vec<std::ops::Range<usize>> {
        let blocks = packed.blocks.len();
        (0..blocks).step_by(self.blocks_at_once).map(|start| start..(start + self.blocks_at_once).min(blocks)).collect()
    }
}

/// `Σ weight · (−log p)` over the predictions of every item, nats.
///
/// # Errors
/// If a token is not in the vocabulary, candle fails or the job is cancelled.
///
/// # Determinism
/// An item's loss may depend in its last bits on what it is packed with; not on the number of threads.
pub fn losses(model: &Model, items: &[TokenItem], layout: Layout, job: &Job) -> Result<Vec<f64>, EvaluateError> {
    let packed = pack(items, layout.block_length);
    let groups = layout.groups(&packed);
    let rows = parallel::map_under(job, groups.len(), |group| Ok(row_losses(model, &packed, groups[group].clone())))?;
    let mut losses = vec![0.0; items.len()];
    let mut by_block = Vec::with_capacity(packed.blocks.len());
    for group in rows {
        by_block.extend(group?.chunks_exact(layout.block_length).map(<[f64]>::to_vec));
    }
    for piece in &packed.pieces {
        losses[piece.item] += by_block[piece.block][piece.start..][..piece.rows].iter().sum::<f64>();
    }
    Ok(losses)
}

fn row_losses(model: &Model, packed: &Packed, blocks: std::ops::Range<usize>) -> candle_core::Result<Vec<f64>> {
    let weights = model.weights();
    let batch = packed.batch(blocks, model.config(), weights.dtype(), weights.device())?;
    let trace = model.forward(&batch)?;
    let losses = loss::losses(&trace.logits, batch.targets())?;
    Ok(losses.iter().zip(batch.weights()).map(|(loss, weight)| f64::from(*loss) * f64::from(*weight)).collect())
}
