//! One member's preconditioned gradients, some items at a time.

use std::ops::Range;

use crate::dataset::Examples;
use crate::ggn::{self, Gradients, Trace};
use crate::job::{Cancelled, Job};
use crate::linear::{self, BLOCK, Cholesky, cut};
use crate::mlp::{Architecture, Mlp};
use crate::parallel;
use crate::score::ScoreError;

/// What is computed of a member before any item is solved: `G + λI`, factored, and what the items' gradients are made of.
pub(crate) struct Solver {
    factor: Cholesky,
    gradients: Gradients,
    /// `1/n`
    share: f64,
}

impl Solver {
    /// Curvature and factor of the member of this rank, in [`Self::preparation_steps`].
    pub(crate) fn new(
        (rank, model): (usize, &Mlp),
        items: &Examples,
        damping: f64,
        job: &Job,
    ) -> Result<Self, ScoreError> {
        job.control.check()?;
        let trace = Trace::new(model, items)?;
        let factor = Cholesky::under(job, &trace.curvature(model, job)?, damping)?
            .map_err(|source| ScoreError::Curvature { member: rank, source })?;
        let gradients = trace.into_gradients(model, items.labels());
        Ok(Self { factor, gradients, share: 1.0 / items.len() as f64 })
    }

    /// Steps of work ([`crate::job`]) in [`Self::new`].
    pub(crate) fn preparation_steps(architecture: &Architecture) -> usize {
        ggn::curvature_steps(architecture) + linear::factor_steps(architecture.parameters())
    }

    /// `(1/n) (G + λI)⁻¹ g_i` of some items, rounded to f32, item by item, in [`Self::steps`].
    ///
    /// # Determinism
    /// A row depends on its place in its block of [`BLOCK`] items: a range starts at a multiple of that.
    pub(crate) fn rows(&self, items: Range<usize>, job: &Job) -> Result<Vec<f32>, Cancelled> {
        let blocks = cut(items, BLOCK);
        let solved = parallel::map_under(job, blocks.len(), |index| {
            let mut columns = self.gradients.columns(blocks[index].clone());
            self.factor.solve_in_place(&mut columns);
            let row = |column: usize| columns.col_as_slice(column).iter().map(|value| (value * self.share) as f32);
            let rows: Vec<f32> = (0..columns.ncols()).flat_map(row).collect();
            job.control.advance(1);
            Ok(rows)
        })?;
        Ok(solved.concat())
    }

    /// Steps of work ([`crate::job`]) in [`Self::rows`] of so many items.
    pub(crate) fn steps(items: usize) -> usize {
        items.div_ceil(BLOCK)
    }
}
