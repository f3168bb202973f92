//! Trains a task's model on halves of its items and keeps what each lost on the queries. Takes hours; what is done is not done again.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use compute::{Job, Threads, parallel};
use tasks::export;
use tasks::text::Task;
use tasks::truth::{self, Half, Trained, Truth};

/// Makes the truth that attribution is measured against.
#[derive(Parser)]
struct Arguments {
    /// Which task's.
    #[arg(long, value_enum, default_value_t = Which::Base)]
    task: Which,
    /// Trainings at a time, each on one core.
    #[arg(long, default_value_t = 2)]
    at_once: usize,
    /// Where Task B's model is kept, which Task C's adapters are trained on.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers/base"))]
    base: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    /// Task B.
    Base,
    /// Task C.
    Adapter,
    /// Task D, and with it Task B, whose models its adapters are trained on.
    Through,
}

fn main() -> ExitCode {
    tasks::exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let at_once = Threads::new(arguments.at_once);
    match arguments.task {
        Which::Base => train(&Task::base()?, Trained::BASE, at_once),
        Which::Adapter => {
            train(&export::adapter_task(&arguments.base, &Job::from(Threads::available()))?, Trained::ADAPTER, at_once)
        }
        Which::Through => train_through(at_once),
    }
}

/// A task's model on its halves.
fn train(task: &Task, kind: Trained, at_once: Threads) -> Result<()> {
    let truth = Kept::open(task, kind)?;
    for_all(&truth.missing(), at_once, |half| {
        truth.put(half, &truth::losses_on_queries(task, &truth::of_half(task, half)?)?)
    })
}

/// Models on halves, and on each an adapter that learns all of its own items.
fn train_through(at_once: Threads) -> Result<()> {
    let task = Task::base()?;
    let (base, through) = (Kept::open(&task, Trained::BASE)?, Kept::open(&task, Trained::THROUGH)?);
    // One seed: both seeds of Task B would take twice as long.
    let missing: Vec<Half> = through.missing().into_iter().filter(|half| half.seed == 0).collect();
    for_all(&missing, at_once, |half| {
        let model = truth::of_half(&task, half)?;
        base.put(half, &truth::losses_on_queries(&task, &model)?)?;
        let later = Task::adapter(model.weights().clone())?;
        let adapted = truth::train(&later, None, half.seed, &Job::from(Threads::new(1)))?;
        through.put(half, &truth::losses_on_queries(&later, &adapted)?)
    })
}

fn for_all(halves: &[Half], at_once: Threads, train: impl Fn(Half) -> Result<()> + Sync) -> Result<()> {
    let (left, start) = (AtomicUsize::new(halves.len()), Instant::now());
    let one = |index: usize| -> Result<()> {
        train(halves[index])?;
        println!("{} trainings left after {} s", left.fetch_sub(1, Ordering::Relaxed) - 1, start.elapsed().as_secs());
        Ok(())
    };
    parallel::map(at_once, halves.len(), one).into_iter().collect()
}

/// A truth that several trainings write.
struct Kept(Mutex<Truth>);

impl Kept {
    fn open(task: &Task, kind: Trained) -> Result<Self> {
        Ok(Self(Mutex::new(Truth::open(&Truth::place(kind), task.queries.len())?)))
    }

    fn missing(&self) -> Vec<Half> {
        self.0.lock().expect("keeping does not panic").missing()
    }

    fn put(&self, half: Half, losses: &[f32]) -> Result<()> {
        self.0.lock().expect("keeping does not panic").put(half, losses)
    }
}
