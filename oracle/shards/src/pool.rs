//! Workers that do all tasks of a plan.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Mutex;

use compute::{Cancelled, Job};
use rules::hash::Hash;
use rules::tree;

use crate::plan::{JobId, Need, Plan, TaskId};
use crate::schedule::{Claim, Schedule};
use crate::seal;
use crate::store::{Output, Store, StoreError};

/// Tag of the tree over the outputs of a job.
pub const TAG_JOB: &str = "shards/job/1";

/// What computes tasks.
pub trait Work: Sync {
    /// Why a task could not be done.
    type Error: Error + Send + Sync + 'static;

    /// The output of a task: a function of the task and of its inputs, and of nothing else.
    ///
    /// # Errors
    /// Whatever stops it; no output is written then.
    fn run(&self, task: &TaskId, inputs: &Inputs<'_>) -> Result<Vec<u8>, Self::Error>;
}

/// Why a plan was not finished. What was done stays done.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E: Error + 'static> {
    /// A task failed.
    #[error("the task {task} failed")]
    Task {
        /// The task.
        task: Box<TaskId>,
        /// Why.
        #[source]
        source: E,
    },
    /// An output could not be written or read, or is not what it should be.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Why a task did not get an input.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The plan does not give it to the task, which would then not be a function of what the plan says.
    #[error("{task} asks for {step} of shard {shard}, which its plan does not give it")]
    NotNeeded {
        /// The task.
        task: Box<TaskId>,
        /// The step asked for.
        step: String,
        /// The shard asked for.
        shard: u32,
    },
    /// It cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The outputs that a task needs.
pub struct Inputs<'a> {
    plan: &'a Plan,
    store: &'a Store,
    task: &'a TaskId,
}

impl Inputs<'_> {
    /// The output of a shard of an earlier step.
    ///
    /// # Errors
    /// If the plan does not give it to the task, or it cannot be read.
    pub fn get(&self, step: &str, shard: u32) -> Result<Output, InputError> {
        let refused = || InputError::NotNeeded { task: Box::new(self.task.clone()), step: step.to_owned(), shard };
        let own = self.plan.find(&self.task.step).ok_or_else(refused)?;
        let wanted = self.plan.find(step).ok_or_else(refused)?;
        let gives = |need: &Need| match need {
            Need::Same(given) => *given == wanted && shard == self.task.shard,
            Need::All(given) => *given == wanted && shard < self.plan.steps[wanted.0].shards,
        };
        if !self.plan.steps[own.0].needs.iter().any(gives) {
            return Err(refused());
        }
        Ok(self.store.need(&self.plan.task(wanted.0, shard))?)
    }
}

/// What a finished plan put out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Hashes of the outputs of each job, in the order of steps and shards.
    outputs: BTreeMap<JobId, Vec<Hash>>,
}

impl Finished {
    fn of(plan: &Plan, hashes: Vec<Vec<Hash>>) -> Self {
        let mut outputs: BTreeMap<JobId, Vec<Hash>> = BTreeMap::new();
        for (step, hashes) in plan.steps.iter().zip(hashes) {
            outputs.entry(step.job).or_default().extend(hashes);
        }
        Self { outputs }
    }

    /// Commitment to all outputs of a job: the Merkle tree over their hashes under [`TAG_JOB`]; `None` if the plan has no step of it.
    pub fn root(&self, job: JobId) -> Option<Hash> {
        let leaves: Vec<Hash> = self.outputs.get(&job)?.iter().map(|hash| tree::leaf(hash)).collect();
        Some(tree::commitment(TAG_JOB, leaves.len() as u64, &tree::top(&leaves)))
    }
}

/// Does all tasks of a plan whose outputs are not there, on as many workers as the job has threads.
///
/// Blocks; not for asynchronous code.
///
/// # Errors
/// If a task or the store fails, or the job is cancelled. Tasks that were begun are finished first.
///
/// # Determinism
/// The same outputs for any number of workers and pools, however often they were stopped.
pub fn run<W: Work>(plan: &Plan, work: &W, store: &Store, job: &Job) -> Result<Finished, RunError<W::Error>> {
    each(plan, job, |task| match store.get(task)? {
        Some(output) => Ok(output.hash()),
        None => Ok(store.put(task, compute(plan, work, store, task)?)?),
    })
}

/// Does all tasks of a plan again from the inputs that are there, and compares with the outputs that are there. Writes nothing.
///
/// # Errors
/// As [`run`]; [`StoreError::Different`] names both hashes of an output that is wrong.
pub fn verify<W: Work>(plan: &Plan, work: &W, store: &Store, job: &Job) -> Result<Finished, RunError<W::Error>> {
    each(plan, job, |task| {
        let payload = compute(plan, work, store, task)?;
        Ok(store.agree(task, seal::hash(task, &payload))?)
    })
}

fn compute<W: Work>(plan: &Plan, work: &W, store: &Store, task: &TaskId) -> Result<Vec<u8>, RunError<W::Error>> {
    let inputs = Inputs { plan, store, task };
    work.run(task, &inputs).map_err(|source| RunError::Task { task: Box::new(task.clone()), source })
}

fn each<E: Error + Send + 'static>(
    plan: &Plan,
    job: &Job,
    output: impl Fn(&TaskId) -> Result<Hash, RunError<E>> + Sync,
) -> Result<Finished, RunError<E>> {
    job.control.begin(plan.tasks().count());
    let schedule = Schedule::new(plan);
    let failed: Mutex<Option<RunError<E>>> = Mutex::new(None);
    let work = || {
        while let Some(claim) = schedule.take() {
            let done = job.control.check().map_err(RunError::from);
            match done.and_then(|()| output(&plan.task(claim.step, claim.shard))) {
                Ok(hash) => finish(claim, hash, job),
                // The claim is given up only now, so that the first error is the one that is told.
                Err(error) => note(&failed, error),
            }
        }
    };
    std::thread::scope(|scope| (0..job.threads.count()).for_each(|_| drop(scope.spawn(work))));
    if let Some(error) = failed.into_inner().expect("no worker panics with the lock") {
        return Err(error);
    }
    let hashes = schedule.hashes().expect("without an error all tasks are done");
    Ok(Finished::of(plan, hashes))
}

/// Keeps the first error.
fn note<E>(failed: &Mutex<Option<E>>, error: E) {
    failed.lock().expect("no worker panics with the lock").get_or_insert(error);
}

fn finish(claim: Claim<'_, '_>, hash: Hash, job: &Job) {
    claim.finish(hash);
    job.control.advance(1);
}
