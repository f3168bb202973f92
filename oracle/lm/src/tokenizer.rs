//! Text to tokens: Hugging Face's `tokenizer.json`, loaded or learned.

use std::path::{Path, PathBuf};

use tokenizers::models::bpe::{BPE, BpeTrainerBuilder};
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::{NormalizerWrapper, PostProcessorWrapper, TokenizerBuilder};

/// Why text could not be turned into tokens.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// The file could not be read or written.
    #[error("cannot {operation} the tokenizer at {}", path.display())]
    File {
        /// `load` or `save`.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// What the library said.
        #[source]
        source: tokenizers::Error,
    },
    /// The library refused.
    #[error("the tokenizer cannot {operation}")]
    Text {
        /// `encode`, `decode` or `learn`.
        operation: &'static str,
        /// What the library said.
        #[source]
        source: tokenizers::Error,
    },
}

/// A tokenizer.
#[derive(Clone)]
pub struct Tokenizer(tokenizers::Tokenizer);

impl Tokenizer {
    /// Loads a `tokenizer.json`.
    ///
    /// # Errors
    /// Names the file.
    pub fn load(path: &Path) -> Result<Self, TokenizerError> {
        let loaded = tokenizers::Tokenizer::from_file(path);
        loaded.map(Self).map_err(|source| TokenizerError::File { operation: "load", path: path.to_path_buf(), source })
    }

    /// Writes a `tokenizer.json`.
    ///
    /// # Errors
    /// Names the file.
    pub fn save(&self, path: &Path) -> Result<(), TokenizerError> {
        self.0.save(path, true).map_err(|source| TokenizerError::File {
            operation: "save",
            path: path.to_path_buf(),
            source,
        })
    }

    /// Learns byte pairs: every byte is a token, and pairs are joined until there are `vocabulary` tokens.
    ///
    /// # Errors
    /// What the library says.
    pub fn learn(texts: &[String], vocabulary: usize) -> Result<Self, TokenizerError> {
        let failed = |source| TokenizerError::Text { operation: "learn", source };
        let mut trainer = BpeTrainerBuilder::new()
            .show_progress(false)
            .vocab_size(vocabulary)
            .initial_alphabet(ByteLevel::alphabet().into_iter().collect())
            .build();
        let mut tokenizer =
            TokenizerBuilder::<BPE, NormalizerWrapper, ByteLevel, PostProcessorWrapper, ByteLevel>::new()
                .with_model(BPE::default())
                .with_pre_tokenizer(Some(ByteLevel::new(false, true, true)))
                .with_decoder(Some(ByteLevel::default()))
                .build()
                .map_err(failed)?;
        tokenizer.train(&mut trainer, texts.iter()).map_err(failed)?;
        Ok(Self(tokenizer.into()))
    }

    /// The tokens of a text, with what the tokenizer adds around it if `special`.
    ///
    /// # Errors
    /// What the library says.
    pub fn encode(&self, text: &str, special: bool) -> Result<Vec<u32>, TokenizerError> {
        let encoding =
            self.0.encode(text, special).map_err(|source| TokenizerError::Text { operation: "encode", source })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The text of some tokens.
    ///
    /// # Errors
    /// What the library says.
    pub fn decode(&self, tokens: &[u32]) -> Result<String, TokenizerError> {
        self.0.decode(tokens, true).map_err(|source| TokenizerError::Text { operation: "decode", source })
    }

    /// Number of tokens.
    pub fn vocabulary(&self) -> usize {
        self.0.get_vocab_size(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_reads_back_and_gives_any_text_back() {
        let texts = ["the ray of light and the ray of shade".to_owned(), "light and shade".to_owned()];
        let tokenizer = Tokenizer::learn(&texts, 280).expect("learned");
        assert!(tokenizer.vocabulary() <= 280);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("tokenizer.json");
        tokenizer.save(&path).expect("saved");
        let loaded = Tokenizer::load(&path).expect("loaded");
        let text = "the light é – of day";
        let tokens = loaded.encode(text, false).expect("encoded");
        assert_eq!(tokens, tokenizer.encode(text, false).expect("encoded"));
        assert_eq!(loaded.decode(&tokens).expect("decoded"), text);
        assert!(tokens.len() < text.len());
    }
}
