//! Eigenbases of the two factors of every site.

use candle_core::{DType, Device, Tensor};
use compute::{Job, parallel};
use faer::Mat;
use lm::tap::Site;

use super::factors::Moments;
use super::pass::Subject;
use super::{EkfacError, PerSite};

/// The basis of one side of a weight.
#[derive(Clone, Debug)]
pub enum Side {
    /// The ordinary one.
    Plain,
    /// Eigenvectors in columns, `[size, size]`, that of the largest eigenvalue first.
    Turned(Tensor),
}

/// The bases of one site.
#[derive(Clone, Debug)]
pub struct Basis {
    /// Of what enters.
    pub inputs: Side,
    /// Of what leaves.
    pub outputs: Side,
}

impl Side {
    /// Coordinates in this basis, `rows · Q`.
    ///
    /// # Shapes
    /// `[rows, size]`
    ///
    /// # Errors
    /// What candle says.
    pub fn turn(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::Plain => Ok(rows.clone()),
            Self::Turned(vectors) => rows.matmul(vectors),
        }
    }

    /// Back from coordinates in this basis, `rows · Qᵀ`.
    ///
    /// # Errors
    /// What candle says.
    pub fn turn_back(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Self::Plain => Ok(rows.clone()),
            Self::Turned(vectors) => rows.matmul(&vectors.t()?),
        }
    }
}

impl Basis {
    /// `Q_S M Q_Aᵀ`, a weight's gradient back in the ordinary basis.
    ///
    /// # Shapes
    /// `[outputs, inputs]`
    ///
    /// # Errors
    /// What candle says.
    pub fn turn_back(&self, turned: &Tensor) -> candle_core::Result<Tensor> {
        let half = self.inputs.turn_back(turned)?;
        match &self.outputs {
            Side::Plain => Ok(half),
            Side::Turned(vectors) => vectors.matmul(&half),
        }
    }
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

/// Matrices of random numbers in the places of eigenbases: for measuring how fast passes are in a model whose bases would take long to find. What a pass
/// takes does not depend on them.
///
/// # Errors
/// If the device fails.
pub fn drawn(subject: &Subject<'_>) -> Result<PerSite<Basis>, EkfacError> {
    let weights = subject.model.weights();
    let side = |(size, turned): (usize, bool)| -> Result<Side, EkfacError> {
        if !turned {
            return Ok(Side::Plain);
        }
        let vectors = Tensor::randn(0f32, 1.0 / (size as f32).sqrt(), (size, size), weights.device())?;
        Ok(Side::Turned(vectors.to_dtype(weights.dtype())?))
    };
    PerSite::of(subject, |site| {
        let [outputs, inputs] = subject.sides(site);
        Ok(Basis { inputs: side(inputs)?, outputs: side(outputs)? })
    })
}

fn basis(site: Site, moments: &Moments, device: &Device, dtype: DType) -> Result<Basis, EkfacError> {
    let side = |matrix: &Option<Mat<f64>>| -> Result<Side, EkfacError> {
        let Some(matrix) = matrix else { return Ok(Side::Plain) };
        Ok(Side::Turned(vectors(site, matrix)?.to_dtype(dtype)?.to_device(device)?))
    };
    Ok(Basis { inputs: side(&moments.inputs)?, outputs: side(&moments.outputs)? })
}

fn vectors(site: Site, matrix: &Mat<f64>) -> Result<Tensor, EkfacError> {
    let found = matrix.self_adjoint_eigen(faer::Side::Lower).map_err(|_| EkfacError::Basis { site: site.name() })?;
    let (vectors, size) = (found.U(), matrix.nrows());
    let places = (0..size).flat_map(|row| (0..size).rev().map(move |column| (row, column)));
    let values: Vec<f64> = places.map(|(row, column)| vectors[(row, column)]).collect();
    Ok(Tensor::from_vec(values, (size, size), &Device::Cpu)?)
}
