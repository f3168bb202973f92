//! Which row of a pass belongs to which feed: rows of one adapter stand side by side, so that each adapter's product is over one range of them.

use std::ops::Range;

use super::{AdapterId, Feed};

/// Rows of all feeds, one for each new token.
pub(super) struct Plan {
    /// Token of each row.
    pub tokens: Vec<u32>,
    /// Its place in its sequence.
    pub positions: Vec<u32>,
    /// The feeds, in the order of their rows.
    pub spans: Vec<Span>,
    /// Rows of each adapter.
    pub runs: Vec<(AdapterId, Range<usize>)>,
}

/// Rows of one feed.
pub(super) struct Span {
    /// Its rank.
    pub feed: usize,
    /// Its rows.
    pub rows: Range<usize>,
    /// Tokens of its sequence before them.
    pub past: usize,
}

impl Plan {
    pub fn new(feeds: &[Feed<'_>]) -> Self {
        let mut order: Vec<usize> = (0..feeds.len()).collect();
        order.sort_by_key(|feed| feeds[*feed].sequence.adapter());
        let mut plan = Self { tokens: Vec::new(), positions: Vec::new(), spans: Vec::new(), runs: Vec::new() };
        for feed in order {
            let Feed { sequence, tokens } = &feeds[feed];
            let rows = plan.tokens.len()..plan.tokens.len() + tokens.len();
            let past = sequence.len();
            plan.tokens.extend_from_slice(tokens);
            plan.positions.extend((past..past + tokens.len()).map(|position| position as u32));
            if let Some(adapter) = sequence.adapter() {
                match plan.runs.last_mut() {
                    Some((before, run)) if *before == adapter => run.end = rows.end,
                    _ => plan.runs.push((adapter, rows.clone())),
                }
            }
            plan.spans.push(Span { feed, rows, past });
        }
        plan
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.tokens.len()
    }

    /// The last row of every feed, in the order of the feeds.
    pub fn last_rows(&self) -> Vec<usize> {
        let mut last = vec![0; self.spans.len()];
        self.spans.iter().for_each(|span| last[span.feed] = span.rows.end - 1);
        last
    }
}
