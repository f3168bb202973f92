//! What sketches cost and keep, in a model of a million weights that learned a text: `cargo run -p influence --example sketch -- text.txt`.
//!
//! Exact EK-FAC pairs are what sketches are held against: per query, the correlation of influence over all items.

use std::error::Error;
use std::time::Instant;

use influence::ekfac::{PerSite, Shard, Subject, basis, pairs, queries};
use influence::index::quantize::quantize;
use influence::index::rows::{Header, Kind, Rows, write};
use influence::index::sketch::{Projection, SketchSettings, sketches};
use influence::index::{
    Asked, Bytes, Contribution, Index, IndexManifest, IndexSettings, Inputs, Receipt, Scoring, ScoringManifest, Step,
    Thresholds, stored,
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
const ITEMS: usize = 256;
const QUERIES: usize = 32;
const EPOCHS: usize = 4;
/// Rows that queries are held against.
const ROWS: usize = 16_384;
const WIDTHS: [u32; 6] = [512, 1_024, 2_048, 4_096, 8_192, 16_384];

type Outcome<T> = Result<T, Box<dyn Error>>;
type Curvature = (PerSite<basis::Basis>, PerSite<Vec<f64>>);

fn main() -> Outcome<()> {
    let path = std::env::args().nth(1).ok_or("name a text file")?;
    let job = Job::from(Threads::available());
    let (items, asked) = windows(&std::fs::read_to_string(path)?)?;
    let model = trained(&items, &job)?;
    let subject = Subject::trained(&model, Layout { block_length: LENGTH, blocks_at_once: 2 });
    let curvature = curvature(&subject, &items, &job)?;
    let started = Instant::now();
    let own = queries::queries(&subject, (&curvature.0, &curvature.1), Shard::whole(&asked), &job)?;
    let exact = pairs::pairs(&subject, &own, Shard::whole(&items), &job)?;
    println!(
        "exact pairs: {:.1} s for {} items, {} queries",
        started.elapsed().as_secs_f64(),
        items.len(),
        asked.len()
    );
    println!("| k | bytes per item | Pearson | Spearman | with integers | sketches, items/s |");
    println!("|---|---|---|---|---|---|");
    for width in WIDTHS {
        measure(&subject, &curvature, (&items, &asked), (&exact, width), &job)?;
    }
    scoring_speed(&subject, &job)
}

/// How fast a query is held against made-up rows.
fn scoring_speed(subject: &Subject<'_>, job: &Job) -> Outcome<()> {
    let items = vec![TokenItem::whole(vec![1, 2]); ROWS];
    let owner = Contribution { position: 0, items: ROWS as u32 };
    let manifest = IndexManifest::new(subject, &items, (&[owner], 1), IndexSettings::default())?;
    let index = Index::new(subject, &items, &manifest, job);
    let receipt =
        |rank: u8| Receipt { item: TokenItem::whole(vec![1, 2]), prompt: [rank; 32], net_fee_uopen: 1, stratum: 0 };
    let asked = Asked::new((0..QUERIES as u8).map(receipt).collect(), vec![])?;
    let manifest = ScoringManifest::new(&index.job(), &asked, QUERIES as u32, Thresholds::default());
    let scoring = Scoring::new(&index, &asked, &manifest);
    let header = index.rows_of(0).ok_or("one shard")?;
    let queries = Header { kind: Kind::Queries, count: QUERIES as u64, job: scoring.job(), ..header };
    let memory = Memory(vec![(Step::Build, made_up(&header)), (Step::Queries, made_up(&queries))]);
    let started = Instant::now();
    scoring.run(Step::Pass1, 0, &memory)?;
    let seconds = started.elapsed().as_secs_f64();
    let products = (ROWS * QUERIES) as f64 / seconds;
    println!(
        "pass1: {ROWS} rows of {} values, {QUERIES} queries: {seconds:.2} s, {:.1} M products/s",
        header.width,
        products / 1e6
    );
    Ok(())
}

fn made_up(header: &Header) -> Vec<u8> {
    let values: Vec<i8> = (0..header.count * u64::from(header.width))
        .map(|place| (place * 73 % 255) as u8)
        .map(|value| value.cast_signed().max(-127))
        .collect();
    write(header, &values, &vec![0; header.count as usize])
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
            println!(
                "{} weights, trained {:.1} s, loss {:.2}",
                trainer.model().weights().count(),
                started.elapsed().as_secs_f64(),
                step.loss
            );
        }
    }
    Ok(trainer.model().clone())
}

/// Outputs in memory, the last of each step.
#[derive(Default)]
struct Memory(Vec<(Step, Vec<u8>)>);

impl Inputs for Memory {
    fn get(&self, step: Step, _: u32) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
        let found = self.0.iter().find(|(own, _)| *own == step).ok_or("not there")?;
        Ok(Box::new(found.1.clone()))
    }
}

/// Bases and spectrum, by the first four steps of an index of one shard.
fn curvature(subject: &Subject<'_>, items: &[TokenItem], job: &Job) -> Outcome<Curvature> {
    let owner = Contribution { position: 0, items: items.len() as u32 };
    let manifest = IndexManifest::new(subject, items, (&[owner], 1), IndexSettings::default())?;
    let index = Index::new(subject, items, &manifest, job);
    let mut memory = Memory::default();
    for step in [Step::Factors, Step::Basis, Step::Spectrum, Step::Curvature] {
        let started = Instant::now();
        let output = index.run(step, 0, &memory)?;
        println!("{}: {:.1} s, {} bytes", step.name(), started.elapsed().as_secs_f64(), output.len());
        memory.0.push((step, output));
    }
    let output = |step| memory.get(step, 0).map_err(|error| error as Box<dyn Error>);
    let bases = stored::bases((*output(Step::Basis)?).as_ref(), subject)?;
    Ok((bases, stored::damped((*output(Step::Curvature)?).as_ref(), subject)?))
}

fn measure(
    subject: &Subject<'_>,
    (bases, damped): &Curvature,
    (items, asked): (&[TokenItem], &[TokenItem]),
    (exact, width): (&[f64], u32),
    job: &Job,
) -> Outcome<()> {
    let projection = Projection::new(SketchSettings { width, seed: 1 }, subject, damped);
    let started = Instant::now();
    let rows = sketches(subject, (bases, &projection), Shard::whole(items), job)?;
    let speed = items.len() as f64 / started.elapsed().as_secs_f64();
    let asked_rows = sketches(subject, (bases, &projection), Shard::whole(asked), job)?;
    let wide = width as usize;
    let floats = products(&rows, &asked_rows, wide);
    let integers = products(&rounded(&rows, wide)?, &rounded(&asked_rows, wide)?, wide);
    let mean = |values: &[f64], by: fn(&[f64], &[f64]) -> f64| agreement(values, exact, asked.len(), by);
    println!(
        "| {width} | {} | {:.4} | {:.4} | {:.4}, {:.4} | {speed:.0} |",
        width + 1,
        mean(&floats, pearson),
        mean(&floats, ranks),
        mean(&integers, pearson),
        mean(&integers, ranks)
    );
    Ok(())
}

/// Rows as they come back from a file of integers.
fn rounded(rows: &[f32], width: usize) -> Outcome<Vec<f32>> {
    let mut values = vec![0i8; rows.len()];
    let pairs = rows.chunks(width).zip(values.chunks_mut(width));
    let exponents = pairs.map(|(row, own)| quantize(row, own)).collect::<Result<Vec<_>, _>>()?;
    let header =
        Header { kind: Kind::Items, width: width as u32, count: exponents.len() as u64, first: 0, job: [0; 32] };
    let file = write(&header, &values, &exponents);
    let read = Rows::parse(&file)?;
    let row = |row: usize| {
        let scale = f32::from(read.exponent(row)).exp2();
        read.row(row).iter().map(move |value| f32::from(value.cast_signed()) * scale).collect::<Vec<_>>()
    };
    Ok((0..read.len()).flat_map(row).collect())
}

fn products(items: &[f32], asked: &[f32], width: usize) -> Vec<f64> {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    items.chunks(width).flat_map(|item| asked.chunks(width).map(move |query| product(item, query))).collect()
}

/// Mean over queries of the correlation of the two.
fn agreement(left: &[f64], right: &[f64], count: usize, by: fn(&[f64], &[f64]) -> f64) -> f64 {
    let column =
        |values: &[f64], query: usize| -> Vec<f64> { values.iter().skip(query).step_by(count).copied().collect() };
    (0..count).map(|query| by(&column(left, query), &column(right, query))).sum::<f64>() / count as f64
}

fn ranks(left: &[f64], right: &[f64]) -> f64 {
    spearman(left, right).unwrap_or(f64::NAN)
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
