//! Opens a store by its address: a folder, or a bucket of S3 or of anything that speaks as S3 does.

use std::{env, path::PathBuf, sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    path::Path,
};

use super::{bounded::BoundedErrors, objects};

/// Longest time for one request, in seconds; `AWS_TIMEOUT` sets another.
const REQUEST_SECONDS: u64 = 60;
/// Longest time for making a connection, in seconds; `AWS_CONNECT_TIMEOUT` sets another.
const CONNECT_SECONDS: u64 = 5;
/// Most repetitions of a request that failed by no fault of ours.
const RETRIES: usize = 4;
/// No repetition is begun later than this after the first request, in seconds.
const RETRY_SECONDS: u64 = 60;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is of no kind that can be used.
    #[error("`{0}` is no place for published objects: name a folder, or a bucket as s3://bucket/prefix")]
    Scheme(String),
    /// The bucket has no usable name.
    #[error("`{0}` names no bucket: write s3://bucket or s3://bucket/prefix, with credentials in AWS_* variables only")]
    Bucket(String),
    /// The prefix cannot be part of a name.
    #[error("the prefix of the bucket {bucket} cannot be part of an object's name")]
    Prefix {
        /// The bucket.
        bucket: String,
        /// Why.
        #[source]
        source: object_store::path::Error,
    },
    /// There is nothing to sign requests with.
    #[error(
        "no credentials for {0}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; or AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN; \
         or AWS_METADATA_ENDPOINT=http://169.254.169.254 to use the role of an EC2 machine; or AWS_SKIP_SIGNATURE=true for a public bucket"
    )]
    Credentials(String),
    /// A variable has a value that cannot be used.
    #[error(
        "{place} cannot be opened: check the AWS_* variables (AWS_REGION, AWS_ENDPOINT, AWS_ALLOW_HTTP and others)"
    )]
    Settings {
        /// The address.
        place: String,
        /// Why.
        #[source]
        source: object_store::Error,
    },
}

/// What an address names.
#[derive(Debug)]
pub(crate) enum Opened {
    /// A folder.
    Folder(PathBuf),
    /// A store and its name.
    Store(String, Arc<dyn ObjectStore>),
}

impl Opened {
    /// Opens an address under the environment's variables.
    pub(crate) fn here(address: &str) -> Result<Self, OpenError> {
        open(address, environment())
    }
}

/// The environment's variables, of those that are text.
pub(super) fn environment() -> impl Iterator<Item = (String, String)> {
    env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Opens an address under given variables.
pub(super) fn open(address: &str, variables: impl IntoIterator<Item = (String, String)>) -> Result<Opened, OpenError> {
    match address.split_once("://") {
        None if address.is_empty() => Err(OpenError::Scheme(String::new())),
        None => Ok(Opened::Folder(address.into())),
        Some(("file", path)) if path.starts_with('/') => Ok(Opened::Folder(path.into())),
        Some(("s3", place)) => bucket(place, variables),
        Some((scheme, _)) => Err(OpenError::Scheme(format!("{scheme}://…"))),
    }
}

fn bucket(place: &str, variables: impl IntoIterator<Item = (String, String)>) -> Result<Opened, OpenError> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let of_name = |letter: char| letter.is_ascii_alphanumeric() || ['-', '.', '_'].contains(&letter);
    if bucket.contains('@') {
        return Err(OpenError::Bucket("s3://…@…".to_owned()));
    }
    if bucket.is_empty() || !bucket.chars().all(of_name) {
        return Err(OpenError::Bucket(format!("s3://{place}")));
    }
    let path = Path::parse(prefix).map_err(|source| OpenError::Prefix { bucket: bucket.to_owned(), source })?;
    let name = format!("s3://{bucket}/{path}").trim_end_matches('/').to_owned();
    let store = client(&name, bucket, variables)?;
    Ok(Opened::Store(name, objects::below(store, path)))
}

fn client(
    place: &str,
    bucket: &str,
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let mut builder = AmazonS3Builder::new().with_client_options(timeouts()).with_retry(retries());
    let mut signed = false;
    for (name, value) in variables.into_iter().filter(|(name, _)| name.starts_with("AWS_")) {
        // Variables of other programs are theirs.
        let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() else { continue };
        signed |= says_how_to_sign(&key);
        builder = builder.with_config(key, value);
    }
    if !signed {
        return Err(OpenError::Credentials(place.to_owned()));
    }
    let client = builder.with_bucket_name(bucket).with_http_connector(BoundedErrors).build();
    let client = client.map_err(|source| OpenError::Settings { place: place.to_owned(), source })?;
    Ok(Arc::new(client))
}

/// Whether a variable says with what requests are signed, or that they are not.
fn says_how_to_sign(key: &AmazonS3ConfigKey) -> bool {
    use AmazonS3ConfigKey as Key;
    matches!(
        key,
        Key::AccessKeyId
            | Key::SecretAccessKey
            | Key::SkipSignature
            | Key::WebIdentityTokenFile
            | Key::ContainerCredentialsRelativeUri
            | Key::ContainerCredentialsFullUri
            | Key::MetadataEndpoint
    )
}

fn timeouts() -> ClientOptions {
    ClientOptions::new()
        .with_timeout(Duration::from_secs(REQUEST_SECONDS))
        .with_connect_timeout(Duration::from_secs(CONNECT_SECONDS))
}

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: RETRIES,
        retry_timeout: Duration::from_secs(RETRY_SECONDS),
    }
}
