//! Random players: anyone sends any message with any amounts in any order, in many small worlds, and after each one everything must add
//! up. A failure is shortened and printed as actions that can be played again.

use std::path::PathBuf;
use std::sync::Mutex;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bench::record::{Output, Record};
use bench::stopwatch::load;
use clap::Parser;
use serde::{Deserialize, Serialize};
use testing::players::{Action, Coverage, Failure, play, replay, shrink};

/// How often it says how far it is.
const PROGRESS: Duration = Duration::from_secs(30);

/// Random players in many small worlds: which messages went through, which were refused, and whether anything broke.
#[derive(Parser)]
#[command(name = "bench/fuzz")]
struct Arguments {
    /// Messages in all.
    #[arg(long, default_value_t = 100_000)]
    messages: u64,
    /// Seed of the first world; the next one has the next seed. A run that was stopped goes on from the seed that it said last.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Messages in one world.
    #[arg(long, default_value_t = 1_000)]
    length: u64,
    /// Worlds at a time; as many as there are cores unless given.
    #[arg(long)]
    threads: Option<usize>,
    /// Where a failure goes, shortened.
    #[arg(long, value_name = "FILE", default_value = "fuzz-failure.json")]
    failure: PathBuf,
    /// Plays a failure again instead.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// A failure as a file.
#[derive(Serialize, Deserialize)]
struct Written {
    seed: u64,
    actions: Vec<Action>,
}

/// What all worlds have in common.
struct Run {
    next_seed: u64,
    /// Seeds of worlds in progress.
    playing: Vec<u64>,
    sent: u64,
    worlds: u64,
    coverage: Coverage,
    failure: Option<Box<Failure>>,
    said: Instant,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(path) = &arguments.replay {
        return play_again(path);
    }
    let start = Instant::now();
    let threads = arguments.threads.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
    println!("{threads} threads, load {}", load());
    let run = Mutex::new(Run::from(arguments.seed));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| play_worlds(&run, &arguments, start));
        }
    });
    let run = run.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    arguments.output.show(&run.records(start.elapsed(), arguments.seed))?;
    println!("{}", run.progress(start.elapsed()));
    run.failure.map_or(Ok(()), |failure| give_up(&failure, &arguments))
}

/// Plays one world after another until there are enough messages or one has failed.
fn play_worlds(run: &Mutex<Run>, arguments: &Arguments, start: Instant) {
    let lock = || run.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    loop {
        let Some(seed) = lock().begin(arguments) else { return };
        let life = play(seed, arguments.length);
        let mut run = lock();
        run.playing.retain(|playing| *playing != seed);
        match life {
            Err(failure) => run.failure = Some(failure),
            Ok(outcome) => {
                run.worlds += 1;
                run.sent += outcome.messages;
                run.coverage.add(&outcome.coverage);
            }
        }
        run.say_how_far(start);
    }
}

impl Run {
    fn from(seed: u64) -> Self {
        let (playing, coverage, said) = (Vec::new(), Coverage::default(), Instant::now());
        Self { next_seed: seed, playing, sent: 0, worlds: 0, coverage, failure: None, said }
    }

    /// The seed of the next world, unless those in progress will do.
    fn begin(&mut self, arguments: &Arguments) -> Option<u64> {
        let expected = self.sent + self.playing.len() as u64 * arguments.length;
        if self.failure.is_some() || expected >= arguments.messages {
            return None;
        }
        let seed = self.next_seed;
        self.next_seed += 1;
        self.playing.push(seed);
        Some(seed)
    }

    fn say_how_far(&mut self, start: Instant) {
        if self.said.elapsed() >= PROGRESS {
            self.said = Instant::now();
            println!("{}", self.progress(start.elapsed()));
        }
    }

    fn progress(&self, spent: Duration) -> String {
        let (sent, worlds, seconds) = (self.sent, self.worlds, spent.as_secs_f64());
        let done = self.playing.iter().min().copied().unwrap_or(self.next_seed);
        format!("{sent} messages in {worlds} worlds, {:.0} a second; to go on: --seed {done}", sent as f64 / seconds)
    }

    fn records(&self, spent: Duration, first_seed: u64) -> Vec<Record> {
        let seconds = spent.as_secs_f64();
        let summary = Record::new()
            .text("variant", "all")
            .count("messages", self.sent)
            .count("worlds", self.worlds)
            .count("first_seed", first_seed)
            .count("next_seed", self.next_seed)
            .number("seconds", seconds, 1)
            .number("messages_per_second", self.sent as f64 / seconds, 0);
        let of_variant = |(variant, tally): (String, testing::players::Tally)| {
            Record::new().text("variant", variant).count("succeeded", tally.succeeded).count("refused", tally.refused)
        };
        std::iter::once(summary).chain(self.coverage.tallies().into_iter().map(of_variant)).collect()
    }
}

fn give_up(failure: &Failure, arguments: &Arguments) -> Result<()> {
    println!("{failure}\nshortening it");
    let shrunk = shrink(failure).failure;
    shrunk.actions.iter().for_each(|action| println!("  {action}"));
    let written = Written { seed: shrunk.seed, actions: shrunk.actions };
    let text = serde_json::to_string_pretty(&written)?;
    let path = arguments.failure.display();
    std::fs::write(&arguments.failure, text).with_context(|| format!("cannot write {path}"))?;
    bail!("{}: play it again by --replay {path}", shrunk.fault)
}

fn play_again(path: &PathBuf) -> Result<()> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let written: Written =
        serde_json::from_str(&text).with_context(|| format!("{} holds no failure", path.display()))?;
    match replay(written.seed, &written.actions) {
        None => println!("nothing breaks any more"),
        Some((last, fault)) => bail!("{fault} after {}", written.actions[last]),
    }
    Ok(())
}
