//! Texts that share many shingles.
//!
//! Signatures of minima ("MinHash") make candidates; whether a candidate counts is decided by the exact Jaccard similarity of its shingles.
//!
//! # Source
//! A. Broder, *On the resemblance and containment of documents*, 1997. The hash family `(a·x + b mod 2^64) >> 32`, `a` odd: M. Dietzfelbinger et
//! al., *A reliable randomized algorithm for the closest-pair problem*, 1997.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use super::candidates::{BandKeys, Banding};
use super::shingles::{Shingles, jaccard};
use super::{Kind, Link, SearchError, check_threshold};

/// How near texts are searched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextSettings {
    /// What texts are cut into.
    pub shingles: Shingles,
    /// Bands of the signatures; a row is one minimum.
    pub banding: Banding,
    /// Smallest Jaccard similarity that counts.
    pub threshold: f64,
    /// Seed of the hash functions.
    pub seed: u64,
}

impl Default for TextSettings {
    fn default() -> Self {
        let banding = Banding { bands: 64, rows: 3, bucket_limit: 64 };
        Self { shingles: Shingles::Words(2), banding, threshold: 0.3, seed: 0 }
    }
}

impl TextSettings {
    fn check(&self) -> Result<(), SearchError> {
        check_threshold(self.threshold)?;
        if self.shingles.length() == 0 { Err(SearchError::ShingleLength) } else { self.banding.check() }
    }
}

/// Links all texts that the search finds with a Jaccard similarity of at least the threshold. The texts come in the order of precedence.
///
/// # Units
/// Memory: 8 bytes per distinct shingle and per band, for each text. A pair of similarity `s` is missed with probability `(1 − s^rows)^bands`.
///
/// # Errors
/// If the settings are out of range.
///
/// # Determinism
/// The same texts and settings give the same links on every machine.
pub fn near_texts(texts: &[&str], settings: &TextSettings) -> Result<Vec<Link>, SearchError> {
    settings.check()?;
    let sets: Vec<Vec<u64>> = texts.iter().map(|text| settings.shingles.of(text)).collect();
    let similarity = |one: usize, other: usize| {
        let similarity = jaccard(&sets[one], &sets[other]);
        (similarity >= settings.threshold).then_some(similarity)
    };
    let found = band_keys(&sets, settings).search(similarity);
    Ok(found.into_iter().map(|((first, second), similarity)| link(first, second, similarity)).collect())
}

fn link(first: usize, second: usize, similarity: f64) -> Link {
    Link { first, second, similarity, kind: Kind::NearText }
}

fn band_keys(sets: &[Vec<u64>], settings: &TextSettings) -> BandKeys {
    let Banding { bands, rows, .. } = settings.banding;
    let functions: Vec<HashFunction> = (0..bands * rows).map(|rank| HashFunction::new(settings.seed, rank)).collect();
    let mut keys = BandKeys::new(settings.banding);
    for (item, set) in sets.iter().enumerate().filter(|(_, set)| !set.is_empty()) {
        keys.push(item, functions.chunks(rows).map(|band| band_key(band, set)));
    }
    keys
}

fn band_key(band: &[HashFunction], set: &[u64]) -> u64 {
    let mut hasher = Xxh3::new();
    band.iter().for_each(|function| hasher.update(&function.minimum(set).to_le_bytes()));
    hasher.digest()
}

/// One function of the family.
struct HashFunction {
    factor: u64,
    summand: u64,
}

impl HashFunction {
    fn new(seed: u64, rank: usize) -> Self {
        let draw = |part: u64| xxh3_64_with_seed(&(2 * rank as u64 + part).to_le_bytes(), seed);
        Self { factor: draw(0) | 1, summand: draw(1) }
    }

    /// The smallest value over a set: two sets agree with the probability of their Jaccard similarity.
    fn minimum(&self, set: &[u64]) -> u32 {
        let value = |shingle: &u64| (shingle.wrapping_mul(self.factor).wrapping_add(self.summand) >> 32) as u32;
        set.iter().map(value).min().unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minima_agree_as_often_as_the_jaccard_similarity_says() {
        /// Three standard deviations of a mean of 2,000 agreements.
        const TOLERANCE: f64 = 0.034;
        let hashes: Vec<u64> = (0..300u64).map(|number| xxh3_64_with_seed(&number.to_le_bytes(), 9)).collect();
        let (first, second) = (&hashes[..200], &hashes[100..]);
        let agree = |rank| {
            let function = HashFunction::new(5, rank);
            function.minimum(first) == function.minimum(second)
        };
        let share = (0..2_000).filter(|rank| agree(*rank)).count() as f64 / 2_000.0;
        assert!((share - 1.0 / 3.0).abs() < TOLERANCE, "{share}");
    }
}
