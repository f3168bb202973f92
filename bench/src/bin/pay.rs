//! Task R: pay over time on digits, by the contracts on the embedded chain, by a bound per epoch, and by the usual rule.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use bench::pay::chain::{MAX_EPOCHS, MAX_QUERIES};
use bench::pay::course::{Course, Plan, play};
use bench::pay::engine::{Damping, Making};
use bench::pay::goals::judge;
use bench::pay::kinds::Kinds;
use bench::pay::plot;
use bench::pay::summary::Courses;
use bench::pay::{Rule, Strata};
use bench::record::{Output, Record, table};
use bench::stopwatch::load;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use influence::Threads;
use influence::dataset::load_digits;
use influence::manifest::Schedule;

/// Who is paid what over epochs of 600 paid queries and 1,000 fresh validation images: eight honest contributors, a specialist, wrong labels
/// and noise.
#[derive(Parser)]
#[command(name = "bench/pay")]
struct Arguments {
    /// Epochs of every seed, at most 80.
    #[arg(long, default_value_t = MAX_EPOCHS)]
    epochs: usize,
    /// Seeds of data and models.
    #[arg(long, default_value_t = 5)]
    seeds: u64,
    /// Numbers of strata to play, 1 or 2 or both.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2], value_parser = clap::value_parser!(u8).range(1..=2))]
    strata: Vec<u8>,
    /// Paid queries of every epoch, at most 600.
    #[arg(long, default_value_t = MAX_QUERIES)]
    queries: usize,
    /// Fresh validation images of every epoch.
    #[arg(long, default_value_t = 1_000)]
    validation: usize,
    /// Models that are averaged.
    #[arg(long, default_value_t = 3)]
    members: u64,
    /// Damping of influence: a number, `procedure` (chosen as operators choose it), or `best` (of best quality by the same figures).
    #[arg(long, default_value = "0.003")]
    damping: Damping,
    /// Train with a step size that falls to 0, as the demonstration does, instead of the task's, which stays the same.
    #[arg(long)]
    falling_step: bool,
    /// Who tells the strata of validation images: `known`, as they were drawn; or the engine, from `pixels` or `hidden` layers.
    #[arg(long, value_enum, default_value_t = Kinds::Known)]
    kinds: Kinds,
    /// The digits.
    #[arg(long, value_name = "FILE", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/digits.csv.gz"))]
    data: PathBuf,
    /// Draw the plot to this file; without it, beside the records.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

impl Arguments {
    fn plan(&self) -> Result<Plan> {
        ensure!((1..=MAX_EPOCHS).contains(&self.epochs), "--epochs must be from 1 to {MAX_EPOCHS}");
        ensure!((1..=MAX_QUERIES).contains(&self.queries), "--queries must be from 1 to {MAX_QUERIES}");
        ensure!(self.seeds > 0 && self.members > 0, "--seeds and --members must be at least 1");
        let schedule = if self.falling_step { Schedule::Linear } else { Schedule::Constant };
        Ok(Plan {
            epochs: self.epochs,
            queries: self.queries,
            validation: self.validation,
            making: Making { members: self.members, schedule, damping: self.damping },
            kinds: self.kinds,
        })
    }

    /// Seeds with strata, in the order in which they are played.
    fn courses(&self) -> Vec<(u64, Strata)> {
        let played = |strata: &Strata| self.strata.iter().any(|&number| u64::from(number) == strata.count());
        let strata: Vec<Strata> = [Strata::One, Strata::Two].into_iter().filter(played).collect();
        (1..=self.seeds).flat_map(|seed| strata.iter().map(move |&strata| (seed, strata))).collect()
    }

    fn plot(&self) -> Option<PathBuf> {
        self.plot.clone().or_else(|| self.output.json.as_ref().map(|json| json.with_extension("svg")))
    }
}

fn main() -> ExitCode {
    bench::exit(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<()> {
    let courses = Courses::new(play_all(arguments)?);
    arguments.output.write(&courses.records()?)?;
    show(&courses)?;
    if let Some(path) = arguments.plot() {
        std::fs::write(&path, plot::draw(&courses)?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn play_all(arguments: &Arguments) -> Result<Vec<Course>> {
    let plan = arguments.plan()?;
    let images = load_digits(&arguments.data)?;
    let seeds = arguments.courses();
    println!("{} threads, load {}", Threads::available().count(), load());
    let bar = progress((seeds.len() * plan.epochs) as u64)?;
    let mut courses = Vec::new();
    for (seed, strata) in seeds {
        bar.set_message(format!("seed {seed}, strata {}", strata.count()));
        let start = Instant::now();
        let course = play(&plan, &images, (seed, strata), Threads::available(), &|| bar.inc(1))?;
        println!(
            "seed {seed}, strata {}: damping {}, {:.1} % of queries answered rightly, {:.0} s",
            strata.count(),
            course.damping,
            100.0 * course.accuracy,
            start.elapsed().as_secs_f64(),
        );
        courses.push(course);
    }
    bar.finish_and_clear();
    Ok(courses)
}

fn progress(epochs: u64) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} epochs, {eta} left")?;
    Ok(ProgressBar::new(epochs).with_style(style))
}

fn show(courses: &Courses) -> Result<()> {
    println!("\nIn per cent of the pools so far; ± is the standard deviation of single seeds.");
    for (strata, rule) in courses.cases() {
        println!("\n{}, strata {}", title(rule), strata.count());
        println!("{}", table(&courses.shares_table((strata, rule))?));
    }
    println!(
        "\nWhat became of the pools: paid, held back and residual make the whole; beyond use to rounding, the residual."
    );
    println!("clamped: how often, over all seeds, a gain or doubt was held at the pool.");
    println!("{}", table(&courses.totals_table()?));
    println!("\nThe contracts' rule by epoch {}:", courses.judged());
    let mut goals: Vec<Record> = Vec::new();
    for strata in courses.strata() {
        goals.extend(judge(courses, strata)?.iter().map(|goal| goal.row(strata)));
    }
    println!("{}", table(&goals));
    Ok(())
}

fn title(rule: Rule) -> &'static str {
    match rule {
        Rule::Ours => "ours: what is earned beyond doubt over the whole life of an account, by the contracts",
        Rule::EpochBound => "epoch_bound: what is beyond the doubt of each epoch alone",
        Rule::Usual => "usual: the sum of positive influences per item",
    }
}
