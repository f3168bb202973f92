//! A local address at which any client of OpenAI's API can point: calls are paid on their way.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, OriginalUri, State},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::{Stream, StreamExt as _};
use serde_json::json;
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::sync::CancellationToken;

use super::{Bits, Courier, CourierError, Handing, Hint, PurseError, Reply, shelf::READ_AFTER};
use crate::{asked::Way, openai::error_body};

/// The longest body that is passed on, in bytes.
const MAX_BODY: usize = 4 << 20;

/// Time between two tries to send vouchers that did not arrive.
const AGAIN: Duration = Duration::from_secs(READ_AFTER);
/// What a client calls a call, so that the same request by the same name is one call.
const KEY: &str = "idempotency-key";
/// How often a client has asked before, as OpenAI's own clients tell.
const RETRIES: &str = "x-stainless-retry-count";
/// How long a call that was left under way waits for being asked again.
const GRACE: Duration = Duration::from_secs(60);

/// A proxy that answers.
pub struct Running {
    /// Where.
    pub address: SocketAddr,
    /// Its end.
    pub ended: tokio::task::JoinHandle<io::Result<()>>,
}

/// Answers on a listener until told to stop, and then sends what vouchers are left.
///
/// # Errors
/// If the listener has no address.
pub fn serve(courier: Arc<Courier>, listener: TcpListener, stop: CancellationToken) -> io::Result<Running> {
    let address = listener.local_addr()?;
    let routes = Router::new()
        .route(Way::Chat.path(), post(paid))
        .route(Way::Completions.path(), post(paid))
        .route(Way::Classify.path(), post(paid))
        .route("/v1/models", get(free))
        .route("/v1/models/{name}", get(free))
        .route("/v1/receipts/{id}/attribution", get(free))
        .route("/v1/corrections", post(correct))
        .route("/v1/corrections/{id}", get(free))
        .route("/spent", get(spent))
        .route("/healthz", get(|| async { Json(json!({"live": true})) }))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(Arc::clone(&courier));
    let handing = tokio::spawn(hand_over_again(Arc::clone(&courier), stop.clone()));
    let ended = tokio::spawn(async move {
        axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned()).await?;
        handing.await.map_err(io::Error::other)?;
        if let Err(error) = courier.settle_up().await {
            tracing::warn!(%error, "vouchers are left that the gateway has not got; they are sent next time");
        }
        Ok(())
    });
    Ok(Running { address, ended })
}

/// Vouchers that did not arrive, as when either side was stopped, are sent without waiting for the next call; and what nobody asks for again is fetched and paid.
async fn hand_over_again(courier: Arc<Courier>, stop: CancellationToken) {
    let mut since = HashMap::new();
    while !stop.is_cancelled() {
        let left = courier.left();
        since.retain(|call, _| left.contains(call));
        for call in left {
            let began: &mut Instant = since.entry(call).or_insert_with(Instant::now);
            if began.elapsed() > GRACE
                && let Err(error) = courier.fetch_left(call.0).await
            {
                tracing::warn!(channel = %call.0, %error, "what became of a call is not known yet; asking again");
            }
        }
        if let Err(error) = courier.settle_up().await {
            tracing::warn!(%error, "vouchers that are left cannot be sent; trying again");
        }
        if let Err(error) = courier.find_openings().await {
            tracing::warn!(%error, "a channel may have been opened that is not known here; looking again");
        }
        if let Err(error) = courier.tidy() {
            tracing::warn!(%error, "answers that were read are still kept");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

async fn paid(
    State(courier): State<Arc<Courier>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(way) = Way::find(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    let hint = hint(&headers);
    // A client that goes away leaves its call to be finished and paid.
    let call = tokio::spawn(async move { courier.call(way, body, hint).await });
    match call.await {
        Ok(Ok(reply)) => respond(reply),
        Ok(Err(error)) => refuse(&error),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn hint(headers: &HeaderMap) -> Hint {
    let key = headers.get(KEY).map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned());
    let retries = headers.get(RETRIES).and_then(|count| count.to_str().ok()?.trim().parse::<u64>().ok());
    Hint { key, is_again: retries.is_some_and(|count| count > 0) }
}

async fn free(State(courier): State<Arc<Courier>>, OriginalUri(uri): OriginalUri) -> Response {
    match courier.free(uri.path()).await {
        Ok(reply) => respond(reply),
        Err(error) => refuse(&error),
    }
}

async fn correct(State(courier): State<Arc<Courier>>, body: Bytes) -> Response {
    match courier.correct(&body).await {
        Ok(reply) => respond(reply),
        Err(error) => refuse(&error),
    }
}

async fn spent(State(courier): State<Arc<Courier>>) -> Response {
    match courier.purse.spent() {
        Ok(spent) => Json(spent).into_response(),
        Err(error) => refuse(&error.into()),
    }
}

fn respond(reply: Reply) -> Response {
    match reply {
        Reply::Whole { status, body, handing } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            let headers = [(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_LENGTH, body.len().to_string())];
            (status, headers, Body::from_stream(handed(body, handing))).into_response()
        }
        Reply::Stream { bits, handing } => {
            ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(passed(bits, handing))).into_response()
        }
    }
}

/// A whole answer, which is done once the connection takes it: a client that has gone never does.
fn handed(body: Bytes, handing: Option<Handing>) -> impl Stream<Item = io::Result<Bytes>> {
    futures::stream::once(async move {
        if let Some(handing) = handing {
            handing.done();
        }
        Ok(body)
    })
}

/// The same as it comes. It is read to its end and paid even if the client goes away, and as fast as it comes even if the client is slow.
fn passed(mut bits: Bits, handing: Handing) -> impl Stream<Item = io::Result<Bytes>> {
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(next) = bits.next().await {
            // Whoever left needs nothing.
            let _ = tell.send(next.unwrap_or_else(|error| as_event(&error)));
        }
    });
    futures::stream::unfold((told, Some(handing)), |(mut told, mut handing)| async move {
        match told.recv().await {
            Some(bytes) => Some((Ok(bytes), (told, handing))),
            None => {
                if let Some(handing) = handing.take() {
                    handing.done();
                }
                None
            }
        }
    })
}

fn as_event(error: &CourierError) -> Bytes {
    tracing::warn!(%error, "a stream was not paid");
    let (_, kind, code) = kind(error);
    Bytes::from(format!("data: {}\n\n", error_body(&error.to_string(), kind, code)))
}

fn refuse(error: &CourierError) -> Response {
    tracing::warn!(%error, "a call was not made, or not paid");
    let (status, kind, code) = kind(error);
    (status, Json(error_body(&error.to_string(), kind, code))).into_response()
}

fn kind(error: &CourierError) -> (StatusCode, &'static str, &'static str) {
    match error {
        CourierError::Ask(_) | CourierError::Key(_) => {
            (StatusCode::BAD_REQUEST, "invalid_request_error", "invalid_request")
        }
        CourierError::KeyReused => {
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid_request_error", "idempotency_key_reused")
        }
        CourierError::Purse(PurseError::TooDear { .. } | PurseError::DaySpent { .. }) => {
            (StatusCode::PAYMENT_REQUIRED, "insufficient_quota", "insufficient_quota")
        }
        CourierError::Purse(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal"),
        CourierError::FalseReceipt(_) => (StatusCode::BAD_GATEWAY, "server_error", "false_receipt"),
        CourierError::EarlierOpen => (StatusCode::SERVICE_UNAVAILABLE, "server_error", "earlier_call_open"),
        CourierError::Terms(_) | CourierError::Template(_) => (StatusCode::BAD_GATEWAY, "server_error", "unpayable"),
        _ => (StatusCode::BAD_GATEWAY, "server_error", "gateway_unavailable"),
    }
}
