//! Each operation as a start of its programs.

use candle_core::cuda::cudarc::cublas::{result::gemm_ex, sys};
use candle_core::cuda::cudarc::driver::{CudaView, DevicePtr, DevicePtrMut, DeviceRepr, LaunchConfig, PushKernelArg};
use candle_core::cuda::{CudaDType, CudaStorageSlice, WrapErr};
use candle_core::{CudaStorage, Layout, Result, Shape, Storage, StorageRef, Tensor};

use super::launch::{Program, THREADS, grid, start};
use crate::WIDTH_STEP;
use crate::blocks::{BlockSums, Part};
use crate::runs::{TILE, Tiles};

/// Threads of a group of `block_sums`: 8 warps.
const BLOCK_THREADS: u32 = 256;
/// Queries that one start of the larger program takes together.
const QUERIES: usize = 4;
/// Bytes that a lane reads at once.
const LANE_BYTES: usize = 16;
/// Groups of threads that keep a card busy.
const GROUPS: usize = 2_048;
/// Most strips of parts whose sums are kept apart until they are added in order.
const STRIPS: usize = 64;
// The tiles are what one group of threads takes.
const _: () = assert!(TILE == THREADS as usize);

pub(super) fn range(layout: &Layout) -> std::ops::Range<usize> {
    layout.start_offset()..layout.start_offset() + layout.shape().elem_count()
}

pub(super) fn view<'a, T: CudaDType>(storage: &'a CudaStorage, layout: &Layout) -> Result<CudaView<'a, T>> {
    Ok(storage.as_cuda_slice::<T>()?.slice(range(layout)))
}

/// What is computed in either precision.
trait Either {
    /// Starts the program for values of one type; `precision` ends its name.
    fn start<T: DeviceRepr>(self, values: &CudaView<'_, T>, precision: Precision) -> Result<()>;
}

#[derive(Clone, Copy)]
enum Precision {
    Single,
    Brain,
}

impl Precision {
    fn named(self, program: &str) -> String {
        match self {
            Self::Single => format!("{program}_f32"),
            Self::Brain => format!("{program}_bf16"),
        }
    }

    fn cublas(self) -> sys::cudaDataType_t {
        match self {
            Self::Single => sys::cudaDataType_t::CUDA_R_32F,
            Self::Brain => sys::cudaDataType_t::CUDA_R_16BF,
        }
    }
}

fn in_its_precision((values, layout): (&CudaStorage, &Layout), operation: impl Either) -> Result<()> {
    match &values.slice {
        CudaStorageSlice::F32(values) => operation.start(&values.slice(range(layout)), Precision::Single),
        CudaStorageSlice::BF16(values) => operation.start(&values.slice(range(layout)), Precision::Brain),
        _ => candle_core::bail!("the card adds numbers of 32 bits or bf16"),
    }
}

struct Squares<'a> {
    sums: &'a mut CudaStorage,
    to: &'a Layout,
    count: usize,
}

/// As [`crate::add_squares`].
pub(crate) fn add_squares(sums: (&mut CudaStorage, &Layout), values: (&CudaStorage, &Layout)) -> Result<()> {
    let count = values.1.dims()[0];
    in_its_precision(values, Squares { sums: sums.0, to: sums.1, count })
}

impl Either for Squares<'_> {
    fn start<T: DeviceRepr>(self, values: &CudaView<'_, T>, precision: Precision) -> Result<()> {
        let program = Program::named(&self.sums.device, &precision.named("add_squares"))?;
        let size = self.to.shape().elem_count();
        let mut sums = self.sums.as_cuda_slice_mut::<f32>()?.slice_mut(range(self.to));
        let (width, count) = (size as u64, self.count as u64);
        let mut arguments = program.arguments();
        arguments.arg(&mut sums).arg(values).arg(&width).arg(&count);
        start(arguments, grid(size, (1, 1))?)
    }
}

struct Sketches<'a> {
    sketches: &'a mut CudaStorage,
    to: &'a Layout,
    scales: (&'a CudaStorage, &'a Layout),
    starts: &'a Tensor,
    tiles: &'a Tiles,
}

/// As [`crate::add_runs`].
pub(crate) fn add_runs(
    sketches: (&mut CudaStorage, &Layout),
    matrices: (&CudaStorage, &Layout),
    scales: (&CudaStorage, &Layout),
    (starts, tiles): (&Tensor, &Tiles),
) -> Result<()> {
    in_its_precision(matrices, Sketches { sketches: sketches.0, to: sketches.1, scales, starts, tiles })
}

impl Either for Sketches<'_> {
    fn start<T: DeviceRepr>(self, matrices: &CudaView<'_, T>, precision: Precision) -> Result<()> {
        let device = self.sketches.device.clone();
        let (count, width) = (self.to.dims()[0], self.to.dims()[1]);
        let strips = (GROUPS / (count * width.div_ceil(TILE)).max(1)).clamp(1, STRIPS);
        let mut partial = device.alloc_zeros::<f32>(strips * count * width)?;
        let scales = view::<f32>(self.scales.0, self.scales.1)?;
        let held = [self.starts, &self.tiles.bounds, &self.tiles.parts].map(Tensor::storage_and_layout);
        let [starts, tiles, parts] = [whole(&held[0])?, whole(&held[1])?, whole(&held[2])?];

        let program = Program::named(&device, &precision.named("sketch_strip"))?;
        let sizes = [self.scales.1.dims()[0], self.scales.1.dims()[1], width].map(|size| size as u64);
        let mut arguments = program.arguments();
        arguments.arg(&mut partial).arg(matrices).arg(&scales).arg(&starts).arg(&tiles).arg(&parts);
        arguments.arg(&sizes[0]).arg(&sizes[1]).arg(&sizes[2]);
        start(arguments, grid(width, (count, strips))?)?;

        let program = Program::named(&device, "add_strips")?;
        let mut sums = self.sketches.as_cuda_slice_mut::<f32>()?.slice_mut(range(self.to));
        let (size, strips) = ((count * width) as u64, strips as u64);
        let mut arguments = program.arguments();
        arguments.arg(&mut sums).arg(&partial).arg(&size).arg(&strips);
        start(arguments, grid(count * width, (1, 1))?)
    }
}

/// The integers of a whole tensor on the card.
fn whole<'a>((storage, layout): &'a (StorageRef<'_>, &Layout)) -> Result<CudaView<'a, u32>> {
    match &**storage {
        Storage::Cuda(storage) => view::<u32>(storage, layout),
        _ => candle_core::bail!("a table of integers is not on the card"),
    }
}

struct Moments<'a> {
    sums: &'a mut CudaStorage,
    to: &'a Layout,
    rows: usize,
}

/// As [`crate::add_second_moments`].
pub(crate) fn add_second_moments(sums: (&mut CudaStorage, &Layout), rows: (&CudaStorage, &Layout)) -> Result<()> {
    let count = rows.1.dims()[0];
    in_its_precision(rows, Moments { sums: sums.0, to: sums.1, rows: count })
}

impl Either for Moments<'_> {
    /// Rows are columns to cuBLAS, so that `Xᵀ X` is its `A Aᵀ`; the result is symmetric.
    fn start<T: DeviceRepr>(self, rows: &CudaView<'_, T>, precision: Precision) -> Result<()> {
        use sys::cublasOperation_t::{CUBLAS_OP_N, CUBLAS_OP_T};
        let device = self.sums.device.clone();
        let (stream, blas) = (device.cuda_stream(), device.cublas_handle());
        let narrow = |size: usize| i32::try_from(size).map_err(candle_core::Error::wrap);
        let (size, count) = (narrow(self.to.dims()[0])?, narrow(self.rows)?);
        let mut sums = self.sums.as_cuda_slice_mut::<f32>()?.slice_mut(range(self.to));
        let (rows, _read) = rows.device_ptr(&stream);
        let (sums, _written) = sums.device_ptr_mut(&stream);
        let one = (&raw const ONE).cast();
        #[expect(unsafe_code, reason = "rows are [count, size] and sums [size, size], as was checked before")]
        let done = unsafe {
            gemm_ex(
                *blas.handle(),
                CUBLAS_OP_N,
                CUBLAS_OP_T,
                size,
                size,
                count,
                one,
                rows as *const _,
                precision.cublas(),
                size,
                rows as *const _,
                precision.cublas(),
                size,
                one,
                sums as *mut _,
                sys::cudaDataType_t::CUDA_R_32F,
                size,
                sys::cublasComputeType_t::CUBLAS_COMPUTE_32F,
                sys::cublasGemmAlgo_t::CUBLAS_GEMM_DEFAULT_TENSOR_OP,
            )
        };
        done.w()
    }
}

/// Both factors of cuBLAS's sum: the product's and that of what is there.
static ONE: f32 = 1.0;

/// As [`crate::block_sums`].
pub(crate) fn block_sums(
    operation: &BlockSums<'_>,
    (rows, of_rows): (&CudaStorage, &Layout),
    (exponents, of_exponents): (&CudaStorage, &Layout),
    (queries, of_queries): (&CudaStorage, &Layout),
) -> Result<(CudaStorage, Shape)> {
    let device = rows.device.clone();
    let (blocks, count) = (operation.count(), of_queries.dims()[0]);
    let mut sums = device.alloc_zeros::<i64>(blocks * count)?;
    let shape = Shape::from((blocks, count));
    if blocks * count == 0 {
        return Ok((CudaStorage::wrap_cuda_slice(sums, device), shape));
    }
    if !of_rows.start_offset().is_multiple_of(WIDTH_STEP) || !of_queries.start_offset().is_multiple_of(WIDTH_STEP) {
        candle_core::bail!("rows and queries begin at multiples of {WIDTH_STEP} bytes");
    }
    let held = operation.bounds().storage_and_layout();
    let bounds = whole(&held)?;
    let (rows, exponents) = (view::<u8>(rows, of_rows)?, view::<u8>(exponents, of_exponents)?);
    let queries = view::<u8>(queries, of_queries)?;
    let (together, name) = if count == 1 { (1, "block_sums_1") } else { (QUERIES, "block_sums_4") };

    let program = Program::named(&device, name)?;
    let (steps, of_query) = ((of_rows.dims()[1] / LANE_BYTES) as u64, count as u32);
    let absolute = i32::from(operation.part == Part::Absolute);
    let mut arguments = program.arguments();
    arguments.arg(&mut sums).arg(&rows).arg(&exponents).arg(&queries).arg(&bounds);
    arguments.arg(&steps).arg(&of_query).arg(&operation.base).arg(&absolute);
    let grid = LaunchConfig {
        grid_dim: (blocks as u32, count.div_ceil(together) as u32, 1),
        block_dim: (BLOCK_THREADS, 1, 1),
        shared_mem_bytes: 0,
    };
    start(arguments, grid)?;
    Ok((CudaStorage::wrap_cuda_slice(sums, device), shape))
}
