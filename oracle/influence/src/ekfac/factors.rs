//! Second moments of what enters and what leaves every site.

use candle_core::{DType, Tensor};
use compute::Job;
use faer::Mat;
use lm::tap::{Site, Tap};

use super::pass::{Group, Labels, Shard, Subject, only_filled};
use super::sums::MomentSums;
use super::{EkfacError, PerSite};

/// `Σ xᵀ x` and `Σ δᵀ δ` over rows, in f64; none of a side that keeps its ordinary basis.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// `[inputs, inputs]`
    pub inputs: Option<Mat<f64>>,
    /// `[outputs, outputs]`
    pub outputs: Option<Mat<f64>>,
}

/// Sums of one shard.
///
/// # Errors
/// If the pass fails or is cancelled.
///
/// # Determinism
/// Groups of blocks are added in their order, whatever thread computed them.
pub fn factors(
    subject: &Subject<'_>,
    shard: Shard<'_>,
    labels: Labels,
    job: &Job,
) -> Result<PerSite<Moments>, EkfacError> {
    if subject.is_on_a_device() {
        let mut sums = MomentSums::zero(subject)?;
        sums.add(subject, shard, labels, job)?;
        return sums.moments();
    }
    let mut sums = zero(subject);
    for tap in subject.pass(&shard, labels, |group| MomentTap::new(subject, group), job)? {
        for (site, products) in tap.products {
            sums.get_mut(site).expect("only tracked sites are shown").add(&products)?;
        }
    }
    Ok(sums)
}

/// Nothing yet.
pub fn zero(subject: &Subject<'_>) -> PerSite<Moments> {
    let of_site = |site: &Site| {
        let square = |(size, turned): (usize, bool)| turned.then(|| Mat::zeros(size, size));
        let [outputs, inputs] = subject.sides(*site).map(square);
        (*site, Moments { inputs, outputs })
    };
    PerSite(subject.sites.iter().map(of_site).collect())
}

impl PerSite<Moments> {
    /// Adds the sums of the next shard.
    pub fn add(&mut self, other: &Self) {
        for ((_, sum), (_, next)) in self.0.iter_mut().zip(&other.0) {
            add(&mut sum.inputs, next.inputs.as_ref());
            add(&mut sum.outputs, next.outputs.as_ref());
        }
    }
}

fn add(sum: &mut Option<Mat<f64>>, next: Option<&Mat<f64>>) {
    if let (Some(sum), Some(next)) = (sum, next) {
        *sum += next;
    }
}

impl Moments {
    fn add(&mut self, products: &Products) -> Result<(), EkfacError> {
        add_to(self.inputs.as_mut(), products.inputs.as_ref())?;
        add_to(self.outputs.as_mut(), products.outputs.as_ref())
    }
}

fn add_to(sum: Option<&mut Mat<f64>>, product: Option<&Tensor>) -> Result<(), EkfacError> {
    let (Some(sum), Some(product)) = (sum, product) else { return Ok(()) };
    let columns: Vec<Vec<f64>> = product.to_dtype(DType::F64)?.to_vec2()?;
    for (index, column) in columns.iter().enumerate() {
        // The products are symmetric: a row is a column.
        for (value, more) in sum.col_as_slice_mut(index).iter_mut().zip(column) {
            *value += more;
        }
    }
    Ok(())
}

/// A group's `xᵀ x` and `δᵀ δ`, as far as they are wanted.
struct Products {
    inputs: Option<Tensor>,
    outputs: Option<Tensor>,
}

struct MomentTap<'a> {
    subject: &'a Subject<'a>,
    filled: Option<Vec<f32>>,
    products: Vec<(Site, Products)>,
}

impl<'a> MomentTap<'a> {
    fn new(subject: &'a Subject<'a>, group: &Group<'_>) -> Self {
        Self { subject, filled: group.filled(), products: Vec::new() }
    }
}

fn moment(rows: &Tensor, (_, wanted): (usize, bool)) -> candle_core::Result<Option<Tensor>> {
    wanted.then(|| rows.t()?.matmul(rows)).transpose()
}

impl Tap for MomentTap<'_> {
    fn wants(&self, site: Site) -> bool {
        self.subject.sites.contains(&site)
    }

    fn linear(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> candle_core::Result<()> {
        let [outward, inward] = self.subject.sides(site);
        let filled = only_filled(inputs, self.filled.as_deref())?;
        let products = Products { inputs: moment(&filled, inward)?, outputs: moment(gradients, outward)? };
        self.products.push((site, products));
        Ok(())
    }
}
