//! Independent tasks over a fixed number of threads, with results in task order.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::job::{Cancelled, Job};

/// How many threads a computation may use. It never changes a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(NonZeroUsize);

impl Threads {
    /// Exactly `count` threads; zero is taken as one.
    pub fn new(count: usize) -> Self {
        Self(NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN))
    }

    /// As many threads as this machine offers.
    pub fn available() -> Self {
        Self(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
    }

    /// The number of threads.
    pub fn count(self) -> usize {
        self.0.get()
    }
}

/// Computes `task(0), …, task(tasks − 1)` and returns the results in that order.
///
/// Threads take the next undone task, so the cut into tasks, which must not depend on `threads`, decides every bit of
/// the result, and the number of threads none.
pub fn map<T: Send>(threads: Threads, tasks: usize, task: impl Fn(usize) -> T + Sync) -> Vec<T> {
    map_until(|| false, threads, tasks, task)
}

/// As [`map`], until a task fails or the job is cancelled: no further task is begun then.
pub fn map_under<T: Send>(
    job: &Job,
    tasks: usize,
    task: impl Fn(usize) -> Result<T, Cancelled> + Sync,
) -> Result<Vec<T>, Cancelled> {
    let results = map_until(|| job.control.is_cancelled(), job.threads, tasks, task);
    if results.len() < tasks { Err(Cancelled) } else { results.into_iter().collect() }
}

/// As [`map`]; once `stop` says so, no further task is begun, and the results are those of the tasks begun before.
fn map_until<T: Send>(
    stop: impl Fn() -> bool + Sync,
    threads: Threads,
    tasks: usize,
    task: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let workers = threads.count().min(tasks).max(1);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(tasks));
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= tasks || stop() {
                break;
            }
            let result = task(index);
            done.lock().expect("a panicking task ends the scope").push((index, result));
        }
    };
    std::thread::scope(|scope| {
        (0..workers).for_each(|_| drop(scope.spawn(|| within(threads.count() / workers, work))));
    });
    let mut done = done.into_inner().expect("all threads have ended");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Runs `work` where matrix products, which share themselves out over rayon's threads, find no more than `threads` of them: several workers
/// that each take all of a machine's threads hold each other up.
fn within(threads: usize, work: impl FnOnce() + Send) {
    match rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build() {
        Ok(pool) => pool.install(work),
        // Without threads of its own it is slower, and the same.
        Err(_) => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_task_order_whatever_the_number_of_threads() {
        let expected: Vec<usize> = (0..100).map(|index| index * index).collect();
        for threads in [1, 2, 7] {
            assert_eq!(map(Threads::new(threads), 100, |index| index * index), expected);
        }
    }

    #[test]
    fn a_cancelled_map_begins_no_further_task() {
        for threads in [1, 2, 7] {
            let job = Job::from(Threads::new(threads));
            let begun = AtomicUsize::new(0);
            let cancelled = map_under(&job, 1000, |index| {
                if index == 10 {
                    job.control.cancel();
                }
                begun.fetch_add(1, Ordering::Relaxed);
                Ok(index)
            });
            assert_eq!(cancelled, Err(Cancelled));
            assert!(begun.load(Ordering::Relaxed) < 1000, "with {threads} threads");
        }
    }

    #[test]
    fn no_tasks_give_no_results() {
        assert!(map(Threads::new(4), 0, |index| index).is_empty());
    }
}
