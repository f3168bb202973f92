//! Causal attention with grouped heads: `softmax(q kᵀ / √width + mask) v`, query heads in groups that share a head of keys and values.
//!
//! # Source
//! Vaswani et al. 2017, *Attention Is All You Need*, equation 1; Ainslie et al. 2023, *GQA*, section 2.2.

use candle_core::{DType, Device, Result, Tensor};
use kernels::Seen;

use crate::values::{Real, Values, are_at_hand, dot, sum, tensor, wide, wide_type, with_real};

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

/// Which positions may look at which: a position sees those of its own segment that are not later.
pub struct Mask {
    /// First position that each position sees, `[batch or 1, length]`.
    first: Vec<u32>,
    /// The same where scores are no slices.
    there: Option<There>,
}

/// What rows of scores see, where they are no slices.
enum There {
    /// For one pass over them.
    Seen(Seen),
    /// 0 or −∞, to be added: `[batch or 1, 1, group · length, length]`.
    Added(Tensor),
}

impl Mask {
    /// `segments` `[batch, length]`, row by row, or one row that all blocks have. Positions of a segment follow each other.
    ///
    /// # Errors
    /// What candle says.
    pub fn new(segments: &[u32], shape: Shape, dtype: DType, device: &Device) -> Result<Self> {
        let mut first = Vec::with_capacity(segments.len());
        for segments in segments.chunks_exact(shape.length) {
            let mut start = 0;
            for position in 0..shape.length {
                if segments[position] != segments[start] {
                    start = position;
                }
                first.push(start as u32);
            }
        }
        let rows = shape.heads * shape.group * shape.length;
        let there = match dtype {
            DType::F32 | DType::F64 if device.is_cpu() => None,
            DType::F32 | DType::BF16 => Some(There::Seen(Seen::new(&first, shape.length, rows, device)?)),
            _ => Some(There::Added(composed::mask(&first, shape, wide_type(dtype), device)?)),
        };
        Ok(Self { first, there })
    }

    /// Positions that one row of scores sees.
    fn range(&self, shape: Shape, row: usize) -> std::ops::Range<usize> {
        let (block, position) = (row / (shape.heads * shape.group * shape.length), row % shape.length);
        let first = self.first[(block * shape.length + position) % self.first.len()] as usize;
        first..position + 1
    }
}

impl Shape {
    /// `[batch · length, heads · group · width]` to `[batch, heads · group, length, width]`.
    ///
    /// # Errors
    /// What candle says.
    pub fn split(&self, rows: &Tensor) -> Result<Tensor> {
        rows.reshape((self.batch, self.length, (), self.width))?.transpose(1, 2)?.contiguous()
    }

    /// Back from [`Self::split`].
    ///
    /// # Errors
    /// What candle says.
    pub fn join(&self, heads: &Tensor) -> Result<Tensor> {
        heads.transpose(1, 2)?.contiguous()?.reshape((self.batch * self.length, ()))
    }

    fn grouped(&self, queries: &Tensor) -> Result<Tensor> {
        queries.reshape((self.batch, self.heads, self.group * self.length, self.width))
    }

    fn apart(&self, grouped: &Tensor) -> Result<Tensor> {
        grouped.reshape((self.batch, self.heads * self.group, self.length, self.width))
    }

    fn scale(&self) -> f64 {
        1.0 / (self.width as f64).sqrt()
    }
}

/// # Shapes
/// `query` and result `[batch, heads · group, length, width]`, `key` and `value` `[batch, heads, length, width]`.
///
/// # Errors
/// What candle says.
pub fn forward(
    shape: Shape,
    query: &Tensor,
    key: Tensor,
    value: Tensor,
    mask: &Mask,
) -> Result<(Tensor, AttentionTrace)> {
    let query = shape.grouped(query)?;
    let scores = query.matmul(&key.t()?)?;
    let weights = match &mask.there {
        None => with_real!(scores, R => softmax_rows::<R>(shape, &scores, mask)?),
        Some(There::Seen(seen)) => kernels::softmax(&scores, seen, shape.scale())?,
        Some(There::Added(added)) => {
            composed::softmax(&(wide(&scores)? * shape.scale())?, added)?.to_dtype(query.dtype())?
        }
    };
    let result = shape.apart(&weights.matmul(&value)?)?;
    Ok((result, AttentionTrace { query, key, value, weights }))
}

/// `softmax(scale · scores)` over what each row sees, 0 elsewhere.
fn softmax_rows<R: Real>(shape: Shape, scores: &Tensor, mask: &Mask) -> Result<Tensor> {
    let values = Values::of(scores)?;
    let scale = R::from_f64(shape.scale());
    let mut weights = vec![R::ZERO; scores.elem_count()];
    let rows = values.get::<R>()?.chunks_exact(shape.length).zip(weights.chunks_exact_mut(shape.length));
    for (row, (scores, weights)) in rows.enumerate() {
        let seen = mask.range(shape, row);
        let (scores, weights) = (&scores[seen.clone()], &mut weights[seen]);
        let largest =
            scores.iter().copied().fold(scores[0], |largest, score| if score > largest { score } else { largest });
        weights.iter_mut().zip(scores).for_each(|(weight, score)| *weight = (scale * (*score - largest)).exp());
        let share = R::ONE / sum(weights);
        weights.iter_mut().for_each(|weight| *weight *= share);
    }
    tensor(weights, scores.dims())
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
///
/// # Errors
/// What candle says.
pub fn backward(shape: Shape, trace: &AttentionTrace, gradient: &Tensor) -> Result<AttentionGradients> {
    let AttentionTrace { query, key, value, weights } = trace;
    let gradient = shape.grouped(gradient)?;
    let by_weights = gradient.matmul(&value.t()?)?;
    let by_scores = match by_weights.dtype() {
        _ if are_at_hand(&by_weights) => {
            with_real!(by_weights, R => softmax_rows_backward::<R>(shape, weights, &by_weights)?)
        }
        DType::F32 | DType::BF16 => kernels::softmax_backward(weights, &by_weights, shape.scale())?,
        _ => {
            let by_scores = composed::softmax_backward(&wide(weights)?, &wide(&by_weights)?)?;
            (by_scores * shape.scale())?.to_dtype(by_weights.dtype())?
        }
    };
    Ok(AttentionGradients {
        query: shape.apart(&by_scores.matmul(key)?)?,
        key: by_scores.t()?.matmul(query)?,
        value: weights.t()?.matmul(&gradient)?,
    })
}

fn softmax_rows_backward<R: Real>(shape: Shape, weights: &Tensor, by_weights: &Tensor) -> Result<Tensor> {
    let (weights, gradients) = (Values::of(weights)?, Values::of(by_weights)?);
    let scale = R::from_f64(shape.scale());
    let weights = weights.get::<R>()?;
    let mut result = Vec::with_capacity(weights.len());
    for (weights, gradients) in weights.chunks_exact(shape.length).zip(gradients.get::<R>()?.chunks_exact(shape.length))
    {
        let along = dot(weights, gradients);
        result.extend(weights.iter().zip(gradients).map(|(weight, gradient)| scale * *weight * (*gradient - along)));
    }
    tensor(result, by_weights.dims())
}

/// The same of candle's operations, for any device and precision.
pub mod composed {
    use candle_core::D;

    use super::{DType, Device, Result, Shape, Tensor};

    /// 0 where a position sees another, −∞ elsewhere, made where it is used.
    pub(super) fn mask(first: &[u32], shape: Shape, dtype: DType, device: &Device) -> Result<Tensor> {
        let length = shape.length;
        let first = Tensor::from_slice(first, (first.len() / length, length, 1), device)?;
        let position = Tensor::arange(0, length as u32, device)?;
        let (own, other) = (position.reshape((1, length, 1))?, position.reshape((1, 1, length))?);
        let seen = other.broadcast_le(&own)?.broadcast_mul(&other.broadcast_ge(&first)?)?;
        let hidden = Tensor::full(f32::NEG_INFINITY, seen.shape(), device)?;
        let added = seen.where_cond(&hidden.zeros_like()?, &hidden)?.to_dtype(dtype)?;
        added.unsqueeze(1)?.repeat((1, 1, shape.group, 1))
    }

    /// `softmax(scores + mask)` over the last axis.
    ///
    /// # Errors
    /// What candle says.
    pub fn softmax(scores: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let scores = scores.broadcast_add(mask)?;
        let powers = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?)?.exp()?;
        powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)
    }

    /// The scores' gradient from the weights'.
    ///
    /// # Errors
    /// What candle says.
    pub fn softmax_backward(weights: &Tensor, by_weights: &Tensor) -> Result<Tensor> {
        let along = (by_weights * weights)?.sum_keepdim(D::Minus1)?;
        weights * by_weights.broadcast_sub(&along)?
    }
}
