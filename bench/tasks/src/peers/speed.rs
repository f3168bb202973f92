//! How fast the same models are trained, to say what attribution costs beside it.

use std::time::Instant;

use anyhow::Result;
use compute::{Job, Threads};
use influence::manifest::TrainingPlan;
use influence::train::train_members;
use lm::train::{Course, Trainer};

use crate::{digits, text};

/// Networks that are trained at once, and passes over the items: some seconds.
const NETWORKS: u64 = 10;
const EPOCHS: usize = 20;
/// Steps of a language model's training that are not timed, and those that are.
const WARM_STEPS: usize = 2;
const TIMED_STEPS: usize = 12;

/// Items per second in the training of Task A's networks, passes over each network counted.
///
/// # Errors
/// If training fails.
pub fn of_classifiers(task: &digits::Task, threads: Threads) -> Result<f64> {
    let plan = TrainingPlan { epochs: EPOCHS, ..digits::Task::plan((0..NETWORKS).collect()) };
    let start = Instant::now();
    train_members(&plan, &task.items, threads, &|_| ())?;
    let passed = NETWORKS as usize * EPOCHS * task.items.len();
    Ok(passed as f64 / start.elapsed().as_secs_f64())
}

/// Items per second in the training of a language model's task.
///
/// # Errors
/// If training fails.
pub fn of_language(task: &text::Task, job: &Job) -> Result<f64> {
    let course = Course { plan: &task.plan, items: &task.items, keep: None };
    let mut trainer = Trainer::new(course, task.untrained(task.plan.seed)?)?;
    for _ in 0..WARM_STEPS {
        trainer.next(job)?;
    }
    let start = Instant::now();
    for _ in 0..TIMED_STEPS {
        trainer.next(job)?;
    }
    Ok((TIMED_STEPS * task.plan.items_per_step) as f64 / start.elapsed().as_secs_f64())
}
