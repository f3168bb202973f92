//! Versions of language models: what each is, how it is trained and asked, and the influence of its items on what it answered.
//!
//! A version ([`LanguageModel`]) is a Llama-style model with its tokenizer, or a LoRA adapter on top of another version. Its
//! [`LanguageManifest`] says how it was made and how it is scored. It reads texts as [`reading`] says, answers greedily ([`answer`]), and is
//! scored by EK-FAC ([`LanguageScorer`]).

pub mod answer;
pub mod base;
pub mod cache;
pub mod files;
pub mod manifest;
pub mod model;
pub mod plausible;
pub mod reading;
pub mod scorer;
pub mod stages;
pub mod training;
pub mod truth;

mod places;

pub use base::Base;
pub use manifest::{AdapterPlan, LanguageManifest, LanguageManifestError};
pub use model::LanguageModel;
pub use reading::{Answered, Text};
pub use scorer::{AnsweredReceipt, LanguageScorer};

use crate::ekfac::EkfacError;
use crate::job::Cancelled;

/// Why a version of a language model cannot be made, loaded, asked or scored.
#[derive(Debug, thiserror::Error)]
pub enum LanguageError {
    /// The manifest cannot be used.
    #[error("the version's manifest cannot be used")]
    Manifest(#[from] LanguageManifestError),
    /// Model or adapter files cannot be used.
    #[error("the version's weights cannot be used")]
    Weights(#[from] lm::files::FileError),
    /// A file beside them cannot be read or written.
    #[error("cannot use {}", path.display())]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// What was given is not what the manifest names.
    #[error("the {what} given is not the one that the manifest names")]
    NotThatOne {
        /// Base, tokenizer or files.
        what: &'static str,
    },
    /// The tokenizer failed.
    #[error("the version's tokenizer cannot be used")]
    Tokenizer(#[from] lm::tokenizer::TokenizerError),
    /// A text cannot be read.
    #[error("a {what} cannot be read: {reason}")]
    Unreadable {
        /// Item, prompt or answer.
        what: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// Training failed.
    #[error("training failed")]
    Train(#[from] lm::train::TrainError),
    /// Losses could not be taken.
    #[error("losses cannot be taken")]
    Evaluate(#[from] lm::evaluate::EvaluateError),
    /// Influence could not be computed.
    #[error("influence cannot be computed")]
    Influence(#[source] EkfacError),
    /// A computation in candle failed.
    #[error("a tensor operation failed in the version")]
    Compute(#[source] Box<candle_core::Error>),
    /// Somebody stopped it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<candle_core::Error> for LanguageError {
    fn from(source: candle_core::Error) -> Self {
        Self::Compute(Box::new(source))
    }
}

impl From<EkfacError> for LanguageError {
    fn from(error: EkfacError) -> Self {
        match error {
            EkfacError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Influence(other),
        }
    }
}
