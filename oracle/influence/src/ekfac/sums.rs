//! Sums over shards that stay on the model's device, where a shard's would be too much to take away: those of [`super::factors`] and
//! [`super::spectrum`], in 32 bits.
//!
//! The two modules use them for models that are not on the CPU. On the CPU they compute the same, slowly, for the tests.
//!
//! # Determinism
//! Groups of blocks are added in their order. The same bytes on the same kind of device, and not those of sums in 64 bits on the CPU.

use candle_core::{DType, Tensor};
use compute::Job;
use faer::Mat;
use lm::tap::{Site, Tap};

use super::basis::Basis;
use super::factors::Moments;
use super::gradients::{GradientTap, Pieces, Take};
use super::pass::{Labels, Shard, Subject, only_filled};
use super::spectrum::Squares;
use super::{EkfacError, PerSite};

/// As far as the kernels take a type, as it is; else in 32 bits.
pub(crate) fn summable(values: &Tensor) -> candle_core::Result<Tensor> {
    match values.dtype() {
        DType::F32 | DType::BF16 => values.contiguous(),
        _ => values.to_dtype(DType::F32)?.contiguous(),
    }
}

fn zeros(subject: &Subject<'_>, sizes: [usize; 2]) -> candle_core::Result<Tensor> {
    Tensor::zeros(sizes.as_slice(), DType::F32, subject.model.weights().device())
}

/// Second moments, as of [`super::factors::factors`].
#[derive(Clone, Debug)]
pub struct MomentSums(PerSite<Sides>);

/// `Σ xᵀ x` and `Σ δᵀ δ` of one site; none of a side that keeps its ordinary basis.
#[derive(Clone, Debug)]
struct Sides {
    inputs: Option<Tensor>,
    outputs: Option<Tensor>,
}

impl MomentSums {
    /// None yet.
    ///
    /// # Errors
    /// If the device fails.
    pub fn zero(subject: &Subject<'_>) -> Result<Self, EkfacError> {
        let square = |(size, turned): (usize, bool)| turned.then(|| zeros(subject, [size, size])).transpose();
        let sides = PerSite::of(subject, |site| {
            let [outputs, inputs] = subject.sides(site);
            Ok::<_, EkfacError>(Sides { inputs: square(inputs)?, outputs: square(outputs)? })
        });
        Ok(Self(sides?))
    }

    /// Adds a shard's.
    ///
    /// # Errors
    /// If the pass fails or is cancelled.
    pub fn add(
        &mut self,
        subject: &Subject<'_>,
        shard: Shard<'_>,
        labels: Labels,
        job: &Job,
    ) -> Result<(), EkfacError> {
        subject.in_turn(&shard, labels, job, |group, run| run(&mut MomentTap { sums: &self.0, filled: group.filled() }))
    }

    /// Takes them to the CPU.
    ///
    /// # Errors
    /// If the device fails.
    pub fn moments(&self) -> Result<PerSite<Moments>, EkfacError> {
        self.0.try_map(|_, sides| {
            Ok(Moments { inputs: matrix(sides.inputs.as_ref())?, outputs: matrix(sides.outputs.as_ref())? })
        })
    }
}

fn matrix(sum: Option<&Tensor>) -> Result<Option<Mat<f64>>, EkfacError> {
    let Some(sum) = sum else { return Ok(None) };
    let size = sum.dim(0)?;
    let values: Vec<f32> = sum.flatten_all()?.to_vec1()?;
    // The lower half counts for both, so that rounding leaves the matrix symmetric.
    let value = |row: usize, column: usize| f64::from(values[row.max(column) * size + row.min(column)]);
    Ok(Some(Mat::from_fn(size, size, value)))
}

struct MomentTap<'a> {
    sums: &'a PerSite<Sides>,
    filled: Option<Vec<f32>>,
}

impl Tap for MomentTap<'_> {
    fn wants(&self, site: Site) -> bool {
        self.sums.get(site).is_some()
    }

    fn linear(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> candle_core::Result<()> {
        let Some(sides) = self.sums.get(site) else { return Ok(()) };
        if let Some(sum) = &sides.inputs {
            kernels::add_second_moments(sum, &summable(&only_filled(inputs, self.filled.as_deref())?)?)?;
        }
        if let Some(sum) = &sides.outputs {
            kernels::add_second_moments(sum, &summable(gradients)?)?;
        }
        Ok(())
    }
}

/// Sums of squared gradients, as of [`super::spectrum::spectrum`].
#[derive(Clone, Debug)]
pub struct SquareSums {
    sums: PerSite<Tensor>,
    /// Per site an item of several pieces, and the sum of those that were met.
    open: PerSite<Option<(usize, Tensor)>>,
}

impl SquareSums {
    /// None yet.
    ///
    /// # Errors
    /// If the device fails.
    pub fn zero(subject: &Subject<'_>) -> Result<Self, EkfacError> {
        let sums = PerSite::of(subject, |site| zeros(subject, subject.shape(site)))?;
        Ok(Self { sums, open: PerSite::of(subject, |_| Ok::<_, EkfacError>(None))? })
    }

    /// Adds a shard's.
    ///
    /// # Errors
    /// If the pass fails or is cancelled.
    pub fn add(
        &mut self,
        subject: &Subject<'_>,
        bases: &PerSite<Basis>,
        (shard, labels): (Shard<'_>, Labels),
        job: &Job,
    ) -> Result<(), EkfacError> {
        subject.in_turn(&shard, labels, job, |group, run| {
            let divided = Pieces::of(group).divided();
            run(&mut GradientTap::new(subject, Some(bases), group, OfGroup { squares: &mut *self, divided }))
        })?;
        Ok(self.close()?)
    }

    /// Takes them to the CPU.
    ///
    /// # Errors
    /// If the device fails.
    pub fn squares(&self) -> Result<PerSite<Squares>, EkfacError> {
        self.sums.try_map(|_, sum| {
            let values: Vec<f32> = sum.flatten_all()?.to_vec1()?;
            Ok(Squares(values.into_iter().map(f64::from).collect()))
        })
    }

    /// Adds one piece of an item that has several.
    fn add_piece(&mut self, site: Site, item: usize, piece: Tensor) -> candle_core::Result<()> {
        let (Some(sum), Some(open)) = (self.sums.get(site), self.open.get_mut(site)) else { return Ok(()) };
        *open = Some(match open.take() {
            Some((own, before)) if own == item => (item, (before + piece)?),
            before => {
                square(sum, before)?;
                (item, piece)
            }
        });
        Ok(())
    }

    /// Squares what is open.
    fn close(&mut self) -> candle_core::Result<()> {
        let sums = self.sums.0.iter();
        sums.zip(&mut self.open.0).try_for_each(|((_, sum), (_, open))| square(sum, open.take()))
    }
}

fn square(sum: &Tensor, whole: Option<(usize, Tensor)>) -> candle_core::Result<()> {
    whole.map_or(Ok(()), |(_, whole)| kernels::add_squares(sum, &summable(&whole.unsqueeze(0)?)?))
}

/// Where a group's turned gradients go.
struct OfGroup<'a> {
    squares: &'a mut SquareSums,
    /// The item of each piece, where some have others: their sum is squared, not they.
    divided: Option<Vec<usize>>,
}

impl Take for OfGroup<'_> {
    fn take(&mut self, site: Site, turned: Tensor) -> candle_core::Result<()> {
        let Some(items) = &self.divided else {
            let Some(sum) = self.squares.sums.get(site) else { return Ok(()) };
            return kernels::add_squares(sum, &summable(&turned)?);
        };
        items.iter().enumerate().try_for_each(|(piece, item)| self.squares.add_piece(site, *item, turned.get(piece)?))
    }
}
