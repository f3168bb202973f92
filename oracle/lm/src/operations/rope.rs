//! Heads and rotary positions: rows are split into heads, and a head's column `j` turns with column `j + width / 2` by the angle
//! `position · frequency_j`.
//!
//! # Source
//! Su et al. 2021, *RoFormer*, section 3.4.2; the pairing of columns is that of Hugging Face's Llama (`rotate_half`).

use candle_core::{DType, Device, Result, Tensor};

use crate::operations::attention::Shape;
use crate::values::{Real, Values, are_at_hand, tensor, with_real};

/// Cosines and sines of all angles of a batch.
pub struct Angles {
    /// `[batch or 1, 1, length, width / 2]`
    cosine: Tensor,
    sine: Tensor,
}

impl Angles {
    /// The angles at `positions`, `[batch, length]` row by row, or one row that all blocks have; computed in f64.
    ///
    /// # Errors
    /// What candle says.
    pub fn new(positions: &[u32], length: usize, frequencies: &[f64], dtype: DType, device: &Device) -> Result<Self> {
        let shape = (positions.len() / length, 1, length, frequencies.len());
        let table = |function: fn(f64) -> f64| -> Result<Tensor> {
            let row = |position: &u32| {
                let position = f64::from(*position);
                frequencies.iter().map(move |frequency| function(position * frequency))
            };
            let values: Vec<f64> = positions.iter().flat_map(row).collect();
            Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(dtype)?.to_device(device)
        };
        Ok(Self { cosine: table(f64::cos)?, sine: table(f64::sin)? })
    }

    /// Rows to heads, turned.
    ///
    /// # Shapes
    /// `rows` `[batch · length, heads · width]`, result `[batch, heads, length, width]`.
    ///
    /// # Errors
    /// What candle says.
    pub fn split(&self, shape: Shape, rows: &Tensor) -> Result<Tensor> {
        if are_at_hand(rows) {
            return with_real!(rows, R => self.split_rows::<R>(shape, rows));
        }
        composed::turn(self, &shape.split(rows)?, false)
    }

    /// The derivative of [`Self::split`]: heads turned back, to rows. It is also its inverse.
    ///
    /// # Errors
    /// What candle says.
    pub fn join(&self, shape: Shape, heads: &Tensor) -> Result<Tensor> {
        if are_at_hand(heads) {
            return with_real!(heads, R => self.join_rows::<R>(shape, heads));
        }
        shape.join(&composed::turn(self, heads, true)?)
    }

    fn split_rows<R: Real>(&self, shape: Shape, rows: &Tensor) -> Result<Tensor> {
        let values = Values::of(rows)?;
        let values = values.get::<R>()?;
        let width = shape.width;
        let columns = rows.dim(1)?;
        let mut result = vec![R::ZERO; values.len()];
        self.for_each_head::<R>(shape, columns / width, |row, head, place, (cosine, sine)| {
            let from = &values[row * columns + head * width..][..width];
            let (left, right) = from.split_at(width / 2);
            let (to_left, to_right) = result[place * width..][..width].split_at_mut(width / 2);
            for index in 0..width / 2 {
                to_left[index] = left[index] * cosine[index] - right[index] * sine[index];
                to_right[index] = right[index] * cosine[index] + left[index] * sine[index];
            }
        })?;
        tensor(result, &[shape.batch, columns / width, shape.length, width])
    }

    fn join_rows<R: Real>(&self, shape: Shape, heads: &Tensor) -> Result<Tensor> {
        let values = Values::of(heads)?;
        let values = values.get::<R>()?;
        let (width, count) = (shape.width, heads.dim(1)?);
        let columns = count * width;
        let mut result = vec![R::ZERO; values.len()];
        self.for_each_head::<R>(shape, count, |row, head, place, (cosine, sine)| {
            let (left, right) = values[place * width..][..width].split_at(width / 2);
            let (to_left, to_right) = result[row * columns + head * width..][..width].split_at_mut(width / 2);
            for index in 0..width / 2 {
                to_left[index] = left[index] * cosine[index] + right[index] * sine[index];
                to_right[index] = right[index] * cosine[index] - left[index] * sine[index];
            }
        })?;
        tensor(result, &[shape.batch * shape.length, columns])
    }

    /// Calls `body` with every row, head, place among heads, and the row's cosines and sines.
    fn for_each_head<R: Real>(
        &self,
        shape: Shape,
        heads: usize,
        mut body: impl FnMut(usize, usize, usize, (&[R], &[R])),
    ) -> Result<()> {
        let (cosines, sines) = (Values::of(&self.cosine)?, Values::of(&self.sine)?);
        let (cosines, sines) = (cosines.get::<R>()?, sines.get::<R>()?);
        let half = shape.width / 2;
        for block in 0..shape.batch {
            for head in 0..heads {
                for position in 0..shape.length {
                    let row = block * shape.length + position;
                    let angles = row * half % cosines.len();
                    let place = (block * heads + head) * shape.length + position;
                    body(row, head, place, (&cosines[angles..][..half], &sines[angles..][..half]));
                }
            }
        }
        Ok(())
    }
}

/// The same of candle's operations, for any device and precision.
pub mod composed {
    use candle_core::D;

    use super::{Angles, Result, Tensor};

    /// Turns heads, `[batch, heads, length, width]`, or turns them back.
    ///
    /// # Errors
    /// What candle says.
    pub fn turn(angles: &Angles, heads: &Tensor, back: bool) -> Result<Tensor> {
        let half = heads.dim(D::Minus1)? / 2;
        let (left, right) = (heads.narrow(D::Minus1, 0, half)?, heads.narrow(D::Minus1, half, half)?);
        let sine = if back { angles.sine.neg()? } else { angles.sine.clone() };
        let to_left = (left.broadcast_mul(&angles.cosine)? - right.broadcast_mul(&sine)?)?;
        let to_right = (right.broadcast_mul(&angles.cosine)? + left.broadcast_mul(&sine)?)?;
        Tensor::cat(&[&to_left, &to_right], D::Minus1)
    }
}
