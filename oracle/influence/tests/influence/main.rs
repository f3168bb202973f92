//! The engine against independent references, and against retraining.

mod cache;
mod curvature;
mod damping;
mod ekfac;
mod gradients;
mod influence_values;
mod interrupted;
mod model_files;
mod prune;
mod reports;
mod retraining;
mod scenario;
mod small;
mod strata;
mod training;
