//! How much an engine takes on.

use super::EngineError;

/// How much is done at once, for each base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests that may wait.
    pub waiting: usize,
    /// Sequences that run side by side.
    pub active: usize,
    /// Bytes of keys and values of all of them. A request takes those of its whole prompt and answer from when it begins.
    pub cache_bytes: usize,
    /// Tokens of prompts that are fed in one step, so that those who already get tokens go on getting them.
    pub prefill_tokens: usize,
}

impl Default for Limits {
    /// For small models on a CPU.
    fn default() -> Self {
        Self { waiting: 256, active: 64, cache_bytes: 1 << 30, prefill_tokens: 128 }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), EngineError> {
        for (parameter, limit) in [
            ("waiting", self.waiting),
            ("active", self.active),
            ("cache_bytes", self.cache_bytes),
            ("prefill_tokens", self.prefill_tokens),
        ] {
            if limit == 0 {
                return Err(EngineError::invalid(parameter, "it is 0, but it must be at least 1".to_owned()));
            }
        }
        Ok(())
    }
}
