//! Trains a task's model on halves of its items and keeps what each lost on the queries. Takes hours; what is done is not done again.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use compute::{Threads, parallel};
use tasks::text::Task;
use tasks::truth::{self, Half};

/// Makes the truth that attribution is measured against.
#[derive(Parser)]
struct Arguments {
    /// Trainings of every half.
    #[arg(long, default_value_t = 2)]
    seeds: u64,
    /// Trainings at a time, each on one core.
    #[arg(long, default_value_t = 2)]
    at_once: usize,
    /// Where single trainings are kept.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/truth"))]
    folder: PathBuf,
    /// The result.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/truth/base.npy"))]
    out: PathBuf,
}

fn main() -> ExitCode {
    tasks::exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    std::fs::create_dir_all(&arguments.folder)
        .with_context(|| format!("cannot write {}", arguments.folder.display()))?;
    let task = Task::base()?;
    // All halves under the first seed before any under the second: what is done when time runs out is of use.
    let halves: Vec<Half> = (0..arguments.seeds)
        .flat_map(|seed| (0..tasks::text::SUBSETS).map(move |subset| Half { subset, seed }))
        .collect();
    let (done, start) = (AtomicUsize::new(0), Instant::now());
    let losses = parallel::map(Threads::new(arguments.at_once), halves.len(), |index| {
        let losses = truth::of_half(&task, halves[index], &arguments.folder);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        println!("{done} of {} after {} s", halves.len(), start.elapsed().as_secs());
        losses
    });
    let losses = losses.into_iter().collect::<Result<Vec<_>>>()?;
    truth::save(&arguments.out, arguments.seeds as usize, &losses)
}
