//! Second moments of what enters and what leaves every site.

use candle_core::{DType, Tensor};
use compute::Job;
use faer::Mat;
use lm::tap::{Site, Tap};

use super::pass::{Group, Labels, Shard, Subject, only_filled};
use super::{EkfacError, PerSite};

/// `Σ xᵀ x` and `Σ δᵀ δ` over rows, in f64.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// `[inputs, inputs]`
    pub inputs: Mat<f64>,
    /// `[outputs, outputs]`
    pub outputs: Mat<f64>,
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
        let [outputs, inputs] = subject.shape(*site);
        (*site, Moments { inputs: Mat::zeros(inputs, inputs), outputs: Mat::zeros(outputs, outputs) })
    };
    PerSite(subject.sites.iter().map(of_site).collect())
}

impl PerSite<Moments> {
    /// Adds the sums of the next shard.
    pub fn add(&mut self, other: &Self) {
        for ((_, sum), (_, next)) in self.0.iter_mut().zip(&other.0) {
            sum.inputs += &next.inputs;
            sum.outputs += &next.outputs;
        }
    }
}

impl Moments {
    fn add(&mut self, [inputs, outputs]: &[Tensor; 2]) -> Result<(), EkfacError> {
        add_to(&mut self.inputs, inputs)?;
        add_to(&mut self.outputs, outputs)
    }
}

fn add_to(sum: &mut Mat<f64>, product: &Tensor) -> Result<(), EkfacError> {
    let columns: Vec<Vec<f64>> = product.to_dtype(DType::F64)?.to_vec2()?;
    for (index, column) in columns.iter().enumerate() {
        // The products are symmetric: a row is a column.
        for (value, more) in sum.col_as_slice_mut(index).iter_mut().zip(column) {
            *value += more;
        }
    }
    Ok(())
}

struct MomentTap {
    sites: Vec<Site>,
    filled: Option<Vec<f32>>,
    products: Vec<(Site, [Tensor; 2])>,
}

impl MomentTap {
    fn new(subject: &Subject<'_>, group: &Group<'_>) -> Self {
        Self { sites: subject.sites.clone(), filled: group.filled(), products: Vec::new() }
    }
}

impl Tap for MomentTap {
    fn wants(&self, site: Site) -> bool {
        self.sites.contains(&site)
    }

    fn linear(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> candle_core::Result<()> {
        let inputs = only_filled(inputs, self.filled.as_deref())?;
        let products = [inputs.t()?.matmul(&inputs)?, gradients.t()?.matmul(gradients)?];
        self.products.push((site, products));
        Ok(())
    }
}
