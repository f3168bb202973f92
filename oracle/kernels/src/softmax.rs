//! Softmax over what each row of attention sees, and its derivative.

use candle_core::{CpuStorage, CustomOp2, DType, Layout, Result, Shape, Tensor};

use crate::{REAL, check, numbers};

/// What rows of scores see.
#[derive(Clone, Debug)]
pub struct Seen {
    /// First column that each position sees, `[blocks or 1, length]`.
    first: Tensor,
    /// Rows of a block: one per head and position, positions last.
    rows_of_block: usize,
    length: usize,
}

impl Seen {
    /// Every position of a block sees the columns from its first to itself; all blocks alike where only one block's firsts are given.
    ///
    /// # Errors
    /// If these are not whole blocks, a position cannot see itself, or the device fails.
    pub fn new(first: &[u32], length: usize, rows_of_block: usize, device: &candle_core::Device) -> Result<Self> {
        if length == 0
            || first.is_empty()
            || !first.len().is_multiple_of(length)
            || !rows_of_block.is_multiple_of(length)
        {
            candle_core::bail!("{} firsts and {rows_of_block} rows are no blocks of {length} positions", first.len());
        }
        if let Some((position, first)) =
            first.iter().enumerate().find(|(place, first)| **first as usize > place % length)
        {
            candle_core::bail!("position {} sees nothing before column {first}", position % length);
        }
        Ok(Self { first: Tensor::from_slice(first, first.len(), device)?, rows_of_block, length })
    }
}

/// `softmax(scale · scores)` over what each row sees, 0 elsewhere; powers and sums in 32 bits.
///
/// # Shapes
/// `scores` and result `[…, length]` in f32 or bf16, blocks of rows one after the other.
///
/// # Errors
/// If types, shapes or devices do not fit, or the device fails.
pub fn softmax(scores: &Tensor, seen: &Seen, scale: f64) -> Result<Tensor> {
    check("softmax", scores, &REAL, &seen.first)?;
    check("softmax", &seen.first, &[DType::U32], scores)?;
    let columns = scores.dim(candle_core::D::Minus1)?;
    let rows = scores.elem_count() / columns.max(1);
    let blocks = seen.first.elem_count() / seen.length;
    if columns != seen.length
        || !rows.is_multiple_of(seen.rows_of_block)
        || (blocks > 1 && rows != blocks * seen.rows_of_block)
    {
        candle_core::bail!(
            "scores {:?} are not those of {} rows of {columns} columns a block",
            scores.dims(),
            seen.rows_of_block
        );
    }
    scores.apply_op2_no_bwd(&seen.first, &Softmax { rows_of_block: seen.rows_of_block, scale: scale as f32 })
}

/// The scores' gradient from that of their [`softmax`]: `scale · w ∘ (g − Σ w g)` row by row.
///
/// # Shapes
/// All `[…, length]`, in f32 or bf16.
///
/// # Errors
/// If types, shapes or devices do not fit, or the device fails.
pub fn softmax_backward(weights: &Tensor, by_weights: &Tensor, scale: f64) -> Result<Tensor> {
    check("softmax_backward", weights, &REAL, by_weights)?;
    check("softmax_backward", by_weights, &[weights.dtype()], weights)?;
    if weights.dims() != by_weights.dims() || weights.rank() == 0 {
        candle_core::bail!("weights {:?} have no gradient {:?}", weights.dims(), by_weights.dims());
    }
    weights.apply_op2_no_bwd(by_weights, &SoftmaxBackward { scale: scale as f32 })
}

/// What the program of [`softmax`] is told besides its tensors.
pub(crate) struct Softmax {
    pub(crate) rows_of_block: usize,
    pub(crate) scale: f32,
}

impl CustomOp2 for Softmax {
    fn name(&self) -> &'static str {
        "softmax"
    }

    fn cpu_fwd(
        &self,
        scores: &CpuStorage,
        of_scores: &Layout,
        first: &CpuStorage,
        of_first: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let length = of_scores.dims()[of_scores.dims().len() - 1];
        let first = &first.as_slice::<u32>()?[of_first.start_offset()..][..of_first.shape().elem_count()];
        let mut rows = numbers(scores, of_scores)?;
        for (rank, row) in rows.chunks_exact_mut(length).enumerate() {
            let (block, position) = (rank / self.rows_of_block, rank % length);
            let start = first[(block * length + position) % first.len()] as usize;
            row[..start].fill(0.0);
            row[position + 1..].fill(0.0);
            self.of_seen(&mut row[start..=position]);
        }
        Ok((in_type_of(scores, rows), of_scores.shape().clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        scores: &candle_core::CudaStorage,
        of_scores: &Layout,
        first: &candle_core::CudaStorage,
        of_first: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        crate::cuda::softmax(self, (scores, of_scores), (first, of_first))
    }
}

impl Softmax {
    fn of_seen(&self, scores: &mut [f32]) {
        let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        scores.iter_mut().for_each(|score| *score = (self.scale * (*score - largest)).exp());
        let share = 1.0 / scores.iter().sum::<f32>();
        scores.iter_mut().for_each(|score| *score *= share);
    }
}

/// What the program of [`softmax_backward`] is told besides its tensors.
pub(crate) struct SoftmaxBackward {
    pub(crate) scale: f32,
}

impl CustomOp2 for SoftmaxBackward {
    fn name(&self) -> &'static str {
        "softmax_backward"
    }

    fn cpu_fwd(
        &self,
        weights: &CpuStorage,
        of_weights: &Layout,
        by_weights: &CpuStorage,
        of_gradients: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let length = of_weights.dims()[of_weights.dims().len() - 1];
        let (own, mut gradients) = (numbers(weights, of_weights)?, numbers(by_weights, of_gradients)?);
        for (weights, gradients) in own.chunks_exact(length.max(1)).zip(gradients.chunks_exact_mut(length.max(1))) {
            let along: f32 = weights.iter().zip(&*gradients).map(|(weight, gradient)| weight * gradient).sum();
            for (weight, gradient) in weights.iter().zip(gradients) {
                *gradient = self.scale * weight * (*gradient - along);
            }
        }
        Ok((in_type_of(weights, gradients), of_weights.shape().clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        weights: &candle_core::CudaStorage,
        of_weights: &Layout,
        by_weights: &candle_core::CudaStorage,
        of_gradients: &Layout,
    ) -> Result<(candle_core::CudaStorage, Shape)> {
        crate::cuda::softmax_backward(self, (weights, of_weights), (by_weights, of_gradients))
    }
}

/// Numbers in the type that a storage has.
fn in_type_of(like: &CpuStorage, values: Vec<f32>) -> CpuStorage {
    fn narrowed<T: candle_core::WithDType>(values: &[f32]) -> Vec<T> {
        values.iter().map(|value| T::from_f64(f64::from(*value))).collect()
    }
    match like {
        CpuStorage::BF16(_) => CpuStorage::BF16(narrowed(&values)),
        _ => CpuStorage::F32(values),
    }
}
