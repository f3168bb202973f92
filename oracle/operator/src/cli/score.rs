//! Influence of anybody's items on anybody's queries, in anybody's model.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use influence::{Control, Job, Threads};

use crate::{
    progress::Progress,
    scoring::{self, Source, Wanted},
};

#[derive(Debug, Args)]
pub struct ScoreArguments {
    /// The model as Hugging Face stores it: a folder with config.json, safetensors and, for texts, tokenizer.json.
    #[arg(long, value_name = "FOLDER")]
    model: PathBuf,
    /// A LoRA adapter of it as PEFT stores it; then influence goes through the adapter alone.
    #[arg(long, value_name = "FOLDER")]
    adapter: Option<PathBuf>,
    /// What the model was trained on: .jsonl, .csv, .txt (paragraphs) or .npy (tokens).
    #[arg(long, value_name = "FILE")]
    items: PathBuf,
    /// What it is asked: the same formats. Of a prompt with an answer, the answer is what is explained.
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// The contribution of each item, a line each: then totals are given too.
    #[arg(long, value_name = "FILE")]
    contributions: Option<PathBuf>,
    /// The matrix, float32 [queries, items]: positive where the item made the query's tokens more likely.
    #[arg(long, value_name = "FILE", default_value = "scores.npy")]
    out: PathBuf,
    /// Tokens of a block; longer items are cut. As far as the model goes, and at most 512, unless said.
    #[arg(long)]
    block_length: Option<usize>,
    /// Damping, as a part of each weight matrix's mean curvature.
    #[arg(long, default_value_t = influence::ekfac::damping::PART)]
    damping: f64,
    /// Leave the map to logits out.
    #[arg(long)]
    without_head: bool,
    /// Seed of the labels that the curvature is measured at.
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
    ensure!(arguments.damping.is_finite() && arguments.damping > 0.0, "--damping must be positive");
    let progress = if arguments.json { Progress::hidden() } else { Progress::visible() };
    let threads = arguments.threads.map_or_else(Threads::available, Threads::new);
    let source = Source {
        model: arguments.model,
        adapter: arguments.adapter,
        items: arguments.items,
        queries: arguments.queries,
        contributions: arguments.contributions,
    };
    let wanted = Wanted {
        block_length: arguments.block_length,
        damping: arguments.damping,
        head: !arguments.without_head,
        seed: arguments.seed,
    };
    let step = progress.step("influence", 0);
    let loaded = scoring::load(&source, &wanted)?;
    let control = Control::default();
    control.begin(loaded.steps());
    let job = Job { threads, control };
    let scored = loaded.score(&job)?;
    drop(step);
    scoring::save(&arguments.out, &scored.matrix, loaded.queries())?;
    let summary = loaded.summary(&scored, &job);
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&summary).context("the summary is plain")?);
    } else {
        println!("{}", summary.table());
        println!("{}", shown(&arguments.out));
    }
    Ok(true)
}

fn shown(path: &Path) -> String {
    format!("{}", path.display())
}
