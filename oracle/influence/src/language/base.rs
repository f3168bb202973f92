//! What an adapter stands on: a model under a tokenizer, whoever trained it.
//!
//! It is known by its hash alone. So a model that nobody here trained, and that has no manifest, can be the base of a version.

use lm::weights::Weights;

use super::LanguageError;
use super::model::Vocabulary;
use crate::digest::{Digest, digest};

/// A model and its tokenizer.
#[derive(Clone)]
pub struct Base {
    pub(super) weights: Weights,
    pub(super) vocabulary: Vocabulary,
    hash: Digest,
}

/// Names a model under a tokenizer, by [`Weights::hash`] and [`Vocabulary::digest`]: their digest under the tag `influence/language/1`.
pub fn base_hash(weights: &Digest, tokenizer: &Digest) -> Digest {
    digest("influence/language/1", &[weights, tokenizer])
}

impl Base {
    /// Takes a model's weights and its tokenizer.
    ///
    /// # Errors
    /// What candle says.
    pub fn new(weights: Weights, vocabulary: Vocabulary) -> Result<Self, LanguageError> {
        let hash = base_hash(&weights.hash()?, &vocabulary.digest());
        Ok(Self { weights, vocabulary, hash })
    }

    /// [`base_hash`]: of a version that is no adapter, its own hash.
    pub fn hash(&self) -> &Digest {
        &self.hash
    }
}
