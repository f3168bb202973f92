//! Faults, round after round, on the embedded chain and on a real wasmd.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, Result};
use bench::{
    chaos::{
        audit::Tally,
        disk::SmallDisk,
        embedded,
        faults::{Fault, Script},
        summary, wasmd,
    },
    record::{Output, Record, table},
};
use clap::Parser;
use influence::dataset::{LabelledImage, load_digits};
use tokio::task::JoinSet;

/// Plays rounds of a small market in which operators, node, network, disk, clock, gateway and payers fail, and recomputes
/// everything after each.
#[derive(Parser)]
#[command(name = "bench/chaos")]
struct Arguments {
    /// Every fault at least once, in minutes.
    #[arg(long)]
    small: bool,
    /// Rounds on the embedded chain.
    #[arg(long)]
    rounds: Option<usize>,
    /// Rounds on wasmd.
    #[arg(long)]
    wasmd_rounds: Option<usize>,
    /// Name of the devnet, which is made and deleted.
    #[arg(long, default_value = "chaos")]
    devnet: String,
    /// The program `oracle`.
    #[arg(long, default_value = "target/debug/oracle")]
    oracle: PathBuf,
    /// Seed of the first world; the next one has the next seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Worlds on the embedded chain at a time.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    #[command(flatten)]
    output: Output,
}

/// Rounds in one embedded world: searching its transactions takes longer with every round.
const ROUNDS_PER_WORLD: usize = 25;
const SMALL: usize = 24;
const LONG: usize = 1_000;
const LONG_ON_WASMD: usize = 40;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let digits = Arc::new(load_digits(&root.join("data/digits.csv.gz")).context("cannot read the digits")?);
    let rounds = arguments.rounds.unwrap_or(if arguments.small { SMALL } else { LONG });
    let on_wasmd =
        arguments.wasmd_rounds.unwrap_or(if arguments.small { wasmd::every_fault().len() } else { LONG_ON_WASMD });
    // Operators on wasmd mostly wait, and leave the machine to the others.
    let (embedded, wasmd) = tokio::try_join!(
        timed(embedded(&arguments, rounds, &digits)),
        timed(wasmd(&arguments, on_wasmd, &digits, &root))
    )?;
    let mut records = show("embedded", &embedded);
    records.extend(show("wasmd", &wasmd));
    arguments.output.write(&records)?;
    let came = !arguments.small || [&embedded.0, &wasmd.0].into_iter().all(all_came);
    Ok(came && embedded.0.holds() && wasmd.0.holds())
}

/// Whether each fault of the scripts came: its effect was counted.
fn all_came(tally: &Tally) -> bool {
    let without = tally.without_effect();
    for fault in &without {
        println!("DID NOT COME: {}", fault.name());
    }
    without.is_empty()
}

/// With the seconds that it took.
async fn timed(work: impl Future<Output = Result<Tally>>) -> Result<(Tally, f64)> {
    let began = Instant::now();
    Ok((work.await?, began.elapsed().as_secs_f64()))
}

async fn wasmd(arguments: &Arguments, rounds: usize, digits: &Arc<Vec<LabelledImage>>, root: &Path) -> Result<Tally> {
    if rounds == 0 {
        return Ok(Tally::default());
    }
    let play = wasmd::Play {
        seed: arguments.seed,
        rounds,
        scripts: wasmd::every_fault(),
        root: root.canonicalize()?,
        name: arguments.devnet.clone(),
        oracle: arguments.oracle.canonicalize().context("no program `oracle`: cargo build -p operator")?,
        small_disks: permits_disks(),
    };
    let digits = Arc::clone(digits);
    tokio::spawn(async move { wasmd::play(&play, digits).await }).await?
}

/// Worlds beside each other until there are enough rounds.
async fn embedded(arguments: &Arguments, rounds: usize, digits: &Arc<Vec<LabelledImage>>) -> Result<Tally> {
    let small_disks = permits_disks();
    let mut plays = plays(arguments, rounds, small_disks);
    let (mut running, mut tally, began) = (JoinSet::new(), Tally::default(), Instant::now());
    loop {
        while running.len() < arguments.threads.max(1) {
            let Some(play) = plays.pop() else { break };
            let digits = Arc::clone(digits);
            running.spawn(async move { embedded::play(&play, digits).await });
        }
        let Some(ended) = running.join_next().await else { return Ok(tally) };
        tally.add(ended??);
        eprintln!(
            "{} rounds in {:.0} s, {} violations",
            tally.rounds,
            began.elapsed().as_secs_f64(),
            tally.violations().count()
        );
        for violation in tally.violations() {
            eprintln!("  {violation}");
        }
    }
}

/// The worlds; in the first, every fault that can be injected comes once, before what is drawn.
fn plays(arguments: &Arguments, rounds: usize, small_disks: bool) -> Vec<embedded::Play> {
    let possible: Vec<Fault> =
        embedded::POSSIBLE.into_iter().filter(|fault| small_disks || *fault != Fault::DiskFull).collect();
    let mut all = Vec::new();
    let mut left = rounds;
    while left > 0 {
        let of_world = left.min(ROUNDS_PER_WORLD);
        let seed = arguments.seed + all.len() as u64;
        let scripts = if all.is_empty() {
            possible.iter().zip(0..).map(|(fault, first)| Script::of(&[*fault], first)).collect()
        } else {
            Vec::new()
        };
        all.push(embedded::Play { seed, rounds: of_world, scripts, small_disks });
        left -= of_world;
    }
    all.reverse();
    all
}

fn permits_disks() -> bool {
    let tried = tempfile::tempdir()
        .map_err(anyhow::Error::from)
        .and_then(|folder| SmallDisk::mount(&PathBuf::from(folder.path()), 1));
    if let Err(error) = &tried {
        eprintln!("no full disks: {error:#}");
    }
    tried.is_ok()
}

fn show(place: &'static str, (tally, seconds): &(Tally, f64)) -> Vec<Record> {
    let parts = [
        summary::faults(place, tally),
        summary::counts(place, tally),
        summary::reasons(place, tally),
        vec![summary::totals(place, tally, *seconds)],
    ];
    for part in parts.iter().filter(|part| !part.is_empty()) {
        println!("{}\n", table(part));
    }
    for violation in tally.violations() {
        println!("DOES NOT HOLD: {violation}");
    }
    parts.concat()
}
