//! A version of a language model: weights, tokenizer, manifest.

use lm::model::Model;
use lm::tokenizer::Tokenizer;

use super::{LanguageError, LanguageManifest};
use crate::digest::{Digest, digest, hex};

/// A version of a language model.
#[derive(Clone)]
pub struct LanguageModel {
    pub(super) manifest: LanguageManifest,
    pub(super) model: Model,
    pub(super) vocabulary: Vocabulary,
    pub(super) hash: Digest,
}

/// A tokenizer, and the file that it was read from.
#[derive(Clone)]
pub struct Vocabulary {
    tokenizer: Tokenizer,
    file: Vec<u8>,
}

/// Digest of a tokenizer's file, under the tag `influence/tokenizer/1`.
pub fn tokenizer_digest(file: &[u8]) -> Digest {
    digest("influence/tokenizer/1", &[file])
}

impl Vocabulary {
    /// Takes a tokenizer and the bytes of its `tokenizer.json`.
    pub(super) fn new(tokenizer: Tokenizer, file: Vec<u8>) -> Self {
        Self { tokenizer, file }
    }

    /// The bytes of its `tokenizer.json`.
    pub fn file(&self) -> &[u8] {
        &self.file
    }

    /// [`tokenizer_digest`] of its file.
    pub fn digest(&self) -> Digest {
        tokenizer_digest(&self.file)
    }

    /// Number of tokens.
    pub fn tokens(&self) -> usize {
        self.tokenizer.vocabulary()
    }
}

impl LanguageModel {
    /// Puts a version together. An adapter's model is its base's weights under the adapter; `base` is the base's hash.
    pub(super) fn new(
        manifest: LanguageManifest,
        model: Model,
        vocabulary: Vocabulary,
        base: Option<&Digest>,
    ) -> Result<Self, LanguageError> {
        manifest.check()?;
        if hex(&vocabulary.digest()) != manifest.tokenizer {
            return Err(LanguageError::NotThatOne { what: "tokenizer" });
        }
        let named = manifest.adapter.as_ref().map(|adapter| adapter.base.clone());
        if named != base.map(|base| hex(base)) {
            return Err(LanguageError::NotThatOne { what: "base" });
        }
        let hash = match (model.adapter(), base) {
            (Some(adapter), Some(base)) => digest("influence/language-adapter/1", &[&adapter.hash()?, base]),
            _ => digest("influence/language/1", &[&model.weights().hash()?, &vocabulary.digest()]),
        };
        Ok(Self { manifest, model, vocabulary, hash })
    }

    /// How it was made and is scored.
    pub fn manifest(&self) -> &LanguageManifest {
        &self.manifest
    }

    /// The model, an adapter on its base.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.vocabulary.tokenizer
    }

    /// The tokenizer with its file.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Names the weights: those of the model and the tokenizer's digest, under the tag `influence/language/1`; of an adapter its own and the
    /// hash of its base, under the tag `influence/language-adapter/1`.
    pub fn hash(&self) -> &Digest {
        &self.hash
    }
}

impl std::fmt::Debug for LanguageModel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (hash, method) = (hex(&self.hash), &self.manifest.method);
        formatter.debug_struct("LanguageModel").field("hash", &hash).field("method", method).finish_non_exhaustive()
    }
}
