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
        effective_number(self.weights.iter().copied())
    }

    /// Number of draws.
    pub(crate) fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// Sum of the weights of some draws.
    pub(crate) fn weight_of(&self, draws: &[usize]) -> f64 {
        draws.iter().fold(0.0, |sum, &draw| sum + self.weights[draw])
    }

    /// Over some draws, per position the mean `m = Σ w x / Σ w`, and its standard error
    /// `sqrt(Σ w² (x − m)²) / Σ w · sqrt(n_eff / (n_eff − 1))`.
    ///
    /// With equal weights that is the sample's standard deviation over `√n`.
    fn estimates(&self, draws: &[usize], positions: usize) -> Vec<Estimate> {
        let total = self.weight_of(draws);
        let effective = effective_number(draws.iter().map(|&draw| self.weights[draw]));
        let estimate = |position: usize| {
            let weighted = |value: &dyn Fn(f64, f64) -> f64| -> f64 {
                draws.iter().map(|&draw| value(self.weights[draw], self.rows[draw][position])).sum()
            };
            if total <= 0.0 {
                return Estimate { value: 0.0, error: 1.0 };
            }
            let mean = weighted(&|weight, share| weight * share) / total;
            let spread = weighted(&|weight, share| (weight * (share - mean)).powi(2)).sqrt() / total;
            // Rounding can leave one draw with an effective number a little off 1.
            let known = draws.len() > 1 && effective > 1.0;
            let error = if known { (spread * (effective / (effective - 1.0)).sqrt()).min(1.0) } else { 1.0 };
            Estimate { value: mean, error }
        };
        (0..positions).map(estimate).collect()
    }
}

fn effective_number(weights: impl Iterator<Item = f64> + Clone) -> f64 {
    let total: f64 = weights.clone().sum();
    let squares: f64 = weights.map(|weight| weight * weight).sum();
    if squares > 0.0 { total * total / squares } else { 0.0 }
}

/// The post-stratified estimate: of strata `h` with weights `W_h` that add up to 1, each some of the draws, per position the mean
/// `Σ_h W_h m_h` and the standard error `sqrt(Σ_h W_h² e_h²)`. A stratum of weight 0 says nothing.
///
/// One stratum gives its own mean and error, bit for bit. With none of any weight, the value is 0 and the error 1.
pub(crate) fn stratified<'a>(
    draws: &Draws,
    strata: impl Iterator<Item = (f64, &'a [usize])>,
    positions: usize,
) -> Vec<Estimate> {
    let strata: Vec<(f64, Vec<Estimate>)> = strata
        .filter(|(weight, _)| *weight > 0.0)
        .map(|(weight, members)| (weight, draws.estimates(members, positions)))
        .collect();
    let combine = |position: usize| {
        let parts = || strata.iter().map(|(weight, estimates)| (*weight, estimates[position]));
        let variance: f64 = parts().map(|(weight, estimate)| (weight * estimate.error).powi(2)).sum();
        Estimate {
            value: parts().fold(0.0, |sum, (weight, estimate)| sum + weight * estimate.value),
            error: if strata.is_empty() { 1.0 } else { variance.sqrt().min(1.0) },
        }
    };
    (0..positions).map(combine).collect()
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

    impl Draws {
        /// The plain estimate over all draws.
        fn all(&self) -> Vec<Estimate> {
            self.estimates(&(0..self.len()).collect::<Vec<_>>(), 1)
        }
    }

    #[test]
    fn equal_weights_give_the_textbook_standard_error() {
        // Sample 0.1, 0.2, 0.6: mean 0.3, sample variance 0.07, standard error sqrt(0.07 / 3).
        let estimate = draws(&[(2.0, 0.1), (2.0, 0.2), (2.0, 0.6)]).all()[0];
        assert!((estimate.value - 0.3).abs() < TOLERANCE);
        assert!((estimate.error - (0.07f64 / 3.0).sqrt()).abs() < TOLERANCE);
    }

    #[test]
    fn unequal_weights_follow_the_effective_number() {
        // Weights 1 and 3: n_eff = 16 / 10, mean = 0.75, spread² = (0.75² + (3 · 0.25)²) / 16, factor 1.6 / 0.6.
        let draws = draws(&[(1.0, 0.0), (3.0, 1.0)]);
        assert!((draws.effective_number() - 1.6).abs() < TOLERANCE);
        let estimate = draws.all()[0];
        assert!((estimate.value - 0.75).abs() < TOLERANCE);
        let expected = (2.0 * 0.75f64.powi(2) / 16.0 * 1.6 / 0.6).sqrt();
        assert!((estimate.error - expected).abs() < TOLERANCE);
    }

    #[test]
    fn one_draw_or_none_says_nothing_of_its_error() {
        assert_eq!(draws(&[(5.0, 0.4)]).all()[0], Estimate { value: 0.4, error: 1.0 });
        assert_eq!(draws(&[]).all()[0], Estimate { value: 0.0, error: 1.0 });
    }

    #[test]
    fn one_stratum_is_the_plain_mean_bit_for_bit() {
        let pairs: Vec<(f64, f64)> =
            (1..40).map(|draw| (f64::from(draw % 7 + 1), f64::from(draw).sin() / 3.0)).collect();
        let draws = draws(&pairs);
        let members: Vec<usize> = (0..draws.len()).collect();
        let [stratified] = stratified(&draws, [(1.0, members.as_slice())].into_iter(), 1)[..] else {
            panic!("1 position")
        };
        let [plain] = draws.all()[..] else { panic!("1 position") };
        assert_eq!(stratified.value.to_bits(), plain.value.to_bits());
        assert_eq!(stratified.error.to_bits(), plain.error.to_bits());
    }

    #[test]
    fn strata_add_their_means_by_weight_and_their_variances_by_its_square() {
        // Means 0.2 and 0.6, squared errors 0.01 and 0.04, weights 0.75 and 0.25.
        let draws = draws(&[(1.0, 0.1), (1.0, 0.3), (1.0, 0.4), (1.0, 0.8), (1.0, -1.0)]);
        let strata: [(f64, &[usize]); 3] = [(0.75, &[0, 1]), (0.25, &[2, 3]), (0.0, &[4])];
        let estimate = stratified(&draws, strata.into_iter(), 1)[0];
        assert!((estimate.value - 0.3).abs() < TOLERANCE);
        assert!((estimate.error - (0.5625f64 * 0.01 + 0.0625 * 0.04).sqrt()).abs() < TOLERANCE);
        assert_eq!(stratified(&draws, std::iter::empty(), 1), [Estimate { value: 0.0, error: 1.0 }]);
    }
}
