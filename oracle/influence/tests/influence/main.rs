//! The engine against independent references, and against retraining.

mod cache;
mod curvature;
mod damping;
mod device_sums;
mod ekfac;
mod gradients;
mod index;
mod influence_values;
mod interrupted;
mod language;
mod model_files;
mod prune;
mod reports;
mod retraining;
mod rows;
mod scenario;
mod small;
mod strata;
mod training;
