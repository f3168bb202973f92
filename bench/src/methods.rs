//! The methods compared: how members are trained, and what each predicts of retraining on subsets.

use anyhow::{Context, Result};
use influence::Threads;
use influence::damping::{self, Candidate};
use influence::ggn;
use influence::manifest::{Schedule, TrainingManifest, TrainingPlan};
use influence::mlp::Mlp;
use influence::score::{Influence, precondition};
use influence::train::train_members;
use tasks::digits::Task;
use tasks::lds;

use crate::stopwatch::{Spent, timed};

/// Predicted losses, `[subset][test]`.
pub type Predicted = Vec<Vec<f64>>;

/// Weight decays that are tried for members, as multiples of the task's.
const WEIGHT_DECAYS: [f64; 4] = [1.0, 2.0, 3.0, 5.0];

/// Members of one way of training, and what it took.
pub struct Members {
    /// How they were trained.
    pub plan: TrainingPlan,
    /// One model per seed.
    pub models: Vec<Mlp>,
    /// Training of the first alone.
    pub first: Spent,
    /// Training of all together.
    pub all: Spent,
}

impl Members {
    /// Trains by `plan`.
    ///
    /// # Errors
    /// If training fails.
    pub fn train(plan: TrainingPlan, task: &Task, threads: Threads) -> Result<Self> {
        let one = TrainingPlan { seeds: plan.seeds[..1].to_vec(), ..plan.clone() };
        let (alone, first) = timed(|| train_members(&one, &task.items, threads, &|_| ()));
        alone?;
        let (models, all) = timed(|| train_members(&plan, &task.items, threads, &|_| ()));
        Ok(Self { models: models?, plan, first, all })
    }

    /// What exact Gauss-Newton influence under each single member predicts: the engine's own method at a damping.
    ///
    /// # Errors
    /// If the curvature cannot be inverted.
    pub fn influence(&self, damping: f64, task: &Task, threads: Threads) -> Result<Vec<(Predicted, Spent)>> {
        let of_member = |(model, &seed): (&Mlp, &u64)| {
            let plan = TrainingPlan { seeds: vec![seed], ..self.plan.clone() };
            let manifest = TrainingManifest::new(plan, damping);
            let (predicted, spent) = timed(|| -> Result<Predicted> {
                let preconditioned = precondition(&manifest, std::slice::from_ref(model), &task.items, threads)?;
                Ok(predicted_by(&preconditioned.influence(&task.tests, threads)?, task))
            });
            Ok((predicted?, spent))
        };
        self.models.iter().zip(&self.plan.seeds).map(of_member).collect()
    }

    /// What the plain product of gradients predicts under each single member: the floor.
    ///
    /// # Errors
    /// If the examples do not fit the model.
    pub fn gradient_products(&self, task: &Task) -> Result<Vec<(Predicted, Spent)>> {
        let of_member = |model: &Mlp| {
            let (predicted, spent) = timed(|| gradient_products(model, task));
            Ok((predicted?, spent))
        };
        self.models.iter().map(of_member).collect()
    }
}

/// What influence predicts of a training on every subset.
fn predicted_by(influence: &Influence, task: &Task) -> Predicted {
    let rows: Vec<Vec<f64>> = (0..influence.queries()).map(|query| influence.row(query).to_vec()).collect();
    let halves: Vec<Vec<bool>> = (0..task.subsets.len()).map(|subset| task.keep(subset)).collect();
    lds::predicted_losses(&rows, &halves)
}

fn gradient_products(model: &Mlp, task: &Task) -> Result<Predicted> {
    let (items, tests) = (ggn::gradients(model, &task.items)?, ggn::gradients(model, &task.tests)?);
    let of_subset = |subset: &Vec<u32>| {
        let mut sum = vec![0.0; items.nrows()];
        for &item in subset {
            sum.iter_mut().zip(items.col_as_slice(item as usize)).for_each(|(sum, value)| *sum += value);
        }
        let product = |test: usize| -> f64 { sum.iter().zip(tests.col_as_slice(test)).map(|(a, b)| a * b).sum() };
        (0..tests.ncols()).map(|test| -product(test)).collect()
    };
    Ok(task.subsets.iter().map(of_subset).collect())
}

/// The mean of several members' predictions.
pub fn mean(predictions: &[(Predicted, Spent)]) -> Predicted {
    let count = predictions.len() as f64;
    let mut mean = vec![vec![0.0; predictions[0].0[0].len()]; predictions[0].0.len()];
    for (predicted, _) in predictions {
        for (row, own) in mean.iter_mut().zip(predicted) {
            row.iter_mut().zip(own).for_each(|(sum, loss)| *sum += loss / count);
        }
    }
    mean
}

/// What the written procedure says of dampings for the first member: trained on halves by the task's plan, judged by held-out training items;
/// no test and no subset of the truth goes in.
pub struct Judged {
    /// The damping that the procedure takes: the smallest of use.
    pub taken: f64,
    /// The one of best quality.
    pub best: Candidate,
    /// What judging took.
    pub spent: Spent,
}

/// Judges the dampings for members that were trained by any plan.
///
/// # Errors
/// If a training fails.
pub fn judge(members: &Members, task: &Task, threads: Threads) -> Result<Judged> {
    let plan = Task::plan(vec![members.plan.seeds[0]]);
    let (choice, spent) = timed(|| damping::choose(&plan, &members.models[..1], &task.items, threads, &|_| ()));
    let choice = choice?;
    let better = |left: &&Candidate, right: &&Candidate| left.quality.total_cmp(&right.quality);
    let best = *choice.candidates.iter().max_by(better).context("the grid of dampings is empty")?;
    Ok(Judged { taken: choice.damping, best, spent })
}

/// The task's training with a step size that falls to 0.
pub fn falling(seeds: Vec<u64>) -> TrainingPlan {
    TrainingPlan { schedule: Schedule::Linear, ..Task::plan(seeds) }
}

/// Of falling step sizes with 1, 2, 3 and 5 times the task's weight decay, the one that [`judge`] finds best with one member, and what the
/// judging took.
///
/// # Errors
/// If a training fails.
pub fn best_weight_decay(seeds: &[u64], task: &Task, threads: Threads) -> Result<(TrainingPlan, Spent)> {
    let mut judged = Vec::new();
    for factor in WEIGHT_DECAYS {
        let plan = falling(seeds[..1].to_vec());
        let plan = TrainingPlan { weight_decay: factor * plan.weight_decay, ..plan };
        let members = Members::train(plan, task, threads)?;
        judged.push((judge(&members, task, threads)?, members.plan));
    }
    let spent = judged.iter().map(|(judged, _)| judged.spent).sum();
    let best = judged.into_iter().max_by(|(left, _), (right, _)| left.best.quality.total_cmp(&right.best.quality));
    let (_, plan) = best.context("there is no weight decay to try")?;
    Ok((TrainingPlan { seeds: seeds.to_vec(), ..plan }, spent))
}
