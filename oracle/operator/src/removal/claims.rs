//! What is said of each contribution without training: its influence, and what is simpler and to be beaten.

use anyhow::{Context, Result};
use corpus::bm25::{Bm25, Parameters};
use influence::{
    Job,
    ekfac::{
        Subject,
        score::{self, Matrix, Settings},
    },
};
use lm::pack::TokenItem;
use rules::hash::digest;

use super::{
    Wanted,
    agreement::Table,
    case::Case,
    kept::{Kept, bytes_of, numbers_of},
};
use crate::progress::Progress;

/// One way to say how much contributions matter.
pub(super) struct Claim {
    /// What it is called.
    pub method: &'static str,
    /// `[contributions drawn, queries]`
    pub values: Table,
}

/// What settlement pays by: the mean over queries of `Σ φ / Σ |φ|`.
pub const NET: &str = "net influence";

/// Net influence first, then what it is compared with.
///
/// # Errors
/// If influence cannot be computed or kept.
pub(super) fn claims(
    case: &Case,
    drawn: &[usize],
    wanted: &Wanted,
    kept: &Kept,
    job: &Job,
    progress: &Progress,
) -> Result<Vec<Claim>> {
    let sums = influence(case, wanted, kept, job, progress)?;
    let (contributions, queries) = (case.owners.names().len(), case.queries.len());
    let of_drawn =
        |offset: usize| Table::new(drawn.len(), queries, |row, query| sums[(offset + drawn[row]) * queries + query]);
    let bm25 = word_matches(case)?;
    let sizes = sizes(case);
    Ok(vec![
        Claim { method: NET, values: of_drawn(contributions) },
        Claim { method: "sum of influences", values: of_drawn(0) },
        Claim { method: "BM25", values: Table::new(drawn.len(), queries, |row, query| bm25[query][drawn[row]]) },
        Claim { method: "tokens", values: Table::new(drawn.len(), queries, |row, _| sizes[drawn[row]]) },
    ])
}

/// `Σ φ` of every contribution on every query, nats, and after all of them `Σ φ / Σ |φ|`: kept for all contributions, so that another
/// draw needs no other passes.
fn influence(case: &Case, wanted: &Wanted, kept: &Kept, job: &Job, progress: &Progress) -> Result<Vec<f64>> {
    let settings = Settings { damping: wanted.damping, ..Settings::default() };
    let name = name(&settings, wanted.head);
    let mut step = progress.step("influence", 0);
    let mut computed = false;
    let bytes = kept.get_or(&name, || {
        computed = true;
        Ok(bytes_of(&totals(case, &matrix(case, &settings, wanted.head, job)?)))
    })?;
    if !computed {
        step.kept();
    }
    numbers_of(&bytes, 2 * case.owners.names().len() * case.queries.len())
        .with_context(|| format!("what is kept as {name} does not fit the queries"))
}

/// Influence under other settings is kept under another name.
fn name(settings: &Settings, head: bool) -> String {
    let settings = serde_json::to_vec(settings).expect("plain structs of numbers always serialise");
    let digest = digest("audit/influence/1", &[&settings, &[u8::from(head)]]);
    format!("influence-{}", hex::encode(&digest[..8]))
}

fn matrix(case: &Case, settings: &Settings, head: bool, job: &Job) -> Result<Matrix> {
    let whole = Subject::trained(&case.model, case.layout());
    let subject = if head { whole } else { whole.without_head() };
    let curvature = score::curvature(&subject, &case.items, settings, job)?;
    Ok(score::matrix(&subject, &curvature, (&case.items, &case.queries), settings, job)?)
}

fn totals(case: &Case, matrix: &Matrix) -> Vec<f64> {
    let (contributions, queries) = (case.owners.names().len(), case.queries.len());
    let mut totals = vec![0.0; 2 * contributions * queries];
    for query in 0..queries {
        let row = matrix.row(query);
        let whole: f64 = row.iter().map(|value| f64::from(value.abs())).sum();
        for (item, value) in row.iter().enumerate() {
            let place = case.owners.of(item) * queries + query;
            totals[place] += f64::from(*value);
            totals[contributions * queries + place] += if whole > 0.0 { f64::from(*value) / whole } else { 0.0 };
        }
    }
    totals
}

/// `[query][contribution]`: BM25 scores of its items, summed.
fn word_matches(case: &Case) -> Result<Vec<Vec<f64>>> {
    let documents: Vec<&[u32]> = case.items.iter().map(|item| item.tokens.as_slice()).collect();
    let index = Bm25::new(&documents, Parameters::default())?;
    let of_query = |query: &TokenItem| {
        let mut sums = vec![0.0; case.owners.names().len()];
        for (item, score) in index.scores(&query.tokens).into_iter().enumerate() {
            sums[case.owners.of(item)] += score;
        }
        sums
    };
    Ok(case.queries.iter().map(of_query).collect())
}

/// Tokens that each contribution is learned from.
fn sizes(case: &Case) -> Vec<f64> {
    let mut sizes = vec![0.0; case.owners.names().len()];
    for (item, tokens) in case.items.iter().enumerate() {
        sizes[case.owners.of(item)] += tokens.weight();
    }
    sizes
}
