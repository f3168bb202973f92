//! Vectors that point the same way: images and gradient sketches.
//!
//! On which side of random hyperplanes vectors lie makes candidates; whether a candidate counts is decided by its exact cosine.
//!
//! # Source
//! M. Charikar, *Similarity estimation techniques from rounding algorithms*, 2002: vectors at angle `θ` lie on the same side of a random
//! hyperplane with probability `1 − θ/π`. Normals have coordinates ±1, after D. Achlioptas, *Database-friendly random projections*, 2003, so
//! that no rounding of a transcendental function decides a bit.

use compute::random::{Random, Stream};
use serde::{Deserialize, Serialize};

use super::candidates::{BandKeys, Banding};
use super::{Kind, Link, SearchError, check_threshold};

/// Values of vectors, row after row.
#[derive(Clone, Copy, Debug)]
pub enum Values<'a> {
    /// Bytes, for example grey values.
    Unsigned(&'a [u8]),
    /// Whole numbers; a row's scale does not matter.
    Integers(&'a [i8]),
    /// Floating point numbers.
    Floats(&'a [f32]),
}

/// Vectors of one dimension.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// Values per row.
    pub dimension: usize,
    /// All values.
    pub values: Values<'a>,
}

/// What two vectors are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The cosine of the vectors.
    Cosine,
    /// The cosine of the vectors less their own means (Pearson correlation): for images, where all values are positive.
    Correlation,
}

/// How near vectors are searched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VectorSettings {
    /// What is compared.
    pub measure: Measure,
    /// Bands of the signatures; a row is one hyperplane.
    pub banding: Banding,
    /// Smallest cosine or correlation that counts.
    pub threshold: f64,
    /// Seed of the hyperplanes.
    pub seed: u64,
}

/// For images. Where they are as small as 8 by 8, different ones can be as alike as copies with noise.
impl Default for VectorSettings {
    fn default() -> Self {
        let banding = Banding { bands: 32, rows: 12, bucket_limit: 64 };
        Self { measure: Measure::Correlation, banding, threshold: 0.985, seed: 0 }
    }
}

impl VectorSettings {
    fn check(&self) -> Result<(), SearchError> {
        check_threshold(self.threshold)?;
        self.banding.check()
    }
}

/// Links all vectors that the search finds with a similarity of at least the threshold. The rows come in the order of precedence. A row without
/// direction, as an image of one colour, is like none.
///
/// # Units
/// Memory: besides the rows 8 bytes per band for each row, and 8 bytes per hyperplane and dimension. Time: one multiplication for each row,
/// hyperplane and dimension. A pair at angle `θ` is missed with probability `(1 − (1 − θ/π)^rows)^bands`.
///
/// # Errors
/// If the settings are out of range, the rows are not whole, or a value is not finite.
///
/// # Determinism
/// Sums are taken in the order of the values: the same rows and settings give the same links on every machine.
pub fn near_vectors(rows: &Rows<'_>, settings: &VectorSettings) -> Result<Vec<Link>, SearchError> {
    settings.check()?;
    let space = Space::new(rows, settings)?;
    let similarity = |one: usize, other: usize| {
        let similarity = space.similarity(one, other);
        (similarity >= settings.threshold).then_some(similarity)
    };
    let found = space.band_keys(settings).search(similarity);
    Ok(found.into_iter().map(|((first, second), similarity)| link(first, second, similarity)).collect())
}

fn link(first: usize, second: usize, similarity: f64) -> Link {
    Link { first, second, similarity, kind: Kind::NearVector }
}

/// Rows with what is computed once of each.
struct Space<'a> {
    rows: &'a Rows<'a>,
    measure: Measure,
    norms: Vec<f64>,
}

impl<'a> Space<'a> {
    fn new(rows: &'a Rows<'a>, settings: &VectorSettings) -> Result<Self, SearchError> {
        let count = rows.count()?;
        let mut space = Self { rows, measure: settings.measure, norms: Vec::with_capacity(count) };
        for row in 0..count {
            let norm = space.row(row).iter().map(|value| value * value).sum::<f64>().sqrt();
            if !norm.is_finite() {
                return Err(SearchError::NotFinite { row });
            }
            space.norms.push(norm);
        }
        Ok(space)
    }

    /// A row as it is compared.
    fn row(&self, row: usize) -> Vec<f64> {
        let mut values = self.rows.row(row);
        if self.measure == Measure::Correlation {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter_mut().for_each(|value| *value -= mean);
        }
        values
    }

    fn similarity(&self, one: usize, other: usize) -> f64 {
        let cosine = dot(&self.row(one), &self.row(other)) / (self.norms[one] * self.norms[other]);
        // Rounding may lead a little past 1.
        cosine.clamp(-1.0, 1.0)
    }

    fn band_keys(&self, settings: &VectorSettings) -> BandKeys {
        let bands: Vec<Vec<f64>> = (0..settings.banding.bands).map(|band| self.normals(settings, band)).collect();
        let mut keys = BandKeys::new(settings.banding);
        for item in (0..self.norms.len()).filter(|item| self.norms[*item] > 0.0) {
            let row = self.row(item);
            keys.push(item, bands.iter().map(|normals| sides(normals, &row)));
        }
        keys
    }

    /// Normals of one band's hyperplanes, one after the other.
    fn normals(&self, settings: &VectorSettings, band: usize) -> Vec<f64> {
        let mut random = Random::of_part(settings.seed, Stream::Projections, band as u64);
        let count = settings.banding.rows * self.rows.dimension;
        (0..count).map(|_| if random.below(2) == 0 { -1.0 } else { 1.0 }).collect()
    }
}

impl Rows<'_> {
    pub(super) fn count(&self) -> Result<usize, SearchError> {
        let values = match self.values {
            Values::Unsigned(values) => values.len(),
            Values::Integers(values) => values.len(),
            Values::Floats(values) => values.len(),
        };
        let whole = self.dimension > 0 && values.is_multiple_of(self.dimension);
        if whole { Ok(values / self.dimension) } else { Err(SearchError::Rows { values, dimension: self.dimension }) }
    }

    pub(super) fn row(&self, row: usize) -> Vec<f64> {
        let range = row * self.dimension..(row + 1) * self.dimension;
        match self.values {
            Values::Unsigned(values) => values[range].iter().map(|value| f64::from(*value)).collect(),
            Values::Integers(values) => values[range].iter().map(|value| f64::from(*value)).collect(),
            Values::Floats(values) => values[range].iter().map(|value| f64::from(*value)).collect(),
        }
    }
}

/// One bit for each hyperplane: on which side the row lies.
fn sides(normals: &[f64], row: &[f64]) -> u64 {
    normals.chunks_exact(row.len()).fold(0, |bits, normal| bits << 1 | u64::from(dot(normal, row) >= 0.0))
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}
