//! [`Preconditioned`] on disk, block by block as it is computed: a restart repeats nothing, a killed computation goes on where it was.
//!
//! A member's items are cut into blocks of 1,024. A block is a file of its own, in place and flushed before the next one is begun, so that at
//! most one block per member and what comes before a member's first block (its curvature and factor) are computed twice. The result is the
//! same bytes however often it was interrupted.
//!
//! # Format
//! A file is named `<key>.<member>.<block>.pre`: the key in hex, member and block counted from 0. Fixed width, little endian unless said:
//!
//! | bytes | what |
//! |---|---|
//! | 16 | `influence-pre/2\n` |
//! | 32 | key: what this was computed from ([`crate::score::key`]) |
//! | 8 | member |
//! | 8 | first item |
//! | 8 | items |
//! | 8 | parameters |
//! | 4 · items · parameters | rows, item by item, f32 |
//! | 32 | SHA-256 of all bytes before, domain separated with the tag `influence/cache/2` |
//!
//! A file that is not exactly this, or whose checksum, key or place differs, is as good as none: its block is computed again and the file
//! replaced.

use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::block::Block;
use crate::dataset::Examples;
use crate::digest::{Digest, hex};
use crate::job::{Cancelled, Job};
use crate::linear::cut;
use crate::manifest::TrainingManifest;
use crate::mlp::Mlp;
pub use crate::prune::{Pruned, prune};
use crate::score::{self, Preconditioned, PreconditionedMember, ScoreError};
use crate::solver::Solver;

/// Items in a block: some seconds of solving in models of a few thousand weights.
const BLOCK_ITEMS: usize = 1024;

/// Why preconditioned gradients could be neither loaded nor computed and stored.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// They could not be computed.
    #[error("cannot compute preconditioned gradients")]
    Compute(#[source] ScoreError),
    /// Somebody stopped it. All blocks that were finished are stored.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// They could not be stored.
    #[error("cannot store preconditioned gradients at {}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The folder could not be kept within its limit.
    #[error("cannot remove old preconditioned gradients at {}", path.display())]
    Prune {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl From<ScoreError> for CacheError {
    fn from(error: ScoreError) -> Self {
        match error {
            ScoreError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Compute(other),
        }
    }
}

/// Where preconditioned gradients came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// All from the folder, verified.
    Loaded,
    /// Computed now and stored, at least in part.
    Computed {
        /// Blocks computed now.
        now: usize,
        /// Blocks that an interrupted computation had left in the folder.
        before: usize,
    },
}

/// Loads from `folder` what [`score::precondition`] gives for these inputs, or computes and stores what is not there.
///
/// # Errors
/// If the inputs do not belong together, a file cannot be written, or the job is cancelled. A file that cannot be read or is damaged is no
/// error.
pub fn load_or_compute(
    folder: &Path,
    manifest: &TrainingManifest,
    members: &[Mlp],
    items: &Examples,
    job: impl Into<Job>,
) -> Result<(Preconditioned, Origin), CacheError> {
    score::check(manifest, members, items)?;
    let work = Work { folder, key: score::key(manifest, members, items), manifest, items, job: job.into() };
    work.job.control.begin(members.iter().map(|member| work.steps(member)).sum());
    let (mut loaded, mut before, mut now) = (Vec::with_capacity(members.len()), 0, 0);
    for (rank, model) in members.iter().enumerate() {
        let (rows, computed) = work.member(rank, model)?;
        now += computed;
        before += work.blocks().len() - computed;
        loaded.push(PreconditionedMember { model: model.clone(), rows });
    }
    let origin = if now == 0 { Origin::Loaded } else { Origin::Computed { now, before } };
    Ok((Preconditioned { key: work.key, items: items.len(), members: loaded }, origin))
}

/// The file of a member's block in `folder`.
pub fn path(folder: &Path, key: &Digest, member: usize, block: usize) -> PathBuf {
    folder.join(format!("{}.{member}.{block}.pre", hex(key)))
}

/// One version's preconditioned gradients, being loaded or computed.
struct Work<'a> {
    folder: &'a Path,
    key: Digest,
    manifest: &'a TrainingManifest,
    items: &'a Examples,
    job: Job,
}

impl Work<'_> {
    /// The cut of the items, the same for all members.
    fn blocks(&self) -> Vec<Range<usize>> {
        cut(0..self.items.len(), BLOCK_ITEMS)
    }

    /// Steps of work ([`crate::job`]) of a member: its preparation, and each block solved and stored.
    fn steps(&self, model: &Mlp) -> usize {
        Solver::preparation_steps(model.architecture()) + self.blocks().iter().map(block_steps).sum::<usize>()
    }

    /// The rows of a member, and how many of its blocks had to be computed.
    fn member(&self, rank: usize, model: &Mlp) -> Result<(Vec<f32>, usize), CacheError> {
        let mut blocks = self.found(rank, model)?;
        let missing = blocks.iter().filter(|rows| rows.is_none()).count();
        if missing == 0 {
            self.job.control.advance(Solver::preparation_steps(model.architecture()));
        } else {
            self.compute_missing(rank, model, &mut blocks)?;
        }
        Ok((blocks.into_iter().flatten().flatten().collect(), missing))
    }

    /// The rows of every block that the folder has.
    fn found(&self, rank: usize, model: &Mlp) -> Result<Vec<Option<Vec<f32>>>, Cancelled> {
        let mut found = Vec::new();
        for (index, items) in self.blocks().into_iter().enumerate() {
            self.job.control.check()?;
            let rows = self.block(rank, model, &items).load(&path(self.folder, &self.key, rank, index));
            if rows.is_some() {
                self.job.control.advance(block_steps(&items));
            }
            found.push(rows);
        }
        Ok(found)
    }

    fn compute_missing(&self, rank: usize, model: &Mlp, blocks: &mut [Option<Vec<f32>>]) -> Result<(), CacheError> {
        let solver = Solver::new((rank, model), self.items, self.manifest.damping, &self.job)?;
        for (index, items) in self.blocks().into_iter().enumerate() {
            if blocks[index].is_none() {
                let rows = solver.rows(items.clone(), &self.job)?;
                self.store(index, &self.block(rank, model, &items), &rows)?;
                blocks[index] = Some(rows);
            }
        }
        Ok(())
    }

    fn store(&self, index: usize, block: &Block<'_>, rows: &[f32]) -> Result<(), CacheError> {
        let path = path(self.folder, &self.key, block.member, index);
        std::fs::create_dir_all(self.folder)
            .and_then(|()| block.store(&path, rows))
            .map_err(|source| CacheError::Store { path, source })?;
        self.job.control.advance(1);
        Ok(())
    }

    fn block(&self, member: usize, model: &Mlp, items: &Range<usize>) -> Block<'_> {
        let parameters = model.architecture().parameters();
        Block { key: &self.key, member, first: items.start, items: items.len(), parameters }
    }
}

/// Steps of work ([`crate::job`]) of a block: solving its items, and storing it.
fn block_steps(items: &Range<usize>) -> usize {
    Solver::steps(items.len()) + 1
}
