//! What the steps before the rows put out, as safetensors: each tensor under its weight's name.

use candle_core::{DType, Device, Tensor};
use faer::Mat;
use lm::tap::Site;
use std::collections::HashMap;

use super::axes::Axes;
use crate::ekfac::basis::{Basis, Side};
use crate::ekfac::factors::Moments;
use crate::ekfac::spectrum::Squares;
use crate::ekfac::{PerSite, Subject};

/// Why bytes are not what a step put out.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// They are no safetensors, or a tensor cannot be used.
    #[error("a tensor cannot be read")]
    Tensor(#[from] candle_core::Error),
    /// A tensor is missing.
    #[error("there is no tensor `{0}`")]
    Missing(String),
    /// A tensor is of another shape.
    #[error("`{name}` has the shape {found:?}, its weight needs {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// What it should be.
        expected: Vec<usize>,
    },
}

/// Names of a site's tensors.
const INPUTS: &str = "inputs";
const OUTPUTS: &str = "outputs";
const SQUARES: &str = "squares";
const DAMPED: &str = "damped";
/// Names of the axes' tensors, which are of no site.
const SPINE: &str = "axes";
const ROWS: &str = "rows";
const REST: &str = "rest";

fn name(site: Site, part: &str) -> String {
    format!("{}.{part}", site.name())
}

fn to_bytes(tensors: Vec<(String, Tensor)>) -> candle_core::Result<Vec<u8>> {
    // Tensors are laid out by type and name, so that equal tensors have equal bytes.
    Ok(safetensors::serialize(tensors, None)?)
}

/// Tensors by name.
struct Found(HashMap<String, Tensor>);

impl Found {
    fn read(bytes: &[u8], device: &Device) -> Result<Self, StoredError> {
        Ok(Self(candle_core::safetensors::load_buffer(bytes, device)?))
    }

    fn take(&mut self, name: String, expected: [usize; 2]) -> Result<Tensor, StoredError> {
        let tensor = self.0.remove(&name).ok_or_else(|| StoredError::Missing(name.clone()))?;
        if tensor.dims() != expected {
            return Err(StoredError::Shape { name, found: tensor.dims().to_vec(), expected: expected.to_vec() });
        }
        Ok(tensor)
    }

    fn numbers(&mut self, name: String, shape: [usize; 2]) -> Result<Vec<f64>, StoredError> {
        Ok(self.take(name, shape)?.flatten_all()?.to_dtype(DType::F64)?.to_vec1()?)
    }
}

/// Something for every site, read in their order.
fn per_site<T>(
    subject: &Subject<'_>,
    mut read: impl FnMut(Site) -> Result<T, StoredError>,
) -> Result<PerSite<T>, StoredError> {
    let found = subject.sites.iter().map(|site| Ok((*site, read(*site)?)));
    Ok(PerSite(found.collect::<Result<_, StoredError>>()?))
}

/// Moments of a shard, in f64.
///
/// # Errors
/// What candle says.
pub fn from_moments(moments: &PerSite<Moments>) -> candle_core::Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for (site, moments) in moments.iter() {
        for (part, matrix) in [(INPUTS, &moments.inputs), (OUTPUTS, &moments.outputs)] {
            let Some(matrix) = matrix else { continue };
            let size = matrix.nrows();
            // Symmetric: columns are rows.
            let values: Vec<f64> = (0..size).flat_map(|column| matrix.col_as_slice(column)).copied().collect();
            tensors.push((name(site, part), Tensor::from_vec(values, (size, size), &Device::Cpu)?));
        }
    }
    to_bytes(tensors)
}

/// Reads [`from_moments`].
///
/// # Errors
/// If they are not those of the subject's sites.
pub fn moments(bytes: &[u8], subject: &Subject<'_>) -> Result<PerSite<Moments>, StoredError> {
    let mut found = Found::read(bytes, &Device::Cpu)?;
    per_site(subject, |site| {
        let mut side = |part: &str, (size, turned): (usize, bool)| {
            if !turned {
                return Ok::<_, StoredError>(None);
            }
            let values = found.numbers(name(site, part), [size, size])?;
            Ok(Some(Mat::from_fn(size, size, |row, column| values[column * size + row])))
        };
        let [outputs, inputs] = subject.sides(site);
        Ok(Moments { inputs: side(INPUTS, inputs)?, outputs: side(OUTPUTS, outputs)? })
    })
}

/// Eigenbases, in the model's precision.
///
/// # Errors
/// What candle says.
pub fn from_bases(bases: &PerSite<Basis>) -> candle_core::Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for (site, basis) in bases.iter() {
        for (part, side) in [(INPUTS, &basis.inputs), (OUTPUTS, &basis.outputs)] {
            if let Side::Turned(vectors) = side {
                tensors.push((name(site, part), vectors.to_device(&Device::Cpu)?));
            }
        }
    }
    to_bytes(tensors)
}

/// Reads [`from_bases`].
///
/// # Errors
/// If they are not those of the subject's sites.
pub fn bases(bytes: &[u8], subject: &Subject<'_>) -> Result<PerSite<Basis>, StoredError> {
    let weights = subject.model.weights();
    let mut found = Found::read(bytes, weights.device())?;
    per_site(subject, |site| {
        let mut side = |part: &str, (size, turned): (usize, bool)| {
            if !turned {
                return Ok::<_, StoredError>(Side::Plain);
            }
            Ok(Side::Turned(found.take(name(site, part), [size, size])?.to_dtype(weights.dtype())?))
        };
        let [outputs, inputs] = subject.sides(site);
        Ok(Basis { inputs: side(INPUTS, inputs)?, outputs: side(OUTPUTS, outputs)? })
    })
}

/// Sums of squares of a shard, in f64.
///
/// # Errors
/// What candle says.
pub fn from_squares(squares: &PerSite<Squares>, subject: &Subject<'_>) -> candle_core::Result<Vec<u8>> {
    let squares = squares.iter().map(|(site, squares)| (site, &squares.0));
    from_numbers(squares, SQUARES, subject)
}

/// Reads [`from_squares`].
///
/// # Errors
/// If they are not those of the subject's sites.
pub fn squares(bytes: &[u8], subject: &Subject<'_>) -> Result<PerSite<Squares>, StoredError> {
    let mut found = Found::read(bytes, &Device::Cpu)?;
    per_site(subject, |site| Ok(Squares(found.numbers(name(site, SQUARES), subject.shape(site))?)))
}

/// The damped spectrum `Λ + λ`, in f64.
///
/// # Errors
/// What candle says.
pub fn from_damped(damped: &PerSite<Vec<f64>>, subject: &Subject<'_>) -> candle_core::Result<Vec<u8>> {
    from_numbers(damped.iter(), DAMPED, subject)
}

/// Reads [`from_damped`].
///
/// # Errors
/// If it is not that of the subject's sites.
pub fn damped(bytes: &[u8], subject: &Subject<'_>) -> Result<PerSite<Vec<f64>>, StoredError> {
    let mut found = Found::read(bytes, &Device::Cpu)?;
    per_site(subject, |site| found.numbers(name(site, DAMPED), subject.shape(site)))
}

/// Axes, rounded to 16 bits, and the rows that are known with them.
///
/// # Errors
/// What candle says.
pub fn from_axes(axes: &Axes) -> candle_core::Result<Vec<u8>> {
    let rest = Ok((REST.to_owned(), Tensor::from_slice(&[axes.rest], (1, 1), &Device::Cpu)?));
    let spine = axes.spine.as_ref().map(|spine| Ok((SPINE.to_owned(), spine.to_dtype(DType::F16)?)));
    let rows = axes.rows.as_ref().map(|rows| Ok((ROWS.to_owned(), rows.clone())));
    to_bytes(std::iter::once(rest).chain(spine).chain(rows).collect::<candle_core::Result<_>>()?)
}

/// Reads [`from_axes`], for so many items, wide sketches and rows of these widths.
///
/// # Errors
/// If they are not of those.
pub fn axes(bytes: &[u8], ((items, wide), width): ((usize, usize), usize)) -> Result<Axes, StoredError> {
    let mut found = Found::read(bytes, &Device::Cpu)?;
    let count = found.0.get(SPINE).map_or(0, |spine| spine.dims().first().map_or(0, |count| *count).min(width));
    let mut read = |name: &str, shape: [usize; 2]| {
        if !found.0.contains_key(name) {
            return Ok::<_, StoredError>(None);
        }
        Ok(Some(found.take(name.to_owned(), shape)?.to_dtype(DType::F32)?))
    };
    let (spine, rows) = (read(SPINE, [count, wide])?, read(ROWS, [items, count])?);
    let rest = found.numbers(REST.to_owned(), [1, 1])?[0] as f32;
    Ok(Axes { spine, rest, rows })
}

fn from_numbers<'a>(
    values: impl Iterator<Item = (Site, &'a Vec<f64>)>,
    part: &str,
    subject: &Subject<'_>,
) -> candle_core::Result<Vec<u8>> {
    let tensor = |(site, values): (Site, &Vec<f64>)| {
        let [outputs, inputs] = subject.shape(site);
        Ok((name(site, part), Tensor::from_slice(values, (outputs, inputs), &Device::Cpu)?))
    };
    to_bytes(values.map(tensor).collect::<candle_core::Result<_>>()?)
}
