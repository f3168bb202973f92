//! Whether a version can have said what a receipt names: what it answers is drawn, so that nobody can compute it again, but not everything can be drawn.
//!
//! # Determinism
//! As of [`super::answer`]: every answer is computed alone. Two kinds of processor may differ about a text whose surprisal is at the bound to the last bits; whoever
//! serves keeps away from it ([`lm::surprise::Allowance::SPEAKER`]).

use candle_core::DType;
use compute::{Cancelled, Job, parallel};
use lm::pack::pack;
use lm::surprise::{Allowance, Surprise};

use super::{Answered, LanguageError, LanguageModel};

impl LanguageModel {
    /// The surprisal of an answer's tokens, as many as are read of one, given the prompt.
    ///
    /// # Errors
    /// If prompt or answer cannot be read, or candle fails.
    pub fn surprise(&self, said: &Answered) -> Result<Surprise, LanguageError> {
        let weights = self.model.weights();
        let item = self.question(said)?;
        let given = item.weights.iter().take_while(|weight| **weight == 0.0).count();
        let packed = pack([&item], self.manifest.training.block_length);
        let batch = packed.batch(0..packed.blocks.len(), self.model.config(), weights.dtype(), weights.device())?;
        let logits = self.model.forward(&batch)?.logits;
        let mut surprise = Surprise::default();
        for place in given..item.tokens.len() {
            let row: Vec<f32> = logits.get(place - 1)?.to_dtype(DType::F32)?.to_vec1()?;
            surprise.add(&row, item.tokens[place]);
        }
        Ok(surprise)
    }

    /// Whether each of these answers can have been given, in their order, or why it cannot be told.
    ///
    /// # Errors
    /// If the job is cancelled.
    pub fn can_have_said(&self, said: &[Answered], job: &Job) -> Result<Vec<Result<bool, LanguageError>>, Cancelled> {
        let one = |index: usize| self.surprise(&said[index]).map(|surprise| surprise.is_plausible(Allowance::JUDGE));
        parallel::map_under(job, said.len(), |index| Ok(one(index)))
    }
}
