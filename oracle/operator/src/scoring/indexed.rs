//! Scores from an index that is kept: made once, task by task, and asked as often as wanted.
//!
//! Whatever was done before is found again: a run that was killed goes on where it was and ends with the same roots. Rows are made of gradients once;
//! from there on all is integers, and the matrix of influences is what they say, put back into nats.

mod order;
mod outcome;
mod tasks;

use std::{collections::BTreeMap, path::Path, time::Instant};

use anyhow::{Context, Result};
use influence::{
    Job, Threads,
    index::{
        Asked, Example, Index, IndexManifest, IndexSettings, Scoring, ScoringManifest, SketchSettings, Step,
        Thresholds,
        scores::{Estimate, Scores},
    },
};
use lm::pack::TokenItem;
use shards::{Finished, JobId, Store};

use super::{
    language::Language,
    matrix::{self, Total},
    summary::Damping,
};
use crate::{attributed::Owners, published::Opened};
use order::Order;
pub use outcome::IndexSummary;
use outcome::{Made, Root};
use tasks::{Outputs, Tasks};

/// Tokens of a shard: all that is lost when a run is killed.
const SHARD_TOKENS: usize = 65_536;
/// Most items of a shard, unless a contribution has more.
const SHARD_ITEMS: usize = 1_024;
/// Most queries whose rows are held at a time.
const QUERIES_AT_ONCE: usize = 64;
/// Influences that are held at a time.
const HELD: usize = 1 << 26;
/// One, in shares.
const SHARE: f64 = 1e12;

/// Where an index is kept, and how wide its rows are.
#[derive(Clone, Debug)]
pub struct Kept {
    /// A folder, or a bucket as `s3://bucket/prefix`.
    pub place: String,
    /// Most numbers of a row.
    pub width: u32,
}

/// Makes what is not there of the index, and of the scores of the queries if there are any, and writes their matrix.
pub(super) fn score(
    model: &Language,
    owners: Option<&Owners>,
    kept: &Kept,
    out: &Path,
    job: &Job,
) -> Result<IndexSummary> {
    let settings = settings(model, kept);
    let order = Order::new(owners, model.items.len(), settings.shard_items);
    let (subject, items) = (model.subject(), order.sorted(&model.items));
    let positions = order.contributions().len() as u32;
    let manifest = IndexManifest::new(&subject, &items, (order.contributions(), positions), settings)?;
    let index = Index::new(&subject, &items, &manifest, job);
    let asked = asked(&model.queries)?;
    let asking = asked.as_ref().map(|asked| (asked, scoring_manifest(&index, asked, items.len())));
    let scoring = asking.as_ref().map(|(asked, manifest)| Scoring::new(&index, asked, manifest));
    let tasks = Tasks::new(&index, scoring.as_ref());
    let store = open(&kept.place)?;
    let finished = run(&tasks, &store, job).with_context(|| format!("cannot finish the index in {}", kept.place))?;
    let mut made = Made::new(&kept.place, root(&finished, index.job())?, &manifest, tasks.spent());
    if let Some(scoring) = &scoring {
        let outputs = Outputs::new(&store, &tasks);
        let asking = Asking { scoring, outputs: &outputs, order: &order, job };
        let start = Instant::now();
        let totals = asking.matrix([model.queries.len(), items.len()], owners, out)?;
        let totals = asking.with_shares(totals, owners)?;
        made = made.scored(root(&finished, scoring.job())?, start.elapsed(), totals);
    }
    Ok(made.summary(model, Damping::part(manifest.settings.damping), job.threads))
}

fn settings(model: &Language, kept: &Kept) -> IndexSettings {
    let exact = &model.settings;
    let tokens = model.tokens().div_ceil(model.items.len().max(1)).max(1);
    IndexSettings {
        curvature_seed: exact.seed,
        curvature_sample: exact.sample,
        damping: exact.damping,
        sketch: SketchSettings { width: kept.width, seed: exact.seed, ..SketchSettings::default() },
        shard_items: (SHARD_TOKENS / tokens).clamp(1, SHARD_ITEMS) as u32,
    }
}

/// Queries as examples: each weighs the same, and their order stays.
fn asked(queries: &[TokenItem]) -> Result<Option<Asked>> {
    if queries.is_empty() {
        return Ok(None);
    }
    let examples = queries.iter().map(|item| Example { item: item.clone(), stratum: 0 }).collect();
    Ok(Some(Asked::new(Vec::new(), examples)?))
}

fn scoring_manifest(index: &Index<'_>, asked: &Asked, items: usize) -> ScoringManifest {
    let at_once = (HELD / items.max(1)).clamp(1, QUERIES_AT_ONCE);
    // Nobody is paid by these: any number of queries is enough.
    let thresholds = Thresholds { effective_prompts: 0, validation_examples: 0 };
    ScoringManifest::new(&index.job(), asked, at_once as u32, thresholds)
}

fn open(place: &str) -> Result<Store> {
    Ok(match Opened::here(place)? {
        Opened::Folder(folder) => Store::in_folder(&folder)?,
        Opened::Store(_, store) => Store::over(store)?,
    })
}

/// One task after the other, each on all threads: then no more than one shard is held.
fn run(tasks: &Tasks<'_>, store: &Store, job: &Job) -> Result<Finished> {
    let one_by_one = Job { threads: Threads::new(1), control: job.control.clone() };
    Ok(shards::run(&tasks.plan()?, tasks, store, &one_by_one)?)
}

fn root(finished: &Finished, job: [u8; 32]) -> Result<Root> {
    let root = finished.root(JobId(job)).context("a finished job has a root")?;
    Ok(Root { job: hex::encode(job), root: hex::encode(root) })
}

/// Scores that are done, and where they are.
struct Asking<'a> {
    scoring: &'a Scoring<'a>,
    outputs: &'a Outputs<'a>,
    order: &'a Order,
    job: &'a Job,
}

impl Asking<'_> {
    /// Writes the matrix, a chunk of queries at a time, in the order of the user's items.
    fn matrix(&self, shape: [usize; 2], owners: Option<&Owners>, out: &Path) -> Result<Vec<Total>> {
        self.job.control.begin((self.scoring.chunks() * self.outputs.shards().len() as u32) as usize);
        let (_, totals) = matrix::write(out, shape, owners, |sink| {
            for chunk in 0..self.scoring.chunks() {
                let rows = self.chunk(chunk, shape[1])?;
                rows.chunks_exact(shape[1]).try_for_each(|row| sink.row(row))?;
            }
            Ok(())
        })?;
        Ok(totals)
    }

    /// Influences of all items on a chunk's queries, `[queries, items]`.
    fn chunk(&self, chunk: u32, items: usize) -> Result<Vec<f32>> {
        let (mut rows, mut first) = (Vec::new(), 0);
        for (shard, own) in (0..).zip(self.outputs.shards()) {
            self.job.control.check()?;
            let values = self.scoring.influences((chunk, shard), self.outputs)?;
            rows.resize(values.len() / own * items, 0f32);
            for (row, values) in rows.chunks_exact_mut(items).zip(values.chunks_exact(own)) {
                values.iter().zip(first..).for_each(|(value, rank)| row[self.order.item(rank)] = *value);
            }
            first += own;
            self.job.control.advance(1);
        }
        Ok(rows)
    }

    /// Totals with the shares that the integers gave.
    fn with_shares(&self, totals: Vec<Total>, owners: Option<&Owners>) -> Result<Vec<Total>> {
        let Some(owners) = owners else { return Ok(totals) };
        let output = self.outputs.need(Step::Scores, 0)?;
        let scores: Scores = serde_json::from_slice(output.payload()).context("the scores are not in their format")?;
        let name = |position: u32| owners.names()[position as usize].as_str();
        let utilities: BTreeMap<&str, Estimate> =
            scores.contributions.iter().map(|own| (name(own.position), own.utility)).collect();
        let with_share = |total: Total| {
            let Estimate { value, error } = utilities.get(total.name()).context("every contribution has a score")?;
            Ok(total.with_share(*value as f64 / SHARE, *error as f64 / SHARE))
        };
        totals.into_iter().map(with_share).collect()
    }
}
