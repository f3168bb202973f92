//! `attribution` from outside: every message, every error, every edge of every window.
//!
//! Most tests run on a [`bench`]: the real contract and the real token in cw-multi-test, with `model` and `settlement`
//! played by [`stubs`] whose answers a test sets, so that any range, size and failure can be met. `on_the_chain` runs
//! the same story with all the real contracts.

mod bench;
mod fixtures;
mod stubs;

mod absence;
mod admission;
mod advancing;
mod aggregating;
mod agreement;
mod any_path;
mod bonds;
mod chunks;
mod committing;
mod governance;
mod leaving;
mod methods;
mod on_the_chain;
mod opening;
mod pitfalls;
mod queries;
mod revealing;
mod silence;
mod valuations;
mod valuing;
mod windows;
