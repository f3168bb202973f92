//! How a version reads texts.
//!
//! An item is learned whole, or, where it has a prompt, what follows the prompt. Prompts and answers are encoded one after the other, so that
//! no token belongs to both. Of a prompt the last tokens are read ([`LanguageManifest::prompt_tokens`]), of an answer the first
//! ([`LanguageManifest::answer_tokens`]), so that both are always seen together.
//!
//! [`LanguageManifest::prompt_tokens`]: super::LanguageManifest::prompt_tokens
//! [`LanguageManifest::answer_tokens`]: super::LanguageManifest::answer_tokens

use lm::pack::TokenItem;

use super::{LanguageError, LanguageModel};

/// An item to learn from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// All of it is learned.
    Whole(String),
    /// The answer is learned, given the prompt.
    Answered(Answered),
}

/// A prompt and what is said to it. Nothing stands between them: an answer begins with the space that it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The prompt.
    pub prompt: String,
    /// The answer.
    pub answer: String,
}

impl LanguageModel {
    /// An item as tokens.
    ///
    /// # Errors
    /// If the tokenizer fails or gives tokens that the model lacks.
    pub fn item(&self, text: &Text) -> Result<TokenItem, LanguageError> {
        match text {
            Text::Whole(text) => Ok(TokenItem::whole(self.tokens(text, "item")?)),
            Text::Answered(Answered { prompt, answer }) => {
                let (prompt, answer) = (self.tokens(prompt, "item")?, self.tokens(answer, "item")?);
                let given = prompt.len();
                Ok(TokenItem::answered([prompt, answer].concat(), given))
            }
        }
    }

    /// What is asked: a prompt as tokens.
    ///
    /// # Errors
    /// If it has no tokens, or as [`Self::item`].
    pub fn prompt(&self, prompt: &str) -> Result<Vec<u32>, LanguageError> {
        let mut tokens = self.tokens(prompt, "prompt")?;
        if tokens.is_empty() {
            return Err(LanguageError::Unreadable { what: "prompt", reason: "it is empty" });
        }
        let most = self.manifest().prompt_tokens();
        Ok(tokens.split_off(tokens.len().saturating_sub(most)))
    }

    /// What was asked and answered, with the answer's predictions alone.
    ///
    /// # Errors
    /// If prompt or answer has no tokens, or as [`Self::item`].
    pub fn question(&self, said: &Answered) -> Result<TokenItem, LanguageError> {
        let prompt = self.prompt(&said.prompt)?;
        let mut answer = self.tokens(&said.answer, "answer")?;
        if answer.is_empty() {
            return Err(LanguageError::Unreadable { what: "answer", reason: "it is empty" });
        }
        answer.truncate(self.manifest().answer_tokens);
        let given = prompt.len();
        Ok(TokenItem::answered([prompt, answer].concat(), given))
    }

    fn tokens(&self, text: &str, what: &'static str) -> Result<Vec<u32>, LanguageError> {
        let tokens = self.tokenizer().encode(text, false)?;
        let vocabulary = self.manifest().model.vocab_size;
        if tokens.iter().any(|token| *token as usize >= vocabulary) {
            return Err(LanguageError::Unreadable { what, reason: "it has tokens that the model lacks" });
        }
        Ok(tokens)
    }
}
