//! What scoring gave: what it took, and what contributions amount to.

use std::time::{Duration, Instant};

use comfy_table::Table;
use serde::Serialize;

use super::matrix::Total;

/// How influences were come by, and what contributions amount to.
pub struct Scored {
    pub(super) spent: Spent,
    pub(super) damping: Damping,
    pub(super) totals: Vec<Total>,
}

/// Seconds of the wall.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    pub(super) choosing: f64,
    pub(super) curvature: f64,
    pub(super) scoring: f64,
}

impl Spent {
    /// Of work that began at `start`, had the curvature after `curved`, and ends now.
    pub(super) fn of(start: Instant, curved: Duration) -> Self {
        let curvature = curved.as_secs_f64();
        Self { choosing: 0.0, curvature, scoring: start.elapsed().as_secs_f64() - curvature }
    }
}

/// A damping and where it is from.
#[derive(Clone, Debug)]
pub(super) struct Damping {
    pub(super) value: f64,
    pub(super) from: String,
}

impl Damping {
    /// A part of each weight matrix's mean curvature.
    pub(super) fn part(value: f64) -> Self {
        Self { value, from: "part of each weight matrix's mean curvature".to_owned() }
    }
}

/// What was scored.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Size {
    pub(super) items: usize,
    pub(super) queries: usize,
    /// Of a language model's items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tokens: Option<usize>,
    /// Models of an ensemble.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) members: Option<usize>,
    /// Of one model.
    pub(super) weights: usize,
    /// What is kept of an item until queries are scored.
    pub(super) bytes_per_item: usize,
}

impl Size {
    /// For people.
    pub(super) fn said(&self) -> String {
        let Self { items, queries, weights, .. } = self;
        let tokens = self.tokens.map_or_else(String::new, |tokens| format!(" ({tokens} tokens)"));
        let members = self.members.map_or_else(String::new, |members| format!("{members} x "));
        format!("{items} items{tokens}, {queries} queries, {members}{weights} weights")
    }
}

/// What was done, for people and programs.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    #[serde(flatten)]
    size: Size,
    damping: f64,
    damping_from: String,
    choosing_seconds: f64,
    curvature_seconds: f64,
    scoring_seconds: f64,
    threads: usize,
    contributions: Vec<Total>,
}

impl Summary {
    pub(super) fn new(size: Size, scored: Scored, threads: usize) -> Self {
        let Scored { spent: Spent { choosing, curvature, scoring }, damping, totals } = scored;
        Self {
            size,
            damping: damping.value,
            damping_from: damping.from,
            choosing_seconds: choosing,
            curvature_seconds: curvature,
            scoring_seconds: scoring,
            threads,
            contributions: totals,
        }
    }

    /// For people.
    pub fn table(&self) -> String {
        format!("{}{}", totals_table(&self.contributions), self.said())
    }

    fn said(&self) -> String {
        let damping = format!("damping {:.6} ({})", self.damping, self.damping_from);
        let choosing = match self.choosing_seconds {
            0.0 => String::new(),
            seconds => format!("choosing the damping {seconds:.1} s, "),
        };
        let (curvature, scoring, threads) = (self.curvature_seconds, self.scoring_seconds, self.threads);
        let what = self.size.said();
        format!("{what}\n{damping}\n{choosing}curvature {curvature:.1} s, scoring {scoring:.1} s on {threads} threads")
    }
}

/// Totals for people, with a line's end; nothing without any.
pub(super) fn totals_table(totals: &[Total]) -> String {
    if totals.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.set_header(["contribution", "items", "influence, nats", "share, %"]);
    for total in totals {
        table.add_row(total.cells());
    }
    format!("{table}\n")
}
