//! One call from a client to its answer: a channel is taken out, an order made and sent, the receipt checked, the voucher sent.

mod answering;
mod channels;
mod correcting;
mod funding;
mod handing;
mod ordering;
mod settling;
mod terms;
mod vouchers;

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use cosmwasm_std::Uint128;
use futures::Stream;
use k256::ecdsa::SigningKey;
use protocol::{ChannelId, Hash32};
use rules::{hash::Domain, order::request_digest};

pub use self::handing::Handing;
use self::{
    answering::Call,
    channels::{Channels, Place},
    funding::Openings,
    ordering::Turn,
    terms::{Known, asks_for_payment},
};
use super::{
    FalseReceipt, Purse, PurseError, Wallet,
    purse::Pending,
    shelf::{Claim, Entered, KeyReused, Shelf, Ticket},
};
use crate::{
    asked::{self, Asked, Way},
    chain::Fault,
    crash::crash_point,
    openai::AskError,
    service::tariff,
    template::TemplateError,
    x402::HeaderError,
};

/// How often an order is made anew when the gateway asks for another one.
const ATTEMPTS: usize = 3;
/// How long the gateway may take to take a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Bytes of the longest name that a client may give a call.
const LONGEST_KEY: usize = 255;

/// Why a call was not made, or its answer is not given on.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// The request cannot be read.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The client names its call in a way that cannot be kept.
    #[error("`Idempotency-Key` has {0} bytes: at most {LONGEST_KEY}, and at least one, are kept")]
    Key(usize),
    /// The client gave the same name to another request.
    #[error("`Idempotency-Key` was used for another request: give each request a key of its own")]
    KeyReused,
    /// The gateway does not answer.
    #[error("the gateway does not answer: {0}")]
    Gateway(#[from] reqwest::Error),
    /// What it says of payment cannot be read.
    #[error("the gateway's payment headers cannot be read: {0}")]
    Header(#[from] HeaderError),
    /// It wants what is not paid here.
    #[error("the gateway is not paid: {0}")]
    Terms(String),
    /// It talks to the model in a way that the chain does not know.
    #[error("the gateway is not paid: {0}")]
    Template(#[from] TemplateError),
    /// The receipt is false.
    #[error(transparent)]
    FalseReceipt(#[from] FalseReceipt),
    /// The purse refuses.
    #[error(transparent)]
    Purse(#[from] PurseError),
    /// The chain refuses.
    #[error("the chain: {0}")]
    Chain(#[from] Fault),
    /// Something else broke off.
    #[error("{0}")]
    Broken(&'static str),
    /// A call before this one may have been served, and the gateway does not say.
    #[error("the gateway does not say what became of an earlier call of this channel: try again in a moment")]
    EarlierOpen,
}

/// What a client says of a call beside what it asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// Its name for the call (`Idempotency-Key`): the same request by the same name is one call.
    pub key: Option<String>,
    /// Whether it asked before and got no answer (`X-Stainless-Retry-Count` above 0).
    pub is_again: bool,
}

/// An answer for the client.
pub enum Reply {
    /// As the gateway sent it, whole.
    Whole {
        /// Its status.
        status: u16,
        /// Its body.
        body: Bytes,
        /// To be told that the client has it, if it was paid for.
        handing: Option<Handing>,
    },
    /// Bit by bit; the last item tells whether its receipt was true.
    Stream {
        /// The bits.
        bits: Bits,
        /// To be told that the client has it.
        handing: Handing,
    },
}

/// An answer as it comes.
pub type Bits = std::pin::Pin<Box<dyn Stream<Item = Result<Bytes, CourierError>> + Send>>;

impl Reply {
    fn free(status: u16, body: Bytes) -> Self {
        Self::Whole { status, body, handing: None }
    }
}

/// What a payer pays with and for.
pub struct Courier {
    /// Address of the gateway, as `http://127.0.0.1:8080`.
    pub gateway: String,
    /// Name of the price that is paid; the first one on the sheet if it has none so.
    pub price: String,
    /// What a channel is opened and topped up with, in uopen.
    pub deposit: Uint128,
    /// Calls of one model that are made at a time: each has a channel of its own.
    pub at_once: usize,
    /// The account's key, from which those of its channels are made.
    pub key: SigningKey,
    /// Domain of `settlement`.
    pub domain: Domain,
    /// The chain.
    pub wallet: Arc<dyn Wallet>,
    /// What is kept on disk.
    pub purse: Purse,
    http: reqwest::Client,
    channels: Channels,
    openings: Openings,
    shelf: Arc<Shelf>,
    terms: Mutex<HashMap<(String, String), Known>>,
}

/// What a courier is made from.
pub struct Errand {
    /// See [`Courier::gateway`].
    pub gateway: String,
    /// See [`Courier::price`].
    pub price: String,
    /// See [`Courier::deposit`].
    pub deposit: Uint128,
    /// See [`Courier::at_once`].
    pub at_once: usize,
}

enum Attempt {
    Answered(Reply),
    Refused(Reply),
    /// Another call answers it by now.
    Elsewhere,
}

/// A call that is tried.
struct Trial<'a> {
    way: Way,
    name: &'a str,
    body: &'a Bytes,
    claim: &'a Claim,
}

impl Courier {
    /// A courier with the channels of its purse.
    ///
    /// # Errors
    /// If the purse cannot be read.
    pub fn new(
        errand: Errand,
        key: SigningKey,
        domain: Domain,
        wallet: Arc<dyn Wallet>,
        purse: Purse,
    ) -> Result<Self, CourierError> {
        let shelf = Shelf::new(&purse.kept()?);
        let channels = Channels::new(purse.pockets()?, errand.at_once, Arc::clone(&shelf));
        Ok(Self {
            gateway: errand.gateway.trim_end_matches('/').to_owned(),
            price: errand.price,
            deposit: errand.deposit,
            at_once: errand.at_once,
            key,
            domain,
            wallet,
            openings: Openings::new(purse.openings()?),
            purse,
            http: reqwest::Client::builder().connect_timeout(CONNECT).build()?,
            channels,
            shelf,
            terms: Mutex::default(),
        })
    }

    /// Passes on a request that costs nothing.
    ///
    /// # Errors
    /// If the gateway does not answer.
    pub async fn free(&self, path: &str) -> Result<Reply, CourierError> {
        let response = self.http.get(format!("{}{path}", self.gateway)).send().await?;
        Ok(Reply::free(response.status().as_u16(), response.bytes().await?))
    }

    /// Makes a call and pays for it, or gives an answer once more that was paid and perhaps not read.
    ///
    /// # Errors
    /// [`CourierError`]; nothing is signed then, but a call under way may have been served, and is asked for again with the next one.
    pub async fn call(self: &Arc<Self>, way: Way, body: Bytes, hint: Hint) -> Result<Reply, CourierError> {
        if let Some(key) = hint.key.as_ref().filter(|key| key.is_empty() || key.len() > LONGEST_KEY) {
            return Err(CourierError::Key(key.len()));
        }
        let request = Hash32(request_digest(way.path(), &body));
        let claim = Claim { request, key: hint.key, is_again: hint.is_again };
        loop {
            let ticket = match self.shelf.enter(&claim).await.map_err(|KeyReused| CourierError::KeyReused)? {
                Entered::New(ticket) => Arc::new(ticket),
                Entered::Kept(call, ticket) => match self.give_again(call, ticket)? {
                    Some(reply) => return Ok(reply),
                    // It was let go just now.
                    None => continue,
                },
            };
            let name = asked::model(&body)?;
            let trial = Trial { way, name: &name, body: &body, claim: &claim };
            if let Some(reply) = self.try_often(&trial, &ticket).await? {
                return Ok(reply);
            }
        }
    }

    /// The reply, if the call is not answered elsewhere by now.
    async fn try_often(
        self: &Arc<Self>,
        trial: &Trial<'_>,
        ticket: &Arc<Ticket>,
    ) -> Result<Option<Reply>, CourierError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            // Other terms, or another channel, may do better; what is refused for itself is refused again.
            if last.as_ref().is_some_and(|reply| !asks_for_payment(reply)) {
                break;
            }
            let known = match self.terms(trial.way, trial.name, trial.body).await? {
                Ok(known) => known,
                Err(refused) => return Ok(Some(refused)),
            };
            let asked = asked::read(trial.way, trial.body, known.template.as_deref())?;
            match self.attempt(trial, asked, &known, ticket).await? {
                Attempt::Answered(reply) => return Ok(Some(reply)),
                Attempt::Refused(reply) => last = Some(reply),
                Attempt::Elsewhere => return Ok(None),
            }
        }
        last.map(Some).ok_or(CourierError::Broken("the call was not tried"))
    }

    async fn attempt(
        self: &Arc<Self>,
        trial: &Trial<'_>,
        asked: Asked,
        Known { terms, .. }: &Known,
        ticket: &Arc<Ticket>,
    ) -> Result<Attempt, CourierError> {
        let Trial { way, body, claim, .. } = *trial;
        let place = self.channels.take(terms.extra.model, (way.path(), body), claim).await;
        let Place::Here(taken) = place else { return Ok(Attempt::Elsewhere) };
        let mut taken = self.cleared(*taken, Some((way, body))).await?;
        let most = tariff(&terms.extra.price).fee(asked.tokens_in(), asked.most_out());
        let ceiling = Uint128::new(most.unwrap_or(u128::MAX));
        let again = taken.pocket.as_ref().is_some_and(|pocket| pocket.awaits(way.path(), body));
        if !again {
            self.purse.check(ceiling, seconds())?;
            self.fund(&mut taken, terms.extra.model, ceiling).await?;
        }
        let pocket = taken.pocket.as_mut().expect("it was just funded");
        // Whoever left it did perhaps not name it.
        if let Some(pending) = pocket.pending.as_mut().filter(|pending| again && pending.key.is_none()) {
            pending.key.clone_from(&claim.key);
        }
        if !again {
            let order = self.order(pocket, terms, (way.path(), body), ceiling)?;
            let (path, body, key) = (way.path().to_owned(), body.to_vec().into(), claim.key.clone());
            pocket.pending = Some(Pending { order, path, body, key });
            if let Err(error) = self.purse.order(pocket, seconds()) {
                pocket.pending = None;
                return Err(error.into());
            }
            crash_point!("order-kept");
        }
        let response = self.send(pocket, terms).await?;
        let status = response.status().as_u16();
        if status != 200 {
            let turn = if again { Turn::Again } else { Turn::First };
            return self.refused(taken, (way, trial.name), turn, response).await.map(Attempt::Refused);
        }
        let wants_stream = matches!(&asked, Asked::Text(ask) if ask.stream);
        let ticket = Some(Arc::clone(ticket));
        let call = Call { courier: Arc::clone(self), taken, ticket, terms: terms.clone(), asked };
        let reply = if wants_stream { call.stream(response) } else { call.whole(response).await? };
        Ok(Attempt::Answered(reply))
    }

    fn post(&self, path: &str, body: &Bytes) -> reqwest::RequestBuilder {
        self.http.post(format!("{}{path}", self.gateway)).header("content-type", "application/json").body(body.clone())
    }

    /// The calls that are under way in channels at rest, by channel and rank.
    pub fn left(&self) -> Vec<(ChannelId, u64)> {
        self.channels.left()
    }
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
