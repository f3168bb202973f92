//! What is asked, whichever way: read alike by the gateway that answers it and by the payer who checks the receipt.

use rules::item::image_item;
use serde::Deserialize;

use crate::{
    openai::{self, Ask, AskError},
    template::Template,
};

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
    #[serde(rename = "model")]
    _model: String,
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

/// The model that the body of a request names.
///
/// # Errors
/// [`AskError::Json`]
pub fn model(body: &[u8]) -> Result<String, AskError> {
    #[derive(Deserialize)]
    struct Named {
        model: String,
    }
    let Named { model } = serde_json::from_slice(body)?;
    Ok(model)
}

/// Reads what the body of a request asks of a model; `template` is that of its version, if it has one.
///
/// # Errors
/// [`AskError`]
pub fn read(way: Way, body: &[u8], template: Option<&Template>) -> Result<Asked, AskError> {
    match way {
        Way::Chat => Ok(Asked::Text(Box::new(openai::chat(body, template)?))),
        Way::Completions => Ok(Asked::Text(Box::new(openai::completion(body)?))),
        Way::Classify => label(body),
    }
}

fn label(body: &[u8]) -> Result<Asked, AskError> {
    let ClassifyRequest { image, .. } = serde_json::from_slice(body)?;
    let Image { width, height, pixels } = image;
    let prompt =
        image_item(width, height, &pixels, 0).ok_or(AskError::Pixels { pixels: pixels.len(), width, height })?;
    Ok(Asked::Label(prompt))
}
