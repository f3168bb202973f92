//! A Llama decoder, alone or adapted, forwards and backwards.

use candle_core::{Result, Tensor};

use crate::config::LlamaConfig;
use crate::lora::Adapter;
use crate::operations::attention::{self, AttentionTrace};
use crate::operations::norm::{self, NormTrace};
use crate::operations::swiglu::{self, GateTrace};
use crate::pack::Batch;
use crate::tap::{Map, Part, Site, Tap};
use crate::values::{add, scaled};
use crate::weights::{Projection, Slot, Weights};

/// Weights, and an adapter on top of them if there is one.
#[derive(Clone, Debug)]
pub struct Model {
    weights: Weights,
    adapter: Option<Adapter>,
}

/// What a forward pass leaves behind for the backward pass.
pub struct Trace {
    blocks: Vec<BlockTrace>,
    last: NormTrace,
    head: LinearTrace,
    /// `[rows, vocabulary]`
    pub logits: Tensor,
}

struct BlockTrace {
    before_attention: NormTrace,
    query: LinearTrace,
    key: LinearTrace,
    value: LinearTrace,
    attention: AttentionTrace,
    output: LinearTrace,
    before_mlp: NormTrace,
    gate: LinearTrace,
    up: LinearTrace,
    gated: GateTrace,
    down: LinearTrace,
}

/// What entered a linear map and, where it is adapted, what came down to the rank.
struct LinearTrace {
    inputs: Tensor,
    low: Option<Tensor>,
}

impl Model {
    /// A model without an adapter.
    pub fn new(weights: Weights) -> Self {
        Self { weights, adapter: None }
    }

    /// A model with an adapter of the same precision on the same device.
    pub fn adapted(weights: Weights, adapter: Adapter) -> Self {
        Self { weights, adapter: Some(adapter) }
    }

    /// Sizes and constants.
    pub fn config(&self) -> &LlamaConfig {
        self.weights.config()
    }

    /// The base's weights.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The adapter.
    pub fn adapter(&self) -> Option<&Adapter> {
        self.adapter.as_ref()
    }

    /// The same model with other trained weights, in the order of [`Model::trainable`].
    pub(crate) fn with_trainable(&self, tensors: Vec<Tensor>) -> Self {
        match &self.adapter {
            Some(adapter) => Self { weights: self.weights.clone(), adapter: Some(adapter.with_tensors(tensors)) },
            None => Self { weights: self.weights.with_tensors(tensors), adapter: None },
        }
    }

    /// All linear maps in the order of their use, and the head at the end.
    pub fn maps(&self) -> Vec<Map> {
        let of_layer = |layer| Projection::ALL.map(|projection| Map::Projection(layer, projection));
        (0..self.config().num_hidden_layers).flat_map(of_layer).chain([Map::Head]).collect()
    }

    /// The weight at a site.
    pub fn at(&self, site: Site) -> Option<&Tensor> {
        match site.part {
            Part::Whole => Some(self.weights.get(site.map.slot())),
            part => self.adapter.as_ref()?.at(site.map, part),
        }
    }

    /// Logits of every row of a batch.
    ///
    /// # Errors
    /// If a token is not in the vocabulary, or candle fails.
    pub fn forward(&self, batch: &Batch) -> Result<Trace> {
        let mut stream = self.weights.get(Slot::Embedding).index_select(batch.tokens(), 0)?;
        let mut blocks = Vec::with_capacity(self.config().num_hidden_layers);
        for layer in 0..self.config().num_hidden_layers {
            let (left, trace) = self.block(layer, stream, batch)?;
            stream = left;
            blocks.push(trace);
        }
        let (rows, last) = self.norm(Slot::FinalNorm, &stream)?;
        let (logits, head) = self.linear(Map::Head, &rows)?;
        Ok(Trace { blocks, last, head, logits })
    }

    fn block(&self, layer: usize, stream: Tensor, batch: &Batch) -> Result<(Tensor, BlockTrace)> {
        let map = |projection| Map::Projection(layer, projection);
        let shape = batch.attention();
        let (rows, before_attention) = self.norm(Slot::AttentionNorm(layer), &stream)?;
        let (queries, query) = self.linear(map(Projection::Query), &rows)?;
        let (keys, key) = self.linear(map(Projection::Key), &rows)?;
        let (values, value) = self.linear(map(Projection::Value), &rows)?;
        let (queries, keys) = (batch.angles().split(shape, &queries)?, batch.angles().split(shape, &keys)?);
        let (heads, attention) = attention::forward(shape, &queries, keys, shape.split(&values)?, batch.mask())?;
        let (attended, output) = self.linear(map(Projection::Output), &shape.join(&heads)?)?;
        let stream = add(&stream, &attended)?;
        let (rows, before_mlp) = self.norm(Slot::MlpNorm(layer), &stream)?;
        let (gates, gate) = self.linear(map(Projection::Gate), &rows)?;
        let (ups, up) = self.linear(map(Projection::Up), &rows)?;
        let (inner, gated) = swiglu::forward(gates, ups)?;
        let (answer, down) = self.linear(map(Projection::Down), &inner)?;
        let trace =
            BlockTrace { before_attention, query, key, value, attention, output, before_mlp, gate, up, gated, down };
        Ok((add(&stream, &answer)?, trace))
    }

    fn norm(&self, slot: Slot, rows: &Tensor) -> Result<(Tensor, NormTrace)> {
        norm::forward(rows, self.weights.get(slot), self.config().rms_norm_eps)
    }

    fn linear(&self, map: Map, inputs: &Tensor) -> Result<(Tensor, LinearTrace)> {
        let outputs = inputs.matmul(&self.weights.get(map.slot()).t()?)?;
        let Some((adapter, pair)) = self.adapter.as_ref().and_then(|adapter| Some((adapter, adapter.pair(map)?)))
        else {
            return Ok((outputs, LinearTrace { inputs: inputs.clone(), low: None }));
        };
        let low = inputs.matmul(&pair.down.t()?)?;
        let outputs = add(&outputs, &scaled(&low.matmul(&pair.up.t()?)?, adapter.scale())?)?;
        Ok((outputs, LinearTrace { inputs: inputs.clone(), low: Some(low) }))
    }

    /// Shows `tap` every site's inputs and gradients, given the loss's gradient by the logits, `[rows, vocabulary]`.
    ///
    /// # Errors
    /// If the tap or candle fails.
    pub fn backward(&self, trace: &Trace, batch: &Batch, by_logits: &Tensor, tap: &mut dyn Tap) -> Result<()> {
        let mut pass = Backward { model: self, batch, tap };
        let by_rows = pass.linear(Map::Head, &trace.head, by_logits)?;
        let mut by_stream = pass.norm(Slot::FinalNorm, &trace.last, &by_rows)?;
        for (layer, block) in trace.blocks.iter().enumerate().rev() {
            by_stream = pass.block(layer, block, by_stream)?;
        }
        if tap.wants_rest() { tap.embedding(batch.tokens(), &by_stream) } else { Ok(()) }
    }
}

struct Backward<'a> {
    model: &'a Model,
    batch: &'a Batch,
    tap: &'a mut dyn Tap,
}

impl Backward<'_> {
    fn block(&mut self, layer: usize, trace: &BlockTrace, by_stream: Tensor) -> Result<Tensor> {
        let map = |projection| Map::Projection(layer, projection);
        let by_inner = self.linear(map(Projection::Down), &trace.down, &by_stream)?;
        let (by_gates, by_ups) = swiglu::backward(&trace.gated, &by_inner)?;
        let by_rows = add(
            &self.linear(map(Projection::Gate), &trace.gate, &by_gates)?,
            &self.linear(map(Projection::Up), &trace.up, &by_ups)?,
        )?;
        let by_stream = add(&by_stream, &self.norm(Slot::MlpNorm(layer), &trace.before_mlp, &by_rows)?)?;

        let by_joined = self.linear(map(Projection::Output), &trace.output, &by_stream)?;
        let shape = self.batch.attention();
        let heads = attention::backward(shape, &trace.attention, &shape.split(&by_joined)?)?;
        let angles = self.batch.angles();
        let by_queries = angles.join(shape, &heads.query)?;
        let by_keys = angles.join(shape, &heads.key)?;
        let by_rows = add(
            &self.linear(map(Projection::Query), &trace.query, &by_queries)?,
            &self.linear(map(Projection::Key), &trace.key, &by_keys)?,
        )?;
        let by_rows = add(&by_rows, &self.linear(map(Projection::Value), &trace.value, &shape.join(&heads.value)?)?)?;
        add(&by_stream, &self.norm(Slot::AttentionNorm(layer), &trace.before_attention, &by_rows)?)
    }

    fn norm(&mut self, slot: Slot, trace: &NormTrace, gradients: &Tensor) -> Result<Tensor> {
        if self.tap.wants_rest() {
            self.tap.norm(slot, norm::weight_gradient(trace, gradients)?)?;
        }
        norm::backward(trace, self.model.weights.get(slot), gradients)
    }

    fn linear(&mut self, map: Map, trace: &LinearTrace, gradients: &Tensor) -> Result<Tensor> {
        self.show(Site { map, part: Part::Whole }, &trace.inputs, gradients)?;
        let by_inputs = gradients.matmul(self.model.weights.get(map.slot()))?;
        let (Some(adapter), Some(low)) = (&self.model.adapter, &trace.low) else { return Ok(by_inputs) };
        let Some(pair) = adapter.pair(map) else { return Ok(by_inputs) };
        let by_raised = scaled(gradients, adapter.scale())?;
        self.show(Site { map, part: Part::Up }, low, &by_raised)?;
        let by_low = by_raised.matmul(pair.up)?;
        self.show(Site { map, part: Part::Down }, &trace.inputs, &by_low)?;
        add(&by_inputs, &by_low.matmul(pair.down)?)
    }

    fn show(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> Result<()> {
        if self.tap.wants(site) { self.tap.linear(site, inputs, gradients) } else { Ok(()) }
    }
}
