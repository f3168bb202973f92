//! What stands behind a report: net influence and utility of every contribution, with standard errors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dataset::Examples;
use crate::digest::Digest;
use crate::draws::{Draws, Estimate};
use crate::parallel::Threads;
use crate::report::{Evidence, Ownership, Receipt, ReportError};
use crate::score::{Influence, Preconditioned};

/// What stands behind a report, per position, in shares (1 = all of the round's fees).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// `(Σf)² / Σf²` over paid prompts.
    pub effective_prompts: f64,
    /// Number of validation examples.
    pub validation_examples: usize,
    /// Net influence on what was served.
    pub net: Vec<Estimate>,
    /// Net influence on what is true.
    pub utility: Vec<Estimate>,
    /// `Σ_c max(net_c, 0)`.
    pub reach: f64,
    /// The industry's usual rule, for comparison: each position's share in the fee-weighted sum of the items' positive
    /// influences. Nobody is paid by it.
    pub usual_rule: Vec<f64>,
}

/// The round's quantities in floating point, before anything is decided or rounded.
pub(crate) fn break_down(
    preconditioned: &Preconditioned,
    evidence: &Evidence<'_>,
    threads: Threads,
) -> Result<Breakdown, ReportError> {
    let Evidence { receipts, validation, ownership } = *evidence;
    check_ownership(ownership, preconditioned.items())?;
    let paid: Vec<(usize, &Receipt)> =
        receipts.iter().enumerate().filter(|(_, receipt)| receipt.net_fee_uopen > 0).collect();
    let mut queries = Examples::new(validation.width());
    for &(index, receipt) in &paid {
        queries
            .push(&receipt.features, receipt.served_label)
            .map_err(|source| ReportError::Receipt { receipt: index, source })?;
    }
    let on_paid = preconditioned.influence(&queries, threads)?;
    let on_validation = preconditioned.influence(validation, threads)?;

    let paid: Vec<&Receipt> = paid.into_iter().map(|(_, receipt)| receipt).collect();
    let prompts = pool_by_prompt(&paid, &on_paid, ownership);
    let mut examples = Draws::default();
    for example in 0..validation.len() {
        examples.push(1.0, shares(on_validation.row(example), ownership, Part::Net));
    }
    let net = prompts.estimates(ownership.positions);
    Ok(Breakdown {
        effective_prompts: prompts.effective_number(),
        validation_examples: validation.len(),
        reach: net.iter().map(|net| net.value.max(0.0)).sum(),
        net,
        utility: examples.estimates(ownership.positions),
        usual_rule: usual_rule(&paid, &on_paid, ownership),
    })
}

fn check_ownership(ownership: &Ownership, items: usize) -> Result<(), ReportError> {
    let Ownership { item_positions, positions } = ownership;
    if item_positions.len() != items {
        return Err(ReportError::ItemPositions { found: item_positions.len(), expected: items });
    }
    match item_positions.iter().position(|&position| position as usize >= *positions) {
        Some(item) => Err(ReportError::Position { item, position: item_positions[item], positions: *positions }),
        None => Ok(()),
    }
}

/// One draw per prompt: the fee-weighted mean of its receipts' shares, weighing their fees together.
fn pool_by_prompt(paid: &[&Receipt], influence: &Influence, ownership: &Ownership) -> Draws {
    let mut by_prompt: BTreeMap<Digest, Vec<usize>> = BTreeMap::new();
    for (query, receipt) in paid.iter().enumerate() {
        by_prompt.entry(receipt.prompt).or_default().push(query);
    }
    let mut draws = Draws::default();
    for queries in by_prompt.values() {
        let weight: f64 = queries.iter().map(|&query| fee(paid[query])).sum();
        let mut pooled = vec![0.0; ownership.positions];
        for &query in queries {
            let row = shares(influence.row(query), ownership, Part::Net);
            let part = fee(paid[query]) / weight;
            pooled.iter_mut().zip(row).for_each(|(sum, share)| *sum += part * share);
        }
        draws.push(weight, pooled);
    }
    draws
}

fn usual_rule(paid: &[&Receipt], influence: &Influence, ownership: &Ownership) -> Vec<f64> {
    let mut sums = vec![0.0; ownership.positions];
    for (query, receipt) in paid.iter().enumerate() {
        let row = shares(influence.row(query), ownership, Part::Positive);
        sums.iter_mut().zip(row).for_each(|(sum, share)| *sum += fee(receipt) * share);
    }
    let total: f64 = sums.iter().sum();
    sums.iter().map(|sum| if total > 0.0 { sum / total } else { 0.0 }).collect()
}

/// Which of the items' influences are summed.
#[derive(Clone, Copy)]
enum Part {
    /// All, with their signs.
    Net,
    /// The positive ones.
    Positive,
}

/// Per position `Σ_{i∈c} φ_i / Σ_i |φ_i|`; all 0 if no item has any influence.
fn shares(influence: &[f64], ownership: &Ownership, part: Part) -> Vec<f64> {
    let total: f64 = influence.iter().map(|value| value.abs()).sum();
    let mut shares = vec![0.0; ownership.positions];
    if total > 0.0 {
        for (&value, &position) in influence.iter().zip(&ownership.item_positions) {
            shares[position as usize] += match part {
                Part::Net => value / total,
                Part::Positive => value.max(0.0) / total,
            };
        }
    }
    shares
}

/// As a weight; fees above 2^53 uopen lose their last digits, which no share can show.
fn fee(receipt: &Receipt) -> f64 {
    receipt.net_fee_uopen as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_signed_parts_of_the_total() {
        let ownership = Ownership { item_positions: vec![0, 2, 0, 2], positions: 3 };
        let influence = [1.0, -2.0, 3.0, -2.0];
        assert_eq!(shares(&influence, &ownership, Part::Net), [0.5, 0.0, -0.5]);
        assert_eq!(shares(&influence, &ownership, Part::Positive), [0.5, 0.0, 0.0]);
        assert_eq!(shares(&[0.0; 4], &ownership, Part::Net), [0.0; 3]);
    }
}
