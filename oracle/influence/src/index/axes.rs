//! From a wide sketch to a row: what the axes of the items see is kept as it is, what they leave is sketched.
//!
//! `V` has orthonormal rows, the axes, and `r = x − Vᵀ V x` is what they leave of a wide sketch `x`. A row is `[V x, √c F r]` with a count sketch `F` into
//! the `k₂` numbers that are left, so that products of rows are right but for those of `r`, whose sketch has a variance of about `|r_q|² |r_i|² / k₂`.
//!
//! The axes are the principal ones of some items, the landmarks. With no more items than landmarks they span all items: nothing is left of
//! any, and no row is sketched a second time. Else an eighth of the landmarks is kept apart. With `s` the mean of `⟨r_i, r_j⟩²` over pairs of those and `n` that
//! of the variance, the weight `c = s / (s + n)` leaves the least mean squared error, `s n / (s + n)`, and the number of axes is the one at which that is least:
//! where most of what is sketched is noise, it is better said softly.
//!
//! Axes are mixed by an orthogonal matrix, so that all numbers of a row are of one size: rows become integers of one scale.
//!
//! # Source
//! Williams and Seeger 2001, *Using the Nyström Method to Speed Up Kernel Machines*, for landmarks; the split into a span and a sketch of
//! the rest is Hutch++'s (Meyer et al. 2021), of products instead of traces; the weight is Wiener's.

use candle_core::{DType, Device, Result as TensorResult, Tensor};
use compute::random::{Random, Stream};
use compute::{Job, parallel};
use faer::Mat;

use super::IndexError;
use crate::ekfac::EkfacError;

/// One in so many landmarks says how much axes leave of other items.
const KEPT_APART: usize = 8;
/// Numbers of axes that are weighed are multiples of this.
const AXES_STEP: usize = 16;
/// Part of the largest eigenvalue below which a direction is rounding.
const LEAST_EIGENVALUE: f64 = 1e-5;
/// Columns that products are summed over in 32 bits; the sums of so many are added in 64.
const COLUMNS: usize = 4_096;
/// Parts of the seed's projections that the mixing is drawn from; sites have the first ones.
const MIXED_SIGNS: u64 = u64::MAX - 1;
const MIXED_PLACES: u64 = u64::MAX - 2;

/// The axes of an index, and the rows of its items where those are all landmarks.
#[derive(Clone, Debug)]
pub struct Axes {
    /// `[axes, wide]`, orthonormal; `None` if there are none.
    pub(super) spine: Option<Tensor>,
    /// `√c`, with which what the axes leave is sketched.
    pub(super) rest: f32,
    /// `[items, axes]`, if all items are landmarks.
    pub(super) rows: Option<Tensor>,
}

/// What is needed to find axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Finding {
    /// Numbers of a row.
    pub(super) width: usize,
    /// Whether all items are landmarks.
    pub(super) holds_all: bool,
    /// Seed of the mixing.
    pub(super) seed: u64,
}

impl Axes {
    /// Without axes rows are plain count sketches.
    pub(super) fn none() -> Self {
        Self { spine: None, rest: 1.0, rows: None }
    }

    /// Finds axes from the wide sketches of the landmarks.
    ///
    /// # Shapes
    /// `sketches` `[landmarks, wide]`, in the order in which they were drawn.
    ///
    /// # Errors
    /// If a product has no eigenvectors, since an entry is no number, or the job is cancelled.
    ///
    /// # Determinism
    /// The factorisation runs on one thread, so that their number changes no byte.
    pub(super) fn find(sketches: &Tensor, finding: Finding, job: &Job) -> Result<Self, IndexError> {
        let products = products(sketches)?;
        let found = on_one_thread(job, || turn(&products, (finding, sketches.dims()[1])))??;
        let Some((turn, rest)) = found else { return Ok(Self::none()) };
        let fitted = sketches.narrow(0, 0, turn.ncols())?;
        let spine = tensor(&turn)?.matmul(&fitted)?;
        let rows = match finding.holds_all {
            true => Some(tensor(&on_one_thread(job, || &products * turn.transpose())?)?),
            false => None,
        };
        Ok(Self { spine: Some(spine), rest, rows })
    }
}

/// `X Xᵀ`
fn products(sketches: &Tensor) -> TensorResult<Mat<f64>> {
    let (landmarks, wide) = sketches.dims2()?;
    let mut sums = Mat::zeros(landmarks, landmarks);
    for first in (0..wide).step_by(COLUMNS) {
        let part = sketches.narrow(1, first, COLUMNS.min(wide - first))?.contiguous()?;
        let values: Vec<Vec<f64>> = part.matmul(&part.t()?)?.to_dtype(DType::F64)?.to_vec2()?;
        for (column, values) in values.iter().enumerate() {
            // Symmetric: a row is a column.
            sums.col_as_slice_mut(column).iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }
    Ok(sums)
}

fn tensor(matrix: &Mat<f64>) -> TensorResult<Tensor> {
    let (rows, columns) = (matrix.nrows(), matrix.ncols());
    let values = (0..rows).flat_map(|row| (0..columns).map(move |column| matrix[(row, column)] as f32));
    Tensor::from_vec(values.collect::<Vec<f32>>(), (rows, columns), &Device::Cpu)
}

/// Factorisations add in an order that depends on how many threads they find: here they find one.
fn on_one_thread<T: Send>(job: &Job, work: impl Fn() -> T + Sync) -> Result<T, compute::Cancelled> {
    let alone = Job { threads: compute::Threads::new(1), control: job.control.clone() };
    let mut done = parallel::map_under(&alone, 1, |_| Ok(work()))?;
    Ok(done.remove(0))
}

/// The matrix that makes axes of landmarks, `[axes, fitted landmarks]`, and the root of the rest's weight; `None` if axes are worth nothing.
fn turn(products: &Mat<f64>, (finding, wide): (Finding, usize)) -> Result<Option<(Mat<f64>, f32)>, IndexError> {
    let landmarks = products.nrows();
    let fitted = if finding.holds_all { landmarks } else { landmarks - landmarks / KEPT_APART };
    let principal = principal(products, fitted)?;
    let best = match finding.holds_all {
        true => Best { axes: principal.nrows(), weight: 0.0 },
        false => best(products, &principal, (finding.width, wide)),
    };
    if best.axes == 0 {
        return Ok(None);
    }
    let turn = mixing(best.axes, finding.seed) * principal.as_ref().subrows(0, best.axes);
    Ok(Some((turn, best.weight.sqrt() as f32)))
}

/// `u_aᵀ / √λ_a` of the principal axes of the first landmarks, that of the largest eigenvalue first.
fn principal(products: &Mat<f64>, fitted: usize) -> Result<Mat<f64>, IndexError> {
    let own = products.as_ref().submatrix(0, 0, fitted, fitted);
    let found = own.self_adjoint_eigen(faer::Side::Lower);
    let found = found.map_err(|_| IndexError::Ekfac(EkfacError::Basis { site: "the landmarks".to_owned() }))?;
    let (vectors, values) = (found.U(), found.S().column_vector());
    let largest = (0..fitted).map(|axis| values[axis]).fold(0.0, f64::max);
    let usable = (0..fitted).rev().take_while(|axis| values[*axis] > LEAST_EIGENVALUE * largest).count();
    let entry = |axis: usize, item: usize| vectors[(item, fitted - 1 - axis)] / values[fitted - 1 - axis].sqrt();
    Ok(Mat::from_fn(usable, fitted, entry))
}

/// How many axes, and the weight of what they leave.
struct Best {
    axes: usize,
    weight: f64,
}

/// With which products of the landmarks kept apart are off the least.
fn best(products: &Mat<f64>, principal: &Mat<f64>, (width, wide): (usize, usize)) -> Best {
    let (fitted, apart) = (principal.ncols(), products.nrows() - principal.ncols());
    let seen = principal * products.as_ref().submatrix(0, fitted, fitted, apart);
    let mut left = products.as_ref().submatrix(fitted, fitted, apart, apart).to_owned();
    let (mut best, mut least) = (Best { axes: 0, weight: 1.0 }, error(&left, (width, wide)).0);
    for axis in 0..seen.nrows().min(width) {
        for column in 0..apart {
            let scale = seen[(axis, column)];
            left.col_as_slice_mut(column)
                .iter_mut()
                .enumerate()
                .for_each(|(row, value)| *value -= scale * seen[(axis, row)]);
        }
        let axes = axis + 1;
        if axes % AXES_STEP == 0 {
            let (off, weight) = error(&left, (width - axes, wide));
            if off < least {
                (best, least) = (Best { axes, weight }, off);
            }
        }
    }
    best
}

/// Sum of squared errors of what axes leave of products of items, sketched into some numbers with the best weight; and that weight.
fn error(left: &Mat<f64>, (numbers, wide): (usize, usize)) -> (f64, f64) {
    let pairs = || (0..left.ncols()).flat_map(|column| (0..column).map(move |row| (row, column)));
    let sizes: f64 = pairs().map(|(row, column)| left[(row, row)] * left[(column, column)]).sum();
    let squares: f64 = pairs().map(|pair| left[pair].powi(2)).sum();
    // The wide sketch has noise of its own, which is nothing to be kept.
    let signal = (squares - sizes / wide as f64).max(0.0);
    if numbers == 0 || signal == 0.0 {
        return (signal, 0.0);
    }
    let noise = sizes / numbers as f64;
    (signal * noise / (signal + noise), signal / (signal + noise))
}

/// A cosine transform after random places and signs: orthogonal, and no row or column has a large entry.
fn mixing(count: usize, seed: u64) -> Mat<f64> {
    let signs = signs(count, (seed, MIXED_SIGNS));
    let mut places: Vec<u32> = (0..count as u32).collect();
    Random::of_part(seed, Stream::Projections, MIXED_PLACES).shuffle(&mut places);
    let step = std::f64::consts::PI / (2 * count) as f64;
    Mat::from_fn(count, count, |row, column| {
        let share: f64 = if row == 0 { 1.0 } else { 2.0 };
        let angle = step * (row * (2 * places[column] as usize + 1)) as f64;
        (share / count as f64).sqrt() * angle.cos() * f64::from(signs[column])
    })
}

/// Random signs.
pub(super) fn signs(count: usize, (seed, part): (u64, u64)) -> Vec<f32> {
    let mut random = Random::of_part(seed, Stream::Projections, part);
    (0..count).map(|_| if random.below(2) == 0 { 1.0 } else { -1.0 }).collect()
}
