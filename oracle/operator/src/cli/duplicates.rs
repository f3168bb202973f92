//! Items that repeat earlier ones.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use corpus::duplicates::{Settings, shingles::Shingles, vectors::Measure};

use crate::{
    duplicates::{self, Input, Wanted, found, snapshot::Snapshot},
    published::Published,
};

/// Characters of a shingle, where characters are compared: about a word and a half.
const CHARACTERS: usize = 8;

#[derive(Debug, Args)]
pub struct DuplicatesArguments {
    /// Files of items, each a contribution unless --contributions says more: .jsonl, .csv, .txt (paragraphs), .npy (integers are tokens,
    /// floats are vectors).
    #[arg(long, value_name = "FILE", num_args = 1.., required_unless_present = "snapshot", conflicts_with = "snapshot")]
    items: Vec<PathBuf>,
    /// The contribution of each item of all files, a line each.
    #[arg(long, value_name = "FILE", requires = "items")]
    contributions: Option<PathBuf>,
    /// When contributions were committed: a CSV with contribution and committed_at, seconds. They are taken as they come unless said.
    #[arg(long, value_name = "FILE", requires = "items")]
    commits: Option<PathBuf>,
    /// A JSON file of published contributions, as `oracle train` takes it.
    #[arg(long, value_name = "FILE", requires = "published")]
    snapshot: Option<PathBuf>,
    /// Where they are published: a folder or s3://bucket/prefix.
    #[arg(long, value_name = "ADDRESS", requires = "snapshot")]
    published: Option<String>,
    /// What texts are compared by.
    #[arg(long, value_enum, default_value_t = Compared::Words)]
    compare: Compared,
    /// Smallest share of common shingles at which texts count as alike.
    #[arg(long)]
    text_threshold: Option<f64>,
    /// Smallest cosine (of images: correlation) at which vectors count as alike.
    #[arg(long)]
    vector_threshold: Option<f64>,
    /// Lines and columns of the images that rows of float arrays are, as `8,8`: they are then compared by correlation, at rest and shifted.
    #[arg(long, value_name = "LINES,COLUMNS", value_parser = image_shape)]
    image_shape: Option<(usize, usize)>,
    /// The most pixels that a copy of an image is looked for to be shifted by; 0 looks at images at rest alone.
    #[arg(long, value_name = "PIXELS")]
    shift: Option<usize>,
    /// Smallest correlation at which a shifted image counts as a copy, over what both images show.
    #[arg(long)]
    shift_threshold: Option<f64>,
    /// Leave out all items of a contribution of which this part repeats others, as 0.2.
    #[arg(long, value_name = "PART")]
    refuse: Option<f64>,
    /// Folder for duplicates.json and leave-out.txt.
    #[arg(long, value_name = "FOLDER", default_value = "duplicates")]
    out: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What a text is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Compared {
    /// Two words in a row.
    Words,
    /// Eight characters in a row: for scripts that put no space between words.
    Characters,
}

/// Looks for duplicates, writes and prints them.
pub async fn run(arguments: DuplicatesArguments) -> Result<bool> {
    let wanted = wanted(&arguments);
    let input = input(&arguments).await?;
    let found = duplicates::find(&input, &wanted)?;
    let written = found::write(&found, &arguments.out)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&found).context("what was found is plain")?);
    } else {
        println!("{}\n{}\n{}", found.table(), written.json.display(), written.leave_out.display());
    }
    Ok(true)
}

async fn input(arguments: &DuplicatesArguments) -> Result<Input> {
    if let (Some(path), Some(address)) = (&arguments.snapshot, &arguments.published) {
        return Snapshot::read(path)?.fetch(&Published::open(address)?).await;
    }
    ensure!(!arguments.items.is_empty(), "name files of items, or a snapshot");
    Input::read(&arguments.items, arguments.contributions.as_deref(), arguments.commits.as_deref())
}

fn wanted(arguments: &DuplicatesArguments) -> Wanted {
    let mut items = Settings::default();
    if arguments.compare == Compared::Characters {
        items.text.shingles = Shingles::Characters(CHARACTERS);
    }
    let mut vectors = items.images;
    vectors.measure = Measure::Cosine;
    items.text.threshold = arguments.text_threshold.unwrap_or(items.text.threshold);
    items.shifts.most = arguments.shift.unwrap_or(items.shifts.most);
    items.shifts.threshold = arguments.shift_threshold.unwrap_or(items.shifts.threshold);
    for settings in [&mut items.images, &mut vectors] {
        settings.threshold = arguments.vector_threshold.unwrap_or(settings.threshold);
    }
    Wanted { items, vectors, image_shape: arguments.image_shape, refuse: arguments.refuse }
}

fn image_shape(text: &str) -> Result<(usize, usize), String> {
    let sides = text.split_once(',').and_then(|(lines, columns)| {
        let side = |text: &str| text.trim().parse().ok().filter(|side| *side > 0);
        Some((side(lines)?, side(columns)?))
    });
    sides.ok_or_else(|| format!("`{text}` is no shape of images: write lines and columns, as 8,8"))
}
