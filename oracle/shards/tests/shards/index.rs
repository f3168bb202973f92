//! An index of a language model and scores from it, through a store: killed, resumed, and held against exact pairs in floating point.

use std::error::Error;
use std::sync::Arc;

use candle_core::Result as TensorResult;
use compute::{Job, Threads};
use influence::ekfac::{Shard, Subject, pairs, queries};
use influence::index::rows::{Rows, WIDEST, join};
use influence::index::scores::Scores;
use influence::index::{
    Asked, Bytes, Contribution, Example, Index, IndexError, IndexManifest, IndexSettings, Planned, Receipt, Scoring,
    ScoringManifest, SketchSettings, Step, Thresholds, stored,
};
use lm::config::{Heads, LlamaConfig};
use lm::evaluate::Layout;
use lm::model::Model;
use lm::pack::TokenItem;
use lm::weights::Weights;
use object_store::memory::InMemory;
use shards::map::Mapped;
use shards::{Inputs, JobId, Need, Plan, Store, TaskId, Work, run, verify};

use super::failing::{Dies, Failing};

const LAYOUT: Layout = Layout { block_length: 12, blocks_at_once: 3 };
/// Items of each contribution; positions are 6, 5, …, 1 of 7.
const SIZES: [u32; 6] = [5, 1, 7, 3, 4, 6];
const POSITIONS: u32 = 7;
/// How far a share may be from that of exact pairs, in rows of all items: twice what was measured, since other
/// kernels round bases of nearly equal eigenvalues to others, and these are sketched otherwise.
const TOLERANCE: f64 = 0.02;
const ONE: f64 = 1e12;

fn model() -> Model {
    let config = LlamaConfig::new(24, 16, 2, Heads { query: 4, key_value: 2 }, 24, 32);
    let weights = Weights::initial(&config, 7).expect("weights");
    let stretched = weights.tensors().iter().map(|tensor| if tensor.rank() > 1 { tensor * 6.0 } else { tensor * 1.1 });
    Model::new(Weights::new(config, stretched.collect::<TensorResult<_>>().expect("tensors")).expect("weights"))
}

/// Token lists of different lengths; some are longer than a block.
fn texts(count: u32, salt: u32) -> Vec<TokenItem> {
    let text = |rank: u32| {
        (0..4 + (rank * 5 + salt) % 13).map(move |place| (rank * 7 + place * (salt + 3) + rank * place) % 24)
    };
    (0..count).map(|rank| TokenItem::whole(text(rank).collect())).collect()
}

fn items() -> Vec<TokenItem> {
    texts(SIZES.iter().sum(), 1)
}

fn contributions() -> Vec<Contribution> {
    let of = |(rank, items): (usize, &u32)| Contribution { position: POSITIONS - 1 - rank as u32, items: *items };
    SIZES.iter().enumerate().map(of).collect()
}

/// Nine receipts of six prompts in two strata, and seven examples.
fn asked() -> Asked {
    let receipt = |(rank, item): (usize, TokenItem)| {
        let prompt = rank as u8 % 6;
        Receipt { item, prompt: [prompt; 32], net_fee_uopen: 1_000 + 777 * rank as u64, stratum: u16::from(prompt % 2) }
    };
    let example = |(rank, item): (usize, TokenItem)| Example { item, stratum: rank as u16 % 2 };
    let receipts = texts(9, 5).into_iter().enumerate().map(receipt).collect();
    Asked::new(receipts, texts(7, 8).into_iter().enumerate().map(example).collect()).expect("asked")
}

fn settings((width, landmarks): (u32, u32)) -> IndexSettings {
    let sketch = SketchSettings { width, seed: 11, landmarks };
    IndexSettings { shard_items: 8, sketch, ..IndexSettings::default() }
}

/// The tasks of index and scores, as workers take them.
struct Tasks<'a> {
    index: &'a Index<'a>,
    scoring: &'a Scoring<'a>,
}

struct Through<'a>(&'a Inputs<'a>);

impl influence::index::Inputs for Through<'_> {
    fn get(&self, step: Step, shard: u32) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
        Ok(Box::new(self.0.get(step.name(), shard)?))
    }
}

impl Work for Tasks<'_> {
    type Error = IndexError;

    fn run(&self, task: &TaskId, inputs: &Inputs<'_>) -> Result<Vec<u8>, IndexError> {
        let step = Step::named(&task.step).expect("the plan has these steps only");
        if task.job.0 == self.index.job() {
            self.index.run(step, task.shard, &Through(inputs))
        } else {
            self.scoring.run(step, task.shard, &Through(inputs))
        }
    }
}

impl Tasks<'_> {
    fn plan(&self) -> Plan {
        let mut plan = Plan::new();
        let mut add = |job, planned: Planned| {
            let need = |(step, needed): &(Step, influence::index::Needed)| {
                let step = plan.find(step.name()).expect("steps are in order");
                match needed {
                    influence::index::Needed::Same => Need::Same(step),
                    influence::index::Needed::All => Need::All(step),
                }
            };
            let needs: Vec<Need> = planned.step.needs().iter().map(need).collect();
            plan.step(JobId(job), planned.step.name(), planned.shards, &needs).expect("a step");
        };
        self.index.steps().into_iter().for_each(|planned| add(self.index.job(), planned));
        self.scoring.steps().into_iter().for_each(|planned| add(self.scoring.job(), planned));
        plan
    }

    fn task(&self, step: Step, shard: u32) -> TaskId {
        let is_of_index = self.index.steps().iter().any(|planned| planned.step == step);
        let job = if is_of_index { self.index.job() } else { self.scoring.job() };
        TaskId { job: JobId(job), step: step.name().to_owned(), shard }
    }
}

/// Runs a test on the tasks of an index of some width and number of landmarks.
fn with_tasks(sketch: (u32, u32), test: impl FnOnce(&Tasks<'_>, &Subject<'_>, &Asked)) {
    let (model, items, asked) = (model(), items(), asked());
    let subject = Subject::trained(&model, LAYOUT);
    let manifest =
        IndexManifest::new(&subject, &items, (&contributions(), POSITIONS), settings(sketch)).expect("a manifest");
    let index = Index::new(&subject, &items, &manifest, Threads::new(1));
    let thresholds = Thresholds { effective_prompts: 4, validation_examples: 7 };
    let manifest = ScoringManifest::new(&index.job(), &asked, 4, thresholds);
    let scoring = Scoring::new(&index, &asked, &manifest);
    test(&Tasks { index: &index, scoring: &scoring }, &subject, &asked);
}

fn workers(count: usize) -> Job {
    Job::from(Threads::new(count))
}

#[test]
fn scores_killed_at_any_write_and_resumed_end_with_the_same_roots() {
    with_tasks((64, 16), |tasks, _, _| {
        let plan = tasks.plan();
        let undisturbed = Store::over(Arc::new(InMemory::new())).expect("a store");
        let expected = run(&plan, tasks, &undisturbed, &workers(1)).expect("finished");
        for writes in 0..plan.tasks().count() {
            let inner = Arc::new(InMemory::new());
            let dies = if writes % 2 == 0 { Dies::Before } else { Dies::After };
            let dying = Store::over(Failing::new(inner.clone(), writes, dies)).expect("a store");
            run(&plan, tasks, &dying, &workers(2)).expect_err("the store dies");
            let store = Store::over(inner).expect("a store");
            assert_eq!(run(&plan, tasks, &store, &workers(3)).expect("finished"), expected, "killed at write {writes}");
        }
        assert!(expected.root(JobId(tasks.index.job())).is_some());
        assert_ne!(expected.root(JobId(tasks.index.job())), expected.root(JobId(tasks.scoring.job())));
        assert_eq!(verify(&plan, tasks, &undisturbed, &workers(2)).expect("the same bytes"), expected);
    });
}

#[test]
fn scores_from_the_index_are_those_of_exact_pairs() {
    with_tasks((WIDEST, 64), |tasks, subject, asked| {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::in_folder(folder.path()).expect("a store");
        run(&tasks.plan(), tasks, &store, &workers(2)).expect("finished");
        let output = store.need(&tasks.task(Step::Scores, 0)).expect("scores");
        let scores: Scores = serde_json::from_slice(output.payload()).expect("scores");
        let exact = exact_shares(tasks, subject, asked, &store);
        let (mut off, mut off_error) = (0f64, 0f64);
        for (rank, own) in scores.contributions.iter().enumerate() {
            assert_eq!(own.position, POSITIONS - 1 - rank as u32);
            for (found, expected) in [(own.net, exact.net(rank)), (own.utility, exact.utility(rank))] {
                off = off.max((found.value as f64 / ONE - expected.0).abs());
                off_error = off_error.max((found.error as f64 / ONE - expected.1).abs());
            }
        }
        println!("shares are off by {off:.2e}, their standard errors by {off_error:.2e}");
        let largest = (0..SIZES.len()).map(|rank| exact.net(rank).0.abs()).fold(0f64, f64::max);
        assert!(largest > 5.0 * TOLERANCE, "the largest net share is {largest}");
        assert!(off < TOLERANCE && off_error < TOLERANCE, "{off}, {off_error}");
        assert!(scores.enough && scores.prompts == 6 && scores.validation_examples == 7);
        let report = scores.report(rules::bitmap::Bitmap::new(0));
        report.check(POSITIONS, 0).expect("a report within its bounds");
    });
}

/// Shares by exact pairs, `[contribution][query]`, in f64.
struct Exact<'a> {
    asked: &'a Asked,
    shares: Vec<Vec<f64>>,
}

fn exact_shares<'a>(tasks: &Tasks<'_>, subject: &Subject<'_>, asked: &'a Asked, store: &Store) -> Exact<'a> {
    let need = |step| store.need(&tasks.task(step, 0)).expect("there");
    let bases = stored::bases(need(Step::Basis).payload(), subject).expect("bases");
    let damped = stored::damped(need(Step::Curvature).payload(), subject).expect("a spectrum");
    let (items, job) = (items(), workers(1));
    let own = queries::queries(subject, (&bases, &damped), Shard::whole(asked.items()), &job).expect("queries");
    let products = pairs::pairs(subject, &own, Shard::whole(&items), &job).expect("pairs");
    let count = asked.items().len();
    let totals: Vec<f64> =
        (0..count).map(|query| products.iter().skip(query).step_by(count).map(|value| value.abs()).sum()).collect();
    let mut left = products.as_slice();
    let shares = SIZES.iter().map(|size| {
        let (own, rest) = left.split_at(*size as usize * count);
        left = rest;
        let share = |query: usize| own.iter().skip(query).step_by(count).sum::<f64>() / totals[query];
        (0..count).map(share).collect()
    });
    let shares = shares.collect();
    Exact { asked, shares }
}

/// Draws of a stratum: weights and shares.
type Draws = Vec<(f64, f64)>;

impl Exact<'_> {
    /// Per stratum the draws of paid prompts.
    fn prompts(&self, contribution: usize) -> [Draws; 2] {
        let texts = texts(9, 5);
        let mut draws = [Vec::new(), Vec::new()];
        for prompt in 0..6u8 {
            let mut draw = (0.0, 0.0);
            for (query, item) in self.asked.items()[..9].iter().enumerate() {
                let rank = texts.iter().position(|own| own == item).expect("one of them");
                if rank as u8 % 6 == prompt {
                    let fee = 1_000.0 + 777.0 * rank as f64;
                    draw = (draw.0 + fee, draw.1 + fee * self.shares[contribution][query]);
                }
            }
            draws[usize::from(prompt % 2)].push((draw.0, draw.1 / draw.0));
        }
        draws
    }

    fn examples(&self, contribution: usize) -> [Draws; 2] {
        let own = |stratum: usize| {
            (0..7).filter(move |rank| rank % 2 == stratum).map(|rank| (1.0, self.shares[contribution][9 + rank]))
        };
        [own(0).collect(), own(1).collect()]
    }

    fn net(&self, contribution: usize) -> (f64, f64) {
        self.stratified(self.prompts(contribution))
    }

    fn utility(&self, contribution: usize) -> (f64, f64) {
        self.stratified(self.examples(contribution))
    }

    /// Mean and standard error over strata, weighted by what was paid in each.
    fn stratified(&self, draws: [Draws; 2]) -> (f64, f64) {
        let fees = self.prompts(0).map(|paid| paid.iter().map(|(fee, _)| fee).sum::<f64>());
        let total: f64 = fees.iter().sum();
        let parts = draws.iter().zip(fees).map(|(draws, fee)| {
            let weight: f64 = draws.iter().map(|(weight, _)| weight).sum();
            let squares: f64 = draws.iter().map(|(weight, _)| weight * weight).sum();
            let mean = draws.iter().map(|(weight, share)| weight * share).sum::<f64>() / weight;
            let spread: f64 = draws.iter().map(|(own, share)| (own * (share - mean)).powi(2)).sum::<f64>();
            let effective = weight * weight / squares;
            let variance = spread / (weight * weight) * effective / (effective - 1.0);
            (fee / total * mean, (fee / total).powi(2) * variance)
        });
        let (value, variance) = parts.fold((0.0, 0.0), |(value, all), (mean, own)| (value + mean, all + own));
        (value, variance.sqrt())
    }
}

#[test]
fn the_rows_of_all_shards_are_one_file_that_is_mapped() {
    with_tasks((128, 0), |tasks, _, _| {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::in_folder(folder.path()).expect("a store");
        run(&tasks.plan(), tasks, &store, &workers(2)).expect("finished");
        let shards = tasks.index.steps().iter().find(|planned| planned.step == Step::Build).expect("a step").shards;
        let outputs: Vec<_> =
            (0..shards).map(|shard| store.need(&tasks.task(Step::Build, shard)).expect("rows")).collect();
        let parts: Vec<Rows<'_>> = outputs.iter().map(|output| Rows::parse(output.payload()).expect("rows")).collect();
        let path = folder.path().join("index.rows");
        let mut file = std::fs::File::create(&path).expect("a file");
        join(&parts, &mut file).expect("they follow each other");
        let mapped = Mapped::open(&path).expect("a map");
        let rows = Rows::parse(mapped.as_ref()).expect("rows");
        assert_eq!(rows.len(), items().len());
        let mut rank = 0;
        for part in &parts {
            for row in 0..part.len() {
                assert_eq!((rows.row(rank), rows.exponent(rank)), (part.row(row), part.exponent(row)));
                rank += 1;
            }
        }
        assert!(rows.row(0).iter().any(|value| *value != 0));
    });
}
