//! What a peer's script must know to measure the same.

use std::path::Path;

use anyhow::{Context, Result};
use lm::config::LlamaConfig;
use serde::Serialize;

use super::shape::Rows;

/// A measurement, as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Name of the shape.
    pub shape: String,
    /// The model, as `config.json` has it.
    pub model: LlamaConfig,
    /// Where.
    pub device: String,
    /// `bf16` or `f32`.
    pub precision: String,
    /// How much at a time.
    pub rows: Rows,
    /// Times that each measurement is repeated.
    pub repeats: usize,
}

impl Plan {
    /// Writes it.
    ///
    /// # Errors
    /// Names the file.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).context("plans are text and numbers")?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
    }
}
