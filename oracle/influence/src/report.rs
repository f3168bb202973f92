//! From receipts and fresh validation examples to the score vector that an operator commits to (DESIGN section 5).
//!
//! - a receipt's influence is normalised by its total, `s_ri = φ_ri / Σ_i |φ_ri|`, and summed within contributions
//! - `net_c = Σ_r f_r Σ_{i∈c} s_ri / Σ_r f_r`; receipts of one prompt are one draw, with the sum of their fees as its weight
//! - `u_c`: the same on the validation examples, at their true labels, where an example's shares are the mean over versions,
//!   weighted by their fees, so that one example is one draw
//! - both within strata (`strata.rs` says what those are): with `W_h` stratum `h`'s share of the fees, the value is
//!   `Σ_h W_h m_h` and the squared standard error `Σ_h W_h² e_h²`; a stratum without fees weighs 0
//! - `score_c = u_c` if that is negative, else `max(0, min(net_c, u_c))`; its error is that of the one that decided
//! - `reach = Σ_c max(net_c, 0)`
//!
//! A receipt is scored under the version that served it; receipts of one prompt are one draw whatever served them. Several versions
//! are told apart by their order alone, and the order of receipts changes no bit.

pub use crate::attributable::{Attributable, Misfit, Paid};
use crate::breakdown::break_down;
pub use crate::breakdown::{Breakdown, StratumPart};
use crate::draws::Estimate;
pub use crate::evidence::{Evidence, Ownership, Receipt, ReportError, VersionEvidence};
use crate::job::Job;
pub use crate::strata::Points;
use rules::bitmap::Bitmap;
use rules::score::{Report, ScoreEntry, Vector};

/// Score units in one: scores are integers in 10^-9 of the round's fees.
const UNITS: f64 = 1e9;

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
/// If receipts or examples do not fit a version, an ownership does not fit the items, the versions disagree about positions, or
/// not every example has a stratum; [`ReportError::Cancelled`].
///
/// # Determinism
/// The same inputs give the same bytes on the same kind of processor, for any number of threads.
pub fn report<V: Attributable>(
    evidence: &Evidence<'_, V>,
    thresholds: Thresholds,
    unresolved: Bitmap,
    job: impl Into<Job>,
) -> Result<Outcome, ReportError> {
    let breakdown = break_down(evidence, &job.into())?;
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

/// The report of a valuation round: utility of the last version alone, whatever was paid; all examples weigh the same, with errors within
/// strata. `reach` is what the version's own answers to the same examples owe to all data, `Σ_c max(net_c, 0)`, and at least
/// `Σ max(score, 0)`: so curators who choose labels on which all rivals are useless leave the rivals' part to nobody, not to a friend.
///
/// # Errors
/// As [`report`].
pub fn valuation<V: Attributable>(
    evidence: &Evidence<'_, V>,
    thresholds: Thresholds,
    job: impl Into<Job>,
) -> Result<Outcome, ReportError> {
    let job = job.into();
    let last = evidence.versions.last().ok_or(ReportError::NoVersions)?;
    let unpaid = VersionEvidence { receipts: &[], ..*last };
    let breakdown = break_down(&Evidence { versions: &[unpaid], ..*evidence }, &job)?;
    let report = if breakdown.validation_examples >= thresholds.validation_examples {
        let entries: Vec<ScoreEntry> = breakdown.utility.iter().copied().map(entry).collect();
        let positive = entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
        let owed = u64::from(units(owed_by_answers(last, evidence, &job)?).unsigned_abs());
        Report::Vector(Vector { entries, reach: owed.max(positive), unresolved: Bitmap::new(0) })
    } else {
        Report::TooFew
    };
    Ok(Outcome { report, breakdown })
}

/// `Σ_c max(net_c, 0)` of a version on its own answers to the validation examples, each asked once for the same fee.
fn owed_by_answers<V: Attributable>(
    version: &VersionEvidence<'_, V>,
    evidence: &Evidence<'_, V>,
    job: &Job,
) -> Result<f64, ReportError> {
    job.control.check()?;
    let receipts = version.preconditioned.own_answers(evidence.validation, job)?;
    let answered = VersionEvidence { receipts: &receipts, ..*version };
    Ok(break_down(&Evidence { versions: &[answered], ..*evidence }, job)?.reach)
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
