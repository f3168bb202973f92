//! Engines over small random models: answers beside those given alone, limits, ends.

use std::ops::ControlFlow;
use std::time::Duration;

use candle_core::{Device, Tensor};
use lm::config::{Heads, LlamaConfig};
use lm::decode::Decoder;
use lm::decode::bare::{self, Asked};
use lm::decode::sample::{Sampler, Sampling};
use lm::decode::text::Detokenizer;
use lm::lora::{Adapter, LoraConfig};
use lm::tokenizer::Tokenizer;
use lm::weights::{Projection, Weights};

use super::*;

const CONTEXT: usize = 4096;
/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn tokenizer() -> Tokenizer {
    Tokenizer::learn(&["the ray of light and the ray of shade, – é".to_owned()], 280).expect("learned")
}

fn config() -> LlamaConfig {
    LlamaConfig::new(280, 16, 1, Heads { query: 2, key_value: 1 }, 24, CONTEXT)
}

/// A model whose answers do not repeat themselves, under a seed.
fn weights(seed: u64) -> Weights {
    let initial = Weights::initial(&config(), seed).expect("weights");
    let tensors = initial.tensors().iter().map(|tensor| if tensor.rank() > 1 { tensor * 12.0 } else { tensor * 1.0 });
    Weights::new(config(), tensors.collect::<candle_core::Result<_>>().expect("products")).expect("weights")
}

fn adapter(seed: u64) -> Adapter {
    let lora = LoraConfig::new(2, 4.0, &[Projection::Query, Projection::Down]);
    let initial = Adapter::initial(&lora, &config(), seed).expect("an adapter");
    let waved = |tensor: &Tensor| {
        let wave: Vec<f32> = (0..tensor.elem_count()).map(|place| (seed as f32 + place as f32).sin() * 0.5).collect();
        tensor + Tensor::from_vec(wave, tensor.dims(), &Device::Cpu)?
    };
    let tensors = initial.tensors().iter().map(waved).collect::<candle_core::Result<_>>().expect("sums");
    Adapter::new(lora, &config(), tensors).expect("an adapter")
}

fn loaded() -> Loaded {
    Loaded {
        name: "base".to_owned(),
        weights: weights(1),
        tokenizer: tokenizer(),
        ends: Vec::new(),
        adapters: vec![("one".to_owned(), adapter(2)), ("other".to_owned(), adapter(3))],
    }
}

fn engine(limits: Limits) -> Engine {
    Engine::start(vec![loaded()], limits).expect("started")
}

fn request(prompt: &str, max_tokens: usize) -> Request {
    Request {
        model: "base".to_owned(),
        prompt: prompt.to_owned(),
        sampling: Sampling::default(),
        stop: Vec::new(),
        max_tokens,
        logprobs: None,
    }
}

#[derive(Debug, PartialEq)]
struct Answer {
    text: String,
    tokens: Vec<TokenInfo>,
    finished: Finished,
}

impl Answer {
    fn numbers(&self) -> Vec<u32> {
        self.tokens.iter().map(|token| token.token).collect()
    }
}

async fn next(generation: &mut Generation) -> Piece {
    let piece = tokio::time::timeout(PATIENCE, generation.next()).await;
    piece.expect("it does not hang").expect("not over yet")
}

async fn whole(mut generation: Generation) -> Answer {
    let (mut text, mut tokens) = (String::new(), Vec::new());
    loop {
        match next(&mut generation).await {
            Piece::Text { text: more, tokens: drawn } => {
                text += &more;
                tokens.extend(drawn);
            }
            Piece::Done(finished) => {
                assert!(generation.next().await.is_none(), "nothing follows the end");
                assert_eq!(tokens.len(), finished.completion_tokens);
                return Answer { text, tokens, finished };
            }
            Piece::Failed(error) => panic!("failed: {error}"),
        }
    }
}

async fn answer(engine: &Engine, request: Request) -> Answer {
    whole(engine.submit(request).expect("accepted")).await
}

/// Waits until something holds, which other threads bring about.
async fn until(mut holds: impl FnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    });
    waited.await.expect("it comes about");
}

/// What the plain loop says to a request: tokens and text.
fn alone(request: &Request) -> (Vec<u32>, String) {
    let tokenizer = tokenizer();
    let mut decoder = Decoder::new(weights(1)).expect("a decoder");
    for (name, adapter) in loaded().adapters {
        decoder.add(&name, adapter).expect("added");
    }
    let adapter = decoder.adapter(&request.model);
    let prompt = tokenizer.encode(&request.prompt, false).expect("encoded");
    let mut sampler = Sampler::new(request.sampling.clone(), &prompt, config().vocab_size).expect("in range");
    let (mut tokens, mut text, mut detokenizer) = (Vec::new(), String::new(), Detokenizer::default());
    let asked = Asked { adapter, prompt: &prompt, most: request.max_tokens };
    bare::generate(&mut decoder, asked, &mut sampler, |token, _| {
        tokens.push(token);
        text += &detokenizer.push(&tokenizer, token).expect("decoded");
        ControlFlow::Continue(())
    })
    .expect("generated");
    text += &detokenizer.finish(&tokenizer).expect("decoded");
    (tokens, text)
}

#[tokio::test]
async fn many_at_once_are_answered_as_each_alone() {
    let limits = Limits { active: 7, prefill_tokens: 5, ..Limits::default() };
    let engine = engine(limits);
    let requests = (0..24).map(|rank: usize| Request {
        model: ["base", "one", "other"][rank % 3].to_owned(),
        sampling: Sampling {
            seed: rank as u64,
            temperature: if rank.is_multiple_of(4) { 0.0 } else { 0.9 },
            top_p: 0.95,
            frequency_penalty: if rank.is_multiple_of(2) { 0.4 } else { 0.0 },
            ..Sampling::default()
        },
        ..request(&"the light of é ".repeat(1 + rank % 5), 5 + 3 * rank)
    });
    let requests: Vec<Request> = requests.collect();
    let generations: Vec<Generation> =
        requests.iter().map(|request| engine.submit(request.clone()).expect("accepted")).collect();
    let mut prompt_tokens = 0;
    for (request, generation) in requests.iter().zip(generations) {
        let answer = whole(generation).await;
        assert_eq!((answer.numbers(), answer.text.clone()), alone(request));
        assert_eq!(answer.finished.reason, Finish::Length);
        assert_eq!(answer.finished.completion_tokens, request.max_tokens);
        prompt_tokens += answer.finished.prompt_tokens as u64;
    }
    let load = engine.load();
    let drawn: usize = requests.iter().map(|request| request.max_tokens).sum();
    assert_eq!(load.generated_tokens, drawn as u64);
    assert_eq!(load.prompt_tokens, prompt_tokens);
    assert_eq!((load.queued, load.active, load.cache_bytes), (0, 0, 0));
    assert!(load.steps < load.generated_tokens, "they ran side by side");
}

#[tokio::test]
async fn adapters_of_one_base_answer_otherwise() {
    let engine = engine(Limits::default());
    let of = |model: &str| engine.submit(Request { model: model.to_owned(), ..request("the ray", 12) });
    let [base, one, other] = ["base", "one", "other"].map(|model| of(model).expect("accepted"));
    let (base, one, other) = (whole(base).await.text, whole(one).await.text, whole(other).await.text);
    assert!(base != one && base != other && one != other, "{base:?} {one:?} {other:?}");
}

#[tokio::test]
async fn several_bases_answer_beside_each_other() {
    let second = Loaded { name: "second".to_owned(), weights: weights(9), adapters: Vec::new(), ..loaded() };
    let engine = Engine::start(vec![loaded(), second], Limits::default()).expect("started");
    let names: Vec<_> = engine.models().into_iter().map(|model| (model.name, model.base)).collect();
    let base = || Some("base".to_owned());
    let expected = [("base", None), ("one", base()), ("other", base()), ("second", None)];
    assert_eq!(names, expected.map(|(name, base)| (name.to_owned(), base)));
    assert!(engine.models().iter().all(|model| (model.context, model.vocabulary) == (CONTEXT, 280)));
    let first = answer(&engine, request("the ray", 12)).await;
    let other = answer(&engine, Request { model: "second".to_owned(), ..request("the ray", 12) }).await;
    assert_eq!(first.numbers(), alone(&request("the ray", 12)).0);
    assert_ne!(first.numbers(), other.numbers());
    assert!(engine.is_running());
}

#[tokio::test]
async fn a_stop_sequence_ends_the_answer_before_it() {
    let engine = engine(Limits::default());
    let plain = answer(&engine, request("the ray", 60)).await;
    // Over the border of some tokens, and not in what is before it.
    let characters: Vec<char> = plain.text.chars().collect();
    let stop: String = characters[characters.len() / 2..][..4].iter().collect();
    let before = plain.text.find(&stop).expect("it is in there");
    let stopped = answer(&engine, Request { stop: vec![stop, "\0".repeat(9)], ..request("the ray", 60) }).await;
    assert_eq!(stopped.text, plain.text[..before]);
    assert_eq!(stopped.finished.reason, Finish::Stop);
    assert_eq!(stopped.tokens, plain.tokens[..stopped.tokens.len()]);
    assert!(stopped.tokens.len() < 60);
}

#[tokio::test]
async fn a_token_that_ends_answers_ends_them_and_gives_no_text() {
    let plain = answer(&engine(Limits::default()), request("the ray", 40)).await;
    let numbers = plain.numbers();
    let last = (5..40).find(|rank| !numbers[..*rank].contains(&numbers[*rank])).expect("a token that is new");
    let ending = Loaded { ends: vec![numbers[last]], ..loaded() };
    let engine = Engine::start(vec![ending], Limits::default()).expect("started");
    let ended = answer(&engine, request("the ray", 40)).await;
    assert_eq!(ended.numbers(), numbers[..=last]);
    assert_eq!((ended.finished.reason, ended.finished.completion_tokens), (Finish::Stop, last + 1));
    assert_eq!(ended.text, tokenizer().decode(&numbers[..last]).expect("decoded"));
}

#[tokio::test]
async fn probabilities_come_when_they_are_asked_for() {
    let engine = engine(Limits::default());
    let greedy = Request { sampling: Sampling::greedy(), logprobs: Some(3), ..request("the ray", 6) };
    let told = answer(&engine, greedy.clone()).await;
    for token in &told.tokens {
        let logprobs = token.logprobs.as_ref().expect("asked for");
        assert_eq!(logprobs.likeliest.len(), 3);
        assert_eq!(logprobs.likeliest[0], (token.token, logprobs.text.clone(), logprobs.log_probability));
        let sum: f32 = logprobs.likeliest.iter().map(|(_, _, log)| log.exp()).sum();
        assert!(sum > 0.0 && sum <= 1.0 + 1e-5);
    }
    let untold = answer(&engine, Request { logprobs: None, ..greedy }).await;
    assert!(untold.tokens.iter().all(|token| token.logprobs.is_none()));
    assert_eq!(untold.numbers(), told.numbers());
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_goes_on() {
    let engine = engine(Limits { active: 1, waiting: 1, ..Limits::default() });
    let long = engine.submit(request("the ray", CONTEXT - 10)).expect("accepted");
    until(|| engine.load().active == 1).await;
    let waiting = engine.submit(request("light", 3)).expect("it may wait");
    assert_eq!(engine.load().queued, 1);
    assert_eq!(engine.submit(request("light", 3)).err(), Some(EngineError::Busy));
    long.cancel();
    assert_eq!(whole(waiting).await.finished.completion_tokens, 3);
    assert_eq!(answer(&engine, request("light", 2)).await.finished.completion_tokens, 2);
}

#[tokio::test]
async fn what_is_cancelled_ends_and_says_what_was_generated() {
    let engine = engine(Limits { active: 1, ..Limits::default() });
    let mut generation = engine.submit(request("the ray", CONTEXT - 10)).expect("accepted");
    let waiting = engine.submit(request("the ray", 5)).expect("accepted");
    waiting.canceller().cancel();
    let first = next(&mut generation).await;
    generation.cancel();
    let Piece::Text { tokens, .. } = first else { panic!("text comes first") };
    let mut sent = tokens.len();
    let finished = loop {
        match next(&mut generation).await {
            Piece::Text { tokens, .. } => sent += tokens.len(),
            Piece::Done(finished) => break finished,
            Piece::Failed(error) => panic!("failed: {error}"),
        }
    };
    assert_eq!((finished.reason, finished.completion_tokens), (Finish::Cancelled, sent));
    assert!(sent < CONTEXT - 10);
    let never_begun = whole(waiting).await.finished;
    assert_eq!((never_begun.reason, never_begun.completion_tokens), (Finish::Cancelled, 0));
    until(|| engine.load().active == 0).await;
}

#[tokio::test]
async fn who_goes_away_does_not_stop_what_is_owed() {
    let engine = engine(Limits::default());
    drop(engine.submit(request("the ray", 200)).expect("accepted"));
    until(|| engine.load().generated_tokens == 200).await;
    until(|| engine.load().active == 0).await;
}

#[tokio::test]
async fn draining_answers_what_was_accepted_and_refuses_the_rest() {
    let engine = engine(Limits { active: 2, ..Limits::default() });
    let accepted: Vec<_> = (0..6).map(|_| engine.submit(request("the ray", 50)).expect("accepted")).collect();
    let (other, refusing) = (engine.clone(), engine.clone());
    let drained = tokio::spawn(async move { other.drain().await });
    until(|| refusing.submit(request("light", 1)).err() == Some(EngineError::Draining)).await;
    for generation in accepted {
        assert_eq!(whole(generation).await.finished.completion_tokens, 50);
    }
    tokio::time::timeout(PATIENCE, drained).await.expect("it ends").expect("without panic");
    assert!(!engine.is_running());
    let again = engine.submit(request("light", 1)).err();
    assert_eq!(again, Some(EngineError::Draining));
}

#[tokio::test]
async fn the_last_handle_may_go_before_the_answers() {
    let engine = engine(Limits::default());
    let generation = engine.submit(request("the ray", 30)).expect("accepted");
    drop(engine);
    assert_eq!(whole(generation).await.finished.completion_tokens, 30);
}

#[tokio::test]
async fn a_long_prompt_does_not_hold_up_those_who_already_get_tokens() {
    let engine = engine(Limits { prefill_tokens: 16, ..Limits::default() });
    let mut running = engine.submit(request("the ray", CONTEXT - 10)).expect("accepted");
    next(&mut running).await;
    let before = engine.load();
    // 3,000 tokens, fed in at least 187 steps.
    let mut long = engine.submit(request(&"\u{1}".repeat(3_000), 1)).expect("accepted");
    assert_eq!(long.prompt_tokens(), 3_000);
    next(&mut long).await;
    let after = engine.load();
    assert!(after.generated_tokens - before.generated_tokens >= 187, "a token in each of those steps");
    running.cancel();
}

#[tokio::test]
async fn what_has_no_memory_yet_waits_its_turn() {
    let page = Decoder::new(weights(1)).expect("a decoder").cache_bytes(1);
    let engine = engine(Limits { cache_bytes: 3 * page, ..Limits::default() });
    // Two pages each: never two at once.
    let large: Vec<_> = (0..3).map(|_| engine.submit(request("the ray", 100)).expect("accepted")).collect();
    let mut most = 0;
    until(|| {
        let load = engine.load();
        most = most.max(load.active);
        assert!(load.cache_bytes <= 3 * page);
        load.generated_tokens == 300
    })
    .await;
    assert_eq!(most, 1);
    for generation in large {
        whole(generation).await;
    }
    let refused = engine.submit(request("the ray", 3 * PAGE)).err();
    assert_eq!(refused, Some(EngineError::NoRoom { bytes: 4 * page, room: 3 * page }));
}

#[test]
fn what_cannot_be_served_is_refused_with_the_reason() {
    let engine = engine(Limits::default());
    let refused = |request: Request| engine.submit(request).err().expect("refused").to_string();
    let plain = || request("the ray", 10);
    assert_eq!(
        refused(Request { model: "none".to_owned(), ..plain() }),
        "there is no model named `none`: ask for one of those listed"
    );
    let prompt = "\u{1}".repeat(4_000);
    assert_eq!(
        refused(Request { prompt: prompt.clone(), max_tokens: 100, ..plain() }),
        "the prompt has 4000 tokens and the answer may have 100, but the model's context has 4096: lower max_tokens to 96 or shorten the \
         prompt by 4 tokens"
    );
    let longer = refused(Request { prompt: prompt.repeat(2), max_tokens: 1, ..plain() });
    assert!(longer.ends_with("shorten the prompt by at least 3905 tokens"), "{longer}");
    assert!(refused(Request { prompt: String::new(), ..plain() }).contains("it is empty"));
    assert!(refused(Request { max_tokens: 0, ..plain() }).contains("at least 1"));
    assert!(refused(Request { max_tokens: usize::MAX, ..plain() }).contains("lower max_tokens to"));
    assert!(refused(Request { logprobs: Some(21), ..plain() }).contains("logprobs"));
    assert!(refused(Request { stop: vec!["x".to_owned(); 17], ..plain() }).contains("stop"));
    let hot = Sampling { temperature: 3.0, ..Sampling::default() };
    assert_eq!(
        refused(Request { sampling: hot, ..plain() }),
        "temperature cannot be served: temperature is 3, but it must be between 0 and 2"
    );
    assert_eq!(engine.load().queued, 0);
}

#[test]
fn an_engine_that_cannot_be_is_not_started() {
    let twice = Engine::start(vec![loaded(), loaded()], Limits::default()).err().expect("refused");
    assert!(twice.to_string().contains("two models are named `base`"), "{twice}");
    let limits = Limits { active: 0, ..Limits::default() };
    assert!(Engine::start(vec![loaded()], limits).err().expect("refused").to_string().starts_with("active"));
    let other = LlamaConfig::new(280, 32, 1, Heads { query: 2, key_value: 1 }, 24, 64);
    let misfit = Adapter::initial(&LoraConfig::new(2, 4.0, &[Projection::Query]), &other, 1).expect("an adapter");
    let loaded = Loaded { adapters: vec![("misfit".to_owned(), misfit)], ..loaded() };
    assert!(matches!(Engine::start(vec![loaded], Limits::default()), Err(EngineError::Failed { .. })));
}
