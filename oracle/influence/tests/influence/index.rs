//! Sketches against exact pairs, and the index's tasks from bytes to bytes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;

use compute::random::{Random, Stream};
use influence::ekfac::{PerSite, Shard, Subject, basis, pairs, queries};
use influence::index::quantize::quantize;
use influence::index::rows::Rows;
use influence::index::scores::Scores;
use influence::index::sketch::{Projection, sketches};
use influence::index::{
    Asked, Bytes, Contribution, Example, Index, IndexError, IndexManifest, IndexSettings, Inputs, Receipt, Scoring,
    ScoringManifest, SketchSettings, Step, Thresholds, stored,
};
use influence::statistics::spearman;
use influence::{Job, Threads};
use lm::config::{Heads, LlamaConfig};
use lm::evaluate::Layout;
use lm::model::Model;
use lm::optimizer::AdamW;
use lm::pack::TokenItem;
use lm::train::{Course, Trainer, TrainingPlan};
use lm::weights::Weights;

const LAYOUT: Layout = Layout { block_length: 32, blocks_at_once: 4 };
const CONTRIBUTIONS: u32 = 6;
const ITEMS_EACH: u32 = 16;

fn job() -> Job {
    Job::from(Threads::new(2))
}

/// Text of a topic: each token mostly follows from the one before.
fn text(topic: u32, random: &mut Random) -> TokenItem {
    let length = 20 + random.below(20);
    let mut token = 8 * topic + random.below(8);
    let mut next = || {
        let follows = if random.below(5) == 0 { random.below(8) } else { 3 * token + topic + 1 };
        token = 8 * topic + follows % 8;
        token
    };
    TokenItem::whole((0..length).map(|_| next()).collect())
}

fn texts(each: u32, seed: u64) -> Vec<TokenItem> {
    let mut random = Random::new(seed, Stream::Order);
    (0..CONTRIBUTIONS * each).map(|rank| text(rank / each, &mut random)).collect()
}

/// A model that has learned the items a little.
fn trained(items: &[TokenItem]) -> Model {
    let config = LlamaConfig::new(48, 32, 2, Heads { query: 4, key_value: 2 }, 64, 64);
    let plan = TrainingPlan {
        epochs: 6,
        items_per_step: 8,
        block_length: LAYOUT.block_length,
        blocks_at_once: 8,
        optimizer: AdamW { learning_rate: 4e-3, ..AdamW::default() },
        seed: 5,
    };
    let model = Model::new(Weights::initial(&config, plan.seed).expect("weights"));
    let mut trainer = Trainer::new(Course { plan: &plan, items, keep: None }, model).expect("a trainer");
    while trainer.next(&job()).expect("a step").is_some() {}
    trainer.model().clone()
}

fn contributions() -> Vec<Contribution> {
    (0..CONTRIBUTIONS)
        .map(|position| Contribution { position: CONTRIBUTIONS - 1 - position, items: ITEMS_EACH })
        .collect()
}

fn settings(width: u32, landmarks: u32) -> IndexSettings {
    let sketch = SketchSettings { width, seed: 3, landmarks };
    IndexSettings { shard_items: 2 * ITEMS_EACH, sketch, ..IndexSettings::default() }
}

/// Outputs in memory.
#[derive(Default)]
struct Memory(RefCell<HashMap<(Step, u32), Vec<u8>>>);

impl Inputs for Memory {
    fn get(&self, step: Step, shard: u32) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
        let found = self.0.borrow().get(&(step, shard)).cloned();
        found.map(|bytes| Box::new(bytes) as Bytes).ok_or_else(|| "not there".into())
    }
}

impl Memory {
    fn put(&self, step: Step, shard: u32, bytes: Vec<u8>) {
        self.0.borrow_mut().insert((step, shard), bytes);
    }

    fn take(&self, step: Step, shard: u32) -> Vec<u8> {
        self.0.borrow()[&(step, shard)].clone()
    }

    fn index(&self, index: &Index<'_>) {
        for planned in index.steps() {
            for shard in 0..planned.shards {
                self.put(planned.step, shard, index.run(planned.step, shard, self).expect("an output"));
            }
        }
    }

    fn scores(&self, scoring: &Scoring<'_>) {
        for planned in scoring.steps() {
            for shard in 0..planned.shards {
                self.put(planned.step, shard, scoring.run(planned.step, shard, self).expect("an output"));
            }
        }
    }
}

fn curvature(memory: &Memory, subject: &Subject<'_>) -> (PerSite<basis::Basis>, PerSite<Vec<f64>>) {
    let bases = stored::bases(&memory.take(Step::Basis, 0), subject).expect("bases");
    let damped = stored::damped(&memory.take(Step::Curvature, 0), subject).expect("a spectrum");
    (bases, damped)
}

/// Mean over queries of the correlation of the two.
fn agreement(left: &[f64], right: &[f64], count: usize, correlation: impl Fn(&[f64], &[f64]) -> f64) -> f64 {
    let column =
        |values: &[f64], query: usize| -> Vec<f64> { values.iter().skip(query).step_by(count).copied().collect() };
    (0..count).map(|query| correlation(&column(left, query), &column(right, query))).sum::<f64>() / count as f64
}

fn pearson(left: &[f64], right: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (left_mean, right_mean) = (mean(left), mean(right));
    let sum = |a: &[f64], a_mean: f64, b: &[f64], b_mean: f64| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - a_mean) * (b - b_mean)).sum()
    };
    sum(left, left_mean, right, right_mean)
        / (sum(left, left_mean, left, left_mean) * sum(right, right_mean, right, right_mean)).sqrt()
}

fn ranks(left: &[f64], right: &[f64]) -> f64 {
    spearman(left, right).expect("not constant")
}

/// Products of two lists of sketches, item by item.
fn products(items: &[f32], asked: &[f32], width: usize) -> Vec<f64> {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    items.chunks(width).flat_map(|item| asked.chunks(width).map(move |query| product(item, query))).collect()
}

/// The same rows after they were integers.
fn rounded(rows: &[f32], width: usize) -> Vec<f32> {
    let round = |row: &[f32]| {
        let mut values = vec![0i8; width];
        let exponent = quantize(row, &mut values).expect("finite");
        values.into_iter().map(move |value| f32::from(value) * f32::from(exponent).exp2()).collect::<Vec<_>>()
    };
    rows.chunks(width).flat_map(round).collect()
}

#[test]
fn sketches_come_closer_to_exact_pairs_as_they_grow_and_integers_cost_nothing() {
    let items = texts(ITEMS_EACH, 1);
    let asked = texts(3, 2);
    let model = trained(&items);
    let subject = Subject::trained(&model, LAYOUT);
    let manifest =
        IndexManifest::new(&subject, &items, (&contributions(), CONTRIBUTIONS), settings(64, 0)).expect("a manifest");
    let memory = Memory::default();
    memory.index(&Index::new(&subject, &items, &manifest, job()));
    let (bases, damped) = curvature(&memory, &subject);
    let own = queries::queries(&subject, (&bases, &damped), Shard::whole(&asked), &job()).expect("queries");
    let exact = pairs::pairs(&subject, &own, Shard::whole(&items), &job()).expect("pairs");

    let weights: usize = damped.iter().map(|(_, values)| values.len()).sum();
    println!("{weights} weights, {} items, {} queries", items.len(), asked.len());
    let mut found = Vec::new();
    for width in [512usize, 1_024, 2_048, 4_096, 8_192, 16_384] {
        let projection = Projection::new((width, 3), &subject, &damped);
        let sketch = |items| sketches(&subject, (&bases, &projection), Shard::whole(items), &job()).expect("sketches");
        let (rows, asked_rows) = (sketch(&items), sketch(&asked));
        let floats = products(&rows, &asked_rows, width);
        let integers = products(&rounded(&rows, width), &rounded(&asked_rows, width), width);
        let by = |values: &[f64], correlation: fn(&[f64], &[f64]) -> f64| {
            agreement(values, &exact, asked.len(), correlation)
        };
        println!(
            "k = {width}: Pearson {:.4}, Spearman {:.4}; as integers {:.4}, {:.4}",
            by(&floats, pearson),
            by(&floats, ranks),
            by(&integers, pearson),
            by(&integers, ranks)
        );
        assert!((by(&floats, ranks) - by(&integers, ranks)).abs() < 0.01);
        found.push(by(&integers, pearson));
    }
    assert!(found.is_sorted_by(|before, after| *after > before - 0.01), "{found:?}");
    assert!(found[0] > 0.7 && found[5] > 0.98, "{found:?}");
}

#[test]
fn outputs_are_the_same_bytes_for_any_number_of_threads() {
    let items = texts(ITEMS_EACH, 1);
    let model = trained(&items);
    let subject = Subject::trained(&model, LAYOUT);
    let manifest =
        IndexManifest::new(&subject, &items, (&contributions(), CONTRIBUTIONS), settings(64, 40)).expect("a manifest");
    let receipt = |(rank, item): (usize, TokenItem)| Receipt {
        item,
        prompt: [rank as u8; 32],
        net_fee_uopen: 10 + rank as u64,
        stratum: 0,
    };
    let asked = Asked::new(texts(2, 2).into_iter().enumerate().map(receipt).collect(), vec![]).expect("asked");
    let scoring = ScoringManifest::new(&manifest.job(), &asked, 5, Thresholds::default());
    let outputs = |threads| {
        let memory = Memory::default();
        let index = Index::new(&subject, &items, &manifest, Threads::new(threads));
        memory.index(&index);
        memory.scores(&Scoring::new(&index, &asked, &scoring));
        memory.0.into_inner()
    };
    let one = outputs(1);
    // Three shards of three steps, three chunks of queries, and eight steps of one task.
    assert_eq!(one.len(), 3 * 3 + 3 + 8);
    for threads in [1, 2, 3] {
        assert!(outputs(threads) == one, "with {threads} threads");
    }
}

#[test]
fn an_input_that_is_not_its_steps_output_is_named() {
    let items = texts(ITEMS_EACH, 1);
    let model = trained(&items);
    let subject = Subject::trained(&model, LAYOUT);
    let manifest =
        IndexManifest::new(&subject, &items, (&contributions(), CONTRIBUTIONS), settings(64, 0)).expect("a manifest");
    let index = Index::new(&subject, &items, &manifest, job());
    let memory = Memory::default();
    let missing = index.run(Step::Basis, 0, &memory).expect_err("nothing there");
    assert!(matches!(missing, IndexError::Input { step: "factors", shard: 0, .. }));
    memory.put(Step::Factors, 0, b"something else".to_vec());
    let wrong = index.run(Step::Basis, 0, &memory).expect_err("no factors");
    assert!(matches!(wrong, IndexError::Format { step: "factors", shard: 0, .. }));
    let none = index.run(Step::Build, 99, &memory).expect_err("no such shard");
    assert!(matches!(none, IndexError::NoTask { step: "build", shard: 99 }));
}

/// Texts to ask about, as validation examples.
fn examples() -> (Vec<TokenItem>, Asked) {
    let texts = texts(3, 2);
    let example = |item: &TokenItem| Example { item: item.clone(), stratum: 0 };
    let asked = Asked::new(Vec::new(), texts.iter().map(example).collect()).expect("asked");
    (texts, asked)
}

/// Correlation of influences from an index with exact ones, and bytes of its rows.
fn agreement_of(sketch: SketchSettings, (subject, items): (&Subject<'_>, &[TokenItem])) -> (f64, u32) {
    let (texts, asked) = examples();
    let settings = IndexSettings { sketch, ..settings(64, 0) };
    let manifest = IndexManifest::new(subject, items, (&contributions(), CONTRIBUTIONS), settings).expect("a manifest");
    let (memory, index) = (Memory::default(), Index::new(subject, items, &manifest, job()));
    memory.index(&index);
    let (bases, damped) = curvature(&memory, subject);
    let own = queries::queries(subject, (&bases, &damped), Shard::whole(&texts), &job()).expect("queries");
    let exact = pairs::pairs(subject, &own, Shard::whole(items), &job()).expect("pairs");
    let manifest = ScoringManifest::new(&index.job(), &asked, texts.len() as u32, Thresholds::default());
    let scoring = Scoring::new(&index, &asked, &manifest);
    memory.scores(&scoring);
    let shards = index.steps().last().expect("rows").shards;
    let parts: Vec<Vec<f32>> =
        (0..shards).map(|shard| scoring.influences((0, shard), &memory).expect("influences")).collect();
    let of_query = |query: usize| -> Vec<f64> {
        let of_part = |part: &Vec<f32>| {
            let count = part.len() / texts.len();
            part[query * count..][..count].iter().map(|value| f64::from(*value)).collect::<Vec<_>>()
        };
        parts.iter().flat_map(of_part).collect()
    };
    let exact = |query: usize| -> Vec<f64> { exact.iter().skip(query).step_by(texts.len()).copied().collect() };
    let sum: f64 = (0..texts.len()).map(|query| pearson(&of_query(query), &exact(query))).sum();
    (sum / texts.len() as f64, index.rows_of(0).expect("a shard").width)
}

#[test]
fn an_index_of_few_items_says_what_exact_pairs_say_in_a_byte_for_each_item() {
    let items = texts(ITEMS_EACH, 1);
    let model = trained(&items);
    let subject = Subject::trained(&model, LAYOUT);
    let whole = SketchSettings { width: 4_096, seed: 3, landmarks: 2_048 };
    let (correlation, width) = agreement_of(whole, (&subject, &items));
    println!("{width} numbers of all {} items: {correlation:.4}", items.len());
    assert_eq!(width, 128);
    assert!(correlation > 0.99, "{correlation}");
    let narrow = |landmarks| agreement_of(SketchSettings { width: 64, seed: 3, landmarks }, (&subject, &items)).0;
    let (with, without) = (narrow(64), narrow(0));
    println!("64 numbers: {with:.4} with axes of 64 landmarks, {without:.4} without");
    assert!(with > without + 0.05, "{with} with axes, {without} without");
}

#[test]
fn shares_of_contributions_are_their_sums_of_integer_products() {
    let items = texts(ITEMS_EACH, 1);
    let model = trained(&items);
    let subject = Subject::trained(&model, LAYOUT);
    let settings = IndexSettings { shard_items: u32::MAX, ..settings(64, 40) };
    let manifest =
        IndexManifest::new(&subject, &items, (&contributions(), CONTRIBUTIONS), settings).expect("a manifest");
    let (memory, index) = (Memory::default(), Index::new(&subject, &items, &manifest, job()));
    memory.index(&index);
    let (texts, asked) = examples();
    let scoring = ScoringManifest::new(&index.job(), &asked, texts.len() as u32, Thresholds::default());
    memory.scores(&Scoring::new(&index, &asked, &scoring));
    let scores: Scores = serde_json::from_slice(&memory.take(Step::Scores, 0)).expect("scores");
    let (rows, queries) = (memory.take(Step::Build, 0), memory.take(Step::Queries, 0));
    let (rows, queries) = (Rows::parse(&rows).expect("rows"), Rows::parse(&queries).expect("rows"));
    for (rank, own) in scores.contributions.iter().enumerate() {
        let mut sum = 0i128;
        for query in 0..queries.len() {
            // Every exponent is within 24 of the largest, so that nothing is cut off.
            let product = |item: usize| -> i128 {
                let pairs = rows.row(item).iter().zip(queries.row(query));
                let sum: i128 = pairs.map(|(a, b)| i128::from(a.cast_signed()) * i128::from(b.cast_signed())).sum();
                sum << (i32::from(rows.exponent(item)) - i32::from(rows.largest_exponent()) + 24)
            };
            let first = rank * ITEMS_EACH as usize;
            let net: i128 = (first..first + ITEMS_EACH as usize).map(product).sum();
            let total: i128 = (0..rows.len()).map(|item| product(item).abs()).sum();
            sum += net * 1_000_000_000_000 / total;
        }
        assert_eq!(i128::from(own.utility.value), sum / queries.len() as i128, "contribution {rank}");
        assert_eq!(own.position, CONTRIBUTIONS - 1 - rank as u32);
    }
}
