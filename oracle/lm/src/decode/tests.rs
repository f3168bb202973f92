//! Decoders against the model's own forward pass in f64, against themselves in other company, and at their limits.

use std::ops::ControlFlow;

use candle_core::{DType, Device, Result, Tensor};

use super::bare::Asked;
use super::cache::{PAGE, Sequence};
use super::sample::{Sampler, Sampling};
use super::{AdapterId, DecodeError, Decoder, Feed, bare};
use crate::config::{Heads, LlamaConfig};
use crate::lora::{Adapter, LoraConfig};
use crate::model::Model;
use crate::pack::{TokenItem, pack};
use crate::weights::{Projection, Weights};

/// Part of the largest logit that f32 may be off by.
const TOLERANCE: f64 = 1e-5;
/// The same of f64, which only the order of sums may change.
const EXACT: f64 = 1e-12;
/// The same of bf16, as in the tests of training.
const COARSE: f64 = 0.06;

fn config() -> LlamaConfig {
    LlamaConfig::new(29, 24, 2, Heads { query: 6, key_value: 2 }, 36, 150)
}

/// Large enough that products of a few rows are shared out over threads.
fn wide() -> LlamaConfig {
    LlamaConfig {
        tie_word_embeddings: false,
        ..LlamaConfig::new(301, 96, 2, Heads { query: 6, key_value: 3 }, 352, 300)
    }
}

/// Weights of ordinary size; the initial ones are so small that everything would be nearly linear.
fn weights(config: &LlamaConfig) -> Result<Weights> {
    let initial = Weights::initial(config, 7)?;
    let stretched = initial.tensors().iter().map(|tensor| if tensor.rank() > 1 { tensor * 9.0 } else { tensor * 1.1 });
    Weights::new(config.clone(), stretched.collect::<Result<_>>()?)
}

/// An adapter none of whose weights is 0.
fn adapter(config: &LlamaConfig, seed: u64, rank: usize, targets: &[Projection]) -> Result<Adapter> {
    let lora = LoraConfig::new(rank, 6.0, targets);
    let initial = Adapter::initial(&lora, config, seed)?;
    let wave = |(index, tensor): (usize, &Tensor)| -> Result<Tensor> {
        let height = |place: usize| ((seed + index as u64) as f32 + 0.7 * place as f32).sin() * 0.2;
        let values: Vec<f32> = (0..tensor.elem_count()).map(height).collect();
        tensor + Tensor::from_vec(values, tensor.dims(), &Device::Cpu)?
    };
    let tensors = initial.tensors().iter().enumerate().map(wave).collect::<Result<_>>()?;
    Adapter::new(lora, config, tensors)
}

fn adapters(config: &LlamaConfig) -> Result<[Adapter; 2]> {
    Ok([
        adapter(config, 3, 2, &[Projection::Query, Projection::Value, Projection::Down])?,
        adapter(config, 4, 5, &Projection::ALL)?,
    ])
}

/// A decoder in f32 with both adapters, as it is or of candle's operations.
fn with_adapters(mut decoder: Decoder) -> Decoder {
    let [one, other] = adapters(decoder.config()).expect("adapters");
    let placed = |adapter: Adapter| adapter.to(decoder.weights.dtype(), &Device::Cpu).expect("placed");
    let (one, other) = (placed(one), placed(other));
    decoder.add("one", one).expect("added");
    decoder.add("other", other).expect("added");
    decoder
}

fn decoder(config: &LlamaConfig) -> Decoder {
    with_adapters(Decoder::new(weights(config).expect("weights")).expect("a decoder"))
}

/// Logits of every row in f64, by the forward pass of training: of the base, or with an adapter.
fn expected(config: &LlamaConfig, adapter: Option<usize>, tokens: &[u32]) -> Result<Vec<Vec<f64>>> {
    let base = weights(config)?.to(DType::F64, &Device::Cpu)?;
    let model = match adapter {
        Some(rank) => Model::adapted(base, adapters(config)?[rank].to(DType::F64, &Device::Cpu)?),
        None => Model::new(base),
    };
    // A row is for a token that has a successor, whatever that is.
    let item = TokenItem::whole([tokens, &[0]].concat());
    let batch = pack([&item], tokens.len()).batch(0..1, config, DType::F64, &Device::Cpu)?;
    model.forward(&batch)?.logits.to_vec2()
}

fn text(length: usize, start: usize, config: &LlamaConfig) -> Vec<u32> {
    (0..length).map(|place| ((start + 7 * place + place * place / 3) % config.vocab_size) as u32).collect()
}

fn feed(decoder: &mut Decoder, sequence: &mut Sequence, tokens: &[u32]) -> Tensor {
    let logits = decoder.forward(&mut [Feed { sequence, tokens }]).expect("fed");
    logits.tensor().get(0).expect("one feed")
}

fn numbers(logits: &Tensor) -> Vec<f32> {
    logits.to_dtype(DType::F32).and_then(|logits| logits.to_vec1()).expect("logits")
}

fn assert_close(found: &Tensor, expected: &[f64], tolerance: f64) {
    let found: Vec<f64> = found.to_dtype(DType::F64).and_then(|found| found.to_vec1()).expect("logits");
    let largest = expected.iter().fold(0f64, |largest, value| largest.max(value.abs()));
    let error = found.iter().zip(expected).map(|(found, value)| (found - value).abs()).fold(0f64, f64::max);
    assert_eq!(found.len(), expected.len());
    assert!(largest > 0.1 && error < tolerance * largest, "off by {error} beside {largest}");
}

/// Feeds a text to a decoder in parts of each length and compares the logits after each with the whole text's.
fn assert_decodes(decoder: &mut Decoder, tolerance: f64) {
    let config = decoder.config().clone();
    let tokens = text(PAGE + 9, 1, &config);
    for adapter in [None, Some(0), Some(1)] {
        let expected = expected(&config, adapter, &tokens).expect("logits");
        for part in [1, 7, tokens.len()] {
            let mut sequence = decoder.sequence(adapter.map(AdapterId));
            for tokens in tokens.chunks(part) {
                let logits = feed(decoder, &mut sequence, tokens);
                assert_close(&logits, &expected[sequence.len() - 1], tolerance);
            }
        }
    }
}

#[test]
fn logits_are_those_of_the_whole_text_in_parts_of_any_length() {
    assert_decodes(&mut decoder(&config()), TOLERANCE);
    assert_decodes(&mut decoder(&LlamaConfig { tie_word_embeddings: false, head_dim: Some(6), ..config() }), TOLERANCE);
}

#[test]
fn candles_operations_give_the_same_in_any_precision() {
    let composed = |dtype| {
        let weights = weights(&config()).and_then(|weights| weights.to(dtype, &Device::Cpu)).expect("weights");
        with_adapters(Decoder::composed(weights))
    };
    assert_decodes(&mut composed(DType::F64), EXACT);
    assert_decodes(&mut composed(DType::F32), TOLERANCE);
    assert_decodes(&mut composed(DType::BF16), COARSE);
}

/// What one sequence gets, fed alone in parts.
fn alone(decoder: &mut Decoder, adapter: Option<usize>, parts: &[&[u32]]) -> Vec<Vec<f32>> {
    let mut sequence = decoder.sequence(adapter.map(AdapterId));
    parts.iter().map(|part| numbers(&feed(decoder, &mut sequence, part))).collect()
}

/// Sequences of several adapters, at several places, each fed another number of tokens: what each gets, step by step.
fn together(decoder: &mut Decoder, adapters: &[Option<usize>], parts: &[Vec<&[u32]>]) -> Vec<Vec<Vec<f32>>> {
    let mut sequences: Vec<Sequence> =
        adapters.iter().map(|adapter| decoder.sequence(adapter.map(AdapterId))).collect();
    let mut found = vec![Vec::new(); sequences.len()];
    for step in 0..parts.iter().map(Vec::len).max().unwrap_or(0) {
        let mut ranks = Vec::new();
        let mut feeds = Vec::new();
        for (rank, (sequence, parts)) in sequences.iter_mut().zip(parts).enumerate() {
            if let Some(tokens) = parts.get(step) {
                ranks.push(rank);
                feeds.push(Feed { sequence, tokens });
            }
        }
        let logits = decoder.forward(&mut feeds).expect("fed");
        let rows = logits.each(|_, logits| logits.to_vec()).expect("logits");
        ranks.into_iter().zip(rows).for_each(|(rank, row)| found[rank].push(row));
    }
    found
}

#[test]
fn a_sequence_gets_the_same_bytes_in_any_company_and_on_any_number_of_threads() {
    for config in [config(), wide()] {
        let adapters = [Some(1), None, Some(0), Some(1), None, Some(0)];
        let texts: Vec<Vec<u32>> = (0..adapters.len()).map(|rank| text(20 + 13 * rank, 3 * rank, &config)).collect();
        let parts: Vec<Vec<&[u32]>> =
            texts.iter().enumerate().map(|(rank, text)| text.chunks(1 + 11 * rank).collect()).collect();
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| together(&mut decoder(&config), &adapters, &parts))
        };
        let (one, several) = (on(1), on(3));
        assert!(one == several, "the number of threads changed bytes");
        let mut decoder = decoder(&config);
        for (rank, found) in one.iter().enumerate() {
            let whole = alone(&mut decoder, adapters[rank], &[&texts[rank]]);
            assert!(*found == alone(&mut decoder, adapters[rank], &parts[rank]), "company changed bytes");
            assert!(found.last() == whole.last(), "parts changed bytes");
        }
    }
}

#[test]
fn a_sequence_that_was_cut_back_goes_on_as_if_nothing_had_been() {
    let (config, mut decoder) = (config(), decoder(&config()));
    let (tokens, others) = (text(2 * PAGE + 5, 1, &config), text(PAGE, 20, &config));
    let mut whole = decoder.sequence(None);
    let expected = numbers(&feed(&mut decoder, &mut whole, &tokens));
    let mut sequence = decoder.sequence(None);
    feed(&mut decoder, &mut sequence, &tokens[..PAGE + 3]);
    feed(&mut decoder, &mut sequence, &others);
    assert_eq!(sequence.bytes(), decoder.cache_bytes(2 * PAGE + 3));
    sequence.truncate(PAGE - 2);
    assert_eq!((sequence.len(), sequence.bytes()), (PAGE - 2, decoder.cache_bytes(PAGE)));
    let logits = feed(&mut decoder, &mut sequence, &tokens[PAGE - 2..]);
    assert_eq!(numbers(&logits), expected);
}

#[test]
fn keys_and_values_take_the_bytes_that_are_said() {
    let decoder = decoder(&config());
    // Two layers, keys and values, two heads of four numbers of four bytes.
    assert_eq!(decoder.cache_bytes(1), PAGE * 2 * 2 * 2 * 4 * 4);
    assert_eq!(decoder.cache_bytes(PAGE), decoder.cache_bytes(1));
    assert_eq!(decoder.cache_bytes(PAGE + 1), 2 * decoder.cache_bytes(1));
    assert_eq!(decoder.sequence(None).bytes(), 0);
}

#[test]
fn a_sequence_is_fed_up_to_the_context_and_not_beyond() {
    let (config, mut decoder) = (config(), decoder(&config()));
    let context = config.max_position_embeddings;
    let tokens = text(context, 1, &config);
    let mut sequence = decoder.sequence(None);
    let last = feed(&mut decoder, &mut sequence, &tokens);
    assert_close(&last, &expected(&config, None, &tokens).expect("logits")[context - 1], TOLERANCE);
    let refused = decoder.forward(&mut [Feed { sequence: &mut sequence, tokens: &[1] }]).expect_err("full");
    assert_eq!(refused.to_string(), "the sequence would have 151 tokens, but the model's context has 150");
    assert_eq!(sequence.len(), context);
    sequence.truncate(context - 1);
    let again = feed(&mut decoder, &mut sequence, &tokens[context - 1..]);
    assert_eq!(numbers(&again), numbers(&last));
}

#[test]
fn what_cannot_be_fed_is_said_and_changes_nothing() {
    let mut decoder = decoder(&config());
    let mut sequence = decoder.sequence(None);
    let mut fed = |decoder: &mut Decoder, tokens: &[u32]| {
        decoder.forward(&mut [Feed { sequence: &mut sequence, tokens }]).map(drop)
    };
    assert!(matches!(fed(&mut decoder, &[]), Err(DecodeError::Nothing)));
    assert!(matches!(fed(&mut decoder, &[3, 29]), Err(DecodeError::Token { token: 29, vocabulary: 29 })));
    let mut larger = self::decoder(&wide());
    assert!(matches!(fed(&mut larger, &[3]), Err(DecodeError::Foreign)));
    let mut composed = Decoder::composed(weights(&config()).expect("weights"));
    assert!(matches!(fed(&mut composed, &[3]), Err(DecodeError::Foreign)));
    assert!(matches!(decoder.forward(&mut []), Err(DecodeError::Nothing)));
    assert_eq!((sequence.len(), sequence.bytes()), (0, 0));
    let mut plain = Decoder::new(weights(&config()).expect("weights")).expect("a decoder");
    let mut adapted = decoder.sequence(decoder.adapter("other"));
    let refused = plain.forward(&mut [Feed { sequence: &mut adapted, tokens: &[1] }]);
    assert!(matches!(refused, Err(DecodeError::Foreign)), "it has no such adapter");
}

#[test]
fn adapters_have_names_of_their_own_and_lie_beside_the_base() {
    let mut decoder = decoder(&config());
    let one = || adapter(&config(), 3, 2, &[Projection::Query]).expect("an adapter");
    assert_eq!(decoder.adapters(), ["one", "other"]);
    assert!(matches!(decoder.add("one", one()), Err(DecodeError::Taken(_))));
    let double = one().to(DType::F64, &Device::Cpu).expect("converted");
    assert!(matches!(decoder.add("double", double), Err(DecodeError::Misplaced(_))));
    let of_another = adapter(&wide(), 3, 2, &[Projection::Query]).expect("an adapter");
    assert!(matches!(decoder.add("wide", of_another), Err(DecodeError::Compute(_))));
    assert_eq!((decoder.adapter("other"), decoder.adapter("wide")), (Some(AdapterId(1)), None));
}

#[test]
fn the_plain_loop_says_what_whole_passes_would_say() {
    let (config, mut decoder) = (config(), decoder(&config()));
    let prompt = text(9, 2, &config);
    for adapter in [None, Some(1)] {
        let mut sampler = Sampler::new(Sampling::greedy(), &prompt, config.vocab_size).expect("greedy");
        let mut said = Vec::new();
        let asked = Asked { adapter: adapter.map(AdapterId), prompt: &prompt, most: 12 };
        bare::generate(&mut decoder, asked, &mut sampler, |token, _| {
            said.push(token);
            ControlFlow::Continue(())
        })
        .expect("generated");
        let whole = [prompt.clone(), said.clone()].concat();
        let rows = expected(&config, adapter, &whole).expect("logits");
        for (place, token) in said.iter().enumerate() {
            let row = &rows[prompt.len() + place - 1];
            assert!(row.iter().all(|logit| *logit <= row[*token as usize] + TOLERANCE), "token {place}");
        }
        assert_eq!(said.len(), 12);
    }
}

#[test]
fn the_plain_loop_ends_where_it_is_told_and_refuses_what_has_no_room() {
    let (config, mut decoder) = (config(), decoder(&config()));
    let mut generated = |prompt: &[u32], most| {
        let mut sampler = Sampler::new(Sampling::default(), prompt, config.vocab_size).expect("in range");
        let mut said = 0;
        bare::generate(&mut decoder, Asked { adapter: None, prompt, most }, &mut sampler, |_, _| {
            said += 1;
            if said == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .map(|()| said)
    };
    assert_eq!(generated(&[1, 2], 100).expect("generated"), 3);
    assert_eq!(generated(&[1, 2], 2).expect("generated"), 2);
    assert!(matches!(generated(&[1; 51], 100), Err(DecodeError::Context { tokens: 151, context: 150 })));
    assert!(matches!(generated(&[], 100), Err(DecodeError::Nothing)));
}
