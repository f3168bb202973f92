//! Influence of anybody's items on anybody's queries, in anybody's model.

use std::{path::PathBuf, sync::mpsc};

use anyhow::{Context, Result, ensure};
use clap::Args;
use influence::{Control, Job, Threads};
use serde::Serialize;

use crate::{
    progress::Progress,
    scoring::{self, Kept, Source, Stage, Wanted},
};

/// Numbers of a row of an index, unless said.
const WIDTH: u32 = 4_096;

#[derive(Debug, Args)]
pub struct ScoreArguments {
    /// The model: a folder with config.json and safetensors. A language model as Hugging Face stores it, for texts with tokenizer.json; or
    /// a config.json with "model_type": "mlp" and "layers", whose model*.safetensors are an ensemble.
    #[arg(long, value_name = "FOLDER")]
    model: PathBuf,
    /// A LoRA adapter of it as PEFT stores it; then influence goes through the adapter alone, unless --stage base is said.
    #[arg(long, value_name = "FOLDER")]
    adapter: Option<PathBuf>,
    /// Which stage of the adapter's making the items are of. `base`: the model learned them before, and the model with its adapter is asked;
    /// influence then goes through the model's own weights. `adapter`: the adapter learned them, as without this.
    #[arg(long, value_enum)]
    stage: Option<Stage>,
    /// What the model was trained on: .jsonl, .csv, .txt (paragraphs) or .npy (tokens); for an mlp .npy or .csv of features.
    #[arg(long, value_name = "FILE")]
    items: PathBuf,
    /// Labels of an mlp's items, .npy; a .csv has them in its column `label`.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// What it is asked: the same formats. Of a prompt with an answer, the answer is what is explained. With --index it may be left out:
    /// then the index alone is made.
    #[arg(long, value_name = "FILE", required_unless_present = "index")]
    queries: Option<PathBuf>,
    /// Labels of an mlp's queries that are explained; the model's own answers unless given.
    #[arg(long, value_name = "FILE")]
    query_labels: Option<PathBuf>,
    /// The contribution of each item, a line each: then totals are given too.
    #[arg(long, value_name = "FILE")]
    contributions: Option<PathBuf>,
    /// Score from an index of a language model's items that is kept here, a folder or s3://bucket/prefix; what is not there of it is made.
    /// Other queries find it again. Killed, the same command goes on.
    #[arg(long, value_name = "PLACE")]
    index: Option<String>,
    /// Numbers of a row of the index, a multiple of 64: an item takes a byte for each. 4096 unless said; no more than there are items, where those are few.
    #[arg(long, requires = "index", value_name = "NUMBERS")]
    width: Option<u32>,
    /// The matrix, float32 [queries, items]: positive where the item made the query's tokens or label more likely.
    #[arg(long, value_name = "FILE", default_value = "scores.npy")]
    out: PathBuf,
    /// Tokens of a block; longer items are cut. As far as the model goes, and at most 512, unless said.
    #[arg(long)]
    block_length: Option<usize>,
    /// Damping. Of a language model, as a part of each weight matrix's mean curvature, 0.03 unless said. Of an mlp, what is added to
    /// the diagonal of its curvature, chosen from its items unless said.
    #[arg(long)]
    damping: Option<f64>,
    /// Leave the map to logits out.
    #[arg(long)]
    without_head: bool,
    /// Seed of the labels that the curvature is measured at, of an index's sketches, and of the trainings that choose an mlp's damping.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Threads; all cores unless said. Their number changes no byte.
    #[arg(long)]
    threads: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Computes and writes the matrix, and says what was done.
pub fn run(arguments: ScoreArguments) -> Result<bool> {
    let positive = arguments.damping.is_none_or(|damping| damping.is_finite() && damping > 0.0);
    ensure!(positive, "--damping must be positive");
    let progress = if arguments.json { Progress::hidden() } else { Progress::visible() };
    let threads = arguments.threads.map_or_else(Threads::available, Threads::new);
    let loaded = scoring::load(&source(&arguments), &wanted(&arguments))?;
    match kept(&arguments) {
        Some(kept) => {
            let work = |job: &Job| loaded.score_indexed(&kept, &arguments.out, job);
            let summary = watched(threads, &progress, work)?;
            print(&arguments, &summary, summary.table())
        }
        None => {
            let scored = watched(threads, &progress, |job| loaded.score(&arguments.out, job))?;
            let summary = loaded.summary(scored, threads.count());
            print(&arguments, &summary, summary.table())
        }
    }
}

fn print(arguments: &ScoreArguments, summary: &impl Serialize, table: String) -> Result<bool> {
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(summary).context("the summary is plain")?);
        return Ok(true);
    }
    println!("{table}");
    if arguments.queries.is_some() {
        println!("{}", arguments.out.display());
    }
    Ok(true)
}

fn source(arguments: &ScoreArguments) -> Source {
    Source {
        model: arguments.model.clone(),
        adapter: arguments.adapter.clone(),
        items: arguments.items.clone(),
        labels: arguments.labels.clone(),
        queries: arguments.queries.clone(),
        query_labels: arguments.query_labels.clone(),
        contributions: arguments.contributions.clone(),
    }
}

fn wanted(arguments: &ScoreArguments) -> Wanted {
    Wanted {
        stage: arguments.stage,
        block_length: arguments.block_length,
        damping: arguments.damping,
        head: !arguments.without_head,
        indexed: arguments.index.is_some(),
        seed: arguments.seed,
    }
}

fn kept(arguments: &ScoreArguments) -> Option<Kept> {
    let place = arguments.index.clone()?;
    Some(Kept { place, width: arguments.width.unwrap_or(WIDTH) })
}

/// Works on a thread of its own, while this one shows every step. The channel ends with the job that holds its sender.
fn watched<T: Send>(threads: Threads, progress: &Progress, work: impl FnOnce(&Job) -> Result<T> + Send) -> Result<T> {
    let (sender, steps) = mpsc::channel();
    // Nobody hears the last steps of a run whose bar is gone.
    let control = Control::watched(move |at| sender.send(at).unwrap_or_default());
    let bar = progress.step("influence", 1);
    std::thread::scope(|scope| {
        let worker = scope.spawn(move || work(&Job { threads, control }));
        steps.iter().for_each(|at| bar.at(at.done, at.total));
        worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
