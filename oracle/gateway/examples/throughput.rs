//! Tokens per second of the engine beside the plain loop.
//!
//! ```text
//! cargo run -p gateway --example throughput -- [SIZE [TOKENS]]
//! ```
//!
//! `SIZE` is `small` (about 1 million weights) or `medium` (about 28 million). Weights are random, which costs the same as trained ones. The plain
//! loop and one client are measured in turns, several times, and the quickest of each is taken, since other processes only make them slower.

use std::error::Error;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use candle_core::Tensor;
use gateway::engine::{Engine, Limits, Loaded, Piece, Request};
use lm::config::{Heads, LlamaConfig};
use lm::decode::Decoder;
use lm::decode::bare::{self, Asked};
use lm::decode::sample::{Sampler, Sampling};
use lm::lora::{Adapter, LoraConfig};
use lm::tokenizer::Tokenizer;
use lm::weights::{Projection, Weights};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const PROMPT: &str = "the ray of light and the ray of shade, and what is between them";
const ADAPTERS: usize = 4;
const ROUNDS: usize = 5;
const VOCABULARY: usize = 1_024;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let config = match arguments.next().as_deref() {
        None | Some("small") => LlamaConfig::new(VOCABULARY, 128, 4, Heads { query: 4, key_value: 4 }, 384, 1_024),
        Some("medium") => LlamaConfig::new(VOCABULARY, 512, 8, Heads { query: 8, key_value: 8 }, 1_536, 1_024),
        Some(other) => return Err(format!("there is no size `{other}`: small or medium").into()),
    };
    let tokens = arguments.next().map_or(Ok(200), |tokens| tokens.parse())?;
    let weights = Weights::initial(&config, 1)?;
    println!("{} weights, {} threads, {tokens} tokens an answer", weights.count(), threads());
    let bench = Bench { weights, tokenizer: tokenizer()?, tokens };
    bench.beside_the_plain_loop()?;
    bench.adapters_together_and_apart()
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn tokenizer() -> Result<Tokenizer> {
    Ok(Tokenizer::learn(&[PROMPT.to_owned()], 300)?)
}

struct Bench {
    weights: Weights,
    tokenizer: Tokenizer,
    tokens: usize,
}

impl Bench {
    fn beside_the_plain_loop(&self) -> Result<()> {
        let mut decoder = Decoder::new(self.weights.clone())?;
        let engine = self.engine(0)?;
        let mut plain = Duration::MAX;
        let mut one = Duration::MAX;
        for _ in 0..ROUNDS {
            plain = plain.min(timed(|| self.plain(&mut decoder))?);
            one = one.min(timed(|| self.clients(&engine, &["base"]))?);
        }
        let rate = |count: usize, time: Duration| (count * self.tokens) as f64 / time.as_secs_f64();
        let bare = rate(1, plain);
        println!("plain loop        {bare:8.0} tokens/s");
        println!(" 1 client         {:8.0} tokens/s   {:5.2} × plain", rate(1, one), rate(1, one) / bare);
        for count in [8, 32] {
            let names = vec!["base"; count];
            let mut quickest = Duration::MAX;
            for _ in 0..ROUNDS.div_ceil(2) {
                quickest = quickest.min(timed(|| self.clients(&engine, &names))?);
            }
            let found = rate(count, quickest);
            println!("{count:2} clients        {found:8.0} tokens/s   {:5.2} × plain", found / bare);
        }
        Ok(())
    }

    /// As many clients of each adapter: of one engine that has all, and of engines that have one each, one after the other.
    fn adapters_together_and_apart(&self) -> Result<()> {
        for each in [1, 8] {
            let together = self.engine(ADAPTERS)?;
            let names: Vec<String> = (0..ADAPTERS).map(name).collect();
            let mixed: Vec<&str> = (0..ADAPTERS * each).map(|rank| names[rank % ADAPTERS].as_str()).collect();
            let (mut mixed_time, mut apart_time) = (Duration::MAX, Duration::MAX);
            for _ in 0..ROUNDS.div_ceil(2) {
                mixed_time = mixed_time.min(timed(|| self.clients(&together, &mixed))?);
                apart_time = apart_time.min(self.apart(&names, each)?);
            }
            let rate = |time: Duration| (ADAPTERS * each * self.tokens) as f64 / time.as_secs_f64();
            println!(
                "{ADAPTERS} adapters, {each} client(s) each: {:8.0} tokens/s in one engine, {:8.0} one adapter after the other",
                rate(mixed_time),
                rate(apart_time)
            );
        }
        Ok(())
    }

    fn apart(&self, names: &[String], each: usize) -> Result<Duration> {
        let mut total = Duration::ZERO;
        for (rank, name) in names.iter().enumerate() {
            let loaded = Loaded { adapters: vec![self.adapter(rank)?], ..self.loaded(0)? };
            let engine = Engine::start(vec![loaded], Limits::default())?;
            total += timed(|| self.clients(&engine, &vec![name.as_str(); each]))?;
        }
        Ok(total)
    }

    fn engine(&self, adapters: usize) -> Result<Engine> {
        Ok(Engine::start(vec![self.loaded(adapters)?], Limits::default())?)
    }

    fn loaded(&self, adapters: usize) -> Result<Loaded> {
        Ok(Loaded {
            name: "base".to_owned(),
            weights: self.weights.clone(),
            tokenizer: self.tokenizer.clone(),
            ends: Vec::new(),
            adapters: (0..adapters).map(|rank| self.adapter(rank)).collect::<Result<_>>()?,
        })
    }

    /// An adapter of rank 8 of all projections, none of whose weights is 0.
    fn adapter(&self, rank: usize) -> Result<(String, Adapter)> {
        let config = LoraConfig::new(8, 16.0, &Projection::ALL);
        let initial = Adapter::initial(&config, self.weights.config(), rank as u64)?;
        let tensors: candle_core::Result<Vec<Tensor>> = initial.tensors().iter().map(|tensor| tensor + 0.01).collect();
        Ok((name(rank), Adapter::new(config, self.weights.config(), tensors?)?))
    }

    fn sampling(&self, seed: u64) -> Sampling {
        Sampling { seed, ..Sampling::default() }
    }

    fn plain(&self, decoder: &mut Decoder) -> Result<()> {
        let prompt = self.tokenizer.encode(PROMPT, false)?;
        let mut sampler = Sampler::new(self.sampling(0), &prompt, VOCABULARY)?;
        let asked = Asked { adapter: None, prompt: &prompt, most: self.tokens };
        bare::generate(decoder, asked, &mut sampler, |_, _| ControlFlow::Continue(()))?;
        Ok(())
    }

    /// All clients at once, each with one request.
    fn clients(&self, engine: &Engine, models: &[&str]) -> Result<()> {
        let submit = |(seed, model): (u64, &&str)| {
            engine.submit(Request {
                model: (*model).to_owned(),
                prompt: PROMPT.to_owned(),
                sampling: self.sampling(seed),
                stop: Vec::new(),
                max_tokens: self.tokens,
                logprobs: None,
            })
        };
        let mut generations: Vec<_> = (0..).zip(models).map(submit).collect::<std::result::Result<_, _>>()?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        runtime.block_on(async {
            for generation in &mut generations {
                while let Some(piece) = generation.next().await {
                    if let Piece::Failed(error) = piece {
                        return Err(error.into());
                    }
                }
            }
            Ok(())
        })
    }
}

fn name(rank: usize) -> String {
    format!("adapter-{rank}")
}

fn timed(run: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let start = Instant::now();
    run()?;
    Ok(start.elapsed())
}
