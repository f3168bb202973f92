//! Where the words of an output stand in the training text.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::Args;
use corpus::spans::TraceSettings;

use crate::citations::{self, Texts, Training, Wanted};

#[derive(Debug, Args)]
pub struct CiteArguments {
    /// What the model was trained on: .jsonl, .csv, .txt (paragraphs) or .npy (tokens, with --tokenizer).
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    items: Vec<PathBuf>,
    /// The contribution of each item of all files, a line each.
    #[arg(long, value_name = "FILE")]
    contributions: Option<PathBuf>,
    /// An output to cite.
    #[arg(long, value_name = "TEXT", required_unless_present = "outputs")]
    output: Option<String>,
    /// Files of outputs: the same formats. Of a prompt with an answer, the answer is cited.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    outputs: Vec<PathBuf>,
    /// tokenizer.json, for arrays of tokens.
    #[arg(long, value_name = "FILE")]
    tokenizer: Option<PathBuf>,
    /// Fewest words, spaces and marks of a citation.
    #[arg(long, default_value_t = TraceSettings::default().shortest)]
    shortest: usize,
    /// Smallest weight of a citation, in nats: how rare its words are together.
    #[arg(long, default_value_t = TraceSettings::default().smallest_weight)]
    weight: f64,
    /// Most places told of a citation.
    #[arg(long, default_value_t = TraceSettings::default().most_occurrences)]
    places: usize,
    /// Items told that match by their words (BM25).
    #[arg(long, default_value_t = 3)]
    matches: usize,
    /// Also write a page with the citations beside the outputs.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Looks for citations and shows them.
pub fn run(arguments: CiteArguments) -> Result<bool> {
    ensure!(arguments.weight.is_finite(), "--weight must be a number");
    let tokenizer = arguments.tokenizer.as_deref();
    let training = Training::read(&arguments.items, arguments.contributions.as_deref(), tokenizer)?;
    let given = arguments.output.map_or_else(Texts::default, Texts::of);
    let outputs = given.and(Texts::outputs(&arguments.outputs, tokenizer)?);
    let spans = TraceSettings {
        shortest: arguments.shortest,
        smallest_weight: arguments.weight,
        most_occurrences: arguments.places,
    };
    let cited = citations::cite(&training, &outputs, &Wanted { spans, matches: arguments.matches })?;
    if let Some(path) = &arguments.html {
        cited.write(path)?;
    }
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&cited).context("citations are plain")?);
    } else {
        println!("{}", cited.render());
    }
    Ok(true)
}
