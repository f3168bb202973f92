//! A request that runs: its sequence, what was drawn for it, and what of its text may be sent.

use lm::decode::cache::Sequence;
use lm::decode::sample::{Likelihood, Sampler};
use lm::decode::text::{Detokenizer, Stops};
use lm::decode::{Decoder, Feed};
use lm::surprise::{Allowance, Surprise};
use lm::tokenizer::Tokenizer;

use super::generation::{Finish, Finished, Logprobs, Piece, Reply, TokenInfo};
use super::lane::Job;
use super::{EngineError, Request};

/// What draws and reads tokens of a base.
pub(super) struct Language<'a> {
    pub tokenizer: &'a Tokenizer,
    /// Tokens that end an answer.
    pub ends: &'a [u32],
}

/// A request that runs.
pub(super) struct Running {
    request: Request,
    reply: Reply,
    sequence: Sequence,
    /// The prompt, then what was drawn. The sequence has the first of them.
    tokens: Vec<u32>,
    prompt: usize,
    sampler: Sampler,
    /// Of what was drawn.
    surprise: Surprise,
    detokenizer: Detokenizer,
    stops: Stops,
    /// Tokens that no piece had yet.
    unsent: Vec<TokenInfo>,
    /// Bytes of keys and values set aside for it.
    pub bytes: usize,
    pub is_over: bool,
}

impl Running {
    /// Begins a job, or tells who asked why it cannot.
    pub fn begin(job: Job, decoder: &Decoder) -> Option<Self> {
        let Job { mut request, adapter, prompt, bytes, reply, permit } = job;
        // It waits no more.
        drop(permit);
        let sampler = match Sampler::new(request.sampling.clone(), &prompt, decoder.config().vocab_size) {
            Ok(sampler) => sampler,
            Err(error) => {
                reply.send(Piece::Failed(EngineError::failed(error)));
                return None;
            }
        };
        let stops = Stops::new(std::mem::take(&mut request.stop));
        Some(Self {
            request,
            reply,
            sequence: decoder.sequence(adapter),
            prompt: prompt.len(),
            tokens: prompt,
            sampler,
            surprise: Surprise::default(),
            detokenizer: Detokenizer::default(),
            stops,
            unsent: Vec::new(),
            bytes,
            is_over: false,
        })
    }

    /// Tokens that the sequence does not have yet.
    pub fn unfed(&self) -> usize {
        self.tokens.len() - self.sequence.len()
    }

    /// Tokens of the prompt that the sequence has.
    pub fn prompt_fed(&self) -> usize {
        self.sequence.len().min(self.prompt)
    }

    /// The next so many of them.
    pub fn feed(&mut self, count: usize) -> Feed<'_> {
        let start = self.sequence.len();
        Feed { tokens: &self.tokens[start..start + count], sequence: &mut self.sequence }
    }

    /// Draws a token from the logits after all tokens, if all were fed, and sends what can be sent. Says whether there was one.
    pub fn draw(&mut self, logits: &[f32], language: &Language<'_>) -> bool {
        if self.unfed() > 0 {
            return false;
        }
        if let Err(error) = self.try_draw(logits, language) {
            self.fail(error);
        }
        true
    }

    fn try_draw(&mut self, logits: &[f32], language: &Language<'_>) -> Result<(), EngineError> {
        let token = self.sampler.pick(logits).map_err(EngineError::failed)?;
        let mut surprise = self.surprise;
        surprise.add(logits, token);
        if !surprise.is_plausible(Allowance::SPEAKER) {
            return self.finish(Finish::Unlikely, language.tokenizer);
        }
        self.surprise = surprise;
        self.tokens.push(token);
        let logprobs = self.request.logprobs.map(|count| logprobs(logits, token, count, language.tokenizer));
        self.unsent.push(TokenInfo { token, logprobs: logprobs.transpose()? });
        if language.ends.contains(&token) {
            return self.finish(Finish::Stop, language.tokenizer);
        }
        let piece = self.detokenizer.push(language.tokenizer, token).map_err(EngineError::failed)?;
        let passed = self.stops.push(&piece);
        if passed.is_stopped {
            self.end(Finish::Stop, passed.text);
        } else if self.drawn() == self.request.max_tokens {
            self.send(passed.text);
            self.finish(Finish::Length, language.tokenizer)?;
        } else {
            self.send(passed.text);
        }
        Ok(())
    }

    /// Ends it if who asked wants no more.
    pub fn end_if_cancelled(&mut self, tokenizer: &Tokenizer) {
        if self.reply.is_cancelled()
            && let Err(error) = self.finish(Finish::Cancelled, tokenizer)
        {
            self.fail(error);
        }
    }

    /// Ends it without its end.
    pub fn fail(&mut self, error: EngineError) {
        self.reply.send(Piece::Failed(error));
        self.is_over = true;
    }

    /// Sends what was held back, which may yet be a stop sequence, and ends it.
    fn finish(&mut self, reason: Finish, tokenizer: &Tokenizer) -> Result<(), EngineError> {
        let rest = self.detokenizer.finish(tokenizer).map_err(EngineError::failed)?;
        let passed = self.stops.push(&rest);
        if passed.is_stopped {
            self.end(Finish::Stop, passed.text);
        } else {
            let held = self.stops.finish();
            self.end(reason, passed.text + &held);
        }
        Ok(())
    }

    fn end(&mut self, reason: Finish, text: String) {
        if !text.is_empty() || !self.unsent.is_empty() {
            self.reply.send(Piece::Text { text, tokens: std::mem::take(&mut self.unsent) });
        }
        let (prompt_tokens, completion_tokens) = (self.prompt, self.drawn());
        self.reply.send(Piece::Done(Finished { reason, prompt_tokens, completion_tokens }));
        self.is_over = true;
    }

    fn send(&mut self, text: String) {
        if !text.is_empty() {
            self.reply.send(Piece::Text { text, tokens: std::mem::take(&mut self.unsent) });
        }
    }

    fn drawn(&self) -> usize {
        self.tokens.len() - self.prompt
    }
}

fn logprobs(logits: &[f32], token: u32, count: usize, tokenizer: &Tokenizer) -> Result<Logprobs, EngineError> {
    let text = |token: u32| tokenizer.decode(&[token]).map_err(EngineError::failed);
    let Likelihood { log_probability, likeliest } = Likelihood::of(logits, token, count);
    let named = |(token, log): (u32, f32)| Ok((token, text(token)?, log));
    let likeliest = likeliest.into_iter().map(named).collect::<Result<_, EngineError>>()?;
    Ok(Logprobs { text: text(token)?, log_probability, likeliest })
}
