//! A version of a language model: weights, tokenizer, manifest.

use lm::model::Model;
use lm::tokenizer::Tokenizer;

use super::base::{Base, base_hash};
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
    /// Takes a tokenizer and the bytes of the `tokenizer.json` that it was read from or is written as.
    pub fn new(tokenizer: Tokenizer, file: Vec<u8>) -> Self {
        Self { tokenizer, file }
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
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
    /// Puts a version together. An adapter's model is its base's weights under the adapter.
    ///
    /// # Errors
    /// If manifest, model and tokenizer do not belong together: names what is not the manifest's.
    pub fn new(manifest: LanguageManifest, model: Model, vocabulary: Vocabulary) -> Result<Self, LanguageError> {
        manifest.check()?;
        let fits = |what, fits: bool| if fits { Ok(()) } else { Err(LanguageError::NotThatOne { what }) };
        fits("tokenizer", hex(&vocabulary.digest()) == manifest.tokenizer)?;
        fits("model", *model.config() == manifest.model)?;
        let base = base_hash(&model.weights().hash()?, &vocabulary.digest());
        let hash = match (model.adapter(), &manifest.adapter) {
            (None, None) => base,
            (Some(adapter), Some(plan)) => {
                fits("adapter", *adapter.config() == plan.lora)?;
                fits("base", hex(&base) == plan.base)?;
                digest("influence/language-adapter/1", &[&adapter.hash()?, &base])
            }
            _ => return Err(LanguageError::NotThatOne { what: "adapter" }),
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
        self.vocabulary.tokenizer()
    }

    /// The tokenizer with its file.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// What stands below an adapter; the model itself where there is none.
    ///
    /// # Errors
    /// What candle says.
    pub fn base(&self) -> Result<Base, LanguageError> {
        Base::new(self.model.weights().clone(), self.vocabulary.clone())
    }

    /// Names the weights: those of the model and the tokenizer's digest ([`base_hash`]); of an adapter its own and the hash of its base,
    /// under the tag `influence/language-adapter/1`.
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
