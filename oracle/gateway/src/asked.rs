//! What is asked, whichever way: read alike by the gateway that answers it and by the payer who checks the receipt.

use rules::item::image_item;
use serde::Deserialize;

use crate::openai::{self, Ask, AskError};

/// Bytes that a token of an answer may stand for, when a call's highest price is told.
const BYTES_OF_A_TOKEN: u64 = 16;

/// Where requests that are paid for go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `/v1/chat/completions`
    Chat,
    /// `/v1/completions`
    Completions,
    /// `/v1/classify`
    Classify,
}

impl Way {
    /// Its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Chat => "/v1/chat/completions",
            Self::Completions => "/v1/completions",
            Self::Classify => "/v1/classify",
        }
    }

    /// The way with a path.
    pub fn find(path: &str) -> Option<Self> {
        [Self::Chat, Self::Completions, Self::Classify].into_iter().find(|way| way.path() == path)
    }
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Asked {
    /// A text.
    Text(Box<Ask>),
    /// The label of an image, by the canonical bytes of its prompt.
    Label(Vec<u8>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassifyRequest {
    model: String,
    image: Image,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Image {
    width: u16,
    height: u16,
    pixels: Vec<u8>,
}

impl Asked {
    /// Canonical bytes of the prompt, as a receipt holds it.
    pub fn prompt(&self) -> &[u8] {
        match self {
            Self::Text(ask) => ask.prompt.as_bytes(),
            Self::Label(prompt) => prompt,
        }
    }

    /// What a receipt counts as read.
    pub fn tokens_in(&self) -> u64 {
        self.prompt().len() as u64
    }

    /// What may be written at most.
    pub fn most_out(&self) -> u64 {
        match self {
            Self::Text(ask) => (ask.max_tokens as u64).saturating_mul(BYTES_OF_A_TOKEN),
            Self::Label(_) => 1,
        }
    }
}

/// Reads the body of a request: the model that it names, and what is asked of it.
///
/// # Errors
/// [`AskError`]
pub fn read(way: Way, body: &[u8]) -> Result<(String, Asked), AskError> {
    match way {
        Way::Chat => Ok(text(openai::chat(body)?)),
        Way::Completions => Ok(text(openai::completion(body)?)),
        Way::Classify => label(body),
    }
}

fn text(ask: Ask) -> (String, Asked) {
    (ask.model.clone(), Asked::Text(Box::new(ask)))
}

fn label(body: &[u8]) -> Result<(String, Asked), AskError> {
    let ClassifyRequest { model, image } = serde_json::from_slice(body)?;
    let Image { width, height, pixels } = image;
    let prompt =
        image_item(width, height, &pixels, 0).ok_or(AskError::Pixels { pixels: pixels.len(), width, height })?;
    Ok((model, Asked::Label(prompt)))
}
