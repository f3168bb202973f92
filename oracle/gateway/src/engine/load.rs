//! What an engine has to do and did.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What there is to do, and what was done since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Requests that wait.
    pub queued: usize,
    /// Sequences that run.
    pub active: usize,
    /// Bytes of keys and values that are set aside for them.
    pub cache_bytes: usize,
    /// Tokens of prompts that were fed.
    pub prompt_tokens: u64,
    /// Tokens that were generated.
    pub generated_tokens: u64,
    /// Passes over a model.
    pub steps: u64,
}

/// Of all lanes together.
#[derive(Default)]
pub(super) struct Counters {
    pub queued: AtomicUsize,
    pub active: AtomicUsize,
    pub cache_bytes: AtomicUsize,
    pub prompt_tokens: AtomicU64,
    pub generated_tokens: AtomicU64,
    pub steps: AtomicU64,
}

impl Counters {
    pub fn load(&self) -> Load {
        Load {
            queued: self.queued.load(Ordering::Relaxed),
            active: self.active.load(Ordering::Relaxed),
            cache_bytes: self.cache_bytes.load(Ordering::Relaxed),
            prompt_tokens: self.prompt_tokens.load(Ordering::Relaxed),
            generated_tokens: self.generated_tokens.load(Ordering::Relaxed),
            steps: self.steps.load(Ordering::Relaxed),
        }
    }
}
