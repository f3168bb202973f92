//! A count sketch whose buckets are runs.
//!
//! A row of a matrix is cut into parts of at most `width` coordinates. A part's coordinates go to buckets that follow each other from the part's
//! start; after the last bucket comes the first. Every coordinate has a scale of its own, which carries its sign.

use candle_core::{CpuStorage, DType, Device, InplaceOp3, Layout, Result, Tensor};

use crate::{REAL, check, numbers};

/// Where a matrix's coordinates go.
#[derive(Clone, Debug)]
pub struct Runs {
    width: usize,
    scales: Tensor,
    starts: Tensor,
    #[cfg_attr(not(feature = "cuda"), expect(dead_code, reason = "only cards go by tiles"))]
    tiles: Tiles,
}

/// Which parts meet which buckets, for a card that takes [`TILE`] buckets at a time.
#[derive(Clone, Debug)]
#[cfg_attr(not(any(feature = "cuda", test)), expect(dead_code, reason = "only cards go by tiles"))]
pub(crate) struct Tiles {
    /// Where each tile's parts begin, and where the last one's end.
    pub(crate) bounds: Tensor,
    /// Ranks of the parts, tile by tile.
    pub(crate) parts: Tensor,
}

/// Buckets that are taken together.
pub(crate) const TILE: usize = 256;

impl Tiles {
    /// `runs` are the first buckets and the lengths of all parts.
    fn of(width: usize, runs: impl Iterator<Item = (usize, usize)>, device: &Device) -> Result<Self> {
        let mut met = vec![Vec::new(); width.div_ceil(TILE)];
        for (rank, (start, length)) in runs.enumerate() {
            let rank = u32::try_from(rank).map_err(candle_core::Error::wrap)?;
            let ends = [start..(start + length).min(width), 0..(start + length).saturating_sub(width)];
            for tile in
                ends.into_iter().filter(|run| !run.is_empty()).flat_map(|run| run.start / TILE..run.end.div_ceil(TILE))
            {
                // A run that comes back into its first tile is there already.
                if met[tile].last() != Some(&rank) {
                    met[tile].push(rank);
                }
            }
        }
        let ends = met.iter().scan(0, |end, parts: &Vec<u32>| {
            *end += parts.len() as u32;
            Some(*end)
        });
        let bounds: Vec<u32> = std::iter::once(0).chain(ends).collect();
        let parts = met.concat();
        Ok(Self {
            bounds: Tensor::from_slice(&bounds, bounds.len(), device)?,
            parts: Tensor::from_slice(&parts, parts.len(), device)?,
        })
    }
}

impl Runs {
    /// The runs of matrices of the shape of `scales` among `width` buckets.
    ///
    /// # Shapes
    /// `scales` `[rows, columns]` in f32; `starts` one bucket for each of the `⌈columns / width⌉` parts of every row, row by row.
    ///
    /// # Errors
    /// If they do not fit one another, or the device fails.
    pub fn new(width: usize, scales: Tensor, starts: &[u32]) -> Result<Self> {
        let (rows, columns) = scales.dims2()?;
        check("a sketch", &scales, &[DType::F32], &scales)?;
        if width == 0 || starts.len() != rows * columns.div_ceil(width) {
            candle_core::bail!("{} starts are not those of {rows} rows of {columns} in {width} buckets", starts.len());
        }
        if let Some(start) = starts.iter().find(|start| **start as usize >= width) {
            candle_core::bail!("a run cannot start at bucket {start} of {width}");
        }
        let length = |rank: usize| width.min(columns - rank % columns.div_ceil(width) * width);
        let runs = starts.iter().enumerate().map(|(rank, start)| (*start as usize, length(rank)));
        let tiles = Tiles::of(width, runs, scales.device())?;
        let starts = Tensor::from_slice(starts, starts.len(), scales.device())?;
        Ok(Self { width, scales, starts, tiles })
    }

    /// Number of buckets.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Where they are.
    pub fn device(&self) -> &Device {
        self.scales.device()
    }
}

/// Adds the sketch of every matrix to its row of `sketches`, in place.
///
/// # Shapes
/// `sketches` `[count, width]` in f32, `matrices` `[count, rows, columns]` in f32 or bf16.
///
/// # Errors
/// If types, shapes or devices do not fit, or the device fails.
pub fn add_runs(sketches: &Tensor, matrices: &Tensor, runs: &Runs) -> Result<()> {
    check("add_runs", sketches, &[DType::F32], matrices)?;
    check("add_runs", matrices, &REAL, &runs.scales)?;
    let (count, rows, columns) = matrices.dims3()?;
    if runs.scales.dims() != [rows, columns] || sketches.dims() != [count, runs.width] {
        let (scales, sketches) = (runs.scales.dims(), sketches.dims());
        candle_core::bail!("{:?} cannot be scaled by {scales:?} and added to {sketches:?}", matrices.dims());
    }
    sketches.inplace_op3(matrices, &runs.scales, &AddRuns { runs })
}

struct AddRuns<'a> {
    runs: &'a Runs,
}

impl InplaceOp3 for AddRuns<'_> {
    fn name(&self) -> &'static str {
        "add_runs"
    }

    fn cpu_fwd(
        &self,
        sketches: &mut CpuStorage,
        to: &Layout,
        matrices: &CpuStorage,
        from: &Layout,
        scales: &CpuStorage,
        of: &Layout,
    ) -> Result<()> {
        let (matrices, scales) = (numbers(matrices, from)?, numbers(scales, of)?);
        let starts: Vec<u32> = self.runs.starts.to_vec1()?;
        let (width, columns) = (self.runs.width, of.dims()[1]);
        let sketches = &mut crate::floats(sketches)?[to.start_offset()..][..to.shape().elem_count()];
        for (matrix, sketch) in matrices.chunks_exact(scales.len().max(1)).zip(sketches.chunks_exact_mut(width)) {
            for (place, (value, scale)) in matrix.iter().zip(&scales).enumerate() {
                let (row, column) = (place / columns, place % columns);
                let start = starts[row * columns.div_ceil(width) + column / width] as usize;
                sketch[(start + column % width) % width] += value * scale;
            }
        }
        Ok(())
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        sketches: &mut candle_core::CudaStorage,
        to: &Layout,
        matrices: &candle_core::CudaStorage,
        from: &Layout,
        scales: &candle_core::CudaStorage,
        of: &Layout,
    ) -> Result<()> {
        crate::cuda::add_runs((sketches, to), (matrices, from), (scales, of), (&self.runs.starts, &self.runs.tiles))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bucket_of_a_run_is_in_a_tile_that_lists_it_once() -> Result<()> {
        // Within a tile, over two, around the end, around the end into its own first tile, over everything.
        let runs = [(3, 5), (250, 10), (990, 60), (900, 920), (0, 1_000)];
        let tiles = Tiles::of(1_000, runs.into_iter(), &Device::Cpu)?;
        let (bounds, parts): (Vec<u32>, Vec<u32>) = (tiles.bounds.to_vec1()?, tiles.parts.to_vec1()?);
        let listed = |tile: usize| &parts[bounds[tile] as usize..bounds[tile + 1] as usize];
        assert_eq!(bounds.len(), 5);
        for (rank, (start, length)) in runs.into_iter().enumerate() {
            for bucket in (start..start + length).map(|place| place % 1_000) {
                let times = listed(bucket / TILE).iter().filter(|part| **part == rank as u32).count();
                assert_eq!(times, 1, "run {rank} in bucket {bucket}");
            }
        }
        assert_eq!(listed(1), [1, 3, 4]);
        Ok(())
    }
}
