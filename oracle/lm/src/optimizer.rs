//! AdamW with a warm-up, a cosine and a bound on the gradient's norm.
//!
//! # Source
//! Loshchilov and Hutter 2019, *Decoupled Weight Decay Regularization*, algorithm 2; the order of operations is torch's.

use candle_core::{DType, Result, Tensor};
use serde::{Deserialize, Serialize};

use crate::values::{Real, Values, are_at_hand, tensor, wide, with_real};

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
            let kept = if weight.rank() > 1 { 1.0 - rate * rule.weight_decay } else { 1.0 };
            let movement = Move { shrink, rate: rate / scale1, scale2, kept };
            let (first, second) = (&self.first[index], &self.second[index]);
            let moved = movement.apply(rule, [weight, &gradients[index], first, second])?;
            [*weight, self.first[index], self.second[index]] = moved;
        }
        Ok(norm)
    }
}

/// What one step does to one weight matrix.
struct Move {
    /// Factor of the gradient.
    shrink: f64,
    /// Step size over the first moment's bias.
    rate: f64,
    /// The second moment's bias.
    scale2: f64,
    /// Part of the weight that decay leaves.
    kept: f64,
}

impl Move {
    /// Weight, first and second moment after the step.
    fn apply(&self, rule: &AdamW, [weight, gradient, first, second]: [&Tensor; 4]) -> Result<[Tensor; 3]> {
        if are_at_hand(weight) {
            return with_real!(weight, R => self.apply_rows::<R>(rule, [weight, gradient, first, second]));
        }
        let gradient = (gradient * self.shrink)?;
        let first = ((first * rule.beta1)? + (&gradient * (1.0 - rule.beta1))?)?;
        let second = ((second * rule.beta2)? + (gradient.sqr()? * (1.0 - rule.beta2))?)?;
        let size = ((&second / self.scale2)?.sqrt()? + rule.epsilon)?;
        let weight = ((weight * self.kept)? - ((&first / size)? * self.rate)?)?;
        Ok([weight, first, second])
    }

    fn apply_rows<R: Real>(&self, rule: &AdamW, tensors: [&Tensor; 4]) -> Result<[Tensor; 3]> {
        let gradient = tensors[1].contiguous()?;
        let values =
            [Values::of(tensors[0])?, Values::of(&gradient)?, Values::of(tensors[2])?, Values::of(tensors[3])?];
        let [weights, gradients, firsts, seconds] = [&values[0], &values[1], &values[2], &values[3]];
        let number = R::from_f64;
        let (shrink, rate, scale2, kept) =
            (number(self.shrink), number(self.rate), number(self.scale2), number(self.kept));
        let (beta1, beta2, epsilon) = (number(rule.beta1), number(rule.beta2), number(rule.epsilon));
        let gradients = gradients.get::<R>()?;
        let mean = firsts.get::<R>()?.iter().zip(gradients);
        let first: Vec<R> =
            mean.map(|(first, gradient)| *first * beta1 + *gradient * shrink * (R::ONE - beta1)).collect();
        let square = |gradient: &R| (*gradient * shrink) * (*gradient * shrink);
        let mean = seconds.get::<R>()?.iter().zip(gradients);
        let second: Vec<R> =
            mean.map(|(second, gradient)| *second * beta2 + square(gradient) * (R::ONE - beta2)).collect();
        let step = |first: R, second: R| rate * first / ((second / scale2).sqrt() + epsilon);
        let moments = first.iter().zip(&second);
        let weight = weights.get::<R>()?.iter().zip(moments);
        let weight: Vec<R> = weight.map(|(weight, (first, second))| *weight * kept - step(*first, *second)).collect();
        let dims = tensors[0].dims();
        Ok([tensor(weight, dims)?, tensor(first, dims)?, tensor(second, dims)?])
    }
}

/// Root of the sum of all squares, in f64. Sums stay where they are until all are done, so that a device is not waited for at each.
fn norm(gradients: &[Tensor]) -> Result<f64> {
    let sum = |gradient: &Tensor| wide(gradient)?.sqr()?.sum_all()?.to_dtype(DType::F64);
    let sums = gradients.iter().map(sum).collect::<Result<Vec<_>>>()?;
    let mut total = 0.0;
    for sum in sums {
        total += sum.to_scalar::<f64>()?;
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
