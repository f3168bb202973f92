//! Two pools on one store.

use std::sync::{Arc, Barrier};

use compute::{Job, Threads};
use object_store::memory::InMemory;
use shards::{Inputs, Store, TaskId, Work, run};

use super::arithmetic::{Arithmetic, JOB, plan};

/// Lets the first task of each pool begin at the same time, so that both compute it.
struct AtOnce<'a> {
    arithmetic: Arithmetic,
    both: &'a Barrier,
}

impl Work for AtOnce<'_> {
    type Error = <Arithmetic as Work>::Error;

    fn run(&self, task: &TaskId, inputs: &Inputs<'_>) -> Result<Vec<u8>, Self::Error> {
        if task.step == "numbers" && task.shard == 0 {
            self.both.wait();
        }
        self.arithmetic.run(task, inputs)
    }
}

#[test]
fn two_pools_on_one_store_end_with_one_root() {
    let objects = Arc::new(InMemory::new());
    let both = Barrier::new(2);
    let root = || {
        let store = Store::over(objects.clone()).expect("a store");
        let work = AtOnce { arithmetic: Arithmetic::default(), both: &both };
        run(&plan(), &work, &store, &Job::from(Threads::new(2))).expect("finished").root(JOB)
    };
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(root);
        let other = scope.spawn(root);
        (one.join().expect("no panic"), other.join().expect("no panic"))
    });
    assert!(one.is_some());
    assert_eq!(one, other);
}
