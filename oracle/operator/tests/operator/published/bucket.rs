//! Published objects in a bucket, through the real client, against a small server that speaks as S3 does and fails as it is told.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::Response,
};
use futures::stream;
use operator::published::{Digested, Kind, OpenError, Published, PublishedError};
use tokio::{net::TcpListener, task::JoinHandle};

use super::{examples, falsehood, is_missing, read, receipts};

/// What the server does with one request instead of answering it.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Fails with a status.
    Status(u16),
    /// Keeps the object, and loses the answer.
    DoneAndLost,
    /// Promises the object and cuts the line in the middle of it.
    Breaks,
    /// Refuses, at endless length.
    Endless,
    /// Refuses with bytes that are no text.
    Garbled,
}

/// A bucket.
#[derive(Default)]
struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
    /// What happens to the next requests, in their order.
    faults: VecDeque<Fault>,
    /// Methods, paths and whether they were signed.
    requests: Vec<(Method, String, bool)>,
    /// Chunks of endless answers that were sent.
    chunks: usize,
}

type Shared = Arc<Mutex<Bucket>>;

/// A server with one bucket, for as long as it lives.
struct Server {
    bucket: Shared,
    address: String,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start() -> Self {
        let bucket = Shared::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let router = Router::new().fallback(answer).with_state(bucket.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Self { bucket, address, task }
    }

    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().expect("nothing failed while it was held")
    }

    fn fails_with(&self, faults: impl IntoIterator<Item = Fault>) {
        self.bucket().faults.extend(faults);
    }

    fn published(&self) -> Published {
        Published::open_under("s3://shop/of/models", self.variables()).expect("all is set")
    }

    fn variables(&self) -> Vec<(String, String)> {
        variables(&[
            ("AWS_ENDPOINT", &self.address),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "nowhere-1"),
            ("AWS_ACCESS_KEY_ID", "someone"),
            ("AWS_SECRET_ACCESS_KEY", "something-secret"),
        ])
    }

    /// The requests since it was last asked.
    fn requests(&self) -> Vec<Method> {
        self.bucket().requests.drain(..).map(|(method, ..)| method).collect()
    }
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn answer(State(shared): State<Shared>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 24).await.expect("it is small").to_vec();
    let mut bucket = shared.lock().expect("nothing failed while it was held");
    let path = head.uri.path().to_owned();
    bucket.requests.push((head.method.clone(), path.clone(), head.headers.contains_key(header::AUTHORIZATION)));
    let create = head.headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == "*");
    match bucket.faults.pop_front() {
        None => bucket.answer(&head.method, &path, body, create),
        Some(Fault::Status(status)) => plain(status, "<Error><Code>Told</Code></Error>"),
        Some(Fault::DoneAndLost) => {
            bucket.answer(&head.method, &path, body, create);
            plain(500, "")
        }
        Some(Fault::Breaks) => broken(bucket.objects.get(&path).cloned().unwrap_or_default()),
        Some(Fault::Endless) => endless(shared.clone()),
        Some(Fault::Garbled) => plain(403, vec![0xff; 100]),
    }
}

impl Bucket {
    fn answer(&mut self, method: &Method, path: &str, body: Vec<u8>, create: bool) -> Response {
        match (method, self.objects.get(path)) {
            (&Method::PUT, Some(_)) if create => plain(412, "<Error><Code>PreconditionFailed</Code></Error>"),
            (&Method::PUT, _) => {
                self.objects.insert(path.to_owned(), body);
                plain(200, "")
            }
            (&Method::GET | &Method::HEAD, Some(bytes)) => plain(200, bytes.clone()),
            (&Method::GET | &Method::HEAD, None) => plain(404, "<Error><Code>NoSuchKey</Code></Error>"),
            _ => plain(405, ""),
        }
    }
}

fn plain(status: u16, body: impl Into<Vec<u8>>) -> Response {
    let body = body.into();
    let answer = Response::builder().status(status).header(header::ETAG, "\"tag\"");
    answer.header(header::CONTENT_LENGTH, body.len()).body(Body::from(body)).expect("it is well formed")
}

/// Half of what it promises.
fn broken(bytes: Vec<u8>) -> Response {
    let length = bytes.len();
    let half = stream::iter([Ok(bytes[..length / 2].to_vec()), Err("the line is cut")]);
    let answer = Response::builder().header(header::CONTENT_LENGTH, length);
    answer.body(Body::from_stream(half)).expect("it is well formed")
}

fn endless(shared: Shared) -> Response {
    let chunks = stream::repeat_with(move || {
        shared.lock().expect("nothing failed while it was held").chunks += 1;
        Ok::<_, std::convert::Infallible>(vec![b'x'; 1 << 16])
    });
    let answer = Response::builder().status(StatusCode::FORBIDDEN);
    answer.body(Body::from_stream(chunks)).expect("it is well formed")
}

#[tokio::test]
async fn objects_are_read_as_they_were_put_under_the_prefix_and_signed() {
    let server = Server::start().await;
    let published = server.published();
    let root = published.put_items(&examples(), Digested::Openly).await.expect("it can be written");
    assert_eq!(published.items(&root, Digested::Openly).await.expect("they are there"), examples());
    assert!(published.has_items(&root, Digested::Openly).await.expect("the store answers"));
    let bucket = server.bucket();
    let path = format!("/shop/of/models/items/{}.json", hex::encode(root));
    assert_eq!(bucket.objects.keys().collect::<Vec<_>>(), [&path]);
    let expected = [Method::PUT, Method::GET, Method::HEAD].map(|method| (method, path.clone(), true));
    assert_eq!(bucket.requests, expected);
}

#[tokio::test]
async fn a_public_bucket_is_read_without_a_signature() {
    let server = Server::start().await;
    let root = server.published().put_items(&examples(), Digested::Openly).await.expect("it can be written");
    server.requests();
    let public =
        variables(&[("AWS_ENDPOINT", &server.address), ("AWS_ALLOW_HTTP", "true"), ("AWS_SKIP_SIGNATURE", "true")]);
    let published = Published::open_under("s3://shop/of/models/", public).expect("all is set");
    assert_eq!(published.items(&root, Digested::Openly).await.expect("they are there"), examples());
    assert!(server.bucket().requests.iter().all(|(.., signed)| !signed));
}

#[tokio::test]
async fn an_object_that_is_not_there_is_missing_at_the_first_answer() {
    let server = Server::start().await;
    assert!(is_missing(server.published().items(&[1; 32], Digested::Openly).await));
    assert!(!server.published().has_items(&[1; 32], Digested::Openly).await.expect("the store answers"));
    assert_eq!(server.requests(), [Method::GET, Method::HEAD], "nothing is asked twice");
}

#[tokio::test]
async fn altered_bytes_are_false() {
    let server = Server::start().await;
    let published = server.published();
    let root = published.put_items(&examples(), Digested::Openly).await.expect("it can be written");
    let segment = receipts();
    published.put_segment(&segment).await.expect("it can be written");
    assert_eq!(read(&published, &segment, |_| {}).await.expect("they are true"), segment);
    for bytes in server.bucket().objects.values_mut() {
        let text = String::from_utf8(bytes.clone()).expect("it is text");
        *bytes = text.replace("030303", "030304").replace("\"fee\": \"3\"", "\"fee\": \"2\"").into_bytes();
    }
    assert_eq!(falsehood(published.items(&root, Digested::Openly).await), "its items have another root");
    let wrong = falsehood(read(&published, &segment, |_| {}).await);
    assert_eq!(wrong, "its receipts do not lead to the redeemed head");
}

#[tokio::test]
async fn a_server_that_fails_for_a_while_is_asked_again() {
    let server = Server::start().await;
    let published = server.published();
    server.fails_with([Fault::Status(500), Fault::Status(503)]);
    let root = published.put_items(&examples(), Digested::Openly).await.expect("the third time it is written");
    server.fails_with([Fault::Status(500), Fault::Status(429)]);
    assert_eq!(published.items(&root, Digested::Openly).await.expect("the third time it is read"), examples());
    server.fails_with([Fault::Status(502)]);
    assert!(published.has_items(&root, Digested::Openly).await.expect("the second time it is told"));
    let expected =
        [Method::PUT, Method::PUT, Method::PUT, Method::GET, Method::GET, Method::GET, Method::HEAD, Method::HEAD];
    assert_eq!(server.requests(), expected);
}

#[tokio::test]
async fn a_server_that_goes_on_failing_says_nothing_of_the_object() {
    let server = Server::start().await;
    let published = server.published();
    let root = published.put_items(&examples(), Digested::Openly).await.expect("it can be written");
    server.requests();
    server.fails_with([Fault::Status(500); 5]);
    let failed = published.items(&root, Digested::Openly).await;
    assert!(matches!(failed, Err(PublishedError::Unavailable { .. })), "{failed:?}");
    assert_eq!(server.requests().len(), 5, "it is asked so often and no more");
    assert_eq!(published.items(&root, Digested::Openly).await.expect("it recovered"), examples());
}

#[tokio::test]
async fn a_server_that_is_down_says_nothing_of_the_object() {
    let variables = Server::start().await.variables();
    let published = Published::open_under("s3://shop", variables).expect("opening asks nothing");
    let failed = published.items(&[1; 32], Digested::Openly).await;
    assert!(matches!(failed, Err(PublishedError::Unavailable { .. })), "{failed:?}");
    assert!(published.has_items(&[1; 32], Digested::Openly).await.is_err());
}

#[tokio::test]
async fn a_refusal_is_told_apart_and_not_repeated() {
    let server = Server::start().await;
    let published = server.published();
    for status in [401, 403] {
        server.fails_with([Fault::Status(status); 3]);
        let failed = published.items(&[1; 32], Digested::Openly).await;
        assert!(matches!(failed, Err(PublishedError::Refused { .. })), "{failed:?}");
        assert!(matches!(published.has_items(&[1; 32], Digested::Openly).await, Err(PublishedError::Refused { .. })));
        let failed = published.put_items(&examples(), Digested::Openly).await;
        assert!(matches!(failed, Err(PublishedError::Refused { .. })), "{failed:?}");
        assert_eq!(server.requests(), [Method::GET, Method::HEAD, Method::PUT]);
    }
}

#[tokio::test]
async fn of_a_refusal_without_end_the_beginning_is_read() {
    let server = Server::start().await;
    server.fails_with([Fault::Endless, Fault::Garbled]);
    let failed = server.published().items(&[1; 32], Digested::Openly).await;
    let Err(PublishedError::Refused { source, .. }) = failed else { panic!("{failed:?}") };
    assert!(source.to_string().len() < 20_000, "{} bytes", source.to_string().len());
    // What the sockets hold is sent in vain.
    assert!(server.bucket().chunks < 1_000, "{} chunks", server.bucket().chunks);
    let failed = server.published().items(&[1; 32], Digested::Openly).await;
    assert!(matches!(failed, Err(PublishedError::Refused { .. })), "{failed:?}");
}

#[tokio::test]
async fn an_object_that_is_too_large_is_false_and_not_read() {
    let server = Server::start().await;
    let limit = Kind::Manifest.max_bytes();
    let path = format!("/shop/of/models/weights/{}/manifest.json", hex::encode([1; 32]));
    server.bucket().objects.insert(path, vec![b' '; limit + 1]);
    let reason = falsehood(server.published().manifest(&[1; 32]).await);
    assert_eq!(reason, format!("it is larger than {limit} bytes"));
}

#[tokio::test]
async fn an_answer_that_is_cut_short_is_no_object() {
    let server = Server::start().await;
    let published = server.published();
    let root = published.put_items(&examples(), Digested::Openly).await.expect("it can be written");
    server.fails_with([Fault::Breaks; 20]);
    let failed = published.items(&root, Digested::Openly).await;
    assert!(matches!(failed, Err(PublishedError::Unavailable { .. })), "{failed:?}");
    server.bucket().faults.clear();
    assert_eq!(published.items(&root, Digested::Openly).await.expect("the line is whole again"), examples());
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_done() {
    let server = Server::start().await;
    let published = server.published();
    server.fails_with([Fault::DoneAndLost]);
    let root = published.put_items(&examples(), Digested::Openly).await.expect("its own object is no obstacle");
    assert_eq!(published.items(&root, Digested::Openly).await.expect("they are there"), examples());
    assert_eq!(published.put_items(&examples(), Digested::Openly).await.expect("again"), root);
}

#[tokio::test]
async fn something_else_under_the_name_is_never_replaced() {
    let server = Server::start().await;
    let published = server.published();
    let root = published.put_items(&examples(), Digested::Openly).await.expect("it can be written");
    let path = format!("/shop/of/models/items/{}.json", hex::encode(root));
    for other in [b"[]".to_vec(), vec![b' '; 1 << 20]] {
        server.bucket().objects.insert(path.clone(), other.clone());
        let refused = published.put_items(&examples(), Digested::Openly).await;
        assert!(falsehood(refused).contains("something else was published under its name"));
        assert_eq!(server.bucket().objects[&path], other);
    }
}

/// Why an address is not opened.
fn refusal(address: &str, pairs: &[(&str, &str)]) -> OpenError {
    Published::open_under(address, variables(pairs)).expect_err("it cannot be opened")
}

#[test]
fn what_is_missing_or_wrong_is_said_when_a_store_is_opened() {
    let keys = [("AWS_ACCESS_KEY_ID", "someone"), ("AWS_SECRET_ACCESS_KEY", "something-secret")];
    for address in ["", "https://bucket.example", "gs://bucket", "file://relative", "ftp://someone:secret@host"] {
        let error = refusal(address, &keys);
        assert!(matches!(error, OpenError::Scheme(_)), "{error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    for address in ["s3://", "s3:///prefix", "s3://a b/prefix", "s3://key:secret@bucket/prefix"] {
        let error = refusal(address, &keys);
        assert!(matches!(error, OpenError::Bucket(_)), "{error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    assert!(matches!(refusal("s3://bucket/a/../b", &keys), OpenError::Prefix { .. }));
    assert!(matches!(refusal("s3://bucket", &[("PATH", "/bin"), ("AWS_PROFILE", "me")]), OpenError::Credentials(_)));
    assert!(matches!(refusal("s3://bucket", &keys[..1]), OpenError::Settings { .. }));
    assert!(matches!(refusal("s3://bucket", &keys[1..]), OpenError::Settings { .. }));
    let wrong = [keys[0], keys[1], ("AWS_ALLOW_HTTP", "perhaps")];
    assert!(matches!(refusal("s3://bucket", &wrong), OpenError::Settings { .. }));
}

#[tokio::test]
async fn a_folder_is_opened_by_its_path_or_its_url() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().to_str().expect("a path in UTF-8");
    let root = Published::at(path).put_items(&examples(), Digested::Openly).await.expect("it can be written");
    for address in [path.to_owned(), format!("file://{path}")] {
        let published = Published::open(&address).expect("it is a folder");
        assert_eq!(published.items(&root, Digested::Openly).await.expect("they are there"), examples());
    }
}

#[test]
fn a_store_shows_its_name_and_no_credentials() {
    let pairs = [("AWS_ACCESS_KEY_ID", "someone"), ("AWS_SECRET_ACCESS_KEY", "something-secret")];
    let published = Published::open_under("s3://bucket/prefix/", variables(&pairs)).expect("all is set");
    let shown = format!("{published:?}");
    assert!(shown.contains("s3://bucket/prefix\"") && !shown.contains("some"), "{shown}");
}
