//! Generation for many requests at once: continuous batching over one decoder of each base.
//!
//! A thread owns each base's decoder ([`lane`]). Requests wait in a bounded queue; at every step the thread takes in what fits, feeds parts of new
//! prompts and the last token of everything that runs in one pass, draws a token for each, and sends pieces of text to whoever asked.
//! Adapters of a base run side by side in the same pass.
//!
//! # Determinism
//! In f32 on the CPU an answer is a function of its request alone, whatever runs beside it ([`lm::decode`]).

mod error;
mod generation;
mod lane;
mod limits;
mod load;
mod running;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lm::decode::cache::PAGE;
use lm::decode::sample::Sampling;
use lm::decode::{AdapterId, Decoder};
use lm::lora::Adapter;
use lm::tokenizer::Tokenizer;
use lm::weights::Weights;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc, watch};

pub use error::EngineError;
pub use generation::{Canceller, Finish, Finished, Generation, Logprobs, Piece, TokenInfo};
pub use limits::Limits;
pub use load::Load;

use lane::{Job, Lane};
use load::Counters;

/// Most likeliest tokens that can be asked for beside the chosen one.
pub const MOST_LOGPROBS: usize = 20;
/// Most stop sequences of a request, and bytes of each.
pub const MOST_STOPS: usize = 16;
/// See [`MOST_STOPS`].
pub const LONGEST_STOP: usize = 256;

/// A base model with its adapters, to be served.
pub struct Loaded {
    /// What requests call the base.
    pub name: String,
    /// Of one precision on one device.
    pub weights: Weights,
    /// The base's and its adapters'.
    pub tokenizer: Tokenizer,
    /// Tokens that end an answer, as Hugging Face's `eos_token_id`; they give no text.
    pub ends: Vec<u32>,
    /// Adapters, each under the name that requests call it.
    pub adapters: Vec<(String, Adapter)>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Name of a base or an adapter.
    pub model: String,
    /// The text to continue.
    pub prompt: String,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Texts that end the answer, without being part of it.
    pub stop: Vec<String>,
    /// Most tokens of the answer, at least 1.
    pub max_tokens: usize,
    /// Whether the probabilities of tokens are wanted, and of how many of the likeliest beside the chosen one.
    pub logprobs: Option<usize>,
}

/// What is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// What requests call it.
    pub name: String,
    /// Name of its base, if it is an adapter.
    pub base: Option<String>,
    /// Most tokens of prompt and answer together.
    pub context: usize,
    /// Number of tokens that it knows.
    pub vocabulary: usize,
}

/// Generation for many requests. All clones are the same engine; when the last is dropped, what was accepted is finished and the threads end.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    lanes: Vec<Door>,
    models: BTreeMap<String, Served>,
    infos: Vec<ModelInfo>,
    is_draining: AtomicBool,
    counters: Arc<Counters>,
    running: watch::Receiver<usize>,
}

/// The way into a lane.
struct Door {
    /// None once nothing more comes.
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    /// A permit for each job that may wait.
    waiting: Arc<Semaphore>,
    tokenizer: Arc<Tokenizer>,
    context: usize,
    vocabulary: usize,
    /// Bytes of keys and values of a page of tokens.
    page_bytes: usize,
    /// Bytes that there are for all.
    room: usize,
}

#[derive(Clone, Copy)]
struct Served {
    lane: usize,
    adapter: Option<AdapterId>,
}

impl Engine {
    /// Starts a thread for each base. The limits are each base's own.
    ///
    /// # Errors
    /// If a name is used twice, a limit is 0, an adapter is not of its base, or the system has no thread left.
    pub fn start(models: Vec<Loaded>, limits: Limits) -> Result<Self, EngineError> {
        limits.check()?;
        let counters = Arc::new(Counters::default());
        let (alive, running) = watch::channel(0);
        let alive = Arc::new(alive);
        let mut shared = Shared {
            lanes: Vec::new(),
            models: BTreeMap::new(),
            infos: Vec::new(),
            is_draining: AtomicBool::new(false),
            counters: Arc::clone(&counters),
            running,
        };
        for loaded in models {
            let (decoder, tokenizer, ends) = shared.enlist(loaded)?;
            let (sender, jobs) = mpsc::channel(limits.waiting);
            shared.open(&decoder, Arc::clone(&tokenizer), sender, limits);
            let lane = Lane::new(decoder, tokenizer, ends, limits, Arc::clone(&counters));
            lane.start(jobs, Arc::clone(&alive))?;
        }
        Ok(Self(Arc::new(shared)))
    }

    /// What is served, in the order given: each base, then its adapters.
    pub fn models(&self) -> Vec<ModelInfo> {
        self.0.infos.clone()
    }

    /// How much there is to do, and was done.
    pub fn load(&self) -> Load {
        self.0.counters.load()
    }

    /// Whether all of its threads are there: one that has failed answers nothing any more.
    pub fn is_running(&self) -> bool {
        *self.0.running.borrow() == self.0.lanes.len()
    }

    /// Accepts a request, or says at once why not.
    ///
    /// # Errors
    /// If the model is unknown, a parameter is outside its range, the request has no room in the context or the cache, the queue is full, or
    /// the engine is draining.
    pub fn submit(&self, request: Request) -> Result<Generation, EngineError> {
        if self.0.is_draining.load(Ordering::Acquire) {
            return Err(EngineError::Draining);
        }
        let unknown = || EngineError::UnknownModel { name: request.model.clone() };
        let served = *self.0.models.get(&request.model).ok_or_else(unknown)?;
        let door = &self.0.lanes[served.lane];
        // Before the prompt is read, which takes the longest.
        let permit = Arc::clone(&door.waiting).try_acquire_owned().map_err(|_| EngineError::Busy)?;
        let prompt = door.check(&request)?;
        let bytes = door.bytes_of(prompt.len() + request.max_tokens);
        let (generation, reply) = Generation::new(prompt.len());
        self.0.counters.queued.fetch_add(1, Ordering::Relaxed);
        let job = Job { request, adapter: served.adapter, prompt, bytes, reply, permit };
        let sent = {
            let sender = door.jobs();
            sender.as_ref().ok_or(EngineError::Draining).and_then(|sender| sender.try_send(job).map_err(refused))
        };
        if let Err(error) = sent {
            self.0.counters.queued.fetch_sub(1, Ordering::Relaxed);
            return Err(error);
        }
        Ok(generation)
    }

    /// Refuses new requests from now on and waits until all that were accepted are answered and the threads have ended.
    pub async fn drain(&self) {
        self.0.is_draining.store(true, Ordering::Release);
        for door in &self.0.lanes {
            door.jobs().take();
        }
        let mut running = self.0.running.clone();
        // An error says that the last thread is gone.
        let _ = running.wait_for(|threads| *threads == 0).await;
    }
}

fn refused(error: TrySendError<Job>) -> EngineError {
    match error {
        TrySendError::Full(_) => EngineError::Busy,
        TrySendError::Closed(_) => EngineError::Failed { why: "its thread has ended".to_owned() },
    }
}

impl Shared {
    /// Puts the names of a base and its adapters down and makes its decoder.
    fn enlist(&mut self, loaded: Loaded) -> Result<(Decoder, Arc<Tokenizer>, Vec<u32>), EngineError> {
        let Loaded { name, weights, tokenizer, ends, adapters } = loaded;
        let lane = self.lanes.len();
        let mut decoder = Decoder::new(weights).map_err(EngineError::failed)?;
        let (context, vocabulary) = (decoder.context(), decoder.config().vocab_size);
        let mut put = |name: String, base: Option<String>, adapter| {
            if self.models.insert(name.clone(), Served { lane, adapter }).is_some() {
                return Err(EngineError::invalid("model", format!("two models are named `{name}`")));
            }
            self.infos.push(ModelInfo { name, base, context, vocabulary });
            Ok(())
        };
        put(name.clone(), None, None)?;
        for (own, adapter) in adapters {
            let id = decoder.add(&own, adapter).map_err(EngineError::failed)?;
            put(own, Some(name.clone()), Some(id))?;
        }
        Ok((decoder, Arc::new(tokenizer), ends))
    }

    fn open(&mut self, decoder: &Decoder, tokenizer: Arc<Tokenizer>, sender: mpsc::Sender<Job>, limits: Limits) {
        self.lanes.push(Door {
            jobs: Mutex::new(Some(sender)),
            waiting: Arc::new(Semaphore::new(limits.waiting)),
            tokenizer,
            context: decoder.context(),
            vocabulary: decoder.config().vocab_size,
            page_bytes: decoder.cache_bytes(PAGE),
            room: limits.cache_bytes,
        });
    }
}

impl Door {
    fn jobs(&self) -> MutexGuard<'_, Option<mpsc::Sender<Job>>> {
        // Nothing that holds it can leave it half changed.
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bytes_of(&self, tokens: usize) -> usize {
        tokens.div_ceil(PAGE) * self.page_bytes
    }

    /// The prompt's tokens, if all of the request can be served.
    fn check(&self, request: &Request) -> Result<Vec<u32>, EngineError> {
        let sampling = request.sampling.check(self.vocabulary);
        sampling.map_err(|error| EngineError::invalid(error.parameter, error.to_string()))?;
        check_asked(request)?;
        let prompt = self.tokenizer.encode(&request.prompt, false);
        let prompt = prompt.map_err(|error| EngineError::invalid("prompt", error.to_string()))?;
        if prompt.is_empty() {
            return Err(EngineError::invalid("prompt", "it is empty: write at least one character".to_owned()));
        }
        if let Some(token) = prompt.iter().find(|token| **token as usize >= self.vocabulary) {
            return Err(EngineError::invalid("prompt", format!("it has token {token}, which the model lacks")));
        }
        let (max_tokens, context) = (request.max_tokens, self.context);
        if max_tokens > context || prompt.len() > context - max_tokens {
            return Err(EngineError::TooLong { prompt: prompt.len(), max_tokens, context });
        }
        let (bytes, room) = (self.bytes_of(prompt.len() + max_tokens), self.room);
        if bytes > room {
            return Err(EngineError::NoRoom { bytes, room });
        }
        Ok(prompt)
    }
}

fn check_asked(request: &Request) -> Result<(), EngineError> {
    if request.max_tokens == 0 {
        return Err(EngineError::invalid("max_tokens", "it is 0, but it must be at least 1".to_owned()));
    }
    if request.logprobs.is_some_and(|count| count > MOST_LOGPROBS) {
        return Err(EngineError::invalid("logprobs", format!("at most {MOST_LOGPROBS} can be asked for")));
    }
    if request.stop.len() > MOST_STOPS || request.stop.iter().any(|stop| stop.len() > LONGEST_STOP) {
        let why = format!("at most {MOST_STOPS} sequences of at most {LONGEST_STOP} bytes each can be looked for");
        return Err(EngineError::invalid("stop", why));
    }
    Ok(())
}
