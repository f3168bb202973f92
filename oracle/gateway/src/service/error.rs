//! Why a request is not answered, as clients see it.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    chain::Fault,
    engine::EngineError,
    openai::{AskError, error_body},
    till::{BooksError, TillError},
    x402::{HeaderError, PAYMENT_REQUIRED, PaymentRequired, encode},
};

/// Why a request is not answered. Nothing is charged then.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such model here.
    #[error("there is no model `{0}` here: GET /v1/models lists those there are")]
    UnknownModel(String),
    /// There is no such thing.
    #[error("there is no {0} here")]
    Missing(&'static str),
    /// This model is asked in another way.
    #[error("model `{0}` is not asked in this way: classifiers take /v1/classify, language models completions")]
    WrongWay(String),
    /// It cannot be read.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// It cannot be read.
    #[error("the request cannot be read: {0}")]
    Body(String),
    /// The payment cannot be read.
    #[error("the payment cannot be read: {0}")]
    Header(#[from] HeaderError),
    /// The payment is not for this request.
    #[error("the payment is not for this: {0}")]
    Payment(String),
    /// It must be paid first.
    #[error("{}", .0.error)]
    PaymentRequired(Box<PaymentRequired>),
    /// The order is not taken.
    #[error(transparent)]
    Till(TillError),
    /// The model cannot.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// More than a version reads.
    #[error("the prompt has {prompt} tokens, this version reads {most}: shorten the prompt by at least {} tokens", prompt - most)]
    TooLong {
        /// Tokens of the prompt.
        prompt: usize,
        /// Tokens that are read.
        most: usize,
    },
    /// A prompt that a classifier refuses.
    #[error("the prompt is refused: {0}")]
    Prompt(String),
    /// A correction is not taken.
    #[error("the correction is refused: {0}")]
    Correction(&'static str),
    /// What came out cannot be sold.
    #[error("{0}; nothing was charged")]
    Unsaleable(&'static str),
    /// Too many requests.
    #[error("too many requests: try again in a second")]
    TooMany,
    /// The chain cannot be asked.
    #[error("the chain cannot be asked now ({0}): try again")]
    Chain(#[from] Fault),
    /// Before the first epoch, or while the node does not answer.
    #[error("the chain's epoch is not known yet: try again in a moment")]
    NoEpoch,
    /// It does not work at all.
    #[error("the gateway failed: {0}; nothing was charged")]
    Internal(String),
}

impl From<TillError> for ServiceError {
    fn from(error: TillError) -> Self {
        Self::Till(error)
    }
}

impl From<BooksError> for ServiceError {
    fn from(error: BooksError) -> Self {
        Self::Till(error.into())
    }
}

impl ServiceError {
    /// Status, type and code, as OpenAI names them where it has a name.
    fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::UnknownModel(_) => (StatusCode::NOT_FOUND, "invalid_request_error", "model_not_found"),
            Self::Missing(_) => (StatusCode::NOT_FOUND, "invalid_request_error", "not_found"),
            Self::WrongWay(_) | Self::Ask(_) | Self::Body(_) | Self::Prompt(_) => {
                (StatusCode::BAD_REQUEST, "invalid_request_error", "invalid_request")
            }
            Self::TooLong { .. } => (StatusCode::BAD_REQUEST, "invalid_request_error", "context_length_exceeded"),
            Self::Correction(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_request_error", "correction_refused"),
            Self::Header(_) | Self::Payment(_) => (StatusCode::BAD_REQUEST, "invalid_payment", "invalid_payment"),
            Self::PaymentRequired(_) => (StatusCode::PAYMENT_REQUIRED, "payment_required", "payment_required"),
            Self::Till(error) => of_till(error),
            Self::Engine(error) => of_engine(error),
            Self::Unsaleable(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_request_error", "unsaleable_answer"),
            Self::TooMany => (StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", "rate_limit_exceeded"),
            Self::Chain(_) | Self::NoEpoch => (StatusCode::SERVICE_UNAVAILABLE, "server_error", "chain_unavailable"),
            Self::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal"),
        }
    }

    /// Short name for counting.
    pub fn code(&self) -> &'static str {
        self.kind().2
    }

    /// Whether an order that ended so was surely not booked: not so when it is the books that failed.
    pub fn is_surely_unserved(&self) -> bool {
        !matches!(self, Self::Till(TillError::Books(_) | TillError::Busy(_)) | Self::Internal(_))
    }

    /// As a stream tells it when its status was sent already.
    pub fn body(&self) -> serde_json::Value {
        let (_, kind, code) = self.kind();
        error_body(&self.to_string(), kind, code)
    }
}

fn of_till(error: &TillError) -> (StatusCode, &'static str, &'static str) {
    match error {
        TillError::Busy(_) => (StatusCode::CONFLICT, "invalid_payment", "channel_busy"),
        TillError::Books(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal"),
        _ => (StatusCode::PAYMENT_REQUIRED, "payment_required", "payment_refused"),
    }
}

fn of_engine(error: &EngineError) -> (StatusCode, &'static str, &'static str) {
    match error {
        EngineError::TooLong { .. } => (StatusCode::BAD_REQUEST, "invalid_request_error", "context_length_exceeded"),
        EngineError::UnknownModel { .. } => (StatusCode::NOT_FOUND, "invalid_request_error", "model_not_found"),
        EngineError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "server_error", "overloaded"),
        EngineError::Draining => (StatusCode::SERVICE_UNAVAILABLE, "server_error", "shutting_down"),
        EngineError::Invalid { .. } => (StatusCode::BAD_REQUEST, "invalid_request_error", "invalid_request"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "internal"),
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let (status, ..) = self.kind();
        let mut response = (status, Json(self.body())).into_response();
        if let Self::PaymentRequired(required) = &self
            && let Ok(header) = encode(required).parse()
        {
            response.headers_mut().insert(PAYMENT_REQUIRED, header);
        }
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT) {
            response.headers_mut().insert(axum::http::header::RETRY_AFTER, 1.into());
        }
        response
    }
}
