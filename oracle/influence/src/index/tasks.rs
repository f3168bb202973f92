//! The tasks of an index: from the bytes that a step needs to the bytes that it puts out.

use std::error::Error;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use candle_core::{Device, Tensor};
use lm::pack::TokenItem;

use super::IndexError;
use super::axes::{Axes, Finding};
use super::folding::Folding;
use super::manifest::{IndexManifest, ShardRange};
use super::quantize::quantize;
use super::rows::{Header, Kind, write};
use super::sketch::{Projection, sketches};
use super::steps::{Planned, Step};
use super::stored::{self, StoredError};
use crate::digest::Digest;
use crate::ekfac::basis::Basis;
use crate::ekfac::sample;
use crate::ekfac::{Labels, PerSite, Shard, Subject, basis, damping, factors, spectrum};
use crate::job::Job;

/// Items whose gradients and wide sketches are held at a time.
const ITEMS_AT_ONCE: usize = 64;
/// Predictions of a shard of the steps that measure the curvature.
const CURVATURE_SHARD: usize = 16_384;

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
    pub(super) manifest: &'a IndexManifest,
    job: Digest,
    /// Numbers of a row.
    width: u32,
    pub(super) shards: Vec<ShardRange>,
    /// Ranks of the items that the curvature is measured at.
    measured: Vec<usize>,
    /// Ranges of those that are one shard.
    parts: Vec<Range<usize>>,
    pub(super) running: Job,
    /// What all tasks of one job share once it was read, so that not every task turns its bytes into tensors.
    bases: Mutex<Option<Arc<PerSite<Basis>>>>,
    projection: Mutex<Option<Arc<Projection>>>,
    folding: Mutex<Option<Arc<Folding>>>,
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
        let measured = sample(items, settings.curvature_seed, settings.curvature_sample);
        Self {
            subject,
            items,
            manifest,
            job: manifest.job(),
            width: manifest.row_width(),
            shards: manifest.shards(),
            parts: parts(items, &measured),
            measured,
            running: running.into(),
            bases: Mutex::default(),
            projection: Mutex::default(),
            folding: Mutex::default(),
        }
    }

    /// The job.
    pub fn job(&self) -> Digest {
        self.job
    }

    /// Its steps, in an order in which each comes after what it needs.
    pub fn steps(&self) -> Vec<Planned> {
        let (shards, parts) = (self.shards.len() as u32, self.parts.len() as u32);
        let sizes = [
            (Step::Manifest, 1),
            (Step::Factors, parts),
            (Step::Basis, 1),
            (Step::Spectrum, parts),
            (Step::Curvature, 1),
            (Step::Axes, 1),
            (Step::Build, shards),
        ];
        sizes.into_iter().map(|(step, shards)| Planned { step, shards }).collect()
    }

    /// The output of one task.
    ///
    /// # Errors
    /// If there is no such task, an input is missing or wrong, a computation fails or the job is cancelled.
    pub fn run(&self, step: Step, shard: u32, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let (part, range) = (self.parts.get(shard as usize), self.shards.get(shard as usize));
        match (step, part, range) {
            (Step::Manifest, ..) => Ok(self.manifest.to_bytes()),
            (Step::Factors, Some(part), _) => self.factors(part),
            (Step::Basis, ..) => self.basis(inputs),
            (Step::Spectrum, Some(part), _) => self.spectrum(part, inputs),
            (Step::Curvature, ..) => self.curvature(inputs),
            (Step::Axes, ..) => self.axes(inputs),
            (Step::Build, _, Some(range)) => self.build(range, inputs),
            _ => Err(IndexError::NoTask { step: step.name(), shard }),
        }
    }

    /// The header that a shard's rows have.
    pub fn rows_of(&self, shard: u32) -> Option<Header> {
        let range = self.shards.get(shard as usize)?;
        Some(self.header(Kind::Items, (range.items.start, range.items.len()), self.job))
    }

    /// Rows of each contribution of a shard, counted from the shard's first.
    pub(super) fn contributions(&self, range: &ShardRange) -> Vec<Range<usize>> {
        let mut first = 0;
        let rows = self.manifest.contributions[range.contributions.clone()].iter().map(|contribution| {
            let own = first..first + contribution.items as usize;
            first = own.end;
            own
        });
        rows.collect()
    }

    pub(super) fn header(&self, kind: Kind, (first, count): (usize, usize), job: Digest) -> Header {
        Header { kind, width: self.width, count: count as u64, first: first as u64, job }
    }

    fn labels(&self) -> Labels {
        Labels::Drawn { seed: self.manifest.settings.curvature_seed }
    }

    /// The items of a part that the curvature is measured at.
    fn measured(&self, part: &Range<usize>) -> Vec<TokenItem> {
        self.measured[part.clone()].iter().map(|item| self.items[*item].clone()).collect()
    }

    fn factors(&self, part: &Range<usize>) -> Result<Vec<u8>, IndexError> {
        let items = self.measured(part);
        let mut sums = factors::zero(self.subject);
        for shard in few(&items, part.start) {
            sums.add(&factors::factors(self.subject, shard, self.labels(), &self.running)?);
        }
        Ok(stored::from_moments(&sums)?)
    }

    fn basis(&self, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let mut sums = factors::zero(self.subject);
        for part in 0..self.parts.len() as u32 {
            sums.add(&self.stored(inputs, (Step::Factors, part), stored::moments)?);
        }
        let weights = self.subject.model.weights();
        let bases = basis::bases(&sums, weights.device(), weights.dtype(), &self.running)?;
        Ok(stored::from_bases(&bases)?)
    }

    fn spectrum(&self, part: &Range<usize>, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let (items, bases) = (self.measured(part), self.bases(inputs)?);
        let mut sums = spectrum::zero(self.subject);
        for shard in few(&items, part.start) {
            sums.add(&spectrum::spectrum(self.subject, &bases, shard, self.labels(), &self.running)?);
        }
        Ok(stored::from_squares(&sums, self.subject)?)
    }

    fn curvature(&self, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let mut sums = spectrum::zero(self.subject);
        for part in 0..self.parts.len() as u32 {
            sums.add(&self.stored(inputs, (Step::Spectrum, part), stored::squares)?);
        }
        let damped = damping::damped(&sums, self.measured.len(), self.manifest.settings.damping);
        Ok(stored::from_damped(&damped, self.subject)?)
    }

    fn axes(&self, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let (settings, items) = (&self.manifest.settings.sketch, self.items.len());
        let landmarks = settings.drawn_landmarks(items);
        if landmarks.is_empty() {
            return Ok(stored::from_axes(&Axes::none())?);
        }
        let drawn: Vec<TokenItem> = landmarks.iter().map(|item| self.items[*item].clone()).collect();
        let mut found = Vec::with_capacity(drawn.len() * self.wide());
        for shard in few(&drawn, 0) {
            found.extend(self.sketches(shard, inputs)?);
        }
        let found = Tensor::from_vec(found, (drawn.len(), self.wide()), &Device::Cpu)?;
        let finding = Finding { width: self.width as usize, holds_all: settings.holds_all(items), seed: settings.seed };
        Ok(stored::from_axes(&Axes::find(&found, finding, &self.running)?)?)
    }

    fn build(&self, range: &ShardRange, inputs: &dyn Inputs) -> Result<Vec<u8>, IndexError> {
        let header = self.header(Kind::Items, (range.items.start, range.items.len()), self.job);
        match self.folding(inputs)?.known(&range.items) {
            Some(rows) => {
                let mut whole = Quantized::default();
                whole.add(&rows?, header.width as usize)?;
                Ok(whole.write(&header))
            }
            None => self.rows(&self.items[range.items.clone()], &header, inputs),
        }
    }

    /// Rows of items or queries.
    pub(super) fn rows(
        &self,
        items: &[TokenItem],
        header: &Header,
        inputs: &dyn Inputs,
    ) -> Result<Vec<u8>, IndexError> {
        let folding = self.folding(inputs)?;
        let mut whole = Quantized::default();
        for shard in few(items, header.first as usize) {
            let rows = folding.rows(self.sketches(shard, inputs)?, shard.items.len())?;
            whole.add(&rows, header.width as usize)?;
        }
        Ok(whole.write(header))
    }

    /// Wide sketches of some items.
    fn sketches(&self, shard: Shard<'_>, inputs: &dyn Inputs) -> Result<Vec<f32>, IndexError> {
        let (bases, projection) = (self.bases(inputs)?, self.projection(inputs)?);
        sketches(self.subject, (&bases, &projection), shard, &self.running)
    }

    /// Numbers of a wide sketch.
    fn wide(&self) -> usize {
        let coordinates =
            self.subject.sites.iter().map(|site| self.subject.shape(*site).iter().product::<usize>()).sum();
        self.manifest.settings.sketch.wide(self.items.len(), coordinates)
    }

    fn bases(&self, inputs: &dyn Inputs) -> Result<Arc<PerSite<Basis>>, IndexError> {
        once(&self.bases, || self.stored(inputs, (Step::Basis, 0), stored::bases))
    }

    fn projection(&self, inputs: &dyn Inputs) -> Result<Arc<Projection>, IndexError> {
        once(&self.projection, || {
            let damped = self.stored(inputs, (Step::Curvature, 0), stored::damped)?;
            Ok(Projection::new((self.wide(), self.manifest.settings.sketch.seed), self.subject, &damped))
        })
    }

    fn folding(&self, inputs: &dyn Inputs) -> Result<Arc<Folding>, IndexError> {
        once(&self.folding, || {
            let sizes = (self.items.len(), self.wide());
            let axes =
                self.stored(inputs, (Step::Axes, 0), |bytes, _| stored::axes(bytes, (sizes, self.width as usize)))?;
            Ok(Folding::new(axes, &self.manifest.settings.sketch, sizes))
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

/// Ranges of the measured items that are one shard, so many predictions each.
fn parts(items: &[TokenItem], measured: &[usize]) -> Vec<Range<usize>> {
    let (mut parts, mut first, mut predictions) = (Vec::new(), 0, 0);
    for (rank, item) in measured.iter().enumerate() {
        predictions += items[*item].tokens.len().saturating_sub(1);
        if predictions >= CURVATURE_SHARD || rank + 1 == measured.len() {
            parts.push(first..rank + 1);
            (first, predictions) = (rank + 1, 0);
        }
    }
    parts
}

/// Items in shards that are computed one after the other, the first item being of rank `first`.
fn few(items: &[TokenItem], first: usize) -> impl Iterator<Item = Shard<'_>> {
    Shard::cut(items, ITEMS_AT_ONCE).into_iter().map(move |shard| Shard { first: first + shard.first, ..shard })
}

/// Rows as integers.
#[derive(Default)]
struct Quantized {
    values: Vec<i8>,
    exponents: Vec<i8>,
}

impl Quantized {
    fn add(&mut self, rows: &[f32], width: usize) -> Result<(), IndexError> {
        for row in rows.chunks_exact(width) {
            let item = self.exponents.len();
            self.values.resize((item + 1) * width, 0);
            let exponent = quantize(row, &mut self.values[item * width..]);
            self.exponents.push(exponent.map_err(|source| IndexError::Sketch { item, source })?);
        }
        Ok(())
    }

    fn write(&self, header: &Header) -> Vec<u8> {
        write(header, &self.values, &self.exponents)
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

pub(super) fn input(inputs: &dyn Inputs, (step, shard): (Step, u32)) -> Result<Bytes, IndexError> {
    inputs.get(step, shard).map_err(|source| IndexError::Input { step: step.name(), shard, source })
}

pub(super) fn wrong((step, shard): (Step, u32), error: &dyn Error) -> IndexError {
    let because = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    IndexError::Format { step: step.name(), shard, reason: format!("{error}{because}") }
}
