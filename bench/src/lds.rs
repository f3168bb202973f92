//! The linear datamodeling score: how well predictions rank what retraining on subsets shows.
//!
//! # Source
//! Park et al. 2023, *TRAK: Attributing Model Behavior at Scale*, section 2.

use influence::score::Influence;
use influence::statistics::spearman;

/// Mean over tests of Spearman's correlation over subsets between predicted and measured values, `[subset][test]` each; a test that cannot
/// be ranked counts 0.
pub fn score(predicted: &[Vec<f64>], measured: &[Vec<f64>]) -> f64 {
    let tests = measured.first().map_or(0, Vec::len);
    let of_test = |test: usize| {
        let column = |rows: &[Vec<f64>]| -> Vec<f64> { rows.iter().map(|row| row[test]).collect() };
        spearman(&column(predicted), &column(measured)).unwrap_or(0.0)
    };
    (0..tests).map(of_test).sum::<f64>() / tests as f64
}

/// The loss that influence predicts on every test for a training on every subset, up to what all subsets share: `−Σ_{i∈S} φ`.
pub fn predicted_losses(influence: &Influence, subsets: &[Vec<u32>]) -> Vec<Vec<f64>> {
    let loss = |test: usize, subset: &[u32]| -> f64 {
        let row = influence.row(test);
        -subset.iter().map(|&item| row[item as usize]).sum::<f64>()
    };
    subsets.iter().map(|subset| (0..influence.queries()).map(|test| loss(test, subset)).collect()).collect()
}

/// What a perfect prediction would score against a mean over `n` seeds: the root of the mean's reliability `n r / (1 + (n − 1) r)`
/// (Spearman–Brown), where `r` is the mean score of one seed against another.
pub fn ceiling(seeds: &[Vec<Vec<f64>>]) -> f64 {
    let pairs = (0..seeds.len()).flat_map(|left| (0..left).map(move |right| (left, right)));
    let scores: Vec<f64> = pairs.map(|(left, right)| score(&seeds[left], &seeds[right])).collect();
    let (count, single) = (seeds.len() as f64, scores.iter().sum::<f64>() / scores.len() as f64);
    (count * single / (1.0 + (count - 1.0) * single)).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_the_mean_correlation_over_tests() {
        // Test 0 is ranked rightly, test 1 the other way round, test 2 half rightly: (1 − 1 + 0.5) / 3.
        let measured = [vec![1.0, 1.0, 1.0], vec![2.0, 2.0, 2.0], vec![3.0, 3.0, 3.0]];
        let predicted = [vec![0.1, 0.3, 0.2], vec![0.2, 0.2, 0.1], vec![0.9, 0.1, 0.3]];
        assert!((score(&predicted, &measured) - 0.5 / 3.0).abs() < 1e-15);
        assert_eq!(score(&[vec![1.0], vec![1.0]], &[vec![1.0], vec![2.0]]), 0.0, "nothing said is nothing scored");
    }

    #[test]
    fn seeds_that_agree_have_a_ceiling_of_one_and_seeds_that_disagree_none() {
        let up = vec![vec![1.0], vec![2.0], vec![3.0]];
        let down = vec![vec![3.0], vec![2.0], vec![1.0]];
        assert!((ceiling(&[up.clone(), up.clone(), up.clone()]) - 1.0).abs() < 1e-15);
        assert_eq!(ceiling(&[up, down]), 0.0);
    }
}
