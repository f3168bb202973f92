//! What is too much for a gateway.

use std::time::Duration;

/// Limits of the service. Beyond them a caller is told so at once, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Tokens of one answer.
    pub answer_tokens: usize,
    /// How long an answer may take; what is there then is the answer.
    pub answer_time: Duration,
    /// Requests that are worked on at a time.
    pub requests_at_once: usize,
    /// Requests that one address may make in a second, on average.
    pub per_second: u32,
    /// Requests that it may make at once after a pause.
    pub burst: u32,
    /// How long a curator can take a correction as a validation example, before it becomes a contribution.
    pub correction_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 1 << 20,
            answer_tokens: 4_096,
            answer_time: Duration::from_secs(300),
            requests_at_once: 256,
            per_second: 50,
            burst: 200,
            correction_wait: Duration::from_secs(86_400),
        }
    }
}
