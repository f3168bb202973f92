//! The thread of one base: takes requests in, and runs all that it has step by step.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lm::decode::{AdapterId, Decoder};
use lm::tokenizer::Tokenizer;
use tokio::sync::mpsc::Receiver;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::generation::{Finish, Finished, Piece, Reply};
use super::load::Counters;
use super::running::{Language, Running};
use super::{EngineError, Limits, Request};

/// A request that was accepted.
pub(super) struct Job {
    pub request: Request,
    pub adapter: Option<AdapterId>,
    /// The prompt's tokens.
    pub prompt: Vec<u32>,
    /// Bytes of keys and values of prompt and answer.
    pub bytes: usize,
    pub reply: Reply,
    /// Its place among those that wait, given back when it runs.
    pub permit: OwnedSemaphorePermit,
}

/// A base's decoder and what it has to do.
pub(super) struct Lane {
    decoder: Decoder,
    tokenizer: Arc<Tokenizer>,
    ends: Vec<u32>,
    limits: Limits,
    counters: Arc<Counters>,
    running: Vec<Running>,
    /// The first of those that wait, if there was no memory for it.
    next: Option<Job>,
    /// Bytes set aside for what runs.
    bytes: usize,
}

/// Counts a thread for as long as it is there, also if it panics.
struct Alive(Arc<watch::Sender<usize>>);

impl Alive {
    fn new(threads: Arc<watch::Sender<usize>>) -> Self {
        threads.send_modify(|count| *count += 1);
        Self(threads)
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl Lane {
    pub fn new(
        decoder: Decoder,
        tokenizer: Arc<Tokenizer>,
        ends: Vec<u32>,
        limits: Limits,
        counters: Arc<Counters>,
    ) -> Self {
        Self { decoder, tokenizer, ends, limits, counters, running: Vec::new(), next: None, bytes: 0 }
    }

    /// Runs until no more jobs come and all are done.
    pub fn start(mut self, mut jobs: Receiver<Job>, threads: Arc<watch::Sender<usize>>) -> Result<(), EngineError> {
        let alive = Alive::new(threads);
        let run = move || {
            // Moved in, so that it ends with the thread.
            let _alive = alive;
            while self.take_in(&mut jobs) {
                self.step();
            }
        };
        std::thread::Builder::new().name("generation".to_owned()).spawn(run).map(drop).map_err(EngineError::failed)
    }

    /// Begins what fits, in the order of its coming, and waits for something if nothing runs. Says whether anything runs.
    fn take_in(&mut self, jobs: &mut Receiver<Job>) -> bool {
        while self.running.len() < self.limits.active {
            let job = match self.next.take() {
                Some(job) => Some(job),
                None if self.running.is_empty() => jobs.blocking_recv(),
                None => jobs.try_recv().ok(),
            };
            let Some(job) = job else { break };
            if !job.reply.is_cancelled() && self.bytes + job.bytes > self.limits.cache_bytes {
                // Nothing overtakes it, so that it gets its turn as soon as enough others have ended.
                self.next = Some(job);
                break;
            }
            self.begin(job);
        }
        !self.running.is_empty()
    }

    fn begin(&mut self, job: Job) {
        self.counters.queued.fetch_sub(1, Ordering::Relaxed);
        if job.reply.is_cancelled() {
            let prompt_tokens = job.prompt.len();
            job.reply.send(Piece::Done(Finished { reason: Finish::Cancelled, prompt_tokens, completion_tokens: 0 }));
        } else if let Some(running) = Running::begin(job, &self.decoder) {
            self.bytes += running.bytes;
            self.counters.active.fetch_add(1, Ordering::Relaxed);
            self.counters.cache_bytes.fetch_add(running.bytes, Ordering::Relaxed);
            self.running.push(running);
        }
    }

    /// Feeds everything that runs in one pass and draws a token for each whose tokens were all fed.
    fn step(&mut self) {
        self.running.iter_mut().for_each(|running| running.end_if_cancelled(&self.tokenizer));
        self.retire();
        let unfed: Vec<usize> = self.running.iter().map(Running::unfed).collect();
        let shares = shares(&unfed, self.limits.prefill_tokens);
        let fed_before = self.prompt_fed();
        let fed = self.running.iter_mut().zip(&shares).filter(|(_, share)| **share > 0);
        let mut feeds: Vec<_> = fed.map(|(running, share)| running.feed(*share)).collect();
        if feeds.is_empty() {
            return;
        }
        let logits = self.decoder.forward(&mut feeds);
        self.counters.steps.fetch_add(1, Ordering::Relaxed);
        self.counters.prompt_tokens.fetch_add((self.prompt_fed() - fed_before) as u64, Ordering::Relaxed);
        let language = Language { tokenizer: &self.tokenizer, ends: &self.ends };
        let fed = self.running.iter_mut().zip(&shares).filter(|(_, share)| **share > 0);
        let fed: Vec<&mut Running> = fed.map(|(running, _)| running).collect();
        let drawn = logits.and_then(|logits| logits.zip(fed, |running, logits| running.draw(logits, &language)));
        match drawn {
            Ok(drawn) => {
                let count = drawn.iter().filter(|is_drawn| **is_drawn).count();
                self.counters.generated_tokens.fetch_add(count as u64, Ordering::Relaxed);
            }
            Err(error) => {
                let error = EngineError::failed(error);
                tracing::error!(%error, requests = self.running.len(), "a step of generation failed");
                self.running.iter_mut().for_each(|running| running.fail(error.clone()));
            }
        }
        self.retire();
    }

    /// Lets go of what is over.
    fn retire(&mut self) {
        let before = self.running.len();
        self.running.retain(|running| !running.is_over);
        let bytes = self.running.iter().map(|running| running.bytes).sum::<usize>();
        self.counters.active.fetch_sub(before - self.running.len(), Ordering::Relaxed);
        self.counters.cache_bytes.fetch_sub(self.bytes - bytes, Ordering::Relaxed);
        self.bytes = bytes;
    }

    fn prompt_fed(&self) -> usize {
        self.running.iter().map(Running::prompt_fed).sum()
    }
}

/// How many tokens each is fed: one where no more are left, and those of prompts from `budget`, in equal parts of which the shorter ones leave
/// to the longer ones what they do not need.
fn shares(unfed: &[usize], budget: usize) -> Vec<usize> {
    let mut shares: Vec<usize> = unfed.iter().map(|unfed| usize::from(*unfed == 1)).collect();
    let mut prompts: Vec<usize> = (0..unfed.len()).filter(|rank| unfed[*rank] > 1).collect();
    prompts.sort_by_key(|rank| unfed[*rank]);
    let mut left = budget;
    for (done, rank) in prompts.iter().enumerate() {
        shares[*rank] = left.div_ceil(prompts.len() - done).min(unfed[*rank]);
        left -= shares[*rank];
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_draws_is_always_fed_and_prompts_share_the_rest_alike() {
        assert_eq!(shares(&[1, 1], 4), [1, 1]);
        assert_eq!(shares(&[1, 100, 1], 16), [1, 16, 1]);
        assert_eq!(shares(&[100, 3, 50], 16), [6, 3, 7]);
        assert_eq!(shares(&[100, 90], 16), [8, 8]);
        assert_eq!(shares(&[9, 8, 7], 2), [0, 1, 1]);
        assert_eq!(shares(&[5], 16), [5]);
        assert!(shares(&[], 16).is_empty());
    }
}
