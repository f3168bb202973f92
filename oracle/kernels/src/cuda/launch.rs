//! Compiling and starting programs of the card.

use std::sync::{Arc, OnceLock};

use candle_core::Result;
use candle_core::cuda::cudarc::driver::{CudaFunction, CudaStream, LaunchArgs, LaunchConfig};
use candle_core::cuda::cudarc::nvrtc::compile_ptx;
use candle_core::cuda::{CudaDevice, WrapErr};

const SOURCE: &str = include_str!("kernels.cu");
/// Threads of a group where nothing else is wanted.
pub(super) const THREADS: u32 = 256;

/// A program, ready to be started.
pub(super) struct Program {
    function: CudaFunction,
    stream: Arc<CudaStream>,
}

impl Program {
    /// The program of a name in `kernels.cu`.
    pub(super) fn named(device: &CudaDevice, name: &str) -> Result<Self> {
        let function = device.get_or_load_custom_func(name, "kernels", compiled()?)?.into_cuda_function();
        Ok(Self { function, stream: device.cuda_stream() })
    }

    /// Takes arguments in the order of the program's parameters.
    pub(super) fn arguments(&self) -> LaunchArgs<'_> {
        self.stream.launch_builder(&self.function)
    }
}

/// PTX of all programs, compiled once.
fn compiled() -> Result<&'static str> {
    static COMPILED: OnceLock<String> = OnceLock::new();
    if let Some(compiled) = COMPILED.get() {
        return Ok(compiled);
    }
    let program = compile_ptx(SOURCE).w()?.to_src();
    Ok(COMPILED.get_or_init(|| program))
}

/// A grid of groups of [`THREADS`] with a thread for each of `count` along the first axis.
pub(super) fn grid(count: usize, others: (usize, usize)) -> Result<LaunchConfig> {
    let narrow = |size: usize| u32::try_from(size).map_err(candle_core::Error::wrap);
    let first = narrow(count.div_ceil(THREADS as usize))?;
    Ok(LaunchConfig {
        grid_dim: (first, narrow(others.0)?, narrow(others.1)?),
        block_dim: (THREADS, 1, 1),
        shared_mem_bytes: 0,
    })
}

/// Starts a program.
pub(super) fn start(mut arguments: LaunchArgs<'_>, grid: LaunchConfig) -> Result<()> {
    #[expect(
        unsafe_code,
        reason = "the arguments are those of the program's parameters, and the slices as long as it reads and writes: `operations.rs` takes \
                  both from layouts that were checked"
    )]
    let started = unsafe { arguments.launch(grid) };
    started.w()?;
    Ok(())
}
