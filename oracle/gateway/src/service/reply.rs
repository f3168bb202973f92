//! Answers as HTTP sends them: at once, or bit by bit. A stream ends with a comment that holds the charge, which clients of OpenAI's API pass over.

use std::{
    convert::Infallible,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Json,
    http::HeaderValue,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, stream};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    ServiceError,
    answer::{Ended, Told},
};
use crate::{
    asked::Asked,
    engine::TokenInfo,
    openai::{Answered, Kind, Shape, done},
    x402::{Charged, PAYMENT_RESPONSE, SettlementResponse, encode},
};

/// Between two signs of life of a stream.
const ALIVE: Duration = Duration::from_secs(15);

/// What an answer is called and who pays for it.
#[derive(Clone, Debug)]
pub struct Caption {
    /// `<channel>-<number>`
    pub id: String,
    /// The model, as it was asked for.
    pub model: String,
    /// The chain.
    pub network: String,
    /// Who pays.
    pub payer: String,
}

impl Caption {
    fn settled(&self, charged: &Charged) -> SettlementResponse {
        SettlementResponse {
            success: true,
            error_reason: None,
            transaction: String::new(),
            network: self.network.clone(),
            payer: self.payer.clone(),
            amount: String::new(),
            extra: Some(charged.clone()),
        }
    }

    /// What a payer is told of an order that was taken, and surely neither served nor charged.
    pub fn unserved(&self, reason: &str) -> SettlementResponse {
        SettlementResponse {
            success: false,
            error_reason: Some(reason.to_owned()),
            transaction: String::new(),
            network: self.network.clone(),
            payer: self.payer.clone(),
            amount: String::new(),
            extra: None,
        }
    }

    fn shape(&self, kind: Kind, created: u64) -> Shape {
        let prefix = match kind {
            Kind::Chat => "chatcmpl",
            Kind::Text => "cmpl",
        };
        Shape { kind, id: format!("{prefix}-{}", self.id), created, model: self.model.clone() }
    }
}

/// The whole answer, once it is booked.
pub async fn whole(asked: &Asked, caption: Caption, mut told: mpsc::Receiver<Told>) -> Result<Response, ServiceError> {
    let (mut text, mut end) = (String::new(), None);
    while let Some(next) = told.recv().await {
        match next {
            Told::Bit(bit, _) => text.push_str(&bit),
            Told::End(ended) => end = Some(ended),
            Told::Failed(error) => return Err(error),
        }
    }
    let Ended { charged, output, remarks } =
        *end.ok_or_else(|| ServiceError::Internal("the answer was broken off".to_owned()))?;
    let body = match asked {
        Asked::Text(ask) => {
            // What is booked, not what was told: a bit may have been too much for its reader.
            let text = String::from_utf8_lossy(&output).into_owned();
            let logprobs = shown(ask.kind, &remarks.logprobs);
            let answered = Answered { text, finish: remarks.finish, usage: remarks.usage, logprobs };
            caption.shape(ask.kind, remarks.created).whole(&answered)
        }
        Asked::Label(_) => json!({
            "id": format!("class-{}", caption.id), "object": "classification", "created": remarks.created,
            "model": caption.model, "label": output.iter().fold(0_u64, |label, byte| label << 8 | u64::from(*byte)),
        }),
    };
    let mut response = Json(body).into_response();
    let settled = encode(&caption.settled(&charged));
    let header = HeaderValue::from_str(&settled).map_err(|error| ServiceError::Internal(error.to_string()))?;
    response.headers_mut().insert(PAYMENT_RESPONSE, header);
    Ok(response)
}

/// The answer bit by bit, as server-sent events.
pub fn bits(kind: Kind, wants_usage: bool, caption: Caption, told: mpsc::Receiver<Told>) -> Response {
    let shape = caption.shape(kind, seconds());
    let opening: Vec<Event> = shape.opening().map(|chunk| event(&chunk)).into_iter().collect();
    let rest = stream::unfold(Some((told, shape, caption)), move |state| async move {
        let (mut told, shape, caption) = state?;
        let next = told.recv().await;
        let (events, goes_on) = match next {
            Some(Told::Bit(bit, logprobs)) => (vec![event(&shape.bit(&bit, &shown(shape.kind, &logprobs)))], true),
            Some(Told::End(ended)) => (closing(&shape, &caption, &ended, wants_usage), false),
            Some(Told::Failed(error)) => (failing(&caption, &error), false),
            None => (Vec::new(), false),
        };
        Some((stream::iter(events), goes_on.then_some((told, shape, caption))))
    });
    let events = futures::StreamExt::flatten(rest);
    sse(futures::StreamExt::chain(stream::iter(opening), events))
}

fn sse(events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let events = futures::StreamExt::map(events, Ok::<_, Infallible>);
    Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE)).into_response()
}

/// The charge stands before the last event, so that whoever has read all has read it too.
fn closing(shape: &Shape, caption: &Caption, ended: &Ended, wants_usage: bool) -> Vec<Event> {
    let mut events = vec![event(&shape.closing(&ended.remarks.finish))];
    if wants_usage {
        events.push(event(&shape.used(ended.remarks.usage)));
    }
    let settled = encode(&caption.settled(&ended.charged));
    events.push(Event::default().comment(format!("{PAYMENT_RESPONSE} {settled}")));
    events.push(Event::default().data(done()));
    events
}

fn failing(caption: &Caption, error: &ServiceError) -> Vec<Event> {
    let unserved = error.is_surely_unserved().then(|| encode(&caption.unserved(error.code())));
    let told = unserved.map(|unserved| Event::default().comment(format!("{PAYMENT_RESPONSE} {unserved}")));
    told.into_iter().chain([event(&error.body())]).collect()
}

fn event(chunk: &Value) -> Event {
    Event::default().data(chunk.to_string())
}

/// Probabilities of tokens, one object each, in the form of chats; nothing if they were not asked for.
pub fn logprobs(asked: &Asked, tokens: &[TokenInfo]) -> Value {
    let Asked::Text(ask) = asked else { return Value::Null };
    if ask.logprobs.is_none() {
        return Value::Null;
    }
    let of = |text: &str, logprob: f32| json!({"token": text, "logprob": logprob, "bytes": text.as_bytes()});
    let one = |info: &TokenInfo| {
        let Some(likelihood) = &info.logprobs else { return Value::Null };
        let mut shown = of(&likelihood.text, likelihood.log_probability);
        shown["top_logprobs"] = likelihood.likeliest.iter().map(|(_, text, logprob)| of(text, *logprob)).collect();
        shown
    };
    tokens.iter().map(one).collect()
}

/// Probabilities as this kind of answer shows them.
fn shown(kind: Kind, tokens: &Value) -> Value {
    let Some(tokens) = tokens.as_array() else { return Value::Null };
    match kind {
        Kind::Chat => json!({"content": tokens, "refusal": null}),
        Kind::Text => {
            let alternatives = |token: &Value| -> Value {
                let pairs = token["top_logprobs"].as_array().into_iter().flatten();
                let pairs = pairs.filter_map(|one| Some((one["token"].as_str()?.to_owned(), one["logprob"].clone())));
                Value::Object(pairs.collect())
            };
            let of = |key: &str| tokens.iter().map(|token| token[key].clone()).collect::<Vec<_>>();
            json!({
                "tokens": of("token"), "token_logprobs": of("logprob"),
                "top_logprobs": tokens.iter().map(alternatives).collect::<Vec<_>>(),
            })
        }
    }
}

/// Seconds since 1970.
pub fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
