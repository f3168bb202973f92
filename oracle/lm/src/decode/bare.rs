//! The plain loop over one sequence, without anything beside it.

use std::ops::ControlFlow;

use super::sample::Sampler;
use super::{AdapterId, DecodeError, Decoder, Feed};

/// Tokens of a prompt that are fed at once: as many as make good use of the weights, few enough for the room that a pass takes.
pub const PART: usize = 256;

/// What is asked of the loop.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The adapter that answers, or none for the base.
    pub adapter: Option<AdapterId>,
    /// Tokens to continue, at least one.
    pub prompt: &'a [u32],
    /// Most tokens of the answer.
    pub most: usize,
}

/// Feeds a prompt, then draws tokens and feeds each, until the most are drawn or `each`, which is shown every one with the logits that it was
/// drawn from, breaks. The last one drawn is not fed.
///
/// # Errors
/// As [`Decoder::forward`]; also if prompt and answer are more than the context has room for, before anything is computed.
pub fn generate(
    decoder: &mut Decoder,
    asked: Asked<'_>,
    sampler: &mut Sampler,
    mut each: impl FnMut(u32, &[f32]) -> ControlFlow<()>,
) -> Result<(), DecodeError> {
    let Asked { adapter, prompt, most } = asked;
    let (tokens, context) = (prompt.len() + most, decoder.context());
    if tokens > context {
        return Err(DecodeError::Context { tokens, context });
    }
    let mut sequence = decoder.sequence(adapter);
    let mut logits = None;
    for part in prompt.chunks(PART) {
        logits = Some(decoder.forward(&mut [Feed { sequence: &mut sequence, tokens: part }])?);
    }
    let mut logits = logits.ok_or(DecodeError::Nothing)?;
    for rank in 1..=most {
        let mut picked = logits.each(|_, logits| {
            let token = sampler.pick(logits)?;
            Ok::<_, DecodeError>((token, each(token, logits)))
        })?;
        let (token, flow) = picked.pop().expect("one sequence was fed")?;
        if flow.is_break() || rank == most {
            break;
        }
        logits = decoder.forward(&mut [Feed { sequence: &mut sequence, tokens: &[token] }])?;
    }
    Ok(())
}
