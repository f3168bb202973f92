//! The tasks: from the bytes that a step needs to the bytes that it puts out.

use std::error::Error;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use lm::pack::TokenItem;

use super::IndexError;
use super::asked::{Asked, ScoringManifest};
use super::manifest::{IndexManifest, ShardRange};
use super::product::Wide;
use super::quantize::quantize;
use super::rows::{Header, Kind, Rows, write};
use super::scores::Scores;
use super::shares::Shares;
use super::sketch::{Projection, sketches};
use super::steps::{Planned, Step};
use super::stored::{self, StoredError};
use super::totals::Totals;
use crate::digest::Digest;
use crate::ekfac::basis::Basis;
use crate::ekfac::sample;
use crate::ekfac::{Labels, PerSite, Shard, Subject, basis, damping, factors, spectrum};
use crate::job::Job;

/// Bytes that a step put out, read or mapped.
pub type Bytes = Box<dyn AsRef<[u8]>>;

/// Where a task finds what earlier steps put out.
pub trait Inputs {
    /// The output of a step for a shard.
    ///
    /// # Errors
    /// If it cannot be had.
    fn get(&self, step: Step, shard: u32) -> Result<Bytes, Box<dyn Error + Send + Sync>>;
}

/// The tasks of an index.
pub struct Index<'a> {
    subject: &'a Subject<'a>,
    items: &'a [TokenItem],
    manifest: &'a IndexManifest,
    job: Digest,
    shards: Vec<ShardRange>,
    /// Ranks of the items that the curvature is measured at.
    measured: Vec<usize>,
    running: Job,
    /// What all tasks of one job share once it was read, so that not every task turns its bytes into tensors.
    bases: Mutex<Option<Arc<PerSite<Basis>>>>,
    projection: Mutex<Option<Arc<Projection>>>,
}

impl<'a> Index<'a> {
    /// The tasks of the index of a manifest, which must have been made for the same subject and items. `running` says how many threads one task has,
    /// and who may stop it.
    pub fn new(
        subject: &'a Subject<'a>,
        items: &'a [TokenItem],
        manifest: &'a IndexManifest,
        running: impl Into<Job>,
    ) -> Self {
        let settings = &manifest.settings;
        Self {
            subject,
            items,
            manifest,
            job: manifest.job(),
            shards: manifest.shards(),
            measured: sample(items, settings.curvature_seed, settings.curvature_sample),
            running: running.into(),
            bases: Mutex::default(),
            projection: Mutex::default(),
        }
    }

    /// The job.
    pub fn job(&self) -> Digest {
        self.job
    }

    /// Its steps, in an order in which each comes after what it needs.
    pub fn steps(&self) -> Vec<Planned> {
        let shards = self.shards.len() as u32;
        let sizes = [
            (Step::Factors, shards),
            (Step::Basis, 1),
            (Step::Spectrum, shards),
            (Step::Curvature, 1),
            (Step::Build, shards),
        ];
        sizes.into_iter().map(|(step, shards)| Planned { step, shards }).collect()
    }

    /// The output of one task.
    ///
    /// # Errors
    /// If there is no such task, an input is missing or wrong, a computation fails or the job is cancelled.
    pub fn run(&self, step: Step, shard: u32, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let range = self.shards.get(shard as usize);
        match (step, range) {
            (Step::Factors, Some(range)) => self.factors(range),
            (Step::Basis, _) => self.basis(inputs),
            (Step::Spectrum, Some(range)) => self.spectrum(range, inputs),
            (Step::Curvature, _) => self.curvature(inputs),
            (Step::Build, Some(range)) => self.build(range, inputs),
            _ => Err(IndexError::NoTask { step: step.name(), shard }),
        }
    }

    /// The header that a shard's rows have.
    pub fn rows_of(&self, shard: u32) -> Option<Header> {
        let range = self.shards.get(shard as usize)?;
        Some(self.header(Kind::Items, (range.items.start, range.items.len()), self.job))
    }

    fn header(&self, kind: Kind, (first, count): (usize, usize), job: Digest) -> Header {
        Header { kind, width: self.manifest.settings.sketch.width, count: count as u64, first: first as u64, job }
    }

    fn labels(&self) -> Labels {
        Labels::Drawn { seed: self.manifest.settings.curvature_seed }
    }

    /// The items of a shard that the curvature is measured at.
    fn measured(&self, range: &ShardRange) -> Vec<TokenItem> {
        let own = self.measured.iter().filter(|item| range.items.contains(item));
        own.map(|item| self.items[*item].clone()).collect()
    }

    fn factors(&self, range: &ShardRange) -> Result<Vec<u8>, IndexError> {
        let items = self.measured(range);
        let shard = Shard { items: &items, first: range.items.start };
        Ok(stored::from_moments(&factors::factors(self.subject, shard, self.labels(), &self.running)?)?)
    }

    fn basis(&self, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let mut sums = factors::zero(self.subject);
        for shard in 0..self.shards.len() as u32 {
            sums.add(&self.stored(inputs, (Step::Factors, shard), stored::moments)?);
        }
        let weights = self.subject.model.weights();
        let bases = basis::bases(&sums, weights.device(), weights.dtype(), &self.running)?;
        Ok(stored::from_bases(&bases)?)
    }

    fn spectrum(&self, range: &ShardRange, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let (items, bases) = (self.measured(range), self.bases(inputs)?);
        let shard = Shard { items: &items, first: range.items.start };
        let squares = spectrum::spectrum(self.subject, &bases, shard, self.labels(), &self.running)?;
        Ok(stored::from_squares(&squares, self.subject)?)
    }

    fn curvature(&self, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let mut sums = spectrum::zero(self.subject);
        for shard in 0..self.shards.len() as u32 {
            sums.add(&self.stored(inputs, (Step::Spectrum, shard), stored::squares)?);
        }
        let damped = damping::damped(&sums, self.measured.len(), self.manifest.settings.damping);
        Ok(stored::from_damped(&damped, self.subject)?)
    }

    fn build(&self, range: &ShardRange, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let header = self.header(Kind::Items, (range.items.start, range.items.len()), self.job);
        self.rows(&self.items[range.items.clone()], &header, inputs)
    }

    /// Rows of items or queries.
    fn rows(&self, items: &[TokenItem], header: &Header, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let (bases, projection) = (self.bases(inputs)?, self.projection(inputs)?);
        let shard = Shard { items, first: header.first as usize };
        let found = sketches(self.subject, (&bases, &projection), shard, &self.running)?;
        let mut values = vec![0i8; found.len()];
        let width = projection.width();
        let rows = found.chunks_exact(width).zip(values.chunks_exact_mut(width)).enumerate();
        let exponents = rows
            .map(|(item, (row, own))| quantize(row, own).map_err(|source| IndexError::Sketch { item, source }))
            .collect::<Result<Vec<i8>, _>>()?;
        Ok(write(header, &values, &exponents))
    }

    fn bases(&self, inputs: &dyn Inputs) -> Result<Arc<PerSite<Basis>>, IndexError> {
        once(&self.bases, || self.stored(inputs, (Step::Basis, 0), stored::bases))
    }

    fn projection(&self, inputs: &dyn Inputs) -> Result<Arc<Projection>, IndexError> {
        once(&self.projection, || {
            let damped = self.stored(inputs, (Step::Curvature, 0), stored::damped)?;
            Ok(Projection::new(self.manifest.settings.sketch, self.subject, &damped))
        })
    }

    fn stored<T>(
        &self,
        inputs: &dyn Inputs,
        from: (Step, u32),
        read: impl FnOnce(&[u8], &Subject<'_>) -> Result<T, StoredError>,
    ) -> Result<T, IndexError> {
        let bytes = input(inputs, from)?;
        read((*bytes).as_ref(), self.subject).map_err(|error| wrong(from, &error))
    }
}

/// What `read` gives, read once.
fn once<T>(held: &Mutex<Option<Arc<T>>>, read: impl FnOnce() -> Result<T, IndexError>) -> Result<Arc<T>, IndexError> {
    let mut held = held.lock().expect("reading does not panic");
    if let Some(there) = &*held {
        return Ok(there.clone());
    }
    let own = Arc::new(read()?);
    *held = Some(own.clone());
    Ok(own)
}

fn input(inputs: &dyn Inputs, (step, shard): (Step, u32)) -> Result<Bytes, IndexError> {
    inputs.get(step, shard).map_err(|source| IndexError::Input { step: step.name(), shard, source })
}

fn wrong((step, shard): (Step, u32), error: &dyn Error) -> IndexError {
    let because = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    IndexError::Format { step: step.name(), shard, reason: format!("{error}{because}") }
}

fn misfit(from: (Step, u32)) -> IndexError {
    let reason = "it is not as long as its queries and contributions make it".to_owned();
    IndexError::Format { step: from.0.name(), shard: from.1, reason }
}

/// The tasks of scores from an index.
pub struct Scoring<'a> {
    index: &'a Index<'a>,
    asked: &'a Asked,
    manifest: &'a ScoringManifest,
    job: Digest,
    chunks: Vec<Range<usize>>,
}

impl<'a> Scoring<'a> {
    /// The tasks of a manifest, which must have been made for the same index and for what was asked.
    pub fn new(index: &'a Index<'a>, asked: &'a Asked, manifest: &'a ScoringManifest) -> Self {
        let (queries, size) = (asked.items().len(), manifest.queries_at_once as usize);
        let chunks = (0..queries).step_by(size.max(1)).map(|first| first..(first + size).min(queries)).collect();
        Self { index, asked, manifest, job: manifest.job(), chunks }
    }

    /// The job.
    pub fn job(&self) -> Digest {
        self.job
    }

    /// Its steps, in an order in which each comes after what it needs.
    pub fn steps(&self) -> Vec<Planned> {
        let (shards, chunks) = (self.index.shards.len() as u32, self.chunks.len() as u32);
        let sizes = [
            (Step::Queries, chunks),
            (Step::Pass1, shards),
            (Step::Total, 1),
            (Step::Pass2, shards),
            (Step::Scores, 1),
        ];
        sizes.into_iter().map(|(step, shards)| Planned { step, shards }).collect()
    }

    /// The output of one task.
    ///
    /// # Errors
    /// As [`Index::run`].
    pub fn run(&self, step: Step, shard: u32, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let range = self.index.shards.get(shard as usize);
        match (step, range, self.chunks.get(shard as usize)) {
            (Step::Queries, _, Some(chunk)) => {
                self.index.rows(&self.asked.items()[chunk.clone()], &self.header(chunk), inputs)
            }
            (Step::Pass1, Some(_), _) => self.pass1(shard, inputs),
            (Step::Total, ..) => self.total(inputs),
            (Step::Pass2, Some(range), _) => self.pass2((shard, range), inputs),
            (Step::Scores, ..) => self.scores(inputs),
            _ => Err(IndexError::NoTask { step: step.name(), shard }),
        }
    }

    fn header(&self, chunk: &Range<usize>) -> Header {
        self.index.header(Kind::Queries, (chunk.start, chunk.len()), self.job)
    }

    fn pass1(&self, shard: u32, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let bytes = input(inputs, (Step::Build, shard))?;
        let rows = self.items(&bytes, shard)?;
        Ok(Totals::of_shard(&rows, self.queries(inputs), &self.index.running)?.to_bytes())
    }

    fn total(&self, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let of_shard = |shard| self.totals(inputs, (Step::Pass1, shard));
        let whole = Totals::joined(self.index.shards.len() as u32, self.asked.items().len(), of_shard)?;
        Ok(whole.to_bytes())
    }

    fn pass2(&self, (shard, range): (u32, &ShardRange), inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let bytes = input(inputs, (Step::Build, shard))?;
        let rows = self.items(&bytes, shard)?;
        let totals = self.totals(inputs, (Step::Total, 0))?;
        let groups = self.index.contributions(range);
        let shares =
            Shares::of_shard((&rows, &groups), (self.asked, &totals), self.queries(inputs), &self.index.running)?;
        Ok(shares.to_bytes())
    }

    fn scores(&self, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let mut sums = Vec::with_capacity(self.index.manifest.contributions.len());
        for (shard, range) in self.index.shards.iter().enumerate() {
            let from = (Step::Pass2, shard as u32);
            let size = (range.contributions.len(), self.asked.groups.len());
            let shares = Shares::from_bytes((*input(inputs, from)?).as_ref(), size).ok_or_else(|| misfit(from))?;
            let owners = &self.index.manifest.contributions[range.contributions.clone()];
            sums.extend(owners.iter().map(|owner| owner.position).zip(shares.0));
        }
        let positions = self.index.manifest.positions;
        Ok(Scores::new(positions, self.asked, self.manifest.thresholds, sums.into_iter())?.to_bytes())
    }

    fn totals(&self, inputs: &dyn Inputs, from: (Step, u32)) -> Result<Totals, IndexError> {
        let bytes = input(inputs, from)?;
        Totals::from_bytes((*bytes).as_ref(), self.asked.items().len()).ok_or_else(|| misfit(from))
    }

    /// The rows of a shard's items.
    fn items<'b>(&self, bytes: &'b Bytes, shard: u32) -> Result<Rows<'b>, IndexError> {
        let from = (Step::Build, shard);
        let expected = self.index.rows_of(shard).ok_or(IndexError::NoTask { step: from.0.name(), shard })?;
        checked((**bytes).as_ref(), &expected, from)
    }

    /// The queries, chunk by chunk.
    fn queries<'b>(&'b self, inputs: &'b dyn Inputs) -> impl Iterator<Item = Result<Wide, IndexError>> + 'b {
        self.chunks.iter().enumerate().map(move |(rank, chunk)| {
            let from = (Step::Queries, rank as u32);
            let bytes = input(inputs, from)?;
            Ok(Wide::of(&checked((*bytes).as_ref(), &self.header(chunk), from)?))
        })
    }
}

impl Index<'_> {
    /// Rows of each contribution of a shard, counted from the shard's first.
    fn contributions(&self, range: &ShardRange) -> Vec<Range<usize>> {
        let mut first = 0;
        let rows = self.manifest.contributions[range.contributions.clone()].iter().map(|contribution| {
            let own = first..first + contribution.items as usize;
            first = own.end;
            own
        });
        rows.collect()
    }
}

fn checked<'b>(bytes: &'b [u8], expected: &Header, from: (Step, u32)) -> Result<Rows<'b>, IndexError> {
    let rows = Rows::parse(bytes).map_err(|error| wrong(from, &error))?;
    rows.header().expect(expected).map_err(|error| wrong(from, &error))?;
    Ok(rows)
}
