//! What a version answers: at every step the likeliest token, the lowest of equally likely ones.
//!
//! # Determinism
//! A prompt is computed alone, in a block of its own, so that its answer does not depend on what else is asked. On another kind of processor
//! a token may differ where two are as likely to the last bits.

use candle_core::DType;
use compute::{Cancelled, Job, parallel};
use lm::pack::{TokenItem, pack};

use super::{Answered, LanguageError, LanguageModel};

impl LanguageModel {
    /// The answer to a prompt, of [`super::LanguageManifest::answer_tokens`] tokens.
    ///
    /// # Errors
    /// If the prompt cannot be read, or candle fails.
    pub fn answer(&self, prompt: &str) -> Result<String, LanguageError> {
        let mut tokens = self.prompt(prompt)?;
        let given = tokens.len();
        for _ in 0..self.manifest.answer_tokens {
            let next = self.next_token(&tokens)?;
            tokens.push(next);
        }
        Ok(self.tokenizer().decode(&tokens[given..])?)
    }

    /// The answers to several prompts, in their order, or why there is none.
    ///
    /// # Errors
    /// If the job is cancelled.
    pub fn answers(&self, prompts: &[&str], job: &Job) -> Result<Vec<Result<String, LanguageError>>, Cancelled> {
        parallel::map_under(job, prompts.len(), |index| Ok(self.answer(prompts[index])))
    }

    /// Whether the answer to a question begins with the true answer's first token.
    ///
    /// # Errors
    /// If prompt or answer cannot be read, or candle fails.
    pub fn begins_rightly(&self, question: &Answered) -> Result<bool, LanguageError> {
        let item = self.question(question)?;
        let given = item.weights.iter().take_while(|weight| **weight == 0.0).count();
        Ok(self.next_token(&item.tokens[..given])? == item.tokens[given])
    }

    fn next_token(&self, tokens: &[u32]) -> Result<u32, LanguageError> {
        let weights = self.model.weights();
        // A row is for a token that has a successor, whatever that is.
        let item = TokenItem::whole([tokens, &[0]].concat());
        let packed = pack([&item], self.manifest.training.block_length);
        let batch = packed.batch(0..packed.blocks.len(), self.model.config(), weights.dtype(), weights.device())?;
        let logits = self.model.forward(&batch)?.logits.get(tokens.len() - 1)?;
        let logits: Vec<f32> = logits.to_dtype(DType::F32)?.to_vec1()?;
        let likeliest = (1..logits.len()).fold(0, |best, next| if logits[next] > logits[best] { next } else { best });
        Ok(likeliest as u32)
    }
}
