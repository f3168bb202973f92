//! The pass of candle's operations, for any device and precision.

use candle_core::{DType, Device, Result, Tensor};

use super::Feed;
use super::plan::{Plan, Span};
use crate::config::LlamaConfig;
use crate::lora::Adapter;
use crate::operations::attention::{Shape, composed};
use crate::operations::rope::Angles;
use crate::operations::{norm, swiglu};
use crate::tap::Map;
use crate::values::{add, scaled, wide, wide_type};
use crate::weights::{Projection, Slot, Weights};

/// What is kept between passes.
pub(super) struct Pass {
    adapters: Vec<Adapter>,
}

impl Pass {
    pub fn new() -> Self {
        Self { adapters: Vec::new() }
    }

    pub fn add(&mut self, adapter: Adapter) {
        self.adapters.push(adapter);
    }

    /// Logits of the last row of each feed, `[feeds, vocabulary]`.
    pub fn forward(&self, weights: &Weights, plan: &Plan, feeds: &mut [Feed<'_>]) -> Result<Tensor> {
        let (dtype, device) = (weights.dtype(), weights.device());
        for span in &plan.spans {
            feeds[span.feed].sequence.tensors_mut().reach(span.past + span.rows.len(), dtype, device)?;
        }
        let config = weights.config();
        let angles = Angles::new(&plan.positions, plan.rows(), &config.frequencies(), dtype, device)?;
        let masks = plan.spans.iter().map(|span| mask(span, config, dtype, device)).collect::<Result<_>>()?;
        Running { weights, adapters: &self.adapters, plan, angles, masks }.logits(feeds)
    }
}

/// 0 where a row of a span sees a token, −∞ elsewhere, `[1, group · rows, tokens]`; a single row sees all, `[1, 1, 1]`.
fn mask(span: &Span, config: &LlamaConfig, dtype: DType, device: &Device) -> Result<Tensor> {
    let (rows, all) = (span.rows.len(), span.past + span.rows.len());
    if rows == 1 {
        return Tensor::zeros((1, 1, 1), wide_type(dtype), device);
    }
    let hidden = |row: usize| (0..all).map(move |token| if token <= span.past + row { 0.0 } else { f32::NEG_INFINITY });
    let mask = Tensor::from_vec((0..rows).flat_map(hidden).collect::<Vec<f32>>(), (1, rows, all), device)?;
    let group = config.num_attention_heads / config.key_value_heads();
    mask.to_dtype(wide_type(dtype))?.repeat((1, group, 1))
}

/// One pass.
struct Running<'a> {
    weights: &'a Weights,
    adapters: &'a [Adapter],
    plan: &'a Plan,
    angles: Angles,
    /// Of each span.
    masks: Vec<Tensor>,
}

impl Running<'_> {
    fn logits(&self, feeds: &mut [Feed<'_>]) -> Result<Tensor> {
        let device = self.weights.device();
        let tokens = Tensor::new(self.plan.tokens.as_slice(), device)?;
        let mut stream = self.weights.get(Slot::Embedding).index_select(&tokens, 0)?;
        for layer in 0..self.weights.config().num_hidden_layers {
            stream = self.block(layer, stream, feeds)?;
        }
        let last: Vec<u32> = self.plan.last_rows().into_iter().map(|row| row as u32).collect();
        let rows = stream.index_select(&Tensor::from_vec(last, feeds.len(), device)?, 0)?;
        self.linear(Map::Head, &self.norm(Slot::FinalNorm, &rows)?)
    }

    fn block(&self, layer: usize, stream: Tensor, feeds: &mut [Feed<'_>]) -> Result<Tensor> {
        let map = |projection| Map::Projection(layer, projection);
        let shape = self.shape();
        let rows = self.norm(Slot::AttentionNorm(layer), &stream)?;
        let queries = self.angles.split(shape, &self.linear(map(Projection::Query), &rows)?)?.squeeze(0)?;
        let keys = self.angles.split(shape, &self.linear(map(Projection::Key), &rows)?)?.squeeze(0)?;
        let values = shape.split(&self.linear(map(Projection::Value), &rows)?)?.squeeze(0)?;
        let mut attended = Vec::with_capacity(self.plan.spans.len());
        for (span, mask) in self.plan.spans.iter().zip(&self.masks) {
            let of_span = |heads: &Tensor| heads.narrow(1, span.rows.start, span.rows.len())?.contiguous();
            let new = [&of_span(&keys)?, &of_span(&values)?];
            let [keys, values] = feeds[span.feed].sequence.tensors_mut().put(layer, span.past, new)?;
            attended.push(self.attend(&of_span(&queries)?, &keys, &values, mask)?);
        }
        let stream = add(&stream, &self.linear(map(Projection::Output), &Tensor::cat(&attended, 0)?)?)?;
        let rows = self.norm(Slot::MlpNorm(layer), &stream)?;
        let (gates, ups) = (self.linear(map(Projection::Gate), &rows)?, self.linear(map(Projection::Up), &rows)?);
        let (inner, _) = swiglu::forward(gates, ups)?;
        add(&stream, &self.linear(map(Projection::Down), &inner)?)
    }

    /// `queries` `[heads · group, rows, width]` over `keys` and `values` `[heads, tokens, width]`, to `[rows, heads · group · width]`.
    fn attend(&self, queries: &Tensor, keys: &Tensor, values: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let (query_heads, rows, width) = queries.dims3()?;
        let heads = keys.dim(0)?;
        let grouped = queries.reshape((heads, query_heads / heads * rows, width))?;
        let scores = (wide(&grouped.matmul(&keys.t()?)?)? * (1.0 / (width as f64).sqrt()))?;
        let weights = composed::softmax(&scores, mask)?.to_dtype(queries.dtype())?;
        let heads = weights.matmul(values)?.reshape((query_heads, rows, width))?;
        heads.transpose(0, 1)?.contiguous()?.reshape((rows, query_heads * width))
    }

    /// All rows as one block.
    fn shape(&self) -> Shape {
        let config = self.weights.config();
        let heads = config.key_value_heads();
        Shape {
            batch: 1,
            length: self.plan.rows(),
            heads,
            group: config.num_attention_heads / heads,
            width: config.head_dim(),
        }
    }

    fn norm(&self, slot: Slot, rows: &Tensor) -> Result<Tensor> {
        Ok(norm::forward(rows, self.weights.get(slot), self.weights.config().rms_norm_eps)?.0)
    }

    /// `x Wᵀ`, and `s (x Aᵀ) Bᵀ` on the rows of each adapter.
    fn linear(&self, map: Map, inputs: &Tensor) -> Result<Tensor> {
        let outputs = inputs.matmul(&self.weights.get(map.slot()).t()?)?;
        let mut parts = Vec::new();
        let mut done = 0;
        for (adapter, rows) in &self.plan.runs {
            let adapter = &self.adapters[adapter.0];
            let Some(pair) = adapter.pair(map) else { continue };
            let inputs = inputs.narrow(0, rows.start, rows.len())?;
            let raised = inputs.matmul(&pair.down.t()?)?.matmul(&pair.up.t()?)?;
            parts.push(outputs.narrow(0, done, rows.start - done)?);
            parts.push(add(&outputs.narrow(0, rows.start, rows.len())?, &scaled(&raised, adapter.scale())?)?);
            done = rows.end;
        }
        if parts.is_empty() {
            return Ok(outputs);
        }
        parts.push(outputs.narrow(0, done, outputs.dim(0)? - done)?);
        parts.retain(|part| part.elem_count() > 0);
        Tensor::cat(&parts, 0)
    }
}
