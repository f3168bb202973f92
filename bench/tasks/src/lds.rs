//! The linear datamodeling score of a matrix of influences against losses of models trained on halves.
//!
//! # Source
//! Park et al. 2023, *TRAK: Attributing Model Behavior at Scale*, section 2.

use compute::random::{Random, Stream};
use influence::statistics::spearman;

/// Resamples of a bootstrap interval.
const RESAMPLES: usize = 2_000;
/// Part of the resamples on each side of the interval.
const TAIL: f64 = 0.025;

/// What models trained on halves lost: `[seed][half][query]`, nats.
pub type Losses = Vec<Vec<Vec<f64>>>;

/// A mean over queries with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Mean over queries of Spearman's correlation over halves.
    pub lds: f64,
    /// Lower end of the 95 % bootstrap interval over queries.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// `Σ_{i∈S} φ_q(i)` for every half and query; `influence` is `[queries][items]`.
pub fn predictions(influence: &[Vec<f64>], halves: &[Vec<bool>]) -> Vec<Vec<f64>> {
    let sum =
        |row: &[f64], half: &[bool]| row.iter().zip(half).filter(|(_, kept)| **kept).map(|(value, _)| value).sum();
    halves.iter().map(|half| influence.iter().map(|row| sum(row, half)).collect()).collect()
}

/// How well influences rank what was lost: positive influence predicts less loss.
pub fn score(influence: &[Vec<f64>], halves: &[Vec<bool>], losses: &Losses) -> Score {
    let predicted = predictions(influence, halves);
    let measured = mean_over_seeds(losses);
    let of_query = |query: usize| {
        let column = |rows: &[Vec<f64>], sign: f64| -> Vec<f64> { rows.iter().map(|row| sign * row[query]).collect() };
        spearman(&column(&predicted, 1.0), &column(&measured, -1.0)).unwrap_or(0.0)
    };
    interval(&(0..influence.len()).map(of_query).collect::<Vec<f64>>())
}

/// What a perfect prediction would score against a mean over `n` seeds: the root of its reliability `n r / (1 + (n − 1) r)`
/// (Spearman–Brown), `r` being the mean score of one seed against another; `None` with one seed.
pub fn ceiling(losses: &Losses) -> Option<f64> {
    let queries = losses.first()?.first()?.len();
    let column = |seed: &[Vec<f64>], query: usize| -> Vec<f64> { seed.iter().map(|row| row[query]).collect() };
    let pairs = (0..losses.len()).flat_map(|left| (0..left).map(move |right| (left, right)));
    let scores: Vec<f64> = pairs
        .flat_map(|pair| (0..queries).map(move |query| (pair, query)))
        .map(|((left, right), query)| {
            spearman(&column(&losses[left], query), &column(&losses[right], query)).unwrap_or(0.0)
        })
        .collect();
    if scores.is_empty() {
        return None;
    }
    let (count, single) = (losses.len() as f64, scores.iter().sum::<f64>() / scores.len() as f64);
    Some((count * single / (1.0 + (count - 1.0) * single)).max(0.0).sqrt())
}

fn mean_over_seeds(losses: &Losses) -> Vec<Vec<f64>> {
    let seeds = losses.len() as f64;
    let mut mean = losses[0].clone();
    for (half, row) in mean.iter_mut().enumerate() {
        for (query, value) in row.iter_mut().enumerate() {
            *value = losses.iter().map(|seed| seed[half][query]).sum::<f64>() / seeds;
        }
    }
    mean
}

fn interval(values: &[f64]) -> Score {
    let count = values.len();
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / count as f64;
    let mut random = Random::new(0, Stream::Splits);
    let mut means: Vec<f64> =
        (0..RESAMPLES).map(|_| mean(&mut (0..count).map(|_| values[random.below(count as u32) as usize]))).collect();
    means.sort_by(f64::total_cmp);
    let at = |part: f64| means[((part * RESAMPLES as f64) as usize).min(RESAMPLES - 1)];
    Score { lds: mean(&mut values.iter().copied()), low: at(TAIL), high: at(1.0 - TAIL) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn influence_that_ranks_losses_rightly_scores_one() {
        let halves = vec![vec![true, false, false], vec![true, true, false], vec![true, true, true]];
        let influence = vec![vec![1.0, 2.0, 3.0], vec![-1.0, -1.0, -1.0]];
        let losses = vec![vec![vec![3.0, 1.0], vec![2.0, 2.0], vec![1.0, 3.0]]];
        let score = score(&influence, &halves, &losses);
        assert_eq!((score.lds, score.low, score.high), (1.0, 1.0, 1.0));
        assert_eq!(ceiling(&losses), None);
    }

    #[test]
    fn seeds_that_disagree_leave_no_ceiling() {
        let up = vec![vec![1.0], vec![2.0], vec![3.0]];
        let down = vec![vec![3.0], vec![2.0], vec![1.0]];
        assert_eq!(ceiling(&vec![up.clone(), up.clone()]), Some(1.0));
        assert_eq!(ceiling(&vec![up, down]), Some(0.0));
    }
}
