//! How a node is doing. What is told apart here is what an operator does different things about.

use std::{
    fmt,
    time::{Duration, Instant, SystemTime},
};

use serde::Serialize;

use super::{WasmdClient, node::Latest};
use crate::ChainError;

/// An answer that takes longer is slow, unless told otherwise.
const SLOW: Duration = Duration::from_secs(2);

/// A latest block that is older is behind, in seconds.
const BEHIND: i64 = 30;

/// How a node is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum NodeHealth {
    /// It answers, and its latest block is of now.
    Healthy,
    /// It does not answer.
    Unreachable {
        /// Why.
        reason: String,
    },
    /// It belongs to another chain.
    OtherChain {
        /// The chain that was asked for.
        expected: String,
        /// The node's.
        found: String,
    },
    /// It answers again after it did not, or its blocks went back.
    Restarted {
        /// The latest block before.
        before: u64,
        /// The latest block now.
        now: u64,
    },
    /// It is still reading blocks that others have.
    CatchingUp {
        /// The latest block that it has.
        height: u64,
    },
    /// The chain makes no blocks.
    Halted {
        /// The latest block.
        height: u64,
        /// For how long it has been the latest, in seconds.
        seconds: u64,
    },
    /// Its latest block is old, or the local clock is ahead.
    Behind {
        /// By how much, in seconds.
        seconds: u64,
    },
    /// It takes long to answer.
    Slow {
        /// How long, in milliseconds.
        latency_ms: u64,
    },
}

impl fmt::Display for NodeHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Healthy => write!(f, "healthy"),
            Self::Unreachable { reason } => write!(f, "unreachable: {reason}"),
            Self::OtherChain { expected, found } => write!(f, "of chain {found}, not of {expected}"),
            Self::Restarted { before, now } => write!(f, "back at block {now} (before: {before})"),
            Self::CatchingUp { height } => write!(f, "catching up at block {height}"),
            Self::Halted { height, seconds } => write!(f, "halted at block {height} for {seconds} s"),
            Self::Behind { seconds } => write!(f, "{seconds} s behind the local clock"),
            Self::Slow { latency_ms } => write!(f, "slow: {latency_ms} ms for an answer"),
        }
    }
}

/// One look at a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checkup {
    /// How it is doing.
    pub health: NodeHealth,
    /// Its latest block, if it answers.
    pub height: Option<u64>,
    /// The latest block's time minus the local clock, in seconds. A block's time is a little in the past, so that more than a few
    /// seconds above zero mean a local clock that is behind.
    pub clock_difference: Option<i64>,
    /// How long the answer took, in milliseconds.
    pub latency_ms: u64,
}

/// A node's latest block at an earlier look.
#[derive(Clone, Debug)]
struct Seen {
    height: u64,
    /// When the height was first seen.
    since: Instant,
    /// Whether the last look had an answer.
    answered: Answered,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answered {
    Yes,
    No,
}

/// Looks at a node from time to time, and remembers what it saw.
#[derive(Clone, Debug)]
pub struct Probe {
    client: WasmdClient,
    slow_after: Duration,
    seen: Option<Seen>,
}

impl Probe {
    /// A probe that has seen nothing yet.
    pub fn new(client: WasmdClient) -> Self {
        Self { client, slow_after: SLOW, seen: None }
    }

    /// With another bound on what is slow.
    #[must_use]
    pub fn with_slow_after(mut self, slow_after: Duration) -> Self {
        self.slow_after = slow_after;
        self
    }

    /// Looks at the node, once: it is not asked again if it does not answer.
    pub async fn check(&mut self) -> Checkup {
        let asked = Instant::now();
        let answer = self.client.node().status_now().await;
        let latency_ms = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
        match answer {
            Ok(latest) => {
                let clock_difference = difference(latest.time);
                let health = self.judge(&latest, clock_difference, latency_ms);
                self.remember(latest.height);
                Checkup { health, height: Some(latest.height), clock_difference: Some(clock_difference), latency_ms }
            }
            Err(error) => {
                if let Some(seen) = &mut self.seen {
                    seen.answered = Answered::No;
                }
                let health = NodeHealth::Unreachable { reason: ChainError::from(error).to_string() };
                Checkup { health, height: None, clock_difference: None, latency_ms }
            }
        }
    }

    fn judge(&self, latest: &Latest, clock_difference: i64, latency_ms: u64) -> NodeHealth {
        let (expected, height) = (&self.client.options().chain_id, latest.height);
        if latest.chain_id != *expected {
            return NodeHealth::OtherChain { expected: expected.clone(), found: latest.chain_id.clone() };
        }
        if let Some(before) = self.restarted(height) {
            return NodeHealth::Restarted { before, now: height };
        }
        if latest.catching_up {
            return NodeHealth::CatchingUp { height };
        }
        if let Some(seconds) = self.halted(height) {
            return NodeHealth::Halted { height, seconds };
        }
        if clock_difference < -BEHIND {
            return NodeHealth::Behind { seconds: clock_difference.unsigned_abs() };
        }
        if u128::from(latency_ms) > self.slow_after.as_millis() {
            NodeHealth::Slow { latency_ms }
        } else {
            NodeHealth::Healthy
        }
    }

    fn restarted(&self, height: u64) -> Option<u64> {
        let seen = self.seen.as_ref()?;
        (height < seen.height || seen.answered == Answered::No).then_some(seen.height)
    }

    fn halted(&self, height: u64) -> Option<u64> {
        let still = self.seen.as_ref().filter(|seen| seen.height == height)?.since.elapsed();
        (still > self.client.options().halted_after).then_some(still.as_secs())
    }

    fn remember(&mut self, height: u64) {
        let since = match &self.seen {
            Some(seen) if seen.height == height => seen.since,
            _ => Instant::now(),
        };
        self.seen = Some(Seen { height, since, answered: Answered::Yes });
    }
}

/// A block's time minus the local clock, in seconds.
fn difference(time: u64) -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(i128::from(time).saturating_sub(i128::from(now))).unwrap_or(i64::MAX)
}
