//! What metrics are told apart by.

use prometheus_client::encoding::EncodeLabelSet;
use protocol::attribution::Phase;

/// How the node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeState {
    /// As it should.
    Healthy,
    /// It answers late.
    Slow,
    /// Its latest block is old.
    Behind,
    /// It is still reading old blocks.
    CatchingUp,
    /// Its chain makes no blocks.
    Halted,
    /// It lost blocks that it had.
    Restarted,
    /// It is of another chain.
    OtherChain,
    /// It does not answer.
    Unreachable,
}

impl NodeState {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Healthy,
        Self::Slow,
        Self::Behind,
        Self::CatchingUp,
        Self::Halted,
        Self::Restarted,
        Self::OtherChain,
        Self::Unreachable,
    ];

    /// Name as the label has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Slow => "slow",
            Self::Behind => "behind",
            Self::CatchingUp => "catching_up",
            Self::Halted => "halted",
            Self::Restarted => "restarted",
            Self::OtherChain => "other_chain",
            Self::Unreachable => "unreachable",
        }
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is in a block.
    Sent,
    /// A contract refused it: mostly, somebody else was first.
    Refused,
    /// It did not get into a block: node, gas or money.
    Failed,
}

impl Fate {
    /// Name as the label has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// Phases of an open round, and `none` for no open round.
pub(super) const PHASES: [&str; 5] = ["none", "commit", "reveal", "aggregate", "advance"];

pub(super) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Commit => "commit",
        Phase::Reveal => "reveal",
        Phase::Aggregate => "aggregate",
        Phase::Advance => "advance",
        Phase::Closed => "none",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfModel {
    pub(super) model: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfMethod {
    pub(super) method: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct InPhase {
    pub(super) model: u64,
    pub(super) phase: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfPeer {
    pub(super) model: u64,
    pub(super) operator: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct InState {
    pub(super) state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfMessage {
    pub(super) kind: &'static str,
    pub(super) fate: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfCoin {
    pub(super) denom: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct OfBuild {
    pub(super) version: &'static str,
}
