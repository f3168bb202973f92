//! Contributions of which some teach what is asked and others do not, and a tiny model trained on them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use compute::{
    Job, Threads,
    random::{Random, Stream},
};
use lm::{
    config::{Heads, LlamaConfig},
    lora::{Adapter, LoraConfig},
    model::Model,
    optimizer::AdamW,
    pack::TokenItem,
    train::{Course, Trainer, TrainingPlan},
    weights::{Projection, Weights},
};
use npyz::WriterBuilder;
use tempfile::TempDir;

/// Tokens that belong to one contribution: its items say nothing but them, in turn.
const OWN: u32 = 5;
/// Most contributions.
const MOST: usize = 14;
/// Tokens there are.
const VOCABULARY: u32 = OWN * MOST as u32;
/// Tokens of an item.
const LENGTH: usize = 10;
/// Items of a contribution.
const ITEMS: usize = 4;
/// Queries by contribution: the first decides most of them.
const ASKED: [usize; 3] = [6, 3, 1];

/// What is planted.
pub struct Planted {
    pub contributions: usize,
    /// Whether items and queries are noise instead.
    pub noise: bool,
    /// Whether an adapter is trained.
    pub adapted: bool,
    /// The plan's seed.
    pub seed: u64,
}

impl Default for Planted {
    fn default() -> Self {
        Self { contributions: 6, noise: false, adapted: false, seed: 7 }
    }
}

/// The files of an audit.
pub struct Scene {
    folder: TempDir,
    adapted: bool,
}

impl Scene {
    pub fn new(planted: &Planted) -> Self {
        let scene = Self { folder: tempfile::tempdir().expect("a temporary folder"), adapted: planted.adapted };
        let mut random = Random::new(3, Stream::Labels);
        let mut sequence = |contribution: usize| -> Vec<u32> {
            if planted.noise {
                return (0..LENGTH).map(|_| random.below(VOCABULARY)).collect();
            }
            let first = random.below(OWN);
            (0..LENGTH as u32).map(|place| OWN * contribution as u32 + (first + place) % OWN).collect()
        };
        let items: Vec<Vec<u32>> = (0..planted.contributions).flat_map(|one| [one; ITEMS]).map(&mut sequence).collect();
        let asked = ASKED.iter().enumerate().flat_map(|(one, count)| vec![one; *count]);
        let queries: Vec<Vec<u32>> = asked.map(&mut sequence).collect();
        let names: String = (0..planted.contributions).map(|one| format!("{}\n", name(one)).repeat(ITEMS)).collect();
        scene.write("names.txt", &names);
        scene.array("items.npy", &items);
        scene.array("queries.npy", &queries);
        scene.train(planted, items);
        scene
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the folder can be written");
    }

    /// Arguments of an audit into a folder of the scene.
    pub fn arguments(&self, out: &str, more: &[&str]) -> Vec<String> {
        let shown = |name: &str| shown(&self.path(name));
        let mut all: Vec<String> = ["audit", "--json", "--damping", "0.1"].map(str::to_owned).to_vec();
        let files = [
            ("--model", "model"),
            ("--items", "items.npy"),
            ("--contributions", "names.txt"),
            ("--queries", "queries.npy"),
            ("--plan", "training.json"),
            ("--out", out),
        ];
        all.extend(files.into_iter().flat_map(|(option, name)| [option.to_owned(), shown(name)]));
        if self.adapted {
            all.extend(["--adapter".to_owned(), shown("adapter")]);
        }
        all.extend(more.iter().map(|&one| one.to_owned()));
        all
    }

    fn array(&self, name: &str, rows: &[Vec<u32>]) {
        let mut bytes = Vec::new();
        let shape = [rows.len() as u64, LENGTH as u64];
        let options = npyz::WriteOptions::new().default_dtype().shape(&shape);
        let mut writer = options.writer(&mut bytes).begin_nd().expect("a header");
        writer.extend(rows.concat()).expect("as many numbers as the shape says");
        writer.finish().expect("all are there");
        fs::write(self.path(name), bytes).expect("the folder can be written");
    }

    fn train(&self, planted: &Planted, items: Vec<Vec<u32>>) {
        let optimizer = AdamW { learning_rate: 2e-2, ..AdamW::default() };
        let plan = TrainingPlan {
            epochs: 20,
            items_per_step: 6,
            block_length: LENGTH,
            blocks_at_once: 4,
            optimizer,
            seed: planted.seed,
        };
        self.write("training.json", &serde_json::to_string(&plan).expect("a plan is plain"));
        let items: Vec<TokenItem> = items.into_iter().map(TokenItem::whole).collect();
        let config = LlamaConfig::new(VOCABULARY as usize, 16, 1, Heads { query: 2, key_value: 1 }, 24, LENGTH);
        let weights = Weights::initial(&config, planted.seed).expect("small");
        let start = if planted.adapted { adapted(&weights, &config, planted.seed) } else { Model::new(weights) };
        let course = Course { plan: &plan, items: &items, keep: None };
        let mut trainer = Trainer::new(course, start).expect("plan and items fit");
        while trainer.next(&Job::from(Threads::new(1))).expect("it converges").is_some() {}
        self.save(trainer.model());
    }

    fn save(&self, model: &Model) {
        for folder in ["model", "adapter"] {
            fs::create_dir_all(self.path(folder)).expect("the folder can be made");
        }
        model.weights().save(&self.path("model")).expect("it can be written");
        if let Some(adapter) = model.adapter() {
            adapter.save(&self.path("adapter")).expect("it can be written");
        }
    }
}

/// An adapter of every projection, on a base that nobody trained.
fn adapted(weights: &Weights, config: &LlamaConfig, seed: u64) -> Model {
    let lora = LoraConfig::new(4, 32.0, &Projection::ALL);
    let adapter = Adapter::initial(&lora, config, seed).expect("small");
    Model::adapted(weights.clone(), adapter)
}

fn name(contribution: usize) -> String {
    if contribution == 0 { "decisive".to_owned() } else { format!("other-{contribution}") }
}

fn shown(path: &Path) -> String {
    path.to_str().expect("a path in UTF-8").to_owned()
}
