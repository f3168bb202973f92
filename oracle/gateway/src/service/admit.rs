//! From a request to an order that was taken: what is asked is read, its price named, its payment checked.

use cosmwasm_std::Uint128;
use protocol::{ChannelId, model::Price, settlement::Channel};
use rules::order::request_digest;

use super::{Offer, Serves, ServiceError, Shop, tariff};
use crate::{
    asked::{self, Asked, Way},
    chain::Now,
    openai::AskError,
    template,
    till::{Taken, TillError},
    x402::{
        self, ChannelState, Extra, Payment, PaymentPayload, PaymentRequired, Requirements, Resource, SCHEME, VERSION,
    },
};

/// A request that was read.
pub struct Reading {
    /// What is asked.
    pub asked: Asked,
    /// Whom.
    pub offer: Offer,
}

/// A request whose order was taken.
pub struct Admitted {
    /// The request.
    pub reading: Reading,
    /// Its price, unless it was answered before.
    pub price: Option<Price>,
    /// Its payment.
    pub payment: Payment,
    /// What the order leads to.
    pub taken: Taken,
    /// The payer's account.
    pub payer: String,
}

/// Reads a request.
pub fn read(shop: &Shop, way: Way, body: &[u8]) -> Result<Reading, ServiceError> {
    let name = asked::model(body)?;
    let offer = shop.find(&name).ok_or(ServiceError::UnknownModel(name.clone()))?;
    let asked = asked::read(way, body, offer.chat().map(|chat| &chat.template))?;
    match (&asked, &offer.serves) {
        (Asked::Text(ask), Serves::Texts(_)) => {
            let most = shop.limits.answer_tokens;
            if ask.max_tokens > most {
                let why = format!("at most {most} tokens are answered");
                return Err(AskError::Unserved { field: "max_tokens".to_owned(), why }.into());
            }
        }
        (Asked::Label(_), Serves::Labels(_)) => {}
        _ => return Err(ServiceError::WrongWay(name)),
    }
    Ok(Reading { asked, offer })
}

/// Takes the order of a request, or says how to pay.
pub async fn admit(shop: &Shop, way: Way, body: &[u8], payment: Option<&[u8]>) -> Result<Admitted, ServiceError> {
    let reading = read(shop, way, body)?;
    let now = shop.now().ok_or(ServiceError::NoEpoch)?;
    let Some(header) = payment else {
        return Err(required(shop, way, &reading, (now, None), "this is paid for: send a PAYMENT-SIGNATURE header"));
    };
    let PaymentPayload { x402_version, accepted, payload: payment } = x402::decode(header)?;
    if x402_version != VERSION || accepted.scheme != SCHEME || accepted.network != shop.facts.network() {
        let (network, asked) = (shop.facts.network(), accepted.network);
        let why = format!("version {VERSION} and scheme {SCHEME} on {network} are taken, not {asked}");
        return Err(ServiceError::Payment(why));
    }
    if payment.order.request.0 != request_digest(way.path(), body) {
        return Err(ServiceError::Payment("the order is for another request: its digest differs".to_owned()));
    }
    let channel = payment.order.channel;
    let account = known(shop, channel, &reading.offer).await?;
    let refused = |error: TillError| match error {
        TillError::Busy(_) | TillError::Books(_) => ServiceError::Till(error),
        error => required(shop, way, &reading, (now, Some(channel)), &error.to_string()),
    };
    let version = accepted.extra.version;
    let taken = match shop.till.take(&payment.order, payment.voucher.clone(), now.redeemable) {
        // The chain may have seen a deposit that the books have not.
        Err(TillError::DepositSpent { .. }) => {
            look(shop, channel, &reading.offer).await?;
            shop.till.take(&payment.order, None, now.redeemable).map_err(refused)?
        }
        taken => taken.map_err(refused)?,
    };
    // Only now: what is under way is not refused, and what was served is told again whatever the prices are.
    let price = match &taken {
        Taken::New(_) => {
            check_version(shop, way, &reading, (now, channel), version)?;
            Some(check_price(shop, way, &reading, &payment, now)?)
        }
        Taken::Again(_) => None,
    };
    Ok(Admitted { price, payment, taken, payer: account, reading })
}

/// The payer of a channel that is of this gateway and model; looked up on chain the first time.
async fn known(shop: &Shop, channel: ChannelId, offer: &Offer) -> Result<String, ServiceError> {
    match shop.till.account(channel) {
        Ok(account) if account.model == offer.model => Ok(account.payer.into()),
        Ok(account) => {
            let (of, model) = (account.model, offer.model);
            Err(ServiceError::Payment(format!("channel {channel} pays for model {of}, not {model}")))
        }
        Err(TillError::UnknownChannel(_)) => Ok(look(shop, channel, offer).await?.payer.into()),
        Err(error) => Err(error.into()),
    }
}

/// Takes a channel over from the chain.
async fn look(shop: &Shop, channel: ChannelId, offer: &Offer) -> Result<Channel, ServiceError> {
    let found = shop.chain.channel(channel).await?;
    let found = found.ok_or(TillError::UnknownChannel(channel))?;
    if found.gateway != shop.facts.gateway || found.model != offer.model {
        let why = format!("channel {channel} is of another gateway or model: open one for this model");
        return Err(ServiceError::Payment(why));
    }
    shop.till.refresh(&found)?;
    Ok(found)
}

/// A version that has a template reads conversations by it: its payer must mean the same one.
fn check_version(
    shop: &Shop,
    way: Way,
    reading: &Reading,
    (now, channel): (Now, ChannelId),
    version: u32,
) -> Result<(), ServiceError> {
    if way != Way::Chat || reading.offer.chat().is_none() || version == reading.offer.version {
        return Ok(());
    }
    let why = format!("version {version} is served no more: conversations are read by the template of another one");
    Err(required(shop, way, reading, (now, Some(channel)), &why))
}

/// The price that the order names, if it is in force and the ceiling holds at least a token.
fn check_price(shop: &Shop, way: Way, reading: &Reading, payment: &Payment, now: Now) -> Result<Price, ServiceError> {
    let (offer, order) = (&reading.offer, &payment.order);
    let price = offer.price(&order.price).filter(|_| order.price_sheet == offer.sheet.version);
    let Some(price) = price else {
        let why = format!("price `{}` of sheet {} is not in force", order.price, order.price_sheet);
        return Err(required(shop, way, reading, (now, Some(order.channel)), &why));
    };
    let affordable = tariff(price).most_out(order.ceiling.u128(), reading.asked.tokens_in());
    if affordable.is_none_or(|most| most == 0) {
        let why = "the ceiling does not reach for a single token";
        return Err(required(shop, way, reading, (now, Some(order.channel)), why));
    }
    Ok(price.clone())
}

/// How to pay for a request.
fn required(
    shop: &Shop,
    way: Way,
    Reading { asked, offer }: &Reading,
    (now, channel): (Now, Option<ChannelId>),
    error: &str,
) -> ServiceError {
    let state = channel.and_then(|channel| shop.till.account(channel).ok()).map(|account| ChannelState::from(&account));
    let most = |price: &Price| tariff(price).fee(asked.tokens_in(), asked.most_out()).unwrap_or(u128::MAX);
    let way_to_pay = |price: &Price| Requirements {
        scheme: SCHEME.to_owned(),
        network: shop.facts.network(),
        amount: Uint128::new(most(price)),
        asset: shop.facts.open_token.clone(),
        pay_to: shop.facts.gateway.clone(),
        max_timeout_seconds: shop.limits.answer_time.as_secs(),
        extra: Extra {
            settlement: shop.facts.settlement.clone(),
            model: offer.model,
            version: offer.version,
            price_sheet: offer.sheet.version,
            price: price.clone(),
            gateway_key: hex::encode(&shop.facts.gateway_key),
            epoch: now.epoch.get(),
            template: offer.chat().map(|_| template::RULE.to_owned()),
            channel_state: state.clone(),
        },
    };
    ServiceError::PaymentRequired(Box::new(PaymentRequired {
        x402_version: VERSION,
        error: error.to_owned(),
        resource: Resource {
            url: way.path().to_owned(),
            description: format!("an answer of {}, version {}", offer.name, offer.version),
            mime_type: "application/json".to_owned(),
        },
        accepts: offer.sheet.prices.iter().map(way_to_pay).collect(),
    }))
}
