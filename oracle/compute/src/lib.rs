//! How long computations are run: over threads ([`parallel`]), stopped and watched ([`job`]), with random numbers that reproduce
//! ([`random`]) and files that are whole or absent ([`persist`]).
//!
//! Nothing here knows what is computed, and nothing here changes a result.

pub mod job;
pub mod parallel;
pub mod persist;
pub mod random;

pub use job::{Cancelled, Control, Job, Progress};
pub use parallel::Threads;
