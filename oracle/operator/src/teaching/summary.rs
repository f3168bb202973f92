//! What was done, for people and programs.

use std::path::Path;

use serde::Serialize;

use super::{
    copies::{self, Copies},
    course::Effort,
    material::{Origin, Part},
    result::Record,
};

/// What was done.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// The folder.
    pub out: String,
    /// `model` or `adapter`.
    pub kind: &'static str,
    /// Whether an earlier run had done it all.
    pub was_done: bool,
    /// Items that were learned from.
    pub items: usize,
    /// Items that were left out because they repeat earlier ones, by contribution.
    pub left_out: Vec<Copies>,
    /// Contributions of the items, as far as anybody said.
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
    /// Hash of the version's manifest, for the chain; none without a tokenizer.
    pub training_hash: Option<String>,
    /// Hash of the version's weights, for the chain; none without a tokenizer.
    pub weights_hash: Option<String>,
    /// Fields of `manifest.json` that its owner has to fill or check.
    pub to_be_added: Vec<&'static str>,
}

impl Summary {
    /// Of a training that is done; `effort` is none if an earlier run had done it.
    pub fn new(out: &Path, record: &Record, effort: Option<Effort>, to_be_added: Vec<&'static str>) -> Self {
        let (curve, plan) = (&record.curve, &record.recipe.plan);
        let steps = curve.steps();
        let left_out = record.left_out.as_deref().unwrap_or_default();
        let all: usize = record.recipe.items.iter().map(Origin::items).sum();
        Self {
            out: out.display().to_string(),
            kind: if record.recipe.lora.is_some() { "adapter" } else { "model" },
            was_done: effort.is_none(),
            items: all.saturating_sub(left_out.len()),
            left_out: copies::counts(left_out),
            contributions: record.contributions.clone(),
            steps,
            tokens: curve.learned(),
            first_loss: curve.loss.first().copied(),
            last_loss: curve.recent(steps / plan.epochs.max(1)),
            first_held_out: curve.validation.first().map(|seen| seen.loss),
            last_held_out: curve.validation.last().map(|seen| seen.loss),
            effort: effort.unwrap_or(Effort { steps_before: steps, ..Effort::default() }),
            training_hash: record.hashes.map(|hashes| hashes.training_hash.to_string()),
            weights_hash: record.hashes.map(|hashes| hashes.weights_hash.to_string()),
            to_be_added,
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut lines = vec![self.sentence()];
        lines.extend(self.copies());
        let moved = |name: &str, first: Option<f64>, last: Option<f64>| {
            Some(format!("{name}: {:.4} → {:.4} nats per token", first?, last?))
        };
        lines.extend(moved("loss", self.first_loss, self.last_loss));
        lines.extend(moved("held out", self.first_held_out, self.last_held_out));
        lines.extend([self.pace(), self.left(), self.next_step()]);
        lines.join("\n")
    }

    fn sentence(&self) -> String {
        let whose = match self.contributions.len() {
            0 => String::new(),
            count => format!(" of {count} contributions"),
        };
        format!("{}: {} items{whose}, {} steps, {} tokens", self.kind, self.items, self.steps, self.tokens)
    }

    fn copies(&self) -> Option<String> {
        let count = |copies: &Copies| copies.exact + copies.near;
        let all: usize = self.left_out.iter().map(count).sum();
        let told = |copies: &Copies| format!("{} {} exact and {} near", copies.contribution, copies.exact, copies.near);
        let by_contribution: Vec<String> = self.left_out.iter().map(told).collect();
        let read = self.items + all;
        (all > 0)
            .then(|| format!("left out: {all} of {read} items, copies of earlier ones: {}", by_contribution.join(", ")))
    }

    fn pace(&self) -> String {
        let Effort { steps_before, seconds, tokens_per_second } = self.effort;
        if self.was_done {
            return "it was done already: nothing was trained again".to_owned();
        }
        let before = if steps_before > 0 { format!(" from step {steps_before} on") } else { String::new() };
        format!("{seconds:.1} s{before}, {tokens_per_second:.0} tokens/s")
    }

    fn left(&self) -> String {
        let Self { out, kind, .. } = self;
        let version = if self.is_version() { "; version.json for operators, manifest.json for the chain" } else { "" };
        format!("{out}: the {kind}, training.json, loss.svg{version}")
    }

    fn next_step(&self) -> String {
        if !self.is_version() {
            return "without a tokenizer it is no version that operators can ask: name one with --tokenizer if it shall be".to_owned();
        }
        let out = &self.out;
        let folders = if self.kind == "adapter" { format!("MODEL --adapter {out}") } else { out.clone() };
        let fields = self.to_be_added.join(", ");
        format!(
            "next: oracle publish --model {folders} --published PLACE; then RegisterVersion with {out}/manifest.json, in which its owner adds \
             or checks {fields}"
        )
    }

    fn is_version(&self) -> bool {
        self.weights_hash.is_some()
    }
}
