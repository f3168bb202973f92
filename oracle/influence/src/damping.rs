//! The written procedure that chooses the damping: from the training items and the plan alone, and without a hand.
//!
//! # Procedure `half-subset-lds/2`
//! 1. From ChaCha20 under the plan's first seed, draw 32 random halves of the training items; take each with its
//!    complement: 64 subsets.
//! 2. Train one model on each subset by the plan, the seeds of the plan taken in turn (items left out keep their place in the
//!    order, [`crate::train`]).
//! 3. For every damping of the grid, weight decay times 0.1, 0.3, 1, 3, 10, 30, predict the log-likelihood
//!    of every item `h` under every subset `S` that does not hold it as `Σ_{i∈S} φ_h(i)`.
//! 4. The damping's quality is the mean over items of Spearman's correlation between these predictions and the
//!    log-likelihoods of the trained models (the linear datamodeling score, on held-out items).
//! 5. Of the dampings that keep three quarters of the best quality, the smallest is taken.
//!
//! Why not the best itself: the curve is flat on the ranking of contributions, while damping blurs which items already explain an
//! answer, and what it blurs it credits to noise. `docs/influence.md` has the figures.
//!
//! Anyone with the training items can repeat it; operators use the manifest's value.
//!
//! # Source
//! Park et al. 2023, *TRAK: Attributing Model Behavior at Scale*, section 2 (linear datamodeling score).

use std::sync::Arc;

use faer::Mat;
use serde::{Deserialize, Serialize};

use crate::dataset::Examples;
use crate::ggn;
use crate::linear::{Cholesky, NotPositiveDefinite, product, transposed_product};
use crate::manifest::TrainingPlan;
use crate::mlp::{Mlp, MlpError};
use crate::parallel::{self, Threads};
use crate::random::{Random, Stream};
use crate::statistics::spearman;
use crate::train::{OnProgress, Run, TrainError, check_start, train};

/// Name of the procedure, for the manifest.
pub const PROCEDURE: &str = "half-subset-lds/2";
/// Candidates, as multiples of the weight decay.
pub const GRID: [f64; 6] = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0];
/// Part of the best quality that the chosen damping must keep.
const KEPT_QUALITY: f64 = 0.75;
/// Random halves; each is used with its complement.
const HALVES: usize = 32;

/// Why no damping could be chosen.
#[derive(Debug, thiserror::Error)]
pub enum DampingError {
    /// A subset could not be trained on.
    #[error("cannot train on half of the items")]
    Train(#[from] TrainError),
    /// The members could not be differentiated.
    #[error("cannot differentiate a member on the training items")]
    Model(#[from] MlpError),
    /// A damped curvature has no Cholesky factor.
    #[error("damping {damping} leaves member {member} without usable curvature")]
    Curvature {
        /// The damping tried.
        damping: f64,
        /// The member.
        member: usize,
        /// Where it fails.
        #[source]
        source: NotPositiveDefinite,
    },
    /// There are no members.
    #[error("damping is chosen for members, but none were given")]
    NoMembers,
}

/// The damping chosen, and how all candidates did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DampingChoice {
    /// The one that the procedure takes.
    pub damping: f64,
    /// All candidates, in the order of the grid.
    pub candidates: Vec<Candidate>,
}

/// A damping and its quality.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What is added to the diagonal.
    pub damping: f64,
    /// Mean Spearman correlation over held-out items.
    pub quality: f64,
}

/// Chooses the damping for `members`, trained by `plan` on `items`, by the procedure above.
///
/// # Errors
/// If members, plan and items do not belong together.
///
/// # Determinism
/// The same on the same kind of processor, for any number of threads.
pub fn choose(
    plan: &TrainingPlan,
    members: &[Mlp],
    items: &Examples,
    threads: Threads,
    on_progress: OnProgress,
) -> Result<DampingChoice, DampingError> {
    choose_adapted(plan, (&[], members), items, threads, on_progress)
}

/// As [`choose`], for members that were trained from those of a base: so are the models on the subsets, the base's members taken in turn.
///
/// # Errors
/// As [`choose`]; if the base is not the one that the plan names.
pub fn choose_adapted(
    plan: &TrainingPlan,
    (base, members): (&[Mlp], &[Mlp]),
    items: &Examples,
    threads: Threads,
    on_progress: OnProgress,
) -> Result<DampingChoice, DampingError> {
    check_start(plan, base)?;
    if members.is_empty() {
        return Err(DampingError::NoMembers);
    }
    plan.check().map_err(TrainError::from)?;
    let subsets = Subsets::draw(plan.seeds[0], items.len());
    let measured = subsets.train(plan, base, items, threads, on_progress)?;
    let kept = subsets.kept();
    let curved =
        members.iter().map(|member| Curved::new(member, items, &kept, threads)).collect::<Result<Vec<_>, _>>()?;
    let candidate = |index: usize| -> Result<Candidate, DampingError> {
        let damping = plan.weight_decay * GRID[index];
        let predicted = predictions(&curved, damping)?;
        Ok(Candidate { damping, quality: subsets.quality(&predicted, &measured) })
    };
    let candidates = parallel::map(threads, GRID.len(), candidate).into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(DampingChoice { damping: smallest_good(&candidates), candidates })
}

/// The smallest damping that keeps [`KEPT_QUALITY`] of the best quality; the best itself where no quality is positive.
fn smallest_good(candidates: &[Candidate]) -> f64 {
    let best =
        candidates[1..].iter().fold(candidates[0], |best, next| if next.quality > best.quality { *next } else { best });
    let good =
        candidates.iter().filter(|candidate| best.quality > 0.0 && candidate.quality >= KEPT_QUALITY * best.quality);
    good.map(|candidate| candidate.damping).fold(best.damping, f64::min)
}

/// A member's curvature and gradients.
struct Curved {
    curvature: Mat<f64>,
    /// At the items, `[parameters, items]`.
    gradients: Mat<f64>,
    /// `Σ_{i∈S} g_i`, `[parameters, subsets]`.
    sums: Mat<f64>,
}

impl Curved {
    fn new(member: &Mlp, items: &Examples, kept: &Mat<f64>, threads: Threads) -> Result<Self, MlpError> {
        let gradients = ggn::gradients(member, items)?;
        let sums = product(gradients.as_ref(), kept.as_ref());
        Ok(Self { curvature: ggn::curvature(member, items, threads)?, gradients, sums })
    }
}

/// `Σ_{i∈S} φ_h(i)`, up to a positive factor: `[item, subset]`. Summing gradients first leaves one solution per subset.
fn predictions(curved: &[Curved], damping: f64) -> Result<Mat<f64>, DampingError> {
    let predict = |(member, curved): (usize, &Curved)| -> Result<Mat<f64>, DampingError> {
        let factor = Cholesky::of(&curved.curvature, damping).map_err(|source| DampingError::Curvature {
            damping,
            member,
            source,
        })?;
        // The candidates share the threads; each has one.
        let one = Threads::new(1);
        let solved = factor.solve(&curved.sums, one);
        Ok(transposed_product(&curved.gradients, &solved, one))
    };
    let (items, subsets) = curved.first().map_or((0, 0), |first| (first.gradients.ncols(), first.sums.ncols()));
    curved.iter().enumerate().try_fold(Mat::zeros(items, subsets), |sum, member| Ok(sum + predict(member)?))
}

/// Halves of the items: which subset keeps which item.
struct Subsets {
    items: usize,
    keep: Vec<Arc<[bool]>>,
}

impl Subsets {
    fn draw(seed: u64, items: usize) -> Self {
        let mut random = Random::new(seed, Stream::Subsets);
        let mut order: Vec<u32> = (0..items as u32).collect();
        let mut keep: Vec<Arc<[bool]>> = Vec::with_capacity(2 * HALVES);
        for _ in 0..HALVES {
            random.shuffle(&mut order);
            let mut half = vec![false; items];
            order[..items / 2].iter().for_each(|&item| half[item as usize] = true);
            keep.push(half.iter().map(|kept| !kept).collect());
            keep.push(half.into());
        }
        Self { items, keep }
    }

    /// Log-likelihood of every item under a model trained on each subset: `[subset][item]`.
    fn train(
        &self,
        plan: &TrainingPlan,
        base: &[Mlp],
        items: &Examples,
        threads: Threads,
        on_progress: OnProgress,
    ) -> Result<Vec<Vec<f64>>, DampingError> {
        let seeds = plan.seeds.iter().cycle();
        let run = |(index, (keep, &seed)): (usize, (&Arc<[bool]>, &u64))| {
            Run::keeping(seed, keep.clone()).starting_from(base, index)
        };
        let runs: Vec<Run> = self.keep.iter().zip(seeds).enumerate().map(run).collect();
        let models = train(plan, items, &runs, threads, on_progress)?;
        let log_likelihoods = |model: usize| -> Result<Vec<f64>, MlpError> {
            let log_probabilities = models[model].log_probabilities(items)?;
            let rows = log_probabilities.chunks_exact(models[model].architecture().labels());
            Ok(rows.zip(items.labels()).map(|(row, &label)| f64::from(row[usize::from(label)])).collect())
        };
        Ok(parallel::map(threads, models.len(), log_likelihoods).into_iter().collect::<Result<_, _>>()?)
    }

    /// 1 where a subset keeps an item: `[items, subsets]`.
    fn kept(&self) -> Mat<f64> {
        Mat::from_fn(self.items, self.keep.len(), |item, subset| f64::from(u8::from(self.keep[subset][item])))
    }

    /// Mean over items of Spearman's correlation over the subsets that do not hold the item; an item whose
    /// log-likelihood never changes counts 0.
    fn quality(&self, predicted: &Mat<f64>, measured: &[Vec<f64>]) -> f64 {
        let of_item = |item: usize| -> f64 {
            let without: Vec<usize> = (0..self.keep.len()).filter(|&subset| !self.keep[subset][item]).collect();
            let predicted: Vec<f64> = without.iter().map(|&subset| predicted[(item, subset)]).collect();
            let measured: Vec<f64> = without.iter().map(|&subset| measured[subset][item]).collect();
            spearman(&predicted, &measured).unwrap_or(0.0)
        };
        (0..self.items).map(of_item).sum::<f64>() / self.items as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_damping_that_keeps_three_quarters_of_the_best_quality_is_taken() {
        let candidate = |damping, quality| Candidate { damping, quality };
        let candidates = [candidate(1.0, 0.59), candidate(2.0, 0.61), candidate(3.0, 0.8), candidate(4.0, 0.7)];
        assert_eq!(smallest_good(&candidates), 2.0);
        assert_eq!(smallest_good(&[candidate(1.0, -0.2), candidate(2.0, -0.1)]), 2.0, "of no use, the least bad");
    }

    #[test]
    fn every_item_is_held_out_of_half_the_subsets() {
        let subsets = Subsets::draw(9, 11);
        for item in 0..11 {
            let held_out = subsets.keep.iter().filter(|keep| !keep[item]).count();
            assert_eq!(held_out, HALVES);
        }
    }
}
