//! The diagonal of the curvature in the eigenbases: `Λ = (1/n) Σ_i (Q_Sᵀ G_i Q_A)²`.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor};
use compute::Job;
use lm::tap::{Site, Tap};
use lm::values::sums_of_squares;

use super::basis::Basis;
use super::gradients::Pieces;
use super::pass::{Group, Labels, Shard, Subject};
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
    let mut sums = zero(subject);
    let mut parts: BTreeMap<(Site, usize), Tensor> = BTreeMap::new();
    for tap in subject.pass(&shard, labels, |group| SquareTap::new(bases, group), job)? {
        for (site, squares) in tap.squares {
            sums.get_mut(site).expect("only tracked sites are shown").add(&squares)?;
        }
        for (part, turned) in tap.parts {
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

struct SquareTap<'a> {
    bases: &'a PerSite<Basis>,
    pieces: Pieces,
    squares: Vec<(Site, Tensor)>,
    /// Turned gradients of pieces of items that have others: their sum is squared, not they.
    parts: Vec<((Site, usize), Tensor)>,
}

impl<'a> SquareTap<'a> {
    fn new(bases: &'a PerSite<Basis>, group: &Group<'_>) -> Self {
        Self { bases, pieces: Pieces::of(group), squares: Vec::new(), parts: Vec::new() }
    }
}

impl Tap for SquareTap<'_> {
    fn wants(&self, site: Site) -> bool {
        self.bases.get(site).is_some()
    }

    fn linear(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> candle_core::Result<()> {
        let Some(basis) = self.bases.get(site) else { return Ok(()) };
        let turned = self.pieces.gradients(&inputs.matmul(&basis.inputs)?, &gradients.matmul(&basis.outputs)?)?;
        if self.pieces.are_items() {
            self.squares.push((site, sums_of_squares(&turned)?));
        } else {
            for (piece, item) in self.pieces.items().enumerate() {
                self.parts.push(((site, item), turned.get(piece)?));
            }
        }
        Ok(())
    }
}
