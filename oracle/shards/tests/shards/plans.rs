//! What makes no plan, and what a task may not see.

use std::sync::Arc;

use compute::{Job, Threads};
use object_store::memory::InMemory;
use shards::pool::InputError;
use shards::{Inputs, JobId, Need, Plan, PlanError, RunError, Store, TaskId, Work, run};

const JOB: JobId = JobId([1; 32]);

#[test]
fn steps_that_do_not_fit_are_refused() {
    let mut plan = Plan::new();
    let first = plan.step(JOB, "first", 2, &[]).expect("a step");
    assert_eq!(plan.step(JOB, "first", 1, &[]), Err(PlanError::Twice("first".to_owned())));
    assert_eq!(plan.step(JOB, "a/b", 1, &[]), Err(PlanError::Name("a/b".to_owned())));
    assert_eq!(plan.step(JOB, "none", 0, &[]), Err(PlanError::NoShards("none".to_owned())));
    let apart = PlanError::Shards { step: "next".to_owned(), shards: 3, needed: "first".to_owned(), other: 2 };
    assert_eq!(plan.step(JOB, "next", 3, &[Need::Same(first)]), Err(apart));
    let unknown = PlanError::Unknown("next".to_owned());
    assert_eq!(Plan::new().step(JOB, "next", 2, &[Need::All(first)]), Err(unknown));
}

#[test]
fn objects_have_names_that_follow_from_their_tasks() {
    let task = TaskId { job: JobId([0xab; 32]), step: "pass1".to_owned(), shard: 12 };
    assert_eq!(task.object(), format!("jobs/{}/pass1/00000012", "ab".repeat(32)));
}

/// Looks at what its plan does not give it.
struct Curious(&'static str, u32);

impl Work for Curious {
    type Error = InputError;

    fn run(&self, task: &TaskId, inputs: &Inputs<'_>) -> Result<Vec<u8>, InputError> {
        if task.step == "last" {
            inputs.get(self.0, self.1)?;
        }
        Ok(vec![1])
    }
}

#[test]
fn a_task_gets_only_what_its_plan_gives_it() {
    let mut plan = Plan::new();
    let first = plan.step(JOB, "first", 2, &[]).expect("a step");
    plan.step(JOB, "other", 2, &[]).expect("a step");
    plan.step(JOB, "last", 2, &[Need::Same(first)]).expect("a step");
    for (step, shard) in [("other", 0), ("first", 1), ("unknown", 0), ("last", 0)] {
        let store = Store::over(Arc::new(InMemory::new())).expect("a store");
        let error = run(&plan, &Curious(step, shard), &store, &Job::from(Threads::new(1))).expect_err("refused");
        let RunError::Task { task, source: InputError::NotNeeded { step: named, .. } } = error else {
            panic!("{error}");
        };
        assert_eq!((task.step.as_str(), named.as_str()), ("last", step));
    }
}

/// Panics in its only task.
struct Broken;

impl Work for Broken {
    type Error = InputError;

    fn run(&self, task: &TaskId, _: &Inputs<'_>) -> Result<Vec<u8>, InputError> {
        assert_ne!(task.shard, 1, "shard 1 is broken");
        Ok(vec![2])
    }
}

#[test]
fn a_worker_that_panics_leaves_no_other_waiting() {
    let mut plan = Plan::new();
    let first = plan.step(JOB, "first", 2, &[]).expect("a step");
    plan.step(JOB, "last", 1, &[Need::All(first)]).expect("a step");
    let store = Store::over(Arc::new(InMemory::new())).expect("a store");
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(&plan, &Broken, &store, &Job::from(Threads::new(3))).is_ok()
    }));
    assert!(ended.is_err());
}
