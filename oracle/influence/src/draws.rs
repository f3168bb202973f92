//! Weighted means over independent draws, with standard errors.

use serde::{Deserialize, Serialize};

/// A mean and its standard error.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean.
    pub value: f64,
    /// Its standard error; 1, the most that a share can be off, where fewer than two draws say nothing of it.
    pub error: f64,
}

/// Draws of a vector of shares, each with a weight ≥ 0.
#[derive(Default)]
pub(crate) struct Draws {
    weights: Vec<f64>,
    /// Shares between −1 and 1, one per position.
    rows: Vec<Vec<f64>>,
}

impl Draws {
    /// Adds a draw.
    pub(crate) fn push(&mut self, weight: f64, row: Vec<f64>) {
        self.weights.push(weight);
        self.rows.push(row);
    }

    /// `n_eff = (Σ w)² / Σ w²`, the number of equal draws that would say as much; 0 if there are none.
    pub(crate) fn effective_number(&self) -> f64 {
        let total: f64 = self.weights.iter().sum();
        let squares: f64 = self.weights.iter().map(|weight| weight * weight).sum();
        if squares > 0.0 { total * total / squares } else { 0.0 }
    }

    /// Per position the mean `m = Σ w x / Σ w`, and its standard error
    /// `sqrt(Σ w² (x − m)²) / Σ w · sqrt(n_eff / (n_eff − 1))`.
    ///
    /// With equal weights that is the sample's standard deviation over `√n`.
    pub(crate) fn estimates(&self, positions: usize) -> Vec<Estimate> {
        let total: f64 = self.weights.iter().sum();
        let effective = self.effective_number();
        (0..positions)
            .map(|position| {
                let weighted = |value: &dyn Fn(f64, f64) -> f64| -> f64 {
                    self.weights.iter().zip(&self.rows).map(|(&weight, row)| value(weight, row[position])).sum()
                };
                if total <= 0.0 {
                    return Estimate { value: 0.0, error: 1.0 };
                }
                let mean = weighted(&|weight, share| weight * share) / total;
                let spread = weighted(&|weight, share| (weight * (share - mean)).powi(2)).sqrt() / total;
                // Rounding can leave one draw with an effective number a little off 1.
                let known = self.rows.len() > 1 && effective > 1.0;
                let error = if known { (spread * (effective / (effective - 1.0)).sqrt()).min(1.0) } else { 1.0 };
                Estimate { value: mean, error }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLERANCE: f64 = 1e-15;

    fn draws(pairs: &[(f64, f64)]) -> Draws {
        let mut draws = Draws::default();
        pairs.iter().for_each(|&(weight, share)| draws.push(weight, vec![share]));
        draws
    }

    #[test]
    fn equal_weights_give_the_textbook_standard_error() {
        // Sample 0.1, 0.2, 0.6: mean 0.3, sample variance 0.07, standard error sqrt(0.07 / 3).
        let estimate = draws(&[(2.0, 0.1), (2.0, 0.2), (2.0, 0.6)]).estimates(1)[0];
        assert!((estimate.value - 0.3).abs() < TOLERANCE);
        assert!((estimate.error - (0.07f64 / 3.0).sqrt()).abs() < TOLERANCE);
    }

    #[test]
    fn unequal_weights_follow_the_effective_number() {
        // Weights 1 and 3: n_eff = 16 / 10, mean = 0.75, spread² = (0.75² + (3 · 0.25)²) / 16, factor 1.6 / 0.6.
        let draws = draws(&[(1.0, 0.0), (3.0, 1.0)]);
        assert!((draws.effective_number() - 1.6).abs() < TOLERANCE);
        let estimate = draws.estimates(1)[0];
        assert!((estimate.value - 0.75).abs() < TOLERANCE);
        let expected = (2.0 * 0.75f64.powi(2) / 16.0 * 1.6 / 0.6).sqrt();
        assert!((estimate.error - expected).abs() < TOLERANCE);
    }

    #[test]
    fn one_draw_or_none_says_nothing_of_its_error() {
        assert_eq!(draws(&[(5.0, 0.4)]).estimates(1)[0], Estimate { value: 0.4, error: 1.0 });
        assert_eq!(draws(&[]).estimates(1)[0], Estimate { value: 0.0, error: 1.0 });
    }
}
