//! How a chain starts, and what it checks.

/// How a chain starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainOptions {
    /// Enters every digest that a replay elsewhere would matter for.
    pub chain_id: String,
    /// Time of the first block, in seconds.
    pub start_time: u64,
    /// Time between blocks.
    pub seconds_per_block: u64,
    /// What happens to a transaction that breaks an invariant.
    pub invariants: Invariants,
}

impl Default for ChainOptions {
    fn default() -> Self {
        Self {
            chain_id: "attribution-embedded-1".to_owned(),
            start_time: 1_800_000_000,
            seconds_per_block: 5,
            invariants: Invariants::Panic,
        }
    }
}

/// What happens when a transaction breaks an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Invariants {
    /// The test fails where it stands.
    Panic,
    /// `execute` returns [`ChainError::Broken`].
    Return,
    /// Nobody looks.
    Off,
}
