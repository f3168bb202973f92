//! Sums of squares over the first axis.

use candle_core::{CpuStorage, DType, InplaceOp2, Layout, Result, Tensor};

use crate::{REAL, check, numbers};

/// Adds `Σ_first axis values²` to `sums`, in place.
///
/// # Shapes
/// `sums` `[…]` in f32, `values` `[count, …]` in f32 or bf16.
///
/// # Errors
/// If types, shapes or devices do not fit, or the device fails.
pub fn add_squares(sums: &Tensor, values: &Tensor) -> Result<()> {
    check("add_squares", sums, &[DType::F32], values)?;
    check("add_squares", values, &REAL, sums)?;
    if values.dims().get(1..) != Some(sums.dims()) {
        candle_core::bail!("squares of {:?} cannot be added to sums of {:?}", values.dims(), sums.dims());
    }
    sums.inplace_op2(values, &AddSquares)
}

struct AddSquares;

impl InplaceOp2 for AddSquares {
    fn name(&self) -> &'static str {
        "add_squares"
    }

    fn cpu_fwd(&self, sums: &mut CpuStorage, to: &Layout, values: &CpuStorage, from: &Layout) -> Result<()> {
        let values = numbers(values, from)?;
        let size = to.shape().elem_count();
        let sums = &mut crate::floats(sums)?[to.start_offset()..][..size];
        for row in values.chunks_exact(size.max(1)) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * value);
        }
        Ok(())
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        sums: &mut candle_core::CudaStorage,
        to: &Layout,
        values: &candle_core::CudaStorage,
        from: &Layout,
    ) -> Result<()> {
        crate::cuda::add_squares((sums, to), (values, from))
    }
}
