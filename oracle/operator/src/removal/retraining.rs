//! Training again, with everything and without each drawn contribution.

use anyhow::{Context, Result, ensure};
use compute::parallel;
use influence::{Job, Threads};
use lm::{
    evaluate,
    train::{Course, Trainer, TrainingPlan},
};
use rules::hash::Hash;

use super::{
    Wanted,
    case::Case,
    kept::{Kept, bytes_of, numbers_of},
};
use crate::progress::{Progress, Step};

/// One training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    /// The contribution that is left out.
    without: Option<usize>,
    seed: u64,
}

impl Run {
    fn name(self) -> String {
        match self.without {
            Some(contribution) => format!("without-{contribution}-seed-{}", self.seed),
            None => format!("with-all-seed-{}", self.seed),
        }
    }
}

/// What a training gave.
struct Retrained {
    /// Hash of what was trained.
    hash: Hash,
    /// Loss on every query, nats.
    losses: Vec<f64>,
}

/// Losses of all trainings.
pub(super) struct Truth {
    /// Their seeds, that of the plan first.
    pub seeds: Vec<u64>,
    /// Whether the first training with everything gave the audited model, bit for bit.
    pub reproduced: bool,
    /// `with_all[seed][query]`, nats.
    pub with_all: Vec<Vec<f64>>,
    /// `without[contribution drawn][seed][query]`, nats.
    pub without: Vec<Vec<Vec<f64>>>,
}

impl Truth {
    /// What the loss on a query rises by without a drawn contribution, nats; mean over seeds. Positive: the contribution helped.
    pub(super) fn effect(&self, drawn: usize, query: usize) -> f64 {
        let rises = self.without[drawn].iter().zip(&self.with_all).map(|(without, with)| without[query] - with[query]);
        rises.sum::<f64>() / self.seeds.len() as f64
    }

    /// The same of one seed, mean over queries.
    pub(super) fn mean_effect(&self, drawn: usize, seed: usize) -> f64 {
        mean(&self.without[drawn][seed]) - mean(&self.with_all[seed])
    }

    /// Mean loss with everything under a seed.
    pub(super) fn full_loss(&self, seed: usize) -> f64 {
        mean(&self.with_all[seed])
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Trains with everything and without each of `drawn`, once per seed.
///
/// # Errors
/// If nothing is left to learn from, a training diverges or is cancelled, or a kept result cannot be used.
pub(super) fn truth(
    case: &Case,
    drawn: &[usize],
    wanted: &Wanted,
    kept: &Kept,
    job: &Job,
    progress: &Progress,
) -> Result<Truth> {
    let seeds: Vec<u64> = (0..wanted.seeds as u64).map(|step| case.plan.seed.wrapping_add(step)).collect();
    let left_out: Vec<Option<usize>> = std::iter::once(None).chain(drawn.iter().copied().map(Some)).collect();
    for contribution in drawn {
        let name = &case.owners.names()[*contribution];
        let rest = (0..case.items.len()).any(|item| case.owners.of(item) != *contribution);
        ensure!(rest, "all items belong to {name}: without it nothing is left to learn from");
    }
    let runs: Vec<Run> =
        left_out.iter().flat_map(|without| seeds.iter().map(|seed| Run { without: *without, seed: *seed })).collect();
    let retrained = all(case, &runs, wanted.at_once, kept, job, progress)?;
    let reproduced = retrained[0].hash == case.hash_of(&case.model)?;
    let mut losses = retrained.into_iter().map(|one| one.losses);
    let mut of_all_seeds = || losses.by_ref().take(seeds.len()).collect::<Vec<_>>();
    let with_all = of_all_seeds();
    let without = drawn.iter().map(|_| of_all_seeds()).collect();
    Ok(Truth { reproduced, with_all, without, seeds })
}

fn all(
    case: &Case,
    runs: &[Run],
    at_once: usize,
    kept: &Kept,
    job: &Job,
    progress: &Progress,
) -> Result<Vec<Retrained>> {
    let steps = case.plan.steps(case.items.len());
    let step = progress.step(&format!("training {} times", runs.len()), (runs.len() * steps) as u64);
    let at_once = at_once.clamp(1, job.threads.count());
    // Each training has its share of the threads; how many changes no byte.
    let each = Job { threads: Threads::new(job.threads.count() / at_once), control: job.control.clone() };
    let outer = Job { threads: Threads::new(at_once), control: job.control.clone() };
    let results = parallel::map_under(&outer, runs.len(), |index| Ok(one(case, runs[index], kept, &each, &step)))?;
    results.into_iter().collect()
}

fn one(case: &Case, run: Run, kept: &Kept, job: &Job, step: &Step<'_>) -> Result<Retrained> {
    let name = run.name();
    let steps = case.plan.steps(case.items.len());
    let mut trained = 0;
    let bytes = kept.get_or(&name, || {
        let retrained = train(case, run, job, || {
            trained += 1;
            step.advance();
        });
        retrained.map(|one| [one.hash.as_slice(), bytes_of(&one.losses).as_slice()].concat())
    })?;
    (trained..steps).for_each(|_| step.advance());
    read(&bytes, case.queries.len()).with_context(|| format!("what {name} gave does not fit the queries"))
}

fn read(bytes: &[u8], queries: usize) -> Option<Retrained> {
    let (hash, losses) = bytes.split_first_chunk()?;
    Some(Retrained { hash: *hash, losses: numbers_of(losses, queries)? })
}

fn train(case: &Case, run: Run, job: &Job, mut on_step: impl FnMut()) -> Result<Retrained> {
    let plan = TrainingPlan { seed: run.seed, ..case.plan.clone() };
    let keep: Option<Vec<bool>> =
        run.without.map(|without| (0..case.items.len()).map(|item| case.owners.of(item) != without).collect());
    let course = Course { plan: &plan, items: &case.items, keep: keep.as_deref() };
    let mut trainer = Trainer::new(course, case.untrained(run.seed)?)?;
    while trainer.next(job)?.is_some() {
        on_step();
    }
    let model = trainer.model();
    let losses = evaluate::losses(model, &case.queries, case.layout(), job)?;
    Ok(Retrained { hash: case.hash_of(model)?, losses })
}
