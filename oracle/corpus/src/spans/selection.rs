//! Which of overlapping spans are kept.

use std::ops::Range;

/// A part of an output.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Span {
    /// Its symbols.
    pub symbols: Range<usize>,
    /// What it is worth.
    pub weight: f64,
}

/// The spans, none overlapping another, with the largest sum of weights; weighted interval scheduling in `O(n log n)`. The spans come with
/// ascending ends, and so do those kept. Where sums are equal, the later span is left out.
pub(super) fn heaviest(spans: Vec<Span>) -> Vec<Span> {
    // best[n]: the largest sum that the first n spans allow.
    let mut best = vec![0.0];
    for (rank, span) in spans.iter().enumerate() {
        let with = best[before(&spans[..rank], span)] + span.weight;
        best.push(if with > best[rank] { with } else { best[rank] });
    }
    taken(spans, &best)
}

/// How many of the spans end before `span` starts.
fn before(spans: &[Span], span: &Span) -> usize {
    spans.partition_point(|other| other.symbols.end <= span.symbols.start)
}

fn taken(mut spans: Vec<Span>, best: &[f64]) -> Vec<Span> {
    let mut kept = Vec::new();
    while let Some(span) = spans.pop() {
        if best[spans.len() + 1] > best[spans.len()] {
            spans.truncate(before(&spans, &span));
            kept.push(span);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(symbols: Range<usize>, weight: f64) -> Span {
        Span { symbols, weight }
    }

    #[test]
    fn two_lighter_spans_displace_a_heavier_one_between_them() {
        let (first, middle, last) = (span(0..4, 3.0), span(2..8, 5.0), span(6..9, 4.0));
        assert_eq!(heaviest(vec![first.clone(), middle.clone(), last.clone()]), [first.clone(), last.clone()]);
        let heavy = Span { weight: 8.0, ..middle };
        assert_eq!(heaviest(vec![first, heavy.clone(), last]), [heavy]);
    }

    #[test]
    fn spans_that_touch_do_not_overlap() {
        let spans = vec![span(0..2, 1.0), span(2..4, 1.0), span(4..5, 1.0)];
        assert_eq!(heaviest(spans.clone()), spans);
        assert_eq!(heaviest(Vec::new()), []);
    }
}
