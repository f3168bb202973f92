//! Operations of models and attribution that a graphics card does in one pass over its memory, where candle's would take many.
//!
//! Each is one function over candle's tensors: [`add_second_moments`], [`add_squares`], [`add_runs`] add to sums that stay on the device,
//! [`block_sums`] multiplies rows of 8-bit integers, and [`softmax`] and [`softmax_backward`] are the part of attention that candle goes through its scores
//! ten times for. On the CPU they are plain loops, which say what is meant and which the tests hold the
//! device to; the engine has faster ways there. On CUDA they are the programs of `cuda/kernels.cu`, compiled by NVRTC when one is first used.
//!
//! # Determinism
//! Sums of floats have one order on a device: the same bytes on the same kind of card. Sums of integers are exact, so that [`block_sums`] is the
//! same everywhere.

mod blocks;
mod moments;
pub mod place;
mod runs;
mod softmax;
mod squares;

#[cfg(feature = "cuda")]
mod cuda;

pub use blocks::{Blocks, Part, WIDTH_STEP, block_sums};
pub use moments::add_second_moments;
pub use place::Place;
pub use runs::{Runs, add_runs};
pub use softmax::{Seen, softmax, softmax_backward};
pub use squares::add_squares;

use candle_core::{CpuStorage, DType, Layout, Result, Tensor};

/// Fails unless a tensor is of a type, on the device of another, and lies row by row.
fn check(operation: &str, tensor: &Tensor, types: &[DType], beside: &Tensor) -> Result<()> {
    if !types.contains(&tensor.dtype()) {
        candle_core::bail!("{operation} takes {types:?}, not {:?}", tensor.dtype());
    }
    if !tensor.device().same_device(beside.device()) {
        candle_core::bail!("{operation} takes tensors of one device");
    }
    if !tensor.is_contiguous() {
        candle_core::bail!("{operation} takes tensors that lie row by row, not one of strides {:?}", tensor.stride());
    }
    Ok(())
}

/// Types that gradients and activations are in.
const REAL: [DType; 2] = [DType::F32, DType::BF16];

/// Numbers of a storage on the CPU as 32-bit floats.
fn numbers(storage: &CpuStorage, layout: &Layout) -> Result<Vec<f32>> {
    let range = layout.start_offset()..layout.start_offset() + layout.shape().elem_count();
    match storage {
        CpuStorage::BF16(values) => Ok(values[range].iter().map(|value| value.to_f32()).collect()),
        other => Ok(other.as_slice::<f32>()?[range].to_vec()),
    }
}

/// The floats that are added to.
fn floats(storage: &mut CpuStorage) -> Result<&mut [f32]> {
    match storage {
        CpuStorage::F32(values) => Ok(values),
        _ => candle_core::bail!("sums are 32-bit floats"),
    }
}
