//! Shingles of a text, and how much two sets of them have in common.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::words::{normalized, words};

/// What a text is cut into. Both kinds are taken from the normalised text, at every place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shingles {
    /// So many words in a row. A text with fewer is one shingle.
    Words(usize),
    /// So many characters in a row, one space between words: for scripts that do not separate words.
    Characters(usize),
}

impl Shingles {
    /// The number of words or characters in a shingle.
    pub fn length(self) -> usize {
        match self {
            Self::Words(length) | Self::Characters(length) => length,
        }
    }

    /// The set of the text's shingles, as ascending 64-bit hashes (XXH3). Empty if the text has no words.
    ///
    /// # Units
    /// 8 bytes for each distinct shingle. Two different shingles are taken for one with probability 2^-64.
    pub fn of(self, text: &str) -> Vec<u64> {
        let text = normalized(text);
        let words: Vec<&str> = words(&text).collect();
        let mut hashes = match self {
            Self::Words(length) => runs(&words, length, |word| word.as_bytes()),
            Self::Characters(length) => characters(&words.join(" "), length),
        };
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    }
}

fn characters(text: &str, length: usize) -> Vec<u64> {
    let pieces: Vec<&str> = text.char_indices().map(|(at, character)| &text[at..at + character.len_utf8()]).collect();
    runs(&pieces, length, |piece| piece.as_bytes())
}

/// A hash of each run of `length` parts, or of all parts if there are fewer.
fn runs<'a>(parts: &[&'a str], length: usize, bytes: impl Fn(&'a str) -> &'a [u8]) -> Vec<u64> {
    if parts.is_empty() {
        return Vec::new();
    }
    let hashes: Vec<u64> = parts.iter().map(|part| xxh3_64(bytes(part))).collect();
    hashes.windows(length.clamp(1, parts.len())).map(hash_run).collect()
}

fn hash_run(run: &[u64]) -> u64 {
    let mut hasher = Xxh3::new();
    run.iter().for_each(|hash| hasher.update(&hash.to_le_bytes()));
    hasher.digest()
}

/// Jaccard similarity `|A ∩ B| / |A ∪ B|` of two ascending sets; 0 if both are empty.
pub fn jaccard(first: &[u64], second: &[u64]) -> f64 {
    let common = common(first, second);
    let together = first.len() + second.len() - common;
    if together == 0 { 0.0 } else { common as f64 / together as f64 }
}

fn common(mut first: &[u64], mut second: &[u64]) -> usize {
    let mut count = 0;
    while let (Some(one), Some(other)) = (first.first(), second.first()) {
        count += usize::from(one == other);
        first = &first[usize::from(one <= other)..];
        second = &second[usize::from(other <= one)..];
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_word_costs_as_many_shingles_as_it_stood_in() {
        let shingles = Shingles::Words(2);
        let (first, second) = (shingles.of("a b c d e"), shingles.of("A, b; X d e"));
        // ab bc cd de against ab bX Xd de.
        assert_eq!(jaccard(&first, &second), 2.0 / 6.0);
    }

    #[test]
    fn characters_are_cut_across_words_and_a_short_text_is_one_shingle() {
        assert_eq!(Shingles::Characters(3).of("ab  cd").len(), 3);
        assert_eq!(Shingles::Characters(9).of("ab cd").len(), 1);
        assert_eq!(Shingles::Words(3).of("light").len(), 1);
        assert_eq!(Shingles::Words(3).of(" ... "), []);
    }

    #[test]
    fn sets_without_a_common_shingle_have_similarity_zero() {
        assert_eq!(jaccard(&[1, 3], &[2, 4]), 0.0);
        assert_eq!(jaccard(&[], &[]), 0.0);
        assert_eq!(jaccard(&[1, 2, 9], &[2, 9]), 2.0 / 3.0);
    }
}
