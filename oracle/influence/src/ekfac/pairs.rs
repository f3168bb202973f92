//! Influence of every item on every query, exactly: nothing is sketched or rounded to fewer bits.

use candle_core::{DType, Tensor};
use compute::Job;
use lm::tap::{Site, Tap};

use super::EkfacError;
use super::gradients::Pieces;
use super::pass::{Group, Labels, Shard, Subject};
use super::queries::Queries;

/// `⟨P_q, G_i⟩`, summed over sites, of every item of a shard; φ is this over the number of all items.
///
/// # Shapes
/// `[items, queries]`, item by item.
///
/// # Errors
/// If the pass fails or is cancelled.
pub fn pairs(subject: &Subject<'_>, queries: &Queries, shard: Shard<'_>, job: &Job) -> Result<Vec<f64>, EkfacError> {
    let mut values = vec![0.0; shard.items.len() * queries.count];
    for tap in subject.pass(&shard, Labels::Own, |group| PairTap::new(queries, group), job)? {
        let Some(sums) = &tap.sums else { continue };
        let sums: Vec<Vec<f64>> = sums.t()?.to_dtype(DType::F64)?.to_vec2()?;
        for (item, row) in tap.pieces.items().zip(&sums) {
            let own = &mut values[item * queries.count..][..queries.count];
            own.iter_mut().zip(row).for_each(|(value, more)| *value += more);
        }
    }
    Ok(values)
}

struct PairTap<'a> {
    queries: &'a Queries,
    pieces: Pieces,
    /// `[queries, pieces]`
    sums: Option<Tensor>,
}

impl<'a> PairTap<'a> {
    fn new(queries: &'a Queries, group: &Group<'_>) -> Self {
        Self { queries, pieces: Pieces::of(group), sums: None }
    }
}

impl Tap for PairTap<'_> {
    fn wants(&self, site: Site) -> bool {
        self.queries.matrices.get(site).is_some()
    }

    fn linear(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> candle_core::Result<()> {
        let Some(own) = self.queries.matrices.get(site) else { return Ok(()) };
        let products = own.matmul(&self.pieces.gradients(inputs, gradients)?.flatten_from(1)?.t()?)?;
        self.sums = Some(match self.sums.take() {
            Some(sums) => (sums + products)?,
            None => products,
        });
        Ok(())
    }
}
