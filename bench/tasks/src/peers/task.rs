//! What all methods are given, and how well they did.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;
use compute::{Job, Threads};
use serde::Serialize;

use super::speed;
use crate::digits::{self, Truth};
use crate::export::{self, classifiers};
use crate::measured::Measured;
use crate::text;
use crate::truth::Trained;

/// Networks of Task A's ensemble.
const NETWORKS: u64 = 10;
/// torch's seed of Task A's split.
const SPLIT: u32 = 0;

/// Which task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[value(rename_all = "verbatim")]
pub enum Name {
    /// A classifier of digits.
    A,
    /// A language model of one text.
    B,
    /// An adapter of it to another text.
    C,
    /// What the model of B learned, asked of the adapter of C.
    D,
}

/// A task whose files are written and whose truth is read.
pub struct Task {
    /// Which.
    pub name: Name,
    /// Models, items, queries, halves.
    pub folder: PathBuf,
    /// What retraining showed.
    pub measured: Measured,
    /// Items that plain training of the same models goes through in a second, on the same cores.
    pub training_speed: f64,
}

/// Where tasks are kept.
#[derive(Clone, Debug)]
pub struct Places {
    /// The project.
    pub root: PathBuf,
}

impl Places {
    fn target(&self, name: &str) -> PathBuf {
        self.root.join("target").join(name)
    }

    /// Files of a task.
    pub fn task(&self, name: Name) -> PathBuf {
        self.target("peers").join(match name {
            Name::A => "digits",
            Name::B => Trained::BASE.name(),
            Name::C => Trained::ADAPTER.name(),
            Name::D => Trained::THROUGH.name(),
        })
    }
}

impl Task {
    /// Trains the models that are not there, and writes what peers read.
    ///
    /// # Errors
    /// If a training fails or a file cannot be written.
    pub fn prepare(name: Name, places: &Places, job: &Job) -> Result<Self> {
        let folder = places.task(name);
        let (measured, training_speed) = match name {
            Name::A => digits(places, &folder, job.threads)?,
            Name::B => language(&text::Task::base()?, Trained::BASE, &folder, job)?,
            Name::C => language(&export::adapter_task(&places.task(Name::B), job)?, Trained::ADAPTER, &folder, job)?,
            Name::D => through(places, &folder, job)?,
        };
        Ok(Self { name, folder, measured, training_speed })
    }

    /// Whether the task's folder has a model whose logits torch can be asked for; Task D has those of C.
    pub fn has_model(&self) -> bool {
        self.name != Name::D
    }

    /// Where methods leave their matrices.
    pub fn scores(&self) -> PathBuf {
        self.folder.join("scores")
    }
}

fn digits(places: &Places, folder: &Path, threads: Threads) -> Result<(Measured, f64)> {
    let task = digits::Task::load(&places.root.join("data/digits.csv.gz"), SPLIT)?;
    let truth = Truth::load_or_train(&task, &places.target("bench-influence"), threads)?;
    classifiers::write(&task, NETWORKS, folder, threads)?;
    Ok((Measured::digits(&task, &truth), speed::of_classifiers(&task, threads)?))
}

fn language(task: &text::Task, kind: Trained, folder: &Path, job: &Job) -> Result<(Measured, f64)> {
    let measured = Measured::language(task, kind)?;
    export::arrays(task, folder)?;
    let model = export::model(task, 0, folder, job)?;
    export::logits(task, &model, folder)?;
    Ok((measured, speed::of_language(task, job)?))
}

/// Items of B, queries and adapter of C.
fn through(places: &Places, folder: &Path, job: &Job) -> Result<(Measured, f64)> {
    let (base, later) = (text::Task::base()?, export::adapter_task(&places.task(Name::B), job)?);
    export::model(&later, 0, &places.task(Name::C), job)?;
    let task = text::Task { queries: later.queries, ..base };
    let measured = Measured::language(&task, Trained::THROUGH)?;
    export::arrays(&task, folder)?;
    Ok((measured, speed::of_language(&task, job)?))
}
