//! Our influence beside that of other libraries, against retraining: one table, one plot, one file of records.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use compute::{Job, Threads};
use tasks::exit;
use tasks::peers::method::Method;
use tasks::peers::outcome::{self, Outcome};
use tasks::peers::process::Programs;
use tasks::peers::task::{Name, Places, Task};
use tasks::peers::{plot, table};

/// Cores that everything runs on.
const CORES: usize = 2;

/// How well influence predicts what retraining on halves of the items shows (LDS), ours and peers', with what each took.
#[derive(Parser)]
#[command(name = "bench/peers")]
struct Arguments {
    /// Tasks: A is a classifier of digits, B a language model, C an adapter of it, D what B learned asked of C.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Name::A, Name::B, Name::C])]
    tasks: Vec<Name>,
    /// Methods to run, by the names that are printed; all unless given. What ran before is shown in any case.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Run few methods, to see that everything works.
    #[arg(long)]
    small: bool,
    /// Forget what ran before.
    #[arg(long)]
    fresh: bool,
    /// Write the records to this file, as a JSON list.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The plot.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers/peers.svg"))]
    plot: PathBuf,
    /// The program `oracle`.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/debug/oracle"))]
    oracle: PathBuf,
    /// Python of the peers' virtual environment.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers/venv/bin/python"))]
    python: PathBuf,
}

fn main() -> ExitCode {
    exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let root = std::path::absolute(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
    let (oracle, python) = (arguments.oracle.clone(), arguments.python.clone());
    let programs = Programs { oracle, python, scripts: root.join("bench/reference/peers") };
    let (places, job) = (Places { root }, Job::from(Threads::new(CORES)));
    let mut all = Vec::new();
    for name in &arguments.tasks {
        let task = Task::prepare(*name, &places, &job)?;
        println!("task {name:?}: {}", task.measured.said());
        if task.has_model() {
            println!("task {name:?}: torch and ours agree to {}", programs.check_agreement(&task)?);
        }
        run_methods(arguments, &programs, &task)?;
        let outcomes = outcome::all(&task)?;
        println!("{}", table::table(&outcomes));
        outcomes.iter().filter(|one| one.best && one.peer == "ours").for_each(|one| say_speed(&task, one));
        all.extend(outcomes);
    }
    let drawn = plot::draw(&all, &arguments.tasks)?;
    std::fs::write(&arguments.plot, drawn).with_context(|| format!("cannot write {}", arguments.plot.display()))?;
    println!("{}", arguments.plot.display());
    arguments.json.as_deref().map_or(Ok(()), |path| table::write(path, &all))
}

fn run_methods(arguments: &Arguments, programs: &Programs, task: &Task) -> Result<()> {
    if arguments.fresh && task.scores().exists() {
        std::fs::remove_dir_all(task.scores()).context("cannot remove what ran before")?;
    }
    for method in Method::all(task.name, &task.folder, arguments.small) {
        if arguments.only.is_empty() || arguments.only.iter().any(|only| only == method.name()) {
            match programs.run(&method, task)? {
                Some(took) => println!("  {:<60} {:>7.1} s, {} MiB", method.name(), took.seconds, took.peak_mib),
                None => println!("  {:<60} does not run: see its log in {}", method.name(), task.scores().display()),
            }
        }
    }
    Ok(())
}

/// Attribution beside plain training of the same models: items per second of each.
fn say_speed(task: &Task, outcome: &Outcome) {
    let models = if outcome.method.contains("all models") { 10.0 } else { 1.0 };
    let items = task.measured.halves[0].len() as f64 * models;
    let attributed = items / outcome.seconds;
    let (training, ratio) = (task.training_speed, attributed / task.training_speed);
    println!("{}: {attributed:.0} items/s beside {training:.0} in training, ratio {ratio:.3}", outcome.method);
}
