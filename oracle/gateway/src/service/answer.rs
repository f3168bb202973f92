//! From an order that was taken to a call that is booked. Whether its asker still listens makes no difference: what was generated is booked, and told again to whoever orders it again.

use std::{sync::Arc, time::Instant};

use cosmwasm_std::Uint128;
use protocol::{Hash32, model::Price};
use rand::RngCore as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc::{self, error::TrySendError};

use super::{
    Classifies, Serves, ServiceError, Shop,
    admit::{Admitted, Reading},
    tariff,
};
use crate::{
    account::Charge,
    asked::Asked,
    crash::crash_point,
    engine::{Engine, Finish, Piece, Request},
    openai::{Ask, Usage},
    till::{Booked, Pass, Taken},
    x402::Charged,
};

/// Bits that wait for a slow reader; beyond them they are joined.
const WAITING: usize = 1_024;

/// What is told of an answer, in this order: bits, and an end or a failure.
#[derive(Debug)]
pub enum Told {
    /// A bit of a text.
    Bit(String, Value),
    /// It is booked.
    End(Box<Ended>),
    /// There is none.
    Failed(ServiceError),
}

/// An answer that is booked.
#[derive(Debug)]
pub struct Ended {
    /// What was charged.
    pub charged: Charged,
    /// The answer's bytes, as its receipt holds them.
    pub output: Vec<u8>,
    /// What else there is to say.
    pub remarks: Remarks,
}

/// What is said of an answer beside its text, kept with the call to be said again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Remarks {
    /// `stop`, `length` or `content_filter`.
    pub finish: String,
    /// What was used.
    pub usage: Usage,
    /// The seed that it was drawn with.
    pub seed: u64,
    /// When, in seconds since 1970.
    pub created: u64,
    /// Probabilities of its tokens, if they were asked for.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub logprobs: Value,
}

/// What was generated.
struct Made {
    output: Vec<u8>,
    tokens_out: u64,
    remarks: Remarks,
}

/// Bits on their way to a reader. What a slow one has no room for is joined to the next bit: all of them make the text that is booked.
struct Bits {
    tell: mpsc::Sender<Told>,
    waiting: Option<(String, Value)>,
}

impl Bits {
    fn tell(&mut self, text: String, logprobs: Value) {
        let joined = match self.waiting.take() {
            Some(before) => join(before, (text, logprobs)),
            None => (text, logprobs),
        };
        if let Err(TrySendError::Full(Told::Bit(text, logprobs))) = self.tell.try_send(Told::Bit(joined.0, joined.1)) {
            self.waiting = Some((text, logprobs));
        }
    }

    async fn finish(self) {
        if let Some((text, logprobs)) = self.waiting {
            // Whoever left needs nothing.
            let _ = self.tell.send(Told::Bit(text, logprobs)).await;
        }
    }
}

fn join((mut text, mut shown): (String, Value), (further, more): (String, Value)) -> (String, Value) {
    text.push_str(&further);
    if let (Some(shown), Some(more)) = (shown.as_array_mut(), more.as_array()) {
        shown.extend(more.iter().cloned());
    }
    (text, shown)
}

/// An order on its way to a call.
struct Making {
    shop: Arc<Shop>,
    reading: Reading,
    price: Price,
    ceiling: Uint128,
    salt: Hash32,
    pass: Pass,
    began: Instant,
}

/// Begins to answer.
///
/// # Errors
/// If the model refuses at once: then the status can still say so.
pub async fn begin(shop: Arc<Shop>, admitted: Admitted) -> Result<mpsc::Receiver<Told>, ServiceError> {
    let (tell, told) = mpsc::channel(WAITING);
    let Admitted { reading, price, payment, taken, .. } = admitted;
    let pass = match taken {
        Taken::New(pass) => pass,
        Taken::Again(booked) => {
            repeat(&shop, payment.order.channel, *booked, &tell)?;
            return Ok(told);
        }
    };
    crash_point!("order-taken");
    let price = price.ok_or_else(|| ServiceError::Internal("a new order has no price".to_owned()))?;
    let (ceiling, salt) = (payment.order.ceiling, payment.order.salt);
    let began = Instant::now();
    let making = Making { shop, reading, price, ceiling, salt, pass, began };
    match (making.reading.asked.clone(), making.reading.offer.serves.clone()) {
        (Asked::Text(ask), Serves::Texts(texts)) => making.text(*ask, &texts.engine, texts.name, tell)?,
        (Asked::Label(prompt), Serves::Labels(model)) => making.label(prompt, model, tell),
        _ => return Err(ServiceError::WrongWay(making.reading.offer.name)),
    }
    Ok(told)
}

fn repeat(
    shop: &Shop,
    channel: protocol::ChannelId,
    booked: Booked,
    tell: &mpsc::Sender<Told>,
) -> Result<(), ServiceError> {
    let remarks: Remarks = serde_json::from_value(booked.remarks.clone()).unwrap_or_default();
    let output = booked.receipt.output.to_vec();
    shop.metrics.repeated();
    // There is room: nothing was told yet.
    if let Ok(text) = std::str::from_utf8(&output) {
        let _ = tell.try_send(Told::Bit(text.to_owned(), remarks.logprobs.clone()));
    }
    let _ = tell.try_send(Told::End(Box::new(ended(shop, channel, booked)?)));
    Ok(())
}

fn ended(shop: &Shop, channel: protocol::ChannelId, booked: Booked) -> Result<Ended, ServiceError> {
    let seal = Hash32(shop.till.seal(channel, &booked)?);
    Ok(Ended {
        charged: Charged::new(channel, &booked, seal),
        output: booked.receipt.output.to_vec(),
        remarks: serde_json::from_value(booked.remarks).unwrap_or_default(),
    })
}

impl Making {
    fn text(self, ask: Ask, engine: &Engine, model: String, tell: mpsc::Sender<Told>) -> Result<(), ServiceError> {
        let seed = rand::rng().next_u64();
        let sampling = ask.draw.sampling(seed)?;
        let seed = sampling.seed;
        let request = Request {
            model,
            prompt: ask.prompt.clone(),
            sampling,
            stop: ask.stop.clone(),
            max_tokens: ask.max_tokens,
            logprobs: ask.logprobs,
        };
        let generation = engine.submit(request)?;
        self.check_prompt(&generation)?;
        let tracker = self.shop.metrics.answering();
        let shop = Arc::clone(&self.shop);
        shop.metrics.tasks().spawn(async move {
            let _tracker = tracker;
            let mut bits = Bits { tell: tell.clone(), waiting: None };
            let end = match self.listen(generation, seed, &mut bits).await {
                Ok(made) => self.book(made).await,
                Err(error) => Err(error),
            };
            // Nobody may be there any more: it is booked all the same.
            bits.finish().await;
            let _ = tell.send(end.map_or_else(Told::Failed, |ended| Told::End(Box::new(ended)))).await;
        });
        Ok(())
    }

    /// Whoever measures reads no more of a prompt than its version does.
    fn check_prompt(&self, generation: &crate::engine::Generation) -> Result<(), ServiceError> {
        let Serves::Texts(texts) = &self.reading.offer.serves else { return Ok(()) };
        let (prompt, most) = (generation.prompt_tokens(), texts.prompt_tokens);
        if prompt <= most {
            return Ok(());
        }
        generation.cancel();
        Err(ServiceError::TooLong { prompt, most })
    }

    /// Passes on what the model says, as long as the ceiling and the time last.
    async fn listen(
        &self,
        mut generation: crate::engine::Generation,
        seed: u64,
        bits: &mut Bits,
    ) -> Result<Made, ServiceError> {
        let most = tariff(&self.price).most_out(self.ceiling.u128(), self.reading.asked.tokens_in()).unwrap_or(0);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let deadline = tokio::time::Instant::from_std(self.began + self.shop.limits.answer_time);
        let (mut text, mut shown) = (String::new(), Vec::new());
        let (mut finish, mut usage) = (Finish::Length, Usage::default());
        loop {
            let Ok(piece) = tokio::time::timeout_at(deadline, generation.next()).await else {
                generation.cancel();
                break;
            };
            match piece {
                Some(Piece::Text { text: bit, tokens }) => {
                    let bit = cut(bit, most - text.len());
                    let is_full = text.len() + bit.len() >= most;
                    usage.completion_tokens += tokens.len();
                    let logprobs = super::reply::logprobs(&self.reading.asked, &tokens);
                    text.push_str(&bit);
                    shown.extend(logprobs.as_array().into_iter().flatten().cloned());
                    bits.tell(bit, logprobs);
                    crash_point!("bit-told");
                    if is_full {
                        generation.cancel();
                        break;
                    }
                }
                Some(Piece::Done(finished)) => {
                    finish = finished.reason;
                    usage.prompt_tokens = finished.prompt_tokens;
                    usage.completion_tokens = finished.completion_tokens;
                    break;
                }
                Some(Piece::Failed(error)) => return Err(error.into()),
                None => return Err(ServiceError::Internal("the engine stopped".to_owned())),
            }
        }
        if text.is_empty() {
            return Err(ServiceError::Unsaleable("the model had nothing to say"));
        }
        let remarks = Remarks {
            finish: finish_name(finish).to_owned(),
            usage,
            seed,
            created: super::reply::seconds(),
            logprobs: if shown.is_empty() { Value::Null } else { Value::Array(shown) },
        };
        Ok(Made { tokens_out: text.len() as u64, output: text.into_bytes(), remarks })
    }

    fn label(self, prompt: Vec<u8>, model: Arc<dyn Classifies>, tell: mpsc::Sender<Told>) {
        let tracker = self.shop.metrics.answering();
        let shop = Arc::clone(&self.shop);
        shop.metrics.tasks().spawn(async move {
            let _tracker = tracker;
            let labelled = tokio::task::spawn_blocking(move || model.classify(&prompt)).await;
            let made = match labelled {
                Ok(Ok(label)) => Ok(Made {
                    output: label.to_be_bytes().to_vec(),
                    tokens_out: 1,
                    remarks: Remarks { created: super::reply::seconds(), ..Remarks::default() },
                }),
                Ok(Err(reason)) => Err(ServiceError::Prompt(reason)),
                Err(_) => Err(ServiceError::Internal("the classifier stopped".to_owned())),
            };
            let end = match made {
                Ok(made) => self.book(made).await,
                Err(error) => Err(error),
            };
            let _ = tell.send(end.map_or_else(Told::Failed, |ended| Told::End(Box::new(ended)))).await;
        });
    }

    /// Books the call: it is on disk when this returns.
    async fn book(self, made: Made) -> Result<Ended, ServiceError> {
        let Self { shop, reading, price, salt, pass, began, .. } = self;
        let tokens_in = reading.asked.tokens_in();
        let fee = tariff(&price).fee(tokens_in, made.tokens_out);
        let fee = fee.ok_or_else(|| ServiceError::Internal("the fee is beyond all numbers".to_owned()))?;
        let prompt = reading.asked.prompt().to_vec();
        let charge = Charge {
            version: reading.offer.version,
            epoch: shop.now().ok_or(ServiceError::NoEpoch)?.epoch,
            prompt,
            salt,
            output: made.output,
            tokens_in,
            tokens_out: made.tokens_out,
            fee,
            price_sheet: reading.offer.sheet.version,
        };
        let usage = made.remarks.usage;
        let remarks = serde_json::to_value(made.remarks).expect("plain structs always serialise");
        let channel = pass.channel();
        crash_point!("answer-made");
        let writer = Arc::clone(&shop);
        let booked = tokio::task::spawn_blocking(move || writer.till.book(pass, charge, remarks)).await;
        let booked = booked.map_err(|_| ServiceError::Internal("the books stopped".to_owned()))??;
        crash_point!("call-booked");
        shop.metrics.served(&reading.offer.name, fee, usage, began.elapsed());
        ended(&shop, channel, booked)
    }
}

/// As OpenAI names it. What was broken off by ceiling or time was long enough.
fn finish_name(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length | Finish::Cancelled => "length",
        Finish::Unlikely => "content_filter",
    }
}

/// What of a bit fits into so many bytes, whole characters only.
fn cut(mut bit: String, most: usize) -> String {
    if bit.len() > most {
        bit.truncate(bit.floor_char_boundary(most));
    }
    bit
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn what_a_slow_reader_has_no_room_for_is_joined_and_not_lost() {
        let (tell, mut told) = mpsc::channel(2);
        let mut bits = Bits { tell, waiting: None };
        for letter in ["a", "b", "c", "d", "e"] {
            bits.tell(letter.to_owned(), json!([letter]));
        }
        let reading = tokio::spawn(async move {
            let (mut text, mut shown) = (String::new(), Vec::new());
            while let Some(Told::Bit(bit, logprobs)) = told.recv().await {
                text.push_str(&bit);
                shown.extend(logprobs.as_array().cloned().unwrap_or_default());
            }
            (text, shown.len())
        });
        bits.finish().await;
        assert_eq!(reading.await.expect("it reads on"), ("abcde".to_owned(), 5));
    }

    #[test]
    fn a_bit_is_cut_between_characters() {
        assert_eq!(cut("aé".to_owned(), 3), "aé");
        assert_eq!(cut("aé".to_owned(), 2), "a");
        assert_eq!(cut("aé".to_owned(), 0), "");
    }
}
