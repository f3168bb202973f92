//! Products of rows of 8-bit integers, summed over blocks of rows.

use std::ops::Range;

use candle_core::{CpuStorage, CustomOp3, DType, Device, Layout, Result, Shape, Tensor};

use crate::check;

/// Rows are read in steps of so many bytes: widths are multiples of it.
pub const WIDTH_STEP: usize = 64;

/// What of products is summed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Themselves.
    Signed,
    /// Their magnitudes.
    Absolute,
}

/// Blocks of rows.
#[derive(Clone, Debug)]
pub struct Blocks {
    count: usize,
    end: u32,
    /// First row and end of every block, on the device.
    bounds: Tensor,
}

impl Blocks {
    /// The blocks of these ranges of rows.
    ///
    /// # Errors
    /// If a rank of a row does not fit 32 bits, or the device fails.
    pub fn new(ranges: &[Range<usize>], device: &Device) -> Result<Self> {
        let narrow = |rank: usize| u32::try_from(rank).map_err(candle_core::Error::wrap);
        let mut bounds = Vec::with_capacity(2 * ranges.len());
        for range in ranges {
            bounds.extend([narrow(range.start)?, narrow(range.end.max(range.start))?]);
        }
        let end = bounds.iter().copied().max().unwrap_or(0);
        Ok(Self { count: ranges.len(), end, bounds: Tensor::from_vec(bounds, 2 * ranges.len(), device)? })
    }
}

/// Per block and query `Σ_rows (row · query) 2^(exponent − base)`, or the sum of the magnitudes, each product moved towards zero.
///
/// # Shapes
/// `rows` `[count, width]` and `queries` `[queries, width]` bytes in two's complement, none of them −128; `exponents` `[count]` likewise; result
/// `[blocks, queries]` in i64.
///
/// # Units
/// 2^base.
///
/// # No overflow
/// If blocks have at most 64 rows, widths are at most 2^17 and no exponent is more than 24 above `base`, a sum is below 2^61.
///
/// # Errors
/// If types, shapes or devices do not fit, or the device fails.
pub fn block_sums(
    (rows, exponents): (&Tensor, &Tensor),
    queries: &Tensor,
    blocks: &Blocks,
    (part, base): (Part, i32),
) -> Result<Tensor> {
    for tensor in [rows, exponents, queries] {
        check("block_sums", tensor, &[DType::U8], rows)?;
    }
    check("block_sums", &blocks.bounds, &[DType::U32], rows)?;
    let (count, width) = rows.dims2()?;
    if !width.is_multiple_of(WIDTH_STEP) || width == 0 || queries.dim(1)? != width {
        candle_core::bail!(
            "rows of {width} and queries of {:?} are not of one multiple of {WIDTH_STEP}",
            queries.dims()
        );
    }
    if exponents.dims() != [count] || blocks.end as usize > count {
        candle_core::bail!("{count} rows have {:?} exponents and blocks up to {}", exponents.dims(), blocks.end);
    }
    rows.apply_op3_no_bwd(exponents, queries, &BlockSums { blocks, part, base })
}

pub(crate) struct BlockSums<'a> {
    blocks: &'a Blocks,
    pub(crate) part: Part,
    pub(crate) base: i32,
}

#[cfg(feature = "cuda")]
impl BlockSums<'_> {
    pub(crate) fn bounds(&self) -> &Tensor {
        &self.blocks.bounds
    }

    pub(crate) fn count(&self) -> usize {
        self.blocks.count
    }
}

impl CustomOp3 for BlockSums<'_> {
    fn name(&self) -> &'static str {
        "block_sums"
    }

    fn cpu_fwd(
        &self,
        rows: &CpuStorage,
        of_rows: &Layout,
        exponents: &CpuStorage,
        of_exponents: &Layout,
        queries: &CpuStorage,
        of_queries: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (rows, exponents) = (bytes(rows, of_rows)?, bytes(exponents, of_exponents)?);
        let queries = bytes(queries, of_queries)?;
        let (width, count) = (of_rows.dims()[1], of_queries.dims()[0]);
        let bounds: Vec<u32> = self.blocks.bounds.to_vec1()?;
        let mut sums = Vec::with_capacity(self.blocks.count * count);
        for bounds in bounds.chunks_exact(2) {
            for query in queries.chunks_exact(width) {
                let of_row = |row: usize| {
                    let product = moved(dot(&rows[row * width..][..width], query), exponents[row], self.base);
                    if self.part == Part::Signed { product } else { product.abs() }
                };
                sums.push((bounds[0] as usize..bounds[1] as usize).map(of_row).sum::<i64>());
            }
        }
        Ok((CpuStorage::I64(sums), Shape::from((self.blocks.count, count))))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        rows: &candle_core::CudaStorage,
        of_rows: &Layout,
        exponents: &candle_core::CudaStorage,
        of_exponents: &Layout,
        queries: &candle_core::CudaStorage,
        of_queries: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        crate::cuda::block_sums(self, (rows, of_rows), (exponents, of_exponents), (queries, of_queries))
    }
}

fn bytes<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [u8]> {
    Ok(&storage.as_slice::<u8>()?[layout.start_offset()..][..layout.shape().elem_count()])
}

fn dot(left: &[u8], right: &[u8]) -> i32 {
    let pairs = left.iter().zip(right);
    pairs.map(|(left, right)| i32::from(left.cast_signed()) * i32::from(right.cast_signed())).sum()
}

/// `product · 2^(exponent − base)`, towards zero.
fn moved(product: i32, exponent: u8, base: i32) -> i64 {
    let up = i32::from(exponent.cast_signed()) - base;
    match up {
        0.. => i64::from(product) << up,
        // A product has 31 bits.
        -31..0 => i64::from(product) / (1 << -up),
        _ => 0,
    }
}
