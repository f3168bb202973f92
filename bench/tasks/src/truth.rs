//! What models trained on halves of the items lose on the queries, kept in one file as far as it was done.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use compute::{Job, Threads};
use lm::evaluate::{Layout, losses};
use lm::model::Model;
use lm::train::{Course, Trainer, TrainingPlan};

use crate::export;
use crate::text::{SUBSETS, Task};

/// Seeds that every half is trained from.
pub const SEEDS: u64 = 2;

/// What was trained on halves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trained(&'static str);

impl Trained {
    /// Task B's model.
    pub const BASE: Self = Self("base");
    /// Task C's adapter of Task B's model.
    pub const ADAPTER: Self = Self("adapter");
    /// Task D: Task B's model, and on it an adapter that learns all of Task C's items.
    pub const THROUGH: Self = Self("through");

    /// Its name in files.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// One training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Half {
    /// Which half.
    pub subset: usize,
    /// Decides what is drawn before training, and the order of the items.
    pub seed: u64,
}

/// How items are laid out for everything that is measured.
pub const LAYOUT: Layout = Layout { block_length: crate::text::LENGTH, blocks_at_once: 2 };

/// What trainings on halves lost. Its file is a numpy array of f32, `[SEEDS, SUBSETS, queries]`, nats per query; NaN where nothing was trained
/// yet.
pub struct Truth {
    path: PathBuf,
    queries: usize,
    losses: Vec<f32>,
}

impl Truth {
    /// Where the truth is kept.
    pub fn place(kind: Trained) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("truth").join(format!("{}.npy", kind.name()))
    }

    /// What is kept in a file; nothing if there is none.
    ///
    /// # Errors
    /// If the file is of another task.
    pub fn open(path: &Path, queries: usize) -> Result<Self> {
        let shape = [SEEDS as usize, SUBSETS, queries];
        let losses = if path.exists() {
            let (found, losses) = export::read(path)?;
            ensure!(found == shape, "{} is {found:?}, not {shape:?}: remove it", path.display());
            losses
        } else {
            vec![f32::NAN; shape.iter().product()]
        };
        Ok(Self { path: path.to_path_buf(), queries, losses })
    }

    fn place_of(&self, half: Half) -> std::ops::Range<usize> {
        let first = (half.seed as usize * SUBSETS + half.subset) * self.queries;
        first..first + self.queries
    }

    /// What a training lost, if it was done.
    pub fn get(&self, half: Half) -> Option<&[f32]> {
        let losses = &self.losses[self.place_of(half)];
        losses.iter().all(|loss| loss.is_finite()).then_some(losses)
    }

    /// Keeps what a training lost, and writes the file.
    ///
    /// # Errors
    /// If there is not a number for each query, or the file cannot be written.
    pub fn put(&mut self, half: Half, losses: &[f32]) -> Result<()> {
        ensure!(losses.len() == self.queries, "{} losses are not {}", losses.len(), self.queries);
        let place = self.place_of(half);
        self.losses[place].copy_from_slice(losses);
        if let Some(folder) = self.path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot write {}", folder.display()))?;
        }
        export::array(&self.path, &[SEEDS as usize, SUBSETS, self.queries], self.losses.clone())
    }

    /// Trainings that were not done: all under the first seed before any under the second, so that what is there when time runs out is of use.
    pub fn missing(&self) -> Vec<Half> {
        let all = (0..SEEDS).flat_map(|seed| (0..SUBSETS).map(move |subset| Half { subset, seed }));
        all.filter(|half| self.get(*half).is_none()).collect()
    }
}

/// Trains on the items for which `keep` is true; on all if it is `None`.
///
/// # Errors
/// If training fails.
pub fn train(task: &Task, keep: Option<&[bool]>, seed: u64, job: &Job) -> Result<Model> {
    let plan = TrainingPlan { seed, ..task.plan.clone() };
    let mut trainer = Trainer::new(Course { plan: &plan, items: &task.items, keep }, task.untrained(seed)?)?;
    while trainer.next(job)?.is_some() {}
    Ok(trainer.model().clone())
}

/// A model trained on a half, on one thread.
///
/// # Errors
/// If training fails.
pub fn of_half(task: &Task, half: Half) -> Result<Model> {
    train(task, Some(&task.subset(half.subset)), half.seed, &Job::from(Threads::new(1)))
}

/// A model's summed losses on the queries, nats.
///
/// # Errors
/// If they cannot be computed.
pub fn losses_on_queries(task: &Task, model: &Model) -> Result<Vec<f32>> {
    let losses = losses(model, &task.queries, LAYOUT, &Job::from(Threads::new(1)))?;
    Ok(losses.iter().map(|loss| *loss as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_trained_is_kept_and_not_trained_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("truth/base.npy");
        let mut truth = Truth::open(&path, 2).expect("no file is an empty truth");
        let half = Half { subset: 3, seed: 1 };
        assert_eq!((truth.missing().len(), truth.get(half)), (SEEDS as usize * SUBSETS, None));
        truth.put(half, &[1.5, 2.5]).expect("writable");
        let again = Truth::open(&path, 2).expect("readable");
        assert_eq!(again.get(half), Some([1.5, 2.5].as_slice()));
        assert!(!again.missing().contains(&half) && again.missing().len() == SEEDS as usize * SUBSETS - 1);
        let error = Truth::open(&path, 3).err().expect("another task").to_string();
        assert!(error.contains("base.npy") && error.contains("remove it"), "{error}");
    }
}
