//! `/metrics`, `/healthz` and `/readyz`, for Prometheus and whatever restarts or watches the service.

use std::{io, net::SocketAddr};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Health, Metrics};

/// What Prometheus expects of OpenMetrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Why nobody can ask.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address is taken or not of this machine.
    #[error("cannot listen on {listen}: stop what uses the port, or set another `http.listen`")]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The server stopped by itself.
    #[error("the server of metrics and health stopped")]
    Stopped(#[source] io::Error),
}

/// What answers are made from.
#[derive(Clone, Debug)]
struct Known {
    metrics: Metrics,
    health: Health,
}

/// Takes the address, so that one that is taken is known before anything else begins.
///
/// # Errors
/// [`HttpError::Bind`].
pub async fn bind(listen: SocketAddr) -> Result<TcpListener, HttpError> {
    TcpListener::bind(listen).await.map_err(|source| HttpError::Bind { listen, source })
}

/// Answers on an address until told to stop.
///
/// # Errors
/// [`HttpError`].
pub async fn serve(
    listen: SocketAddr,
    metrics: Metrics,
    health: Health,
    shutdown: CancellationToken,
) -> Result<(), HttpError> {
    serve_on(bind(listen).await?, metrics, health, shutdown).await
}

/// As [`serve`], on an address that was taken already.
///
/// # Errors
/// [`HttpError::Stopped`].
pub async fn serve_on(
    listener: TcpListener,
    metrics: Metrics,
    health: Health,
    shutdown: CancellationToken,
) -> Result<(), HttpError> {
    let routes = Router::new()
        .route("/metrics", get(show_metrics))
        .route("/healthz", get(show_liveness))
        .route("/readyz", get(show_readiness))
        .with_state(Known { metrics, health });
    let served = axum::serve(listener, routes).with_graceful_shutdown(shutdown.cancelled_owned());
    served.await.map_err(HttpError::Stopped)
}

async fn show_metrics(State(known): State<Known>) -> Response {
    match known.metrics.encode() {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn show_liveness(State(known): State<Known>) -> Response {
    let liveness = known.health.liveness();
    json(liveness.live, &liveness)
}

async fn show_readiness(State(known): State<Known>) -> Response {
    let readiness = known.health.readiness();
    json(readiness.ready, &readiness)
}

/// 200 for yes, 503 for no.
fn json(is_well: bool, body: &impl Serialize) -> Response {
    let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_string(body) {
        Ok(text) => (status, [(CONTENT_TYPE, "application/json")], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
