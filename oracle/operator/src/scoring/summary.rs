//! What scoring gave: the matrix, what it took, and what contributions amount to.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use comfy_table::Table;
use influence::ekfac::score::Matrix;
use npyz::WriterBuilder;
use serde::Serialize;

/// Influences, and how they were come by.
pub struct Scored {
    /// Of every item on every query.
    pub matrix: Matrix,
    pub(super) spent: Spent,
    pub(super) damping: Damping,
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
pub(super) struct Size {
    pub(super) items: usize,
    pub(super) queries: usize,
    pub(super) tokens: Option<usize>,
    pub(super) members: Option<usize>,
    pub(super) weights: usize,
    pub(super) bytes_per_item: usize,
}

/// What was done, for people and programs.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    items: usize,
    queries: usize,
    /// Of a language model's items.
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<usize>,
    /// Models of an ensemble.
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<usize>,
    /// Of one model.
    weights: usize,
    damping: f64,
    damping_from: String,
    choosing_seconds: f64,
    curvature_seconds: f64,
    scoring_seconds: f64,
    /// What is kept of an item until queries are scored.
    bytes_per_item: usize,
    threads: usize,
    contributions: Vec<Total>,
}

/// What a contribution's items amount to.
#[derive(Clone, Debug, Serialize)]
pub struct Total {
    contribution: String,
    items: usize,
    /// `Σ φ` over its items and all queries, nats.
    influence: f64,
    /// Mean over queries of `Σ φ / Σ |φ|`: what settlement would take with equal fees.
    share: f64,
}

impl Summary {
    pub(super) fn new(size: Size, scored: &Scored, contributions: Option<&[String]>, threads: usize) -> Self {
        let Size { items, queries, tokens, members, weights, bytes_per_item } = size;
        let Spent { choosing, curvature, scoring } = scored.spent;
        Self {
            items,
            queries,
            tokens,
            members,
            weights,
            damping: scored.damping.value,
            damping_from: scored.damping.from.clone(),
            choosing_seconds: choosing,
            curvature_seconds: curvature,
            scoring_seconds: scoring,
            bytes_per_item,
            threads,
            contributions: contributions.map_or_else(Vec::new, |names| totals(names, &scored.matrix)),
        }
    }

    /// For people.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        table.set_header(["contribution", "items", "influence, nats", "share, %"]);
        for total in &self.contributions {
            let (influence, share) = (format!("{:.4}", total.influence), format!("{:.2}", 100.0 * total.share));
            table.add_row([total.contribution.clone(), total.items.to_string(), influence, share]);
        }
        let said = self.said();
        if self.contributions.is_empty() { said } else { format!("{table}\n{said}") }
    }

    fn said(&self) -> String {
        let tokens = self.tokens.map_or_else(String::new, |tokens| format!(" ({tokens} tokens)"));
        let members = self.members.map_or_else(String::new, |members| format!("{members} x "));
        let (items, queries, weights, threads) = (self.items, self.queries, self.weights, self.threads);
        let what = format!("{items} items{tokens}, {queries} queries, {members}{weights} weights");
        let damping = format!("damping {:.6} ({})", self.damping, self.damping_from);
        let choosing = match self.choosing_seconds {
            0.0 => String::new(),
            seconds => format!("choosing the damping {seconds:.1} s, "),
        };
        let (curvature, scoring) = (self.curvature_seconds, self.scoring_seconds);
        format!("{what}\n{damping}\n{choosing}curvature {curvature:.1} s, scoring {scoring:.1} s on {threads} threads")
    }
}

fn totals(names: &[String], matrix: &Matrix) -> Vec<Total> {
    let mut totals: BTreeMap<&str, Total> = BTreeMap::new();
    for name in names {
        let empty = || Total { contribution: name.clone(), items: 0, influence: 0.0, share: 0.0 };
        totals.entry(name).or_insert_with(empty).items += 1;
    }
    let queries = matrix.values.len() / matrix.items;
    for query in 0..queries {
        let row = matrix.row(query);
        let whole: f64 = row.iter().map(|value| f64::from(value.abs())).sum();
        for (name, value) in names.iter().zip(row) {
            let total = totals.get_mut(name.as_str()).expect("all names were entered");
            total.influence += f64::from(*value);
            total.share += if whole > 0.0 { f64::from(*value) / whole / queries as f64 } else { 0.0 };
        }
    }
    totals.into_values().collect()
}

/// The contribution of every item, a line each.
pub(super) fn names(path: &Path, items: usize) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let names: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    let found = names.len();
    ensure!(found == items, "{} names {found} contributions for {items} items: write a line for each", path.display());
    Ok(names)
}

/// Writes a matrix as a numpy array, float32 `[queries, items]`.
///
/// # Errors
/// If it cannot be written.
pub fn save(path: &Path, matrix: &Matrix, queries: usize) -> Result<()> {
    let shape = [queries as u64, matrix.items as u64];
    let write = |partial: &Path| -> std::io::Result<()> {
        let file = std::io::BufWriter::new(std::fs::File::create(partial)?);
        let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(file).begin_nd()?;
        writer.extend(&matrix.values)?;
        writer.finish()
    };
    compute::persist::replace(path, write).with_context(|| format!("cannot write {}", path.display()))
}
