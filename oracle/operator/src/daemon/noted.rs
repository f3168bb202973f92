//! What happened, told in one place: as a line in the log, as a metric, and to whoever asks whether the operator is well.

use std::time::Duration;

use chain::Status;
use influence::Control;
use protocol::{
    Epoch, ModelId, RoundId,
    attribution::{Participation, Round},
};
use tokio::task::AbortHandle;

use super::{
    TurnError,
    sending::Letter,
    watch::{Seen, WatchError},
};
use crate::{
    node::NodeError,
    telemetry::{Condition, Fate, Health, Metrics},
};

/// Time between two looks at how far a job is.
const LOOK: Duration = Duration::from_secs(1);

/// Something that happened.
#[expect(missing_docs, reason = "the fields say what they are")]
pub enum Noted<'a> {
    /// The loop begins.
    Started { address: &'a str },
    /// The loop ends as it was told to.
    Stopped,
    /// A turn of the loop begins.
    Turn { now: &'a Status },
    /// A turn did not end.
    TurnFailed { error: &'a TurnError },
    /// Blocks were followed.
    Followed { height: u64 },
    /// A round opened.
    Opened { model: ModelId, round: RoundId, kind: &'a str, first_epoch: Epoch, last_epoch: Epoch },
    /// Where an open round stands.
    Phase { round: &'a Round, part: Option<&'a Participation> },
    /// No round of a model is open.
    Idle { model: ModelId },
    /// A round closed.
    Closed { model: ModelId, round: RoundId, outcome: &'a str },
    /// A version's data could not be prepared; its round will try again.
    NotPrepared { model: ModelId, version: u32, error: NodeError },
    /// A report was measured and kept; `reasons` are of redemptions that it calls unresolved, or of `TooFew`.
    Measured { round: &'a Round, took: Duration, reasons: &'a [String] },
    /// Receipts are missing or false; they are looked for again.
    Awaited { round: &'a Round, unresolved: &'a [(usize, String)] },
    /// What the model was trained or is validated on is missing or false; it is looked for again.
    DataAwaited { round: &'a Round, error: &'a NodeError },
    /// The machine or the node was at fault; it is tried again.
    NotMeasured { round: &'a Round, error: &'a NodeError },
    /// A message is in a block.
    Sent { letter: &'a Letter, height: u64 },
    /// A contract refused a message.
    Refused { letter: &'a Letter, reason: &'a str },
    /// What was committed is not kept here.
    CannotReveal { round: &'a Round, error: &'a NodeError },
    /// Another operator's vector.
    Compared { model: ModelId, round: RoundId, operator: &'a str, distance: u64 },
    /// A settled round's median.
    Median { model: ModelId, round: RoundId, seen: Seen },
    /// A median could not be looked at.
    NotWatched { model: ModelId, round: RoundId, error: &'a WatchError },
    /// The own agreement with a median.
    Agreement { model: ModelId, round: RoundId, agreement: u16, distance: u64 },
    /// A reward was booked.
    Rewarded { model: ModelId, round: RoundId, amount: u128 },
    /// This operator missed a round.
    Missed { model: ModelId, round: RoundId, missed: u32 },
    /// This operator paid for missed rounds.
    Penalised { model: ModelId, round: RoundId, penalty: u128 },
    /// This operator lost its bond.
    Slashed { model: ModelId, round: RoundId, bond: u128 },
}

/// Where things are told.
pub struct Notes {
    metrics: Metrics,
    health: Health,
    /// Whether a median out of tolerance raises the alert.
    alert: bool,
}

impl Notes {
    /// Tells to these.
    pub fn new(metrics: Metrics, health: Health, alert: bool) -> Self {
        Self { metrics, health, alert }
    }

    /// The metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The health.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Tells what happened.
    pub fn note(&self, noted: Noted<'_>) {
        match noted {
            Noted::Started { address } => tracing::info!(address, "operator started"),
            Noted::Stopped => tracing::info!("operator stopped"),
            Noted::Turn { now } => {
                self.metrics.block(now.height.saturating_sub(1), now.time);
                self.health.tick();
                self.health.holds(Condition::NodeReachable);
                self.health.holds(Condition::RightChain);
            }
            Noted::TurnFailed { error } => self.turn_failed(error),
            Noted::Followed { height } => self.metrics.followed(height),
            Noted::Idle { model } => self.metrics.round(model, None),
            Noted::NotPrepared { model, version, error } => {
                let error = chain_of(&error);
                tracing::warn!(%model, version, error, "the version could not be prepared; its round will try again");
            }
            Noted::Measured { .. } | Noted::Awaited { .. } | Noted::DataAwaited { .. } | Noted::NotMeasured { .. } => {
                self.measuring(noted);
            }
            Noted::Sent { .. } | Noted::Refused { .. } | Noted::CannotReveal { .. } => self.sending(noted),
            other => self.chain(other),
        }
    }

    fn turn_failed(&self, error: &TurnError) {
        self.metrics.turn_failed();
        self.health.tick();
        match error {
            TurnError::Chain(chain) if is_of_node(chain) => {
                self.health.lacks(Condition::NodeReachable, chain_of(chain));
            }
            TurnError::Store(store) => self.health.lacks(Condition::StoreWritable, chain_of(store)),
            TurnError::Chain(journal @ chain::ChainError::Journal(_)) => {
                self.health.lacks(Condition::StoreWritable, chain_of(journal));
            }
            _ => {}
        }
        tracing::warn!(error = chain_of(error), "this turn did not end; the next one tries again");
    }

    fn measuring(&self, noted: Noted<'_>) {
        match noted {
            Noted::Measured { round, took, reasons } => {
                self.metrics.measured(round.model, took);
                self.metrics.unresolved(round.model, reasons.len());
                for reason in reasons {
                    tracing::warn!(model = %round.model, round = %round.id, reason, "reported as unresolved");
                }
                tracing::info!(model = %round.model, round = %round.id, seconds = took.as_secs_f64(), "measured and kept");
            }
            Noted::Awaited { round, unresolved } => {
                let missing = unresolved.len();
                tracing::info!(model = %round.model, round = %round.id, missing, "receipts are missing or false; looking again");
            }
            Noted::DataAwaited { round, error } => {
                let error = chain_of(error);
                tracing::info!(model = %round.model, round = %round.id, error, "data is missing or false; looking again");
            }
            Noted::NotMeasured { round, error } => {
                let error = chain_of(error);
                tracing::error!(model = %round.model, round = %round.id, error, "the round could not be measured; trying again");
            }
            _ => {}
        }
    }

    fn sending(&self, noted: Noted<'_>) {
        match noted {
            Noted::Sent { letter, height } => {
                self.metrics.message(letter.due.name(), Fate::Sent);
                tracing::info!(model = %letter.model, round = letter.round.map(|round| round.get()), due = letter.due.name(), height, "sent");
            }
            Noted::Refused { letter, reason } => {
                self.metrics.message(letter.due.name(), Fate::Refused);
                let (model, due) = (letter.model, letter.due.name());
                if letter.due.is_anybodys() {
                    tracing::debug!(%model, due, reason, "refused: mostly, another was first");
                } else {
                    tracing::warn!(%model, due, reason, "refused");
                }
            }
            Noted::CannotReveal { round, error } => {
                self.metrics.promise_lost();
                let error = chain_of(error);
                tracing::error!(model = %round.model, round = %round.id, error, "cannot reveal: the bond is at stake");
            }
            _ => {}
        }
    }

    /// What the chain says.
    fn chain(&self, noted: Noted<'_>) {
        match noted {
            Noted::Phase { round, .. } => self.metrics.round(round.model, Some((round.id, round.phase))),
            Noted::Opened { model, round, kind, first_epoch, last_epoch } => {
                tracing::info!(%model, %round, kind, %first_epoch, %last_epoch, "round opened");
            }
            Noted::Closed { model, round, outcome } => tracing::info!(%model, %round, outcome, "round closed"),
            Noted::Compared { model, round, operator, distance } => {
                self.metrics.peer(model, operator, distance);
                tracing::info!(%model, %round, operator, distance, "another operator's vector");
            }
            Noted::Median { model, round, seen } => self.median(model, round, seen),
            Noted::NotWatched { model, round, error } => {
                tracing::warn!(%model, %round, error = chain_of(error), "the median could not be looked at");
            }
            Noted::Agreement { model, round, agreement, distance } => {
                tracing::info!(%model, %round, agreement, distance, "agreement with the median");
            }
            Noted::Rewarded { model, round, amount } => {
                tracing::info!(%model, %round, uopen = %amount, "reward booked")
            }
            Noted::Missed { model, round, missed } => {
                tracing::warn!(%model, %round, missed, "this round counts as missed")
            }
            Noted::Penalised { model, round, penalty } => {
                tracing::error!(%model, %round, uopen = %penalty, "paid for missed rounds");
            }
            Noted::Slashed { model, round, bond } => {
                tracing::error!(%model, %round, uopen = %bond, "slashed: committed and not revealed");
            }
            _ => {}
        }
    }

    fn median(&self, model: ModelId, round: RoundId, seen: Seen) {
        let Seen { distance, tolerance } = seen;
        self.metrics.median(model, distance, tolerance);
        self.metrics.alert(model, self.alert && !seen.is_within());
        if seen.is_within() {
            tracing::info!(%model, %round, distance, tolerance, "the median is within the tolerance");
        } else {
            tracing::error!(%model, %round, distance, tolerance, "the median is out of tolerance: replay the round, and tell governance");
        }
    }

    /// Shows how far a job is until it ends or the handle is told to.
    pub fn progress(&self, model: ModelId, round: RoundId, control: &Control) -> AbortHandle {
        let (metrics, control) = (self.metrics.clone(), control.clone());
        let watch = async move {
            let mut shown = 0;
            loop {
                tokio::time::sleep(LOOK).await;
                let influence::Progress { done, total } = control.progress();
                if total == 0 {
                    continue;
                }
                metrics.progress(model, done as f64 / total as f64);
                let tenth = done.saturating_mul(10) / total;
                if tenth > shown {
                    shown = tenth;
                    tracing::info!(%model, %round, done, total, "measuring");
                }
            }
        };
        tokio::spawn(watch).abort_handle()
    }
}

/// Whether it is the node that is at fault.
fn is_of_node(error: &chain::ChainError) -> bool {
    matches!(error, chain::ChainError::Transport(_))
}

/// An error with all that is behind it.
fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.ends_with(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    text
}
