//! `oracle audit`: what influence claims, held against what a model loses when it is trained again without a contribution.
//!
//! Some contributions are drawn by a seed ([`draw`]). The model is trained again with its own plan, with everything and without each of
//! them ([`retraining`]), and what it loses on each query is compared with the net influence of the contribution ([`claims`], [`agreement`]).
//! What came out is a page with a plot ([`page`]) and a record of integers with a digest of its own ([`record`]), which is small enough for a
//! message on chain. Every training and the influence are kept in a folder as soon as they are known ([`kept`]): a killed audit goes on.
//!
//! This is not the check of a chain's books, which `oracle replay` and `oracle statement` make.

pub mod agreement;
mod case;
mod claims;
mod draw;
mod kept;
mod measured;
mod page;
pub mod record;
mod retraining;
mod training;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use influence::Job;

pub use case::{Case, Source};
pub use measured::Measured;
pub use record::Record;

use crate::progress::Progress;

/// How the audit is done.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Contributions to leave out.
    pub draw: usize,
    /// Seed that they are drawn by; also of the resampling.
    pub seed: u64,
    /// Trainings with everything, and without each.
    pub seeds: usize,
    /// The rank correlation that is claimed.
    pub at_least: Option<f64>,
    /// Part of a site's mean curvature that damping adds.
    pub damping: f64,
    /// Whether the map to logits counts.
    pub head: bool,
    /// Trainings at a time.
    pub at_once: usize,
}

/// Files of an audit.
#[derive(Clone, Debug)]
pub struct Written {
    /// For people.
    pub page: PathBuf,
    /// The plot of the page.
    pub plot: PathBuf,
    /// All that was measured, for programs.
    pub measured: PathBuf,
    /// The record, in its canonical bytes.
    pub record: PathBuf,
}

/// Trains, measures and compares; `folder` keeps what is done.
///
/// # Errors
/// If contributions are too few, a training fails, or the folder is another audit's.
pub fn audit(case: &Case, wanted: &Wanted, folder: &Path, job: &Job, progress: &Progress) -> Result<Measured> {
    ensure!(wanted.seeds > 0, "--seeds must be at least 1");
    let drawn = draw::contributions(&case.owners, wanted.draw, wanted.seed)?;
    let kept = kept::Kept::new(folder.join("runs"), case.identity()?)?;
    let truth = retraining::truth(case, &drawn, wanted, &kept, job, progress)?;
    let claims = claims::claims(case, &drawn, wanted, &kept, job, progress)?;
    measured::Measured::new(case, wanted, &drawn, &truth, &claims)
}

/// Writes all files of an audit into a folder. The same measurements give the same bytes.
///
/// # Errors
/// If they cannot be written.
pub fn write(measured: &Measured, folder: &Path) -> Result<Written> {
    let at = |name: &str| folder.join(name);
    let written = Written {
        page: at("audit.html"),
        plot: at("audit.svg"),
        measured: at("audit.json"),
        record: at("record.json"),
    };
    let plot = page::plot(measured)?;
    kept::write(&written.plot, plot.as_bytes())?;
    kept::write(&written.measured, &serde_json::to_vec_pretty(measured).context("measurements are plain")?)?;
    kept::write(&written.record, &measured.record.canonical())?;
    kept::write(&written.page, page::page(measured, &plot)?.as_bytes())?;
    Ok(written)
}
