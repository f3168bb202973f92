//! How the audited model was trained, as a file says it.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use lm::{model::Model, train::TrainingPlan, weights::Weights};
use protocol::Hash32;
use serde::Deserialize;
use serde_json::Value;

/// The plan, and what training began with.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Training {
    /// The plan.
    pub plan: TrainingPlan,
    /// Hash of the weights that it began with; none if they were drawn from the plan's seed, or nobody said.
    #[serde(default)]
    start: Option<Hash32>,
}

impl Training {
    /// Reads what `oracle train` writes, or a plan alone.
    ///
    /// # Errors
    /// Names the file, and what is wrong with the plan.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = std::fs::read(path).with_context(|| format!("cannot read the training plan at {shown}"))?;
        let what =
            || format!("{shown} is no training plan: give the training.json that `oracle train` writes, or its `plan`");
        let value: Value = serde_json::from_slice(&text).with_context(what)?;
        let training: Self = if value.get("plan").is_some() {
            serde_json::from_value(value).with_context(what)?
        } else {
            Self { plan: serde_json::from_value(value).with_context(what)?, start: None }
        };
        training.plan.check().with_context(what)?;
        Ok(training)
    }

    /// Checks that the training can begin as it began.
    ///
    /// # Errors
    /// Says which folder is lacking or another one.
    pub(super) fn check_start(&self, model: &Model, start: Option<&Weights>) -> Result<()> {
        let Some(wanted) = self.start else { return Ok(()) };
        let (option, found) = match (model.adapter(), start) {
            (Some(_), _) => ("--model", model.weights().hash()?),
            (None, Some(start)) => ("--start", start.hash()?),
            (None, None) => bail!("the training began with weights {wanted}: give their folder with --start"),
        };
        ensure!(
            wanted == Hash32(found),
            "the training began with weights {wanted}, and {option} has others: {}",
            Hash32(found)
        );
        Ok(())
    }
}
