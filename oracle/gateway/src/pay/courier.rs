//! One call from a client to its answer: a channel is taken out, an order made and sent, the receipt checked, the voucher sent.

mod channels;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use cosmwasm_std::Uint128;
use futures::{Stream, StreamExt as _};
use k256::ecdsa::{Signature, SigningKey, VerifyingKey, signature::hazmat::PrehashSigner as _};
use protocol::{ChannelId, Epoch, Hash32, ModelId, settlement::SignedVoucher};
use rand::RngCore as _;
use rules::{
    hash::Domain,
    order::{correction_digest, request_digest},
    payment::Voucher,
};
use serde::Deserialize;
use serde_json::Value;

use self::channels::{Channels, Taken};
use super::{FalseReceipt, Pocket, Purse, PurseError, Sent, Wallet, check, purse::Pending, stream::Gathered};
use crate::{
    asked::{self, Asked, Way},
    chain::Fault,
    crash::crash_point,
    openai::AskError,
    order::SealedOrder,
    service::{CorrectionRequest, tariff},
    voucher,
    x402::{
        self, ChannelState, Charged, HeaderError, PAYMENT_REQUIRED, PAYMENT_RESPONSE, PAYMENT_SIGNATURE, Payment,
        PaymentPayload, PaymentRequired, Requirements, SettlementResponse,
    },
};

/// How often an order is made anew when the gateway asks for another one.
const ATTEMPTS: usize = 3;
/// Of an answer that is given again.
const COUNTED_OTHERWISE: &str = "the gateway gives another receipt for a call that was paid: nothing was signed";
/// How long the gateway may take to take a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest that a busy channel is waited for, whatever its gateway says.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Between two looks at a busy channel: the first, and the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

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
    /// A call before this one may have been served, and the gateway does not say.
    #[error("the gateway does not say what became of an earlier call of this channel: try again in a moment")]
    EarlierOpen,
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
            http: reqwest::Client::builder().connect_timeout(CONNECT).build()?,
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
            // Other terms, or another channel, may do better; what is refused for itself is refused again.
            if last.as_ref().is_some_and(|reply| !asks_for_payment(reply)) {
                break;
            }
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
        let taken = self.channels.take(model, way.path(), body).await;
        let mut taken = self.cleared(taken, Some((way, body))).await?;
        let most = tariff(&terms.extra.price).fee(asked.tokens_in(), asked.most_out());
        let ceiling = Uint128::new(most.unwrap_or(u128::MAX));
        let again = taken.pocket.as_ref().is_some_and(|pocket| pocket.awaits(way.path(), body));
        if !again {
            self.purse.check(ceiling, seconds())?;
            self.fund(&mut taken, model, ceiling).await?;
        }
        let pocket = taken.pocket.as_mut().expect("it was just funded");
        if !again {
            let order = self.order(pocket, terms, way, body, ceiling)?;
            let (path, body) = (way.path().to_owned(), body.to_vec().into());
            (pocket.pending, pocket.counted) = (Some(Pending { order, path, body }), None);
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
            return self.refused(taken, (way, name), turn, response).await.map(Attempt::Refused);
        }
        let wants_stream = matches!(asked, Asked::Text(ask) if ask.stream);
        let call = Call { courier: Arc::clone(self), taken, terms: terms.clone(), asked: asked.clone() };
        let reply = if wants_stream { call.stream(response) } else { call.whole(response).await? };
        Ok(Attempt::Answered(reply))
    }

    /// Fetches what an earlier try left under way, unless it is what is asked now.
    async fn cleared(
        self: &Arc<Self>,
        mut taken: Taken,
        asked_now: Option<(Way, &Bytes)>,
    ) -> Result<Taken, CourierError> {
        let Some(pocket) = taken.pocket.as_mut() else { return Ok(taken) };
        let Some(pending) = pocket.pending.clone() else { return Ok(taken) };
        if asked_now.is_some_and(|(way, body)| pocket.awaits(way.path(), body)) {
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
            let refusal = Refusal::read(&response)?;
            self.judge(pocket, Turn::Again, &refusal).await?;
            if pocket.retired.is_some() {
                taken.pocket = None;
            } else if pocket.pending.is_some() {
                return Err(CourierError::EarlierOpen);
            }
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
                    counted: None,
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

    /// Sends the order that is under way. A channel that is busy may be answering this very order to one who is gone: it is waited for as long as an answer may take.
    async fn send(&self, pocket: &Pocket, terms: &Requirements) -> Result<reqwest::Response, CourierError> {
        let patience = Duration::from_secs(terms.max_timeout_seconds).min(LONGEST);
        let (began, mut pause) = (Instant::now(), SHORTEST_PAUSE);
        loop {
            let response = self.send_once(pocket, terms).await?;
            if response.status().as_u16() != 409 || began.elapsed() > patience {
                return Ok(response);
            }
            tokio::time::sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
    }

    async fn send_once(&self, pocket: &Pocket, terms: &Requirements) -> Result<reqwest::Response, CourierError> {
        let pending = pocket.order().ok_or(CourierError::Broken("there is no order to send"))?;
        let payload = PaymentPayload {
            x402_version: x402::VERSION,
            accepted: terms.clone(),
            payload: Payment { order: pending.order.clone(), voucher: pocket.unsent.clone() },
        };
        let body = Bytes::from(pending.body.to_vec());
        Ok(self.post(&pending.path, &body).header(PAYMENT_SIGNATURE, x402::encode(&payload)).send().await?)
    }

    /// What the gateway says of an order that it did not answer is taken over, and given on.
    async fn refused(
        &self,
        mut taken: Taken,
        (way, name): (Way, &str),
        turn: Turn,
        response: reqwest::Response,
    ) -> Result<Reply, CourierError> {
        let refusal = Refusal::read(&response)?;
        let body = response.bytes().await?;
        if let Some(pocket) = taken.pocket.as_mut() {
            self.judge(pocket, turn, &refusal).await?;
        }
        if let Some(required) = refusal.required {
            self.learn((way.path().to_owned(), name.to_owned()), required)?;
        }
        Ok(Reply::Whole { status: refusal.status, body })
    }

    /// Forgets the order under way if it was surely not served, and uses the channel no further if its gateway counts otherwise. An order that may have been served stays: it
    /// is sent again, and charged once.
    async fn judge(&self, pocket: &mut Pocket, turn: Turn, refusal: &Refusal) -> Result<(), CourierError> {
        let state = refusal.required.as_ref().and_then(|required| {
            let mut states = required.accepts.iter().filter_map(|one| one.extra.channel_state.clone());
            states.find(|state| state.channel == pocket.channel)
        });
        // Refused for what it is, or by who stands before the gateway.
        let is_of_the_request = (400..500).contains(&refusal.status) && ![408, 409, 429].contains(&refusal.status);
        if let Some(state) = state {
            let says = refusal.required.as_ref().map(|required| required.error.as_str()).unwrap_or_default();
            let is_over = says.contains("open another");
            decide(pocket, Some(&state), if is_over { Some(says) } else { None });
        } else if refusal.is_unserved || (turn == Turn::First && (is_of_the_request || refusal.status == 429)) {
            (pocket.pending, pocket.counted) = (None, None);
        } else if is_of_the_request {
            // It was sent before, and is no longer looked at: what the channel stands at tells whether it was served then.
            let response = self.http.get(format!("{}/v1/channels/{}", self.gateway, pocket.channel)).send().await?;
            match response.status().as_u16() {
                200 => {
                    let state = serde_json::from_slice(&response.bytes().await?);
                    let state: ChannelState =
                        state.map_err(|_| CourierError::Broken("the gateway does not say where a channel stands"))?;
                    decide(pocket, Some(&state), None);
                }
                404 => decide(pocket, None, None),
                _ => {}
            }
        }
        Ok(self.purse.put(pocket)?)
    }
}

/// An order of which is known where its channel stands: it is not under way any more. `over` says why the channel takes no more.
fn decide(pocket: &mut Pocket, state: Option<&ChannelState>, over: Option<&str>) {
    (pocket.pending, pocket.counted) = (None, None);
    if let Some(over) = over {
        pocket.retired = Some(over.to_owned());
    } else if state.is_some_and(|state| state.served != pocket.paid) {
        pocket.retired = Some("the gateway counts other calls than this purse".to_owned());
    }
}

/// Whether an order that is refused may have been sent before, and served then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    First,
    Again,
}

/// What the gateway says that did not answer.
struct Refusal {
    status: u16,
    required: Option<PaymentRequired>,
    /// It took the order, and surely did not serve it.
    is_unserved: bool,
}

impl Refusal {
    fn read(response: &reqwest::Response) -> Result<Self, CourierError> {
        let settled = response.headers().get(PAYMENT_RESPONSE);
        let settled: Option<SettlementResponse> = settled.map(|header| x402::decode(header.as_bytes())).transpose()?;
        let is_unserved = settled.is_some_and(|settled| !settled.success);
        Ok(Self { status: response.status().as_u16(), required: required(response)?, is_unserved })
    }
}

fn asks_for_payment(reply: &Reply) -> bool {
    matches!(reply, Reply::Whole { status: 402, .. })
}

/// A correction as a client sends it: the receipt's name, and a text or a label.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Correction {
    receipt: String,
    answer: Answer,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Text(String),
    Label(u16),
}

/// What became of a voucher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    Arrived,
    /// It is not what the gateway counts.
    Refused,
    /// To be sent again.
    Lost,
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
        self.given()?;
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
        let state = Some((self, Gathered::default(), Box::pin(bytes)));
        let stream = futures::stream::try_unfold(state, |state| async move {
            let Some((mut call, mut gathered, mut bytes)) = state else { return Ok(None) };
            match bytes.next().await {
                Some(next) => {
                    let passed = Bytes::from(gathered.take(&next?));
                    Ok(Some((passed, Some((call, gathered, bytes)))))
                }
                None => {
                    call.settle_stream(&gathered).await?;
                    call.given()?;
                    // The channel is free before the client knows, and may ask again.
                    drop(call);
                    let end = if gathered.has_failed { "" } else { "data: [DONE]\n\n" };
                    Ok(Some((Bytes::from_static(end.as_bytes()), None)))
                }
            }
        });
        Reply::Stream(Box::pin(stream))
    }

    async fn settle_stream(&mut self, gathered: &Gathered) -> Result<(), CourierError> {
        match &gathered.settled {
            Some(settled) if gathered.has_failed => self.forget(settled.as_bytes()),
            Some(settled) => self.settle(settled.as_bytes(), gathered.text.as_bytes()).await,
            // The client was told of it, and may ask again.
            None if gathered.has_failed => Ok(()),
            None => Err(CourierError::Broken("the stream ended without a receipt: ask again, it is charged once")),
        }
    }

    /// The answer goes to whoever asked: the same request is a new call from now on.
    fn given(&mut self) -> Result<(), CourierError> {
        if let Some(pocket) = self.taken.pocket.as_mut()
            && pocket.counted.take().is_some()
        {
            self.courier.purse.put(pocket)?;
        }
        Ok(())
    }

    /// Forgets an order that the gateway says it did not serve.
    fn forget(&mut self, settled: &[u8]) -> Result<(), CourierError> {
        let settled: SettlementResponse = x402::decode(settled)?;
        if let Some(pocket) = self.taken.pocket.as_mut().filter(|_| !settled.success) {
            pocket.pending = None;
            self.courier.purse.put(pocket)?;
        }
        Ok(())
    }

    /// Checks the receipt, signs for it, and sends the voucher.
    async fn settle(&mut self, settled: &[u8], output: &[u8]) -> Result<(), CourierError> {
        let settled: SettlementResponse = x402::decode(settled)?;
        let charged = settled.extra.ok_or(CourierError::Broken("the receipt names no charge: nothing was signed"))?;
        crash_point!("answer-got");
        let courier = Arc::clone(&self.courier);
        let pocket = self.taken.pocket.as_mut().ok_or(CourierError::Broken("the call has no channel"))?;
        let epoch = courier.wallet.epoch().await?;
        match self.courier.checked((pocket, epoch), &self.terms, &self.asked, &charged, output) {
            Ok(after) => {
                let epoch = charged.epoch;
                let voucher =
                    Voucher { channel: pocket.channel.get(), epoch, cumulative: after.sum.u128(), head: after.head.0 };
                let Some(pending) = pocket.pending.take() else {
                    return if after == pocket.paid { Ok(()) } else { Err(CourierError::Broken(COUNTED_OTHERWISE)) };
                };
                pocket.paid = after;
                pocket.epoch = Some(Epoch(epoch));
                pocket.counted = Some(pending);
                pocket.unsent = Some(voucher::sign(&courier.key, &courier.domain, &voucher));
                courier.purse.spend(pocket, charged.charged_amount, seconds())?;
                crash_point!("call-counted");
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
        let pending = pocket.order().ok_or(CourierError::Broken("there is no order to check"))?;
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

    /// Sends the last voucher; one that does not arrive is sent again, alone or with the next order.
    async fn hand_over(&self, pocket: &mut Pocket) -> Result<(), CourierError> {
        let Some(voucher) = pocket.unsent.clone() else { return Ok(()) };
        if self.deliver(&voucher).await == Delivery::Arrived {
            pocket.unsent = None;
            self.purse.put(pocket)?;
        }
        Ok(())
    }

    async fn deliver(&self, voucher: &SignedVoucher) -> Delivery {
        let body = Bytes::from(serde_json::to_vec(voucher).expect("plain structs always serialise"));
        let channel = voucher.channel;
        match self.post("/v1/vouchers", &body).send().await {
            Ok(response) if response.status().is_success() => Delivery::Arrived,
            Ok(response) => {
                let status = response.status();
                tracing::warn!(%channel, %status, "the gateway does not take a voucher now");
                let is_no = status.is_client_error() && !matches!(status.as_u16(), 408 | 409 | 429);
                if is_no { Delivery::Refused } else { Delivery::Lost }
            }
            Err(error) => {
                tracing::warn!(%channel, %error, "a voucher was not sent; it is sent again");
                Delivery::Lost
            }
        }
    }

    /// Says what an answer should have been, signed by the channel's key.
    ///
    /// # Errors
    /// If the request cannot be read or the gateway does not answer.
    pub async fn correct(&self, body: &[u8]) -> Result<Reply, CourierError> {
        let wish: Correction = serde_json::from_slice(body).map_err(AskError::from)?;
        let parts =
            wish.receipt.split_once('-').and_then(|(channel, call)| Some((channel.parse().ok()?, call.parse().ok()?)));
        let (channel, number) = parts.ok_or(CourierError::Broken("a receipt is named as `<channel>-<number>`"))?;
        let answer = match wish.answer {
            Answer::Text(text) => text.into_bytes(),
            Answer::Label(label) => label.to_be_bytes().to_vec(),
        };
        let digest = correction_digest(&self.domain, channel, number, &answer);
        let signature: Signature = self.key.sign_prehash(&digest).expect("a digest of 32 bytes can always be signed");
        let signature = signature.to_bytes().to_vec().into();
        let request = CorrectionRequest { receipt: wish.receipt, answer: answer.into(), signature };
        let body = Bytes::from(serde_json::to_vec(&request).expect("plain structs always serialise"));
        let response = self.post("/v1/corrections", &body).send().await?;
        Ok(Reply::Whole { status: response.status().as_u16(), body: response.bytes().await? })
    }

    /// Fetches and pays what was left under way in a channel at rest; whoever asked it is still answered by it, if the channel took no other call.
    ///
    /// # Errors
    /// If the gateway does not answer; it is tried again with the channel's next call.
    pub async fn fetch_left(self: &Arc<Self>, channel: ChannelId) -> Result<(), CourierError> {
        let Some(taken) = self.channels.take_out(channel) else { return Ok(()) };
        self.cleared(taken, None).await.map(drop)
    }

    /// The calls that are under way in channels at rest, by channel and rank.
    pub fn left(&self) -> Vec<(ChannelId, u64)> {
        self.channels.left()
    }

    /// Sends all vouchers that the gateway lacks, of channels that are not in use just now.
    ///
    /// # Errors
    /// If the purse cannot be used.
    pub async fn settle_up(&self) -> Result<(), CourierError> {
        for voucher in self.channels.owed() {
            if self.deliver(&voucher).await == Delivery::Arrived {
                self.channels.arrived(&voucher, |pocket| self.purse.put(pocket))?;
            }
        }
        // Nobody else writes those that are used no further, and no order of theirs brings a voucher any more.
        for mut pocket in self.purse.pockets()?.into_iter().filter(|pocket| pocket.retired.is_some()) {
            let Some(voucher) = pocket.unsent.take() else { continue };
            if self.deliver(&voucher).await != Delivery::Lost {
                self.purse.put(&pocket)?;
            }
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
