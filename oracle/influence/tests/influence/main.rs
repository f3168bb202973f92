//! The engine against independent references, and against retraining.

mod cache;
mod curvature;
mod damping;
mod gradients;
mod influence_values;
mod model_files;
mod reports;
mod retraining;
mod scenario;
mod small;
mod strata;
mod training;
