//! The tasks of scores from an index.

use std::ops::Range;

use super::IndexError;
use super::asked::{Asked, ScoringManifest};
use super::influences::influences;
use super::manifest::ShardRange;
use super::product::Wide;
use super::rows::{Header, Kind, Rows};
use super::scores::Scores;
use super::shares::Shares;
use super::steps::{Planned, Step};
use super::tasks::{Bytes, Index, Inputs, input, wrong};
use super::totals::Totals;
use crate::digest::Digest;

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

    /// Number of chunks of queries.
    pub fn chunks(&self) -> u32 {
        self.chunks.len() as u32
    }

    /// Influence of a shard's items on a chunk's queries, nats; of outputs that are there, and no task.
    ///
    /// # Shapes
    /// `[queries, items]`, query by query.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn influences(&self, (chunk, shard): (u32, u32), inputs: &dyn Inputs) -> Result<Vec<f32>, IndexError> {
        let from = (Step::Queries, chunk);
        let range = self.chunks.get(chunk as usize);
        let range = range.ok_or(IndexError::NoTask { step: from.0.name(), shard: chunk })?;
        let (asked, bytes) = (input(inputs, from)?, input(inputs, (Step::Build, shard))?);
        let queries = checked((*asked).as_ref(), &self.header(range), from)?;
        let items = self.items(&bytes, shard)?;
        Ok(influences((&queries, &items), self.index.manifest.item_count(), &self.index.running)?)
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

fn checked<'b>(bytes: &'b [u8], expected: &Header, from: (Step, u32)) -> Result<Rows<'b>, IndexError> {
    let rows = Rows::parse(bytes).map_err(|error| wrong(from, &error))?;
    rows.header().expect(expected).map_err(|error| wrong(from, &error))?;
    Ok(rows)
}

fn misfit(from: (Step, u32)) -> IndexError {
    let reason = "it is not as long as its queries and contributions make it".to_owned();
    IndexError::Format { step: from.0.name(), shard: from.1, reason }
}
