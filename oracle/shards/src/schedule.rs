//! Which task is next.

use std::sync::{Condvar, Mutex, MutexGuard};

use rules::hash::Hash;

use crate::plan::{Need, Plan};

/// What is known of all tasks of a plan.
pub(crate) struct Schedule<'a> {
    plan: &'a Plan,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Per step and shard.
    tasks: Vec<Vec<Task>>,
    /// Per step, how many are done.
    done: Vec<u32>,
    stopped: bool,
}

#[derive(Clone, Copy)]
enum Task {
    Open,
    Taken,
    Done(Hash),
}

/// A task that one worker does. Given up without a result, by a panic or an error, it stops all others: they would wait for it for ever.
pub(crate) struct Claim<'a, 'b> {
    schedule: &'b Schedule<'a>,
    pub(crate) step: usize,
    pub(crate) shard: u32,
}

impl<'a> Schedule<'a> {
    pub(crate) fn new(plan: &'a Plan) -> Self {
        let tasks = plan.steps.iter().map(|step| vec![Task::Open; step.shards as usize]).collect();
        let state = State { tasks, done: vec![0; plan.steps.len()], stopped: false };
        Self { plan, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// The first task whose inputs are there, once there is one; `None` when nothing is left to begin.
    pub(crate) fn take(&self) -> Option<Claim<'a, '_>> {
        let mut state = self.lock();
        loop {
            if state.stopped || self.is_begun(&state) {
                return None;
            }
            if let Some((step, shard)) = self.ready(&state) {
                state.tasks[step][shard as usize] = Task::Taken;
                return Some(Claim { schedule: self, step, shard });
            }
            state = self.changed.wait(state).expect("no worker panics with the lock");
        }
    }

    /// The outputs' hashes, per step and shard, if all are done.
    pub(crate) fn hashes(self) -> Option<Vec<Vec<Hash>>> {
        let state = self.state.into_inner().expect("no worker panics with the lock");
        let hash = |task: &Task| match task {
            Task::Done(hash) => Some(*hash),
            Task::Open | Task::Taken => None,
        };
        state.tasks.iter().map(|shards| shards.iter().map(hash).collect()).collect()
    }

    fn is_begun(&self, state: &State) -> bool {
        state.tasks.iter().flatten().all(|task| !matches!(task, Task::Open))
    }

    fn ready(&self, state: &State) -> Option<(usize, u32)> {
        let mut open = (0..self.plan.steps.len()).filter(|step| state.done[*step] < self.plan.steps[*step].shards);
        open.find_map(|step| {
            let can = |shard: &u32| {
                let is_open = matches!(state.tasks[step][*shard as usize], Task::Open);
                is_open && self.plan.steps[step].needs.iter().all(|need| self.is_there(*need, *shard, state))
            };
            (0..self.plan.steps[step].shards).find(can).map(|shard| (step, shard))
        })
    }

    fn is_there(&self, need: Need, shard: u32, state: &State) -> bool {
        match need {
            Need::Same(step) => matches!(state.tasks[step.0][shard as usize], Task::Done(_)),
            Need::All(step) => state.done[step.0] == self.plan.steps[step.0].shards,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no worker panics with the lock")
    }
}

impl Claim<'_, '_> {
    /// The task is done.
    pub(crate) fn finish(self, hash: Hash) {
        let mut state = self.schedule.lock();
        state.tasks[self.step][self.shard as usize] = Task::Done(hash);
        state.done[self.step] += 1;
    }
}

impl Drop for Claim<'_, '_> {
    fn drop(&mut self) {
        let mut state = self.schedule.lock();
        if matches!(state.tasks[self.step][self.shard as usize], Task::Taken) {
            state.stopped = true;
        }
        self.schedule.changed.notify_all();
    }
}
