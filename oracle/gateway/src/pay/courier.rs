//! One call from a client to its answer: a channel is taken out, an order made and sent, the receipt checked, the voucher sent.

mod channels;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use cosmwasm_std::Uint128;
use futures::{Stream, StreamExt as _};
use k256::ecdsa::{SigningKey, VerifyingKey};
use protocol::{Epoch, Hash32, ModelId};
use rand::RngCore as _;
use rules::{hash::Domain, order::request_digest, payment::Voucher};
use serde_json::Value;

use self::channels::{Channels, Taken};
use super::{FalseReceipt, Pocket, Purse, PurseError, Sent, Wallet, check, purse::Pending, stream::Gathered};
use crate::{
    asked::{self, Asked, Way},
    chain::Fault,
    openai::AskError,
    order::SealedOrder,
    service::tariff,
    voucher,
    x402::{
        self, Charged, HeaderError, PAYMENT_REQUIRED, PAYMENT_RESPONSE, PAYMENT_SIGNATURE, Payment, PaymentPayload,
        PaymentRequired, Requirements, SettlementResponse,
    },
};

/// How often an order is made anew when the gateway asks for another one.
const ATTEMPTS: usize = 3;

/// Why a call was not made, or its answer is not given on.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// The request cannot be read.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The gateway does not answer.
    #[error("the gateway does not answer: {0}")]
    Gateway(#[from] reqwest::Error),
    /// What it says of payment cannot be read.
    #[error("the gateway's payment headers cannot be read: {0}")]
    Header(#[from] HeaderError),
    /// It wants what is not paid here.
    #[error("the gateway is not paid: {0}")]
    Terms(String),
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
}

/// An answer for the client.
pub enum Reply {
    /// As the gateway sent it, whole.
    Whole {
        /// Its status.
        status: u16,
        /// Its body.
        body: Bytes,
    },
    /// Bit by bit; the last item tells whether its receipt was true.
    Stream(std::pin::Pin<Box<dyn Stream<Item = Result<Bytes, CourierError>> + Send>>),
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
    /// Signs vouchers.
    pub key: SigningKey,
    /// Domain of `settlement`.
    pub domain: Domain,
    /// The chain.
    pub wallet: Arc<dyn Wallet>,
    /// What is kept on disk.
    pub purse: Purse,
    http: reqwest::Client,
    channels: Channels,
    terms: Mutex<HashMap<(String, String), Requirements>>,
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
        let channels = Channels::new(purse.pockets()?, errand.at_once);
        Ok(Self {
            gateway: errand.gateway.trim_end_matches('/').to_owned(),
            price: errand.price,
            deposit: errand.deposit,
            at_once: errand.at_once,
            key,
            domain,
            wallet,
            purse,
            http: reqwest::Client::new(),
            channels,
            terms: Mutex::default(),
        })
    }

    /// Passes on a request that costs nothing.
    ///
    /// # Errors
    /// If the gateway does not answer.
    pub async fn free(&self, path: &str) -> Result<Reply, CourierError> {
        let response = self.http.get(format!("{}{path}", self.gateway)).send().await?;
        Ok(Reply::Whole { status: response.status().as_u16(), body: response.bytes().await? })
    }

    /// Makes a call and pays for it.
    ///
    /// # Errors
    /// [`CourierError`]; nothing is signed then, but a call under way may have been served, and is asked for again with the next one.
    pub async fn call(self: &Arc<Self>, way: Way, body: Bytes) -> Result<Reply, CourierError> {
        let (name, asked) = asked::read(way, &body)?;
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let terms = match self.terms(way, &name, &body).await? {
                Ok(terms) => terms,
                Err(refused) => return Ok(refused),
            };
            match self.attempt(way, &name, &asked, &body, &terms).await? {
                Attempt::Answered(reply) => return Ok(reply),
                Attempt::Refused(reply) => last = Some(reply),
            }
        }
        last.ok_or(CourierError::Broken("the call was not tried"))
    }

    async fn attempt(
        self: &Arc<Self>,
        way: Way,
        name: &str,
        asked: &Asked,
        body: &Bytes,
        terms: &Requirements,
    ) -> Result<Attempt, CourierError> {
        let model = terms.extra.model;
        let taken = self.channels.take(model).await;
        let mut taken = self.cleared(taken, body).await?;
        let most = tariff(&terms.extra.price).fee(asked.tokens_in(), asked.most_out());
        let ceiling = Uint128::new(most.unwrap_or(u128::MAX));
        let again = taken.pocket.as_ref().is_some_and(|pocket| is_pending(pocket, way, body));
        if !again {
            self.purse.check(ceiling, seconds())?;
            self.fund(&mut taken, model, ceiling).await?;
        }
        let pocket = taken.pocket.as_mut().expect("it was just funded");
        if !again {
            let order = self.order(pocket, terms, way, body, ceiling)?;
            let (path, body) = (way.path().to_owned(), body.to_vec().into());
            pocket.pending = Some(Pending { order, path, body });
            self.purse.put(pocket)?;
        }
        let response = self.send(pocket, terms).await?;
        let status = response.status().as_u16();
        if status != 200 {
            return self.refused(taken, (way, name), response).await.map(Attempt::Refused);
        }
        let wants_stream = matches!(asked, Asked::Text(ask) if ask.stream);
        let call = Call { courier: Arc::clone(self), taken, terms: terms.clone(), asked: asked.clone() };
        let reply = if wants_stream { call.stream(response) } else { call.whole(response).await? };
        Ok(Attempt::Answered(reply))
    }

    /// Fetches what an earlier try left under way, unless it is what is asked now.
    async fn cleared(self: &Arc<Self>, mut taken: Taken, body: &Bytes) -> Result<Taken, CourierError> {
        let Some(pocket) = taken.pocket.as_mut() else { return Ok(taken) };
        let Some(pending) = pocket.pending.clone() else { return Ok(taken) };
        if pending.body.as_slice() == body.as_ref() {
            return Ok(taken);
        }
        let way = Way::find(&pending.path).ok_or(CourierError::Broken("the purse names a path that there is not"))?;
        let body = Bytes::from(pending.body.to_vec());
        let (name, asked) = asked::read(way, &body)?;
        let Ok(terms) = self.terms(way, &name, &body).await? else {
            return Err(CourierError::Broken("the gateway no longer tells the terms of an earlier call"));
        };
        let response = self.send(pocket, &terms).await?;
        if response.status().as_u16() != 200 {
            // It was not served, and will not be.
            pocket.pending = None;
            self.purse.put(pocket)?;
            return Ok(taken);
        }
        let is_stream = matches!(&asked, Asked::Text(ask) if ask.stream);
        let mut call = Call { courier: Arc::clone(self), taken, terms, asked };
        if is_stream {
            let mut gathered = Gathered::default();
            let mut bytes = response.bytes_stream();
            while let Some(next) = bytes.next().await {
                gathered.take(&next?);
            }
            call.settle_stream(&gathered).await?;
        } else {
            call.settle_whole(response).await?;
        }
        Ok(call.taken)
    }

    /// How this request is paid, as the gateway said last; asked for once.
    async fn terms(&self, way: Way, name: &str, body: &Bytes) -> Result<Result<Requirements, Reply>, CourierError> {
        let key = (way.path().to_owned(), name.to_owned());
        let known = self.terms.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return Ok(Ok(known));
        }
        let response = self.post(way.path(), body).send().await?;
        match required(&response)? {
            Some(required) => Ok(Ok(self.learn(key, required)?)),
            None => Ok(Err(Reply::Whole { status: response.status().as_u16(), body: response.bytes().await? })),
        }
    }

    /// Takes over what the gateway asks for, if it is what it says it is.
    fn learn(&self, key: (String, String), required: PaymentRequired) -> Result<Requirements, CourierError> {
        let network = x402::network(&self.domain.chain_id);
        let ours = |one: &&Requirements| {
            one.scheme == x402::SCHEME
                && one.network == network
                && one.extra.settlement.as_str() == self.domain.contract
        };
        let mut fitting = required.accepts.iter().filter(ours).peekable();
        let first = fitting.peek().copied().cloned();
        let chosen = fitting.find(|one| one.extra.price.name == self.price).cloned().or(first);
        let chosen = chosen
            .ok_or_else(|| CourierError::Terms(format!("it takes no payment on {network}: {}", required.error)))?;
        let owner = self.wallet.address_of(&gateway_key(&chosen)?)?;
        if owner != chosen.pay_to.as_str() {
            return Err(CourierError::Terms(format!("its key is of {owner}, not of {}", chosen.pay_to)));
        }
        self.terms.lock().unwrap_or_else(PoisonError::into_inner).insert(key, chosen.clone());
        Ok(chosen)
    }

    /// A channel with enough in it.
    async fn fund(&self, taken: &mut Taken, model: ModelId, ceiling: Uint128) -> Result<(), CourierError> {
        match taken.pocket.as_mut() {
            None => {
                let deposit = self.deposit.max(ceiling);
                let channel = self.wallet.open(model, deposit, self.key.verifying_key()).await?;
                let pocket = Pocket {
                    channel: channel.id,
                    model,
                    deposit: channel.deposit,
                    paid: crate::account::Reach { number: 0, sum: channel.redeemed, head: channel.head },
                    epoch: channel.last_epoch,
                    unsent: None,
                    pending: None,
                    retired: None,
                };
                self.purse.put(&pocket)?;
                taken.pocket = Some(pocket);
            }
            Some(pocket) if pocket.left() < ceiling => {
                let amount = self.deposit.max(ceiling.saturating_sub(pocket.left()));
                self.wallet.top_up(pocket.channel, amount).await?;
                pocket.deposit = self.wallet.channel(pocket.channel).await?.deposit;
                self.purse.put(pocket)?;
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn order(
        &self,
        pocket: &Pocket,
        terms: &Requirements,
        way: Way,
        body: &[u8],
        ceiling: Uint128,
    ) -> Result<SealedOrder, CourierError> {
        let mut salt = [0; 32];
        rand::rng().fill_bytes(&mut salt);
        let mut order = SealedOrder {
            channel: pocket.channel,
            number: pocket.paid.number + 1,
            cumulative: pocket.paid.sum,
            head: pocket.paid.head,
            request: Hash32(request_digest(way.path(), body)),
            salt: Hash32(salt),
            price_sheet: terms.extra.price_sheet,
            price: terms.extra.price.name.clone(),
            ceiling,
            seal: Hash32([0; 32]),
        };
        order.seal = Hash32(self.seal_key(terms, pocket)?.seal(&order.order().digest(&self.domain)));
        Ok(order)
    }

    fn seal_key(&self, terms: &Requirements, pocket: &Pocket) -> Result<rules::order::SealKey, CourierError> {
        Ok(voucher::seal_key(&self.key, &gateway_key(terms)?, &self.domain, pocket.channel))
    }

    fn post(&self, path: &str, body: &Bytes) -> reqwest::RequestBuilder {
        self.http.post(format!("{}{path}", self.gateway)).header("content-type", "application/json").body(body.clone())
    }

    /// Sends the order that is under way.
    async fn send(&self, pocket: &Pocket, terms: &Requirements) -> Result<reqwest::Response, CourierError> {
        let pending = pocket.pending.as_ref().ok_or(CourierError::Broken("there is no order to send"))?;
        let payload = PaymentPayload {
            x402_version: x402::VERSION,
            accepted: terms.clone(),
            payload: Payment { order: pending.order.clone(), voucher: pocket.unsent.clone() },
        };
        let body = Bytes::from(pending.body.to_vec());
        Ok(self.post(&pending.path, &body).header(PAYMENT_SIGNATURE, x402::encode(&payload)).send().await?)
    }

    /// The order was not taken: it is forgotten, and its channel too if the gateway counts otherwise.
    async fn refused(
        &self,
        mut taken: Taken,
        (way, name): (Way, &str),
        response: reqwest::Response,
    ) -> Result<Reply, CourierError> {
        let status = response.status().as_u16();
        let required = required(&response)?;
        let body = response.bytes().await?;
        // A channel that is busy may still be answering this very order.
        if let Some(pocket) = taken.pocket.as_mut().filter(|_| status != 409) {
            pocket.pending = None;
            if let Some(required) = required {
                let states = required.accepts.iter().filter_map(|one| one.extra.channel_state.as_ref());
                let stands = states.into_iter().next().map(|state| state.served);
                if stands.is_none_or(|served| served != pocket.paid) || required.error.contains("open another") {
                    pocket.retired = Some(required.error.clone());
                }
                self.learn((way.path().to_owned(), name.to_owned()), required)?;
            }
            self.purse.put(pocket)?;
        } else if let Some(required) = required {
            self.learn((way.path().to_owned(), name.to_owned()), required)?;
        }
        Ok(Reply::Whole { status, body })
    }
}

enum Attempt {
    Answered(Reply),
    Refused(Reply),
}

/// A call whose answer is on its way.
struct Call {
    courier: Arc<Courier>,
    taken: Taken,
    terms: Requirements,
    asked: Asked,
}

impl Call {
    async fn whole(mut self, response: reqwest::Response) -> Result<Reply, CourierError> {
        let body = self.settle_whole(response).await?;
        Ok(Reply::Whole { status: 200, body })
    }

    async fn settle_whole(&mut self, response: reqwest::Response) -> Result<Bytes, CourierError> {
        let settled = response.headers().get(PAYMENT_RESPONSE).map(|header| header.as_bytes().to_vec());
        let settled = settled.ok_or(CourierError::Broken("the answer came without a receipt: nothing was signed"))?;
        let body = response.bytes().await?;
        let output = said(&self.asked, &body).ok_or(CourierError::Broken("the answer is no answer"))?;
        self.settle(&settled, &output).await?;
        Ok(body)
    }

    fn stream(self, response: reqwest::Response) -> Reply {
        let bytes = response.bytes_stream();
        let state = (self, Gathered::default(), Some(Box::pin(bytes)));
        let stream = futures::stream::try_unfold(state, |(mut call, mut gathered, bytes)| async move {
            let Some(mut bytes) = bytes else { return Ok(None) };
            match bytes.next().await {
                Some(next) => {
                    let passed = Bytes::from(gathered.take(&next?));
                    Ok(Some((passed, (call, gathered, Some(bytes)))))
                }
                None => {
                    call.settle_stream(&gathered).await?;
                    let end = if gathered.has_failed { "" } else { "data: [DONE]\n\n" };
                    Ok(Some((Bytes::from_static(end.as_bytes()), (call, gathered, None))))
                }
            }
        });
        Reply::Stream(Box::pin(stream))
    }

    async fn settle_stream(&mut self, gathered: &Gathered) -> Result<(), CourierError> {
        match &gathered.settled {
            Some(settled) => self.settle(settled.as_bytes(), gathered.text.as_bytes()).await,
            // The gateway said that it charged nothing.
            None if gathered.has_failed => {
                if let Some(pocket) = self.taken.pocket.as_mut() {
                    pocket.pending = None;
                    self.courier.purse.put(pocket)?;
                }
                Ok(())
            }
            None => Err(CourierError::Broken("the stream ended without a receipt: ask again, it is charged once")),
        }
    }

    /// Checks the receipt, signs for it, and sends the voucher.
    async fn settle(&mut self, settled: &[u8], output: &[u8]) -> Result<(), CourierError> {
        let settled: SettlementResponse = x402::decode(settled)?;
        let charged = settled.extra.ok_or(CourierError::Broken("the receipt names no charge: nothing was signed"))?;
        let courier = Arc::clone(&self.courier);
        let pocket = self.taken.pocket.as_mut().ok_or(CourierError::Broken("the call has no channel"))?;
        let epoch = courier.wallet.epoch().await?;
        match self.courier.checked((pocket, epoch), &self.terms, &self.asked, &charged, output) {
            Ok(after) => {
                let epoch = charged.epoch;
                let voucher =
                    Voucher { channel: pocket.channel.get(), epoch, cumulative: after.sum.u128(), head: after.head.0 };
                pocket.paid = after;
                pocket.epoch = Some(Epoch(epoch));
                pocket.pending = None;
                pocket.unsent = Some(voucher::sign(&courier.key, &courier.domain, &voucher));
                courier.purse.spend(pocket, charged.charged_amount, seconds())?;
                courier.hand_over(pocket).await
            }
            Err(error) => {
                pocket.retired = Some(error.to_string());
                courier.purse.put(pocket)?;
                Err(error)
            }
        }
    }
}

impl Courier {
    fn checked(
        &self,
        (pocket, epoch): (&Pocket, u64),
        terms: &Requirements,
        asked: &Asked,
        charged: &Charged,
        output: &[u8],
    ) -> Result<crate::account::Reach, CourierError> {
        let pending = pocket.pending.as_ref().ok_or(CourierError::Broken("there is no order to check"))?;
        let tokens_out = match asked {
            Asked::Text(_) => output.len() as u64,
            Asked::Label(_) => 1,
        };
        let sent = Sent {
            domain: &self.domain,
            model: pocket.model,
            order: &pending.order,
            tariff: tariff(&terms.extra.price),
            prompt: asked.prompt(),
            output,
            tokens_out,
            epochs: (pocket.epoch.map_or(0, Epoch::get), epoch.saturating_add(1)),
        };
        Ok(check(&sent, charged, &self.seal_key(terms, pocket)?)?)
    }

    /// Sends the last voucher; one that does not arrive goes with the next order.
    async fn hand_over(&self, pocket: &mut Pocket) -> Result<(), CourierError> {
        let Some(voucher) = &pocket.unsent else { return Ok(()) };
        let body = Bytes::from(serde_json::to_vec(voucher).expect("plain structs always serialise"));
        match self.post("/v1/vouchers", &body).send().await {
            Ok(response) if response.status().is_success() => {
                pocket.unsent = None;
                self.purse.put(pocket)?;
            }
            Ok(response) => {
                tracing::warn!(channel = %pocket.channel, status = %response.status(), "the gateway does not take a voucher; it goes with the next order")
            }
            Err(error) => {
                tracing::warn!(channel = %pocket.channel, %error, "a voucher was not sent; it goes with the next order")
            }
        }
        Ok(())
    }

    /// Sends all vouchers that the gateway lacks: before the payer goes away.
    ///
    /// # Errors
    /// If the purse cannot be used.
    pub async fn settle_up(&self) -> Result<(), CourierError> {
        for mut pocket in self.purse.pockets()? {
            self.hand_over(&mut pocket).await?;
        }
        Ok(())
    }
}

/// What is asked for payment, if anything.
fn required(response: &reqwest::Response) -> Result<Option<PaymentRequired>, CourierError> {
    let header = response.headers().get(PAYMENT_REQUIRED);
    Ok(header.map(|header| x402::decode(header.as_bytes())).transpose()?)
}

fn gateway_key(terms: &Requirements) -> Result<VerifyingKey, CourierError> {
    let bytes = hex::decode(&terms.extra.gateway_key).ok();
    let key = bytes.and_then(|bytes| VerifyingKey::from_sec1_bytes(&bytes).ok());
    key.ok_or_else(|| CourierError::Terms("its key is none".to_owned()))
}

fn is_pending(pocket: &Pocket, way: Way, body: &[u8]) -> bool {
    pocket.pending.as_ref().is_some_and(|pending| pending.path == way.path() && pending.body.as_slice() == body)
}

/// The answer in a body, as a receipt holds it.
fn said(asked: &Asked, body: &[u8]) -> Option<Vec<u8>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    match asked {
        Asked::Text(_) => {
            let choice = &body["choices"][0];
            let text = choice["message"]["content"].as_str().or_else(|| choice["text"].as_str())?;
            Some(text.as_bytes().to_vec())
        }
        Asked::Label(_) => Some(u16::try_from(body["label"].as_u64()?).ok()?.to_be_bytes().to_vec()),
    }
}

fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
