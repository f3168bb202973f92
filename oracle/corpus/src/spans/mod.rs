//! Parts of an output that stand word for word in the training text.
//!
//! A [`SpanIndex`] holds the training items. [`SpanIndex::trace`] finds the *maximal* spans of an output: parts that occur verbatim in
//! some item, and do not when a symbol more is taken at either end. Of these it keeps spans that are long and rare enough, and of spans that
//! overlap those with the largest sum of weights. What stands verbatim need not be where the model has it from.
//!
//! A symbol is a token, a byte, or a word or what stands between words ([`Pieces`]). Items do not run into one another: no span goes from one
//! to the next.
//!
//! # Source
//! J. Liu et al., *OLMoTrace: Tracing Language Model Outputs Back to Trillions of Training Tokens*, 2025
//! ([arXiv:2504.07096](https://arxiv.org/abs/2504.07096)), section 3. There the rarest spans are kept, a number that grows with the output;
//! here all from a given weight on are, so that whether a span is rare enough does not depend on what else an output says.

mod index;
mod output;
mod pieces;
mod selection;
mod trace;

use serde::{Deserialize, Serialize};

pub use index::SpanIndex;
pub use output::{Output, byte_symbols, bytes_as_text};
pub use pieces::{Cut, Pieces};

/// Which spans are told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TraceSettings {
    /// Fewest symbols of a span.
    pub shortest: usize,
    /// Smallest weight of a span, in nats.
    pub smallest_weight: f64,
    /// Most occurrences listed for a span.
    pub most_occurrences: usize,
}

/// For tokens: 30 nats are four tokens of which each is one in 1,800. Bytes say less each, and want about twice the weight.
impl Default for TraceSettings {
    fn default() -> Self {
        Self { shortest: 4, smallest_weight: 30.0, most_occurrences: 10 }
    }
}

/// A part of an output that occurs in the training text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// The text of the part.
    pub text: String,
    /// First symbol of the output that belongs to it.
    pub start: usize,
    /// Symbols.
    pub length: usize,
    /// How rare it is, in nats: `Σ −ln p` over its symbols, `p` their shares of the training text.
    pub weight: f64,
    /// How often it occurs in the training text.
    pub occurrence_count: usize,
    /// Where it occurs: the first places by item and offset, as many as the settings allow.
    pub occurrences: Vec<Occurrence>,
}

/// A place in the training text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occurrence {
    /// Rank of the item.
    pub item: usize,
    /// Symbols of the item before it.
    pub offset: usize,
}

/// Why no index could be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// More symbols than the index can count.
    #[error("{symbols} symbols and separators are too many for one index of {largest}: split the items over several")]
    TooLong {
        /// Symbols, and one separator per item.
        symbols: usize,
        /// Most that one index holds.
        largest: usize,
    },
    /// The suffixes could not be sorted.
    #[error("cannot sort the suffixes of {symbols} symbols: {reason}")]
    Sort {
        /// Symbols, and one separator per item.
        symbols: usize,
        /// What the library said.
        reason: String,
    },
}
