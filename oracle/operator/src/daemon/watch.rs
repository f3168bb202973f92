//! The median beside the own vector. Distance costs no bond, so it takes somebody who looks: an operator that finds the median outside
//! the method's tolerance knows that a majority computes something else, or that its own machine does.

use protocol::attribution::{Outcome, Round};
use rules::{
    agreement,
    score::{ScoreEntry, unpack_entries},
};

use crate::{
    node::{Node, NodeError},
    replay::{self, ReplayError},
};

/// Why a round could not be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// Its vectors cannot be read from the chain.
    #[error("the revealed vectors cannot be read")]
    Replay(#[from] ReplayError),
    /// The chain or the own vector cannot be read.
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// The median of a settled round, seen from an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// From the own vector to the median, in 10^-9 of the fees summed over positions.
    pub distance: u64,
    /// The largest distance between honest vectors.
    pub tolerance: u64,
}

impl Seen {
    /// Whether the median is where honest operators put it.
    pub fn is_within(self) -> bool {
        self.distance <= self.tolerance
    }
}

/// `Σ |score_i − score'_i|`, in 10^-9; `None` for vectors of different lengths.
pub fn distance(own: &[ScoreEntry], other: &[ScoreEntry]) -> Option<u64> {
    agreement::distance(&scores(own), &scores(other))
}

/// Looks at a closed round. `None` when it did not settle, or nothing was promised for it.
///
/// # Errors
/// If the chain does not answer, or the own vector is malformed.
pub async fn median(node: &Node, round: &Round) -> Result<Option<Seen>, WatchError> {
    if round.outcome != Some(Outcome::Settled) {
        return Ok(None);
    }
    let promise = node.store.promise(round.model, round.id).map_err(NodeError::from)?;
    let Some(vector) = promise.and_then(|promise| promise.vector) else { return Ok(None) };
    let own = unpack_entries(&vector.entries).map_err(NodeError::from)?;
    let contracts = &node.engine.contracts;
    let revealed = replay::revealed(contracts, round).await?;
    let vectors: Vec<_> = revealed.iter().map(|revealed| &revealed.vector).collect();
    let Some(aggregate) = replay::aggregate(&vectors, round.redemptions as usize) else { return Ok(None) };
    let tolerance = contracts.method(round.method).await.map_err(NodeError::from)?.params.tolerance.u64();
    Ok(distance(&own, &aggregate.entries).map(|distance| Seen { distance, tolerance }))
}

fn scores(entries: &[ScoreEntry]) -> Vec<i32> {
    entries.iter().map(|entry| entry.score).collect()
}
