//! What was done, for people and programs.

use std::path::Path;

use serde::Serialize;

use super::{course::Effort, material::Part, result::Record};

/// What was done.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The folder.
    pub out: String,
    /// `model` or `adapter`.
    pub kind: &'static str,
    /// Whether an earlier run had done it all.
    pub was_done: bool,
    /// Items.
    pub items: usize,
    /// Contributions of them, as far as anybody said.
    pub contributions: Vec<Part>,
    /// Steps.
    pub steps: usize,
    /// Tokens learned, in all passes.
    pub tokens: f64,
    /// Mean loss in the first step, nats per token.
    pub first_loss: Option<f64>,
    /// Mean loss in the last pass, nats per token.
    pub last_loss: Option<f64>,
    /// Mean loss of what is held out before training, nats per token.
    pub first_held_out: Option<f64>,
    /// The same after training.
    pub last_held_out: Option<f64>,
    /// What this run had to do.
    #[serde(flatten)]
    pub effort: Effort,
    /// Hash of the recipe, for the chain.
    pub training_hash: String,
    /// Hash of the weights, for the chain.
    pub weights_hash: String,
    /// Fields of `manifest.json` that its owner has to fill or check.
    pub to_be_added: Vec<&'static str>,
}

impl Summary {
    /// Of a training that is done; `effort` is none if an earlier run had done it.
    pub fn new(out: &Path, record: &Record, effort: Option<Effort>, to_be_added: Vec<&'static str>) -> Self {
        let (curve, plan) = (&record.curve, &record.recipe.plan);
        let steps = curve.steps();
        Self {
            out: out.display().to_string(),
            kind: if record.recipe.lora.is_some() { "adapter" } else { "model" },
            was_done: effort.is_none(),
            items: record.recipe.items.iter().map(super::material::Origin::items).sum(),
            contributions: record.contributions.clone(),
            steps,
            tokens: curve.learned(),
            first_loss: curve.loss.first().copied(),
            last_loss: curve.recent(steps / plan.epochs.max(1)),
            first_held_out: curve.validation.first().map(|seen| seen.loss),
            last_held_out: curve.validation.last().map(|seen| seen.loss),
            effort: effort.unwrap_or(Effort { steps_before: steps, ..Effort::default() }),
            training_hash: record.training_hash.to_string(),
            weights_hash: record.weights_hash.to_string(),
            to_be_added,
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut lines = vec![self.sentence()];
        let moved = |name: &str, first: Option<f64>, last: Option<f64>| {
            Some(format!("{name}: {:.4} → {:.4} nats per token", first?, last?))
        };
        lines.extend(moved("loss", self.first_loss, self.last_loss));
        lines.extend(moved("held out", self.first_held_out, self.last_held_out));
        lines.push(self.pace());
        lines.push(format!(
            "{}: the {}, training.json, loss.svg, and manifest.json for the chain; its owner adds or checks {}",
            self.out,
            self.kind,
            self.to_be_added.join(", ")
        ));
        lines.join("\n")
    }

    fn sentence(&self) -> String {
        let whose = match self.contributions.len() {
            0 => String::new(),
            count => format!(" of {count} contributions"),
        };
        format!("{}: {} items{whose}, {} steps, {} tokens", self.kind, self.items, self.steps, self.tokens)
    }

    fn pace(&self) -> String {
        let Effort { steps_before, seconds, tokens_per_second } = self.effort;
        if self.was_done {
            return "it was done already: nothing was trained again".to_owned();
        }
        let before = if steps_before > 0 { format!(" from step {steps_before} on") } else { String::new() };
        format!("{seconds:.1} s{before}, {tokens_per_second:.0} tokens/s")
    }
}
