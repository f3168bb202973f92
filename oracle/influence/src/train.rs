//! Training: several models at once, each a function of its seed and of what it leaves out.
//!
//! One model is the case of one run, so that a member of an ensemble and a retraining for [`crate::truth`] are the same
//! computation.
//!
//! # What "the same seed" means when items are left out
//! For a given seed, the initial weights and the order of **all** items in every epoch are the same whatever is left
//! out. Items left out keep their place in the order and get weight 0; a batch's loss is the mean over the items
//! it keeps. Number of steps, learning rate and the company each item keeps in its batches are thus the same with and
//! without a contribution, and the difference of two runs of one seed is as little seed noise as it can be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{Device, Tensor};

use crate::dataset::Examples;
use crate::digest::hex;
use crate::manifest::{ManifestError, TrainingPlan};
use crate::mlp::{Architecture, Mlp, MlpError, ensemble_hash};
use crate::network::Layers;
use crate::parallel::{self, Threads};
use crate::random::{Random, Stream};
use crate::sgd::{Batch, Descent, Rates};

/// Most models trained together: enough to spread the cost of a tensor operation, few enough to stay in the cache.
const MODELS_AT_ONCE: usize = 8;

/// Why training failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The plan starts from other weights than those given.
    #[error("the plan starts from weights {expected}, given were {found}: load the base that the plan names")]
    Start {
        /// What the plan names; "none" for training from scratch.
        expected: String,
        /// What was given.
        found: String,
    },
    /// The plan is not one that can be trained.
    #[error("the training plan cannot be used")]
    Plan(#[from] ManifestError),
    /// The items do not fit the plan's model, or training diverged to weights that are not finite.
    #[error("the model cannot be trained on these items")]
    Model(#[from] MlpError),
    /// There is nothing to train on.
    #[error("there are no training items")]
    NoItems,
    /// A run's list of kept items is of another length than the items.
    #[error("run {run} says of {found} items whether to keep them, but there are {expected}")]
    Keep {
        /// The run.
        run: usize,
        /// Length of its list.
        found: usize,
        /// Number of items.
        expected: usize,
    },
    /// A computation in candle failed.
    #[error("a tensor operation failed while training")]
    Compute(#[source] Box<candle_core::Error>),
}

impl From<candle_core::Error> for TrainError {
    fn from(source: candle_core::Error) -> Self {
        Self::Compute(Box::new(source))
    }
}

/// One training: a seed, and which items it keeps.
#[derive(Clone, Debug)]
pub struct Run {
    /// Decides the initial weights and the order of items.
    pub seed: u64,
    /// Per item whether it is kept; `None` keeps all.
    pub keep: Option<Arc<[bool]>>,
    /// Where the weights start; `None` draws them from the seed.
    pub start: Option<Mlp>,
}

impl Run {
    /// Training on all items.
    pub fn full(seed: u64) -> Self {
        Self { seed, keep: None, start: None }
    }

    /// Training on the items for which `keep` is true.
    pub fn keeping(seed: u64, keep: Arc<[bool]>) -> Self {
        Self { seed, keep: Some(keep), start: None }
    }

    /// The run that starts from member `index` of a base, again from the first when the base has fewer; from the seed without one.
    #[must_use]
    pub fn starting_from(self, base: &[Mlp], index: usize) -> Self {
        Self { start: index.checked_rem(base.len()).map(|member| base[member].clone()), ..self }
    }
}

/// How far training has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Epochs done, summed over models.
    pub done: usize,
    /// Epochs of all models together.
    pub total: usize,
}

/// Told after every epoch of every group of models, possibly from several threads at once.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Sync);

/// Trains the plan's members: one model on all items per seed of the plan, in their order.
///
/// # Errors
/// As [`train`].
pub fn train_members(
    plan: &TrainingPlan,
    items: &Examples,
    threads: Threads,
    on_progress: OnProgress,
) -> Result<Vec<Mlp>, TrainError> {
    adapt_members(plan, &[], items, threads, on_progress)
}

/// Trains the plan's members from those of a base, which the plan names; from scratch if it names none.
///
/// # Errors
/// If the base is not the one that the plan names; as [`train`].
pub fn adapt_members(
    plan: &TrainingPlan,
    base: &[Mlp],
    items: &Examples,
    threads: Threads,
    on_progress: OnProgress,
) -> Result<Vec<Mlp>, TrainError> {
    check_start(plan, base)?;
    let runs: Vec<Run> =
        plan.seeds.iter().enumerate().map(|(index, &seed)| Run::full(seed).starting_from(base, index)).collect();
    train(plan, items, &runs, threads, on_progress)
}

/// Checks that a base is the one that a plan starts from.
pub(crate) fn check_start(plan: &TrainingPlan, base: &[Mlp]) -> Result<(), TrainError> {
    let name = |hash: Option<String>| hash.unwrap_or_else(|| "none".to_owned());
    let (expected, found) = (name(plan.start.clone()), name((!base.is_empty()).then(|| hex(&ensemble_hash(base)))));
    if expected == found { Ok(()) } else { Err(TrainError::Start { expected, found }) }
}

/// Trains one model per run, with the plan's rates; the plan's seeds are not used.
///
/// # Errors
/// If the plan cannot be used, the items do not fit it, or training diverges.
///
/// # Determinism
/// A model depends on plan, items and its own run, not on the other runs or the number of threads.
pub fn train(
    plan: &TrainingPlan,
    items: &Examples,
    runs: &[Run],
    threads: Threads,
    on_progress: OnProgress,
) -> Result<Vec<Mlp>, TrainError> {
    let architecture = plan.check()?;
    architecture.check(items)?;
    check_runs(&architecture, items, runs)?;
    let course = Course { plan, architecture: &architecture, items: ItemTensors::new(items, architecture.labels())? };
    let total = runs.len() * plan.epochs;
    let done = AtomicUsize::new(0);
    let epoch_done = |models: usize| {
        let before = done.fetch_add(models, Ordering::Relaxed);
        on_progress(Progress { done: before + models, total });
    };
    let at_once = MODELS_AT_ONCE.min(runs.len().div_ceil(threads.count())).max(1);
    let groups: Vec<&[Run]> = runs.chunks(at_once).collect();
    let trained = parallel::map(threads, groups.len(), |group| course.train_group(groups[group], &epoch_done));
    let mut models = Vec::with_capacity(runs.len());
    for group in trained {
        models.extend(group?);
    }
    Ok(models)
}

fn check_runs(architecture: &Architecture, items: &Examples, runs: &[Run]) -> Result<(), TrainError> {
    if items.is_empty() {
        return Err(TrainError::NoItems);
    }
    for start in runs.iter().filter_map(|run| run.start.as_ref()) {
        if start.architecture() != architecture {
            let (expected, found) = (format!("of {architecture:?}"), format!("of {:?}", start.architecture()));
            return Err(TrainError::Start { expected, found });
        }
    }
    for (run, keep) in runs.iter().enumerate().filter_map(|(index, run)| Some((index, run.keep.as_ref()?))) {
        if keep.len() != items.len() {
            return Err(TrainError::Keep { run, found: keep.len(), expected: items.len() });
        }
    }
    Ok(())
}

/// The items as tensors to pick batches from.
struct ItemTensors {
    /// `[items, inputs]`
    features: Tensor,
    /// One-hot, `[items, labels]`.
    targets: Tensor,
    count: usize,
}

impl ItemTensors {
    fn new(items: &Examples, labels: usize) -> candle_core::Result<Self> {
        let mut targets = vec![0f32; items.len() * labels];
        for (row, &label) in targets.chunks_exact_mut(labels).zip(items.labels()) {
            row[usize::from(label)] = 1.0;
        }
        Ok(Self {
            features: Tensor::from_slice(items.features(), (items.len(), items.width()), &Device::Cpu)?,
            targets: Tensor::from_vec(targets, (items.len(), labels), &Device::Cpu)?,
            count: items.len(),
        })
    }
}

/// What all groups of a training share.
struct Course<'a> {
    plan: &'a TrainingPlan,
    architecture: &'a Architecture,
    items: ItemTensors,
}

impl Course<'_> {
    fn train_group(&self, runs: &[Run], epoch_done: &(impl Fn(usize) + Sync)) -> Result<Vec<Mlp>, TrainError> {
        let plan = self.plan;
        let initial = |run: &Run| match &run.start {
            Some(start) => start.clone(),
            None => Mlp::initial(self.architecture.clone(), run.seed),
        };
        let models: Vec<Mlp> = runs.iter().map(initial).collect();
        let layers = Layers::stack(&models.iter().collect::<Vec<_>>())?;
        let (learning_rate, momentum, weight_decay) = (plan.learning_rate, plan.momentum, plan.weight_decay);
        let mut descent = Descent::new(layers, Rates { learning_rate, momentum, weight_decay });
        let mut orders: Vec<ItemOrder> = runs.iter().map(|run| ItemOrder::new(run.seed, self.items.count)).collect();
        let steps_per_epoch = self.items.count.div_ceil(plan.batch);
        let steps = plan.epochs * steps_per_epoch;
        for epoch in 0..plan.epochs {
            orders.iter_mut().for_each(ItemOrder::next_epoch);
            for (index, start) in (0..self.items.count).step_by(plan.batch).enumerate() {
                let end = (start + plan.batch).min(self.items.count);
                let picks: Vec<&[u32]> = orders.iter().map(|order| &order.items[start..end]).collect();
                let factor = plan.schedule.factor(epoch * steps_per_epoch + index, steps);
                descent.step(&self.batch(runs, &picks)?, factor)?;
            }
            epoch_done(runs.len());
        }
        let flat = descent.into_layers().unstack()?;
        flat.into_iter().map(|weights| Ok(Mlp::from_weights(self.architecture.clone(), weights)?)).collect()
    }

    /// The batch in which model `m` sees the items `picks[m]`.
    fn batch(&self, runs: &[Run], picks: &[&[u32]]) -> candle_core::Result<Batch> {
        let (models, size) = (picks.len(), picks[0].len());
        let indices = Tensor::from_vec(picks.concat(), models * size, &Device::Cpu)?;
        let mut weights = Vec::with_capacity(models * size);
        for (run, picks) in runs.iter().zip(picks) {
            push_weights(run.keep.as_deref(), picks, &mut weights);
        }
        let pick = |tensor: &Tensor| tensor.index_select(&indices, 0)?.reshape((models, size, ()));
        Ok(Batch {
            inputs: pick(&self.items.features)?,
            targets: pick(&self.items.targets)?,
            weights: Tensor::from_vec(weights, (models, size, 1), &Device::Cpu)?,
        })
    }
}

/// Weights that make a batch's loss the mean over the items it keeps: `1/kept`, or 0 for an item left out.
fn push_weights(keep: Option<&[bool]>, picks: &[u32], weights: &mut Vec<f32>) {
    let kept = |item: u32| keep.is_none_or(|keep| keep[item as usize]);
    let count = picks.iter().filter(|&&item| kept(item)).count();
    let weight = 1.0 / count.max(1) as f32;
    weights.extend(picks.iter().map(|&item| if kept(item) { weight } else { 0.0 }));
}

/// The order in which one seed visits the items, shuffled anew every epoch.
struct ItemOrder {
    random: Random,
    items: Vec<u32>,
}

impl ItemOrder {
    fn new(seed: u64, count: usize) -> Self {
        Self { random: Random::new(seed, Stream::Order), items: (0..count as u32).collect() }
    }

    fn next_epoch(&mut self) {
        self.random.shuffle(&mut self.items);
    }
}
