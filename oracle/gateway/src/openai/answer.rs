//! What is answered.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Which shape a request and its answer have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `/v1/chat/completions`
    Chat,
    /// `/v1/completions`
    Text,
}

/// What was used, in the model's own tokens. Receipts count bytes, which need no tokenizer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read.
    pub prompt_tokens: usize,
    /// Tokens written.
    pub completion_tokens: usize,
}

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// What was said.
    pub text: String,
    /// `stop` or `length`.
    pub finish: String,
    /// What was used.
    pub usage: Usage,
    /// Probabilities as this kind shows them, if they were asked for.
    pub logprobs: Value,
}

/// What all parts of one answer have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Of the request.
    pub kind: Kind,
    /// Name of the answer.
    pub id: String,
    /// Seconds since 1970.
    pub created: u64,
    /// The model that was asked for.
    pub model: String,
}

impl Shape {
    /// The answer in one piece.
    pub fn whole(&self, answered: &Answered) -> Value {
        let Answered { text, finish, logprobs, .. } = answered;
        let choice = match self.kind {
            Kind::Chat => json!({
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": null},
                "logprobs": logprobs,
                "finish_reason": finish,
            }),
            Kind::Text => json!({"index": 0, "text": text, "logprobs": logprobs, "finish_reason": finish}),
        };
        let object = match self.kind {
            Kind::Chat => "chat.completion",
            Kind::Text => "text_completion",
        };
        json!({
            "id": self.id, "object": object, "created": self.created, "model": self.model,
            "choices": [choice], "usage": used(answered.usage),
        })
    }

    /// What a stream begins with, if with anything.
    pub fn opening(&self) -> Option<Value> {
        (self.kind == Kind::Chat)
            .then(|| self.chunk(json!({"role": "assistant", "content": ""}), &Value::Null, &Value::Null))
    }

    /// A further bit of the answer.
    pub fn bit(&self, text: &str, logprobs: &Value) -> Value {
        match self.kind {
            Kind::Chat => self.chunk(json!({"content": text}), logprobs, &Value::Null),
            Kind::Text => self.chunk(json!(text), logprobs, &Value::Null),
        }
    }

    /// The end of the answer.
    pub fn closing(&self, finish: &str) -> Value {
        let nothing = match self.kind {
            Kind::Chat => json!({}),
            Kind::Text => json!(""),
        };
        self.chunk(nothing, &Value::Null, &json!(finish))
    }

    /// What was used, after the end, for who asked for it.
    pub fn used(&self, usage: Usage) -> Value {
        let mut chunk = self.frame(Vec::new());
        chunk["usage"] = used(usage);
        chunk
    }

    fn chunk(&self, what: Value, logprobs: &Value, finish: &Value) -> Value {
        let key = match self.kind {
            Kind::Chat => "delta",
            Kind::Text => "text",
        };
        self.frame(vec![json!({"index": 0, key: what, "logprobs": logprobs, "finish_reason": finish})])
    }

    fn frame(&self, choices: Vec<Value>) -> Value {
        let object = match self.kind {
            Kind::Chat => "chat.completion.chunk",
            Kind::Text => "text_completion",
        };
        json!({"id": self.id, "object": object, "created": self.created, "model": self.model, "choices": choices})
    }
}

fn used(Usage { prompt_tokens, completion_tokens }: Usage) -> Value {
    json!({
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    })
}

/// What ends every stream.
pub const fn done() -> &'static str {
    "[DONE]"
}

/// An error as clients read it.
pub fn error_body(message: &str, kind: &str, code: &str) -> Value {
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

/// `/v1/models`
pub fn model_list(models: Vec<Value>) -> Value {
    json!({"object": "list", "data": models})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(kind: Kind) -> Shape {
        Shape { kind, id: "7-1".to_owned(), created: 5, model: "m".to_owned() }
    }

    #[test]
    fn a_stream_says_the_same_as_the_whole() {
        let usage = Usage { prompt_tokens: 2, completion_tokens: 3 };
        let answered = Answered { text: "ab".to_owned(), finish: "stop".to_owned(), usage, logprobs: Value::Null };
        for kind in [Kind::Chat, Kind::Text] {
            let shape = shape(kind);
            let bits = [shape.bit("a", &Value::Null), shape.bit("b", &Value::Null)];
            let text = |bit: &Value| match kind {
                Kind::Chat => bit["choices"][0]["delta"]["content"].as_str().map(str::to_owned),
                Kind::Text => bit["choices"][0]["text"].as_str().map(str::to_owned),
            };
            assert_eq!(bits.iter().filter_map(text).collect::<String>(), "ab");
            let whole = shape.whole(&answered);
            assert_eq!(whole["choices"][0]["finish_reason"], shape.closing("stop")["choices"][0]["finish_reason"]);
            assert_eq!(whole["usage"], shape.used(usage)["usage"]);
            assert_eq!(whole["usage"]["total_tokens"], 5);
            assert_eq!(shape.opening().is_some(), kind == Kind::Chat);
        }
    }
}
