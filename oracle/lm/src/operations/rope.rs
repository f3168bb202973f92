//! Rotary positions: a head's column `j` turns with column `j + width / 2` by the angle `position · frequency_j`.
//!
//! # Source
//! Su et al. 2021, *RoFormer*, section 3.4.2; the pairing of columns is that of Hugging Face's Llama (`rotate_half`).

use candle_core::{D, DType, Device, Result, Tensor};

/// Cosines and sines of all angles of a batch.
pub struct Angles {
    /// `[batch, 1, length, width]`
    cosine: Tensor,
    sine: Tensor,
}

impl Angles {
    /// The angles at `positions`, `[batch, length]` row by row; computed in f64.
    pub fn new(positions: &[u32], length: usize, frequencies: &[f64], dtype: DType, device: &Device) -> Result<Self> {
        let shape = (positions.len() / length, 1, length, 2 * frequencies.len());
        let table = |function: fn(f64) -> f64| -> Result<Tensor> {
            let row = |position: &u32| {
                let half = frequencies.iter().map(|frequency| function(f64::from(*position) * frequency));
                half.clone().chain(half).collect::<Vec<f64>>()
            };
            let values: Vec<f64> = positions.iter().flat_map(row).collect();
            Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(dtype)?.to_device(device)
        };
        Ok(Self { cosine: table(f64::cos)?, sine: table(f64::sin)? })
    }

    /// Turns `x`.
    ///
    /// # Shapes
    /// `x` and result `[batch, heads, length, width]`.
    pub fn turn(&self, x: &Tensor) -> Result<Tensor> {
        x.broadcast_mul(&self.cosine)? + quarter(x)?.broadcast_mul(&self.sine)?
    }

    /// Turns back: the derivative of [`Self::turn`], whose inverse is its transpose.
    pub fn turn_back(&self, gradient: &Tensor) -> Result<Tensor> {
        gradient.broadcast_mul(&self.cosine)? - quarter(gradient)?.broadcast_mul(&self.sine)?
    }
}

/// `(a, b)` to `(−b, a)`, the halves of the last axis: a quarter turn of every pair.
fn quarter(x: &Tensor) -> Result<Tensor> {
    let half = x.dim(D::Minus1)? / 2;
    let (left, right) = (x.narrow(D::Minus1, 0, half)?, x.narrow(D::Minus1, half, half)?);
    Tensor::cat(&[&right.neg()?, &left], D::Minus1)
}
