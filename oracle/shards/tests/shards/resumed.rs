//! A job that is killed anywhere goes on and ends with the same root.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use compute::{Job, Threads};
use object_store::memory::InMemory;
use shards::{RunError, Store, run};

use super::arithmetic::{Arithmetic, JOB, TASKS, plan};
use super::failing::{Dies, Failing};

fn threads(count: usize) -> Job {
    Job::from(Threads::new(count))
}

fn undisturbed() -> [u8; 32] {
    let store = Store::over(Arc::new(InMemory::new())).expect("a store");
    run(&plan(), &Arithmetic::default(), &store, &threads(1)).expect("finished").root(JOB).expect("a root")
}

#[test]
fn a_job_killed_at_any_write_ends_with_the_same_root() {
    let expected = undisturbed();
    for dies in [Dies::Before, Dies::After] {
        for writes in 0..TASKS {
            let inner = Arc::new(InMemory::new());
            let dying = Store::over(Failing::new(inner.clone(), writes, dies)).expect("a store");
            let work = Arithmetic::default();
            run(&plan(), &work, &dying, &threads(2)).expect_err("the store dies");
            let store = Store::over(inner).expect("a store");
            let resumed = Arithmetic::default();
            let finished = run(&plan(), &resumed, &store, &threads(2)).expect("finished");
            assert_eq!(finished.root(JOB), Some(expected), "killed {dies:?} write {writes}");
            let computed = resumed.computed.load(Ordering::Relaxed);
            assert!(computed <= TASKS - writes, "killed {dies:?} write {writes}, {computed} tasks were done again");
        }
    }
}

#[test]
fn a_finished_job_has_nothing_to_do() {
    let store = Store::over(Arc::new(InMemory::new())).expect("a store");
    let first = run(&plan(), &Arithmetic::default(), &store, &threads(1)).expect("finished");
    let work = Arithmetic::default();
    let again = run(&plan(), &work, &store, &threads(3)).expect("finished");
    assert_eq!(again, first);
    assert_eq!(work.computed.load(Ordering::Relaxed), 0);
}

#[test]
fn the_number_of_workers_changes_no_byte() {
    for workers in [1, 2, 3, 8] {
        let store = Store::over(Arc::new(InMemory::new())).expect("a store");
        let finished = run(&plan(), &Arithmetic::default(), &store, &threads(workers)).expect("finished");
        assert_eq!(finished.root(JOB), Some(undisturbed()));
    }
}

#[test]
fn a_cancelled_job_says_so_and_goes_on_later() {
    let store = Store::over(Arc::new(InMemory::new())).expect("a store");
    let job = threads(2);
    job.control.cancel();
    let error = run(&plan(), &Arithmetic::default(), &store, &job).expect_err("cancelled");
    assert!(matches!(error, RunError::Cancelled(_)));
    let finished = run(&plan(), &Arithmetic::default(), &store, &threads(2)).expect("finished");
    assert_eq!(finished.root(JOB), Some(undisturbed()));
}
