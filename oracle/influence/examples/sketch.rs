//! What rows of an index cost and keep, in a model of a million weights that learned a text: `cargo run -p influence --example sketch -- text.txt`.
//!
//! Exact EK-FAC pairs are what rows are held against: per query, the correlation of influence over all items.

use std::error::Error;
use std::time::Instant;

use influence::ekfac::{Shard, Subject, pairs, queries};
use influence::index::rows::{Header, Kind, write};
use influence::index::{
    Asked, Bytes, Contribution, Example, Index, IndexManifest, IndexSettings, Inputs, Scoring, ScoringManifest,
    SketchSettings, Step, Thresholds, stored,
};
use influence::statistics::spearman;
use influence::{Job, Threads};
use lm::config::{Heads, LlamaConfig};
use lm::evaluate::Layout;
use lm::model::Model;
use lm::optimizer::AdamW;
use lm::pack::TokenItem;
use lm::tokenizer::Tokenizer;
use lm::train::{Course, Trainer, TrainingPlan};
use lm::weights::Weights;

const LENGTH: usize = 128;
const VOCABULARY: usize = 1_024;
const ITEMS: usize = 512;
const QUERIES: usize = 32;
const EPOCHS: usize = 4;
/// Rows that queries are held against.
const ROWS: usize = 16_384;
/// Widths and landmarks; without landmarks rows are plain count sketches.
const SKETCHES: [(u32, u32); 9] = [
    (2_048, 0),
    (4_096, 0),
    (8_192, 0),
    (16_384, 0),
    (256, 256),
    (1_024, 256),
    (4_096, 256),
    (512, 512),
    (4_096, 2_048),
];

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let path = std::env::args().nth(1).ok_or("name a text file")?;
    let job = Job::from(Threads::available());
    let (items, asked) = windows(&std::fs::read_to_string(path)?)?;
    let model = trained(&items, &job)?;
    let subject = Subject::trained(&model, Layout { block_length: LENGTH, blocks_at_once: 2 });
    let bench = Bench::new(&subject, &items, &asked, job)?;
    println!("| k | landmarks | bytes per item | axes, s | rows, s | Pearson | Spearman |");
    println!("|---|---|---|---|---|---|---|");
    SKETCHES.iter().try_for_each(|(width, landmarks)| bench.measure(*width, *landmarks))?;
    scoring_speed(&subject, &bench.job)
}

/// Windows of the text to learn from, and every ninth to ask about.
fn windows(text: &str) -> Outcome<(Vec<TokenItem>, Vec<TokenItem>)> {
    let tokenizer = Tokenizer::learn(&[text.to_owned()], VOCABULARY)?;
    let tokens = tokenizer.encode(text, false)?;
    let (mut items, mut asked) = (Vec::new(), Vec::new());
    for (rank, window) in tokens.windows(LENGTH + 1).step_by(LENGTH).enumerate() {
        let into = if rank % 9 == 8 { &mut asked } else { &mut items };
        into.push(TokenItem::whole(window.to_vec()));
    }
    items.truncate(ITEMS);
    asked.truncate(QUERIES);
    Ok((items, asked))
}

fn trained(items: &[TokenItem], job: &Job) -> Outcome<Model> {
    let config = LlamaConfig::new(VOCABULARY, 128, 4, Heads { query: 4, key_value: 2 }, 448, LENGTH);
    let optimizer = AdamW { learning_rate: 2e-3, ..AdamW::default() };
    let plan =
        TrainingPlan { epochs: EPOCHS, items_per_step: 8, block_length: LENGTH, blocks_at_once: 2, optimizer, seed: 0 };
    let model = Model::new(Weights::initial(&config, plan.seed)?);
    let started = Instant::now();
    let mut trainer = Trainer::new(Course { plan: &plan, items, keep: None }, model)?;
    while let Some(step) = trainer.next(job)? {
        if step.step + 1 == step.steps {
            let (weights, seconds) = (trainer.model().weights().count(), started.elapsed().as_secs_f64());
            println!("{weights} weights, trained {seconds:.1} s, loss {:.2}", step.loss);
        }
    }
    Ok(trainer.model().clone())
}

/// Outputs in memory, the last of each step.
#[derive(Default)]
struct Memory(Vec<(Step, Vec<u8>)>);

impl Inputs for Memory {
    fn get(&self, step: Step, _: u32) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
        let found = self.0.iter().rev().find(|(own, _)| *own == step).ok_or("not there")?;
        Ok(Box::new(found.1.clone()))
    }
}

/// A model's curvature, its items and queries, and exact influences to hold rows against.
struct Bench<'a> {
    subject: &'a Subject<'a>,
    items: &'a [TokenItem],
    asked: Asked,
    /// Outputs of the steps before the axes, which do not depend on sketches.
    curvature: Memory,
    /// `[items, queries]`
    exact: Vec<f64>,
    job: Job,
}

impl<'a> Bench<'a> {
    fn new(subject: &'a Subject<'a>, items: &'a [TokenItem], asked: &[TokenItem], job: Job) -> Outcome<Self> {
        let example = |item: &TokenItem| Example { item: item.clone(), stratum: 0 };
        let asked = Asked::new(Vec::new(), asked.iter().map(example).collect())?;
        let mut bench = Self { subject, items, asked, curvature: Memory::default(), exact: Vec::new(), job };
        let manifest = bench.manifest(SketchSettings::default())?;
        let index = Index::new(subject, items, &manifest, &bench.job);
        for step in [Step::Factors, Step::Basis, Step::Spectrum, Step::Curvature] {
            let (started, output) = (Instant::now(), index.run(step, 0, &bench.curvature)?);
            println!("{}: {:.1} s, {} bytes", step.name(), started.elapsed().as_secs_f64(), output.len());
            bench.curvature.0.push((step, output));
        }
        bench.exact = bench.exact()?;
        Ok(bench)
    }

    fn manifest(&self, sketch: SketchSettings) -> Outcome<IndexManifest> {
        let owner = Contribution { position: 0, items: self.items.len() as u32 };
        let settings = IndexSettings { sketch, ..IndexSettings::default() };
        Ok(IndexManifest::new(self.subject, self.items, (&[owner], 1), settings)?)
    }

    fn exact(&self) -> Outcome<Vec<f64>> {
        let output = |step| self.curvature.get(step, 0).map_err(|error| error as Box<dyn Error>);
        let bases = stored::bases((*output(Step::Basis)?).as_ref(), self.subject)?;
        let damped = stored::damped((*output(Step::Curvature)?).as_ref(), self.subject)?;
        let started = Instant::now();
        let asked = Shard::whole(self.asked.items());
        let own = queries::queries(self.subject, (&bases, &damped), asked, &self.job)?;
        let exact = pairs::pairs(self.subject, &own, Shard::whole(self.items), &self.job)?;
        println!("exact pairs: {:.1} s for {} items", started.elapsed().as_secs_f64(), self.items.len());
        Ok(exact)
    }

    /// Makes an index and holds its influences against the exact ones.
    fn measure(&self, width: u32, landmarks: u32) -> Outcome<()> {
        let manifest = self.manifest(SketchSettings { width, seed: 1, landmarks })?;
        let index = Index::new(self.subject, self.items, &manifest, &self.job);
        let mut memory = Memory(self.curvature.0.clone());
        let mut timed = |step| -> Outcome<f64> {
            let (started, output) = (Instant::now(), index.run(step, 0, &memory)?);
            memory.0.push((step, output));
            Ok(started.elapsed().as_secs_f64())
        };
        let (axes, rows) = (timed(Step::Axes)?, timed(Step::Build)?);
        let scoring = ScoringManifest::new(&index.job(), &self.asked, QUERIES as u32, Thresholds::default());
        let scoring = Scoring::new(&index, &self.asked, &scoring);
        memory.0.push((Step::Queries, scoring.run(Step::Queries, 0, &memory)?));
        let found = scoring.influences((0, 0), &memory)?;
        let (pearson, spearman) = self.agreement(&found);
        let bytes = manifest.row_width() + 1;
        println!("| {width} | {landmarks} | {bytes} | {axes:.1} | {rows:.1} | {pearson:.4} | {spearman:.4} |");
        Ok(())
    }

    /// Means over queries of the correlations of found influences, `[queries, items]`, with the exact ones.
    fn agreement(&self, found: &[f32]) -> (f64, f64) {
        let count = self.asked.items().len();
        let of_query = |(query, row): (usize, &[f32])| {
            let found: Vec<f64> = row.iter().copied().map(f64::from).collect();
            let exact: Vec<f64> = self.exact.iter().skip(query).step_by(count).copied().collect();
            (pearson(&found, &exact), spearman(&found, &exact).unwrap_or(f64::NAN))
        };
        let all: Vec<_> = found.chunks(self.items.len()).enumerate().map(of_query).collect();
        let mean = |part: fn(&(f64, f64)) -> f64| all.iter().map(part).sum::<f64>() / count as f64;
        (mean(|own| own.0), mean(|own| own.1))
    }
}

fn pearson(left: &[f64], right: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (left_mean, right_mean) = (mean(left), mean(right));
    let sum = |a: &[f64], a_mean: f64, b: &[f64], b_mean: f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - a_mean) * (b - b_mean)).sum()
    };
    let product = sum(left, left_mean, right, right_mean);
    product / (sum(left, left_mean, left, left_mean) * sum(right, right_mean, right, right_mean)).sqrt()
}

/// How fast queries are held against made-up rows.
fn scoring_speed(subject: &Subject<'_>, job: &Job) -> Outcome<()> {
    let items = vec![TokenItem::whole(vec![1, 2]); ROWS];
    let owner = Contribution { position: 0, items: ROWS as u32 };
    let manifest = IndexManifest::new(subject, &items, (&[owner], 1), IndexSettings::default())?;
    let index = Index::new(subject, &items, &manifest, job);
    let example = || Example { item: TokenItem::whole(vec![1, 2]), stratum: 0 };
    let asked = Asked::new(Vec::new(), (0..QUERIES).map(|_| example()).collect())?;
    let manifest = ScoringManifest::new(&index.job(), &asked, QUERIES as u32, Thresholds::default());
    let scoring = Scoring::new(&index, &asked, &manifest);
    let header = index.rows_of(0).ok_or("one shard")?;
    let queries = Header { kind: Kind::Queries, count: QUERIES as u64, job: scoring.job(), ..header };
    let memory = Memory(vec![(Step::Build, made_up(&header)), (Step::Queries, made_up(&queries))]);
    let started = Instant::now();
    scoring.run(Step::Pass1, 0, &memory)?;
    let seconds = started.elapsed().as_secs_f64();
    let products = (ROWS * QUERIES) as f64 / seconds / 1e6;
    let width = header.width;
    println!("pass1: {ROWS} rows of {width} values, {QUERIES} queries: {seconds:.2} s, {products:.1} M products/s");
    Ok(())
}

fn made_up(header: &Header) -> Vec<u8> {
    let values: Vec<i8> = (0..header.count * u64::from(header.width))
        .map(|place| (place * 73 % 255) as u8)
        .map(|value| value.cast_signed().max(-127))
        .collect();
    write(header, &values, &vec![0; header.count as usize])
}
