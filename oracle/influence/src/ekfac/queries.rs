//! What scoring needs of the queries: their gradients, preconditioned and back in the ordinary basis.

use candle_core::Tensor;
use compute::Job;
use lm::tap::{Site, Tap};

use super::basis::Basis;
use super::gradients::Pieces;
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
    let taps = subject.pass(&shard, Labels::Own, |group| QueryTap::new(bases, group), job)?;
    let matrices = bases.try_map(|site, basis| {
        let [outputs, inputs] = subject.shape(site);
        let device = subject.model.weights().device();
        let mut rows: Vec<Option<Tensor>> = vec![None; count];
        for tap in &taps {
            let turned = tap.turned.iter().find(|(own, _)| *own == site).map(|(_, turned)| turned);
            for (piece, item) in tap.pieces.items().enumerate() {
                let Some(turned) = turned else { continue };
                let own = turned.get(piece)?;
                rows[item] = Some(match rows[item].take() {
                    Some(row) => (row + own)?,
                    None => own,
                });
            }
        }
        let values = damped.get(site).expect("all sites are damped");
        let values = Tensor::from_slice(values, (outputs, inputs), device)?.to_dtype(basis.inputs.dtype())?;
        let back = |row: Option<Tensor>| -> Result<Tensor, EkfacError> {
            let Some(row) = row else { return Ok(values.zeros_like()?.flatten_all()?) };
            let own = basis.outputs.matmul(&(row / &values)?)?.matmul(&basis.inputs.t()?)?;
            Ok(own.flatten_all()?)
        };
        let columns = rows.into_iter().map(back).collect::<Result<Vec<_>, _>>()?;
        Ok::<Tensor, EkfacError>(Tensor::stack(&columns, 0)?)
    })?;
    Ok(Queries { matrices, count })
}

struct QueryTap<'a> {
    bases: &'a PerSite<Basis>,
    pieces: Pieces,
    turned: Vec<(Site, Tensor)>,
}

impl<'a> QueryTap<'a> {
    fn new(bases: &'a PerSite<Basis>, group: &Group<'_>) -> Self {
        Self { bases, pieces: Pieces::of(group), turned: Vec::new() }
    }
}

impl Tap for QueryTap<'_> {
    fn wants(&self, site: Site) -> bool {
        self.bases.get(site).is_some()
    }

    fn linear(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> candle_core::Result<()> {
        let Some(basis) = self.bases.get(site) else { return Ok(()) };
        let turned = self.pieces.gradients(&inputs.matmul(&basis.inputs)?, &gradients.matmul(&basis.outputs)?)?;
        self.turned.push((site, turned));
        Ok(())
    }
}
