//! What contributors who do not play fair gain, and what becomes of a rare specialist, over epochs of the real rules.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use bench::attacks::attack::{Attack, Honest};
use bench::attacks::care::{Care, Precaution};
use bench::attacks::checks::{Broken, broken};
use bench::attacks::course::{Plan, play};
use bench::attacks::ground::Ground;
use bench::attacks::judge::{Baselines, Judged, Outcome};
use bench::attacks::models::Models;
use bench::attacks::specialist::Specialist;
use bench::attacks::trial::Verdict;
use bench::attacks::{OPEN, plot, suite};
use bench::pay::chain::{MAX_EPOCHS, MAX_QUERIES};
use bench::pay::course::Plan as PayPlan;
use bench::pay::engine::{Damping, Making};
use bench::pay::kinds::Kinds;
use bench::record::{Output, Record, table};
use bench::stopwatch::load;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use influence::Threads;
use influence::dataset::{LabelledImage, load_digits};
use influence::manifest::Schedule;

/// Part of the validation images that strata may mistake before the program fails.
const MISTAKEN: f64 = 0.02;
/// Queries and validation images of an epoch of Task R in the small form.
const SMALL_TASK_R: (usize, usize) = (120, 300);
/// Seeds have to be under it: beyond it, members' seeds would meet those of trials.
const MAX_SEED: u64 = 100_000;
/// What is done before training unless something else is asked for.
const PRECAUTIONS: [Precaution; 4] =
    [Precaution::Shifts, Precaution::Receipts, Precaution::Refusal, Precaution::Chance];

/// Copies, identities, junk, bought data, lures, poison and stuffed queries on digits: who gains what.
#[derive(Parser)]
#[command(name = "bench/attacks")]
struct Arguments {
    /// Epochs of every attack and of the specialist.
    #[arg(long, default_value_t = 40)]
    epochs: usize,
    /// Seeds of data and models.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Queries of honest payers in every epoch.
    #[arg(long, default_value_t = 200)]
    queries: usize,
    /// Fresh validation images of every epoch.
    #[arg(long, default_value_t = 400)]
    validation: usize,
    /// What is done before training, besides the search for copies at rest.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = PRECAUTIONS)]
    care: Vec<Precaution>,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    first_seed: u64,
    /// Models that are averaged.
    #[arg(long, default_value_t = 3)]
    members: u64,
    /// How damping is chosen: `procedure` as operators do, `best`, or a number.
    #[arg(long, default_value = "0.003")]
    damping: Damping,
    /// Train with a step size that falls to 0.
    #[arg(long)]
    falling_step: bool,
    /// Models of a trial with a newcomer, and as many without.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u64).range(2..=1_000))]
    trial_seeds: u64,
    /// Seeds of the specialist's world; 0 leaves it out.
    #[arg(long, default_value_t = 5)]
    specialist_seeds: u64,
    /// Where the strata of the specialist's world come from.
    #[arg(long, value_enum, default_value_t = Kinds::Pixels)]
    kinds: Kinds,
    /// Attacks whose names begin so; all unless given, none for `none`.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Few epochs of few attacks; what must hold is checked all the same.
    #[arg(long)]
    small: bool,
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
    /// The small form, where that is asked for.
    fn scaled(self) -> Result<Self> {
        ensure!((2..=MAX_EPOCHS).contains(&self.epochs), "--epochs must be from 2 to {MAX_EPOCHS}");
        ensure!((1..=MAX_QUERIES).contains(&self.queries), "--queries must be from 1 to {MAX_QUERIES}");
        ensure!(self.seeds > 0 && self.members > 0, "--seeds and --members must be at least 1");
        ensure!(self.first_seed < MAX_SEED, "--first-seed must be under {MAX_SEED}");
        if !self.small {
            return Ok(self);
        }
        let (specialist_seeds, trial_seeds) = (self.specialist_seeds.min(1), self.trial_seeds.min(8));
        let (epochs, members) = (self.epochs.min(4), self.members.min(2));
        Ok(Self { epochs, seeds: 1, members, trial_seeds, specialist_seeds, ..self })
    }

    fn plan(&self) -> Plan {
        let care = Care::new(self.care.iter().copied());
        Plan { epochs: self.epochs, queries: self.queries, validation: self.validation, care }
    }

    /// The training of Task R.
    fn making(&self) -> Making {
        let schedule = if self.falling_step { Schedule::Linear } else { Schedule::Constant };
        Making { members: self.members, schedule, damping: self.damping }
    }

    fn task_r(&self) -> PayPlan {
        let (queries, validation) = if self.small { SMALL_TASK_R } else { (MAX_QUERIES, 1_000) };
        PayPlan { epochs: self.epochs, queries, validation, making: self.making(), kinds: self.kinds }
    }

    fn attacks(&self) -> Result<Vec<Box<dyn Attack>>> {
        let mut attacks = if self.small { suite::small() } else { suite::all() };
        let wanted = |name: &str| self.only.is_empty() || self.only.iter().any(|start| name.starts_with(start));
        let none = self.only.iter().all(|start| start == "none") && !self.only.is_empty();
        attacks.retain(|attack| wanted(&attack.name()));
        ensure!(none || !attacks.is_empty(), "no attack has a name that begins with {}", self.only.join(" or "));
        Ok(attacks)
    }

    fn plot(&self) -> Option<PathBuf> {
        self.plot.clone().or_else(|| self.output.json.as_ref().map(|json| json.with_extension("svg")))
    }
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(broken) if broken.is_empty() => ExitCode::SUCCESS,
        Ok(broken) => {
            broken.iter().for_each(|Broken { attack, what }| eprintln!("must not be, under {attack}: {what}"));
            ExitCode::from(1)
        }
        Err(error) => bench::exit(Err(error)),
    }
}

fn run(arguments: Arguments) -> Result<Vec<Broken>> {
    let arguments = arguments.scaled()?;
    let images = load_digits(&arguments.data)?;
    println!("{} threads, load {}", Threads::available().count(), load());
    println!("before training: {}", arguments.plan().care.name());
    let attacks = arguments.attacks()?;
    let judged = if attacks.is_empty() { Vec::new() } else { play_all(&arguments, &images, &attacks)? };
    let specialist = play_specialist(&arguments, &images)?;
    write(&arguments, &judged)?;
    show(&judged);
    let mut failed = broken(&judged);
    if let Some(specialist) = specialist {
        failed.extend(show_specialist(&specialist));
    }
    Ok(failed)
}

/// The honest world first, then all attacks.
fn play_all(arguments: &Arguments, images: &[LabelledImage], attacks: &[Box<dyn Attack>]) -> Result<Vec<Judged>> {
    let bar = progress(arguments.seeds * (attacks.len() as u64 + 2), "worlds")?;
    let mut outcomes: Vec<Vec<Outcome>> = (0..=attacks.len()).map(|_| Vec::new()).collect();
    for seed in arguments.first_seed..arguments.first_seed + arguments.seeds {
        let ground = Ground::new(images.to_vec(), seed)?;
        let mut models = Models::new(seed, arguments.making(), Threads::available()).trying(arguments.trial_seeds);
        bar.set_message(format!("seed {seed}, honest"));
        let baselines = Baselines::play(&arguments.plan(), &ground, &mut models)?;
        bar.inc(2);
        outcomes[0].push(baselines.honest()?);
        show_honest(seed, &baselines);
        for (attack, outcomes) in attacks.iter().zip(&mut outcomes[1..]) {
            bar.set_message(format!("seed {seed}, {}", attack.name()));
            let start = Instant::now();
            let played = play(&arguments.plan(), &ground, &mut models, attack.as_ref())?;
            outcomes.push(baselines.judge(attack.as_ref(), played)?);
            println!("seed {seed}, {}: {:.0} s", attack.name(), start.elapsed().as_secs_f64());
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let honest: [&dyn Attack; 1] = [&Honest];
    let all = honest.into_iter().chain(attacks.iter().map(AsRef::as_ref));
    Ok(all.zip(outcomes).map(|(attack, outcomes)| Judged::new(attack, outcomes)).collect())
}

/// What the precautions cost the honest.
fn show_honest(seed: u64, baselines: &Baselines) {
    let (left_out, items) = baselines.left_out();
    let control = baselines.control() / OPEN as f64;
    println!("seed {seed}: {left_out} of {items} honest items are left out; a control is paid {control:.1} OPEN");
    let numbers = |values: Vec<f64>| values.iter().map(|value| format!("{value:.1}")).collect::<Vec<_>>().join(" ");
    if !baselines.tried.is_empty() {
        let taken = baselines.tried.iter().filter(|verdict| verdict.is_of_use()).count();
        let (tried, uses) = (baselines.tried.len(), baselines.tried.iter().map(Verdict::certainty).collect());
        println!(
            "seed {seed}: a trial takes {taken} of the {tried} honest; their use in standard errors: {}",
            numbers(uses)
        );
    }
    if !baselines.certainties.is_empty() {
        println!(
            "seed {seed}: items of the honest agree by so many standard errors: {}",
            numbers(baselines.certainties.clone())
        );
    }
}

fn play_specialist(arguments: &Arguments, images: &[LabelledImage]) -> Result<Option<Specialist>> {
    let seeds = arguments.specialist_seeds;
    if seeds == 0 {
        return Ok(None);
    }
    let bar = progress(seeds * arguments.epochs as u64, "epochs")?;
    bar.set_message("specialist");
    let specialist = Specialist::play(&arguments.task_r(), images, seeds, Threads::available(), &|| bar.inc(1))?;
    bar.finish_and_clear();
    Ok(Some(specialist))
}

fn progress(length: u64, of: &'static str) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template(&format!("{{msg}} {{wide_bar}} {{pos}}/{{len}} {of}, {{eta}} left"))?;
    Ok(ProgressBar::new(length).with_style(style))
}

/// Records and plot. The honest world is no attack.
fn write(arguments: &Arguments, judged: &[Judged]) -> Result<()> {
    let attacks = judged.get(1..).unwrap_or_default();
    arguments.output.write(&attacks.iter().map(Judged::record).collect::<Vec<Record>>())?;
    match arguments.plot() {
        Some(path) if !attacks.is_empty() => {
            std::fs::write(&path, plot::draw(attacks)?).with_context(|| format!("cannot write {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn show(judged: &[Judged]) {
    let Some((_, attacks)) = judged.split_first() else { return };
    println!("{}", table(&judged.iter().map(Judged::row).collect::<Vec<_>>()));
    println!(
        "Amounts in OPEN. Profit is what the accounts have more than if they did otherwise, after fees and bonds."
    );
    let strata: Vec<usize> = judged[0].outcomes.iter().map(|outcome| outcome.played.strata).collect();
    println!("Strata that the engine found among validation images, by seed: {strata:?}");
    let (missed, reached): (Vec<&Judged>, Vec<&Judged>) =
        attacks.iter().partition(|judged| judged.pays() || judged.moves_cluster());
    println!(
        "\n{} of {} attacks reach the goals: profit ≤ 0, a cluster's pay changed by ≤ 5 %.",
        reached.len(),
        attacks.len()
    );
    for judged in missed {
        let (profit, change) =
            (if judged.pays() { "pays" } else { "" }, if judged.moves_cluster() { "moves its cluster" } else { "" });
        let how: Vec<&str> = [profit, change].into_iter().filter(|how| !how.is_empty()).collect();
        println!("MISSED: {} ({}) {}: {}", judged.name, judged.does, how.join(" and "), judged.why);
    }
}

/// Shows what came of the specialist, and says what must not be.
fn show_specialist(specialist: &Specialist) -> Option<Broken> {
    println!(
        "\nThe rare specialist of Task R, with strata that the engine found itself; goal: paid ≥ 75 % of accrued by epoch 40"
    );
    println!("{}", table(&[specialist.row()]));
    let mistaken = !specialist.told_apart(MISTAKEN);
    mistaken.then(|| Broken { attack: "the specialist".to_owned(), what: "strata mix usual and inverted images" })
}
