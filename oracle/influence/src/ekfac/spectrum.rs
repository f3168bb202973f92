//! The diagonal of the curvature in the eigenbases: `Λ = (1/n) Σ_i (Q_Sᵀ G_i Q_A)²`.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor};
use compute::Job;
use lm::tap::Site;
use lm::values::sums_of_squares;

use super::basis::Basis;
use super::gradients::{GradientTap, Pieces, Take};
use super::pass::{Group, Labels, Shard, Subject};
use super::sums::SquareSums;
use super::{EkfacError, PerSite};

/// Sums of squares of one site, `[outputs, inputs]` row by row, in f64.
#[derive(Clone, Debug, PartialEq)]
pub struct Squares(pub Vec<f64>);

/// `Σ (Q_Sᵀ G_i Q_A)²` over the items of a shard.
///
/// An item in several pieces is one item: its gradient is summed before it is squared. Shards of such items should be small, since all their
/// gradients are held until the shard is done.
///
/// # Errors
/// If the pass fails or is cancelled.
pub fn spectrum(
    subject: &Subject<'_>,
    bases: &PerSite<Basis>,
    shard: Shard<'_>,
    labels: Labels,
    job: &Job,
) -> Result<PerSite<Squares>, EkfacError> {
    if subject.is_on_a_device() {
        let mut sums = SquareSums::zero(subject)?;
        sums.add(subject, bases, (shard, labels), job)?;
        return sums.squares();
    }
    let mut sums = zero(subject);
    let mut parts: BTreeMap<(Site, usize), Tensor> = BTreeMap::new();
    let tap = |group: &Group<'_>| GradientTap::new(subject, Some(bases), group, Squared::of(group));
    for tap in subject.pass(&shard, labels, tap, job)? {
        for (site, squares) in tap.taken.squares {
            sums.get_mut(site).expect("only tracked sites are shown").add(&squares)?;
        }
        for (part, turned) in tap.taken.parts {
            let whole = match parts.remove(&part) {
                Some(before) => (before + turned)?,
                None => turned,
            };
            parts.insert(part, whole);
        }
    }
    for ((site, _), turned) in parts {
        sums.get_mut(site).expect("only tracked sites are shown").add(&turned.sqr()?)?;
    }
    Ok(sums)
}

impl Squares {
    fn add(&mut self, squares: &Tensor) -> Result<(), EkfacError> {
        let values: Vec<f64> = squares.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?;
        self.0.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        Ok(())
    }
}

/// Nothing yet.
pub fn zero(subject: &Subject<'_>) -> PerSite<Squares> {
    let of_site = |site: &Site| (*site, Squares(vec![0.0; subject.shape(*site).iter().product()]));
    PerSite(subject.sites.iter().map(of_site).collect())
}

impl PerSite<Squares> {
    /// Adds the sums of the next shard.
    pub fn add(&mut self, other: &Self) {
        for ((_, sum), (_, next)) in self.0.iter_mut().zip(&other.0) {
            sum.0.iter_mut().zip(&next.0).for_each(|(sum, next)| *sum += next);
        }
    }
}

/// Squares of a group's turned gradients.
struct Squared {
    /// The item of each piece, where some have others: their sum is squared, not they.
    divided: Option<Vec<usize>>,
    squares: Vec<(Site, Tensor)>,
    parts: Vec<((Site, usize), Tensor)>,
}

impl Squared {
    fn of(group: &Group<'_>) -> Self {
        Self { divided: Pieces::of(group).divided(), squares: Vec::new(), parts: Vec::new() }
    }
}

impl Take for Squared {
    fn take(&mut self, site: Site, turned: Tensor) -> candle_core::Result<()> {
        let Some(items) = &self.divided else {
            self.squares.push((site, sums_of_squares(&turned)?));
            return Ok(());
        };
        for (piece, item) in items.iter().enumerate() {
            self.parts.push(((site, *item), turned.get(piece)?));
        }
        Ok(())
    }
}
