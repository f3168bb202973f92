//! What others see of a running operator: logs, metrics, health.

pub mod gpu;
pub mod health;
pub mod http;
pub mod labels;
pub mod logging;
pub mod metrics;

pub use self::{
    health::{Condition, Health},
    labels::{Fate, NodeState},
    metrics::Metrics,
};
