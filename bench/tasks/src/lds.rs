//! The linear datamodeling score: how well influences rank what models trained on halves of the items lose.
//!
//! # Source
//! Park et al. 2023, *TRAK: Attributing Model Behavior at Scale*, section 2.

use compute::random::{Random, Stream};
use compute::{Threads, parallel};
use influence::statistics::spearman;

/// Resamples of a bootstrap interval.
const RESAMPLES: usize = 1_000;
/// Part of the resamples on each side of the interval.
const TAIL: f64 = 0.025;

/// What models trained on halves lost: `[seed][half][query]`, nats.
pub type Losses = Vec<Vec<Vec<f64>>>;

/// A mean over queries with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// Mean over queries of Spearman's correlation over halves.
    pub lds: f64,
    /// Lower end of the 95 % bootstrap interval, halves and queries drawn again.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The loss that influences predict for a training on every half, up to what all halves share: `−Σ_{i∈S} φ_q(i)`.
///
/// # Shapes
/// `influence` `[queries][items]`, `halves` `[halves][items]`, result `[halves][queries]`.
pub fn predicted_losses(influence: &[Vec<f64>], halves: &[Vec<bool>]) -> Vec<Vec<f64>> {
    let kept = |row: &[f64], half: &[bool]| -> f64 {
        row.iter().zip(half).filter(|(_, kept)| **kept).map(|(value, _)| value).sum()
    };
    halves.iter().map(|half| influence.iter().map(|row| -kept(row, half)).collect()).collect()
}

/// How well influences rank what was lost, with its interval.
pub fn score(influence: &[Vec<f64>], halves: &[Vec<bool>], losses: &Losses) -> Score {
    interval(&predicted_losses(influence, halves), &mean_over_seeds(losses), group(halves))
}

/// Mean over queries of Spearman's correlation over halves between predicted and measured losses, `[halves][queries]` each; a query that
/// cannot be ranked counts 0.
pub fn correlation(predicted: &[Vec<f64>], measured: &[Vec<f64>]) -> f64 {
    let (halves, queries) = (all(measured.len()), all(measured.first().map_or(0, Vec::len)));
    drawn(&columns(predicted), &columns(measured), &halves, &queries)
}

/// What a perfect prediction would score against a mean over `n` seeds: the root of its reliability `n r / (1 + (n − 1) r)`
/// (Spearman–Brown), `r` being the mean score of one seed against another; `None` with one seed.
pub fn ceiling(losses: &Losses) -> Option<f64> {
    let pairs = (0..losses.len()).flat_map(|left| (0..left).map(move |right| (left, right)));
    let scores: Vec<f64> = pairs.map(|(left, right)| correlation(&losses[left], &losses[right])).collect();
    if scores.is_empty() {
        return None;
    }
    let (count, single) = (losses.len() as f64, scores.iter().sum::<f64>() / scores.len() as f64);
    Some((count * single / (1.0 + (count - 1.0) * single)).max(0.0).sqrt())
}

/// Mean losses, `[halves][queries]`.
pub fn mean_over_seeds(losses: &Losses) -> Vec<Vec<f64>> {
    let seeds = losses.len() as f64;
    let mut mean = losses[0].clone();
    for (half, row) in mean.iter_mut().enumerate() {
        for (query, value) in row.iter_mut().enumerate() {
            *value = losses.iter().map(|seed| seed[half][query]).sum::<f64>() / seeds;
        }
    }
    mean
}

/// Halves that are drawn together: each with its complement, where all have theirs behind them. The two say nearly the same.
fn group(halves: &[Vec<bool>]) -> usize {
    let complement = |pair: &[Vec<bool>]| pair[0].iter().zip(&pair[1]).all(|(left, right)| left != right);
    let (pairs, rest) = halves.as_chunks::<2>();
    if rest.is_empty() && pairs.iter().all(|pair| complement(pair)) { 2 } else { 1 }
}

fn interval(predicted: &[Vec<f64>], measured: &[Vec<f64>], group: usize) -> Score {
    let (predictions, truths) = (columns(predicted), columns(measured));
    let mut scores = parallel::map(Threads::available(), RESAMPLES, |resample| {
        let mut random = Random::new(resample as u64, Stream::Splits);
        let mut draw =
            |count: usize| -> Vec<usize> { (0..count).map(|_| random.below(count as u32) as usize).collect() };
        let halves: Vec<usize> =
            draw(measured.len() / group).into_iter().flat_map(|first| first * group..(first + 1) * group).collect();
        drawn(&predictions, &truths, &halves, &draw(truths.len()))
    });
    scores.sort_by(f64::total_cmp);
    let at = |part: f64| scores[((part * RESAMPLES as f64) as usize).min(RESAMPLES - 1)];
    Score { lds: correlation(predicted, measured), low: at(TAIL), high: at(1.0 - TAIL) }
}

/// Mean correlation of the drawn queries over the drawn halves; both are `[queries][halves]`.
fn drawn(predicted: &[Vec<f64>], measured: &[Vec<f64>], halves: &[usize], queries: &[usize]) -> f64 {
    let mut times = vec![0usize; measured.len()];
    queries.iter().for_each(|query| times[*query] += 1);
    let of_query = |query: usize| {
        let picked = |column: &[f64]| -> Vec<f64> { halves.iter().map(|half| column[*half]).collect() };
        spearman(&picked(&predicted[query]), &picked(&measured[query])).unwrap_or(0.0)
    };
    let asked = times.iter().enumerate().filter(|(_, times)| **times > 0);
    asked.map(|(query, times)| *times as f64 * of_query(query)).sum::<f64>() / queries.len() as f64
}

fn columns(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let count = rows.first().map_or(0, Vec::len);
    (0..count).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

fn all(count: usize) -> Vec<usize> {
    (0..count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_score_is_the_mean_correlation_over_queries() {
        // Query 0 is ranked rightly, query 1 the other way round, query 2 half rightly: (1 − 1 + 0.5) / 3.
        let measured = [vec![1.0, 1.0, 1.0], vec![2.0, 2.0, 2.0], vec![3.0, 3.0, 3.0]];
        let predicted = [vec![0.1, 0.3, 0.2], vec![0.2, 0.2, 0.1], vec![0.9, 0.1, 0.3]];
        assert!((correlation(&predicted, &measured) - 0.5 / 3.0).abs() < 1e-15);
        assert_eq!(
            correlation(&[vec![1.0], vec![1.0]], &[vec![1.0], vec![2.0]]),
            0.0,
            "nothing said is nothing scored"
        );
    }

    #[test]
    fn influence_that_ranks_losses_rightly_scores_one() {
        let halves = vec![vec![true, false, false], vec![true, true, false], vec![true, true, true]];
        let influence = vec![vec![1.0, 2.0, 3.0], vec![-1.0, -1.0, -1.0]];
        let losses = vec![vec![vec![3.0, 1.0], vec![2.0, 2.0], vec![1.0, 3.0]]];
        let score = score(&influence, &halves, &losses);
        assert_eq!((score.lds, score.high), (1.0, 1.0));
        assert_eq!(ceiling(&losses), None);
    }

    #[test]
    fn seeds_that_disagree_leave_no_ceiling() {
        let up = vec![vec![1.0], vec![2.0], vec![3.0]];
        let down = vec![vec![3.0], vec![2.0], vec![1.0]];
        assert_eq!(ceiling(&vec![up.clone(), up.clone()]), Some(1.0));
        assert_eq!(ceiling(&vec![up, down]), Some(0.0));
    }

    #[test]
    fn an_interval_holds_its_score_and_narrows_with_more_halves() {
        let made = |count: usize| -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
            let wave = |half: usize, query: usize, speed: f64| ((half * 7 + query * 3) as f64 * speed).sin();
            let rows = |noise: f64| {
                (0..count)
                    .map(|half| (0..12).map(|query| wave(half, query, 0.9) + noise * wave(half, query, 2.3)).collect())
                    .collect()
            };
            (rows(0.0), rows(1.0))
        };
        let width = |count: usize| {
            let (predicted, measured) = made(count);
            let Score { lds, low, high } = interval(&predicted, &measured, 1);
            assert!(low < lds && lds < high, "{low} {lds} {high}");
            high - low
        };
        assert!(width(128) < width(16));
    }

    #[test]
    fn halves_with_their_complements_are_drawn_in_pairs() {
        let half = vec![true, false, true, false];
        let other: Vec<bool> = half.iter().map(|kept| !kept).collect();
        assert_eq!(group(&[half.clone(), other.clone(), other.clone(), half.clone()]), 2);
        assert_eq!(group(&[half.clone(), half.clone()]), 1);
        assert_eq!(group(&[half.clone(), other, half]), 1);
    }
}
