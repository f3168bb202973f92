//! How well each text matches a query by its words: Okapi BM25.
//!
//! For every document `D` and query `Q`, with `f(t, D)` the count of term `t` in `D`, `|D|` the number of terms of `D` and `avg` its mean,
//! `score(D, Q) = Σ_{t ∈ Q} idf(t) · f(t, D) · (k1 + 1) / (f(t, D) + k1 · (1 − b + b · |D| / avg))`,
//! where `idf(t) = ln(1 + (N − n(t) + ½) / (n(t) + ½))` for `N` documents, `n(t)` of them with `t`. A term that stands in the query twice counts
//! twice. The 1 inside the logarithm keeps weights of common terms positive.
//!
//! # Source
//! S. Robertson, H. Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond*, 2009. The 1 inside the logarithm: C. Kamphuis
//! et al., *Which BM25 Do You Mean?*, 2020, on Lucene's variant.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The two free parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Parameters {
    /// How fast more of a term stops to count, at least 0.
    pub k1: f64,
    /// How much the length of a document counts, from 0 to 1.
    pub b: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { k1: 1.2, b: 0.75 }
    }
}

/// Parameters out of range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("BM25 cannot score with k1 = {k1} and b = {b}: take a finite k1 of at least 0 and b from 0 to 1")]
pub struct ParameterError {
    k1: f64,
    b: f64,
}

/// A document that holds a term, and how often.
struct Posting {
    document: usize,
    count: u32,
}

/// Documents, ready to be scored. Terms are numbers: token ids, or words by [`crate::words::Vocabulary`].
///
/// # Units
/// Memory: 16 bytes for each distinct term of each document, and 8 bytes per document.
pub struct Bm25 {
    postings: BTreeMap<u32, Vec<Posting>>,
    /// `k1 · (1 − b + b · |D| / avg)` of each document.
    length_terms: Vec<f64>,
    k1: f64,
}

impl Bm25 {
    /// Counts the terms of `documents`.
    ///
    /// # Errors
    /// If a parameter is out of range.
    pub fn new<D: AsRef<[u32]>>(documents: &[D], parameters: Parameters) -> Result<Self, ParameterError> {
        let Parameters { k1, b } = parameters;
        if !k1.is_finite() || k1 < 0.0 || !(0.0..=1.0).contains(&b) {
            return Err(ParameterError { k1, b });
        }
        Ok(Self { postings: postings(documents), length_terms: length_terms(documents, parameters), k1 })
    }

    /// The score of every document, in their order; 0 for those without a term of the query.
    ///
    /// # Determinism
    /// A score's sum runs over the query's terms in ascending order.
    pub fn scores(&self, query: &[u32]) -> Vec<f64> {
        let mut scores = vec![0.0; self.length_terms.len()];
        for (term, in_query) in counts(query) {
            let postings = self.postings.get(&term).map_or(&[][..], Vec::as_slice);
            let weight = f64::from(in_query) * self.inverse_document_frequency(postings.len());
            for Posting { document, count } in postings {
                let count = f64::from(*count);
                scores[*document] += weight * count * (self.k1 + 1.0) / (count + self.length_terms[*document]);
            }
        }
        scores
    }

    fn inverse_document_frequency(&self, holding: usize) -> f64 {
        let (documents, holding) = (self.length_terms.len() as f64, holding as f64);
        (1.0 + (documents - holding + 0.5) / (holding + 0.5)).ln()
    }
}

fn counts(terms: &[u32]) -> BTreeMap<u32, u32> {
    let mut counts = BTreeMap::new();
    terms.iter().for_each(|term| *counts.entry(*term).or_default() += 1);
    counts
}

fn postings<D: AsRef<[u32]>>(documents: &[D]) -> BTreeMap<u32, Vec<Posting>> {
    let mut postings: BTreeMap<u32, Vec<Posting>> = BTreeMap::new();
    for (document, terms) in documents.iter().enumerate() {
        for (term, count) in counts(terms.as_ref()) {
            postings.entry(term).or_default().push(Posting { document, count });
        }
    }
    postings
}

fn length_terms<D: AsRef<[u32]>>(documents: &[D], Parameters { k1, b }: Parameters) -> Vec<f64> {
    let lengths: Vec<f64> = documents.iter().map(|terms| terms.as_ref().len() as f64).collect();
    // Where all documents are empty, none is longer than the mean.
    let mean = (lengths.iter().sum::<f64>() / lengths.len() as f64).max(f64::MIN_POSITIVE);
    lengths.iter().map(|length| k1 * (1.0 - b + b * length / mean)).collect()
}
