//! Eigenbases of the two factors of every site.

use candle_core::{DType, Device, Tensor};
use compute::{Job, parallel};
use faer::{Mat, Side};
use lm::tap::Site;

use super::factors::Moments;
use super::{EkfacError, PerSite};

/// The bases of one site, eigenvectors in columns, largest eigenvalue first.
#[derive(Clone, Debug)]
pub struct Basis {
    /// `[inputs, inputs]`
    pub inputs: Tensor,
    /// `[outputs, outputs]`
    pub outputs: Tensor,
}

/// Eigenbases of the summed moments of all sites.
///
/// # Errors
/// Names the site whose factor has none.
pub fn bases(
    moments: &PerSite<Moments>,
    device: &Device,
    dtype: DType,
    job: &Job,
) -> Result<PerSite<Basis>, EkfacError> {
    let found = parallel::map_under(job, moments.0.len(), |index| {
        let (site, moments) = &moments.0[index];
        Ok(basis(*site, moments, device, dtype).map(|basis| (*site, basis)))
    })?;
    Ok(PerSite(found.into_iter().collect::<Result<_, EkfacError>>()?))
}

fn basis(site: Site, moments: &Moments, device: &Device, dtype: DType) -> Result<Basis, EkfacError> {
    let vectors = |matrix: &Mat<f64>| -> Result<Tensor, EkfacError> {
        let found = matrix.self_adjoint_eigen(Side::Lower).map_err(|_| EkfacError::Basis { site: site.name() })?;
        let (vectors, size) = (found.U(), matrix.nrows());
        let values = (0..size).flat_map(|row| (0..size).rev().map(move |column| (row, column)));
        let values: Vec<f64> = values.map(|(row, column)| vectors[(row, column)]).collect();
        Ok(Tensor::from_vec(values, (size, size), &Device::Cpu)?.to_dtype(dtype)?.to_device(device)?)
    };
    Ok(Basis { inputs: vectors(&moments.inputs)?, outputs: vectors(&moments.outputs)? })
}
