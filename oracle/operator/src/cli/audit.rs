//! Influence held against real retraining.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use comfy_table::Table;
use influence::{Control, Job, Threads};

use crate::{
    progress::Progress,
    removal::{self, Case, Measured, Source, Wanted, Written},
};

/// What a training folder says of itself.
const TRAINING: &str = "training.json";

#[derive(Debug, Args)]
pub struct AuditArguments {
    /// The model as Hugging Face stores it.
    #[arg(long, value_name = "FOLDER")]
    model: PathBuf,
    /// The LoRA adapter that was trained on top of it; then the adapter is audited.
    #[arg(long, value_name = "FOLDER")]
    adapter: Option<PathBuf>,
    /// The model that training began with, if it was not drawn from the plan's seed.
    #[arg(long, value_name = "FOLDER")]
    start: Option<PathBuf>,
    /// What it was trained on, in the order of training: .jsonl, .csv, .txt (paragraphs) or .npy (tokens).
    #[arg(long, value_name = "FILE")]
    items: PathBuf,
    /// The contribution of each item, a line each.
    #[arg(long, value_name = "FILE")]
    contributions: PathBuf,
    /// What it is asked: the same formats.
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// How it was trained; training.json beside the adapter or the model unless said.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Contributions to draw.
    #[arg(long, default_value_t = 8)]
    draw: usize,
    /// Seed of the draw: name one that nobody could choose, as a block's hash.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Trainings with everything, and without each: the plan's seed and those after it.
    #[arg(long, default_value_t = 2)]
    seeds: usize,
    /// The rank correlation that is claimed: the answer is no if the interval lies below it.
    #[arg(long, value_name = "CORRELATION", allow_negative_numbers = true)]
    at_least: Option<f64>,
    /// Damping, as a part of each weight matrix's mean curvature.
    #[arg(long, default_value_t = influence::ekfac::damping::PART)]
    damping: f64,
    /// Leave the map to logits out.
    #[arg(long)]
    without_head: bool,
    /// Threads; all cores unless said. Their number changes no byte.
    #[arg(long)]
    threads: Option<usize>,
    /// Trainings at a time, each with a model in memory; as many as threads unless said.
    #[arg(long)]
    at_once: Option<usize>,
    /// Folder of the report, and of what is kept so that a killed audit goes on.
    #[arg(long, value_name = "FOLDER", default_value = "audit")]
    out: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Trains again, compares, writes, and says whether the claim stands.
pub fn run(arguments: AuditArguments) -> Result<bool> {
    ensure!(arguments.damping.is_finite() && arguments.damping > 0.0, "--damping must be positive");
    let claim = arguments.at_least.unwrap_or_default();
    ensure!((-1.0..=1.0).contains(&claim), "--at-least is a rank correlation: from -1 to 1");
    let progress = if arguments.json { Progress::hidden() } else { Progress::visible() };
    let threads = arguments.threads.map_or_else(Threads::available, Threads::new);
    let wanted = Wanted {
        draw: arguments.draw,
        seed: arguments.seed,
        seeds: arguments.seeds,
        at_least: arguments.at_least,
        damping: arguments.damping,
        head: !arguments.without_head,
        at_once: arguments.at_once.unwrap_or(threads.count()),
    };
    let (json, out) = (arguments.json, arguments.out.clone());
    let case = Case::load(&source(arguments))?;
    let job = Job { threads, control: Control::default() };
    let measured = removal::audit(&case, &wanted, &out, &job, &progress)?;
    let written = removal::write(&measured, &out)?;
    if json {
        println!("{}", serde_json::to_string_pretty(&measured).context("measurements are plain")?);
    } else {
        print(&measured, &written);
    }
    Ok(measured.holds)
}

fn source(arguments: AuditArguments) -> Source {
    let beside = arguments.adapter.as_ref().unwrap_or(&arguments.model).join(TRAINING);
    Source {
        plan: arguments.plan.unwrap_or(beside),
        model: arguments.model,
        adapter: arguments.adapter,
        start: arguments.start,
        items: arguments.items,
        contributions: arguments.contributions,
        queries: arguments.queries,
    }
}

fn print(measured: &Measured, written: &Written) {
    let mut table = Table::new();
    table.set_header(["contribution", "items", "net influence, %", "rise of the loss without it, nats"]);
    for row in &measured.drawn {
        let (net, effect) = (format!("{:+.3}", 100.0 * row.net), format!("{:+.4}", row.effect));
        table.add_row([row.contribution.clone(), row.items.to_string(), net, effect]);
    }
    println!("{table}");
    let mut methods = Table::new();
    methods.set_header(["method", "Spearman", "95 % interval", "mean of single queries"]);
    for method in &measured.methods {
        let Some(found) = method.agreement else { continue };
        let per_query = found.per_query.map_or_else(String::new, |value| format!("{value:.3}"));
        let interval = format!("{:.3} to {:.3}", found.low, found.high);
        methods.add_row([method.method.to_owned(), format!("{:.3}", found.spearman), interval, per_query]);
    }
    println!("{methods}\n{}\n{}", measured.summary(), measured.reproduction());
    println!("{}\n{}", measured.record.line(), written.page.display());
}
