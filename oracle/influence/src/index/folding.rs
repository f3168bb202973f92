//! Rows of wide sketches: what the axes see, and a sketch of what they leave.

use std::ops::Range;

use candle_core::{Device, Result as TensorResult, Tensor};

use super::axes::{Axes, signs};
use super::widths::SketchSettings;

/// Part of the seed's projections that signs are drawn from; sites have the first ones.
const FOLD: u64 = u64::MAX;

/// Makes rows of wide sketches.
#[derive(Clone, Debug)]
pub struct Folding {
    width: usize,
    axes: Axes,
    /// Signs of what is folded, `[wide]`; none where nothing is.
    signs: Vec<f32>,
}

impl Folding {
    /// Rows by axes, for the items and settings that those were found with.
    pub(super) fn new(axes: Axes, settings: &SketchSettings, (items, wide): (usize, usize)) -> Self {
        let signs = if settings.holds_all(items) { Vec::new() } else { signs(wide, (settings.seed, FOLD)) };
        Self { width: settings.row_width(items) as usize, axes, signs }
    }

    /// Number of axes.
    pub fn axes(&self) -> usize {
        self.axes.spine.as_ref().map_or(0, |spine| spine.dims()[0])
    }

    /// Rows of the items of a range, where those were found with the axes.
    ///
    /// # Shapes
    /// `[items, width]`
    ///
    /// # Errors
    /// What candle says.
    pub(super) fn known(&self, items: &Range<usize>) -> Option<TensorResult<Vec<f32>>> {
        let rows = self.axes.rows.as_ref()?;
        let mut known = vec![0f32; items.len() * self.width];
        let own = rows.narrow(0, items.start, items.len());
        Some(own.and_then(|own| self.put(&own, &mut known)).map(|()| known))
    }

    /// Rows of wide sketches.
    ///
    /// # Shapes
    /// `sketches` `[items, wide]`, rows `[items, width]`.
    ///
    /// # Errors
    /// What candle says.
    pub fn rows(&self, sketches: Vec<f32>, items: usize) -> TensorResult<Vec<f32>> {
        let wide = sketches.len() / items.max(1);
        let sketches = Tensor::from_vec(sketches, (items, wide), &Device::Cpu)?;
        let mut rows = vec![0f32; items * self.width];
        let left = match &self.axes.spine {
            Some(spine) => {
                let seen = sketches.matmul(&spine.t()?)?;
                self.put(&seen, &mut rows)?;
                (sketches - seen.matmul(spine)?)?
            }
            None => sketches,
        };
        self.fold(&left, &mut rows)?;
        Ok(rows)
    }

    /// Writes what the axes see to the start of every row.
    fn put(&self, seen: &Tensor, rows: &mut [f32]) -> TensorResult<()> {
        let (_, axes) = seen.dims2()?;
        let seen: Vec<f32> = seen.flatten_all()?.to_vec1()?;
        for (row, seen) in rows.chunks_exact_mut(self.width).zip(seen.chunks_exact(axes)) {
            row[..axes].copy_from_slice(seen);
        }
        Ok(())
    }

    /// Adds what the axes leave to the end of every row; nothing where all items are landmarks, of which nothing is left, or axes take all numbers.
    fn fold(&self, left: &Tensor, rows: &mut [f32]) -> TensorResult<()> {
        if self.signs.is_empty() || self.axes() == self.width {
            return Ok(());
        }
        let left: Vec<f32> = left.flatten_all()?.to_vec1()?;
        for (row, left) in rows.chunks_exact_mut(self.width).zip(left.chunks_exact(self.signs.len())) {
            fold(left, (&self.signs, self.axes.rest), &mut row[self.axes()..]);
        }
        Ok(())
    }
}

/// Adds every number, with its sign and the weight of all, to one bucket.
fn fold(left: &[f32], (signs, weight): (&[f32], f32), buckets: &mut [f32]) {
    let width = buckets.len();
    for (values, signs) in left.chunks(width).zip(signs.chunks(width)) {
        for ((bucket, value), sign) in buckets.iter_mut().zip(values).zip(signs) {
            *bucket += value * (sign * weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use compute::random::{Random, Stream};
    use compute::{Job, Threads};

    use super::super::axes::Finding;
    use super::*;

    const WIDE: usize = 4_096;

    /// Points that share eight directions and have noise of their own.
    fn points(count: usize, seed: u64) -> Vec<f32> {
        let mut shared = Random::new(1, Stream::Samples);
        let directions: Vec<f64> = (0..8 * WIDE).map(|_| shared.normal()).collect();
        let mut random = Random::new(seed, Stream::Samples);
        let mut point = || {
            let weights: Vec<f64> = (0..8).map(|_| random.normal()).collect();
            let of = |place: usize| (0..8).map(|axis| weights[axis] * directions[axis * WIDE + place]).sum::<f64>();
            (0..WIDE).map(|place| (of(place) + 0.5 * random.normal()) as f32).collect::<Vec<f32>>()
        };
        (0..count).flat_map(|_| point()).collect()
    }

    fn folding(settings: SketchSettings, items: &[f32]) -> Folding {
        let count = items.len() / WIDE;
        let landmarks: Vec<f32> =
            settings.drawn_landmarks(count).iter().flat_map(|item| &items[item * WIDE..][..WIDE]).copied().collect();
        let drawn = (landmarks.len() / WIDE, WIDE);
        let sketches = Tensor::from_vec(landmarks, drawn, &Device::Cpu).expect("a tensor");
        let width = settings.row_width(count) as usize;
        let finding = Finding { width, holds_all: settings.holds_all(count), seed: settings.seed };
        let axes = Axes::find(&sketches, finding, &Job::from(Threads::new(2))).expect("axes");
        Folding::new(axes, &settings, (count, WIDE))
    }

    /// Root of the mean squared error of products over that of the products themselves.
    fn error(folding: &Folding, items: &[f32], asked: &[f32]) -> f64 {
        let rows = |points: &[f32]| folding.rows(points.to_vec(), points.len() / WIDE).expect("rows");
        let product =
            |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
        let all = |items: &[f32], asked: &[f32], width: usize| -> Vec<f64> {
            asked.chunks(width).flat_map(|own| items.chunks(width).map(move |item| product(own, item))).collect()
        };
        let (found, exact) = (all(&rows(items), &rows(asked), folding.width), all(items, asked, WIDE));
        let squares = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>();
        let off = squares(&mut found.iter().zip(&exact).map(|(found, exact)| found - exact));
        (off / squares(&mut exact.iter().copied())).sqrt()
    }

    #[test]
    fn rows_of_few_items_keep_all_that_items_say_to_any_query() {
        let (items, asked) = (points(40, 2), points(10, 3));
        let folding = folding(SketchSettings { width: 64, seed: 1, landmarks: 64 }, &items);
        assert_eq!((folding.axes(), folding.width), (40, 64));
        assert!(error(&folding, &items, &asked) < 1e-5);
        let known = folding.known(&(3..5)).expect("all are landmarks").expect("rows");
        let made = folding.rows(items[3 * WIDE..5 * WIDE].to_vec(), 2).expect("rows");
        let largest = made.iter().fold(0f32, |largest, value| largest.max(value.abs()));
        assert!(known.iter().zip(&made).all(|(known, made)| (known - made).abs() < 1e-4 * largest));
    }

    #[test]
    fn axes_make_products_of_items_that_share_directions_less_noisy() {
        let (items, asked) = (points(200, 2), points(10, 3));
        let settings = SketchSettings { width: 64, seed: 1, landmarks: 64 };
        let folding = folding(settings, &items);
        assert!((16..64).contains(&folding.axes()), "{} axes", folding.axes());
        let plain = Folding::new(Axes::none(), &settings, (200, WIDE));
        let (with, without) = (error(&folding, &items, &asked), error(&plain, &items, &asked));
        assert!(with < without / 3.0, "{with} with axes, {without} without");
    }

    #[test]
    fn items_that_share_nothing_get_no_axes() {
        let mut random = Random::new(4, Stream::Samples);
        let items: Vec<f32> = (0..100 * WIDE).map(|_| random.normal() as f32).collect();
        let settings = SketchSettings { width: 64, seed: 1, landmarks: 64 };
        assert_eq!(folding(settings, &items).axes(), 0);
    }

    #[test]
    fn numbers_of_a_row_are_of_one_size() {
        let items = points(64, 5);
        let folding = folding(SketchSettings { width: 64, seed: 1, landmarks: 64 }, &items);
        let rows = folding.known(&(0..64)).expect("all are landmarks").expect("rows");
        let size =
            |place: usize| rows.iter().skip(place).step_by(64).map(|value| f64::from(*value).powi(2)).sum::<f64>();
        let (least, most) =
            (0..64).map(size).fold((f64::MAX, 0f64), |(least, most), own| (least.min(own), most.max(own)));
        assert!(most < 20.0 * least, "from {least} to {most}");
    }
}
