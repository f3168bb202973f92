//! Rank correlation.

/// Spearman's rank correlation; equal values share the mean of their ranks.
///
/// `None` if the lists differ in length, have fewer than two values, contain what is not a number, or one of them is
/// constant.
pub fn spearman(left: &[f64], right: &[f64]) -> Option<f64> {
    let comparable = left.len() == right.len() && left.iter().chain(right).all(|value| !value.is_nan());
    if comparable { pearson(&ranks(left), &ranks(right)) } else { None }
}

/// Pearson's correlation of two lists of equal length; `None` if one is constant or shorter than two.
fn pearson(left: &[f64], right: &[f64]) -> Option<f64> {
    let count = left.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / count;
    let (left_mean, right_mean) = (mean(left), mean(right));
    let product_sum = |a: &[f64], a_mean: f64, b: &[f64], b_mean: f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - a_mean) * (b - b_mean)).sum()
    };
    let covariance = product_sum(left, left_mean, right, right_mean);
    let variances = product_sum(left, left_mean, left, left_mean) * product_sum(right, right_mean, right, right_mean);
    (left.len() >= 2 && variances > 0.0).then(|| covariance / variances.sqrt())
}

/// Ranks from 1; equal values get the mean of the ranks they cover.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for equals in order.chunk_by(|&a, &b| values[a] == values[b]) {
        for &index in equals {
            ranks[index] = below as f64 + (equals.len() as f64 + 1.0) / 2.0;
        }
        below += equals.len();
    }
    ranks
}

/// Spearman–Brown: what a correlation between two halves says about the reliability of the whole, `2r / (1 + r)`; 0 for
/// r ≤ 0.
pub fn spearman_brown(half_correlation: f64) -> f64 {
    let positive = half_correlation.max(0.0);
    2.0 * positive / (1.0 + positive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 0.5]), [3.5, 2.0, 3.5, 1.0]);
    }

    #[test]
    fn spearman_is_scipys() {
        // scipy.stats.spearmanr([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]).statistic = 0.8207826816681233 (its documentation).
        let correlation = spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 7.0]);
        assert!((correlation.expect("comparable") - 0.820_782_681_668_123_3).abs() < 1e-15);
    }

    #[test]
    fn what_cannot_be_ranked_has_no_correlation() {
        assert_eq!(spearman(&[1.0, 2.0], &[1.0]), None);
        assert_eq!(spearman(&[1.0], &[1.0]), None);
        assert_eq!(spearman(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]), None);
    }

    #[test]
    fn reliability_of_the_whole_is_above_that_of_its_halves() {
        assert_eq!(spearman_brown(0.5), 2.0 / 3.0);
        assert_eq!(spearman_brown(1.0), 1.0);
        assert_eq!(spearman_brown(-0.5), 0.0);
    }
}
