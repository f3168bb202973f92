//! Whitened gradients, drawn together into fewer numbers: the first of the two steps that make a row ([`super::axes`] has the second).
//!
//! The whitened gradient of item `i` at a site is `W_i = (Q_Sᵀ G_i Q_A) / √(Λ + λ)`, so that influence is a plain product,
//! `φ_q(i) = (1/n) Σ_sites ⟨W_q, W_i⟩`. A count sketch `S` adds every coordinate, with a random sign, to one of `k` buckets; then
//! `E⟨S W_q, S W_i⟩ = ⟨W_q, W_i⟩` with a standard deviation of at most `|W_q| |W_i| √(2/k)`.
//!
//! The buckets here are runs: the coordinates of one row of a matrix, cut into parts of at most `k`, follow each other, from a start that is
//! drawn for every part. Two coordinates of one part never meet, two of different parts meet with probability `1/k`, and signs are
//! independent; the variance depends on nothing else, so it is at most that of independent buckets. Runs are added as vectors, and
//! no bucket is stored for any coordinate.
//!
//! All sites add to the same buckets. A sketch is linear: pieces of an item are sketched one by one and added.
//!
//! # Source
//! Charikar, Chen and Farach-Colton 2002, *Finding Frequent Items in Data Streams*, section 3; Weinberger et al. 2009, *Feature Hashing
//! for Large Scale Multitask Learning*, appendix A, for products.

use std::sync::OnceLock;

use candle_core::{DType, Tensor};
use compute::Job;
use compute::random::{Random, Stream};
use lm::tap::{Site, Tap};

use super::IndexError;
use super::device::{self, DeviceProjection};
use crate::ekfac::basis::Basis;
use crate::ekfac::{Labels, PerSite, Shard, Subject};

/// Signs drawn at once.
const SIGNS: usize = 16;

/// The sketch of one index: made once, used for every item and every query.
#[derive(Clone, Debug)]
pub struct Projection {
    width: usize,
    sites: PerSite<Runs>,
    /// The same on a device, once it was wanted there.
    there: OnceLock<DeviceProjection>,
}

/// Where a site's coordinates go.
#[derive(Clone, Debug)]
struct Runs {
    inputs: usize,
    /// `±1 / √(Λ + λ)`, `[outputs, inputs]`
    scales: Vec<f32>,
    /// First bucket of every part of every row.
    starts: Vec<u32>,
}

impl Projection {
    /// The sketch of `width` numbers over sites with the spectrum `damped`, `Λ + λ`. `seed` draws starts and signs.
    pub fn new((width, seed): (usize, u64), subject: &Subject<'_>, damped: &PerSite<Vec<f64>>) -> Self {
        let runs = |(rank, (site, damped)): (usize, (Site, &Vec<f64>))| {
            let [_, inputs] = subject.shape(site);
            (site, Runs::draw((width, seed), rank as u64, inputs, damped))
        };
        Self { width, sites: PerSite(damped.iter().enumerate().map(runs).collect()), there: OnceLock::new() }
    }

    /// Numbers of a sketch.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Per site the scales and starts of its runs.
    pub(super) fn runs(&self) -> impl Iterator<Item = (Site, &[f32], &[u32])> {
        self.sites.iter().map(|(site, runs)| (site, runs.scales.as_slice(), runs.starts.as_slice()))
    }

    /// The same on the device of a subject's model, copied there once.
    fn there(&self, subject: &Subject<'_>) -> Result<&DeviceProjection, IndexError> {
        if self.there.get().is_none() {
            // Another thread may have been first: then its copy stays.
            drop(self.there.set(DeviceProjection::of(self, subject)?));
        }
        Ok(self.there.get().expect("it was set before"))
    }

    /// Adds the sketch of a turned gradient, `[outputs, inputs]` row by row.
    fn add(&self, site: Site, turned: &[f32], sketch: &mut [f32]) {
        let Some(runs) = self.sites.get(site) else { return };
        for (row, values) in turned.chunks_exact(runs.inputs).enumerate() {
            runs.add_row(row, values, sketch);
        }
    }
}

impl Runs {
    fn draw((width, seed): (usize, u64), site: u64, inputs: usize, damped: &[f64]) -> Self {
        let mut random = Random::of_part(seed, Stream::Projections, site);
        let parts = damped.len() / inputs.max(1) * inputs.div_ceil(width);
        let starts = (0..parts).map(|_| random.below(width as u32)).collect();
        let mut scales = Vec::with_capacity(damped.len());
        for values in damped.chunks(SIGNS) {
            let signs = random.below(1 << SIGNS);
            scales.extend(values.iter().enumerate().map(|(bit, value)| {
                let sign = if signs >> bit & 1 == 0 { 1.0 } else { -1.0 };
                (sign / value.sqrt()) as f32
            }));
        }
        Self { inputs, scales, starts }
    }

    /// Adds one row of a matrix.
    fn add_row(&self, row: usize, values: &[f32], sketch: &mut [f32]) {
        let width = sketch.len();
        let scales = &self.scales[row * self.inputs..][..self.inputs];
        let parts = self.inputs.div_ceil(width);
        let starts = &self.starts[row * parts..][..parts];
        for ((values, scales), start) in values.chunks(width).zip(scales.chunks(width)).zip(starts) {
            // A run that reaches the last bucket goes on at the first.
            let before = values.len().min(width - *start as usize);
            add_run(&mut sketch[*start as usize..][..before], &values[..before], &scales[..before]);
            add_run(&mut sketch[..values.len() - before], &values[before..], &scales[before..]);
        }
    }
}

fn add_run(sketch: &mut [f32], values: &[f32], scales: &[f32]) {
    for ((sum, value), scale) in sketch.iter_mut().zip(values).zip(scales) {
        *sum += value * scale;
    }
}

/// Sketches of all items of a shard, at their own labels.
///
/// # Shapes
/// `[items, width]`, item by item.
///
/// # Errors
/// If the pass fails or is cancelled.
///
/// # Determinism
/// The same for any number of threads; on another kind of processor, or packed in another shard, off by the rounding of 32-bit floats.
pub fn sketches(
    subject: &Subject<'_>,
    (bases, projection): (&PerSite<Basis>, &Projection),
    shard: Shard<'_>,
    job: &Job,
) -> Result<Vec<f32>, IndexError> {
    if subject.is_on_a_device() {
        return device::sketches(subject, (bases, projection.there(subject)?), shard, job);
    }
    let width = projection.width;
    let mut rows = vec![0f32; shard.items.len() * width];
    let taps = subject.pass(
        &shard,
        Labels::Own,
        |group| {
            let places =
                group.pieces().into_iter().map(|(piece, first)| Place { item: piece.item, first, rows: piece.rows });
            SketchTap::new(subject, (bases, projection), places.collect(), group.packed.length)
        },
        job,
    )?;
    for tap in taps {
        for (place, sketch) in tap.places.iter().zip(tap.sketches.chunks_exact(width)) {
            let row = &mut rows[place.item * width..][..width];
            row.iter_mut().zip(sketch).for_each(|(sum, value)| *sum += value);
        }
    }
    Ok(rows)
}

/// Rows of one item in a group of blocks.
struct Place {
    /// Rank of the item in the shard.
    item: usize,
    /// First row in the group.
    first: usize,
    /// Rows.
    rows: usize,
}

/// Sketches of a group's pieces.
struct SketchTap<'a> {
    subject: &'a Subject<'a>,
    bases: &'a PerSite<Basis>,
    projection: &'a Projection,
    places: Vec<Place>,
    /// Rows of every piece, if each fills a block.
    even: Option<usize>,
    /// `[pieces, width]`
    sketches: Vec<f32>,
}

impl<'a> SketchTap<'a> {
    fn new(
        subject: &'a Subject<'a>,
        (bases, projection): (&'a PerSite<Basis>, &'a Projection),
        places: Vec<Place>,
        block_length: usize,
    ) -> Self {
        let even = places.iter().all(|place| place.rows == block_length).then_some(block_length);
        let sketches = vec![0.0; places.len() * projection.width];
        Self { subject, bases, projection, places, even, sketches }
    }

    /// `Σ δᵀ x` over the rows of each piece, `[pieces, outputs, inputs]`.
    fn gradients(&self, inputs: &Tensor, gradients: &Tensor) -> candle_core::Result<Tensor> {
        if let Some(length) = self.even {
            let apart = |rows: &Tensor| rows.reshape((self.places.len(), length, ()));
            return apart(gradients)?.transpose(1, 2)?.matmul(&apart(inputs)?);
        }
        let of_piece = |place: &Place| {
            gradients.narrow(0, place.first, place.rows)?.t()?.matmul(&inputs.narrow(0, place.first, place.rows)?)
        };
        Tensor::stack(&self.places.iter().map(of_piece).collect::<candle_core::Result<Vec<_>>>()?, 0)
    }
}

impl Tap for SketchTap<'_> {
    fn wants(&self, site: Site) -> bool {
        self.subject.sites.contains(&site)
    }

    fn linear(&mut self, site: Site, inputs: &Tensor, gradients: &Tensor) -> candle_core::Result<()> {
        let Some(basis) = self.bases.get(site) else { return Ok(()) };
        let formed = self.gradients(&basis.inputs.turn(inputs)?, &basis.outputs.turn(gradients)?)?;
        let values = numbers(&formed)?;
        let size = values.len() / self.places.len().max(1);
        let sketches = self.sketches.chunks_exact_mut(self.projection.width);
        for (values, sketch) in values.chunks_exact(size.max(1)).zip(sketches) {
            self.projection.add(site, values, sketch);
        }
        Ok(())
    }
}

fn numbers(tensor: &Tensor) -> candle_core::Result<Vec<f32>> {
    tensor.flatten_all()?.to_dtype(DType::F32)?.to_vec1()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 64;

    /// 3 rows of 100 inputs: each in two parts.
    fn runs(seed: u64) -> Runs {
        Runs::draw((WIDTH, seed), 5, 100, &[4.0; 300])
    }

    fn sketch(runs: &Runs, matrix: &[f32]) -> Vec<f32> {
        let mut sketch = vec![0.0; WIDTH];
        matrix.chunks_exact(100).enumerate().for_each(|(row, values)| runs.add_row(row, values, &mut sketch));
        sketch
    }

    #[test]
    fn every_coordinate_goes_to_one_bucket_with_its_scale() {
        for coordinate in 0..300 {
            let mut matrix = vec![0.0; 300];
            matrix[coordinate] = 3.0;
            let filled: Vec<f32> = sketch(&runs(1), &matrix).into_iter().filter(|value| *value != 0.0).collect();
            assert_eq!(filled.len(), 1);
            assert_eq!(filled[0].abs(), 1.5, "3 / √4");
        }
    }

    #[test]
    fn coordinates_of_one_part_never_meet() {
        let mut matrix = vec![0.0; 300];
        matrix[100..164].fill(2.0);
        assert!(sketch(&runs(2), &matrix).iter().all(|value| value.abs() == 1.0));
    }

    #[test]
    fn products_of_sketches_are_right_on_average_and_as_spread_as_they_may_be() {
        let wave = |step: f32| -> Vec<f32> { (0..300).map(|place| (place as f32 * step).sin()).collect() };
        let (left, right) = (wave(0.7), wave(0.72));
        let product = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum() };
        let exact = product(&left, &right) / 4.0;
        let drawn: Vec<f64> = (0..2_000)
            .map(|seed| {
                let runs = runs(seed);
                product(&sketch(&runs, &left), &sketch(&runs, &right))
            })
            .collect();
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        let deviation = (drawn.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / drawn.len() as f64).sqrt();
        let bound = (product(&left, &left) * product(&right, &right)).sqrt() / 4.0 * (2.0 / WIDTH as f64).sqrt();
        // Four standard errors of the mean.
        assert!((mean - exact).abs() < 4.0 * deviation / (drawn.len() as f64).sqrt(), "{mean} instead of {exact}");
        assert!(deviation < bound * 1.05, "{deviation} above {bound}");
    }
}
