//! Training of a language model, or of an adapter of one.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::{ArgGroup, Args};
use compute::{Control, Job, Threads};
use lm::{config::Heads, optimizer::AdamW};
use tokio::signal::unix::{SignalKind, signal};

use super::place::Place;
use crate::{
    inputs::Sources,
    published::Published,
    teaching::{
        self, Wanted,
        course::Conduct,
        lora::Lora,
        material::Material,
        snapshot::{self, Snapshot},
        start::{self, Basis, Sizes},
    },
};

/// Largest step size of a new model, unless said.
const RATE_OF_NEW: f64 = 2e-3;
/// That of a model that was brought.
const RATE_OF_BROUGHT: f64 = 1e-4;
/// That of an adapter.
const RATE_OF_ADAPTER: f64 = 1e-3;

#[derive(Debug, Args)]
pub struct TrainArguments {
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    start: StartArguments,
    #[command(flatten)]
    plan: PlanArguments,
    /// Folder for the model or adapter, its record, and checkpoints on the way. The same command goes on where it was killed.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Tokens of an answer when operators and gateways ask the model; 16 unless said, less for short blocks.
    #[arg(long, value_parser = at_least_one)]
    answer_tokens: Option<usize>,
    /// Steps between checkpoints.
    #[arg(long, default_value_t = 100, value_parser = at_least_one)]
    checkpoint_every: usize,
    /// Threads; all cores unless said. Their number changes no byte.
    #[arg(long)]
    threads: Option<usize>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("source").required(true).args(["items", "snapshot", "datanet"]))]
struct DataArguments {
    /// What to learn from: .jsonl, .csv, .txt (paragraphs) or .npy (tokens); may be given several times.
    #[arg(long, value_name = "FILE")]
    items: Vec<PathBuf>,
    /// The contribution of each item, a line each.
    #[arg(long, value_name = "FILE", requires = "items")]
    contributions: Option<PathBuf>,
    /// A list of contributions whose published items are learned from, as JSON.
    #[arg(long, value_name = "FILE", requires = "published")]
    snapshot: Option<PathBuf>,
    /// Published objects of the listed contributions: a folder, or s3://bucket/prefix.
    #[arg(long, value_name = "PLACE", requires = "snapshot")]
    published: Option<String>,
    /// A DataNet whose accepted contributions are learned from, as 3, or its first 17 as 3@17; on the chain of --home or --demo.
    #[arg(long, value_name = "ID")]
    datanet: Option<snapshot::Wanted>,
    /// An operator's home: its chain, objects and keys.
    #[arg(long, env = "ORACLE_HOME")]
    home: Option<PathBuf>,
    /// Folder of a demo on the embedded chain, instead of a home.
    #[arg(long, value_name = "FOLDER", requires = "datanet")]
    demo: Option<PathBuf>,
    /// File with keys of private DataNets, beside --demo.
    #[arg(long, env = "ORACLE_DATANET_KEYS")]
    datanet_keys: Option<PathBuf>,
    /// Leave out items that repeat an earlier one, equal or nearly so: by commit time where it is known, else in the order in which they come.
    #[arg(long)]
    without_duplicates: bool,
    /// When contributions to files were committed: a CSV with contribution and committed_at, seconds.
    #[arg(long, value_name = "FILE", requires_all = ["contributions", "without_duplicates"])]
    commits: Option<PathBuf>,
    /// Also write the items that are learned from, and whose they are, into this folder, for `oracle score`.
    #[arg(long, value_name = "FOLDER")]
    save_items: Option<PathBuf>,
    /// What is held out: its loss is told after every pass.
    #[arg(long, value_name = "FILE")]
    validation: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct StartArguments {
    /// A Llama-style model to train on, as Hugging Face stores it. Without it, a new one is made.
    #[arg(long, value_name = "FOLDER")]
    model: Option<PathBuf>,
    /// Train a LoRA adapter of the model instead of its weights, as `r=8,alpha=16,targets=q_proj,v_proj`; `targets=all` for all projections.
    #[arg(long, value_name = "ADAPTER", requires = "model", num_args = 0..=1, default_missing_value = "")]
    lora: Option<Lora>,
    /// A config.json for the new model.
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    config: Option<PathBuf>,
    /// A tokenizer.json; the model's own unless said, or byte pairs learned from the items for a new model.
    #[arg(long, value_name = "FILE")]
    tokenizer: Option<PathBuf>,
    /// Tokens of a new model's tokenizer.
    #[arg(long, default_value_t = 1024, value_parser = at_least_one, conflicts_with_all = ["model", "config", "tokenizer"])]
    vocab: usize,
    /// Width of a new model.
    #[arg(long, default_value_t = 128, value_parser = at_least_one, conflicts_with_all = ["model", "config"])]
    hidden: usize,
    /// Blocks of a new model.
    #[arg(long, default_value_t = 4, value_parser = at_least_one, conflicts_with_all = ["model", "config"])]
    layers: usize,
    /// Heads of a new model.
    #[arg(long, default_value_t = 4, value_parser = at_least_one, conflicts_with_all = ["model", "config"])]
    heads: usize,
    /// Heads of keys and values of a new model.
    #[arg(long, default_value_t = 2, value_parser = at_least_one, conflicts_with_all = ["model", "config"])]
    kv_heads: usize,
    /// Width inside an MLP of a new model.
    #[arg(long, default_value_t = 448, value_parser = at_least_one, conflicts_with_all = ["model", "config"])]
    intermediate: usize,
}

#[derive(Debug, Args)]
struct PlanArguments {
    /// Passes over the items.
    #[arg(long, default_value_t = 3, value_parser = at_least_one)]
    epochs: usize,
    /// Items of a step.
    #[arg(long, default_value_t = 8, value_parser = at_least_one)]
    batch: usize,
    /// Largest step size; 2e-3 for a new model, 1e-4 for one that was brought, 1e-3 for an adapter, unless said.
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Part of the steps over which the step size grows to it.
    #[arg(long, default_value_t = 0.05)]
    warm_up: f64,
    /// Part of the largest step size that the cosine ends at.
    #[arg(long, default_value_t = 0.1)]
    floor: f64,
    /// Largest norm of a step's gradient.
    #[arg(long, default_value_t = 1.0)]
    clip: f64,
    /// Decoupled weight decay of matrices.
    #[arg(long, default_value_t = 0.1)]
    weight_decay: f64,
    /// Seed of new weights and of the order of the items.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Tokens of a block, and the longest sequence of a new model; longer items are cut. 128 unless said, less if all items are shorter or the model is.
    #[arg(long, value_parser = at_least_one)]
    block_length: Option<usize>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("it must be at least 1".to_owned()),
        Ok(number) => Ok(number),
        Err(_) => Err("it is no whole number".to_owned()),
    }
}

/// Trains, and says what was done.
pub async fn run(arguments: TrainArguments) -> Result<bool> {
    let material = arguments.data.material().await?;
    if let Some(folder) = &arguments.data.save_items {
        teaching::save_items(&material, folder)?;
    }
    let control = Control::default();
    stop_when_asked(control.clone())?;
    let conduct = Conduct {
        checkpoint_every: arguments.checkpoint_every,
        job: Job { threads: arguments.threads.map_or_else(Threads::available, Threads::new), control },
        is_visible: !arguments.json,
    };
    let summary = teaching::train(&arguments.wanted(), &material, &conduct)?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&summary).context("the summary is plain")?);
    } else {
        println!("{}", summary.text());
    }
    Ok(true)
}

/// When first asked to stop, the training writes a checkpoint and ends; the second time it ends as a kill ends it.
fn stop_when_asked(control: Control) -> Result<()> {
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let mut signals = signal(kind).context("cannot listen for signals")?;
        let control = control.clone();
        tokio::spawn(async move {
            while signals.recv().await.is_some() {
                if control.is_cancelled() {
                    std::process::exit(2);
                }
                control.cancel();
            }
        });
    }
    Ok(())
}

impl TrainArguments {
    fn wanted(&self) -> Wanted {
        let PlanArguments { epochs, batch, warm_up, floor, clip, weight_decay, seed, block_length, .. } = self.plan;
        let optimizer = AdamW {
            learning_rate: self.plan.learning_rate.unwrap_or(self.start.usual_rate()),
            warmup: warm_up,
            floor,
            clip,
            weight_decay,
            ..AdamW::default()
        };
        let start = start::Wanted {
            basis: self.start.basis(),
            tokenizer: self.start.tokenizer.clone(),
            lora: self.start.lora.clone(),
            block_length,
            seed,
        };
        Wanted {
            start,
            epochs,
            batch,
            optimizer,
            answer_tokens: self.answer_tokens,
            validation: self.data.validation.clone(),
            out: self.out.clone(),
        }
    }
}

impl StartArguments {
    fn basis(&self) -> Basis {
        match (&self.model, &self.config) {
            (Some(folder), _) => Basis::Folder(folder.clone()),
            (None, Some(config)) => Basis::Config(config.clone()),
            (None, None) => Basis::Sizes(Sizes {
                vocabulary: self.vocab,
                hidden: self.hidden,
                layers: self.layers,
                heads: Heads { query: self.heads, key_value: self.kv_heads },
                intermediate: self.intermediate,
            }),
        }
    }

    fn usual_rate(&self) -> f64 {
        match (&self.model, &self.lora) {
            (None, _) => RATE_OF_NEW,
            (Some(_), None) => RATE_OF_BROUGHT,
            (Some(_), Some(_)) => RATE_OF_ADAPTER,
        }
    }
}

impl DataArguments {
    async fn material(&self) -> Result<Material> {
        let mut material = self.all().await?;
        if let Some(commits) = &self.commits {
            material.order_by(commits)?;
        }
        if self.without_duplicates { material.without_copies() } else { Ok(material) }
    }

    async fn all(&self) -> Result<Material> {
        match (&self.snapshot, &self.published, self.datanet) {
            (Some(list), Some(place), _) => Snapshot::load(list)?.fetch(&Published::open(place)?).await,
            (_, _, Some(wanted)) => self.of_datanet(wanted).await,
            _ => Material::read(&self.items, self.contributions.as_deref()),
        }
    }

    async fn of_datanet(&self, wanted: snapshot::Wanted) -> Result<Material> {
        ensure!(self.home.is_some() || self.demo.is_some(), "--datanet needs a chain: name it with --home or --demo");
        let place = Place {
            home: if self.demo.is_some() { None } else { self.home.clone() },
            out: self.demo.clone().unwrap_or_default(),
            datanet_keys: self.datanet_keys.clone(),
        };
        let found = place.find_still().await?;
        // Nothing is measured, so that nothing is kept.
        let engine = found.engine(PathBuf::new())?;
        let sources = Sources { contracts: &engine.contracts, published: &engine.published, keys: &engine.keys };
        snapshot::of_datanet(sources, wanted).await
    }
}
