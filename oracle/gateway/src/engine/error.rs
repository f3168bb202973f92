//! Why there is no answer.

use std::error::Error;

/// Why a request is refused, or an answer ends without its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// No model of this name.
    #[error("there is no model named `{name}`: ask for one of those listed")]
    UnknownModel {
        /// What was asked for.
        name: String,
    },
    /// Prompt and answer have no room in the model's context.
    #[error(
        "the prompt has {prompt} tokens and the answer may have {max_tokens}, but the model's context has {context}: {}",
        shorten(*prompt, *max_tokens, *context)
    )]
    TooLong {
        /// Tokens of the prompt.
        prompt: usize,
        /// Most tokens of the answer.
        max_tokens: usize,
        /// Most tokens of both.
        context: usize,
    },
    /// Keys and values of prompt and answer are more than this server keeps of all requests together.
    #[error(
        "keeping {bytes} bytes for this request is more than the {room} bytes that this server has for all: shorten the prompt or lower max_tokens"
    )]
    NoRoom {
        /// That the request needs.
        bytes: usize,
        /// That there are.
        room: usize,
    },
    /// As many requests wait as may.
    #[error("as many requests are waiting as may: try again later")]
    Busy,
    /// Nothing new is accepted.
    #[error("the server is finishing what it has and takes no new requests")]
    Draining,
    /// A parameter that cannot be served.
    #[error("{parameter} cannot be served: {why}")]
    Invalid {
        /// Its name.
        parameter: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The model could not be computed.
    #[error("the model failed: {why}")]
    Failed {
        /// What went wrong.
        why: String,
    },
}

/// What to change so that both fit.
fn shorten(prompt: usize, max_tokens: usize, context: usize) -> String {
    if prompt >= context {
        format!("shorten the prompt by at least {} tokens", prompt - context + 1)
    } else {
        let least = max_tokens.saturating_sub(context - prompt);
        format!("lower max_tokens to {} or shorten the prompt by {least} tokens", context - prompt)
    }
}

impl EngineError {
    pub(super) fn invalid(parameter: &'static str, why: String) -> Self {
        Self::Invalid { parameter, why }
    }

    /// With all that lies under it, since it is sent to others than those who have the source.
    pub(super) fn failed(error: impl Error) -> Self {
        let mut why = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            why = format!("{why}: {cause}");
            source = cause.source();
        }
        Self::Failed { why }
    }
}
