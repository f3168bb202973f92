//! The gated unit of the MLP: `silu(g) ∘ u`, `silu(g) = g σ(g)`.
//!
//! # Source
//! Shazeer 2020, *GLU Variants Improve Transformer*, equation 6.

use candle_core::{Result, Tensor};

use crate::values::{Real, Values, are_at_hand, tensor, with_real};

/// What the derivative needs, `[rows, width]` each.
pub struct GateTrace {
    gate: Tensor,
    up: Tensor,
    /// `σ(gate)`
    sigmoid: Tensor,
}

/// `silu(gate) ∘ up`.
///
/// # Errors
/// What candle says.
pub fn forward(gate: Tensor, up: Tensor) -> Result<(Tensor, GateTrace)> {
    if are_at_hand(&gate) {
        return with_real!(gate, R => forward_rows::<R>(gate, up));
    }
    composed::forward(gate, up)
}

fn forward_rows<R: Real>(gate: Tensor, up: Tensor) -> Result<(Tensor, GateTrace)> {
    let (sigmoid, result) = {
        let (gates, ups) = (Values::of(&gate)?, Values::of(&up)?);
        let (gates, ups) = (gates.get::<R>()?, ups.get::<R>()?);
        let sigmoid: Vec<R> = gates.iter().map(|gate| R::ONE / (R::ONE + (-*gate).exp())).collect();
        let both = gates.iter().zip(&sigmoid).zip(ups);
        let result: Vec<R> = both.map(|((gate, sigmoid), up)| *gate * *sigmoid * *up).collect();
        (tensor(sigmoid, gate.dims())?, tensor(result, gate.dims())?)
    };
    Ok((result, GateTrace { gate, up, sigmoid }))
}

/// `(∂L/∂gate, ∂L/∂up)`: `silu'(g) = σ(g) (1 + g (1 − σ(g)))`.
///
/// # Errors
/// What candle says.
pub fn backward(trace: &GateTrace, gradient: &Tensor) -> Result<(Tensor, Tensor)> {
    if are_at_hand(gradient) {
        return with_real!(gradient, R => backward_rows::<R>(trace, gradient));
    }
    composed::backward(trace, gradient)
}

fn backward_rows<R: Real>(trace: &GateTrace, gradient: &Tensor) -> Result<(Tensor, Tensor)> {
    let (gates, ups, sigmoids) = (Values::of(&trace.gate)?, Values::of(&trace.up)?, Values::of(&trace.sigmoid)?);
    let gradients = Values::of(gradient)?;
    let (gates, ups, sigmoids) = (gates.get::<R>()?, ups.get::<R>()?, sigmoids.get::<R>()?);
    let gradients = gradients.get::<R>()?;
    let slopes = gates.iter().zip(sigmoids).map(|(gate, sigmoid)| *sigmoid * (R::ONE + *gate * (R::ONE - *sigmoid)));
    let by_gate = gradients.iter().zip(ups).zip(slopes).map(|((gradient, up), slope)| *gradient * *up * slope);
    let by_gate = tensor(by_gate.collect::<Vec<R>>(), gradient.dims())?;
    let silu = gates.iter().zip(sigmoids).map(|(gate, sigmoid)| *gate * *sigmoid);
    let by_up = gradients.iter().zip(silu).map(|(gradient, silu)| *gradient * silu);
    Ok((by_gate, tensor(by_up.collect::<Vec<R>>(), gradient.dims())?))
}

/// The same of candle's operations, for any device and precision.
pub mod composed {
    use super::{GateTrace, Result, Tensor};

    /// As [`super::forward`].
    ///
    /// # Errors
    /// What candle says.
    pub fn forward(gate: Tensor, up: Tensor) -> Result<(Tensor, GateTrace)> {
        let sigmoid = (gate.neg()?.exp()? + 1.0)?.recip()?;
        let result = ((&gate * &sigmoid)? * &up)?;
        Ok((result, GateTrace { gate, up, sigmoid }))
    }

    /// As [`super::backward`].
    ///
    /// # Errors
    /// What candle says.
    pub fn backward(trace: &GateTrace, gradient: &Tensor) -> Result<(Tensor, Tensor)> {
        let GateTrace { gate, up, sigmoid } = trace;
        let silu = (gate * sigmoid)?;
        let slope = ((sigmoid + &silu)? - (&silu * sigmoid)?)?;
        Ok((((gradient * up)? * slope)?, (gradient * silu)?))
    }
}
