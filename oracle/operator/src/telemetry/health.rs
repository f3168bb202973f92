//! Whether the operator lives, and whether it can do its part: what the loop knows, for whoever asks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde::Serialize;

/// What it takes to do an operator's part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// The node answers.
    NodeReachable,
    /// The node is of the configured chain.
    RightChain,
    /// What is promised can be kept.
    StoreWritable,
    /// The key's bond is held by a method.
    Bonded,
}

impl Condition {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::NodeReachable, Self::RightChain, Self::StoreWritable, Self::Bonded];
}

/// Whether the loop turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Liveness {
    /// Whether it does.
    pub live: bool,
    /// Seconds since its last turn.
    pub last_turn_seconds: u64,
    /// Seconds after which it hangs.
    pub stalled_after_seconds: u64,
    /// The program's version.
    pub version: &'static str,
}

/// Whether the operator can do its part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Readiness {
    /// Whether it can.
    pub ready: bool,
    /// What it takes; each is `ok`, or why not.
    pub conditions: BTreeMap<Condition, String>,
}

/// What the loop knows; clones share it.
#[derive(Clone, Debug)]
pub struct Health {
    state: Arc<Mutex<State>>,
    stalled_after: Duration,
}

#[derive(Debug)]
struct State {
    last_turn: Instant,
    lacking: BTreeMap<Condition, String>,
}

impl Health {
    /// Just started: alive, and nothing is known yet of what it takes.
    pub fn new(stalled_after: Duration) -> Self {
        let lacking = Condition::ALL.map(|condition| (condition, "not looked at yet".to_owned())).into();
        Self { state: Arc::new(Mutex::new(State { last_turn: Instant::now(), lacking })), stalled_after }
    }

    /// The loop has turned, however the turn ended.
    pub fn tick(&self) {
        self.lock().last_turn = Instant::now();
    }

    /// A condition holds.
    pub fn holds(&self, condition: Condition) {
        self.lock().lacking.remove(&condition);
    }

    /// A condition does not hold, and why.
    pub fn lacks(&self, condition: Condition, why: impl Into<String>) {
        self.lock().lacking.insert(condition, why.into());
    }

    /// Whether the loop turns.
    pub fn liveness(&self) -> Liveness {
        self.liveness_at(Instant::now())
    }

    /// Whether the loop turns, as seen at a time.
    pub fn liveness_at(&self, now: Instant) -> Liveness {
        let since = now.saturating_duration_since(self.lock().last_turn);
        Liveness {
            live: since <= self.stalled_after,
            last_turn_seconds: since.as_secs(),
            stalled_after_seconds: self.stalled_after.as_secs(),
            version: env!("CARGO_PKG_VERSION"),
        }
    }

    /// Whether the operator can do its part.
    pub fn readiness(&self) -> Readiness {
        let state = self.lock();
        let said = |condition| state.lacking.get(&condition).map_or("ok", String::as_str).to_owned();
        Readiness {
            ready: state.lacking.is_empty(),
            conditions: Condition::ALL.map(|condition| (condition, said(condition))).into(),
        }
    }

    /// A panic elsewhere leaves the state whole: each change is one assignment.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
