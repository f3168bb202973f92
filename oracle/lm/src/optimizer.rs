//! AdamW with a warm-up, a cosine and a bound on the gradient's norm.
//!
//! # Source
//! Loshchilov and Hutter 2019, *Decoupled Weight Decay Regularization*, algorithm 2; the order of operations is torch's.

use candle_core::{Result, Tensor};
use serde::{Deserialize, Serialize};

/// Constants of the optimiser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdamW {
    /// Largest step size.
    pub learning_rate: f64,
    /// Part of the steps over which the step size grows to it, linearly.
    pub warmup: f64,
    /// Part of the largest step size that the cosine ends at.
    pub floor: f64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the root of the second moment.
    pub epsilon: f64,
    /// Decoupled weight decay of matrices; norms have none.
    pub weight_decay: f64,
    /// Largest norm of a step's gradient; longer ones are scaled down.
    pub clip: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            warmup: 0.05,
            floor: 0.1,
            beta1: 0.9,
            beta2: 0.95,
            epsilon: 1e-8,
            weight_decay: 0.1,
            clip: 1.0,
        }
    }
}

impl AdamW {
    /// Step size of step `step` (from 0) of `steps`.
    pub fn rate(&self, step: usize, steps: usize) -> f64 {
        let rising = (self.warmup * steps as f64).ceil();
        let step = step as f64;
        if step < rising {
            return self.learning_rate * (step + 1.0) / rising;
        }
        let progress = (step - rising) / (steps as f64 - rising).max(1.0);
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
        self.learning_rate * (self.floor + (1.0 - self.floor) * cosine)
    }
}

/// Moments of every weight.
#[derive(Clone, Debug)]
pub struct Moments {
    /// Decaying mean of gradients.
    pub first: Vec<Tensor>,
    /// Decaying mean of squared gradients.
    pub second: Vec<Tensor>,
}

impl Moments {
    /// None yet.
    ///
    /// # Errors
    /// What candle says.
    pub fn zeros(weights: &[Tensor]) -> Result<Self> {
        let zeros = || weights.iter().map(Tensor::zeros_like).collect::<Result<Vec<_>>>();
        Ok(Self { first: zeros()?, second: zeros()? })
    }

    /// Moves `weights` by one step; gives the gradient's norm before it was bounded.
    ///
    /// # Errors
    /// What candle says.
    pub fn step(
        &mut self,
        rule: &AdamW,
        weights: &mut [Tensor],
        gradients: &[Tensor],
        step: usize,
        steps: usize,
    ) -> Result<f64> {
        let norm = norm(gradients)?;
        let shrink = if norm > rule.clip { rule.clip / norm } else { 1.0 };
        let (rate, count) = (rule.rate(step, steps), step as i32 + 1);
        let (scale1, scale2) = (1.0 - rule.beta1.powi(count), 1.0 - rule.beta2.powi(count));
        for (index, weight) in weights.iter_mut().enumerate() {
            let gradient = (&gradients[index] * shrink)?;
            let first = ((&self.first[index] * rule.beta1)? + (&gradient * (1.0 - rule.beta1))?)?;
            let second = ((&self.second[index] * rule.beta2)? + (gradient.sqr()? * (1.0 - rule.beta2))?)?;
            let size = ((&second / scale2)?.sqrt()? + rule.epsilon)?;
            let kept = if weight.rank() > 1 { 1.0 - rate * rule.weight_decay } else { 1.0 };
            *weight = ((&*weight * kept)? - ((&first / size)? * (rate / scale1))?)?;
            self.first[index] = first;
            self.second[index] = second;
        }
        Ok(norm)
    }
}

/// Root of the sum of all squares, in f64.
fn norm(gradients: &[Tensor]) -> Result<f64> {
    let mut total = 0.0;
    for gradient in gradients {
        total += gradient.sqr()?.sum_all()?.to_dtype(candle_core::DType::F64)?.to_scalar::<f64>()?;
    }
    Ok(total.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_rises_to_its_largest_and_falls_to_its_floor() {
        let rule = AdamW { learning_rate: 2.0, warmup: 0.1, floor: 0.25, ..AdamW::default() };
        assert_eq!(rule.rate(0, 100), 0.2);
        assert_eq!(rule.rate(9, 100), 2.0);
        assert_eq!(rule.rate(10, 100), 2.0);
        assert!((rule.rate(55, 100) - 2.0 * (0.25 + 0.75 * 0.5)).abs() < 1e-12);
        assert!(rule.rate(99, 100) < 0.51);
    }
}
