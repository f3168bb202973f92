//! The configuration of a perceptron, and how it was trained as far as its user says.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use influence::{
    manifest::{Precision, Schedule, TrainingPlan},
    mlp::Architecture,
};
use serde::Deserialize;

/// Weight decay of the trainings that judge dampings, where the model had none: the grid of dampings is in multiples of it.
pub(super) const REFERENCE_DECAY: f64 = 1e-3;

/// `config.json`: what it says besides is not read. A part of the model that is not a layer would show in the weights, and is refused there.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Config {
    /// From features to labels.
    layers: Vec<usize>,
    /// Between layers.
    #[serde(default = "relu")]
    activation: String,
    /// Of the training, as torch's SGD has it; 0 if there was none.
    #[serde(default)]
    pub(super) weight_decay: f64,
    /// How the model was trained, so that dampings are judged by trainings of the same kind.
    #[serde(default)]
    training: Training,
}

/// SGD with momentum; what is not said is as in Task A.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Training {
    epochs: usize,
    batch: usize,
    learning_rate: f64,
    schedule: Schedule,
    momentum: f64,
}

impl Default for Training {
    fn default() -> Self {
        Self { epochs: 60, batch: 50, learning_rate: 0.1, schedule: Schedule::Constant, momentum: 0.9 }
    }
}

fn relu() -> String {
    "relu".to_owned()
}

impl Config {
    /// Reads and checks the file.
    pub(super) fn load(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        let config: Self = serde_json::from_str(&text).with_context(|| format!("{shown} describes no mlp"))?;
        let activation = &config.activation;
        ensure!(activation.eq_ignore_ascii_case("relu"), "{shown}: activation is `{activation}`, this engine has relu");
        let decay = config.weight_decay;
        ensure!(decay.is_finite() && decay >= 0.0, "{shown}: weight_decay is {decay}, but must be 0 or more");
        config.plan(1, 0).check().with_context(|| format!("{shown}: the model or its training cannot be used"))?;
        Ok(config)
    }

    /// The layers.
    pub(super) fn architecture(&self) -> Result<Architecture> {
        Ok(Architecture::new(&self.layers)?)
    }

    /// The training of so many members. Their seeds are numbers in a row: how they were really begun is not known.
    pub(super) fn plan(&self, members: usize, seed: u64) -> TrainingPlan {
        let Training { epochs, batch, learning_rate, schedule, momentum } = self.training.clone();
        let weight_decay = if self.weight_decay > 0.0 { self.weight_decay } else { REFERENCE_DECAY };
        let seeds = (0..members as u64).map(|member| seed.wrapping_add(member)).collect();
        let (layers, precision, start) = (self.layers.clone(), Precision::F32, None);
        TrainingPlan { layers, epochs, batch, learning_rate, schedule, momentum, weight_decay, seeds, precision, start }
    }
}
