//! Memory that was freed, kept for what comes next.

use candle_core::Result;
use candle_core::cuda::WrapErr;
use candle_core::cuda::cudarc::driver::{result, sys};

/// Lets the driver keep all memory that tensors give back. Otherwise it takes it away at every synchronisation, and the next layer waits until
/// it has it again. The card `rank` must be in use already.
pub(crate) fn keep_freed_memory(rank: usize) -> Result<()> {
    let card = result::device::get(rank as i32).w()?;
    let (mut pool, mut threshold) = (std::ptr::null_mut(), u64::MAX);
    let release = sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    #[expect(unsafe_code, reason = "the pointer is to a variable of the type wanted, alive until the call returns")]
    let found = unsafe { sys::cuDeviceGetDefaultMemPool(&raw mut pool, card) };
    found.result().w()?;
    #[expect(unsafe_code, reason = "the attribute is a number of 64 bits, and the pool was found before")]
    let set = unsafe { sys::cuMemPoolSetAttribute(pool, release, (&raw mut threshold).cast()) };
    set.result().w()
}
