//! What is asked.

use std::collections::BTreeMap;

use lm::decode::sample::Sampling;
use serde::Deserialize;
use serde_json::Value;

use super::answer::Kind;
use crate::{
    prompt::{self, Message, PromptError},
    template::{Template, TemplateError},
};

/// Tokens of an answer where none are asked for.
const DEFAULT_TOKENS: usize = 256;
/// Most stop sequences.
const MAX_STOPS: usize = 4;
/// Most alternatives shown of a token.
const MAX_ALTERNATIVES: u8 = 20;

/// Fields that ask for something that is not done here, whatever they hold but for nothing.
const UNKNOWN_ARTS: [&str; 10] = [
    "audio",
    "best_of",
    "echo",
    "function_call",
    "functions",
    "modalities",
    "suffix",
    "tool_choice",
    "tools",
    "web_search_options",
];

/// Why a request cannot be answered as it is.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It is no such request.
    #[error("the body is not such a request: {0}")]
    Json(#[from] serde_json::Error),
    /// A field asks for something that is not done here.
    #[error("`{field}` is not served here: {why}")]
    Unserved {
        /// The field.
        field: String,
        /// What to do.
        why: String,
    },
    /// The prompt is none.
    #[error(transparent)]
    Prompt(#[from] PromptError),
    /// The model's template makes no prompt of the messages.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// An image is not of the size that it says.
    #[error("{pixels} pixels are not {width} by {height}")]
    Pixels {
        /// How many there are.
        pixels: usize,
        /// Pixels per row.
        width: u16,
        /// Rows.
        height: u16,
    },
}

impl Draw {
    /// As the model draws: what is not said is as the model's own probabilities have it, and the seed any.
    ///
    /// # Errors
    /// [`AskError::Unserved`] for a bias of what is no token. Ranges are checked by the model.
    pub fn sampling(&self, seed: u64) -> Result<Sampling, AskError> {
        let plain = Sampling::default();
        let mut logit_bias = BTreeMap::new();
        for (token, bias) in self.logit_bias.iter().flatten() {
            let token =
                token.parse().map_err(|_| unserved("logit_bias", format!("`{token}` is not the number of a token")))?;
            logit_bias.insert(token, *bias);
        }
        Ok(Sampling {
            temperature: self.temperature.unwrap_or(plain.temperature),
            top_p: self.top_p.unwrap_or(plain.top_p),
            top_k: self.top_k.unwrap_or(plain.top_k),
            min_p: self.min_p.unwrap_or(plain.min_p),
            presence_penalty: self.presence_penalty.unwrap_or(plain.presence_penalty),
            frequency_penalty: self.frequency_penalty.unwrap_or(plain.frequency_penalty),
            repetition_penalty: self.repetition_penalty.unwrap_or(plain.repetition_penalty),
            logit_bias,
            seed: self.seed.unwrap_or(seed),
        })
    }
}

/// What is asked, whichever way.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Which shape the answer has.
    pub kind: Kind,
    /// Name of the model.
    pub model: String,
    /// The prompt in canonical form.
    pub prompt: String,
    /// Most tokens of the answer.
    pub max_tokens: usize,
    /// Where an answer ends, not included.
    pub stop: Vec<String>,
    /// Whether it is told bit by bit.
    pub stream: bool,
    /// Whether a stream ends with what was used.
    pub usage: bool,
    /// Alternatives shown of each token; none if no probabilities are shown.
    pub logprobs: Option<usize>,
    /// How tokens are drawn.
    pub draw: Draw,
}

/// How tokens are drawn; ranges are checked where they are used.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Draw {
    /// 0 takes the likeliest.
    pub temperature: Option<f64>,
    /// Share of probability that is drawn from.
    pub top_p: Option<f64>,
    /// Number of tokens that are drawn from.
    pub top_k: Option<usize>,
    /// Least probability, as a share of the likeliest.
    pub min_p: Option<f64>,
    /// For tokens that were said.
    pub presence_penalty: Option<f64>,
    /// For every time that they were said.
    pub frequency_penalty: Option<f64>,
    /// Divisor of positive logits of tokens that were said.
    pub repetition_penalty: Option<f64>,
    /// Added to logits, by token.
    #[serde(default)]
    pub logit_bias: Option<BTreeMap<String, f64>>,
    /// Draws the same again.
    pub seed: Option<u64>,
}

#[derive(Deserialize)]
struct Common {
    model: String,
    #[serde(default)]
    stream: Option<bool>,
    #[serde(default)]
    stream_options: Option<StreamOptions>,
    #[serde(default)]
    stop: Option<Several>,
    #[serde(default)]
    n: Option<u64>,
    #[serde(default)]
    max_tokens: Option<usize>,
    #[serde(flatten)]
    draw: Draw,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Several {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
struct ChatRequest {
    messages: Vec<ChatMessage>,
    #[serde(default)]
    max_completion_tokens: Option<usize>,
    #[serde(default)]
    logprobs: Option<bool>,
    #[serde(default)]
    top_logprobs: Option<u8>,
    #[serde(flatten)]
    common: Common,
}

#[derive(Deserialize)]
struct ChatMessage {
    role: String,
    #[serde(default)]
    content: Option<Content>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    r#type: String,
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
struct CompletionRequest {
    prompt: Value,
    #[serde(default)]
    logprobs: Option<u8>,
    #[serde(flatten)]
    common: Common,
}

/// Reads a request for `/v1/chat/completions` to a model with this template, or to one without.
///
/// # Errors
/// [`AskError`].
pub fn chat(body: &[u8], template: Option<&Template>) -> Result<Ask, AskError> {
    let request: ChatRequest = serde_json::from_slice(body)?;
    let said = request.messages.iter().map(text_of).collect::<Result<Vec<_>, _>>()?;
    let messages: Vec<Message<'_>> =
        request.messages.iter().zip(&said).map(|(one, content)| Message { role: &one.role, content }).collect();
    if let Some(odd) =
        messages.iter().find(|message| !["system", "developer", "user", "assistant"].contains(&message.role))
    {
        return Err(unserved("messages", format!("there is no role `{}`: use system, user and assistant", odd.role)));
    }
    let logprobs = match (request.logprobs.unwrap_or(false), request.top_logprobs) {
        (false, None | Some(0)) => None,
        (false, Some(_)) => return Err(unserved("top_logprobs", "set `logprobs` too")),
        (true, alternatives) => Some(alternatives.unwrap_or(0)),
    };
    let tokens = request.max_completion_tokens;
    let prompt = match template {
        Some(template) => template.render(&messages)?,
        None => prompt::conversation(&messages)?,
    };
    ask(Kind::Chat, request.common, (prompt, tokens, logprobs))
}

/// Reads a request for `/v1/completions`.
///
/// # Errors
/// [`AskError`].
pub fn completion(body: &[u8]) -> Result<Ask, AskError> {
    let request: CompletionRequest = serde_json::from_slice(body)?;
    let text = match &request.prompt {
        Value::String(text) => text,
        Value::Array(several) => match several.as_slice() {
            [Value::String(text)] => text,
            _ => return Err(unserved("prompt", "send one text at a time, not tokens")),
        },
        _ => return Err(unserved("prompt", "send a text")),
    };
    let prompt = prompt::canonical(text)?;
    ask(Kind::Text, request.common, (prompt, None, request.logprobs))
}

fn ask(
    kind: Kind,
    common: Common,
    (prompt, tokens, logprobs): (String, Option<usize>, Option<u8>),
) -> Result<Ask, AskError> {
    check(&common)?;
    if logprobs.is_some_and(|alternatives| alternatives > MAX_ALTERNATIVES) {
        return Err(unserved("logprobs", format!("at most {MAX_ALTERNATIVES} alternatives are shown")));
    }
    let stop = match common.stop {
        None => Vec::new(),
        Some(Several::One(stop)) => vec![stop],
        Some(Several::Many(stops)) => stops,
    };
    if stop.len() > MAX_STOPS || stop.iter().any(String::is_empty) {
        return Err(unserved("stop", format!("give at most {MAX_STOPS} texts, none empty")));
    }
    let max_tokens = tokens.or(common.max_tokens).unwrap_or(DEFAULT_TOKENS);
    if max_tokens == 0 {
        return Err(unserved("max_tokens", "ask for at least one token"));
    }
    Ok(Ask {
        kind,
        model: common.model,
        prompt,
        max_tokens,
        stop,
        stream: common.stream.unwrap_or(false),
        usage: common.stream_options.is_some_and(|options| options.include_usage),
        logprobs: logprobs.map(usize::from),
        draw: common.draw,
    })
}

fn check(common: &Common) -> Result<(), AskError> {
    if common.n.is_some_and(|n| n != 1) {
        return Err(unserved("n", "every answer is paid for by itself: ask again for another one"));
    }
    for (field, value) in &common.rest {
        let plain = match field.as_str() {
            "response_format" => value.get("type").is_none_or(|kind| kind == "text"),
            "best_of" => *value == 1 || value.is_null(),
            "modalities" => value.is_null() || *value == serde_json::json!(["text"]),
            field if UNKNOWN_ARTS.contains(&field) => is_nothing(value),
            _ => true,
        };
        if !plain {
            return Err(unserved(field, "leave it out"));
        }
    }
    Ok(())
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty() || text == "none",
        Value::Array(several) => several.is_empty(),
        _ => false,
    }
}

fn text_of(message: &ChatMessage) -> Result<String, AskError> {
    match &message.content {
        None => Ok(String::new()),
        Some(Content::Text(text)) => Ok(text.clone()),
        Some(Content::Parts(parts)) => {
            if let Some(odd) = parts.iter().find(|part| part.r#type != "text") {
                return Err(unserved("messages", format!("a part of type `{}` cannot be read: send text", odd.r#type)));
            }
            Ok(parts.iter().filter_map(|part| part.text.as_deref()).collect())
        }
    }
}

fn unserved(field: &str, why: impl Into<String>) -> AskError {
    AskError::Unserved { field: field.to_owned(), why: why.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chat_of(body: Value) -> Result<Ask, AskError> {
        chat(&serde_json::to_vec(&body).expect("it is JSON"), None)
    }

    fn said(fields: Value) -> Value {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hello"}]});
        body.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
        body
    }

    #[test]
    fn a_chat_is_read_with_all_that_is_served() {
        let ask = chat_of(said(json!({
            "stream": true, "stream_options": {"include_usage": true}, "stop": "\n", "max_completion_tokens": 7, "temperature": 0.5,
            "top_p": 0.9, "seed": 3, "logprobs": true, "top_logprobs": 2, "logit_bias": {"5": -100}, "user": "somebody", "tools": [],
        })));
        let ask = ask.expect("all of it is served");
        assert_eq!(
            (ask.prompt.as_str(), ask.max_tokens, ask.stream, ask.usage),
            ("user: hello\nassistant:", 7, true, true)
        );
        assert_eq!((ask.stop, ask.logprobs), (vec!["\n".to_owned()], Some(2)));
        assert_eq!((ask.draw.temperature, ask.draw.top_p, ask.draw.seed), (Some(0.5), Some(0.9), Some(3)));
        assert_eq!(ask.draw.logit_bias.expect("it was set")["5"], -100.0);
    }

    #[test]
    fn what_is_not_served_is_named() {
        for (fields, field) in [
            (json!({"n": 2}), "n"),
            (json!({"tools": [{"type": "function"}]}), "tools"),
            (json!({"response_format": {"type": "json_object"}}), "response_format"),
            (json!({"stop": ["a", "b", "c", "d", "e"]}), "stop"),
            (json!({"stop": [""]}), "stop"),
            (json!({"max_tokens": 0}), "max_tokens"),
            (json!({"top_logprobs": 2}), "top_logprobs"),
            (json!({"logprobs": true, "top_logprobs": 21}), "logprobs"),
            (json!({"messages": [{"role": "tool", "content": "x"}]}), "messages"),
            (json!({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}), "messages"),
        ] {
            match chat_of(said(fields)) {
                Err(AskError::Unserved { field: named, .. }) => assert_eq!(named, field),
                other => panic!("{field}: {other:?}"),
            }
        }
        assert!(matches!(chat(b"{}", None), Err(AskError::Json(_))));
    }

    #[test]
    fn parts_of_text_are_one_text() {
        let parts = json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]);
        let ask = chat_of(said(json!({"messages": [{"role": "user", "content": parts}]}))).expect("it is read");
        assert_eq!(ask.prompt, "user: ab\nassistant:");
    }

    #[test]
    fn a_completion_takes_one_text() {
        let read =
            |prompt: Value| completion(&serde_json::to_vec(&json!({"model": "m", "prompt": prompt})).expect("JSON"));
        assert_eq!(read(json!(" the ray of ")).expect("a text").prompt, "the ray of");
        assert_eq!(read(json!(["one"])).expect("a text").prompt, "one");
        for odd in [json!(["a", "b"]), json!([1, 2]), json!(7)] {
            assert!(matches!(read(odd), Err(AskError::Unserved { .. })));
        }
    }
}
