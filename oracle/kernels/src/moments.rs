//! Second moments of rows.

use candle_core::{CpuStorage, DType, InplaceOp2, Layout, Result, Tensor};

use crate::{REAL, check, numbers};

/// Adds `Xᵀ X` to `sums`, in place: products of 16-bit rows too are summed in 32 bits and never rounded to 16.
///
/// # Shapes
/// `sums` `[size, size]` in f32, `rows` `[rows, size]` in f32 or bf16.
///
/// # Errors
/// If types, shapes or devices do not fit, or the device fails.
pub fn add_second_moments(sums: &Tensor, rows: &Tensor) -> Result<()> {
    check("add_second_moments", sums, &[DType::F32], rows)?;
    check("add_second_moments", rows, &REAL, sums)?;
    let (_, size) = rows.dims2()?;
    if sums.dims() != [size, size] {
        candle_core::bail!("moments of {:?} cannot be added to sums of {:?}", rows.dims(), sums.dims());
    }
    sums.inplace_op2(rows, &AddSecondMoments)
}

struct AddSecondMoments;

impl InplaceOp2 for AddSecondMoments {
    fn name(&self) -> &'static str {
        "add_second_moments"
    }

    fn cpu_fwd(&self, sums: &mut CpuStorage, to: &Layout, rows: &CpuStorage, from: &Layout) -> Result<()> {
        let rows = numbers(rows, from)?;
        let size = to.dims()[0];
        let sums = &mut crate::floats(sums)?[to.start_offset()..][..size * size];
        for row in rows.chunks_exact(size.max(1)) {
            for (sums, left) in sums.chunks_exact_mut(size).zip(row) {
                sums.iter_mut().zip(row).for_each(|(sum, right)| *sum += left * right);
            }
        }
        Ok(())
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        sums: &mut candle_core::CudaStorage,
        to: &Layout,
        rows: &candle_core::CudaStorage,
        from: &Layout,
    ) -> Result<()> {
        crate::cuda::add_second_moments((sums, to), (rows, from))
    }
}
