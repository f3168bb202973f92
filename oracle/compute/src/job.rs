//! How a long computation is run: with how many threads, who may stop it, and who watches it. None of this changes a result.
//!
//! Progress is counted in *steps*, pieces of work of unlike length that always take well under a second in models of a few thousand weights:
//! a unit's strip of a member's curvature, a panel of its factor, 64 items solved, a block of items stored, 64 queries scored. Cancelling is
//! looked for between them and inside the longer ones.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::parallel::Threads;

/// The computation was cancelled through its [`Control`]. What was already stored is whole and will be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the computation was cancelled: run it again, and it goes on from what it stored")]
pub struct Cancelled;

/// How far the computations under one [`Control`] have come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub done: u64,
    /// Steps of all computations begun so far; it grows when the next one begins. Never less than `done`.
    pub total: u64,
}

/// Stops and watches a computation from anywhere: all clones are the same handle.
///
/// A cancelled control stays cancelled. A computation that fails or is cancelled leaves its remaining steps undone.
#[derive(Clone, Default)]
pub struct Control(Arc<Shared>);

#[derive(Default)]
struct Shared {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    watcher: Option<Box<dyn Fn(Progress) + Send + Sync>>,
}

impl Control {
    /// A control that tells `watcher` after every step, on the thread that did it: at once from several threads, and then not always in
    /// the order of `done`.
    pub fn watched(watcher: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared { watcher: Some(Box::new(watcher)), ..Shared::default() }))
    }

    /// Asks all computations under this control to stop; they return [`Cancelled`] within about a second.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether [`Self::cancel`] was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        // In this order, so that steps begun and done in between cannot make `done` the larger one.
        let done = self.0.done.load(Ordering::Acquire);
        Progress { done, total: self.0.total.load(Ordering::Acquire) }
    }

    /// Fails if [`Self::cancel`] was called.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Announces `steps` more.
    pub fn begin(&self, steps: usize) {
        self.0.total.fetch_add(steps as u64, Ordering::AcqRel);
    }

    /// Counts `steps` that were announced before as done.
    pub fn advance(&self, steps: usize) {
        let done = self.0.done.fetch_add(steps as u64, Ordering::AcqRel) + steps as u64;
        if let Some(watcher) = &self.0.watcher {
            watcher(Progress { done, total: self.0.total.load(Ordering::Acquire) });
        }
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (progress, cancelled) = (self.progress(), self.is_cancelled());
        formatter.debug_struct("Control").field("progress", &progress).field("cancelled", &cancelled).finish()
    }
}

/// Threads and control of a computation. Where one is wanted, [`Threads`] alone do as well: then nobody can stop it.
#[derive(Clone, Debug)]
pub struct Job {
    /// How many threads it may use.
    pub threads: Threads,
    /// Who may stop and watch it.
    pub control: Control,
}

impl From<Threads> for Job {
    fn from(threads: Threads) -> Self {
        Self { threads, control: Control::default() }
    }
}

impl From<&Job> for Job {
    fn from(job: &Job) -> Self {
        job.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_clones_of_a_control_are_the_same_handle() {
        let control = Control::default();
        let other = control.clone();
        other.begin(3);
        other.advance(2);
        assert_eq!(control.progress(), Progress { done: 2, total: 3 });
        assert_eq!(control.check(), Ok(()));
        other.cancel();
        assert_eq!(control.check(), Err(Cancelled));
    }

    #[test]
    fn a_handle_can_be_held_by_any_thread() {
        fn held_by_any_thread<T: Clone + Send + Sync + 'static>() {}
        held_by_any_thread::<Control>();
        held_by_any_thread::<Job>();
    }
}
