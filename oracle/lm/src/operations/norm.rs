//! Root mean square normalisation: `y = w ∘ x / √(mean(x²) + ε)` over the last axis.
//!
//! # Source
//! Zhang and Sennrich 2019, *Root Mean Square Layer Normalization*, equation 4.

use candle_core::{D, Result, Tensor};

use crate::values::{Real, Values, are_at_hand, dot, tensor, wide, with_real};

/// What the derivative needs.
pub struct NormTrace {
    /// `x / √(mean(x²) + ε)`, `[rows, width]`.
    normalised: Tensor,
    /// `1 / √(mean(x²) + ε)`, `[rows, 1]`, of 16-bit rows in 32 bits.
    scale: Tensor,
}

/// The normalised rows of `x`.
///
/// # Shapes
/// `x` `[rows, width]`, `weight` `[width]`, result `[rows, width]`.
///
/// # Errors
/// What candle says.
pub fn forward(x: &Tensor, weight: &Tensor, epsilon: f64) -> Result<(Tensor, NormTrace)> {
    if are_at_hand(x) {
        return with_real!(x, R => forward_rows::<R>(x, weight, epsilon));
    }
    composed::forward(x, weight, epsilon)
}

fn forward_rows<R: Real>(x: &Tensor, weight: &Tensor, epsilon: f64) -> Result<(Tensor, NormTrace)> {
    let (rows, weights) = (Values::of(x)?, Values::of(weight)?);
    let (rows, weights) = (rows.get::<R>()?, weights.get::<R>()?);
    let width = weights.len();
    let (mut result, mut normalised) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let mut scales = Vec::with_capacity(rows.len() / width);
    for row in rows.chunks_exact(width) {
        let mean = dot(row, row) / R::from_f64(width as f64);
        let scale = R::ONE / (mean + R::from_f64(epsilon)).sqrt();
        normalised.extend(row.iter().map(|value| *value * scale));
        result.extend(row.iter().zip(weights).map(|(value, weight)| *value * scale * *weight));
        scales.push(scale);
    }
    let scale = tensor(scales, &[rows.len() / width, 1])?;
    Ok((tensor(result, x.dims())?, NormTrace { normalised: tensor(normalised, x.dims())?, scale }))
}

/// `∂L/∂x` from `∂L/∂y`: with `n` the normalised row and `g = w ∘ ∂L/∂y`, `(g − n mean(g ∘ n)) / √(mean(x²) + ε)`.
///
/// # Errors
/// What candle says.
pub fn backward(trace: &NormTrace, weight: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    if are_at_hand(gradient) {
        return with_real!(gradient, R => backward_rows::<R>(trace, weight, gradient));
    }
    composed::backward(trace, weight, gradient)
}

fn backward_rows<R: Real>(trace: &NormTrace, weight: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    let (normalised, scales) = (Values::of(&trace.normalised)?, Values::of(&trace.scale)?);
    let (weights, gradients) = (Values::of(weight)?, Values::of(gradient)?);
    let (normalised, scales, weights) = (normalised.get::<R>()?, scales.get::<R>()?, weights.get::<R>()?);
    let width = weights.len();
    let mut result = Vec::with_capacity(normalised.len());
    let mut weighed = vec![R::ZERO; width];
    let rows = gradients.get::<R>()?.chunks_exact(width).zip(normalised.chunks_exact(width));
    for ((gradient, normalised), scale) in rows.zip(scales) {
        for ((weighed, gradient), weight) in weighed.iter_mut().zip(gradient).zip(weights) {
            *weighed = *gradient * *weight;
        }
        let along = dot(&weighed, normalised) / R::from_f64(width as f64);
        result.extend(weighed.iter().zip(normalised).map(|(weighed, value)| (*weighed - *value * along) * *scale));
    }
    tensor(result, gradient.dims())
}

/// `∂L/∂w`, `[width]`.
///
/// # Errors
/// What candle says.
pub fn weight_gradient(trace: &NormTrace, gradient: &Tensor) -> Result<Tensor> {
    (wide(gradient)? * wide(&trace.normalised)?)?.sum(0)?.to_dtype(gradient.dtype())
}

/// The same of candle's operations, for any device and precision.
pub mod composed {
    use super::{D, NormTrace, Result, Tensor, wide};

    /// As [`super::forward`].
    ///
    /// # Errors
    /// What candle says.
    pub fn forward(x: &Tensor, weight: &Tensor, epsilon: f64) -> Result<(Tensor, NormTrace)> {
        let rows = wide(x)?;
        let scale = (rows.sqr()?.mean_keepdim(D::Minus1)? + epsilon)?.sqrt()?.recip()?;
        let normalised = rows.broadcast_mul(&scale)?.to_dtype(x.dtype())?;
        Ok((normalised.broadcast_mul(weight)?, NormTrace { normalised, scale }))
    }

    /// As [`super::backward`].
    ///
    /// # Errors
    /// What candle says.
    pub fn backward(trace: &NormTrace, weight: &Tensor, gradient: &Tensor) -> Result<Tensor> {
        let (scaled, normalised) = (wide(gradient)?.broadcast_mul(&wide(weight)?)?, wide(&trace.normalised)?);
        let along = (&scaled * &normalised)?.mean_keepdim(D::Minus1)?;
        let by_rows = (scaled - normalised.broadcast_mul(&along)?)?.broadcast_mul(&trace.scale)?;
        by_rows.to_dtype(gradient.dtype())
    }
}
