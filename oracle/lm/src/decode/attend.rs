//! Attention of new tokens over their own sequences' keys and values: `softmax(q kᵀ / √width) v`, a row over what is not later than it.
//!
//! # Source
//! As [`crate::operations::attention`], row by row.

use rayon::prelude::*;

use super::cache::{Kind, Layout, Pages};
use super::plan::Plan;
use super::product::is_shared;
use crate::values::{Real, sum};
use crate::vector::vectorised;

/// Numbers that are multiplied at a time.
const LANES: usize = 16;

/// `Σ a b`, always added in the same order. What fills no lanes is looked after apart: compilers make no vector code of both together.
#[inline(always)]
fn dot(left: &[f32], right: &[f32]) -> f32 {
    let whole = left.len() / LANES * LANES;
    let total = dot_of_lanes(&left[..whole], &right[..whole]);
    if whole == left.len() {
        return total;
    }
    total + left[whole..].iter().zip(&right[whole..]).map(|(left, right)| left * right).sum::<f32>()
}

#[inline(always)]
fn dot_of_lanes(left: &[f32], right: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    for (left, right) in left.as_chunks::<LANES>().0.iter().zip(right.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            sums[lane] += left[lane] * right[lane];
        }
    }
    sums.iter().sum()
}

/// What attention of one layer reads.
pub(super) struct Attention<'a> {
    pub plan: &'a Plan,
    /// Of the spans of the plan.
    pub pages: Vec<&'a Pages>,
    pub layer: usize,
    pub layout: Layout,
    /// Query heads that share one of keys and values.
    pub group: usize,
}

/// What one row sees of one head.
struct Seen<'a> {
    pages: &'a Pages,
    head: usize,
    /// Positions.
    count: usize,
}

impl Attention<'_> {
    /// Attends from every row.
    ///
    /// # Shapes
    /// `queries` and `out` `[rows, heads · group · width]`.
    pub fn attend(&self, queries: &[f32], out: &mut [f32]) {
        let seen = self.plan.spans.iter().map(|span| span.rows.len() * (span.past + span.rows.len()));
        let work = 2 * seen.sum::<usize>() * self.group * self.layout.heads * self.layout.width;
        let columns = self.group * self.layout.width;
        let heads = self.layout.heads;
        let span_of: Vec<usize> =
            self.plan.spans.iter().enumerate().flat_map(|(rank, span)| span.rows.clone().map(move |_| rank)).collect();
        let part = |scores: &mut Vec<f32>, (place, (queries, out)): (usize, (&[f32], &mut [f32]))| {
            let (row, head) = (place / heads, place % heads);
            let span = span_of[row];
            let seen = self.plan.positions[row] as usize + 1;
            let seen = Seen { pages: self.pages[span], head, count: seen };
            vectorised(|| self.head(seen, queries, scores, out));
        };
        if is_shared(work) {
            let parts = queries.par_chunks_exact(columns).zip(out.par_chunks_exact_mut(columns));
            parts.enumerate().for_each_init(Vec::new, part);
        } else {
            let mut scores = Vec::new();
            let parts = queries.chunks_exact(columns).zip(out.chunks_exact_mut(columns));
            parts.enumerate().for_each(|place| part(&mut scores, place));
        }
    }

    /// One head of keys and values, and the query heads that share it, of one row.
    #[inline(always)]
    fn head(&self, seen: Seen<'_>, queries: &[f32], scores: &mut Vec<f32>, out: &mut [f32]) {
        let Seen { pages, head, count } = seen;
        let width = self.layout.width;
        let scale = 1.0 / (width as f32).sqrt();
        scores.resize(self.group * count, 0.0);
        let keys = pages.strips(self.layer, Kind::Key, head, count).flat_map(|strip| strip.chunks_exact(width));
        for (place, key) in keys.enumerate() {
            for (rank, query) in queries.chunks_exact(width).enumerate() {
                scores[rank * count + place] = scale * dot(query, key);
            }
        }
        scores.chunks_exact_mut(count).for_each(softmax);
        out.fill(0.0);
        let values = pages.strips(self.layer, Kind::Value, head, count).flat_map(|strip| strip.chunks_exact(width));
        for (place, value) in values.enumerate() {
            for (rank, out) in out.chunks_exact_mut(width).enumerate() {
                let weight = scores[rank * count + place];
                out.iter_mut().zip(value).for_each(|(out, value)| *out += weight * value);
            }
        }
    }
}

#[inline(always)]
fn softmax(scores: &mut [f32]) {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.iter_mut().for_each(|score| *score = Real::exp(*score - largest));
    let share = 1.0 / sum(scores);
    scores.iter_mut().for_each(|score| *score *= share);
}
