//! Root mean square normalisation: `y = w ∘ x / √(mean(x²) + ε)` over the last axis.
//!
//! # Source
//! Zhang and Sennrich 2019, *Root Mean Square Layer Normalization*, equation 4.

use candle_core::{D, Result, Tensor};

/// What the derivative needs.
pub struct NormTrace {
    /// `x / √(mean(x²) + ε)`, `[rows, width]`.
    normalised: Tensor,
    /// `1 / √(mean(x²) + ε)`, `[rows, 1]`.
    scale: Tensor,
}

/// The normalised rows of `x`.
///
/// # Shapes
/// `x` `[rows, width]`, `weight` `[width]`, result `[rows, width]`.
pub fn forward(x: &Tensor, weight: &Tensor, epsilon: f64) -> Result<(Tensor, NormTrace)> {
    let scale = (x.sqr()?.mean_keepdim(D::Minus1)? + epsilon)?.sqrt()?.recip()?;
    let normalised = x.broadcast_mul(&scale)?;
    Ok((normalised.broadcast_mul(weight)?, NormTrace { normalised, scale }))
}

/// `∂L/∂x` from `∂L/∂y`: with `n` the normalised row and `g = w ∘ ∂L/∂y`, `(g − n mean(g ∘ n)) / √(mean(x²) + ε)`.
pub fn backward(trace: &NormTrace, weight: &Tensor, gradient: &Tensor) -> Result<Tensor> {
    let scaled = gradient.broadcast_mul(weight)?;
    let along = (&scaled * &trace.normalised)?.mean_keepdim(D::Minus1)?;
    (scaled - trace.normalised.broadcast_mul(&along)?)?.broadcast_mul(&trace.scale)
}

/// `∂L/∂w`, `[width]`.
pub fn weight_gradient(trace: &NormTrace, gradient: &Tensor) -> Result<Tensor> {
    (gradient * &trace.normalised)?.sum(0)
}
