//! Causal attention with grouped heads: `softmax(q kᵀ / √width + mask) v`, query heads in groups that share a head of keys and values.
//!
//! # Source
//! Vaswani et al. 2017, *Attention Is All You Need*, equation 1; Ainslie et al. 2023, *GQA*, section 2.2.

use candle_core::{D, DType, Device, Result, Tensor};

/// Sizes of an attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Sequences.
    pub batch: usize,
    /// Positions of each.
    pub length: usize,
    /// Heads of keys and values.
    pub heads: usize,
    /// Query heads that share one of them.
    pub group: usize,
    /// Width of a head.
    pub width: usize,
}

/// What the derivative needs.
pub struct AttentionTrace {
    /// `[batch, heads, group · length, width]`
    query: Tensor,
    /// `[batch, heads, length, width]`
    key: Tensor,
    value: Tensor,
    /// `[batch, heads, group · length, length]`
    weights: Tensor,
}

/// Which positions may look at which: 0 or −∞, added to the scores.
///
/// # Shapes
/// `[1 or batch, 1, group · length, length]`
pub struct Mask(Tensor);

impl Mask {
    /// A position sees those of its own segment that are not later. `segments` `[batch, length]`, row by row; one row if all blocks are whole.
    pub fn new(segments: &[u32], shape: Shape, dtype: DType, device: &Device) -> Result<Self> {
        let length = shape.length;
        let rows = segments.chunks_exact(length).flat_map(|segments| {
            let sees = move |from: usize, to: usize| to <= from && segments[from] == segments[to];
            let row = move |index: usize| {
                (0..length).map(move |to| if sees(index % length, to) { 0f32 } else { f32::NEG_INFINITY })
            };
            (0..shape.group * length).flat_map(row)
        });
        let values: Vec<f32> = rows.collect();
        let dims = (segments.len() / length, 1, shape.group * length, length);
        Ok(Self(Tensor::from_vec(values, dims, &Device::Cpu)?.to_dtype(dtype)?.to_device(device)?))
    }
}

impl Shape {
    /// `[batch · length, heads · group · width]` to `[batch, heads · group, length, width]`.
    pub fn split(&self, rows: &Tensor) -> Result<Tensor> {
        rows.reshape((self.batch, self.length, (), self.width))?.transpose(1, 2)?.contiguous()
    }

    /// Back from [`Self::split`].
    pub fn join(&self, heads: &Tensor) -> Result<Tensor> {
        heads.transpose(1, 2)?.contiguous()?.reshape((self.batch * self.length, ()))
    }

    fn grouped(&self, queries: &Tensor) -> Result<Tensor> {
        queries.reshape((self.batch, self.heads, self.group * self.length, self.width))
    }

    fn apart(&self, grouped: &Tensor) -> Result<Tensor> {
        grouped.reshape((self.batch, self.heads * self.group, self.length, self.width))
    }
}

/// # Shapes
/// `query` and result `[batch, heads · group, length, width]`, `key` and `value` `[batch, heads, length, width]`.
pub fn forward(
    shape: Shape,
    query: &Tensor,
    key: Tensor,
    value: Tensor,
    mask: &Mask,
) -> Result<(Tensor, AttentionTrace)> {
    let query = (shape.grouped(query)? * (1.0 / (shape.width as f64).sqrt()))?;
    let scores = query.matmul(&key.t()?)?.broadcast_add(&mask.0)?;
    let powers = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?)?.exp()?;
    let weights = powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)?;
    let result = shape.apart(&weights.matmul(&value)?)?;
    Ok((result, AttentionTrace { query, key, value, weights }))
}

/// Gradients by the arguments of [`forward`].
pub struct AttentionGradients {
    /// By the queries.
    pub query: Tensor,
    /// By the keys.
    pub key: Tensor,
    /// By the values.
    pub value: Tensor,
}

/// With `P` the weights and `∂P = ∂o vᵀ`, the scores' gradient is `P ∘ (∂P − rowsum(∂P ∘ P))`.
pub fn backward(shape: Shape, trace: &AttentionTrace, gradient: &Tensor) -> Result<AttentionGradients> {
    let AttentionTrace { query, key, value, weights } = trace;
    let gradient = shape.grouped(gradient)?;
    let by_weights = gradient.matmul(&value.t()?)?;
    let along = (&by_weights * weights)?.sum_keepdim(D::Minus1)?;
    let by_scores = (weights * by_weights.broadcast_sub(&along)?)?;
    let by_query = (by_scores.matmul(key)? * (1.0 / (shape.width as f64).sqrt()))?;
    Ok(AttentionGradients {
        query: shape.apart(&by_query)?,
        key: by_scores.t()?.matmul(query)?,
        value: weights.t()?.matmul(&gradient)?,
    })
}
