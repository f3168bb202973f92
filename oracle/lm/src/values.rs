//! A tensor's numbers on the CPU, as slices.
//!
//! Operations that read every number once or twice are written over slices there: candle's, one after the other, go through memory many
//! times and share themselves out over threads that this crate already uses.

use candle_core::{DType, Device, Result, Storage, StorageRef, Tensor, WithDType};

/// 32 or 64 bits.
pub(crate) trait Real: WithDType + std::ops::Neg<Output = Self> {
    /// 0
    const ZERO: Self;
    /// 1
    const ONE: Self;
    fn exp(self) -> Self;
    fn ln(self) -> Self;
    fn sqrt(self) -> Self;
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    fn exp(self) -> Self {
        self.exp()
    }

    fn ln(self) -> Self {
        self.ln()
    }

    fn sqrt(self) -> Self {
        self.sqrt()
    }
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    /// Without branches or calls, so that compilers make vector code of loops over it; relative error below 3·10⁻⁷, 0 and ∞ beyond the range of
    /// normal numbers are replaced by its ends.
    #[inline(always)]
    fn exp(self) -> Self {
        const LOG2_E: f32 = std::f32::consts::LOG2_E;
        /// `ln 2` in two parts, the first with few digits, so that its multiples are exact.
        const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
        /// Adding and taking away `1.5 · 2²³` rounds to a whole number.
        const ROUND: f32 = 12_582_912.0;
        /// Coefficients of `(eʳ − 1 − r) / r²` for `|r| ≤ ln 2 / 2`, highest first (Cephes, `expf.c`).
        const SERIES: [f32; 6] = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_5e-2, 0.166_666_65, 0.5];
        let x = self.clamp(-87.0, 88.0);
        let shifted = x * LOG2_E + ROUND;
        let whole = shifted - ROUND;
        let rest = (x - whole * LN2[0]) - whole * LN2[1];
        let mut sum = SERIES[0];
        let mut index = 1;
        while index < SERIES.len() {
            sum = sum * rest + SERIES[index];
            index += 1;
        }
        let power = sum * rest * rest + rest + 1.0;
        let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127);
        power * f32::from_bits(exponent << 23)
    }

    fn ln(self) -> Self {
        self.ln()
    }

    fn sqrt(self) -> Self {
        self.sqrt()
    }
}

/// Whether a tensor's numbers can be had as a slice of [`Real`]s.
pub(crate) fn are_at_hand(tensor: &Tensor) -> bool {
    tensor.device().is_cpu() && matches!(tensor.dtype(), candle_core::DType::F32 | candle_core::DType::F64)
}

/// The type that sums and powers of numbers of a type are computed in: 16 bits are too few for them.
pub(crate) fn wide_type(dtype: DType) -> DType {
    if matches!(dtype, DType::F16 | DType::BF16) { DType::F32 } else { dtype }
}

/// A tensor in the type of [`wide_type`].
pub(crate) fn wide(tensor: &Tensor) -> Result<Tensor> {
    tensor.to_dtype(wide_type(tensor.dtype()))
}

/// Evaluates an expression with `$real` as the type of a tensor's numbers.
macro_rules! with_real {
    ($tensor:expr, $real:ident => $body:expr) => {
        match $tensor.dtype() {
            candle_core::DType::F32 => {
                type $real = f32;
                $body
            }
            candle_core::DType::F64 => {
                type $real = f64;
                $body
            }
            other => candle_core::bail!("{other:?} has no arithmetic here: use F32 or F64 on the CPU"),
        }
    };
}
pub(crate) use with_real;

/// A tensor's numbers, row by row.
pub(crate) struct Values<'a> {
    storage: StorageRef<'a>,
    range: (usize, usize),
}

impl<'a> Values<'a> {
    /// Those of a contiguous tensor on the CPU.
    pub(crate) fn of(tensor: &'a Tensor) -> Result<Self> {
        let (storage, layout) = tensor.storage_and_layout();
        match layout.contiguous_offsets() {
            Some(range) => Ok(Self { storage, range }),
            None => candle_core::bail!("numbers of a tensor of {:?} do not lie row by row", tensor.dims()),
        }
    }

    pub(crate) fn get<R: Real>(&self) -> Result<&[R]> {
        match &*self.storage {
            Storage::Cpu(storage) => Ok(&storage.as_slice::<R>()?[self.range.0..self.range.1]),
            _ => candle_core::bail!("the tensor is not on the CPU"),
        }
    }
}

/// A tensor of new numbers on the CPU.
pub(crate) fn tensor<R: Real>(values: Vec<R>, dims: &[usize]) -> Result<Tensor> {
    Tensor::from_vec(values, dims, &Device::Cpu)
}

/// `Σ a b` in sixteen sums that are added at the end: a fixed order that vector units can follow.
#[inline(always)]
pub(crate) fn dot<R: Real>(left: &[R], right: &[R]) -> R {
    const LANES: usize = 16;
    let mut sums = [R::ZERO; LANES];
    let (left_whole, left_rest) = left.as_chunks::<LANES>();
    let (right_whole, right_rest) = right.as_chunks::<LANES>();
    for (left, right) in left_whole.iter().zip(right_whole) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    for (lane, (left, right)) in left_rest.iter().zip(right_rest).enumerate() {
        sums[lane] += *left * *right;
    }
    let mut total = R::ZERO;
    sums.iter().for_each(|sum| total += *sum);
    total
}

/// `Σ a`, in the order of [`dot`].
#[inline(always)]
pub(crate) fn sum<R: Real>(values: &[R]) -> R {
    const LANES: usize = 16;
    let mut sums = [R::ZERO; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    for (lane, value) in rest.iter().enumerate() {
        sums[lane] += *value;
    }
    let mut total = R::ZERO;
    sums.iter().for_each(|sum| total += *sum);
    total
}

/// `factor · a`
pub(crate) fn scaled(values: &Tensor, factor: f64) -> Result<Tensor> {
    if !are_at_hand(values) || !values.is_contiguous() {
        return values * factor;
    }
    with_real!(values, R => {
        let (own, factor) = (Values::of(values)?, R::from_f64(factor));
        tensor(own.get::<R>()?.iter().map(|value| *value * factor).collect::<Vec<R>>(), values.dims())
    })
}

/// Sums of squares over the first axis, in its order.
///
/// # Shapes
/// `[count, …]` to `[…]`; of 16-bit numbers in 32 bits.
///
/// # Errors
/// What candle says.
pub fn sums_of_squares(values: &Tensor) -> Result<Tensor> {
    if !are_at_hand(values) || !values.is_contiguous() {
        return wide(values)?.sqr()?.sum(0);
    }
    let dims = &values.dims()[1..];
    with_real!(values, R => {
        let own = Values::of(values)?;
        let mut sums = vec![R::ZERO; dims.iter().product()];
        for row in own.get::<R>()?.chunks_exact(sums.len().max(1)) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += *value * *value);
        }
        tensor(sums, dims)
    })
}

/// `a + b`
///
/// # Errors
/// What candle says.
pub fn add(left: &Tensor, right: &Tensor) -> Result<Tensor> {
    if !are_at_hand(left) || !left.is_contiguous() || !right.is_contiguous() {
        return left + right;
    }
    with_real!(left, R => {
        let (one, other) = (Values::of(left)?, Values::of(right)?);
        let sums = one.get::<R>()?.iter().zip(other.get::<R>()?).map(|(left, right)| left + right).collect::<Vec<R>>();
        tensor(sums, left.dims())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_powers_are_exact_to_three_in_ten_million() {
        for step in -87_000..88_000 {
            let x = step as f32 / 1_000.0;
            let exact = f64::from(x).exp();
            let error = (f64::from(Real::exp(x)) / exact - 1.0).abs();
            assert!(error < 3e-7, "exp({x}) is off by {error}");
        }
        assert!(Real::exp(f32::NEG_INFINITY) < 1.7e-38);
        assert_eq!(Real::exp(0f32), 1.0);
    }

    #[test]
    fn squares_are_summed_over_the_first_axis() {
        let values = Tensor::new(&[[1f32, 2.0], [3.0, 4.0], [0.5, 0.0]], &Device::Cpu).expect("a tensor");
        let sums: Vec<f32> = sums_of_squares(&values).and_then(|sums| sums.to_vec1()).expect("sums");
        assert_eq!(sums, [10.25, 20.0]);
    }

    #[test]
    fn sums_in_lanes_are_sums() {
        let values: Vec<f64> = (0..1_003).map(|place| f64::from(place).sin()).collect();
        let exact: f64 = values.iter().map(|value| value * value).sum();
        assert!((dot(&values, &values) - exact).abs() < 1e-10);
        assert!((sum(&values) - values.iter().sum::<f64>()).abs() < 1e-10);
    }
}
