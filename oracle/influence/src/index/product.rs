//! Products of rows, in integers.
//!
//! # No overflow
//! Values are from −127 to 127 and rows at most 2^17 wide, so that a product of rows is at most `127² · 2^17 = 2 114 060 288 < 2^31` in magnitude.
//! Moved up by at most [`WINDOW`] bits it is below `2^55`, and a block of 64 of them below `2^61`: 64 bits hold that. Sums of
//! up to 2^31 items are below `2^86`: 128 bits hold that, and times 10^12 too.

use std::ops::Range;

use compute::{Cancelled, Job, parallel};

use super::rows::Rows;

/// Bits that an item's exponent can be below the largest and lose nothing. Rows that are smaller still lose low bits of their products, each
/// towards zero.
pub const WINDOW: i32 = 24;
/// Rows that one thread takes at a time.
pub(super) const BLOCK: usize = 64;

/// Rows widened to 16 bits, as they are multiplied.
pub(crate) struct Wide {
    width: usize,
    values: Vec<i16>,
}

impl Wide {
    /// All rows of a file.
    pub(crate) fn of(rows: &Rows<'_>) -> Self {
        let values = (0..rows.len()).flat_map(|row| widened(rows.row(row))).collect();
        Self { width: rows.width(), values }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[i16]> {
        self.values.chunks_exact(self.width)
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.values.len() / self.width
    }
}

pub(super) fn widened(row: &[u8]) -> impl Iterator<Item = i16> + '_ {
    row.iter().map(|value| i16::from(value.cast_signed()))
}

/// `Σ_j left_j right_j`
pub(super) fn dot(left: &[i16], right: &[i16]) -> i32 {
    // Nothing can overflow, see above; checks would keep compilers from making vector code of this.
    let products = left.iter().zip(right).map(|(left, right)| i32::from(*left).wrapping_mul(i32::from(*right)));
    products.fold(0, i32::wrapping_add)
}

/// `product · 2^(exponent − base)`, towards zero.
fn moved(product: i32, exponent: i8, base: i32) -> i64 {
    let up = i32::from(exponent) - base;
    match up {
        0.. => i64::from(product) << up,
        // A product has 31 bits.
        -31..0 => i64::from(product) / (1 << -up),
        _ => 0,
    }
}

/// The exponent that products with a file's rows are counted in: they are integers times two to this power (and to the query's exponent,
/// which all products with one query share, so that no share of a query's total depends on it).
pub(crate) fn base(rows: &Rows<'_>) -> i32 {
    i32::from(rows.largest_exponent()) - WINDOW
}

/// What of products is summed.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    /// Themselves.
    Signed,
    /// Their magnitudes.
    Absolute,
}

/// Per group of items and per query the sum of products in units of [`base`].
///
/// # Shapes
/// `[groups][queries]`
///
/// # Errors
/// If the job is cancelled.
pub(crate) fn sums(
    rows: &Rows<'_>,
    groups: &[Range<usize>],
    queries: &Wide,
    part: Part,
    job: &Job,
) -> Result<Vec<Vec<i128>>, Cancelled> {
    let blocks: Vec<(usize, Range<usize>)> = groups.iter().cloned().enumerate().flat_map(in_blocks).collect();
    let base = base(rows);
    let found = parallel::map_under(job, blocks.len(), |block| {
        Ok(of_block(rows, blocks[block].1.clone(), queries, (part, base)))
    })?;
    let mut sums = vec![vec![0i128; queries.len()]; groups.len()];
    for ((group, _), found) in blocks.iter().zip(found) {
        sums[*group].iter_mut().zip(found).for_each(|(sum, more)| *sum += i128::from(more));
    }
    Ok(sums)
}

fn in_blocks((group, rows): (usize, Range<usize>)) -> impl Iterator<Item = (usize, Range<usize>)> {
    let end = rows.end;
    rows.step_by(BLOCK).map(move |first| (group, first..(first + BLOCK).min(end)))
}

fn of_block(rows: &Rows<'_>, block: Range<usize>, queries: &Wide, (part, base): (Part, i32)) -> Vec<i64> {
    let mut sums = vec![0i64; queries.len()];
    let mut own = Vec::with_capacity(rows.width());
    for row in block {
        own.clear();
        own.extend(widened(rows.row(row)));
        for (sum, query) in sums.iter_mut().zip(queries.rows()) {
            let product = moved(dot(&own, query), rows.exponent(row), base);
            *sum += match part {
                Part::Signed => product,
                Part::Absolute => product.abs(),
            };
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::quantize::LARGEST;
    use super::super::rows::WIDEST;
    use super::*;

    #[test]
    fn the_largest_product_of_the_widest_rows_fits() {
        let (up, down) = (vec![i16::from(LARGEST); WIDEST as usize], vec![-i16::from(LARGEST); WIDEST as usize]);
        assert_eq!(dot(&up, &up), 2_114_060_288);
        assert_eq!(dot(&up, &down), -2_114_060_288);
        let moved = moved(dot(&up, &up), 0, -WINDOW);
        assert_eq!(moved.checked_mul(BLOCK as i64).map(|sum| sum >> WINDOW), Some(64 * 2_114_060_288));
    }

    #[test]
    fn products_are_moved_to_the_common_exponent_towards_zero() {
        assert_eq!(moved(5, 3, 1), 20);
        assert_eq!(moved(-5, 3, 3), -5);
        assert_eq!(moved(-5, 0, 1), -2);
        assert_eq!(moved(5, 0, 2), 1);
        assert_eq!(moved(i32::MAX, 0, 31), 0);
        assert_eq!(moved(i32::MIN + 1, -128, 127), 0);
    }

    #[test]
    fn blocks_cover_every_row_of_a_group_once() {
        let blocks: Vec<_> = in_blocks((3, 10..150)).collect();
        assert_eq!(blocks, [(3, 10..74), (3, 74..138), (3, 138..150)]);
        assert_eq!(in_blocks((0, 4..4)).count(), 0);
    }
}
