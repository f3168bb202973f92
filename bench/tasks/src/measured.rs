//! What retraining showed on a task, as far as it was done.

use anyhow::{Result, ensure};

use crate::digits;
use crate::lds::{self, Losses, Score};
use crate::text::{self, SUBSETS};
use crate::truth::{Half, SEEDS, Trained, Truth};

/// Fewest halves that a second seed must have been trained on to count.
const FEWEST_HALVES: usize = 16;

/// Halves of the items, and what models trained on them lost on the queries.
pub struct Measured {
    /// `[halves][items]`
    pub halves: Vec<Vec<bool>>,
    /// Nats.
    pub losses: Losses,
}

impl Measured {
    /// Task A.
    pub fn digits(task: &digits::Task, truth: &digits::Truth) -> Self {
        let losses = (0..digits::SEEDS).map(|seed| truth.of_seed(seed)).collect();
        Self { halves: (0..task.subsets.len()).map(|subset| task.keep(subset)).collect(), losses }
    }

    /// A language model's task, as far as it was trained: halves whose complement is missing are left out, and a second seed counts once enough
    /// halves were trained from it.
    ///
    /// # Errors
    /// If there is too little.
    pub fn language(task: &text::Task, kind: Trained) -> Result<Self> {
        Self::so_far(task, &Truth::open(&Truth::place(kind), task.queries.len())?)
    }

    fn so_far(task: &text::Task, truth: &Truth) -> Result<Self> {
        let under = |seeds: u64| -> Vec<usize> {
            let done = |subset: usize| (0..seeds).all(|seed| truth.get(Half { subset, seed }).is_some());
            let complete = |pair: &usize| done(2 * pair) && done(2 * pair + 1);
            (0..SUBSETS / 2).filter(complete).flat_map(|pair| 2 * pair..2 * pair + 2).collect()
        };
        let seeds = if under(SEEDS).len() >= FEWEST_HALVES { SEEDS } else { 1 };
        let subsets = under(seeds);
        ensure!(subsets.len() > 2, "too few trainings were done: run the program `truth`");
        let of = |subset: usize, seed: u64| -> Vec<f64> {
            let losses = truth.get(Half { subset, seed }).expect("only those that were trained");
            losses.iter().map(|loss| f64::from(*loss)).collect()
        };
        let losses = (0..seeds).map(|seed| subsets.iter().map(|subset| of(*subset, seed)).collect()).collect();
        Ok(Self { halves: subsets.iter().map(|subset| task.subset(*subset)).collect(), losses })
    }

    /// How well influences, `[queries][items]`, rank what was lost, with the interval.
    pub fn score(&self, influence: &[Vec<f64>]) -> Score {
        lds::score(influence, &self.halves, &self.losses)
    }

    /// As [`Self::score`], without the interval, which takes most of its time.
    pub fn correlation(&self, influence: &[Vec<f64>]) -> f64 {
        lds::correlation(&lds::predicted_losses(influence, &self.halves), &lds::mean_over_seeds(&self.losses))
    }

    /// What was measured, in a sentence.
    pub fn said(&self) -> String {
        let queries = self.losses[0].first().map_or(0, Vec::len);
        let ceiling = lds::ceiling(&self.losses);
        let ceiling = ceiling.map_or_else(|| "unknown with one seed".to_owned(), |ceiling| format!("{ceiling:.3}"));
        let (halves, seeds) = (self.halves.len(), self.losses.len());
        format!(
            "truth of {halves} halves x {seeds} seeds x {queries} queries; a perfect prediction would score {ceiling}"
        )
    }
}
