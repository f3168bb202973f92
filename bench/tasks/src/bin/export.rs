//! Trains a task's models and writes all that peers need.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use compute::{Job, Threads};
use tasks::export;
use tasks::text::Task;

/// Writes Task B's models, items and queries.
#[derive(Parser)]
struct Arguments {
    /// Models, each trained on all items from a seed of its own.
    #[arg(long, default_value_t = 1)]
    models: u64,
    /// Where.
    #[arg(long)]
    out: PathBuf,
}

fn main() -> ExitCode {
    tasks::exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let (task, job) = (Task::base()?, Job::from(Threads::available()));
    export::arrays(&task, &arguments.out)?;
    for seed in 0..arguments.models {
        export::model(&task, seed, &arguments.out, &job)?;
        println!("{}", export::model_folder(&arguments.out, seed).display());
    }
    Ok(())
}
