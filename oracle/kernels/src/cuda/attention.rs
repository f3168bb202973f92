//! Softmax as a start of its programs: they make a new tensor in the precision of what they are given.

use candle_core::cuda::cudarc::driver::{CudaSlice, DeviceRepr, LaunchConfig, PushKernelArg, ValidAsZeroBits};
use candle_core::cuda::{CudaDType, CudaStorageSlice};
use candle_core::{CudaStorage, Layout, Result, Shape};

use super::launch::{Program, THREADS, start};
use super::operations::{range, view};
use crate::softmax::{Softmax, SoftmaxBackward};

/// Rows that one group of threads takes: a warp each.
const ROWS: usize = THREADS as usize / 32;

/// Rows and columns.
#[derive(Clone, Copy)]
struct Size {
    rows: usize,
    length: usize,
}

impl Size {
    fn of(layout: &Layout) -> Self {
        let length = layout.dims().last().copied().unwrap_or(1).max(1);
        Self { rows: layout.shape().elem_count() / length, length }
    }

    fn grid(self) -> Result<LaunchConfig> {
        let groups = u32::try_from(self.rows.div_ceil(ROWS)).map_err(candle_core::Error::wrap)?;
        Ok(LaunchConfig { grid_dim: (groups, 1, 1), block_dim: (THREADS, 1, 1), shared_mem_bytes: 0 })
    }
}

/// As [`crate::softmax()`].
pub(crate) fn softmax(
    operation: &Softmax,
    scores: (&CudaStorage, &Layout),
    first: (&CudaStorage, &Layout),
) -> Result<(CudaStorage, Shape)> {
    let made = match &scores.0.slice {
        CudaStorageSlice::F32(own) => softmax_of(own, "softmax_f32", operation, scores, first)?,
        CudaStorageSlice::BF16(own) => softmax_of(own, "softmax_bf16", operation, scores, first)?,
        _ => candle_core::bail!("softmax takes numbers of 32 bits or bf16"),
    };
    Ok((made, scores.1.shape().clone()))
}

fn softmax_of<T: CudaDType + DeviceRepr + ValidAsZeroBits>(
    own: &CudaSlice<T>,
    program: &str,
    operation: &Softmax,
    (scores, of_scores): (&CudaStorage, &Layout),
    (first, of_first): (&CudaStorage, &Layout),
) -> Result<CudaStorage> {
    let (device, size) = (scores.device.clone(), Size::of(of_scores));
    let mut made = device.alloc_zeros::<T>(of_scores.shape().elem_count())?;
    let (own, first) = (own.slice(range(of_scores)), view::<u32>(first, of_first)?);
    let sizes =
        [size.rows, size.length, operation.rows_of_block, of_first.shape().elem_count()].map(|size| size as u64);
    let program = Program::named(&device, program)?;
    let mut arguments = program.arguments();
    arguments.arg(&mut made).arg(&own).arg(&first);
    arguments.arg(&sizes[0]).arg(&sizes[1]).arg(&sizes[2]).arg(&sizes[3]).arg(&operation.scale);
    start(arguments, size.grid()?)?;
    Ok(CudaStorage::wrap_cuda_slice(made, device))
}

/// As [`crate::softmax_backward`].
pub(crate) fn softmax_backward(
    operation: &SoftmaxBackward,
    weights: (&CudaStorage, &Layout),
    by_weights: (&CudaStorage, &Layout),
) -> Result<(CudaStorage, Shape)> {
    let made = match &weights.0.slice {
        CudaStorageSlice::F32(own) => backward_of(own, "softmax_backward_f32", operation, weights, by_weights)?,
        CudaStorageSlice::BF16(own) => backward_of(own, "softmax_backward_bf16", operation, weights, by_weights)?,
        _ => candle_core::bail!("softmax takes numbers of 32 bits or bf16"),
    };
    Ok((made, weights.1.shape().clone()))
}

fn backward_of<T: CudaDType + DeviceRepr + ValidAsZeroBits>(
    own: &CudaSlice<T>,
    program: &str,
    operation: &SoftmaxBackward,
    (weights, of_weights): (&CudaStorage, &Layout),
    (by_weights, of_gradients): (&CudaStorage, &Layout),
) -> Result<CudaStorage> {
    let (device, size) = (weights.device.clone(), Size::of(of_weights));
    let mut made = device.alloc_zeros::<T>(of_weights.shape().elem_count())?;
    let (own, gradients) = (own.slice(range(of_weights)), view::<T>(by_weights, of_gradients)?);
    let sizes = [size.rows, size.length].map(|size| size as u64);
    let program = Program::named(&device, program)?;
    let mut arguments = program.arguments();
    arguments.arg(&mut made).arg(&own).arg(&gradients).arg(&sizes[0]).arg(&sizes[1]).arg(&operation.scale);
    start(arguments, size.grid()?)?;
    Ok(CudaStorage::wrap_cuda_slice(made, device))
}
