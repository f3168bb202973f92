//! The gated unit of the MLP: `silu(g) ∘ u`, `silu(g) = g σ(g)`.
//!
//! # Source
//! Shazeer 2020, *GLU Variants Improve Transformer*, equation 6.

use candle_core::{Result, Tensor};

/// What the derivative needs, `[rows, width]` each.
pub struct GateTrace {
    gate: Tensor,
    up: Tensor,
    sigmoid: Tensor,
}

/// `silu(gate) ∘ up`.
pub fn forward(gate: Tensor, up: Tensor) -> Result<(Tensor, GateTrace)> {
    let sigmoid = (gate.neg()?.exp()? + 1.0)?.recip()?;
    let result = ((&gate * &sigmoid)? * &up)?;
    Ok((result, GateTrace { gate, up, sigmoid }))
}

/// `(∂L/∂gate, ∂L/∂up)`: `silu'(g) = σ(g) (1 + g (1 − σ(g)))`.
pub fn backward(trace: &GateTrace, gradient: &Tensor) -> Result<(Tensor, Tensor)> {
    let GateTrace { gate, up, sigmoid } = trace;
    let silu = (gate * sigmoid)?;
    let slope = ((sigmoid + &silu)? - (&silu * sigmoid)?)?;
    Ok((((gradient * up)? * slope)?, (gradient * silu)?))
}
