//! Orders: made, sent, and what becomes of those that are not answered.

use std::time::{Duration, Instant};

use bytes::Bytes;
use cosmwasm_std::Uint128;
use protocol::Hash32;
use rand::RngCore as _;
use rules::order::{SealKey, request_digest};

use super::{
    Courier, CourierError, Reply,
    channels::Taken,
    terms::{gateway_key, required},
};
use crate::{
    asked::Way,
    order::SealedOrder,
    pay::Pocket,
    voucher,
    x402::{
        self, ChannelState, PAYMENT_RESPONSE, PAYMENT_SIGNATURE, Payment, PaymentPayload, PaymentRequired,
        Requirements, SettlementResponse,
    },
};

/// The longest that a busy channel is waited for, whatever its gateway says.
const LONGEST: Duration = Duration::from_secs(3_600);
/// Between two looks at a busy channel: the first, and the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Courier {
    pub(super) fn order(
        &self,
        pocket: &Pocket,
        terms: &Requirements,
        (path, body): (&str, &[u8]),
        ceiling: Uint128,
    ) -> Result<SealedOrder, CourierError> {
        let mut salt = [0; 32];
        rand::rng().fill_bytes(&mut salt);
        let mut order = SealedOrder {
            channel: pocket.channel,
            number: pocket.paid.number + 1,
            cumulative: pocket.paid.sum,
            head: pocket.paid.head,
            request: Hash32(request_digest(path, body)),
            salt: Hash32(salt),
            price_sheet: terms.extra.price_sheet,
            price: terms.extra.price.name.clone(),
            ceiling,
            seal: Hash32([0; 32]),
        };
        order.seal = Hash32(self.seal_key(terms, pocket)?.seal(&order.order().digest(&self.domain)));
        Ok(order)
    }

    pub(super) fn seal_key(&self, terms: &Requirements, pocket: &Pocket) -> Result<SealKey, CourierError> {
        let key = self.key_of(pocket.nonce.as_ref());
        Ok(voucher::seal_key(&key, &gateway_key(terms)?, &self.domain, pocket.channel))
    }

    /// Sends the order that is under way. A channel that is busy may be answering this very order to one who is gone: it is waited for as long as an answer may take.
    pub(super) async fn send(&self, pocket: &Pocket, terms: &Requirements) -> Result<reqwest::Response, CourierError> {
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
        let pending = pocket.pending.as_ref().ok_or(CourierError::Broken("there is no order to send"))?;
        let payload = PaymentPayload {
            x402_version: x402::VERSION,
            accepted: terms.clone(),
            payload: Payment { order: pending.order.clone(), voucher: pocket.unsent.clone() },
        };
        let body = Bytes::from(pending.body.to_vec());
        Ok(self.post(&pending.path, &body).header(PAYMENT_SIGNATURE, x402::encode(&payload)).send().await?)
    }

    /// What the gateway says of an order that it did not answer is taken over, and given on.
    pub(super) async fn refused(
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
            self.learn((way, name), required).await?;
        }
        Ok(Reply::free(refusal.status, body))
    }

    /// Forgets the order under way if it was surely not served, and uses the channel no further if its gateway counts otherwise. An order that may have been served stays: it
    /// is sent again, and charged once.
    pub(super) async fn judge(&self, pocket: &mut Pocket, turn: Turn, refusal: &Refusal) -> Result<(), CourierError> {
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
            pocket.pending = None;
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
    pocket.pending = None;
    if let Some(over) = over {
        pocket.retired = Some(over.to_owned());
    } else if state.is_some_and(|state| state.served != pocket.paid) {
        pocket.retired = Some("the gateway counts other calls than this purse".to_owned());
    }
}

/// Whether an order that is refused may have been sent before, and served then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    First,
    Again,
}

/// What the gateway says that did not answer.
pub(super) struct Refusal {
    status: u16,
    required: Option<PaymentRequired>,
    /// It took the order, and surely did not serve it.
    is_unserved: bool,
}

impl Refusal {
    pub fn read(response: &reqwest::Response) -> Result<Self, CourierError> {
        let settled = response.headers().get(PAYMENT_RESPONSE);
        let settled: Option<SettlementResponse> = settled.map(|header| x402::decode(header.as_bytes())).transpose()?;
        let is_unserved = settled.is_some_and(|settled| !settled.success);
        Ok(Self { status: response.status().as_u16(), required: required(response)?, is_unserved })
    }
}
