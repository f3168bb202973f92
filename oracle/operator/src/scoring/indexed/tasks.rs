//! The tasks of an index and of scores from it, as workers take them, and their outputs.

use std::{error::Error, sync::Mutex, time::Instant};

use anyhow::{Context, Result};
use influence::index::{Bytes, Index, IndexError, Needed, Planned, Scoring, Step};
use shards::{Inputs, JobId, Need, Output, Plan, Store, TaskId, Work};

use super::outcome::StepSpent;

/// The tasks, and what they took.
pub(super) struct Tasks<'a> {
    index: &'a Index<'a>,
    scoring: Option<&'a Scoring<'a>>,
    /// Tasks that were done now, and seconds, in the order of [`Step::ALL`].
    spent: Mutex<Vec<(u32, f64)>>,
}

impl<'a> Tasks<'a> {
    pub(super) fn new(index: &'a Index<'a>, scoring: Option<&'a Scoring<'a>>) -> Self {
        Self { index, scoring, spent: Mutex::new(vec![(0, 0.0); Step::ALL.len()]) }
    }

    fn planned(&self) -> Vec<Planned> {
        let scoring = self.scoring.map_or_else(Vec::new, Scoring::steps);
        self.index.steps().into_iter().chain(scoring).collect()
    }

    /// All of them.
    pub(super) fn plan(&self) -> Result<Plan> {
        let mut plan = Plan::new();
        for Planned { step, shards } in self.planned() {
            let need = |(needed, which): &(Step, Needed)| {
                let found = plan.find(needed.name()).context("steps are in their order")?;
                Ok(match which {
                    Needed::Same => Need::Same(found),
                    Needed::All => Need::All(found),
                })
            };
            let needs = step.needs().iter().map(need).collect::<Result<Vec<_>>>()?;
            plan.step(self.job(step), step.name(), shards, &needs)?;
        }
        Ok(plan)
    }

    fn job(&self, step: Step) -> JobId {
        JobId(self.scoring.filter(|_| !step.is_of_index()).map_or_else(|| self.index.job(), Scoring::job))
    }

    fn note(&self, step: Step, start: Instant) {
        let mut spent = self.spent.lock().expect("adding does not panic");
        let place = Step::ALL.iter().position(|own| *own == step).expect("all steps are among all");
        let (tasks, seconds) = &mut spent[place];
        *tasks += 1;
        *seconds += start.elapsed().as_secs_f64();
    }

    /// What every planned step took, and what was there before.
    pub(super) fn spent(&self) -> Vec<StepSpent> {
        let spent = self.spent.lock().expect("adding does not panic");
        let of_step = |Planned { step, shards }: Planned| {
            let place = Step::ALL.iter().position(|own| *own == step).expect("all steps are among all");
            let (done, seconds) = spent[place];
            StepSpent { step: step.name(), tasks: shards, found: shards - done, seconds }
        };
        self.planned().into_iter().map(of_step).collect()
    }
}

impl Work for Tasks<'_> {
    type Error = IndexError;

    fn run(&self, task: &TaskId, inputs: &Inputs<'_>) -> Result<Vec<u8>, IndexError> {
        let step = Step::named(&task.step).expect("the plan has these steps only");
        let start = Instant::now();
        let output = match self.scoring.filter(|_| !step.is_of_index()) {
            Some(scoring) => scoring.run(step, task.shard, &Given(inputs)),
            None => self.index.run(step, task.shard, &Given(inputs)),
        }?;
        self.note(step, start);
        Ok(output)
    }
}

/// What the plan gives to a task.
struct Given<'a>(&'a Inputs<'a>);

impl influence::index::Inputs for Given<'_> {
    fn get(&self, step: Step, shard: u32) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
        Ok(Box::new(self.0.get(step.name(), shard)?))
    }
}

/// Outputs of finished jobs.
pub(super) struct Outputs<'a> {
    store: &'a Store,
    tasks: &'a Tasks<'a>,
}

impl<'a> Outputs<'a> {
    pub(super) fn new(store: &'a Store, tasks: &'a Tasks<'a>) -> Self {
        Self { store, tasks }
    }

    /// The output of a task.
    pub(super) fn need(&self, step: Step, shard: u32) -> Result<Output, shards::StoreError> {
        self.store.need(&TaskId { job: self.tasks.job(step), step: step.name().to_owned(), shard })
    }

    /// Number of items of each shard, in their order.
    pub(super) fn shards(&self) -> Vec<usize> {
        (0..).map_while(|shard| self.tasks.index.rows_of(shard)).map(|rows| rows.count as usize).collect()
    }
}

impl influence::index::Inputs for Outputs<'_> {
    fn get(&self, step: Step, shard: u32) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
        Ok(Box::new(self.need(step, shard)?))
    }
}
