//! From rows to what a model learns from.

use super::error::{DataError, RowError};
use super::{Content, Row};
use crate::pack::TokenItem;
use crate::tokenizer::{Tokenizer, TokenizerError};

/// Turns rows into items: a text or array is learned whole, of a prompt and its answer only the answer.
#[derive(Clone, Copy)]
pub struct Encoder<'a> {
    /// Needed for texts; arrays are tokens already.
    pub tokenizer: Option<&'a Tokenizer>,
    /// Tokens that the model has, `vocab_size`.
    pub vocabulary: usize,
    /// Put before every text, if anything is; never learned.
    pub begin: Option<u32>,
    /// Put after every text and answer, if anything is, and learned with it.
    pub end: Option<u32>,
}

impl<'a> Encoder<'a> {
    /// An encoder that puts nothing around texts.
    pub fn new(tokenizer: Option<&'a Tokenizer>, vocabulary: usize) -> Self {
        Self { tokenizer, vocabulary, begin: None, end: None }
    }

    /// The items of rows, in their order.
    ///
    /// # Errors
    /// At the first row that is text without a tokenizer, holds a token that the model lacks, or has nothing to predict.
    pub fn items(&self, rows: &[Row]) -> Result<Vec<TokenItem>, DataError> {
        rows.iter().map(|row| self.item(&row.content).map_err(|source| row.place.refused(source))).collect()
    }

    /// The item of one row.
    ///
    /// Prompt and answer are encoded one after the other, so that no token belongs to both.
    ///
    /// # Errors
    /// As [`Self::items`].
    pub fn item(&self, content: &Content) -> Result<TokenItem, RowError> {
        let item = match content {
            Content::Tokens(tokens) => TokenItem::whole(tokens.clone()),
            Content::Text(text) => TokenItem::whole(self.framed(self.encode(text)?)),
            Content::Answered { prompt, answer } => self.answered(self.encode(prompt)?, self.encode(answer)?),
        };
        self.check(&item)?;
        Ok(item)
    }

    fn encode(&self, text: &str) -> Result<Vec<u32>, RowError> {
        let tokenizer = self.tokenizer.ok_or(RowError::NoTokenizer)?;
        tokenizer.encode(text, false).map_err(|source: TokenizerError| source.into())
    }

    fn framed(&self, tokens: Vec<u32>) -> Vec<u32> {
        self.begin.into_iter().chain(tokens).chain(self.end).collect()
    }

    fn answered(&self, prompt: Vec<u32>, answer: Vec<u32>) -> TokenItem {
        let given = prompt.len() + usize::from(self.begin.is_some());
        TokenItem::answered(self.framed([prompt, answer].concat()), given)
    }

    fn check(&self, item: &TokenItem) -> Result<(), RowError> {
        let largest = self.vocabulary.saturating_sub(1) as u32;
        if let Some(token) = item.tokens.iter().find(|token| **token > largest) {
            return Err(RowError::Token { found: i128::from(*token), largest });
        }
        if item.weight() == 0.0 { Err(RowError::TooShort { tokens: item.tokens.len() }) } else { Ok(()) }
    }
}
