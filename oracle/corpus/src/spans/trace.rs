//! From an output to citations.

use std::ops::Range;

use super::index::SpanIndex;
use super::selection::{Span, heaviest};
use super::{Citation, Output, TraceSettings};

impl SpanIndex {
    /// Citations of the output, in its order; none overlaps another. `text_of` gives the text of some of its symbols.
    ///
    /// # Units
    /// Time: for each place where the output may be cut, a binary search over the index.
    pub fn trace(
        &self,
        output: &Output,
        settings: &TraceSettings,
        text_of: impl Fn(&[u32]) -> String,
    ) -> Vec<Citation> {
        let numbers: Vec<i32> = output.symbols.iter().map(|symbol| self.number(*symbol)).collect();
        let spans = self.maximal_spans(&numbers, &output.cuts);
        let weighed = spans.into_iter().filter(|span| span.len() >= settings.shortest).map(|symbols| {
            let weight = numbers[symbols.clone()].iter().map(|number| self.surprise(*number)).sum();
            Span { symbols, weight }
        });
        let rare = weighed.filter(|span| span.weight >= settings.smallest_weight).collect();
        let cite = |span| self.cite(&numbers, span, settings.most_occurrences, |range| text_of(&output.symbols[range]));
        heaviest(rare).into_iter().map(cite).collect()
    }

    /// Spans from cut to cut that occur and lie in no other such span: with ascending starts and ascending ends.
    fn maximal_spans(&self, numbers: &[i32], cuts: &[bool]) -> Vec<Range<usize>> {
        let mut spans: Vec<Range<usize>> = Vec::new();
        for start in (0..numbers.len()).filter(|at| cuts[*at]) {
            let longest = start + self.longest_match(&numbers[start..]);
            let end = (start..=longest).rev().find(|at| cuts[*at]).unwrap_or(start);
            let known = spans.last().map_or(0, |span| span.end);
            if end > start.max(known) {
                spans.push(start..end);
            }
        }
        spans
    }

    fn cite(&self, numbers: &[i32], span: Span, most: usize, text_of: impl Fn(Range<usize>) -> String) -> Citation {
        let Span { symbols, weight } = span;
        let ranks = self.ranks(&numbers[symbols.clone()]);
        Citation {
            text: text_of(symbols.clone()),
            start: symbols.start,
            length: symbols.len(),
            weight,
            occurrence_count: ranks.len(),
            occurrences: self.occurrences(ranks, most),
        }
    }
}
