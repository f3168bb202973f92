//! Reports in the making: each round's is measured beside the loop, kept, and found in the store when it is due.
//!
//! What others have to publish may come late: until a part of the commit window has passed, whatever is missing is looked for again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use influence::{Control, Job};
use protocol::{ModelId, RoundId, attribution::Round};
use tokio::{
    sync::Semaphore,
    task::{AbortHandle, JoinHandle},
};
use tokio_util::sync::CancellationToken;

use super::{
    crash::crash_point,
    noted::{Noted, Notes},
};
use crate::node::{Measured, Node, NodeError};

/// Time between two looks for what is missing.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// Time between two attempts after the machine or the node was at fault.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// The jobs that run.
pub struct Measuring {
    node: Node,
    notes: Arc<Notes>,
    /// One at a time: a job uses all cores.
    turn: Arc<Semaphore>,
    jobs: BTreeMap<(ModelId, RoundId), Running>,
    prepared: BTreeMap<(ModelId, u32), JoinHandle<()>>,
}

struct Running {
    task: JoinHandle<Result<(), NodeError>>,
    stop: CancellationToken,
}

impl Measuring {
    /// No jobs yet.
    pub fn new(node: Node, notes: Arc<Notes>) -> Self {
        Self { node, notes, turn: Arc::new(Semaphore::new(1)), jobs: BTreeMap::new(), prepared: BTreeMap::new() }
    }

    /// Makes sure that a round's report is being made. Missing objects are looked for until the chain's time is `patient_until`.
    ///
    /// A job that has just ended is not followed by another: what it kept may have come after the caller looked. A second report would
    /// have a salt of its own, and the commitment to the first could never be revealed.
    ///
    /// # Errors
    /// If the last attempt could not keep its report; the next call makes another.
    pub async fn ensure(&mut self, round: &Round, patient_until: u64) -> Result<(), NodeError> {
        let key = (round.model, round.id);
        if self.jobs.get(&key).is_some_and(|job| !job.task.is_finished()) {
            return Ok(());
        }
        match self.jobs.remove(&key) {
            Some(ended) => ended.task.await.unwrap_or(Ok(())),
            None => {
                self.begin(round, patient_until);
                Ok(())
            }
        }
    }

    fn begin(&mut self, round: &Round, patient_until: u64) {
        let stop = CancellationToken::new();
        let (node, notes, turn) = (self.node.clone(), Arc::clone(&self.notes), Arc::clone(&self.turn));
        let work = Work { round: round.clone(), patient_until, node, notes, stop: stop.clone() };
        let task = tokio::spawn(async move {
            // The semaphore is never closed.
            let _turn = turn.acquire_owned().await;
            work.run().await
        });
        self.jobs.insert((round.model, round.id), Running { task, stop });
    }

    /// Stops what is no longer wanted: all jobs of a model but that of `round`.
    pub fn only(&mut self, model: ModelId, round: Option<RoundId>) {
        self.jobs.retain(|(of, id), job| {
            let wanted = *of != model || Some(*id) == round;
            if !wanted {
                job.stop.cancel();
            }
            wanted
        });
    }

    /// Prepares a version before a round needs it, once.
    pub fn prepare(&mut self, model: ModelId, version: u32) {
        let (node, notes, turn) = (self.node.clone(), Arc::clone(&self.notes), Arc::clone(&self.turn));
        self.prepared.entry((model, version)).or_insert_with(|| {
            tokio::spawn(async move {
                let _turn = turn.acquire_owned().await;
                if let Err(error) = node.engine.prepare(model, version).await {
                    notes.note(Noted::NotPrepared { model, version, error });
                }
            })
        });
    }

    /// Stops everything.
    pub fn stop(&mut self) {
        for (_, job) in std::mem::take(&mut self.jobs) {
            job.stop.cancel();
            job.task.abort();
        }
        for (_, task) in std::mem::take(&mut self.prepared) {
            task.abort();
        }
    }
}

/// Who is gone measures nothing: its store can be opened again.
impl Drop for Measuring {
    fn drop(&mut self) {
        self.stop();
    }
}

/// One round's report in the making.
struct Work {
    round: Round,
    patient_until: u64,
    node: Node,
    notes: Arc<Notes>,
    stop: CancellationToken,
}

impl Work {
    async fn run(&self) -> Result<(), NodeError> {
        let control = Control::default();
        let _watched = Watched(self.notes.progress(self.round.model, self.round.id, &control));
        let engine = self.node.engine.run_as(Job { control: control.clone(), ..self.node.engine.job.clone() });
        let node = Node { engine, ..self.node.clone() };
        tokio::select! {
            () = self.stop.cancelled() => { control.cancel(); Ok(()) }
            outcome = self.attempts(&node) => outcome,
        }
    }

    /// Until a report is kept.
    async fn attempts(&self, node: &Node) -> Result<(), NodeError> {
        loop {
            let began = std::time::Instant::now();
            let measured = node.engine.measure(&self.round).await;
            match self.judge(measured).await {
                Verdict::Keep(report, reasons) => {
                    crash_point!("measured");
                    // What was kept may be committed to by now, and is never replaced.
                    if node.promised(&self.round)?.is_none() {
                        node.keep(&self.round, &report)?;
                    }
                    crash_point!("kept");
                    self.notes.note(Noted::Measured { round: &self.round, took: began.elapsed(), reasons: &reasons });
                    return Ok(());
                }
                Verdict::Wait(pause) => tokio::time::sleep(pause).await,
            }
        }
    }

    async fn judge(&self, measured: Result<Measured, NodeError>) -> Verdict {
        match measured {
            Ok(Measured { report, unresolved, .. }) if unresolved.is_empty() => Verdict::Keep(report, Vec::new()),
            Ok(Measured { report, unresolved, .. }) => {
                if self.is_patient().await {
                    self.notes.note(Noted::Awaited { round: &self.round, unresolved: &unresolved });
                    return Verdict::Wait(LOOK_AGAIN);
                }
                Verdict::Keep(report, unresolved.into_iter().map(|(_, reason)| reason).collect())
            }
            Err(error) if error.is_of_data() => {
                if self.is_patient().await {
                    self.notes.note(Noted::DataAwaited { round: &self.round, error: &error });
                    return Verdict::Wait(LOOK_AGAIN);
                }
                Verdict::Keep(rules::score::Report::TooFew, vec![format!("{:#}", anyhow::Error::from(error))])
            }
            Err(error) => {
                self.notes.note(Noted::NotMeasured { round: &self.round, error: &error });
                Verdict::Wait(TRY_AGAIN)
            }
        }
    }

    /// Whether what is missing may still come. A chain that does not answer has not reached the time either.
    async fn is_patient(&self) -> bool {
        let status = self.node.engine.contracts.status().await;
        status.map_or(true, |status| status.time < self.patient_until)
    }
}

/// Shows how far a job is for as long as there is one.
struct Watched(AbortHandle);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.abort();
    }
}

enum Verdict {
    Keep(rules::score::Report, Vec<String>),
    Wait(Duration),
}
