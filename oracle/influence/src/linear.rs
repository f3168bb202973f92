//! Dense linear algebra on faer, cut into blocks of fixed size that threads share.
//!
//! Each block is computed by one thread in one order, so that no result depends on the number of threads.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt::factor::{cholesky_in_place, cholesky_in_place_scratch};
use faer::linalg::matmul::matmul;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Accum, Mat, MatRef, Par};

use crate::parallel::{self, Threads};

/// Columns that one task works on.
const BLOCK: usize = 64;

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
    /// Factors `matrix + damping · I`, of which only the lower triangle is read. One thread does it.
    pub(crate) fn of(matrix: &Mat<f64>, damping: f64) -> Result<Self, NotPositiveDefinite> {
        let mut lower = matrix.clone();
        let size = lower.nrows();
        for index in 0..size {
            lower[(index, index)] += damping;
        }
        let scratch = cholesky_in_place_scratch::<f64>(size, Par::Seq, Default::default());
        let mut memory = MemBuffer::new(scratch);
        let stack = MemStack::new(&mut memory);
        let factored = cholesky_in_place(lower.as_mut(), Default::default(), Par::Seq, stack, Default::default());
        match factored {
            Ok(_) => Ok(Self { lower }),
            Err(faer::linalg::cholesky::llt::factor::LltError::NonPositivePivot { index }) => {
                Err(NotPositiveDefinite { row: index })
            }
        }
    }

    /// `A⁻¹ B`.
    ///
    /// # Shapes
    /// A `[p, p]`, B and result `[p, n]`.
    pub(crate) fn solve(&self, right: &Mat<f64>, threads: Threads) -> Mat<f64> {
        by_columns(right.nrows(), right.ncols(), threads, |start, width| {
            let mut block = right.subcols(start, width).to_owned();
            solve_lower_triangular_in_place(self.lower.as_ref(), block.as_mut(), Par::Seq);
            solve_upper_triangular_in_place(self.lower.transpose(), block.as_mut(), Par::Seq);
            block
        })
    }
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
    fn one_thread_and_three_give_the_same_bits() {
        let (matrix, right) = system();
        let factor = Cholesky::of(&matrix, 0.5).expect("positive definite");
        assert_eq!(factor.solve(&right, Threads::new(1)), factor.solve(&right, Threads::new(3)));
    }
}
