//! What scoring needs of the queries: their gradients, preconditioned and back in the ordinary basis.

use candle_core::Tensor;
use compute::Job;
use lm::tap::Site;

use super::basis::Basis;
use super::gradients::{GradientTap, Take};
use super::pass::{Group, Labels, Shard, Subject};
use super::{EkfacError, Matrices, PerSite};

/// Preconditioned gradients of some queries.
///
/// # Shapes
/// Per site `[queries, outputs · inputs]`.
#[derive(Clone, Debug)]
pub struct Queries {
    pub(crate) matrices: Matrices,
    pub(crate) count: usize,
}

impl Queries {
    /// Number of queries.
    pub fn count(&self) -> usize {
        self.count
    }
}

/// `P_q = Q_S ((Q_Sᵀ G_q Q_A) / (Λ + λ)) Q_Aᵀ` of every query, `damped` being `Λ + λ`.
///
/// # Errors
/// If the pass fails or is cancelled.
pub fn queries(
    subject: &Subject<'_>,
    (bases, damped): (&PerSite<Basis>, &PerSite<Vec<f64>>),
    shard: Shard<'_>,
    job: &Job,
) -> Result<Queries, EkfacError> {
    let count = shard.items.len();
    let tap = |group: &Group<'_>| GradientTap::new(subject, Some(bases), group, Turned::default());
    let taps = subject.pass(&shard, Labels::Own, tap, job)?;
    let matrices = bases.try_map(|site, basis| {
        let [outputs, inputs] = subject.shape(site);
        let device = subject.model.weights().device();
        let mut rows: Vec<Option<Tensor>> = vec![None; count];
        for tap in &taps {
            let Some(turned) = tap.taken.at(site) else { continue };
            for (piece, item) in tap.pieces().items().enumerate() {
                let own = turned.get(piece)?;
                rows[item] = Some(match rows[item].take() {
                    Some(row) => (row + own)?,
                    None => own,
                });
            }
        }
        let values = damped.get(site).expect("all sites are damped");
        let values =
            Tensor::from_slice(values, (outputs, inputs), device)?.to_dtype(subject.model.weights().dtype())?;
        let back = |row: Option<Tensor>| -> Result<Tensor, EkfacError> {
            let Some(row) = row else { return Ok(values.zeros_like()?.flatten_all()?) };
            Ok(basis.turn_back(&(row / &values)?)?.flatten_all()?)
        };
        let columns = rows.into_iter().map(back).collect::<Result<Vec<_>, _>>()?;
        Ok::<Tensor, EkfacError>(Tensor::stack(&columns, 0)?)
    })?;
    Ok(Queries { matrices, count })
}

/// A group's turned gradients.
#[derive(Default)]
struct Turned(Vec<(Site, Tensor)>);

impl Turned {
    fn at(&self, site: Site) -> Option<&Tensor> {
        self.0.iter().find(|(own, _)| *own == site).map(|(_, turned)| turned)
    }
}

impl Take for Turned {
    fn take(&mut self, site: Site, gradients: Tensor) -> candle_core::Result<()> {
        self.0.push((site, gradients));
        Ok(())
    }
}
