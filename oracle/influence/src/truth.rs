//! What influence claims to predict, measured: train again without each contribution and see what the model loses.
//!
//! `effect_c = loss without c − loss with c`, in nats per unit of weight; **positive means that c helped**. It is measured
//! for several seeds at once, with and without c under the same seed ([`crate::train`] says what that fixes), since one
//! seed's effect of a small contribution is mostly noise.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::dataset::Examples;
pub use crate::evaluation::EvaluationSet;
use crate::manifest::TrainingPlan;
use crate::mlp::{Mlp, MlpError};
use crate::parallel::{self, Threads};
use crate::random::{Random, Stream};
use crate::report::Ownership;
use crate::statistics::{spearman, spearman_brown};
use crate::train::{OnProgress, Run, TrainError, train};

/// Random splits of the seeds that a ceiling is averaged over.
const SPLITS: u64 = 100;

/// Why the effects could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    /// A training failed.
    #[error("cannot train without a contribution")]
    Train(#[from] TrainError),
    /// An evaluation set does not fit the model.
    #[error("evaluation set `{name}` does not fit the model")]
    Evaluation {
        /// Name of the set.
        name: String,
        /// What does not fit.
        #[source]
        source: MlpError,
    },
    /// An evaluation set has a wrong number of weights, a negative one, or none above 0.
    #[error("evaluation set `{0}` needs one weight per example, none negative and not all 0")]
    Weights(String),
    /// The ownership does not fit the items.
    #[error("each of the {items} training items needs one position below {positions}")]
    Ownership {
        /// Training items.
        items: usize,
        /// Positions.
        positions: usize,
    },
}

/// Measured effects of leaving out each contribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Number of seeds.
    pub seeds: usize,
    /// One per evaluation set, in the order given.
    pub sets: Vec<SetTruth>,
}

/// Effects on one evaluation set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetTruth {
    /// Name of the set.
    pub name: String,
    /// Loss of the model trained on everything, per seed.
    pub full_loss: Vec<f64>,
    /// `effects[position][seed]`
    pub effects: Vec<Vec<f64>>,
}

impl Truth {
    /// The effects on the set of this name.
    pub fn set(&self, name: &str) -> Option<&SetTruth> {
        self.sets.iter().find(|set| set.name == name)
    }
}

impl SetTruth {
    /// Mean effect over seeds, per position.
    pub fn mean_effects(&self) -> Vec<f64> {
        self.effects.iter().map(|effects| mean(effects)).collect()
    }

    /// Standard error of each mean effect over seeds.
    pub fn standard_errors(&self) -> Vec<f64> {
        let error = |effects: &Vec<f64>| {
            let (mean, count) = (mean(effects), effects.len() as f64);
            let squares: f64 = effects.iter().map(|effect| (effect - mean).powi(2)).sum();
            (squares / (count - 1.0) / count).sqrt()
        };
        self.effects.iter().map(error).collect()
    }

    /// How well the truth agrees with itself: Spearman between mean effects of two halves of the seeds, corrected to the
    /// whole (Spearman–Brown) and averaged over 100 fixed random splits. A second truth with as many new seeds would
    /// correlate about this much with this one; a perfect prediction about the root of it.
    ///
    /// `None` with fewer than two seeds, or if no split can be ranked.
    pub fn ceiling(&self) -> Option<f64> {
        let seeds = self.full_loss.len();
        let halves: Vec<f64> = (0..SPLITS).filter_map(|split| self.half_correlation(seeds, split)).collect();
        let corrected: Vec<f64> = halves.iter().map(|correlation| spearman_brown(*correlation)).collect();
        (!corrected.is_empty()).then(|| mean(&corrected))
    }

    fn half_correlation(&self, seeds: usize, split: u64) -> Option<f64> {
        let mut order: Vec<u32> = (0..seeds as u32).collect();
        Random::new(split, Stream::Splits).shuffle(&mut order);
        let (left, right) = order.split_at(seeds / 2);
        let half_means = |half: &[u32]| -> Vec<f64> {
            let of_half =
                |effects: &Vec<f64>| mean(&half.iter().map(|&seed| effects[seed as usize]).collect::<Vec<_>>());
            self.effects.iter().map(of_half).collect()
        };
        spearman(&half_means(left), &half_means(right))
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The seeds for truth: `count` numbers from `first` on. They should not be those of the members, which influence was
/// computed from.
pub fn seeds_from(first: u64, count: u64) -> Vec<u64> {
    (0..count).map(|step| first.wrapping_add(step)).collect()
}

/// Trains without each contribution, and with all, once per seed, and compares losses on every set.
///
/// The plan's own seeds are not used. Contributions without items cost nothing and have effect 0.
///
/// # Errors
/// If plan, items, ownership and sets do not belong together.
///
/// # Determinism
/// As [`train`].
pub fn leave_one_out(
    plan: &TrainingPlan,
    training: (&Examples, &Ownership),
    seeds: &[u64],
    sets: &[EvaluationSet],
    threads: Threads,
    on_progress: OnProgress,
) -> Result<Truth, TruthError> {
    let (items, ownership) = training;
    check_ownership(items, ownership)?;
    sets.iter().try_for_each(EvaluationSet::check)?;
    let used: Vec<usize> = (0..ownership.positions)
        .filter(|&position| ownership.item_positions.iter().any(|&owner| owner as usize == position))
        .collect();
    let models = train(plan, items, &runs(ownership, &used, seeds), threads, on_progress)?;
    let sets = sets.iter().map(|set| set_truth(set, &models, (&used, ownership.positions), seeds.len(), threads));
    Ok(Truth { seeds: seeds.len(), sets: sets.collect::<Result<_, _>>()? })
}

fn check_ownership(items: &Examples, ownership: &Ownership) -> Result<(), TruthError> {
    let positions = ownership.positions;
    let fits = ownership.item_positions.iter().all(|&position| (position as usize) < positions);
    if fits && ownership.item_positions.len() == items.len() {
        Ok(())
    } else {
        Err(TruthError::Ownership { items: items.len(), positions })
    }
}

/// All seeds with everything, then all seeds without the first of `used`, and so on.
fn runs(ownership: &Ownership, used: &[usize], seeds: &[u64]) -> Vec<Run> {
    let mut runs: Vec<Run> = seeds.iter().map(|&seed| Run::full(seed)).collect();
    for &position in used {
        let keep: Arc<[bool]> = ownership.item_positions.iter().map(|&owner| owner as usize != position).collect();
        runs.extend(seeds.iter().map(|&seed| Run::keeping(seed, keep.clone())));
    }
    runs
}

fn set_truth(
    set: &EvaluationSet,
    models: &[Mlp],
    (used, positions): (&[usize], usize),
    seeds: usize,
    threads: Threads,
) -> Result<SetTruth, TruthError> {
    let losses: Vec<f64> = parallel::map(threads, models.len(), |model| set.loss(&models[model]))
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|source| TruthError::Evaluation { name: set.name.clone(), source })?;
    let (full_loss, without) = losses.split_at(seeds);
    let mut effects = vec![vec![0.0; seeds]; positions];
    for (&position, losses) in used.iter().zip(without.chunks_exact(seeds.max(1))) {
        effects[position] = losses.iter().zip(full_loss).map(|(without, with)| without - with).collect();
    }
    Ok(SetTruth { name: set.name.clone(), full_loss: full_loss.to_vec(), effects })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(effects: Vec<Vec<f64>>) -> SetTruth {
        SetTruth { name: "set".to_owned(), full_loss: vec![1.0; effects[0].len()], effects }
    }

    #[test]
    fn a_truth_without_noise_has_a_ceiling_of_one() {
        let clear = set((0..6).map(|position| vec![f64::from(position); 8]).collect());
        assert_eq!(clear.ceiling(), Some(1.0));
        assert_eq!(clear.mean_effects(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(clear.standard_errors(), [0.0; 6]);
    }

    #[test]
    fn a_truth_of_noise_alone_has_a_low_ceiling() {
        let mut random = Random::new(1, Stream::Splits);
        let noise = set((0..10).map(|_| (0..24).map(|_| f64::from(random.unit())).collect()).collect());
        let ceiling = noise.ceiling().expect("ranked");
        assert!(ceiling < 0.5, "{ceiling}");
    }

    #[test]
    fn a_single_seed_has_no_ceiling() {
        assert_eq!(set(vec![vec![0.5], vec![0.25]]).ceiling(), None);
    }
}
