//! From a model, items and queries to a matrix of influences: all steps in their order.

use compute::Job;
use lm::pack::TokenItem;
use lm::tap::Site;
use serde::{Deserialize, Serialize};

use super::basis::{Basis, Side};
use super::pass::{Labels, Shard, Subject};

use super::{EkfacError, PerSite, basis, damping, factors, pairs, queries, sample, spectrum};

/// What the result depends on besides model and data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Seed of the labels that the curvature is measured at.
    pub seed: u64,
    /// Predictions that the curvature is measured at: so many items are drawn; all if they have no more.
    pub sample: usize,
    /// Part of a site's mean curvature that damping adds, [`damping::PART`] unless chosen otherwise.
    pub damping: f64,
    /// Items of a shard: all that a step keeps at a time.
    pub shard: usize,
    /// Queries whose preconditioned gradients are held at a time: each takes as many numbers as the model has weights.
    pub queries_at_once: usize,
}

/// Predictions that the curvature is measured at unless others are wanted: several for every direction of the longest sides.
const SAMPLE: usize = 16_384;

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 0, sample: SAMPLE, damping: damping::PART, shard: 64, queries_at_once: 64 }
    }
}

/// A model's curvature, which all queries share.
#[derive(Clone, Debug)]
pub struct Curvature {
    pub(crate) bases: PerSite<basis::Basis>,
    pub(crate) damped: PerSite<Vec<f64>>,
    pub(crate) items: usize,
}

/// Influence of every item on every query, nats: what the query's log-likelihood would lose without the item, to first order.
///
/// # Shapes
/// `[queries, items]`, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Number of items.
    pub items: usize,
    /// The values.
    pub values: Vec<f32>,
}

impl Matrix {
    /// Influence of all items on one query.
    pub fn row(&self, query: usize) -> &[f32] {
        &self.values[query * self.items..(query + 1) * self.items]
    }
}

/// Items that the curvature is measured at, in their order.
fn sampled(items: &[TokenItem], settings: &Settings) -> Vec<TokenItem> {
    sample(items, settings.seed, settings.sample).into_iter().map(|item| items[item].clone()).collect()
}

/// Steps of the control's progress that [`curvature`] and [`matrix`] take together.
pub fn steps(items: &[TokenItem], queries: usize, settings: &Settings) -> usize {
    let shards = |items: usize| items.div_ceil(settings.shard.max(1));
    let scoring = queries.div_ceil(settings.queries_at_once.max(1)) * (shards(items.len()) + 1);
    2 * shards(sample(items, settings.seed, settings.sample).len()) + 1 + scoring
}

/// Measures the curvature at the items.
///
/// # Errors
/// If there are no items, a pass fails or the job is cancelled.
pub fn curvature(
    subject: &Subject<'_>,
    items: &[TokenItem],
    settings: &Settings,
    job: &Job,
) -> Result<Curvature, EkfacError> {
    if !items.iter().any(|item| item.weight() > 0.0) {
        return Err(EkfacError::NoItems);
    }
    let (sample, drawn) = (sampled(items, settings), Labels::Drawn { seed: settings.seed });
    let mut moments = factors::zero(subject);
    for shard in Shard::cut(&sample, settings.shard) {
        moments.add(&factors::factors(subject, shard, drawn, job)?);
        step(job)?;
    }
    let weights = subject.model.weights();
    let bases = basis::bases(&moments, weights.device(), weights.dtype(), job)?;
    step(job)?;
    let mut squares = spectrum::zero(subject);
    for shard in Shard::cut(&sample, settings.shard) {
        squares.add(&spectrum::spectrum(subject, &bases, shard, drawn, job)?);
        step(job)?;
    }
    let damped = damping::damped(&squares, sample.len(), settings.damping);
    Ok(Curvature { bases, damped, items: items.len() })
}

/// Influence of every item on every query.
///
/// # Errors
/// If a pass fails or the job is cancelled.
///
/// # Determinism
/// The same on the same kind of processor, for any number of threads.
pub fn matrix(
    subject: &Subject<'_>,
    curvature: &Curvature,
    data: (&[TokenItem], &[TokenItem]),
    settings: &Settings,
    job: &Job,
) -> Result<Matrix, EkfacError> {
    matrix_between(Stages { learned: subject, asked: subject }, curvature, data, settings, job)
}

/// A model at two stages of its making, with the same tracked sites: what it was when it learned the items, and what it is when it is asked.
#[derive(Clone, Copy, Debug)]
pub struct Stages<'a> {
    /// When it learned.
    pub learned: &'a Subject<'a>,
    /// When it is asked.
    pub asked: &'a Subject<'a>,
}

/// Influence, through the curvature of an earlier stage, of what was learned then on what is asked later, as if the stages between moved on in
/// parallel: `φ = (1/n) ⟨g_q(asked), (Λ + λ)⁻¹ g_i(learned)⟩`.
///
/// # Source
/// Bae et al. 2024, *Training Data Attribution via Approximate Unrolled Differentiation*, section 3, with the later segments' factors
/// `exp(−η K H)` left out: an adapter does not train the base's weights.
///
/// # Errors
/// As [`matrix`].
pub fn matrix_between(
    stages: Stages<'_>,
    curvature: &Curvature,
    (items, asked): (&[TokenItem], &[TokenItem]),
    settings: &Settings,
    job: &Job,
) -> Result<Matrix, EkfacError> {
    let mut values = vec![0f32; asked.len() * items.len()];
    for few in Shard::cut(asked, settings.queries_at_once) {
        let basis = (&curvature.bases, &curvature.damped);
        let own = queries::queries(stages.asked, basis, few, job)?;
        step(job)?;
        for shard in Shard::cut(items, settings.shard) {
            let products = pairs::pairs(stages.learned, &own, shard, job)?;
            for (item, row) in products.chunks_exact(own.count()).enumerate() {
                for (query, product) in row.iter().enumerate() {
                    let place = (few.first + query) * items.len() + shard.first + item;
                    values[place] = (product / curvature.items as f64) as f32;
                }
            }
            step(job)?;
        }
    }
    Ok(Matrix { items: items.len(), values })
}

/// Gradient dot product `⟨g_q, g_i⟩`, influence as if the curvature were the same in all directions: what any method must beat.
///
/// # Errors
/// As [`matrix`].
pub fn dot_products(
    subject: &Subject<'_>,
    (items, asked): (&[TokenItem], &[TokenItem]),
    settings: &Settings,
    job: &Job,
) -> Result<Matrix, EkfacError> {
    let flat = |site: &Site| (*site, Basis { inputs: Side::Plain, outputs: Side::Plain });
    let ones = |site: &Site| (*site, vec![1.0; subject.shape(*site).iter().product()]);
    let bases = PerSite(subject.sites.iter().map(flat).collect());
    let damped = PerSite(subject.sites.iter().map(ones).collect());
    matrix(subject, &Curvature { bases, damped, items: 1 }, (items, asked), settings, job)
}

fn step(job: &Job) -> Result<(), EkfacError> {
    job.control.check()?;
    job.control.advance(1);
    Ok(())
}
