//! Generation: a base model under any number of adapters, for many sequences at once.
//!
//! A [`Decoder`] is fed the new tokens of some sequences and gives the logits after each. A [`Sequence`] has its own keys and values and its
//! own adapter or none, so that a prompt, a part of one and a single token are fed alike and together. [`sample`] draws tokens from logits,
//! [`text`] makes text of tokens, [`bare`] is the plain loop over one sequence.
//!
//! # Determinism
//! In f32 on the CPU ([`slices`]) the logits of a sequence are the same bytes whatever is fed beside it, in however many parts its tokens come
//! and with any number of threads: every sum has an order that only the model's shape decides. Elsewhere ([`composed`]) products are a library's,
//! which chooses their order by the number of rows, so that there they agree to the precision of the type.

pub mod bare;
pub mod cache;
pub mod chat;
pub mod sample;
pub mod text;

mod attend;
mod composed;
mod plan;
mod product;
mod slices;

#[cfg(test)]
mod tests;

use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;

use crate::config::LlamaConfig;
use crate::lora::Adapter;
use crate::values::{Values, are_at_hand};
use crate::weights::Weights;
use cache::{Layout, Sequence};
use plan::Plan;

/// Why nothing was computed. The sequences are then as before.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A sequence would become longer than the model's context.
    #[error("the sequence would have {tokens} tokens, but the model's context has {context}")]
    Context {
        /// Tokens with those fed.
        tokens: usize,
        /// `max_position_embeddings`
        context: usize,
    },
    /// A token that the model lacks.
    #[error("token {token} is none of the model's {vocabulary}")]
    Token {
        /// The token.
        token: u32,
        /// Number of tokens.
        vocabulary: usize,
    },
    /// There is nothing to compute.
    #[error("a sequence was fed no tokens, or no sequence was fed")]
    Nothing,
    /// A sequence that this decoder did not begin.
    #[error("the sequence was begun by a decoder of another model")]
    Foreign,
    /// Two adapters of one name.
    #[error("there is already an adapter named `{0}`")]
    Taken(String),
    /// An adapter of another precision or device than the base.
    #[error("the adapter `{0}` is not of the base's precision and device")]
    Misplaced(String),
    /// Nothing can be drawn from these logits.
    #[error("the model's logits are not numbers")]
    NotNumbers,
    /// A parameter of sampling.
    #[error(transparent)]
    Sampling(#[from] sample::SamplingError),
    /// A tensor operation failed.
    #[error("a tensor operation failed in generation")]
    Compute(#[source] Box<candle_core::Error>),
}

impl From<candle_core::Error> for DecodeError {
    fn from(error: candle_core::Error) -> Self {
        Self::Compute(Box::new(error))
    }
}

/// An adapter of a [`Decoder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AdapterId(usize);

/// New tokens of a sequence.
pub struct Feed<'a> {
    /// The sequence that they continue.
    pub sequence: &'a mut Sequence,
    /// At least one.
    pub tokens: &'a [u32],
}

/// A base model and adapters of it.
pub struct Decoder {
    weights: Weights,
    names: Vec<String>,
    pass: Pass,
}

/// How it is computed.
enum Pass {
    /// In f32 on the CPU.
    Slices(Box<slices::Pass>),
    /// In any precision on any device.
    Composed(composed::Pass),
}

/// What drawing a token costs of each of its logits, in products of two numbers.
const WORK_OF_A_LOGIT: usize = 16;

/// Logits after the last token of each feed, in the order of the feeds.
#[derive(Clone, Debug)]
pub struct Logits(Tensor);

impl Decoder {
    /// A decoder of a base without adapters: in f32 on the CPU over slices, else of candle's operations.
    ///
    /// # Errors
    /// What candle says.
    pub fn new(weights: Weights) -> Result<Self, DecodeError> {
        let contiguous = weights.tensors().iter().map(Tensor::contiguous).collect::<candle_core::Result<_>>()?;
        let weights = weights.with_tensors(contiguous);
        let pass = if weights.device().is_cpu() && weights.dtype() == DType::F32 {
            Pass::Slices(Box::new(slices::Pass::new(weights.config())))
        } else {
            Pass::Composed(composed::Pass::new())
        };
        Ok(Self { weights, names: Vec::new(), pass })
    }

    /// The same of candle's operations, wherever the weights are.
    #[cfg(test)]
    pub(crate) fn composed(weights: Weights) -> Self {
        Self { weights, names: Vec::new(), pass: Pass::Composed(composed::Pass::new()) }
    }

    /// Adds an adapter under a name of its own.
    ///
    /// # Errors
    /// If the name is taken, the adapter is elsewhere or in another precision than the base, or for another shape of model.
    pub fn add(&mut self, name: &str, adapter: Adapter) -> Result<AdapterId, DecodeError> {
        if self.names.iter().any(|taken| taken == name) {
            return Err(DecodeError::Taken(name.to_owned()));
        }
        let is_beside = |tensor: &Tensor| {
            tensor.dtype() == self.weights.dtype() && tensor.device().same_device(self.weights.device())
        };
        if !adapter.tensors().iter().all(is_beside) {
            return Err(DecodeError::Misplaced(name.to_owned()));
        }
        // Checks the shapes against this base.
        let adapter = Adapter::new(adapter.config().clone(), self.weights.config(), adapter.tensors().to_vec())?;
        match &mut self.pass {
            Pass::Slices(pass) => pass.add(&adapter, self.weights.config())?,
            Pass::Composed(pass) => pass.add(adapter),
        }
        self.names.push(name.to_owned());
        Ok(AdapterId(self.names.len() - 1))
    }

    /// The adapter of this name.
    pub fn adapter(&self, name: &str) -> Option<AdapterId> {
        self.names.iter().position(|known| known == name).map(AdapterId)
    }

    /// Names of the adapters, in the order of their adding.
    pub fn adapters(&self) -> &[String] {
        &self.names
    }

    /// Sizes and constants.
    pub fn config(&self) -> &LlamaConfig {
        self.weights.config()
    }

    /// Most tokens of a sequence.
    pub fn context(&self) -> usize {
        self.config().max_position_embeddings
    }

    /// A sequence without tokens.
    pub fn sequence(&self, adapter: Option<AdapterId>) -> Sequence {
        match self.pass {
            Pass::Slices(_) => Sequence::of_pages(self.layout(), adapter),
            Pass::Composed(_) => Sequence::of_tensors(self.layout(), adapter),
        }
    }

    /// Bytes that keys and values of so many tokens take.
    pub fn cache_bytes(&self, tokens: usize) -> usize {
        self.layout().bytes_of(tokens)
    }

    /// Feeds sequences and gives the logits after the last token of each.
    ///
    /// # Shapes
    /// Result `[feeds, vocabulary]`.
    ///
    /// # Errors
    /// If a feed has no tokens, one that the model lacks, or more than its context has room for; if the sequence is not this decoder's; or
    /// what candle says.
    pub fn forward(&mut self, feeds: &mut [Feed<'_>]) -> Result<Logits, DecodeError> {
        self.check(feeds)?;
        let plan = Plan::new(feeds);
        let logits = match &mut self.pass {
            Pass::Slices(pass) => pass.forward(&self.weights, &plan, feeds)?,
            Pass::Composed(pass) => pass.forward(&self.weights, &plan, feeds)?,
        };
        // Only now, so that a pass that fails leaves the sequences as they were.
        feeds.iter_mut().for_each(|feed| feed.sequence.lengthen(feed.tokens.len()));
        Ok(Logits(logits))
    }

    fn check(&self, feeds: &[Feed<'_>]) -> Result<(), DecodeError> {
        let (context, vocabulary, layout) = (self.context(), self.config().vocab_size, self.layout());
        if feeds.is_empty() || feeds.iter().any(|feed| feed.tokens.is_empty()) {
            return Err(DecodeError::Nothing);
        }
        for Feed { sequence, tokens } in feeds {
            let is_known = sequence.adapter().is_none_or(|adapter| adapter.0 < self.names.len());
            let has_pages = matches!(self.pass, Pass::Slices(_));
            if !sequence.is_of(layout) || sequence.has_pages() != has_pages || !is_known {
                return Err(DecodeError::Foreign);
            }
            let tokens_after = sequence.len() + tokens.len();
            if tokens_after > context {
                return Err(DecodeError::Context { tokens: tokens_after, context });
            }
            if let Some(token) = tokens.iter().find(|token| **token as usize >= vocabulary) {
                return Err(DecodeError::Token { token: *token, vocabulary });
            }
        }
        Ok(())
    }

    fn layout(&self) -> Layout {
        Layout {
            layers: self.config().num_hidden_layers,
            heads: self.config().key_value_heads(),
            width: self.config().head_dim(),
            bytes: self.weights.dtype().size_in_bytes(),
        }
    }
}

impl Logits {
    /// `[feeds, vocabulary]`, in the weights' precision on their device.
    pub fn tensor(&self) -> &Tensor {
        &self.0
    }

    /// Gives `body` each of some items with the logits of the feed of the same rank, on several threads where that is worth it.
    ///
    /// # Errors
    /// What candle says.
    pub fn zip<T: Send, R: Send>(
        &self,
        items: Vec<T>,
        body: impl Fn(T, &[f32]) -> R + Sync,
    ) -> Result<Vec<R>, DecodeError> {
        let near = self.near()?;
        let values = Values::of(&near)?;
        let (values, vocabulary) = (values.get::<f32>()?, self.0.dim(1)?);
        if product::is_shared(WORK_OF_A_LOGIT * values.len()) {
            Ok(items
                .into_par_iter()
                .zip(values.par_chunks_exact(vocabulary))
                .map(|(item, row)| body(item, row))
                .collect())
        } else {
            Ok(items.into_iter().zip(values.chunks_exact(vocabulary)).map(|(item, row)| body(item, row)).collect())
        }
    }

    /// As f32 on the CPU.
    fn near(&self) -> Result<Tensor, DecodeError> {
        if are_at_hand(&self.0) && self.0.dtype() == DType::F32 {
            return Ok(self.0.clone());
        }
        Ok(self.0.to_dtype(DType::F32)?.to_device(&Device::Cpu)?)
    }

    /// Gives `body` the rank of each feed and its logits, without copying them where they are in f32 on the CPU.
    ///
    /// # Errors
    /// What candle says.
    pub fn each<T>(&self, mut body: impl FnMut(usize, &[f32]) -> T) -> Result<Vec<T>, DecodeError> {
        let near = self.near()?;
        let values = Values::of(&near)?;
        let rows = values.get::<f32>()?.chunks_exact(self.0.dim(1)?);
        Ok(rows.enumerate().map(|(feed, logits)| body(feed, logits)).collect())
    }
}
