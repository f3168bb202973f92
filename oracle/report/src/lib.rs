//! What a run of the story shows: data in, terminal table, HTML and JSON out. Knows neither chain nor influence engine.
//!
//! ```text
//! Report ──> tables ──┬──> terminal::render      plain text, 140 columns
//!                     └──> html::render ──┐
//!        ──> plots (SVG) ─────────────────┴──> write: report.html, report.json
//! ```

pub mod data;
pub mod html;
pub mod plots;
pub mod statement;
pub mod terminal;
pub mod write;

mod number;
mod svg;
mod tables;

pub use data::Report;
pub use write::{WriteError, Written, write};
