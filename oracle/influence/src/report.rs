//! From receipts and fresh validation examples to the score vector that an operator commits to (DESIGN section 5).
//!
//! - a receipt's influence is normalised by its total, `s_ri = φ_ri / Σ_i |φ_ri|`, and summed within contributions
//! - `net_c = Σ_r f_r Σ_{i∈c} s_ri / Σ_r f_r`; receipts of one prompt are one draw, with the sum of their fees as its weight
//! - `u_c`: the same on the validation examples, at their true labels, each with weight 1
//! - `score_c = u_c` if that is negative, else `max(0, min(net_c, u_c))`; its error is that of the one that decided
//! - `reach = Σ_c max(net_c, 0)`
//!
//! All examples are of one stratum. Receipts of a prompt are pooled in the order of the prompts' ids, so the order of receipts
//! matters only among those of one prompt, in the last bits.

pub use crate::breakdown::Breakdown;
use crate::breakdown::break_down;
use crate::dataset::{DatasetError, Examples};
use crate::digest::Digest;
use crate::draws::Estimate;
use crate::parallel::Threads;
use crate::score::{Preconditioned, ScoreError};
use rules::bitmap::Bitmap;
use rules::score::{Report, ScoreEntry, Vector};

/// Score units in one: scores are integers in 10^-9 of the round's fees.
const UNITS: f64 = 1e9;

/// Why a report could not be computed.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Influence could not be computed.
    #[error("cannot compute influence on the round's queries")]
    Influence(#[from] ScoreError),
    /// A receipt's features are not what the model takes.
    #[error("receipt {receipt} does not fit the model")]
    Receipt {
        /// Position of the receipt.
        receipt: usize,
        /// What does not fit.
        #[source]
        source: DatasetError,
    },
    /// The items' positions do not cover the items.
    #[error("{found} positions were given for {expected} training items")]
    ItemPositions {
        /// Positions given.
        found: usize,
        /// Training items.
        expected: usize,
    },
    /// An item's position is not one of the model's.
    #[error("training item {item} is of position {position}, but the model has {positions} positions")]
    Position {
        /// The item.
        item: usize,
        /// Its position.
        position: u32,
        /// Number of positions.
        positions: usize,
    },
}

/// One paid answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Receipt {
    /// Fee after the protocol's share, in uopen; 0 counts for nothing.
    pub net_fee_uopen: u128,
    /// The prompt: receipts of the same prompt are one draw.
    pub prompt: Digest,
    /// What was asked, as the model sees it.
    pub features: Vec<f32>,
    /// What was answered.
    pub served_label: u16,
}

/// Which contribution each training item belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    /// Per training item the position of its contribution in the model's list of used contributions.
    pub item_positions: Vec<u32>,
    /// Length of that list; positions without items score 0.
    pub positions: usize,
}

/// What a round is decided on.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The paid answers.
    pub receipts: &'a [Receipt],
    /// The round's fresh validation examples, with true labels.
    pub validation: &'a Examples,
    /// Whose the training items are.
    pub ownership: &'a Ownership,
}

/// How much evidence a vector needs; below either, the report is `TooFew`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Smallest effective number of paid prompts.
    pub effective_prompts: f64,
    /// Smallest number of fresh validation examples.
    pub validation_examples: usize,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { effective_prompts: 16.0, validation_examples: 200 }
    }
}

/// A report and what stands behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What goes on chain.
    pub report: Report,
    /// For people.
    pub breakdown: Breakdown,
}

/// The report on paid receipts; `unresolved` marks the redemptions whose receipts could not be had.
///
/// # Errors
/// If receipts or examples do not fit the model, or the ownership does not fit the items.
///
/// # Determinism
/// The same inputs give the same bytes on the same kind of processor, for any number of threads.
pub fn report(
    preconditioned: &Preconditioned,
    evidence: &Evidence<'_>,
    thresholds: Thresholds,
    unresolved: Bitmap,
    threads: Threads,
) -> Result<Outcome, ReportError> {
    let breakdown = break_down(preconditioned, evidence, threads)?;
    let enough = breakdown.effective_prompts >= thresholds.effective_prompts
        && breakdown.validation_examples >= thresholds.validation_examples;
    let report = if enough {
        let scores = breakdown.net.iter().zip(&breakdown.utility).map(|(net, utility)| decide(*net, *utility));
        let (entries, reach) = (scores.map(entry).collect(), units(breakdown.reach).unsigned_abs().into());
        Report::Vector(Vector { entries, reach, unresolved })
    } else {
        Report::TooFew
    };
    Ok(Outcome { report, breakdown })
}

/// The report of a valuation round: utility alone, no receipts, `reach = Σ max(score, 0)`.
///
/// # Errors
/// As [`report`].
pub fn valuation(
    preconditioned: &Preconditioned,
    validation: &Examples,
    ownership: &Ownership,
    thresholds: Thresholds,
    threads: Threads,
) -> Result<Outcome, ReportError> {
    let evidence = Evidence { receipts: &[], validation, ownership };
    let breakdown = break_down(preconditioned, &evidence, threads)?;
    let report = if breakdown.validation_examples >= thresholds.validation_examples {
        let entries: Vec<ScoreEntry> = breakdown.utility.iter().copied().map(entry).collect();
        let reach = entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
        Report::Vector(Vector { entries, reach, unresolved: Bitmap::new(0) })
    } else {
        Report::TooFew
    };
    Ok(Outcome { report, breakdown })
}

/// What is paid for, and with whose error: harm is taken as it is; otherwise the smaller of influence and usefulness, never
/// below 0. Of equals the influence decides.
pub fn decide(net: Estimate, utility: Estimate) -> Estimate {
    if utility.value < 0.0 {
        return utility;
    }
    let deciding = if net.value <= utility.value { net } else { utility };
    Estimate { value: deciding.value.max(0.0), error: deciding.error }
}

/// Shares as integers, rounded towards zero.
fn entry(score: Estimate) -> ScoreEntry {
    ScoreEntry { score: units(score.value), error: units(score.error).unsigned_abs() }
}

/// A share in 10^-9, rounded towards zero. Truncated shares of one whole never add up to more than the whole.
fn units(share: f64) -> i32 {
    (share.clamp(-1.0, 1.0) * UNITS).trunc() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(value: f64, error: f64) -> Estimate {
        Estimate { value, error }
    }

    #[test]
    fn harm_is_scored_as_harm_whatever_was_served() {
        let harm = estimate(-0.2, 0.01);
        assert_eq!(decide(estimate(0.9, 0.5), harm), harm);
        assert_eq!(decide(estimate(-0.9, 0.5), harm), harm);
    }

    #[test]
    fn pay_is_for_what_both_shaped_and_was_useful() {
        assert_eq!(decide(estimate(0.1, 0.02), estimate(0.3, 0.04)), estimate(0.1, 0.02));
        assert_eq!(decide(estimate(0.3, 0.02), estimate(0.1, 0.04)), estimate(0.1, 0.04));
        assert_eq!(decide(estimate(-0.3, 0.02), estimate(0.1, 0.04)), estimate(0.0, 0.02));
        assert_eq!(decide(estimate(0.1, 0.02), estimate(0.1, 0.04)), estimate(0.1, 0.02));
    }

    #[test]
    fn scores_are_rounded_towards_zero() {
        assert_eq!(units(0.999_999_999_9), 999_999_999);
        assert_eq!(units(-0.999_999_999_9), -999_999_999);
        assert_eq!(units(1.0 + 1e-12), 1_000_000_000);
        assert_eq!(units(-1.0 - 1e-12), -1_000_000_000);
    }
}
