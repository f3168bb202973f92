//! What the gateway costs beside what it stands on: generation for many clients beside the plain loop, adapters together and apart, vouchers beside bare
//! signatures.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use anyhow::Result;
use bench::record::{Output, Record};
use candle_core::Tensor;
use clap::Parser;
use cosmwasm_std::{Addr, Binary, Uint128};
use gateway::{
    account::{Account, Charge},
    engine::{Engine, Limits, Loaded, Piece, Request},
    voucher,
};
use k256::ecdsa::{Signature, SigningKey, VerifyingKey, signature::hazmat::PrehashVerifier as _};
use lm::{
    config::{Heads, LlamaConfig},
    decode::{
        Decoder,
        bare::{self, Asked},
        sample::{Sampler, Sampling},
    },
    lora::{Adapter, LoraConfig},
    tokenizer::Tokenizer,
    weights::{Projection, Weights},
};
use protocol::{ChannelId, Epoch, Hash32, ModelId, settlement::Channel};
use rules::{
    hash::Domain,
    payment::{Voucher, genesis_head},
};

/// Tokens and vouchers per second, and each beside what it is compared with: `ratio` is 1 for that itself. Weights are random, which costs the same as trained ones. What is
/// compared runs in turns, and the quickest of several runs counts, since other processes only make them slower.
#[derive(Parser)]
#[command(name = "bench/gateway")]
struct Arguments {
    /// Tokens of an answer.
    #[arg(long, default_value_t = 200)]
    tokens: usize,
    /// A model of about 28 million weights instead of 1 million.
    #[arg(long)]
    medium: bool,
    /// Vouchers.
    #[arg(long, default_value_t = 2_000)]
    vouchers: u64,
    #[command(flatten)]
    output: Output,
}

const PROMPT: &str = "the ray of light and the ray of shade, and what is between them";
const ADAPTERS: usize = 4;
const ROUNDS: usize = 5;
const VOCABULARY: usize = 1_024;

fn main() -> Result<()> {
    let Arguments { tokens, medium, vouchers, output } = Arguments::parse();
    let config = match medium {
        false => LlamaConfig::new(VOCABULARY, 128, 4, Heads { query: 4, key_value: 4 }, 384, 1_024),
        true => LlamaConfig::new(VOCABULARY, 512, 8, Heads { query: 8, key_value: 8 }, 1_536, 1_024),
    };
    let weights = Weights::initial(&config, 1)?;
    println!("{} weights, {} threads, {tokens} tokens an answer", weights.count(), threads());
    let bench = Bench { weights, tokenizer: Tokenizer::learn(&[PROMPT.to_owned()], 300)?, tokens };
    let mut records = paid(vouchers)?;
    records.extend(bench.beside_the_plain_loop()?);
    records.extend(bench.adapters_together_and_apart()?);
    Ok(output.show(&records)?)
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn told(name: &'static str, per_second: f64, beside: f64) -> Record {
    Record::default().text("name", name).number("per_second", per_second, 0).number("ratio", per_second / beside, 2)
}

/// Calls that are charged, and their vouchers, taken one after the other on one core, beside signatures that are verified alone.
fn paid(count: u64) -> Result<Vec<Record>> {
    let (domain, key) = (domain(), SigningKey::from_slice(&[3; 32])?);
    let verifying = *key.verifying_key();
    let (mut bare, mut taken) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let mut account = Account::new(&channel(&domain, &verifying));
        let mut vouchers = Vec::new();
        let mut ahead = account.clone();
        for _ in 0..count {
            ahead.charge(charge(), &domain);
            let (cumulative, head) = (ahead.served.sum.u128(), ahead.served.head.0);
            vouchers.push(voucher::sign(&key, &domain, &Voucher { channel: 7, epoch: 1, cumulative, head }));
        }
        let digests: Vec<([u8; 32], Signature)> = vouchers
            .iter()
            .map(|voucher| {
                let (cumulative, head) = (voucher.cumulative.u128(), voucher.head.0);
                let digest = Voucher { channel: 7, epoch: 1, cumulative, head }.digest(&domain);
                Ok((digest, Signature::from_slice(&voucher.signature)?))
            })
            .collect::<Result<_>>()?;
        bare = bare.min(timed(|| {
            for (digest, signature) in &digests {
                verifying.verify_prehash(digest, signature)?;
            }
            Ok(())
        })?);
        taken = taken.min(timed(|| {
            for voucher in &vouchers {
                account.charge(charge(), &domain);
                account.accept(voucher.clone(), &verifying, &domain)?;
            }
            Ok(())
        })?);
    }
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    Ok(vec![told("signatures_bare", rate(bare), rate(bare)), told("vouchers", rate(taken), rate(bare))])
}

fn domain() -> Domain {
    Domain { chain_id: "bench-1".to_owned(), contract: "settlement".to_owned() }
}

fn channel(domain: &Domain, key: &VerifyingKey) -> Channel {
    Channel {
        id: ChannelId(7),
        payer: Addr::unchecked("payer"),
        voucher_key: Binary::from(key.to_encoded_point(true).as_bytes()),
        model: ModelId(1),
        gateway: Addr::unchecked("gateway"),
        deposit: Uint128::MAX,
        redeemed: Uint128::zero(),
        head: Hash32(genesis_head(domain, 7)),
        last_epoch: None,
        close_at: None,
        notice_height: None,
        closed: false,
    }
}

/// A call of the length of a chat's turn.
fn charge() -> Charge {
    Charge {
        version: 1,
        epoch: Epoch(1),
        prompt: vec![b'p'; 400],
        salt: Hash32([9; 32]),
        output: vec![b'o'; 800],
        tokens_in: 400,
        tokens_out: 800,
        fee: 1_000,
        price_sheet: 1,
    }
}

struct Bench {
    weights: Weights,
    tokenizer: Tokenizer,
    tokens: usize,
}

impl Bench {
    fn beside_the_plain_loop(&self) -> Result<Vec<Record>> {
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
        let mut records = vec![told("plain_loop", bare, bare), told("clients_1", rate(1, one), bare)];
        for (name, count) in [("clients_8", 8), ("clients_32", 32)] {
            let names = vec!["base"; count];
            let mut quickest = Duration::MAX;
            for _ in 0..ROUNDS.div_ceil(2) {
                quickest = quickest.min(timed(|| self.clients(&engine, &names))?);
            }
            records.push(told(name, rate(count, quickest), bare));
        }
        Ok(records)
    }

    /// As many clients of each adapter: of one engine that has all, and of engines that have one each, one after the other.
    fn adapters_together_and_apart(&self) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for (together_name, apart_name, each) in
            [("adapters_mixed_4", "adapters_apart_4", 1), ("adapters_mixed_32", "adapters_apart_32", 8)]
        {
            let together = self.engine(ADAPTERS)?;
            let names: Vec<String> = (0..ADAPTERS).map(name).collect();
            let mixed: Vec<&str> = (0..ADAPTERS * each).map(|rank| names[rank % ADAPTERS].as_str()).collect();
            let (mut mixed_time, mut apart_time) = (Duration::MAX, Duration::MAX);
            for _ in 0..ROUNDS.div_ceil(2) {
                mixed_time = mixed_time.min(timed(|| self.clients(&together, &mixed))?);
                apart_time = apart_time.min(self.apart(&names, each)?);
            }
            let rate = |time: Duration| (ADAPTERS * each * self.tokens) as f64 / time.as_secs_f64();
            let apart = rate(apart_time);
            records.push(told(together_name, rate(mixed_time), apart));
            records.push(told(apart_name, apart, apart));
        }
        Ok(records)
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
        let mut generations: Vec<_> = (0..).zip(models).map(submit).collect::<Result<_, _>>()?;
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
