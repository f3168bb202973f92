//! The influence engine: which training items made a classifier answer as it did.
//!
//! A model here is a small multilayer perceptron ([`mlp`]) trained several times from different seeds ([`train`]); each
//! trained copy is a *member*. For every member the exact generalised Gauss-Newton matrix of the training loss
//! ([`ggn`]) turns per-sample gradients into influence ([`score`]), and the influences, averaged over members, become the
//! score vector that an operator commits to ([`report`]). What influence claims is checked against real retraining
//! ([`truth`]). Long work can be stopped and watched ([`job`]), and goes on where it was ([`cache`]). `docs/influence.md` has
//! the method, the damping procedure and the measured figures.
//!
//! There is no chain and no network in this crate, and only this crate knows candle and faer. Every result is a function of its
//! inputs alone: no clock, no hash-map order, and the number of threads ([`Threads`]) changes how long a result takes,
//! never its bytes.

pub mod cache;
pub mod clusters;
pub mod damping;
pub mod dataset;
pub mod draws;
pub mod ekfac;
pub mod ggn;
pub mod index;
pub mod language;
pub mod manifest;
pub mod mlp;
pub mod report;
pub mod score;
pub mod shares;
pub mod statistics;
pub mod train;
pub mod truth;

mod architecture;
mod attributable;
mod block;
mod breakdown;
mod digest;
mod evaluation;
mod evidence;
mod examples;
mod linear;
mod network;
mod prune;
mod sgd;
mod solver;
mod strata;

pub use compute::{Cancelled, Control, Job, Progress, Threads, job};
pub use digest::{Digest, hex};

use compute::{parallel, persist, random};
