//! Whether a newcomer is of use: models trained with and without it, under the same seeds, beside images that nobody trains on.

use anyhow::{Context, Result};
use influence::Threads;
use influence::dataset::Examples;
use influence::manifest::TrainingPlan;
use influence::mlp::Mlp;
use influence::train::{Run, train};

use super::training::Training;

/// Standard errors by which a loss must fall to be certain to fall: as many as the ledger asks for by default.
const CERTAIN: f64 = 2.0;

/// What a trial showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// By how much the loss falls with the newcomer, in the mean over seeds, in nats.
    pub use_nats: f64,
    /// Its standard error over seeds.
    pub error_nats: f64,
    /// The loss without it.
    pub loss_without: f64,
}

impl Verdict {
    fn of(without: &[f64], with: &[f64]) -> Self {
        let count = with.len() as f64;
        let falls: Vec<f64> = without.iter().zip(with).map(|(without, with)| without - with).collect();
        let mean = falls.iter().sum::<f64>() / count;
        let squares: f64 = falls.iter().map(|fall| (fall - mean).powi(2)).sum();
        let error_nats = (squares / (count - 1.0) / count).sqrt();
        Self { use_nats: mean, error_nats, loss_without: without.iter().sum::<f64>() / count }
    }

    /// Whether the loss is certain to fall.
    pub fn is_of_use(&self) -> bool {
        self.use_nats > CERTAIN * self.error_nats
    }

    /// The use as a part of the loss without the newcomer.
    pub fn of_loss(&self) -> f64 {
        self.use_nats / self.loss_without
    }

    /// How many standard errors the use is.
    pub fn certainty(&self) -> f64 {
        self.use_nats / self.error_nats
    }
}

/// A trial: by what training, under which seeds, beside which images.
pub struct Trial<'a> {
    /// How models are trained.
    pub plan: &'a TrainingPlan,
    /// Seeds of the models, at least two: none that serves.
    pub seeds: &'a [u64],
    /// Images with true labels.
    pub validation: &'a Examples,
    /// How many trainings run at once.
    pub threads: Threads,
}

impl Trial<'_> {
    /// What each of the newcomers, by position, adds to all that is trained on without any of them.
    ///
    /// # Errors
    /// If a training fails.
    pub fn verdicts(&self, training: &Training, newcomers: &[usize]) -> Result<Vec<Verdict>> {
        let Training { items, ownership, .. } = training;
        let keep = |candidate: Option<usize>| -> std::sync::Arc<[bool]> {
            let owners = ownership.item_positions.iter().map(|&owner| owner as usize);
            owners.map(|owner| Some(owner) == candidate || !newcomers.contains(&owner)).collect()
        };
        let worlds = std::iter::once(None).chain(newcomers.iter().copied().map(Some)).map(keep);
        let runs: Vec<Run> =
            worlds.flat_map(|keep| self.seeds.iter().map(move |&seed| Run::keeping(seed, keep.clone()))).collect();
        let models = train(self.plan, items, &runs, self.threads, &|_| ())?;
        let losses =
            models.iter().map(|model: &Mlp| model.mean_loss(self.validation)).collect::<Result<Vec<_>, _>>()?;
        let (without, with) = losses.split_at_checked(self.seeds.len()).context("as many models as runs")?;
        Ok(with.chunks_exact(self.seeds.len()).map(|with| Verdict::of(without, with)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_certain_where_it_is_more_than_two_standard_errors() {
        // Falls of 0.1, 0.2 and 0.3: mean 0.2, standard deviation 0.1.
        let verdict = Verdict::of(&[1.0, 1.0, 1.0], &[0.9, 0.8, 0.7]);
        assert!((verdict.error_nats - 0.1 / 3f64.sqrt()).abs() < 1e-12);
        assert!(verdict.is_of_use() && (verdict.of_loss() - 0.2).abs() < 1e-12);
        assert!((verdict.certainty() - 2.0 * 3f64.sqrt()).abs() < 1e-12);
        assert!(!Verdict::of(&[1.0, 1.0, 1.0], &[0.9, 1.0, 0.8]).is_of_use());
        assert!(!Verdict::of(&[1.0, 1.0], &[1.0, 1.0]).is_of_use(), "no use is none, however certain");
    }
}
