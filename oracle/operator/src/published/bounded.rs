//! HTTP for a store that may be hostile: of an answer that is an error, the beginning is read and the rest is not. Objects have limits of
//! their own where they are read.

use async_trait::async_trait;
use futures::TryStreamExt;
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
        ReqwestConnector,
    },
};

/// The most that is read of an error, in bytes.
const ERROR_BYTES: usize = 16 << 10;

/// Connects as usual, and reads only the beginning of errors.
#[derive(Debug)]
pub(super) struct BoundedErrors;

impl HttpConnector for BoundedErrors {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Bounded(ReqwestConnector::default().connect(options)?)))
    }
}

#[derive(Debug)]
struct Bounded(HttpClient);

#[async_trait]
impl HttpService for Bounded {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = self.0.execute(request).await?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let (head, body) = answer.into_parts();
        Ok(HttpResponse::from_parts(head, beginning(body).await?.into()))
    }
}

/// The beginning of a text, whatever its bytes are.
async fn beginning(body: HttpResponseBody) -> Result<String, HttpError> {
    let mut stream = body.bytes_stream();
    let mut bytes = Vec::new();
    while bytes.len() < ERROR_BYTES
        && let Some(chunk) = stream.try_next().await?
    {
        bytes.extend_from_slice(&chunk[..chunk.len().min(ERROR_BYTES - bytes.len())]);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
