//! Influence against retraining on Task A: digits, a network 64-32-10, 100 random halves of 1,000 training items, 200 test losses.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use bench::methods::{Members, Predicted, best_weight_decay, falling, judge, mean};
use bench::record::{Output, Record, table};
use bench::stopwatch::{Spent, load, timed};
use clap::Parser;
use influence::Threads;
use tasks::digits::{SEEDS, SUBSETS, TESTS, Task, Truth};
use tasks::lds;

/// Figures of peers on the same task, on two cores, dampings chosen by the best score: method, models, LDS, seconds.
const QUOTED: [(&str, u64, f64, &str); 7] = [
    ("quoted: exact GGN influence", 10, 0.776, "37"),
    ("quoted: dattri 0.3.0 TRAK-10, k = 2048", 10, 0.661, "11"),
    ("quoted: exact GGN influence", 1, 0.647, "4"),
    ("quoted: kronfluence 1.0.1 EK-FAC", 1, 0.548, "3 to 4"),
    ("quoted: dattri IF-Explicit", 1, 0.533, "14"),
    ("quoted: traker 0.3.2 TRAK-10, k = 512", 10, 0.466, "13"),
    ("quoted: gradient dot product", 1, 0.247, "1 to 3"),
];

/// How well influence predicts what retraining on random halves of the training items shows: the linear datamodeling score (LDS).
#[derive(Parser)]
#[command(name = "bench/influence")]
struct Arguments {
    /// Models of an ensemble.
    #[arg(long, default_value_t = 10)]
    models: u64,
    /// The digits.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/digits.csv.gz"))]
    data: PathBuf,
    /// torch's seed of the split into training and test images; 0 is Task A's.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    split: u32,
    /// Where the truth is kept, so that a second run need not train it.
    #[arg(long, value_name = "FOLDER", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench-influence"))]
    cache: PathBuf,
    /// Losses of other trainings of the same task, instead of our own: see `bench/reference/torch_truth.py`.
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

fn main() -> ExitCode {
    bench::exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    ensure!(arguments.models > 0, "--models must be at least 1");
    let measured = Bench::prepare(arguments)?.measure(arguments.models)?;
    arguments.output.write(&measured)?;
    let all: Vec<Record> = measured.into_iter().chain(quoted()).collect();
    println!("{}", table(&all));
    println!(
        "LDS of 1 model: mean over {} models, each by itself. seconds: training, curvature and scoring.",
        arguments.models
    );
    println!("choosing_seconds: the damping (and weight decay), judged by held-out training items, never by a test.");
    Ok(())
}

fn quoted() -> impl Iterator<Item = Record> {
    QUOTED.into_iter().map(|(method, models, lds, seconds)| {
        Record::new()
            .text("task", "digits")
            .text("method", method)
            .count("models", models)
            .number("lds", lds, 3)
            .text("seconds", seconds)
    })
}

/// The task and its truth.
struct Bench {
    task: Task,
    /// Mean losses of the retrained models.
    measured: Predicted,
    threads: Threads,
}

impl Bench {
    fn prepare(arguments: &Arguments) -> Result<Self> {
        let threads = Threads::available();
        println!("{} threads, load {}", threads.count(), load());
        let task = Task::load(&arguments.data, arguments.split)?;
        let (truth, spent) = timed(|| match &arguments.truth {
            Some(path) => Truth::load(path),
            None => Truth::load_or_train(&task, &arguments.cache, threads),
        });
        let truth = truth?;
        println!(
            "truth: {SUBSETS} halves x {SEEDS} seeds x {TESTS} test losses, trained or read in {:.1} s",
            spent.seconds
        );
        let seeds: Vec<Predicted> = (0..SEEDS).map(|seed| truth.of_seed(seed)).collect();
        let ceiling = lds::ceiling(&seeds).unwrap_or(f64::NAN);
        println!("ceiling by seed noise: a perfect prediction would score {ceiling:.3}");
        Ok(Self { task, measured: truth.mean_losses(), threads })
    }

    fn measure(&self, models: u64) -> Result<Vec<Record>> {
        let seeds: Vec<u64> = (0..models).collect();
        let as_prescribed = Members::train(Task::plan(seeds.clone()), &self.task, self.threads)?;
        let mut records = vec![self.floor(&as_prescribed)?];
        let judged = judge(&as_prescribed, &self.task, self.threads)?;
        let mut add = |method: &str, members: &Members, damping: f64, choosing: Spent| -> Result<()> {
            records.extend(self.influence(method, members, damping, choosing)?);
            Ok(())
        };
        add("exact GGN, damping for pay (half-subset-lds/2)", &as_prescribed, judged.taken, judged.spent)?;
        add("exact GGN", &as_prescribed, judged.best.damping, judged.spent)?;
        let settled = Members::train(falling(seeds.clone()), &self.task, self.threads)?;
        let judged = judge(&settled, &self.task, self.threads)?;
        add("exact GGN, falling step size", &settled, judged.best.damping, judged.spent)?;
        let (plan, trying) = best_weight_decay(&seeds, &self.task, self.threads)?;
        let method = format!("exact GGN, falling step size, weight decay {}", plan.weight_decay);
        let modest = Members::train(plan, &self.task, self.threads)?;
        let judged = judge(&modest, &self.task, self.threads)?;
        add(&method, &modest, judged.best.damping, trying)?;
        Ok(records)
    }

    fn floor(&self, members: &Members) -> Result<Record> {
        let each = members.gradient_products(&self.task)?;
        let spent = each.iter().map(|(_, spent)| *spent).sum::<Spent>() * (1.0 / each.len() as f64);
        Ok(row("gradient dot product", 1, self.mean_score(&each), members.first + spent))
    }

    /// The rows of single members and of all together.
    fn influence(&self, method: &str, members: &Members, damping: f64, choosing: Spent) -> Result<Vec<Record>> {
        let each = members.influence(damping, &self.task, self.threads)?;
        let spent: Spent = each.iter().map(|(_, spent)| *spent).sum();
        let count = each.len() as u64;
        let one = row(method, 1, self.mean_score(&each), members.first + spent * (1.0 / count as f64));
        let all = row(method, count, lds::correlation(&mean(&each), &self.measured), members.all + spent);
        let chosen = |row: Record| row.number("choosing_seconds", choosing.seconds, 1).number("damping", damping, 4);
        Ok(if count == 1 { vec![chosen(one)] } else { vec![chosen(one), chosen(all)] })
    }

    fn mean_score(&self, each: &[(Predicted, Spent)]) -> f64 {
        each.iter().map(|(predicted, _)| lds::correlation(predicted, &self.measured)).sum::<f64>() / each.len() as f64
    }
}

fn row(method: &str, models: u64, lds: f64, spent: Spent) -> Record {
    Record::new()
        .text("task", "digits")
        .text("method", method)
        .count("models", models)
        .number("lds", lds, 3)
        .number("seconds", spent.seconds, 1)
        .number("cpu_seconds", spent.cpu_seconds, 1)
}
