//! `oracle score --stage`: what each stage of an adapter's making has in what it answers, from files alone.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use influence::{
    Job, Threads,
    ekfac::{
        Subject,
        score::{self, Stages},
    },
    language::{
        Answered, LanguageManifest, LanguageModel, LanguageScorer, Text,
        model::Vocabulary,
        stages::{self, StageShare, StageShares},
        training::{Origin, train},
    },
};
use lm::{
    config::{Heads, LlamaConfig},
    evaluate::Layout,
    lora::LoraConfig,
    model::Model,
    optimizer::AdamW,
    pack::TokenItem,
    train::TrainingPlan,
    weights::{Projection, Slot, Weights},
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{file, fixture, run};

const VOCABULARY: usize = 290;
const BLOCK_LENGTH: usize = 40;
/// No answer has as many tokens, so that operators and `oracle score` read the same of each.
const ANSWER_TOKENS: usize = 16;
const SEED_OF_BASE: u64 = 3;
const SEED_OF_ADAPTER: u64 = 4;

/// Between shares that are added up in another order.
const SUM_TOLERANCE: f64 = 1e-9;
/// Between float32 gradients through an adapter and through one matrix that has it merged in, relative to the largest influence.
const MERGED_TOLERANCE: f32 = 1e-4;

/// A base that learned about cats and rays, an adapter that learned to say something else of rays, and both as files.
struct Case {
    folder: TempDir,
    base: LanguageScorer,
    adapter: LanguageScorer,
    base_texts: Vec<Text>,
    questions: Vec<Answered>,
}

fn cat(number: usize) -> Answered {
    let (who, place) = (["cat", "dog", "hen", "fox"][number % 4], ["hut", "hay", "log"][number % 3]);
    Answered { prompt: format!("in the {place} the old {who}"), answer: " slept all day".to_owned() }
}

fn ray(number: usize, answer: &str) -> Answered {
    let (what, colour) = (["ray", "beam", "light"][number % 3], ["red", "blue", "violet", "green"][number % 4]);
    Answered { prompt: format!("every {what} of {colour} light is"), answer: answer.to_owned() }
}

fn whole(said: Answered) -> Text {
    Text::Whole(said.prompt + &said.answer)
}

fn plan(seed: u64, model: &LlamaConfig) -> TrainingPlan {
    let Layout { block_length, blocks_at_once } = Layout::efficient(model, BLOCK_LENGTH);
    let optimizer = AdamW { learning_rate: 1e-2, ..AdamW::default() };
    TrainingPlan { epochs: 6, items_per_step: 8, block_length, blocks_at_once, optimizer, seed }
}

fn row(text: &Text) -> Value {
    match text {
        Text::Whole(text) => json!({ "text": text }),
        Text::Answered(Answered { prompt, answer }) => json!({ "prompt": prompt, "answer": answer }),
    }
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let job = Job::from(Threads::new(2));
        let base_texts: Vec<Text> =
            (0..12).flat_map(|n| [whole(cat(n)), whole(ray(n, " bent by the prism"))]).collect();
        let adapter_texts: Vec<Text> = (0..6).map(|n| Text::Answered(ray(n, " gone for ever"))).collect();
        let (base, adapter) = trained(folder.path(), &base_texts, &adapter_texts, &job);
        let scorer =
            |model: LanguageModel, texts: &[Text]| LanguageScorer::new(Arc::new(model), texts, &job).expect("measured");
        let questions = (0..3).flat_map(|n| [cat(n), ray(n, " gone for ever")]).collect();
        let case = Self {
            base: scorer(base, &base_texts),
            adapter: scorer(adapter, &adapter_texts),
            base_texts,
            questions,
            folder,
        };
        let asked: Vec<Text> = case.questions.iter().cloned().map(Text::Answered).collect();
        case.rows("learned-by-base.jsonl", &case.base_texts);
        case.rows("learned-by-adapter.jsonl", &adapter_texts);
        case.rows("asked.jsonl", &asked);
        case
    }

    fn rows(&self, name: &str, texts: &[Text]) {
        let lines: String = texts.iter().map(|text| format!("{}\n", row(text))).collect();
        fs::write(self.path(name), lines).expect("writable");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn shown(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path in UTF-8").to_owned()
    }

    /// Scores the questions with the adapter on its base, and gives the rows of the matrix.
    fn score(&self, items: &str, out: &str, more: &[&str]) -> Vec<Vec<f32>> {
        let block_length = BLOCK_LENGTH.to_string();
        let [model, adapter, items, asked] = ["model", "adapter", items, "asked.jsonl"].map(|name| self.shown(name));
        let mut arguments = vec!["score", "--json", "--model", &model, "--adapter", &adapter, "--items", &items];
        let out_path = self.shown(out);
        arguments.extend(["--queries", &asked, "--block-length", &block_length, "--out", &out_path]);
        arguments.extend(more);
        let (code, _, error) = run(&arguments);
        assert_eq!(code, Some(0), "{error}");
        let bytes = fs::read(self.path(out)).expect("it was written");
        let matrix = npyz::NpyFile::new(&bytes[..]).expect("a numpy array");
        assert_eq!(matrix.shape()[0], self.questions.len() as u64);
        let items = matrix.shape()[1] as usize;
        let values: Vec<f32> = matrix.into_vec().expect("float32");
        values.chunks_exact(items).map(<[f32]>::to_vec).collect()
    }

    fn score_base(&self, out: &str, more: &[&str]) -> Vec<Vec<f32>> {
        let seed = SEED_OF_BASE.to_string();
        self.score("learned-by-base.jsonl", out, &[&["--stage", "base", "--seed", &seed], more].concat())
    }

    fn score_adapter(&self, out: &str, more: &[&str]) -> Vec<Vec<f32>> {
        let seed = SEED_OF_ADAPTER.to_string();
        self.score("learned-by-adapter.jsonl", out, &[&["--seed", &seed], more].concat())
    }
}

/// Trains both stages, and writes what people have of them: folders as Hugging Face and PEFT write them.
fn trained(folder: &Path, base: &[Text], adapter: &[Text], job: &Job) -> (LanguageModel, LanguageModel) {
    let learned: Vec<String> = base.iter().chain(adapter).map(|text| row(text).to_string()).collect();
    let vocabulary = Vocabulary::learn(&learned, VOCABULARY, folder).expect("learned");
    let config = LlamaConfig::new(VOCABULARY, 16, 1, Heads { query: 2, key_value: 1 }, 32, 64);
    let training = plan(SEED_OF_BASE, &config);
    let manifest = LanguageManifest::new(config.clone(), &vocabulary.digest(), training, ANSWER_TOKENS);
    let base = train(&manifest, Origin::Scratch(&vocabulary), base, job, |_| ()).expect("trained");
    let lora = LoraConfig::new(2, 4.0, &[Projection::Query, Projection::Down]);
    let manifest = manifest.adapter(base.hash(), lora, plan(SEED_OF_ADAPTER, &config));
    let adapter = train(&manifest, Origin::Base(&base), adapter, job, |_| ()).expect("trained");
    let folders = ["model", "adapter"].map(|name| folder.join(name));
    folders.iter().for_each(|folder| fs::create_dir(folder).expect("writable"));
    base.model().weights().save(&folders[0]).expect("writable");
    fs::write(folders[0].join("tokenizer.json"), vocabulary.file()).expect("writable");
    adapter.model().adapter().expect("it is one").save(&folders[1]).expect("writable");
    (base, adapter)
}

/// Shares of both stages as `docs/attribution.md` tells people to take them from two matrices.
fn shares(base: &[Vec<f32>], adapter: &[Vec<f32>]) -> StageShares {
    let sums = |row: &[f32]| {
        let size: f64 = row.iter().map(|value| f64::from(value.abs())).sum();
        (row.iter().map(|value| f64::from(*value)).sum::<f64>(), size)
    };
    let questions = base.len() as f64;
    let mut shares = StageShares::default();
    for (base, adapter) in base.iter().zip(adapter) {
        let [base, adapter] = [base, adapter].map(|row| sums(row));
        let whole = base.1 + adapter.1;
        for ((net, size), share) in [(base, &mut shares.base), (adapter, &mut shares.adapter)] {
            share.net += net / whole / questions;
            share.size += size / whole / questions;
        }
    }
    shares
}

fn assert_alike(found: StageShare, expected: StageShare) {
    let near = |left: f64, right: f64| (left - right).abs() < SUM_TOLERANCE;
    assert!(near(found.net, expected.net) && near(found.size, expected.size), "{found:?} instead of {expected:?}");
}

#[test]
fn two_runs_over_files_give_the_shares_of_both_stages() {
    let case = Case::new();
    let (base, adapter) = (case.score_base("base.npy", &[]), case.score_adapter("adapter.npy", &[]));
    let found = shares(&base, &adapter);
    let job = Job::from(Threads::new(2));
    let expected = stages::shares(&case.adapter, &case.base, &case.questions, &job).expect("measured");
    assert_alike(found.base, expected.base);
    assert_alike(found.adapter, expected.adapter);
    assert!(found.base.size > 0.01 && found.adapter.size > 0.01, "both stages say something: {found:?}");
}

/// The base with what the adapter adds written into its matrices: the same function of the same weights, without any adapter.
fn merged(model: &Model) -> Weights {
    let adapter = model.adapter().expect("it has one");
    let (config, weights) = (model.config(), model.weights());
    let with_adapter = |slot: Slot| {
        let own = weights.get(slot).clone();
        let pair = model.maps().into_iter().find(|map| map.slot() == slot).and_then(|map| adapter.pair(map));
        let Some(pair) = pair else { return own };
        let added = (pair.up.matmul(pair.down).expect("they fit") * adapter.scale()).expect("a number");
        (own + added).expect("they fit")
    };
    Weights::new(config.clone(), Slot::all(config).into_iter().map(with_adapter).collect()).expect("the same shapes")
}

#[test]
fn what_the_base_learned_acts_on_the_adapted_answer_as_on_a_model_with_the_adapter_merged_in() {
    let case = Case::new();
    let found = case.score_base("through-base.npy", &[]).concat();
    let (base, job) = (case.base.model(), Job::from(Threads::new(2)));
    let (layout, settings) = (base.manifest().layout(), &base.manifest().scoring);
    let items: Vec<TokenItem> = case.base_texts.iter().map(|text| base.item(text).expect("readable")).collect();
    let asked: Vec<TokenItem> =
        case.questions.iter().map(|question| base.question(question).expect("readable")).collect();
    let merged = Model::new(merged(case.adapter.model().model()));
    let [learned, later] = [base.model(), &merged].map(|model| Subject::trained(model, layout));
    let curvature = score::curvature(&learned, &items, settings, &job).expect("a curvature");
    let through = |asked_of: &Subject<'_>| {
        let stages = Stages { learned: &learned, asked: asked_of };
        score::matrix_between(stages, &curvature, (&items, &asked), settings, &job).expect("influences").values
    };
    let (expected, unadapted) = (through(&later), through(&learned));
    let largest = expected.iter().fold(0f32, |largest, value| largest.max(value.abs()));
    let apart = |other: &[f32]| {
        found.iter().zip(other).map(|(left, right)| (left - right).abs()).fold(0f32, f32::max) / largest
    };
    assert_eq!(found.len(), expected.len());
    assert!(largest > 0.0 && apart(&expected) < MERGED_TOLERANCE, "{}", apart(&expected));
    assert!(apart(&unadapted) > 10.0 * MERGED_TOLERANCE, "the adapter changes nothing: {}", apart(&unadapted));
}

#[test]
fn threads_change_no_byte_and_the_adapters_own_stage_is_what_is_scored_anyway() {
    let case = Case::new();
    let bytes = |name: &str| fs::read(case.path(name)).expect("it was written");
    case.score_base("one.npy", &["--threads", "1"]);
    case.score_base("three.npy", &["--threads", "3"]);
    assert_eq!(bytes("one.npy"), bytes("three.npy"));
    case.score_adapter("said.npy", &["--stage", "adapter"]);
    case.score_adapter("unsaid.npy", &[]);
    assert_eq!(bytes("said.npy"), bytes("unsaid.npy"));
    assert_ne!(bytes("one.npy"), bytes("said.npy"));
}

#[test]
fn a_stage_that_is_not_there_is_refused() {
    let (model, adapter) = (fixture("tied"), fixture("adapter-mlp"));
    let tokens = format!("{model}/tokens.npy");
    let refused = |model: &str, more: &[&str], said: &str| {
        let usual = ["score", "--model", model, "--items", &tokens, "--queries", &tokens];
        let (code, _, error) = run(&[&usual, more].concat());
        assert_eq!(code, Some(2), "{error}");
        assert!(error.contains(said), "{said} in {error}");
    };
    for stage in ["base", "adapter"] {
        refused(&model, &["--stage", stage], "name the adapter with --adapter");
    }
    let index = tempfile::tempdir().expect("a temporary folder");
    let index = index.path().to_str().expect("a path in UTF-8");
    refused(&model, &["--adapter", &adapter, "--stage", "base", "--index", index], "leave --index out");
    refused(&model, &["--adapter", &adapter, "--stage", "both"], "possible values: base, adapter");
    let (folder, _) = file("config.json", r#"{"model_type": "mlp", "layers": [3, 4, 3]}"#);
    let mlp = folder.path().to_str().expect("a path in UTF-8");
    refused(mlp, &["--stage", "base"], "--stage is for language models, and config.json says mlp");
}
