//! The index on a graphics card: sketches of gradients that never leave it, and products of rows that lie in its memory.
//!
//! On the CPU both compute the same, slowly, for the tests; the engine has [`super::sketch`] and the products of slices there.
//!
//! # Determinism
//! [`Resident::sums`] gives the integers of the CPU. Sketches are sums of 32-bit floats, in one order on a device.

use std::ops::Range;

use candle_core::{DType, Device, Tensor};
use compute::Job;
use compute::random::{Random, Stream};
use kernels::{Blocks, Part, Runs};
use lm::tap::Site;

use super::IndexError;
use super::product::WINDOW;
use super::rows::Rows;
use super::sketch::Projection;
use crate::ekfac::basis::Basis;
use crate::ekfac::sums::summable;
use crate::ekfac::{GradientTap, Labels, PerSite, Shard, Subject, Take};

/// Rows that are summed in 64 bits before they are in 128: no sum of more is known to fit (`product.rs`).
const BLOCK: usize = 64;

/// Where the coordinates of all sites go, on the model's device.
#[derive(Clone, Debug)]
pub struct DeviceProjection {
    width: usize,
    sites: PerSite<Runs>,
}

impl DeviceProjection {
    /// The runs of a sketch, copied to the device of the subject's model.
    ///
    /// # Errors
    /// If the device fails.
    pub fn of(projection: &Projection, subject: &Subject<'_>) -> Result<Self, IndexError> {
        let (width, device) = (projection.width(), subject.model.weights().device());
        let upload = |(site, scales, starts): (Site, &[f32], &[u32])| -> candle_core::Result<(Site, Runs)> {
            let scales = Tensor::from_slice(scales, subject.shape(site).as_slice(), device)?;
            Ok((site, Runs::new(width, scales, starts)?))
        };
        let sites = projection.runs().map(upload).collect::<candle_core::Result<_>>()?;
        Ok(Self { width, sites: PerSite(sites) })
    }

    /// Runs with scales drawn on the device: for measuring the speed of sketches without a curvature, which does not change it.
    ///
    /// # Errors
    /// If the device fails.
    pub fn drawn(width: usize, subject: &Subject<'_>, seed: u64) -> Result<Self, IndexError> {
        let device = subject.model.weights().device();
        let mut random = Random::new(seed, Stream::Projections);
        let sites = PerSite::of(subject, |site| {
            let [outputs, inputs] = subject.shape(site);
            let parts = outputs * inputs.div_ceil(width);
            let starts: Vec<u32> = (0..parts).map(|_| random.below(width as u32)).collect();
            let scales = Tensor::randn(0f32, 1.0, (outputs, inputs), device)?;
            Runs::new(width, scales, &starts)
        })?;
        Ok(Self { width, sites })
    }

    /// Numbers of a sketch.
    pub fn width(&self) -> usize {
        self.width
    }
}

/// Sketches of all items of a shard, at their own labels, as of [`super::sketch::sketches`].
///
/// # Shapes
/// `[items, width]`, item by item.
///
/// # Errors
/// If the pass fails or is cancelled.
pub fn sketches(
    subject: &Subject<'_>,
    (bases, projection): (&PerSite<Basis>, &DeviceProjection),
    shard: Shard<'_>,
    job: &Job,
) -> Result<Vec<f32>, IndexError> {
    let width = projection.width;
    let mut rows = vec![0f32; shard.items.len() * width];
    subject.in_turn(&shard, Labels::Own, job, |group, run| {
        let device = subject.model.weights().device();
        let sketches = Tensor::zeros((group.pieces().len(), width), DType::F32, device)?;
        let mut tap = GradientTap::new(subject, Some(bases), group, OfPieces { projection, sketches });
        run(&mut tap)?;
        let found: Vec<f32> = tap.taken.sketches.flatten_all()?.to_vec1()?;
        for (item, sketch) in tap.pieces().items().zip(found.chunks_exact(width)) {
            rows[item * width..][..width].iter_mut().zip(sketch).for_each(|(sum, value)| *sum += value);
        }
        Ok(())
    })?;
    Ok(rows)
}

/// Sketches of a group's pieces.
struct OfPieces<'a> {
    projection: &'a DeviceProjection,
    /// `[pieces, width]`
    sketches: Tensor,
}

impl Take for OfPieces<'_> {
    fn take(&mut self, site: Site, turned: Tensor) -> candle_core::Result<()> {
        let Some(runs) = self.projection.sites.get(site) else { return Ok(()) };
        kernels::add_runs(&self.sketches, &summable(&turned)?, runs)
    }
}

/// Rows in a device's memory.
#[derive(Clone, Debug)]
pub struct Resident {
    /// `[count, width]` bytes.
    values: Tensor,
    /// `[count]` bytes.
    exponents: Tensor,
    largest: i8,
}

impl Resident {
    /// Copies rows to a device.
    ///
    /// # Errors
    /// If the device fails.
    pub fn of(rows: &Rows<'_>, device: &Device) -> candle_core::Result<Self> {
        let values: Vec<u8> = (0..rows.len()).flat_map(|row| rows.row(row)).copied().collect();
        let exponents: Vec<u8> = (0..rows.len()).map(|row| rows.exponent(row).cast_unsigned()).collect();
        Ok(Self {
            values: Tensor::from_vec(values, (rows.len(), rows.width()), device)?,
            exponents: Tensor::from_vec(exponents, rows.len(), device)?,
            largest: rows.largest_exponent(),
        })
    }

    /// Per group of rows and per query the sum of products, or of their magnitudes, as those of two slices on the CPU.
    ///
    /// # Shapes
    /// `[groups][queries]`
    ///
    /// # Units
    /// Two to the power of the rows' largest exponent less 24, and to the query's exponent.
    ///
    /// # Errors
    /// If widths differ or the device fails.
    pub fn sums(&self, groups: &[Range<usize>], queries: &Self, part: Part) -> candle_core::Result<Vec<Vec<i128>>> {
        let blocks: Vec<(usize, Range<usize>)> = groups.iter().cloned().enumerate().flat_map(in_blocks).collect();
        let ranges: Vec<Range<usize>> = blocks.iter().map(|(_, range)| range.clone()).collect();
        let ranges = Blocks::new(&ranges, self.values.device())?;
        let base = i32::from(self.largest) - WINDOW;
        let found =
            kernels::block_sums((&self.values, &self.exponents), &queries.values, &ranges, (part, base))?.to_vec2()?;
        let mut sums = vec![vec![0i128; queries.values.dim(0)?]; groups.len()];
        for ((group, _), found) in blocks.iter().zip(found) {
            sums[*group].iter_mut().zip(found).for_each(|(sum, more): (_, i64)| *sum += i128::from(more));
        }
        Ok(sums)
    }
}

fn in_blocks((group, rows): (usize, Range<usize>)) -> impl Iterator<Item = (usize, Range<usize>)> {
    let end = rows.end;
    rows.step_by(BLOCK).map(move |first| (group, first..(first + BLOCK).min(end)))
}

#[cfg(test)]
mod tests {
    use super::super::product::{self, Wide};
    use super::super::rows::{Header, Kind, write};
    use super::*;
    use crate::Threads;

    const WIDTH: usize = 192;

    /// Rows of all values and of exponents far apart, `count` of them.
    fn rows(count: usize, seed: u64) -> Vec<u8> {
        let mut random = Random::new(seed, Stream::Samples);
        let values: Vec<i8> = (0..count * WIDTH).map(|_| (random.below(255) as i32 - 127) as i8).collect();
        let exponents: Vec<i8> = (0..count).map(|_| (random.below(80) as i32 - 70) as i8).collect();
        let header = Header { kind: Kind::Items, width: WIDTH as u32, count: count as u64, first: 0, job: [0; 32] };
        write(&header, &values, &exponents)
    }

    fn assert_sums_are_those_of_slices(device: &Device) {
        let (items, asked) = (rows(403, 1), rows(9, 2));
        let (items, asked) = (Rows::parse(&items).expect("rows"), Rows::parse(&asked).expect("rows"));
        let groups = [0..1, 1..64, 64..64, 64..130, 130..403];
        let resident = |rows| Resident::of(rows, device).expect("a device");
        for (part, of_slices) in [(Part::Signed, product::Part::Signed), (Part::Absolute, product::Part::Absolute)] {
            let job = Job::from(Threads::new(2));
            let expected = product::sums(&items, &groups, &Wide::of(&asked), of_slices, &job).expect("not cancelled");
            let found = resident(&items).sums(&groups, &resident(&asked), part).expect("sums");
            assert_eq!(found, expected);
            assert!(found[4].iter().all(|sum| *sum != 0));
        }
    }

    #[test]
    fn sums_of_resident_rows_are_those_of_slices() {
        assert_sums_are_those_of_slices(&Device::Cpu);
    }

    #[cfg(feature = "cuda")]
    #[test]
    fn sums_on_a_card_are_those_of_slices() {
        assert_sums_are_those_of_slices(
            &kernels::Place::Cuda(0).open().expect("a card: run this test on a machine with one"),
        );
    }
}
