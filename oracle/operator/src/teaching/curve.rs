//! How the loss went, step by step.

use lm::train::Step;
use serde::{Deserialize, Serialize};

/// Loss, tokens and gradient of every step that was done, and the losses on what was held out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Mean loss of each step's predictions before the step, nats.
    pub loss: Vec<f64>,
    /// Tokens learned from in each step.
    pub tokens: Vec<f64>,
    /// Norm of each step's gradient before it was bounded.
    pub norm: Vec<f64>,
    /// Mean losses of what is held out, nats.
    pub validation: Vec<HeldOut>,
}

/// Loss of what is held out, after a number of steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Steps done.
    pub step: usize,
    /// Mean loss of the predictions, nats.
    pub loss: f64,
}

impl Curve {
    /// Steps in it.
    pub fn steps(&self) -> usize {
        self.loss.len()
    }

    /// Adds a step.
    pub fn add(&mut self, step: &Step) {
        self.loss.push(step.loss);
        self.tokens.push(step.tokens);
        self.norm.push(step.norm);
    }

    /// Whether what is held out was looked at after the last step.
    pub fn is_looked_at(&self) -> bool {
        self.validation.last().is_some_and(|last| last.step == self.steps())
    }

    /// Mean loss of the last `count` steps by tokens; `None` before the first.
    pub fn recent(&self, count: usize) -> Option<f64> {
        let from = self.steps().saturating_sub(count);
        let tokens: f64 = self.tokens[from..].iter().sum();
        let loss: f64 = self.loss[from..].iter().zip(&self.tokens[from..]).map(|(loss, tokens)| loss * tokens).sum();
        (tokens > 0.0).then(|| loss / tokens)
    }

    /// Tokens learned from in all steps.
    pub fn learned(&self) -> f64 {
        self.tokens.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recent_loss_weighs_steps_by_their_tokens() {
        let mut curve = Curve::default();
        assert_eq!(curve.recent(3), None);
        for (loss, tokens) in [(9.0, 5.0), (4.0, 1.0), (2.0, 3.0)] {
            curve.add(&Step { step: curve.steps(), steps: 3, loss, tokens, norm: 1.0 });
        }
        assert_eq!(curve.recent(2), Some(2.5));
        assert_eq!((curve.steps(), curve.learned()), (3, 9.0));
    }
}
