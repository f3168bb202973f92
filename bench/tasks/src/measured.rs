//! What retraining showed on a task, as far as it was done.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::digits::{self, Truth};
use crate::export;
use crate::lds::{self, Losses, Score};
use crate::text::{self, SUBSETS};
use crate::truth::{self, Half};

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
    pub fn digits(task: &digits::Task, truth: &Truth) -> Self {
        let losses = (0..digits::SEEDS).map(|seed| truth.of_seed(seed)).collect();
        Self { halves: (0..task.subsets.len()).map(|subset| task.keep(subset)).collect(), losses }
    }

    /// Task B: the whole truth if it is there, else what was trained so far, halves whose complement is missing left out.
    ///
    /// # Errors
    /// If there is too little.
    pub fn language(task: &text::Task, whole: &Path, single: &Path) -> Result<Self> {
        if whole.exists() { Self::whole(task, whole) } else { Self::so_far(task, single) }
    }

    fn whole(task: &text::Task, path: &Path) -> Result<Self> {
        let (shape, values) = export::read(path)?;
        let fits = matches!(shape[..], [_, SUBSETS, queries] if queries == task.queries.len());
        ensure!(fits, "{} is {shape:?}, not [seeds, {SUBSETS}, {}]", path.display(), task.queries.len());
        let half = |half: &[f32]| half.iter().map(|loss| f64::from(*loss)).collect();
        let seed = |seed: &[f32]| seed.chunks_exact(shape[2]).map(half).collect();
        let losses = values.chunks_exact(shape[1] * shape[2]).map(seed).collect();
        Ok(Self { halves: (0..SUBSETS).map(|subset| task.subset(subset)).collect(), losses })
    }

    fn so_far(task: &text::Task, folder: &Path) -> Result<Self> {
        let there = |seed: u64, subset: usize| Half { subset, seed }.path(folder).exists();
        let under = |seeds: u64| -> Vec<usize> {
            let complete =
                |pair: &usize| (2 * pair..2 * pair + 2).all(|subset| (0..seeds).all(|seed| there(seed, subset)));
            (0..SUBSETS / 2).filter(complete).flat_map(|pair| 2 * pair..2 * pair + 2).collect()
        };
        let seeds = if under(2).len() >= FEWEST_HALVES { 2 } else { 1 };
        let subsets = under(seeds);
        ensure!(subsets.len() > 2, "{} has too few trainings: run the program `truth`", folder.display());
        let mut losses = Losses::new();
        for seed in 0..seeds {
            let of = |subset: &usize| truth::of_half(task, Half { subset: *subset, seed }, folder);
            let rows = subsets.iter().map(of).collect::<Result<Vec<_>>>()?;
            losses.push(rows.into_iter().map(|row| row.into_iter().map(f64::from).collect()).collect());
        }
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
