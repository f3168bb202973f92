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
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures::{Stream, StreamExt as _};
use serde_json::json;
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::sync::CancellationToken;

use super::{Courier, CourierError, PurseError, Reply};
use crate::{asked::Way, openai::error_body};

/// The longest body that is passed on, in bytes.
const MAX_BODY: usize = 4 << 20;

/// Time between two tries to send vouchers that did not arrive.
const AGAIN: Duration = Duration::from_secs(5);
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
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

async fn paid(State(courier): State<Arc<Courier>>, OriginalUri(uri): OriginalUri, body: Bytes) -> Response {
    let Some(way) = Way::find(uri.path()) else { return StatusCode::NOT_FOUND.into_response() };
    // A client that goes away leaves its call to be finished and paid.
    let call = tokio::spawn(async move { courier.call(way, body).await });
    match call.await {
        Ok(Ok(reply)) => respond(reply),
        Ok(Err(error)) => refuse(&error),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
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
        Reply::Whole { status, body } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
            (status, [(CONTENT_TYPE, "application/json")], body).into_response()
        }
        Reply::Stream(stream) => {
            ([(CONTENT_TYPE, "text/event-stream")], Body::from_stream(passed(stream))).into_response()
        }
    }
}

/// The same as it comes. It is read to its end and paid even if the client goes away, and as fast as it comes even if the client is slow.
fn passed(
    mut stream: impl Stream<Item = Result<Bytes, CourierError>> + Send + Unpin + 'static,
) -> impl Stream<Item = io::Result<Bytes>> {
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(next) = stream.next().await {
            // Whoever left needs nothing.
            let _ = tell.send(next.unwrap_or_else(|error| as_event(&error)));
        }
    });
    futures::stream::unfold(told, |mut told| async move { told.recv().await.map(|bytes| (Ok(bytes), told)) })
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
        CourierError::Ask(_) => (StatusCode::BAD_REQUEST, "invalid_request_error", "invalid_request"),
        CourierError::Purse(PurseError::TooDear { .. } | PurseError::DaySpent { .. }) => {
            (StatusCode::PAYMENT_REQUIRED, "insufficient_quota", "insufficient_quota")
        }
        CourierError::Purse(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal"),
        CourierError::FalseReceipt(_) => (StatusCode::BAD_GATEWAY, "server_error", "false_receipt"),
        CourierError::EarlierOpen => (StatusCode::SERVICE_UNAVAILABLE, "server_error", "earlier_call_open"),
        CourierError::Terms(_) => (StatusCode::BAD_GATEWAY, "server_error", "unpayable"),
        _ => (StatusCode::BAD_GATEWAY, "server_error", "gateway_unavailable"),
    }
}
