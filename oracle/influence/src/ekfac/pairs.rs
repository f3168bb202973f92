//! Influence of every item on every query, exactly: nothing is sketched or rounded to fewer bits.

use candle_core::{DType, Tensor};
use compute::Job;
use lm::tap::Site;

use super::EkfacError;
use super::gradients::{GradientTap, Take};
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
    let tap = |group: &Group<'_>| GradientTap::new(subject, None, group, Products { queries, sums: None });
    for tap in subject.pass(&shard, Labels::Own, tap, job)? {
        let Some(sums) = &tap.taken.sums else { continue };
        let sums: Vec<Vec<f64>> = sums.t()?.to_dtype(DType::F64)?.to_vec2()?;
        for (item, row) in tap.pieces().items().zip(&sums) {
            let own = &mut values[item * queries.count..][..queries.count];
            own.iter_mut().zip(row).for_each(|(value, more)| *value += more);
        }
    }
    Ok(values)
}

/// Products with the queries.
struct Products<'a> {
    queries: &'a Queries,
    /// `[queries, pieces]`
    sums: Option<Tensor>,
}

impl Take for Products<'_> {
    fn take(&mut self, site: Site, gradients: Tensor) -> candle_core::Result<()> {
        let Some(own) = self.queries.matrices.get(site) else { return Ok(()) };
        let products = own.matmul(&gradients.flatten_from(1)?.t()?)?;
        self.sums = Some(match self.sums.take() {
            Some(sums) => (sums + products)?,
            None => products,
        });
        Ok(())
    }
}
