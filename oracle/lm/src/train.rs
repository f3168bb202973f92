//! Training, full or of an adapter: seeded, resumable, the same bytes for any number of threads.
//!
//! For one seed the order of **all** items in every epoch is the same whatever is left out; a step's items are those of its place in the
//! order that are kept, and its loss is the mean over their predictions. So two runs of one seed differ by what was left out, and by
//! nothing else that can be helped.

use std::sync::Arc;

use candle_core::Tensor;
use compute::random::{Random, Stream};
use compute::{Cancelled, Job, parallel};
use rules::hash::{Hash, digest};
use serde::{Deserialize, Serialize};

use crate::evaluate::Layout;
use crate::loss;
use crate::model::Model;
use crate::optimizer::{AdamW, Moments};
use crate::pack::{Packed, TokenItem, pack};
use crate::tap::{Part, Site, Tap};
use crate::values;
use crate::weights::Slot;

pub use crate::checkpoint::{Checkpoint, CheckpointError};

/// Why training failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A number of the plan is out of its range.
    #[error("the plan has {name} = {value}, but it must be {allowed}")]
    Plan {
        /// Which number.
        name: &'static str,
        /// What it is.
        value: f64,
        /// What it may be.
        allowed: &'static str,
    },
    /// There is nothing to learn.
    #[error("there are no items with predictions to learn from")]
    NoItems,
    /// The list of kept items is of another length.
    #[error("{found} items are said to be kept or not, but there are {expected}")]
    Keep {
        /// Length of the list.
        found: usize,
        /// Number of items.
        expected: usize,
    },
    /// Weights left the finite numbers.
    #[error("training diverged at step {step}: lower the learning rate")]
    Diverged {
        /// The step.
        step: usize,
    },
    /// A checkpoint could not be written or used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A computation in candle failed.
    #[error("a tensor operation failed while training")]
    Compute(#[from] candle_core::Error),
    /// Somebody stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// How to train: fixed before training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingPlan {
    /// Passes over the items.
    pub epochs: usize,
    /// Items of a step.
    pub items_per_step: usize,
    /// Rows of a block.
    pub block_length: usize,
    /// Blocks computed together; another number gives other rounding.
    pub blocks_at_once: usize,
    /// The optimiser.
    pub optimizer: AdamW,
    /// Decides the order of the items, and the weights that training starts from where it starts from none.
    pub seed: u64,
}

impl TrainingPlan {
    /// Checks every number.
    ///
    /// # Errors
    /// Names the first that is out of its range.
    pub fn check(&self) -> Result<(), TrainError> {
        let check = |name, value: f64, allowed, fits: bool| {
            if fits { Ok(()) } else { Err(TrainError::Plan { name, value, allowed }) }
        };
        for (name, value) in [
            ("epochs", self.epochs),
            ("items_per_step", self.items_per_step),
            ("block_length", self.block_length),
            ("blocks_at_once", self.blocks_at_once),
        ] {
            check(name, value as f64, "at least 1", value > 0)?;
        }
        let AdamW { learning_rate, warmup, floor, beta1, beta2, epsilon, weight_decay, clip } = self.optimizer;
        for (name, value) in [("learning_rate", learning_rate), ("epsilon", epsilon), ("clip", clip)] {
            check(name, value, "positive", value.is_finite() && value > 0.0)?;
        }
        for (name, value) in [("warmup", warmup), ("floor", floor), ("beta1", beta1), ("beta2", beta2)] {
            check(name, value, "from 0 to below 1", (0.0..1.0).contains(&value))?;
        }
        check("weight_decay", weight_decay, "0 or more", weight_decay.is_finite() && weight_decay >= 0.0)
    }

    /// Steps of training on so many items.
    pub fn steps(&self, items: usize) -> usize {
        self.epochs * items.div_ceil(self.items_per_step)
    }
}

/// One step, as it was done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Which, from 0.
    pub step: usize,
    /// Of how many.
    pub steps: usize,
    /// Mean loss of its predictions before the step, nats.
    pub loss: f64,
    /// Weight of its predictions: tokens learned from.
    pub tokens: f64,
    /// Norm of the gradient before it was bounded.
    pub norm: f64,
}

/// What is trained on.
#[derive(Clone, Copy, Debug)]
pub struct Course<'a> {
    /// The plan.
    pub plan: &'a TrainingPlan,
    /// All items.
    pub items: &'a [TokenItem],
    /// Per item whether it is kept; all if `None`.
    pub keep: Option<&'a [bool]>,
}

impl Course<'_> {
    /// A hash of plan, items, what is kept and the weights at the start, under the tag `lm/training/2`.
    fn identity(&self, start: &Model) -> Result<Hash, candle_core::Error> {
        let plan = serde_json::to_vec(self.plan).expect("plain structs of numbers always serialise");
        let keep: Vec<u8> = self.keep.unwrap_or_default().iter().map(|kept| u8::from(*kept)).collect();
        let weights = start.weights().hash()?;
        let adapter = start.adapter().map(|adapter| adapter.hash()).transpose()?;
        let mut parts = vec![plan, keep, weights.to_vec(), adapter.map_or_else(Vec::new, Vec::from)];
        parts.extend(self.items.iter().map(|item| item_hash(item).to_vec()));
        Ok(digest("lm/training/2", &parts.iter().map(Vec::as_slice).collect::<Vec<_>>()))
    }
}

fn item_hash(item: &TokenItem) -> Hash {
    let tokens: Vec<u8> = item.tokens.iter().flat_map(|token| token.to_le_bytes()).collect();
    let weights: Vec<u8> = item.weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
    digest("lm/item/1", &[&tokens, &weights])
}

/// A training on its way.
pub struct Trainer<'a> {
    course: Course<'a>,
    pub(crate) model: Model,
    pub(crate) moments: Moments,
    pub(crate) step: usize,
    identity: Hash,
    orders: Orders,
}

impl<'a> Trainer<'a> {
    /// Begins with a model: its adapter is trained if it has one, else all its weights.
    ///
    /// # Errors
    /// If plan and items cannot be used.
    pub fn new(course: Course<'a>, model: Model) -> Result<Self, TrainError> {
        course.plan.check()?;
        if let Some(keep) = course.keep.filter(|keep| keep.len() != course.items.len()) {
            return Err(TrainError::Keep { found: keep.len(), expected: course.items.len() });
        }
        let kept = |index: usize| course.keep.is_none_or(|keep| keep[index]);
        if !course.items.iter().enumerate().any(|(index, item)| kept(index) && item.weight() > 0.0) {
            return Err(TrainError::NoItems);
        }
        let moments = Moments::zeros(model.trainable())?;
        let identity = course.identity(&model)?;
        let orders = Orders::new(course.plan.seed, course.items.len());
        Ok(Self { course, model, moments, step: 0, identity, orders })
    }

    /// Steps done.
    pub fn done(&self) -> usize {
        self.step
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.course.plan.steps(self.course.items.len())
    }

    /// The model as it is now.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What the training is of: plan, items, what is kept, and the weights that it starts from. A checkpoint of another is refused.
    pub fn identity(&self) -> Hash {
        self.identity
    }

    /// Does the next step; `None` once all are done.
    ///
    /// # Errors
    /// If it diverges, is cancelled or candle fails.
    pub fn next(&mut self, job: &Job) -> Result<Option<Step>, TrainError> {
        let (step, steps) = (self.step, self.steps());
        if step == steps {
            return Ok(None);
        }
        job.control.check()?;
        let picked = self.picked();
        let packed = pack(picked, self.course.plan.block_length);
        let sum = self.gradients(&packed, job)?;
        if sum.tokens > 0.0 {
            let mut weights = self.model.trainable().to_vec();
            let mean = sum.gradients.iter().map(|gradient| gradient / sum.tokens).collect::<Result<Vec<_>, _>>()?;
            let norm = self.moments.step(&self.course.plan.optimizer, &mut weights, &mean, step, steps)?;
            if !norm.is_finite() || !sum.loss.is_finite() {
                return Err(TrainError::Diverged { step });
            }
            self.model = self.model.with_trainable(weights);
            self.step += 1;
            return Ok(Some(Step { step, steps, loss: sum.loss / sum.tokens, tokens: sum.tokens, norm }));
        }
        self.step += 1;
        Ok(Some(Step { step, steps, loss: 0.0, tokens: 0.0, norm: 0.0 }))
    }

    /// The kept items of this step's place in the order.
    fn picked(&mut self) -> Vec<&'a TokenItem> {
        let Course { plan, items, keep } = self.course;
        let per_epoch = items.len().div_ceil(plan.items_per_step);
        let order = self.orders.of(self.step / per_epoch);
        let first = self.step % per_epoch * plan.items_per_step;
        let picks = &order[first..(first + plan.items_per_step).min(items.len())];
        let kept = |index: usize| keep.is_none_or(|keep| keep[index]);
        picks.iter().map(|&index| index as usize).filter(|&index| kept(index)).map(|index| &items[index]).collect()
    }

    /// Sums in the order of the blocks. No more gradients are held at once than there are threads, and one more.
    fn gradients(&self, packed: &Packed, job: &Job) -> Result<Sum, TrainError> {
        let TrainingPlan { block_length, blocks_at_once, .. } = *self.course.plan;
        let groups = Layout { block_length, blocks_at_once }.groups(packed);
        let mut sum = Sum { loss: 0.0, tokens: 0.0, gradients: Vec::new() };
        for wave in groups.chunks(job.threads.count()) {
            for part in parallel::map(job.threads, wave.len(), |group| self.part(packed, wave[group].clone())) {
                sum.add(part?)?;
            }
        }
        Ok(sum)
    }

    fn part(&self, packed: &Packed, blocks: std::ops::Range<usize>) -> Result<Sum, TrainError> {
        let weights = self.model.weights();
        let batch = packed.batch(blocks, self.model.config(), weights.dtype(), weights.device())?;
        let trace = self.model.forward(&batch)?;
        let scored = loss::score(&trace.logits, batch.targets(), batch.weights())?;
        let mut tap = WeightGradients::new(&self.model);
        self.model.backward(&trace, &batch, &scored.by_logits, &mut tap)?;
        let rows = scored.losses.iter().zip(batch.weights());
        Ok(Sum {
            loss: rows.map(|(loss, weight)| f64::from(*loss) * f64::from(*weight)).sum(),
            tokens: batch.weights().iter().map(|weight| f64::from(*weight)).sum(),
            gradients: tap.into_gradients()?,
        })
    }
}

/// Summed over predictions.
struct Sum {
    loss: f64,
    tokens: f64,
    gradients: Vec<Tensor>,
}

impl Sum {
    fn add(&mut self, other: Self) -> Result<(), candle_core::Error> {
        self.loss += other.loss;
        self.tokens += other.tokens;
        if self.gradients.is_empty() {
            self.gradients = other.gradients;
        } else {
            for (sum, gradient) in self.gradients.iter_mut().zip(other.gradients) {
                *sum = values::add(sum, &gradient)?;
            }
        }
        Ok(())
    }
}

impl Model {
    /// What training changes: the adapter's weights, or all weights where there is none.
    pub fn trainable(&self) -> &[Tensor] {
        self.adapter().map_or_else(|| self.weights().tensors(), |adapter| adapter.tensors())
    }
}

/// Gradients of all trained weights, summed over the rows shown.
pub struct WeightGradients<'a> {
    model: &'a Model,
    sites: Vec<Site>,
    sums: Vec<Option<Tensor>>,
}

impl<'a> WeightGradients<'a> {
    /// None yet.
    pub fn new(model: &'a Model) -> Self {
        let sites = model.adapter().map_or_else(Vec::new, |adapter| adapter.sites());
        Self { model, sites, sums: vec![None; model.trainable().len()] }
    }

    /// In the order of [`Model::trainable`]; 0 for what was not shown.
    ///
    /// # Errors
    /// What candle says.
    pub fn into_gradients(self) -> Result<Vec<Tensor>, candle_core::Error> {
        let weights = self.model.trainable().iter();
        self.sums.into_iter().zip(weights).map(|(sum, weight)| sum.map_or_else(|| weight.zeros_like(), Ok)).collect()
    }

    fn add(&mut self, index: usize, gradient: Tensor) -> Result<(), candle_core::Error> {
        let sum = &mut self.sums[index];
        *sum = Some(match sum.take() {
            Some(sum) => values::add(&sum, &gradient)?,
            None => gradient,
        });
        Ok(())
    }

    fn index(&self, site: Site) -> Option<usize> {
        match (self.model.adapter(), site.part) {
            (None, Part::Whole) => Some(site.map.slot().index(self.model.config())),
            (Some(_), Part::Down | Part::Up) => self.sites.iter().position(|own| *own == site),
            _ => None,
        }
    }
}

impl Tap for WeightGradients<'_> {
    fn wants(&self, site: Site) -> bool {
        self.index(site).is_some()
    }

    fn linear(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> candle_core::Result<()> {
        match self.index(site) {
            Some(index) => self.add(index, gradients.t()?.matmul(inputs)?),
            None => Ok(()),
        }
    }

    fn wants_rest(&self) -> bool {
        self.model.adapter().is_none()
    }

    fn norm(&mut self, slot: Slot, gradient: Tensor) -> candle_core::Result<()> {
        self.add(slot.index(self.model.config()), gradient)
    }

    fn embedding(&mut self, tokens: &Tensor, gradients: &Tensor) -> candle_core::Result<()> {
        let weight = self.model.weights().get(Slot::Embedding);
        let gradients = values::wide(gradients)?;
        let zeros = Tensor::zeros(weight.dims(), gradients.dtype(), weight.device())?;
        let sums = zeros.index_add(tokens, &gradients, 0)?.to_dtype(weight.dtype())?;
        self.add(Slot::Embedding.index(self.model.config()), sums)
    }
}

/// The order of the items in each epoch.
struct Orders {
    seed: u64,
    items: usize,
    epoch: usize,
    order: Arc<[u32]>,
}

impl Orders {
    fn new(seed: u64, items: usize) -> Self {
        Self { seed, items, epoch: 0, order: order(seed, items, 0) }
    }

    fn of(&mut self, epoch: usize) -> Arc<[u32]> {
        if epoch != self.epoch {
            (self.epoch, self.order) = (epoch, order(self.seed, self.items, epoch));
        }
        self.order.clone()
    }
}

/// All items, shuffled once for every epoch up to this one.
fn order(seed: u64, items: usize, epoch: usize) -> Arc<[u32]> {
    let mut random = Random::new(seed, Stream::Order);
    let mut order: Vec<u32> = (0..items as u32).collect();
    (0..=epoch).for_each(|_| random.shuffle(&mut order));
    order.into()
}
