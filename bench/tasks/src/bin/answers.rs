//! What buying from oneself brings where answers are chosen. docs/attacks.md has the figures.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use compute::{Job, Threads};
use tasks::answers::{Plan, play, table::table};
use tasks::export;

/// Plays who buys answers from itself, prompts and answers chosen for its own data, and prints what comes back of a fee.
#[derive(Parser)]
struct Arguments {
    /// Few contributions, prompts and draws, to see that all of it works.
    #[arg(long)]
    small: bool,
    /// Draws of which the best is signed.
    #[arg(long, default_value_t = 16)]
    draws: usize,
    /// Tokens of an answer.
    #[arg(long, default_value_t = 32)]
    tokens: usize,
    /// Also write the records here, JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where the models are kept; trained first if they are not there.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers"))]
    models: PathBuf,
}

fn main() -> ExitCode {
    tasks::exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let job = Job::from(Threads::available());
    let task = export::adapter_task(&arguments.models.join("base"), &job)?;
    let model = export::model(&task, 0, &arguments.models.join("adapter"), &job)?;
    let mut plan = Plan { contributions: 8, prompts: 4, given: 64, answered: arguments.tokens, draws: arguments.draws };
    if arguments.small {
        plan = Plan { contributions: 2, prompts: 2, draws: 2, ..plan };
    }
    let played = play(&task, &model, plan, &job)?;
    println!("{}", table(&played.records));
    let [bound, scaled] = played.honest.map(|part| 100.0 * part);
    println!("Honest answers owe {:.3} to all data; usefulness is {:.2} times that.", played.reach, played.room);
    println!(
        "Honest contributors are paid {bound:.0} % of the pool; {scaled:.0} % if usefulness were on the scale of use."
    );
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&played).context("records are plain")?;
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
