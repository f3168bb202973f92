//! From items of any length to blocks of one fixed shape.
//!
//! An item of `n` tokens has `n − 1` predictions. It is cut into pieces of at most `length` predictions, in order; each prediction is in exactly
//! one piece. Pieces are laid into blocks of `length` rows in the order of the items: into the block before where there is room, else into a
//! new one. Within a block, pieces neither see nor move each other: attention stays within a piece and positions start at 0.

use candle_core::{DType, Device, Result, Tensor};

use crate::config::LlamaConfig;
use crate::operations::attention::{Mask, Shape};
use crate::operations::rope::Angles;

/// Segment number of rows that hold nothing.
const PADDING: u32 = 0;

/// A sequence to learn from or to look at.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenItem {
    /// The tokens.
    pub tokens: Vec<u32>,
    /// Weight of each token's prediction from those before it: 0 in prompts, else 1. As many as tokens; the first is of no use.
    pub weights: Vec<f32>,
}

impl TokenItem {
    /// An item of which every token but the first is predicted.
    pub fn whole(tokens: Vec<u32>) -> Self {
        Self { weights: vec![1.0; tokens.len()], tokens }
    }

    /// An item of which the first `prompt` tokens are given.
    pub fn answered(tokens: Vec<u32>, prompt: usize) -> Self {
        let weights = (0..tokens.len()).map(|place| if place < prompt { 0.0 } else { 1.0 }).collect();
        Self { tokens, weights }
    }

    /// Sum of the weights of its predictions.
    pub fn weight(&self) -> f64 {
        self.weights.iter().skip(1).map(|weight| f64::from(*weight)).sum()
    }
}

/// Rows of one item in one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Rank of the item among those packed.
    pub item: usize,
    /// The block.
    pub block: usize,
    /// First row within the block.
    pub start: usize,
    /// Rows.
    pub rows: usize,
}

/// One block of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    tokens: Vec<u32>,
    targets: Vec<u32>,
    weights: Vec<f32>,
    positions: Vec<u32>,
    segments: Vec<u32>,
}

impl Block {
    fn empty() -> Self {
        Self {
            tokens: Vec::new(),
            targets: Vec::new(),
            weights: Vec::new(),
            positions: Vec::new(),
            segments: Vec::new(),
        }
    }

    fn push(&mut self, item: &TokenItem, first: usize, rows: usize) {
        let segment = self.segments.last().map_or(PADDING + 1, |last| last + 1);
        self.tokens.extend_from_slice(&item.tokens[first..first + rows]);
        self.targets.extend_from_slice(&item.tokens[first + 1..][..rows]);
        self.weights.extend_from_slice(&item.weights[first + 1..][..rows]);
        self.positions.extend(0..rows as u32);
        self.segments.extend(std::iter::repeat_n(segment, rows));
    }

    fn pad(&mut self, length: usize) {
        let missing = length - self.tokens.len();
        self.tokens.extend(std::iter::repeat_n(0, missing));
        self.targets.extend(std::iter::repeat_n(0, missing));
        self.weights.extend(std::iter::repeat_n(0.0, missing));
        self.positions.extend(0..missing as u32);
        self.segments.extend(std::iter::repeat_n(PADDING, missing));
    }

    fn is_whole(&self) -> bool {
        self.segments.iter().all(|segment| *segment == PADDING + 1)
    }
}

/// Items in blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Packed {
    /// Rows of a block.
    pub length: usize,
    /// The blocks.
    pub blocks: Vec<Block>,
    /// Where the items are, in the order of blocks and rows.
    pub pieces: Vec<Piece>,
}

/// Packs items into blocks of `length` rows. Items of fewer than two tokens have no predictions and no pieces.
pub fn pack<'a>(items: impl IntoIterator<Item = &'a TokenItem>, length: usize) -> Packed {
    let mut packed = Packed { length, blocks: Vec::new(), pieces: Vec::new() };
    for (index, item) in items.into_iter().enumerate() {
        let predictions = item.tokens.len().saturating_sub(1);
        for first in (0..predictions).step_by(length) {
            packed.place(index, item, first, length.min(predictions - first));
        }
    }
    packed.blocks.iter_mut().for_each(|block| block.pad(length));
    packed
}

impl Packed {
    fn place(&mut self, index: usize, item: &TokenItem, first: usize, rows: usize) {
        let fits = self.blocks.last().is_some_and(|block| block.tokens.len() + rows <= self.length);
        if !fits {
            self.blocks.push(Block::empty());
        }
        let block = self.blocks.len() - 1;
        let start = self.blocks[block].tokens.len();
        self.blocks[block].push(item, first, rows);
        self.pieces.push(Piece { item: index, block, start, rows });
    }

    /// Some blocks as tensors.
    ///
    /// # Errors
    /// What candle says.
    pub fn batch(
        &self,
        blocks: std::ops::Range<usize>,
        config: &LlamaConfig,
        dtype: DType,
        device: &Device,
    ) -> Result<Batch> {
        Batch::new(&self.blocks[blocks], self.length, config, dtype, device)
    }
}

/// Blocks as tensors. A row is one position of one block; rows are block by block.
pub struct Batch {
    tokens: Tensor,
    targets: Vec<u32>,
    weights: Vec<f32>,
    attention: Shape,
    angles: Angles,
    mask: Mask,
}

impl Batch {
    fn new(blocks: &[Block], length: usize, config: &LlamaConfig, dtype: DType, device: &Device) -> Result<Self> {
        let attention = Shape {
            batch: blocks.len(),
            length,
            heads: config.key_value_heads(),
            group: config.num_attention_heads / config.key_value_heads(),
            width: config.head_dim(),
        };
        // Blocks of one piece each need one mask and one table of angles.
        let shown = if blocks.iter().all(Block::is_whole) { &blocks[..1] } else { blocks };
        let flat = |field: fn(&Block) -> &[u32]| -> Vec<u32> { shown.iter().flat_map(field).copied().collect() };
        let positions = flat(|block| &block.positions);
        Ok(Self {
            tokens: Tensor::from_vec(
                blocks.iter().flat_map(|block| &block.tokens).copied().collect::<Vec<u32>>(),
                blocks.len() * length,
                device,
            )?,
            targets: blocks.iter().flat_map(|block| &block.targets).copied().collect(),
            weights: blocks.iter().flat_map(|block| &block.weights).copied().collect(),
            attention,
            angles: Angles::new(&positions, length, &config.frequencies(), dtype, device)?,
            mask: Mask::new(&flat(|block| &block.segments), attention, dtype, device)?,
        })
    }

    /// The tokens, `[rows]`.
    pub fn tokens(&self) -> &Tensor {
        &self.tokens
    }

    /// The token that each row predicts.
    pub fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// Weight of each row's prediction.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Sizes of attention.
    pub fn attention(&self) -> Shape {
        self.attention
    }

    /// Angles of the rows' positions.
    pub fn angles(&self) -> &Angles {
        &self.angles
    }

    /// Which rows see which.
    pub fn mask(&self) -> &Mask {
        &self.mask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(tokens: std::ops::Range<u32>) -> TokenItem {
        TokenItem::whole(tokens.collect())
    }

    #[test]
    fn every_prediction_is_in_exactly_one_row() {
        let items = [item(0..6), item(10..13), item(20..21), item(30..40)];
        let packed = pack(&items, 4);
        let rows: usize = packed.pieces.iter().map(|piece| piece.rows).sum();
        assert_eq!(rows, 5 + 2 + 9);
        let mut predictions: Vec<(u32, u32)> = Vec::new();
        for block in &packed.blocks {
            assert_eq!(block.tokens.len(), 4);
            let filled = block.segments.iter().filter(|segment| **segment != PADDING).count();
            predictions.extend(block.tokens.iter().copied().zip(block.targets.iter().copied()).take(filled));
        }
        let expected = items.iter().flat_map(|item| item.tokens.windows(2).map(|pair| (pair[0], pair[1])));
        assert_eq!(predictions, expected.collect::<Vec<_>>());
    }

    #[test]
    fn a_piece_goes_into_the_block_before_where_there_is_room() {
        let packed = pack(&[item(0..3), item(10..13), item(20..22)], 4);
        let places: Vec<_> = packed.pieces.iter().map(|piece| (piece.item, piece.block, piece.start)).collect();
        assert_eq!(places, [(0, 0, 0), (1, 0, 2), (2, 1, 0)]);
        assert_eq!(packed.blocks[0].positions, [0, 1, 0, 1]);
    }

    #[test]
    fn a_prompt_weighs_nothing() {
        let item = TokenItem::answered(vec![1, 2, 3, 4], 2);
        assert_eq!(pack([&item], 3).blocks[0].weights, [0.0, 1.0, 1.0]);
        assert_eq!(item.weight(), 2.0);
    }
}
