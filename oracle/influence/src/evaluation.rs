//! Weighted sets of examples on which models are compared.

use crate::dataset::Examples;
use crate::mlp::{Mlp, MlpError};
use crate::truth::TruthError;

/// Examples on which the loss is taken; the label of each is the one whose likelihood is meant.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluationSet {
    /// What it is called in the result.
    pub name: String,
    /// The examples.
    pub examples: Examples,
    /// Weight of each in the mean, ≥ 0: fees, or 1.
    pub weights: Vec<f64>,
}

impl EvaluationSet {
    /// A set in which all examples weigh the same.
    pub fn equal(name: &str, examples: Examples) -> Self {
        let weights = vec![1.0; examples.len()];
        Self { name: name.to_owned(), examples, weights }
    }

    /// A set with a weight per example.
    pub fn weighted(name: &str, examples: Examples, weights: Vec<f64>) -> Self {
        Self { name: name.to_owned(), examples, weights }
    }

    pub(crate) fn check(&self) -> Result<(), TruthError> {
        let valid = self.weights.len() == self.examples.len()
            && self.weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0)
            && self.weights.iter().any(|weight| *weight > 0.0);
        if valid { Ok(()) } else { Err(TruthError::Weights(self.name.clone())) }
    }

    /// `Σ w · (−log p(label)) / Σ w`, in nats.
    pub(crate) fn loss(&self, model: &Mlp) -> Result<f64, MlpError> {
        let log_probabilities = model.log_probabilities(&self.examples)?;
        let rows = log_probabilities.chunks_exact(model.architecture().labels());
        let losses = rows.zip(self.examples.labels()).map(|(row, &label)| -f64::from(row[usize::from(label)]));
        let total: f64 = self.weights.iter().zip(losses).map(|(weight, loss)| weight * loss).sum();
        Ok(total / self.weights.iter().sum::<f64>())
    }
}
