//! What a payer orders, seals and says of an answer, and the prompt that a receipt holds.

use rules::{
    order::{self, SealKey},
    prompt,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Answer,
    text::{Bytes, Digest, Number, Place},
};

/// A call that is ordered.
#[derive(Debug, Deserialize)]
pub struct Ordered {
    domain: Place,
    channel: Number<u64>,
    number: Number<u64>,
    cumulative: Number<u128>,
    head: Digest,
    request: Digest,
    salt: Digest,
    price_sheet: u32,
    price: String,
    ceiling: Number<u128>,
}

impl Ordered {
    pub(crate) fn answer(&self) -> Answer {
        let order = order::Order {
            channel: self.channel.0,
            number: self.number.0,
            cumulative: self.cumulative.0,
            head: self.head.0,
            request: self.request.0,
            salt: self.salt.0,
            price_sheet: self.price_sheet,
            price: &self.price,
            ceiling: self.ceiling.0,
        };
        Ok(json!(Digest(order.digest(&self.domain.clone().into()))))
    }
}

/// A digest to be sealed for the other side of a channel.
#[derive(Debug, Deserialize)]
pub struct Sealed {
    domain: Place,
    channel: Number<u64>,
    shared: Digest,
    digest: Digest,
}

impl Sealed {
    pub(crate) fn answer(self) -> Answer {
        let key = SealKey::new(&self.domain.into(), self.channel.0, &self.shared.0);
        Ok(json!(Digest(key.seal(&self.digest.0))))
    }
}

/// One message of a conversation.
#[derive(Debug, Deserialize)]
pub struct Message {
    role: String,
    content: String,
}

pub(crate) fn request_digest(path: &str, body: &Bytes) -> Value {
    json!(Digest(order::request_digest(path, &body.0)))
}

pub(crate) fn served_digest(order: &Digest, head: &Digest) -> Value {
    json!(Digest(order::served_digest(&order.0, &head.0)))
}

pub(crate) fn correction_digest(domain: Place, channel: Number<u64>, number: Number<u64>, answer: &Bytes) -> Value {
    json!(Digest(order::correction_digest(&domain.into(), channel.0, number.0, &answer.0)))
}

pub(crate) fn prompt(text: &str) -> Answer {
    told(prompt::canonical(text))
}

pub(crate) fn conversation(messages: &[Message]) -> Answer {
    let said: Vec<_> = messages.iter().map(|Message { role, content }| prompt::Message { role, content }).collect();
    told(prompt::conversation(&said))
}

fn told(prompt: Result<String, prompt::PromptError>) -> Answer {
    prompt.map(|prompt| json!(Bytes(prompt.into_bytes()))).map_err(|error| error.to_string())
}
