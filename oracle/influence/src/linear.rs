//! Dense linear algebra on faer, cut into blocks of fixed size that threads share.
//!
//! Each block is computed by one thread in one order, so that no result depends on the number of threads.

use std::ops::Range;

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{LltError, cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Accum, Mat, MatRef, Par};

use crate::job::{Cancelled, Job};
use crate::parallel::{self, Threads};

/// Columns that one task works on.
pub(crate) const BLOCK: usize = 64;
/// Rows and columns of the blocks of a factorisation.
const PANEL: usize = 128;

/// A matrix is not positive definite: its pivot at this row is not positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the curvature is not positive definite at row {row}: is a weight or a feature not finite?")]
pub struct NotPositiveDefinite {
    /// The row.
    pub row: usize,
}

/// `A = L Lᵀ`.
pub(crate) struct Cholesky {
    lower: Mat<f64>,
}

impl Cholesky {
    /// Factors `matrix + damping · I`, of which only the lower triangle is read, on the calling thread.
    pub(crate) fn of(matrix: &Mat<f64>, damping: f64) -> Result<Self, NotPositiveDefinite> {
        let alone = Job::from(Threads::new(1));
        Self::under(&alone, matrix, damping).expect("nobody holds the control that could cancel it")
    }

    /// As [`Self::of`], as a job of [`factor_steps`]: panel by panel from the left. With `A = matrix + damping · I`, the rows `r` of panel
    /// `k` are `L_rk = (A_rk − Σ_{j<k} L_rj L_kjᵀ) L_kk⁻ᵀ`, after `L_kk` was had from the same difference on the diagonal.
    pub(crate) fn under(
        job: &Job,
        matrix: &Mat<f64>,
        damping: f64,
    ) -> Result<Result<Self, NotPositiveDefinite>, Cancelled> {
        let size = matrix.nrows();
        let mut lower = Mat::zeros(size, size);
        for panel in cut(0..size, PANEL) {
            let mut diagonal = remainder(matrix, &lower, &panel, &panel);
            (0..panel.len()).for_each(|index| diagonal[(index, index)] += damping);
            if let Err(row) = factor_in_place(&mut diagonal) {
                return Ok(Err(NotPositiveDefinite { row: panel.start + row }));
            }
            let below = cut(panel.end..size, PANEL);
            let blocks = parallel::map_under(job, below.len(), |index| {
                let mut block = remainder(matrix, &lower, &below[index], &panel);
                solve_lower_triangular_in_place(diagonal.as_ref(), block.as_mut().transpose_mut(), Par::Seq);
                Ok(block)
            })?;
            for (rows, block) in std::iter::once((&panel, &diagonal)).chain(below.iter().zip(&blocks)) {
                lower.submatrix_mut(rows.start, panel.start, rows.len(), panel.len()).copy_from(block);
            }
            job.control.advance(1);
        }
        Ok(Ok(Self { lower }))
    }

    /// `A⁻¹ B`.
    ///
    /// # Shapes
    /// A `[p, p]`, B and result `[p, n]`.
    pub(crate) fn solve(&self, right: &Mat<f64>, threads: Threads) -> Mat<f64> {
        by_columns(right.nrows(), right.ncols(), threads, |start, width| {
            let mut block = right.subcols(start, width).to_owned();
            self.solve_in_place(&mut block);
            block
        })
    }

    /// Replaces B by `A⁻¹ B` on the calling thread.
    pub(crate) fn solve_in_place(&self, right: &mut Mat<f64>) {
        solve_lower_triangular_in_place(self.lower.as_ref(), right.as_mut(), Par::Seq);
        solve_upper_triangular_in_place(self.lower.transpose(), right.as_mut(), Par::Seq);
    }
}

/// Steps of work ([`crate::job`]) in factoring a matrix of `size` rows.
pub(crate) fn factor_steps(size: usize) -> usize {
    size.div_ceil(PANEL)
}

/// `A_rk − Σ_{j<k} L_rj L_kjᵀ` for rows `r` of panel `k`.
fn remainder(matrix: &Mat<f64>, lower: &Mat<f64>, rows: &Range<usize>, panel: &Range<usize>) -> Mat<f64> {
    let of_rows = |of: &Range<usize>| lower.submatrix(of.start, 0, of.len(), panel.start);
    let mut remainder = matrix.submatrix(rows.start, panel.start, rows.len(), panel.len()).to_owned();
    let (left, right) = (of_rows(rows), of_rows(panel));
    matmul(remainder.as_mut(), Accum::Add, left, right.transpose(), -1.0, Par::Seq);
    remainder
}

/// Replaces a small matrix by its factor; the row is that of a pivot that is not positive.
fn factor_in_place(matrix: &mut Mat<f64>) -> Result<(), usize> {
    let scratch = cholesky_in_place_scratch::<f64>(matrix.nrows(), Par::Seq, Default::default());
    let mut memory = MemBuffer::new(scratch);
    let stack = MemStack::new(&mut memory);
    match cholesky_in_place(matrix.as_mut(), Default::default(), Par::Seq, stack, Default::default()) {
        Ok(_) => Ok(()),
        Err(LltError::NonPositivePivot { index }) => Err(index),
    }
}

/// A range in pieces of `size`; the last may be shorter.
pub(crate) fn cut(range: Range<usize>, size: usize) -> Vec<Range<usize>> {
    let end = range.end;
    range.step_by(size).map(|start| start..end.min(start + size)).collect()
}

/// `Aᵀ B`.
///
/// # Shapes
/// A `[p, m]`, B `[p, n]`, result `[m, n]`.
pub(crate) fn transposed_product(left: &Mat<f64>, right: &Mat<f64>, threads: Threads) -> Mat<f64> {
    by_columns(left.ncols(), right.ncols(), threads, |start, width| {
        product(left.transpose(), right.subcols(start, width))
    })
}

/// `A B` on the calling thread.
pub(crate) fn product(left: MatRef<'_, f64>, right: MatRef<'_, f64>) -> Mat<f64> {
    let mut result = Mat::zeros(left.nrows(), right.ncols());
    matmul(result.as_mut(), Accum::Replace, left, right, 1.0, Par::Seq);
    result
}

/// Puts together a matrix from blocks of [`BLOCK`] columns; `block` gets the first column and the number of columns.
fn by_columns(
    rows: usize,
    columns: usize,
    threads: Threads,
    block: impl Fn(usize, usize) -> Mat<f64> + Sync,
) -> Mat<f64> {
    let width = |index: usize| BLOCK.min(columns - index * BLOCK);
    let blocks = parallel::map(threads, columns.div_ceil(BLOCK), |index| block(index * BLOCK, width(index)));
    let mut whole = Mat::zeros(rows, columns);
    for (index, block) in blocks.iter().enumerate() {
        whole.subcols_mut(index * BLOCK, block.ncols()).copy_from(block);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest residual allowed for a well conditioned system of this size.
    const TOLERANCE: f64 = 1e-10;

    fn system() -> (Mat<f64>, Mat<f64>) {
        let root = Mat::from_fn(150, 150, |row, column| ((row * 31 + column * 17) as f64).sin());
        let right = Mat::from_fn(150, 70, |row, column| ((row + 3 * column) as f64).cos());
        (&root * root.transpose(), right)
    }

    #[test]
    fn a_solution_leaves_no_residual() {
        let (matrix, right) = system();
        let factor = Cholesky::of(&matrix, 0.5).expect("positive definite");
        let solution = factor.solve(&right, Threads::new(2));
        let residual = &matrix * &solution + &solution * 0.5 - &right;
        assert!(residual.norm_max() < TOLERANCE, "{}", residual.norm_max());
    }

    #[test]
    fn a_transposed_product_is_faers() {
        let (matrix, right) = system();
        let product = transposed_product(&matrix, &right, Threads::new(2));
        assert!((product - matrix.transpose() * &right).norm_max() < TOLERANCE);
    }

    #[test]
    fn an_indefinite_matrix_is_refused_with_its_row() {
        let matrix = Mat::from_fn(3, 3, |row, column| if row == column { [1.0, -1.0, 1.0][row] } else { 0.0 });
        assert_eq!(Cholesky::of(&matrix, 0.5).err(), Some(NotPositiveDefinite { row: 1 }));
    }

    #[test]
    fn a_matrix_that_turns_indefinite_after_a_panel_is_refused_with_its_row() {
        let matrix = Mat::from_fn(300, 300, |row, column| match (row == column, row) {
            (true, 270) => -1.0,
            (true, _) => 1.0,
            _ => 0.0,
        });
        assert_eq!(Cholesky::of(&matrix, 0.5).err(), Some(NotPositiveDefinite { row: 270 }));
    }

    #[test]
    fn one_thread_and_three_give_the_same_bits() {
        let (matrix, right) = system();
        let factor = Cholesky::of(&matrix, 0.5).expect("positive definite");
        let job = Job::from(Threads::new(3));
        let on_three = Cholesky::under(&job, &matrix, 0.5).expect("not cancelled").expect("positive definite");
        assert_eq!(factor.lower, on_three.lower);
        assert_eq!(factor.solve(&right, Threads::new(1)), factor.solve(&right, Threads::new(3)));
    }

    #[test]
    fn a_cancelled_factorisation_stops() {
        let job = Job::from(Threads::new(2));
        job.control.cancel();
        assert_eq!(Cholesky::under(&job, &system().0, 0.5).err(), Some(Cancelled));
    }
}
