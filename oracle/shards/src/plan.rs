//! Which tasks there are, and what each needs.

use std::fmt;

use rules::hash::Hash;

/// A job: the hash of everything that its outputs depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub Hash);

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "JobId({self})")
    }
}

/// One task: its output is a function of this and of what it needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskId {
    /// The job.
    pub job: JobId,
    /// Name of the step.
    pub step: String,
    /// The shard, from 0.
    pub shard: u32,
}

impl TaskId {
    /// Name of the task's output in a store: `jobs/<job>/<step>/<shard>`, the shard with eight digits.
    pub fn object(&self) -> String {
        format!("jobs/{}/{}/{:08}", self.job, self.step, self.shard)
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of shard {}", self.step, self.shard)
    }
}

/// A step of one plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepId(pub(crate) usize);

/// What a shard needs of an earlier step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The output of the shard of its own number.
    Same(StepId),
    /// The outputs of all shards.
    All(StepId),
}

impl Need {
    pub(crate) fn step(self) -> usize {
        let (Self::Same(step) | Self::All(step)) = self;
        step.0
    }
}

/// Why steps make no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A name that cannot be part of an object's.
    #[error("`{0}` is no name of a step: use lower-case letters, digits and hyphens")]
    Name(String),
    /// Two steps of one name.
    #[error("two steps are named `{0}`: a task finds its inputs by the names of steps")]
    Twice(String),
    /// A step without tasks.
    #[error("step `{0}` has no shards: give it one at least")]
    NoShards(String),
    /// A need of a step that the plan does not have before it.
    #[error("step `{0}` needs a step of another plan: take those that this plan gave")]
    Unknown(String),
    /// Shard by shard, but of different numbers of shards.
    #[error("step `{step}` of {shards} shards cannot go shard by shard with `{needed}`, which has {other}")]
    Shards {
        /// The step.
        step: String,
        /// Its shards.
        shards: u32,
        /// What it needs.
        needed: String,
        /// The shards of that.
        other: u32,
    },
}

/// One step.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) job: JobId,
    pub(crate) name: String,
    pub(crate) shards: u32,
    pub(crate) needs: Vec<Need>,
}

/// Steps in an order in which each comes after what it needs. They may be of several jobs: scores of many rounds go back to one index.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub(crate) steps: Vec<Step>,
}

impl Plan {
    /// A plan without steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a step.
    ///
    /// # Errors
    /// If its name is taken or cannot be one, it has no shards, or a need does not fit.
    pub fn step(&mut self, job: JobId, name: &str, shards: u32, needs: &[Need]) -> Result<StepId, PlanError> {
        let of_name = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
        if name.is_empty() || !name.chars().all(of_name) {
            return Err(PlanError::Name(name.to_owned()));
        }
        if self.find(name).is_some() {
            return Err(PlanError::Twice(name.to_owned()));
        }
        if shards == 0 {
            return Err(PlanError::NoShards(name.to_owned()));
        }
        needs.iter().try_for_each(|need| self.fits(*need, name, shards))?;
        self.steps.push(Step { job, name: name.to_owned(), shards, needs: needs.to_vec() });
        Ok(StepId(self.steps.len() - 1))
    }

    fn fits(&self, need: Need, name: &str, shards: u32) -> Result<(), PlanError> {
        let Some(step) = self.steps.get(need.step()) else { return Err(PlanError::Unknown(name.to_owned())) };
        if matches!(need, Need::Same(_)) && step.shards != shards {
            let (step, needed, other) = (name.to_owned(), step.name.clone(), step.shards);
            return Err(PlanError::Shards { step, shards, needed, other });
        }
        Ok(())
    }

    /// The step of a name.
    pub fn find(&self, name: &str) -> Option<StepId> {
        self.steps.iter().position(|step| step.name == name).map(StepId)
    }

    /// All tasks, step by step.
    pub fn tasks(&self) -> impl Iterator<Item = TaskId> + '_ {
        (0..self.steps.len())
            .flat_map(move |step| (0..self.steps[step].shards).map(move |shard| self.task(step, shard)))
    }

    pub(crate) fn task(&self, step: usize, shard: u32) -> TaskId {
        let Step { job, name, .. } = &self.steps[step];
        TaskId { job: *job, step: name.clone(), shard }
    }
}
