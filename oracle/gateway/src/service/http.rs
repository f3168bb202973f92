//! The routes.

use std::{future::IntoFuture as _, io, net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header::CONTENT_TYPE},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use protocol::ChannelId;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tower_http::cors::{Any, CorsLayer};

use super::{Offer, ServiceError, Shop, admit::admit, answer, corrections, reply};
use crate::{
    asked::{Asked, Way},
    engine::EngineError,
    openai::model_list,
    x402::{ChannelState, PAYMENT_REQUIRED, PAYMENT_RESPONSE, PAYMENT_SIGNATURE, encode},
};

/// What Prometheus expects of OpenMetrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// How long connections may last beyond the longest answer, and calls beyond those, when the gateway is told to stop.
const DRAIN: Duration = Duration::from_secs(60);

/// How long a gateway that is told to stop waits for the vouchers of its last calls.
const VOUCHERS: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(50);
/// Where vouchers go.
const VOUCHER_PATH: &str = "/v1/vouchers";

/// What requests are answered from.
#[derive(Clone)]
pub(super) struct Served {
    pub(super) shop: Arc<Shop>,
    rate: Arc<DefaultKeyedRateLimiter<std::net::IpAddr>>,
    room: Arc<Semaphore>,
    stop: CancellationToken,
}

/// A gateway that answers.
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    /// Its end.
    pub ended: tokio::task::JoinHandle<io::Result<()>>,
}

/// Answers on a listener until told to stop; then calls that are being answered are answered to their end, and nothing is taken but the vouchers for them.
///
/// # Errors
/// If the listener has no address.
pub fn serve(shop: Arc<Shop>, listener: TcpListener, stop: CancellationToken) -> io::Result<Running> {
    let address = listener.local_addr()?;
    let limits = &shop.limits;
    let at_least_one = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::per_second(at_least_one(limits.per_second)).allow_burst(at_least_one(limits.burst));
    let served = Served {
        rate: Arc::new(RateLimiter::keyed(quota)),
        room: Arc::new(Semaphore::new(limits.requests_at_once)),
        shop: Arc::clone(&shop),
        stop: stop.clone(),
    };
    let routes = routes(served).into_make_service_with_connect_info::<SocketAddr>();
    let ended = tokio::spawn(async move {
        let closed = CancellationToken::new();
        let served = axum::serve(listener, routes).with_graceful_shutdown(closed.clone().cancelled_owned());
        let drained = async {
            stop.cancelled().await;
            drain(&shop).await;
            closed.cancel();
            tokio::time::sleep(DRAIN).await;
        };
        // Who holds a connection open does not hold the gateway.
        tokio::select! {
            served = served.into_future() => served?,
            () = drained => tracing::warn!("connections were still open long after the end; they are cut"),
        }
        Ok(())
    });
    Ok(Running { address, ended })
}

/// Waits for the end of the calls that are being answered, and then a little for their vouchers.
async fn drain(shop: &Shop) {
    let tasks = shop.metrics.tasks();
    tasks.close();
    if tokio::time::timeout(shop.limits.answer_time.saturating_add(DRAIN), tasks.wait()).await.is_err() {
        tracing::warn!("calls were still being answered a minute after their time; they were not charged");
    }
    let waited = tokio::time::Instant::now();
    let owes = || shop.till.accounts().is_ok_and(|accounts| accounts.iter().any(|one| !one.unsigned().is_zero()));
    while waited.elapsed() < VOUCHERS && owes() {
        tokio::time::sleep(LOOK).await;
    }
}

fn routes(served: Served) -> Router {
    let body_bytes = served.shop.limits.body_bytes;
    let limited = Router::new()
        .route(Way::Chat.path(), post(chat))
        .route(Way::Completions.path(), post(completions))
        .route(Way::Classify.path(), post(classify))
        .route(VOUCHER_PATH, post(settle))
        .route("/v1/corrections", post(corrections::correct))
        .route("/v1/corrections/{id}", get(corrections::show))
        .route("/v1/corrections/{id}/take", post(corrections::take))
        .route("/v1/models", get(models))
        .route("/v1/models/{name}", get(model))
        .route("/v1/models/{name}/manifest", get(manifest))
        .route("/v1/channels/{channel}", get(channel))
        .route("/v1/receipts/{id}/attribution", get(attribution))
        .layer(DefaultBodyLimit::max(body_bytes))
        .layer(middleware::from_fn_with_state(served.clone(), limit))
        .layer(for_pages());
    let open = Router::new()
        .route("/healthz", get(|| async { Json(json!({"live": true})) }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics));
    limited.merge(open).fallback(|| async { ServiceError::Missing("such path").into_response() }).with_state(served)
}

/// Pages of any origin may ask: what pays is an order that only its payer can seal, and no cookie.
fn for_pages() -> CorsLayer {
    let header = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([CONTENT_TYPE, header(PAYMENT_SIGNATURE)])
        .expose_headers([header(PAYMENT_REQUIRED), header(PAYMENT_RESPONSE)])
}

/// So many at a time, and so many from one address.
async fn limit(State(served): State<Served>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    if peer.is_some_and(|peer| served.rate.check_key(&peer).is_err()) {
        return refuse(&served.shop, ServiceError::TooMany);
    }
    if served.stop.is_cancelled() && request.uri().path() != VOUCHER_PATH {
        return refuse(&served.shop, EngineError::Draining.into());
    }
    let Ok(_room) = served.room.try_acquire() else { return refuse(&served.shop, ServiceError::TooMany) };
    next.run(request).await
}

pub(super) fn refuse(shop: &Shop, error: ServiceError) -> Response {
    shop.metrics.refused(error.code());
    tracing::debug!(%error, "a request was refused");
    error.into_response()
}

async fn chat(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    paid(served, Way::Chat, &headers, &body).await
}

async fn completions(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    paid(served, Way::Completions, &headers, &body).await
}

async fn classify(State(served): State<Served>, headers: HeaderMap, body: Bytes) -> Response {
    paid(served, Way::Classify, &headers, &body).await
}

async fn paid(Served { shop, .. }: Served, way: Way, headers: &HeaderMap, body: &[u8]) -> Response {
    match answered(&shop, way, headers, body).await {
        Ok(response) => response,
        Err(error) => refuse(&shop, error),
    }
}

async fn answered(shop: &Arc<Shop>, way: Way, headers: &HeaderMap, body: &[u8]) -> Result<Response, ServiceError> {
    let payment = headers.get(PAYMENT_SIGNATURE).map(axum::http::HeaderValue::as_bytes);
    let admitted = admit(shop, way, body, payment).await?;
    let order = &admitted.payment.order;
    let caption = reply::Caption {
        id: format!("{}-{}", order.channel, order.number),
        model: admitted.reading.offer.name.clone(),
        network: shop.facts.network(),
        payer: admitted.payer.clone(),
    };
    let asked = admitted.reading.asked.clone();
    let answer = async {
        let told = answer::begin(Arc::clone(shop), admitted).await?;
        match &asked {
            Asked::Text(ask) if ask.stream => Ok(reply::bits(ask.kind, ask.usage, caption.clone(), told)),
            _ => reply::whole(&asked, caption.clone(), told).await,
        }
    };
    Ok(answer.await.unwrap_or_else(|error| unserved(shop, &caption, error)))
}

/// A refusal of an order that was taken: its payer may forget it, if it was surely not booked.
fn unserved(shop: &Shop, caption: &reply::Caption, error: ServiceError) -> Response {
    let told = error.is_surely_unserved().then(|| encode(&caption.unserved(error.code())));
    let mut response = refuse(shop, error);
    if let Some(Ok(header)) = told.map(|told| told.parse()) {
        response.headers_mut().insert(PAYMENT_RESPONSE, header);
    }
    response
}

/// Takes the voucher for the last call of a channel without a further order.
async fn settle(State(Served { shop, .. }): State<Served>, body: Bytes) -> Response {
    let settled = async {
        let voucher = serde_json::from_slice(&body).map_err(|error| ServiceError::Body(error.to_string()))?;
        let till = Arc::clone(&shop);
        let settled = tokio::task::spawn_blocking(move || till.till.settle(voucher)).await;
        Ok::<_, ServiceError>(settled.map_err(|_| ServiceError::Internal("the books stopped".to_owned()))??)
    };
    match settled.await {
        Ok(account) => Json(ChannelState::from(&account)).into_response(),
        Err(error) => refuse(&shop, error),
    }
}

async fn models(State(Served { shop, .. }): State<Served>) -> Json<Value> {
    Json(model_list(shop.offers().values().map(|offer| shown(&shop, offer)).collect()))
}

async fn model(State(Served { shop, .. }): State<Served>, Path(name): Path<String>) -> Response {
    match shop.find(&name) {
        Some(offer) => Json(shown(&shop, &offer)).into_response(),
        None => refuse(&shop, ServiceError::UnknownModel(name)),
    }
}

/// The manifest that a model's chat template stands in, as its hash on chain has it.
async fn manifest(State(Served { shop, .. }): State<Served>, Path(name): Path<String>) -> Response {
    let Some(offer) = shop.find(&name) else { return refuse(&shop, ServiceError::UnknownModel(name)) };
    match offer.chat() {
        Some(chat) => ([(CONTENT_TYPE, "application/json")], chat.manifest.clone()).into_response(),
        None => refuse(&shop, ServiceError::Missing("chat template of this model")),
    }
}

fn shown(shop: &Shop, offer: &Offer) -> Value {
    json!({
        "id": offer.name, "object": "model", "created": offer.since, "owned_by": offer.owner,
        "open": {
            "network": shop.facts.network(), "settlement": shop.facts.settlement, "gateway": shop.facts.gateway,
            "gatewayKey": hex::encode(&shop.facts.gateway_key), "model": offer.model, "version": offer.version, "priceSheet": offer.sheet,
            "template": if offer.chat().is_some() { crate::template::RULE } else { crate::prompt::TEMPLATE },
        },
    })
}

async fn channel(State(Served { shop, .. }): State<Served>, Path(channel): Path<u64>) -> Response {
    match shop.till.account(ChannelId(channel)) {
        Ok(account) => Json(ChannelState::from(&account)).into_response(),
        Err(crate::till::TillError::UnknownChannel(_)) => refuse(&shop, ServiceError::Missing("such channel")),
        Err(error) => refuse(&shop, error.into()),
    }
}

async fn attribution(State(Served { shop, .. }): State<Served>, Path(id): Path<String>) -> Response {
    match explained(&shop, &id).await {
        Ok(Some(explained)) => Json(explained).into_response(),
        Ok(None) => {
            let body = json!({"status": "unsettled", "message": "its round is not settled yet: ask again after it"});
            (StatusCode::ACCEPTED, Json(body)).into_response()
        }
        Err(error) => refuse(&shop, error),
    }
}

async fn explained(shop: &Shop, id: &str) -> Result<Option<Value>, ServiceError> {
    let missing = || ServiceError::Missing("such receipt");
    let (channel, number) = id.split_once('-').ok_or_else(missing)?;
    let (Ok(channel), Ok(number)) = (channel.parse(), number.parse()) else { return Err(missing()) };
    let explains = shop.explains.as_ref().ok_or(ServiceError::Missing("attribution"))?;
    let account = shop.till.account(ChannelId(channel)).map_err(|_| missing())?;
    let booked = shop.till.booked(ChannelId(channel), number)?.ok_or_else(missing)?;
    Ok(explains.attribution(account.model, account.channel, &booked).await?)
}

async fn ready(State(Served { shop, .. }): State<Served>) -> Response {
    let (epoch, models) = (shop.now().map(|now| now.epoch), shop.offers().len());
    let is_ready = epoch.is_some() && models > 0;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(json!({"ready": is_ready, "epoch": epoch, "models": models}))).into_response()
}

async fn metrics(State(Served { shop, .. }): State<Served>) -> Response {
    match shop.metrics.encode() {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
