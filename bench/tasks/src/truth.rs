//! What models trained on halves of the items lose on the queries.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use compute::{Job, Threads, persist};
use lm::evaluate::{Layout, losses};
use lm::model::Model;
use lm::train::{Course, Trainer, TrainingPlan};
use lm::weights::Weights;

use crate::export;
use crate::text::Task;

/// One training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Half {
    /// Which half.
    pub subset: usize,
    /// Decides the initial weights and the order.
    pub seed: u64,
}

impl Half {
    /// Where what it lost is kept.
    pub fn path(self, folder: &Path) -> PathBuf {
        folder.join(format!("{}-{}.f32", self.subset, self.seed))
    }
}

/// How items are laid out for everything that is measured.
pub const LAYOUT: Layout = Layout { block_length: crate::text::LENGTH, blocks_at_once: 2 };

/// Trains on the items for which `keep` is true; on all if it is `None`.
///
/// # Errors
/// If training fails.
pub fn train(task: &Task, keep: Option<&[bool]>, seed: u64, job: &Job) -> Result<Model> {
    let plan = TrainingPlan { seed, ..task.plan.clone() };
    let start = Model::new(Weights::initial(&task.config, seed)?);
    let mut trainer = Trainer::new(Course { plan: &plan, items: &task.items, keep }, start)?;
    while trainer.next(job)?.is_some() {}
    Ok(trainer.model().clone())
}

/// Summed losses on the queries of a model trained on a half, nats; taken from `folder` if they are there.
///
/// # Errors
/// If training fails or the folder cannot be written.
pub fn of_half(task: &Task, half: Half, folder: &Path) -> Result<Vec<f32>> {
    let path = half.path(folder);
    if let Ok(bytes) = std::fs::read(&path) {
        ensure!(bytes.len() == 4 * task.queries.len(), "{} is of another task: remove it", path.display());
        return Ok(bytes.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect());
    }
    let job = Job::from(Threads::new(1));
    let model = train(task, Some(&task.subset(half.subset)), half.seed, &job)?;
    let losses: Vec<f32> = losses(&model, &task.queries, LAYOUT, &job)?.iter().map(|loss| *loss as f32).collect();
    let bytes: Vec<u8> = losses.iter().flat_map(|loss| loss.to_le_bytes()).collect();
    persist::replace::<std::io::Error>(&path, |partial| std::fs::write(partial, bytes))
        .with_context(|| format!("cannot write {}", path.display()))?;
    Ok(losses)
}

/// Writes `[seeds, halves, queries]` as a numpy file.
///
/// # Errors
/// If it cannot be written.
pub fn save(path: &Path, seeds: usize, losses: &[Vec<f32>]) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot write {}", folder.display()))?;
    }
    let queries = losses.first().map_or(0, Vec::len);
    export::array(path, &[seeds, losses.len() / seeds, queries], losses.concat())
}
