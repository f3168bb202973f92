//! Whether what a contribution's items add up to could be chance: the doubt about a batch, which stays the same however many queries are drawn.
//!
//! Each item's share in the influence on true answers is taken as one draw of what its contributor may give. The sum of `n` items with mean
//! share `m` and standard deviation `d` is `n m`, its standard error `√n · d`; junk that helps by luck is seldom three times as
//! much as that, and whoever draws batch after batch on a model of its own waits long for one that is.

use anyhow::Result;
use influence::dataset::Examples;
use influence::report::Ownership;
use influence::score::Influence;

use crate::pay::engine::Engine;

/// Standard errors from which on a sum is no chance.
const CERTAIN: f64 = 3.0;

/// Of each position the sum of its items' mean shares in the influence on the examples' labels, in standard errors over its items; 0 with fewer
/// than two items.
///
/// # Errors
/// If the examples do not fit the model.
pub fn certainties(engine: &Engine, ownership: &Ownership, examples: &Examples) -> Result<Vec<f64>> {
    let shares = mean_shares(&engine.influence(examples)?);
    let of = |position: usize| {
        let owners = ownership.item_positions.iter().zip(&shares);
        owners.filter(|(owner, _)| **owner as usize == position).map(|(_, share)| *share).collect::<Vec<f64>>()
    };
    Ok((0..ownership.positions).map(|position| certainty(&of(position))).collect())
}

/// Whether so many standard errors are no chance.
pub fn is_certain(certainty: f64) -> bool {
    certainty > CERTAIN
}

/// Per item the mean over queries of `φ_i / Σ |φ|`.
fn mean_shares(influence: &Influence) -> Vec<f64> {
    let mut shares = vec![0.0; influence.items()];
    for query in 0..influence.queries() {
        let row = influence.row(query);
        let total: f64 = row.iter().map(|value| value.abs()).sum();
        if total > 0.0 {
            shares.iter_mut().zip(row).for_each(|(share, value)| *share += value / total);
        }
    }
    let queries = influence.queries().max(1) as f64;
    shares.iter().map(|share| share / queries).collect()
}

fn certainty(shares: &[f64]) -> f64 {
    let count = shares.len() as f64;
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|share| (share - sum / count).powi(2)).sum();
    let error = (squares * count / (count - 1.0)).sqrt();
    if error > 0.0 { sum / error } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_measured_in_the_spread_of_its_items() {
        // Mean 2, standard deviation 1, so a sum of 6 with a standard error of √3.
        assert!((certainty(&[1.0, 2.0, 3.0]) - 6.0 / 3f64.sqrt()).abs() < 1e-12);
        assert!(is_certain(certainty(&[1.0, 2.0, 3.0])) && !is_certain(certainty(&[-1.0, 2.0, 0.5])));
    }

    #[test]
    fn one_item_or_none_says_nothing() {
        assert_eq!((certainty(&[0.5]), certainty(&[])), (0.0, 0.0));
    }
}
