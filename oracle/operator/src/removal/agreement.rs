//! How well what is said of contributions ranks what was measured of them.

use compute::random::{Random, Stream};
use influence::statistics::spearman;
use serde::{Deserialize, Serialize};

/// Resamples behind an interval.
pub const RESAMPLES: usize = 2_000;
/// Part of the resamples on each side outside the interval.
const TAIL: f64 = 0.025;

/// A number for each contribution and query.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

impl Table {
    /// A table of so many contributions and queries.
    pub fn new(rows: usize, columns: usize, value: impl Fn(usize, usize) -> f64) -> Self {
        let values = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        Self { rows, columns, values: values.map(|(row, column)| value(row, column)).collect() }
    }

    /// Values of one contribution.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// Mean over queries of one contribution.
    pub fn mean(&self, row: usize) -> f64 {
        self.row(row).iter().sum::<f64>() / self.columns as f64
    }

    /// Standard error of that mean, queries being draws; nothing is known of one query's.
    pub fn error(&self, row: usize) -> f64 {
        let (mean, count) = (self.mean(row), self.columns as f64);
        let squares: f64 = self.row(row).iter().map(|value| (value - mean).powi(2)).sum();
        (squares / (count - 1.0) / count).sqrt()
    }

    fn sum_of(&self, row: usize, picked: &[u32]) -> f64 {
        picked.iter().map(|column| self.values[row * self.columns + *column as usize]).sum()
    }

    fn column(&self, column: usize) -> Vec<f64> {
        (0..self.rows).map(|row| self.values[row * self.columns + column]).collect()
    }
}

/// A rank correlation and where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Spearman's, between means over queries.
    pub spearman: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Mean over queries of Spearman's between contributions on that query alone, over those that can be ranked.
    pub per_query: Option<f64>,
}

/// How well `said` ranks `measured`, both `[contributions, queries]`; `None` if all contributions are alike in one of them.
///
/// The interval is a percentile bootstrap: contributions and queries are drawn again, each with replacement, 2,000 times. With few
/// contributions it is wide, and rightly so. Resamples in which nothing can be ranked are passed over.
///
/// # Source
/// Efron and Tibshirani 1993, *An Introduction to the Bootstrap*, section 13.3.
pub fn agreement(said: &Table, measured: &Table, seed: u64) -> Option<Agreement> {
    let means = |table: &Table| -> Vec<f64> { (0..table.rows).map(|row| table.mean(row)).collect() };
    let spearman = spearman(&means(said), &means(measured))?;
    let mut resampled: Vec<f64> =
        (0..RESAMPLES).filter_map(|part| resample(said, measured, (seed, part as u64))).collect();
    resampled.sort_by(f64::total_cmp);
    let quantile = |share: f64| {
        let place = share * resampled.len().saturating_sub(1) as f64;
        resampled.get(place.round() as usize).copied().unwrap_or(spearman)
    };
    Some(Agreement { spearman, low: quantile(TAIL), high: quantile(1.0 - TAIL), per_query: per_query(said, measured) })
}

fn resample(said: &Table, measured: &Table, (seed, part): (u64, u64)) -> Option<f64> {
    let mut random = Random::of_part(seed, Stream::Splits, part);
    let mut draw = |count: usize| -> Vec<u32> { (0..count).map(|_| random.below(count as u32)).collect() };
    let (rows, columns) = (draw(said.rows), draw(said.columns));
    let sums = |table: &Table| -> Vec<f64> { rows.iter().map(|row| table.sum_of(*row as usize, &columns)).collect() };
    spearman(&sums(said), &sums(measured))
}

fn per_query(said: &Table, measured: &Table) -> Option<f64> {
    let ranked: Vec<f64> =
        (0..said.columns).filter_map(|query| spearman(&said.column(query), &measured.column(query))).collect();
    (!ranked.is_empty()).then(|| ranked.iter().sum::<f64>() / ranked.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_ranks_agree_fully_and_so_does_every_resample() {
        let measured = Table::new(6, 4, |row, query| (row * 10 + query) as f64);
        let said = Table::new(6, 4, |row, query| (row * row) as f64 + 0.01 * query as f64);
        let found = agreement(&said, &measured, 0).expect("ranked");
        assert_eq!((found.spearman, found.low, found.high, found.per_query), (1.0, 1.0, 1.0, Some(1.0)));
    }

    #[test]
    fn what_is_said_at_random_has_an_interval_around_nothing() {
        let mut random = Random::new(3, Stream::Labels);
        let noise: Vec<f64> = (0..24 * 8).map(|_| random.normal()).collect();
        let said = Table::new(24, 4, |row, query| noise[row * 4 + query]);
        let measured = Table::new(24, 4, |row, query| noise[96 + row * 4 + query]);
        let found = agreement(&said, &measured, 1).expect("ranked");
        assert!(found.low < 0.0 && found.high > 0.0 && found.low < found.spearman && found.spearman < found.high);
        assert_eq!(agreement(&said, &measured, 1), Some(found));
    }

    #[test]
    fn more_contributions_make_a_narrower_interval() {
        let mut random = Random::new(5, Stream::Labels);
        let noise: Vec<f64> = (0..64).map(|_| 0.8 * random.normal()).collect();
        let width = |rows: usize| {
            let said = Table::new(rows, 1, |row, _| row as f64 / rows as f64 * 3.0);
            let measured = Table::new(rows, 1, |row, _| row as f64 / rows as f64 * 3.0 + noise[row]);
            let found = agreement(&said, &measured, 0).expect("ranked");
            found.high - found.low
        };
        assert!(width(64) < width(8), "{} {}", width(64), width(8));
    }

    #[test]
    fn contributions_that_are_all_alike_have_no_ranks() {
        let flat = Table::new(4, 2, |_, _| 1.0);
        let steep = Table::new(4, 2, |row, _| row as f64);
        assert_eq!(agreement(&flat, &steep, 0), None);
    }
}
