//! `y = x Wᵀ` over slices, in a way that gives a row the same bytes whatever rows are computed beside it.
//!
//! A number of `y` is a sum over eight lanes, each lane in the order of the inputs, then the lanes one after the other. A few rows of `W` are
//! read at once and all rows of `x` go through them before the next, so that `W` comes from memory once.

use rayon::prelude::*;

use crate::vector::vectorised;

/// Partial sums of a number.
const LANES: usize = 8;
/// Rows of `W` that a row of `x` meets at once: as many as keep both units that add busy without running out of vector registers. More rows of
/// either at a time were measured to be slower, by far: compilers then keep the sums in memory.
const TILE: usize = 4;
/// Products of two numbers from which on work is shared out over threads: waking them takes as long as some ten thousand.
pub(super) const SHARED: usize = 400_000;

/// Whether so many products of two numbers are worth several threads.
pub(super) fn is_shared(work: usize) -> bool {
    work >= SHARED && rayon::current_num_threads() > 1
}

/// `out = x Wᵀ`; `turned` is room for its own use.
///
/// # Shapes
/// `x` `[rows, inputs]`, `weights` `[outputs, inputs]`, `out` `[rows, outputs]`.
pub(super) fn product(x: &[f32], weights: &[f32], inputs: usize, out: &mut [f32], turned: &mut Vec<f32>) {
    let rows = x.len() / inputs;
    if rows == 1 {
        return columns(x, weights, inputs, out);
    }
    turned.resize(out.len(), 0.0);
    columns(x, weights, inputs, turned);
    let outputs = weights.len() / inputs;
    for (row, out) in out.chunks_exact_mut(outputs).enumerate() {
        out.iter_mut().zip(turned[row..].iter().step_by(rows)).for_each(|(out, value)| *out = *value);
    }
}

/// As [`product`], into `[outputs, rows]`.
fn columns(x: &[f32], weights: &[f32], inputs: usize, result: &mut [f32]) {
    let (rows, outputs) = (x.len() / inputs, weights.len() / inputs);
    if !is_shared(x.len() * outputs) {
        return vectorised(|| some_columns(x, weights, inputs, result));
    }
    let each = outputs.div_ceil(4 * rayon::current_num_threads()).next_multiple_of(TILE);
    let parts = result.par_chunks_mut(each * rows).zip(weights.par_chunks(each * inputs));
    parts.for_each(|(result, weights)| vectorised(|| some_columns(x, weights, inputs, result)));
}

#[inline(always)]
fn some_columns(x: &[f32], weights: &[f32], inputs: usize, result: &mut [f32]) {
    let rows = x.len() / inputs;
    let whole = weights.len() / inputs / TILE * TILE;
    let (tiled, rest) = weights.split_at(whole * inputs);
    let (of_tiled, of_rest) = result.split_at_mut(whole * rows);
    for (weights, result) in tiled.chunks_exact(TILE * inputs).zip(of_tiled.chunks_exact_mut(TILE * rows)) {
        tile::<TILE>(x, weights, inputs, result);
    }
    for (weights, result) in rest.chunks_exact(inputs).zip(of_rest.chunks_exact_mut(rows)) {
        tile::<1>(x, weights, inputs, result);
    }
    if !inputs.is_multiple_of(LANES) {
        add_rest(x, weights, inputs, result);
    }
}

/// `result` `[N, rows]` of `weights` `[N, inputs]`, but for the last inputs that fill no lanes: compilers make no vector code of this where
/// those are looked after here.
#[inline(always)]
fn tile<const N: usize>(x: &[f32], weights: &[f32], inputs: usize, result: &mut [f32]) {
    let rows = x.len() / inputs;
    let weights: [&[f32]; N] = std::array::from_fn(|place| &weights[place * inputs..][..inputs]);
    for (row, x) in x.chunks_exact(inputs).enumerate() {
        let sums = sums(x, weights);
        (0..N).for_each(|place| result[place * rows + row] = sums[place]);
    }
}

/// `Σ x w` with every row of `weights`, over inputs that fill lanes.
#[inline(always)]
fn sums<const N: usize>(x: &[f32], weights: [&[f32]; N]) -> [f32; N] {
    let mut sums = [[0.0; LANES]; N];
    let x = x.as_chunks::<LANES>().0;
    let weights = weights.map(|row| &row.as_chunks::<LANES>().0[..x.len()]);
    for place in 0..x.len() {
        for n in 0..N {
            for lane in 0..LANES {
                sums[n][lane] += x[place][lane] * weights[n][place][lane];
            }
        }
    }
    // A `map` over the array would keep it in memory all the time: half as fast.
    let mut totals = [0.0; N];
    for n in 0..N {
        totals[n] = sums[n].iter().sum();
    }
    totals
}

/// Adds what [`sums`] leaves out.
#[inline(always)]
fn add_rest(x: &[f32], weights: &[f32], inputs: usize, result: &mut [f32]) {
    let rows = x.len() / inputs;
    let rest = inputs / LANES * LANES;
    for (weights, result) in weights.chunks_exact(inputs).zip(result.chunks_exact_mut(rows)) {
        for (x, sum) in x.chunks_exact(inputs).zip(result) {
            *sum += x[rest..].iter().zip(&weights[rest..]).map(|(x, weight)| x * weight).sum::<f32>();
        }
    }
}

/// `out += a W` with few rows in `W`, as from a rank: each row of `out` is added to in the order of the inputs.
///
/// # Shapes
/// `low` `[rows, rank]`, `weights` `[rank, outputs]`, `out` `[rows, outputs]`.
pub(super) fn add_raised(low: &[f32], weights: &[f32], rank: usize, out: &mut [f32]) {
    let outputs = weights.len() / rank;
    let row = |(low, out): (&[f32], &mut [f32])| {
        for (factor, weights) in low.iter().zip(weights.chunks_exact(outputs)) {
            out.iter_mut().zip(weights).for_each(|(out, weight)| *out += factor * weight);
        }
    };
    if is_shared(low.len() * outputs) {
        let rows = low.par_chunks_exact(rank).zip(out.par_chunks_exact_mut(outputs));
        rows.for_each(|each| vectorised(|| row(each)));
    } else {
        vectorised(|| low.chunks_exact(rank).zip(out.chunks_exact_mut(outputs)).for_each(row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(count: usize, step: f32) -> Vec<f32> {
        (0..count).map(|place| (place as f32 * step).sin()).collect()
    }

    fn exact(x: &[f32], weights: &[f32], inputs: usize) -> Vec<f64> {
        let dot = |x: &[f32], weights: &[f32]| x.iter().zip(weights).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
        x.chunks(inputs).flat_map(|x| weights.chunks(inputs).map(move |weights| dot(x, weights))).collect()
    }

    #[test]
    fn products_of_any_shape_are_products() {
        for (rows, inputs, outputs) in [(1, 8, 4), (1, 13, 7), (2, 16, 5), (3, 3, 1), (5, 37, 11), (8, 64, 12)] {
            let (x, weights) = (wave(rows * inputs, 0.7), wave(outputs * inputs, 1.3));
            let mut out = vec![0.0; rows * outputs];
            product(&x, &weights, inputs, &mut out, &mut Vec::new());
            for (found, exact) in out.iter().zip(exact(&x, &weights, inputs)) {
                assert!((f64::from(*found) - exact).abs() < 1e-5, "{rows} {inputs} {outputs}");
            }
        }
    }

    #[test]
    fn a_row_has_the_same_bytes_alone_and_among_others_on_one_thread_and_on_several() {
        // Of these shapes one row alone is not shared out, and all together are.
        let (rows, inputs, outputs) = (33, 141, 203);
        assert!(rows * inputs * outputs > SHARED && inputs * outputs < SHARED);
        let (x, weights) = (wave(rows * inputs, 0.7), wave(outputs * inputs, 1.3));
        let together = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let mut out = vec![0.0; rows * outputs];
            pool.install(|| product(&x, &weights, inputs, &mut out, &mut Vec::new()));
            out
        };
        let (one, several) = (together(1), together(3));
        assert_eq!(one, several);
        for (x, expected) in x.chunks(inputs).zip(one.chunks(outputs)) {
            let mut out = vec![0.0; outputs];
            product(x, &weights, inputs, &mut out, &mut Vec::new());
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn what_is_raised_from_a_rank_is_added() {
        let (low, weights) = (wave(6, 0.7), wave(15, 1.3));
        let mut out = vec![1.0; 10];
        add_raised(&low, &weights, 3, &mut out);
        for row in 0..2 {
            for column in 0..5 {
                let sum: f32 = (0..3).map(|rank| low[row * 3 + rank] * weights[rank * 5 + column]).sum();
                assert!((out[row * 5 + column] - 1.0 - sum).abs() < 1e-6);
            }
        }
    }
}
