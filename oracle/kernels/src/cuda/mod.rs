//! The same on NVIDIA's graphics cards: `kernels.cu` and one product of cuBLAS, and how they are started.
//!
//! This folder is the only place of the project, beside a memory map, where `unsafe` is: what a program of the card is given cannot be
//! checked by the compiler. Every caller checks shapes, types and contiguity before.

mod attention;
mod launch;
mod operations;
mod pool;

pub(crate) use attention::{softmax, softmax_backward};
pub(crate) use operations::{add_runs, add_second_moments, add_squares, block_sums};
pub(crate) use pool::keep_freed_memory;
