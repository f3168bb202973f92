//! An index: every item's preconditioned gradient as a row of 8-bit integers, and scores of contributions from it in integers alone.
//!
//! [`sketch`] draws the whitened gradients of [`crate::ekfac`] together into wide sketches, [`axes`] and [`folding`] make a few thousand numbers of those, [`quantize`] integers,
//! [`rows`] is how they lie on disk. From there on nothing is a float: [`totals`] sums the magnitudes of influence per query, [`shares`] takes
//! each contribution's part of them over all receipts and validation examples, and [`scores`] makes score entries of those (DESIGN
//! section 5).
//!
//! All of it is done in tasks ([`Step`]), each a function of a job, a step and a shard; [`Index`] and [`Scoring`] compute them from bytes to bytes
//! and know of no store. Memory never grows with items times queries: a task holds one shard of items and one chunk of queries.
//!
//! # Determinism
//! The same bytes for any number of threads. Rows are made from floats, and may differ by one in a few values on another kind of
//! processor; everything after them is the same everywhere.

mod asked;
pub mod axes;
pub mod device;
pub mod folding;
pub mod influences;
mod manifest;
mod packed;
mod product;
pub mod quantize;
pub mod rows;
pub mod scores;
mod scoring;
pub mod shares;
pub mod sketch;
mod steps;
pub mod stored;
mod tasks;
pub mod totals;
mod widths;

pub use asked::{Asked, AskedError, Example, Receipt, ScoringManifest, Thresholds};
pub use manifest::{Contribution, IndexManifest, IndexSettings, ManifestError, ShardRange};
pub use scoring::Scoring;
pub use steps::{Needed, Planned, Step};
pub use tasks::{Bytes, Index, Inputs};
pub use widths::SketchSettings;

use crate::ekfac::EkfacError;
use crate::job::Cancelled;

/// Why a task could not be done.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Gradients or curvature could not be computed.
    #[error("cannot compute gradients for the index")]
    Ekfac(#[source] EkfacError),
    /// A sketch has an entry that is no number.
    #[error("item {item} of the shard cannot be indexed")]
    Sketch {
        /// Rank of the item in its shard.
        item: usize,
        /// What is wrong.
        #[source]
        source: quantize::NotFinite,
    },
    /// An input could not be read.
    #[error("cannot read the output of {step} for shard {shard}")]
    Input {
        /// The step.
        step: &'static str,
        /// The shard.
        shard: u32,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An input is not what its step puts out.
    #[error("the output of {step} for shard {shard} is not in its format: {reason}")]
    Format {
        /// The step.
        step: &'static str,
        /// The shard.
        shard: u32,
        /// What is wrong.
        reason: String,
    },
    /// There is no such task.
    #[error("there is no task {step} of shard {shard} here")]
    NoTask {
        /// The step.
        step: &'static str,
        /// The shard.
        shard: u32,
    },
    /// A sum left the range that the manifest's checks keep it in.
    #[error("a sum of influence does not fit its integer: the rows are not those of the index")]
    Overflow,
    /// Somebody stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<EkfacError> for IndexError {
    fn from(error: EkfacError) -> Self {
        match error {
            EkfacError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Ekfac(other),
        }
    }
}

impl From<candle_core::Error> for IndexError {
    fn from(error: candle_core::Error) -> Self {
        Self::Ekfac(EkfacError::Compute(error))
    }
}
