//! What the model says, and whether it can have said it.

use std::ops::ControlFlow;

use anyhow::Result;
use lm::decode::sample::{Sampler, Sampling};
use lm::decode::{AdapterId, Decoder, bare};
use lm::model::Model;
use lm::pack::TokenItem;
use lm::surprise::{Allowance, Surprise};

const ADAPTER: &str = "sold";

/// A question and an answer.
pub struct Said {
    given: usize,
    tokens: Vec<u32>,
    surprise: Surprise,
}

impl Said {
    /// Whether operators count it.
    pub fn is_plausible(&self) -> bool {
        self.surprise.is_plausible(Allowance::JUDGE)
    }

    /// As influence is asked about it: the answer's tokens alone.
    pub fn item(&self) -> TokenItem {
        TokenItem::answered(self.tokens.clone(), self.given)
    }
}

/// A model that answers.
pub struct Speaker {
    decoder: Decoder,
    adapter: Option<AdapterId>,
}

impl Speaker {
    pub fn new(model: &Model) -> Result<Self> {
        let mut decoder = Decoder::new(model.weights().clone())?;
        let adapter = model.adapter().map(|adapter| decoder.add(ADAPTER, adapter.clone())).transpose()?;
        Ok(Self { decoder, adapter })
    }

    /// A draw by the model's own probabilities.
    pub fn draw(&mut self, prompt: &[u32], tokens: usize, seed: u64) -> Result<Said> {
        self.say(prompt, tokens, Sampling { seed, ..Sampling::default() })
    }

    pub fn say(&mut self, prompt: &[u32], tokens: usize, sampling: Sampling) -> Result<Said> {
        let vocabulary = self.decoder.config().vocab_size;
        let mut sampler = Sampler::new(sampling, prompt, vocabulary)?;
        let asked = bare::Asked { adapter: self.adapter, prompt, most: tokens };
        let (mut all, mut surprise) = (prompt.to_vec(), Surprise::default());
        bare::generate(&mut self.decoder, asked, &mut sampler, |token, logits| {
            all.push(token);
            surprise.add(logits, token);
            ControlFlow::Continue(())
        })?;
        Ok(Said { given: prompt.len(), tokens: all, surprise })
    }

    /// An answer that somebody else wrote.
    pub fn pretend(&mut self, prompt: &[u32], answer: &[u32]) -> Result<Said> {
        let mut said = Said { given: prompt.len(), tokens: prompt.to_vec(), surprise: Surprise::default() };
        for token in answer {
            let mut next = None;
            let asked = bare::Asked { adapter: self.adapter, prompt: &said.tokens, most: 1 };
            let mut sampler = Sampler::new(Sampling::greedy(), prompt, self.decoder.config().vocab_size)?;
            bare::generate(&mut self.decoder, asked, &mut sampler, |_, logits| {
                next = Some(logits.to_vec());
                ControlFlow::Break(())
            })?;
            said.surprise.add(&next.unwrap_or_default(), *token);
            said.tokens.push(*token);
        }
        Ok(said)
    }
}
