//! Products of rows of 8-bit integers with queries, beside what the memory's own speed allows.

use anyhow::{Result, ensure};
use candle_core::{DType, Device, Tensor};
use compute::random::{Random, Stream};
use kernels::{Blocks, Part, block_sums};

use super::clock::Seconds;

/// Rows of a block, as in the index.
const BLOCK: usize = 64;
/// Different rows: more are copies of them, which no product is faster by.
const DRAWN: usize = 4_096;
/// Bits that an exponent may be below the largest.
const WINDOW: i32 = 24;
/// Rows whose sums are compared with the CPU's before anything is timed.
const CHECKED: usize = 128;
/// Bytes that are copied to measure the memory.
const COPIED: usize = 1 << 32;

/// What rows are multiplied with.
pub struct Index {
    values: Tensor,
    exponents: Tensor,
}

impl Index {
    /// Random rows.
    ///
    /// # Errors
    /// If they do not fit the device.
    pub fn draw(count: usize, width: usize, device: &Device) -> Result<Self> {
        let drawn = count.min(DRAWN);
        let mut random = Random::new(0, Stream::Samples);
        let values = bytes(&mut random, (drawn, width), device)?;
        // None is above 0, so that sums in units of 2^-24 fit.
        let exponent = |_| -(random.below(WINDOW as u32) as i8);
        let exponents: Vec<u8> = (0..drawn).map(exponent).map(i8::cast_unsigned).collect();
        let exponents = Tensor::from_vec(exponents, drawn, device)?;
        Ok(Self { values: repeated(&values, count)?, exponents: repeated(&exponents, count)? })
    }

    /// Bytes that every query must see.
    pub fn bytes(&self) -> usize {
        self.values.elem_count() + self.exponents.elem_count()
    }

    fn count(&self) -> usize {
        self.exponents.elem_count()
    }

    /// Seconds of the sums over blocks of 64 rows of their products with `queries` at once.
    ///
    /// # Errors
    /// If the device fails, or its sums are not those of the CPU.
    pub fn seconds(&self, queries: usize, repeats: usize) -> Result<Seconds> {
        let device = self.values.device();
        let queries = bytes(&mut Random::new(1, Stream::Samples), (queries, self.values.dim(1)?), device)?;
        self.check(&queries)?;
        let blocks: Vec<_> =
            (0..self.count()).step_by(BLOCK).map(|first| first..(first + BLOCK).min(self.count())).collect();
        let blocks = Blocks::new(&blocks, device)?;
        Seconds::of(device, repeats, || {
            block_sums((&self.values, &self.exponents), &queries, &blocks, (Part::Absolute, -WINDOW))?;
            Ok(())
        })
    }

    fn check(&self, queries: &Tensor) -> Result<()> {
        let rows = CHECKED.min(self.count());
        let of = |device: &Device| -> Result<Vec<Vec<i64>>> {
            // Made apart first: to take a part away takes all of what it is a part of.
            let here =
                |tensor: &Tensor, count: usize| tensor.narrow(0, 0, count)?.force_contiguous()?.to_device(device);
            let (values, exponents) = (here(&self.values, rows)?, here(&self.exponents, rows)?);
            let queries = here(queries, queries.dim(0)?)?;
            let blocks = Blocks::new(&[0..rows / 2, rows / 2..rows], device)?;
            Ok(block_sums((&values, &exponents), &queries, &blocks, (Part::Signed, -WINDOW))?.to_vec2()?)
        };
        ensure!(of(self.values.device())? == of(&Device::Cpu)?, "the device's sums are not those of the CPU");
        Ok(())
    }
}

/// Bytes that the device's memory reads and writes in a second, from copying within it.
///
/// # Errors
/// If the device fails.
pub fn memory_speed(device: &Device, repeats: usize) -> Result<f64> {
    let size = if device.is_cpu() { COPIED / 64 } else { COPIED };
    let from = Tensor::zeros(size, DType::U8, device)?;
    let seconds = Seconds::of(device, repeats, || {
        from.copy()?;
        Ok(())
    })?;
    Ok(2.0 * size as f64 / seconds.median())
}

/// Values from −127 to 127, as bytes.
fn bytes(random: &mut Random, (rows, width): (usize, usize), device: &Device) -> Result<Tensor> {
    let value = |_| (random.below(255) as i32 - 127) as i8;
    let values: Vec<u8> = (0..rows * width).map(value).map(i8::cast_unsigned).collect();
    Ok(Tensor::from_vec(values, (rows, width), device)?)
}

/// `count` rows, those given again and again.
fn repeated(rows: &Tensor, count: usize) -> Result<Tensor> {
    let drawn = rows.dim(0)?;
    let mut parts = vec![rows.clone(); count / drawn];
    if !count.is_multiple_of(drawn) {
        parts.push(rows.narrow(0, 0, count % drawn)?);
    }
    Ok(if let [only] = parts.as_slice() { only.clone() } else { Tensor::cat(&parts, 0)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_repeated_to_the_number_wanted() {
        let rows = Tensor::new(&[1u8, 2, 3], &Device::Cpu).expect("rows");
        for (count, expected) in [(3, vec![1, 2, 3]), (7, vec![1, 2, 3, 1, 2, 3, 1])] {
            assert_eq!(repeated(&rows, count).expect("rows").to_vec1::<u8>().expect("bytes"), expected);
        }
    }

    #[test]
    fn an_index_checks_itself_and_is_timed() {
        let index = Index::draw(150, 128, &Device::Cpu).expect("an index");
        assert_eq!(index.bytes(), 150 * 129);
        assert!(index.seconds(3, 1).expect("seconds").median() > 0.0);
        assert!(memory_speed(&Device::Cpu, 1).expect("a copy") > 0.0);
    }
}
