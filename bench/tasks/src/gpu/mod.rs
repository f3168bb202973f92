//! How fast training, curvature, the index and its scores are on one device, for models of random weights: speed does not depend on what weights say.
//!
//! [`workload`] is a model and its items, [`training`] what plain training of it takes, [`attribution`] what the passes of the index take, [`scoring`]
//! what products with rows take beside the memory's own speed. Every measurement is of work that is waited for before the clock stops, after
//! the same work was done once before.

pub mod attribution;
pub mod clock;
pub mod plan;
pub mod record;
pub mod scoring;
pub mod shape;
pub mod training;
pub mod workload;
