//! Types that values become, each with what it accepts.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use cosmwasm_std::Decimal;
use figment::value::Value;
use protocol::ModelId;
use tracing_subscriber::EnvFilter;

/// A value that was checked.
pub(super) trait Setting: Sized {
    /// What is accepted, for the refusal.
    const EXPECTED: &'static str;

    /// The value, if it is accepted.
    fn from_value(value: &Value) -> Option<Self>;
}

impl Setting for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_value(value: &Value) -> Option<Self> {
        value.to_bool()
    }
}

impl Setting for u64 {
    const EXPECTED: &'static str = "a whole number, 0 or more";

    fn from_value(value: &Value) -> Option<Self> {
        whole(value)
    }
}

impl Setting for PathBuf {
    const EXPECTED: &'static str = "the path of a file or folder";

    fn from_value(value: &Value) -> Option<Self> {
        // A phrase that was written where its file is to be named looks like a path too.
        let text = value.as_str().filter(|text| !text.is_empty() && text.split_whitespace().count() < 12)?;
        Some(text.into())
    }
}

/// Address of a node's RPC. It may hold a password or a token, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct RpcUrl(String);

impl RpcUrl {
    /// The address as it was written: not for logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RpcUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("http", &self.0));
        let (authority, path) = rest.split_once(['/', '?']).unwrap_or((rest, ""));
        let host = authority.rsplit('@').next().unwrap_or(authority);
        write!(f, "{scheme}://{host}{}", if path.is_empty() { "" } else { "/…" })
    }
}

impl fmt::Debug for RpcUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RpcUrl({self})")
    }
}

impl Setting for RpcUrl {
    const EXPECTED: &'static str = "an address as http://127.0.0.1:26657 or https://rpc.example.org";

    fn from_value(value: &Value) -> Option<Self> {
        let text = value.as_str()?.trim_end_matches('/');
        let (scheme, rest) = text.split_once("://")?;
        let has_host = !rest.is_empty() && !rest.starts_with(['/', ':', '?']) && !rest.contains(char::is_whitespace);
        (["http", "https"].contains(&scheme) && has_host).then(|| Self(text.to_owned()))
    }
}

/// The name of a chain.
pub(super) struct ChainId(pub(super) String);

impl Setting for ChainId {
    const EXPECTED: &'static str = "the id of a chain, 1 to 50 letters, digits, dots, hyphens or underscores";

    fn from_value(value: &Value) -> Option<Self> {
        let text = value.as_str()?;
        let fits =
            (1..=50).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        fits.then(|| Self(text.to_owned()))
    }
}

/// A native coin.
pub(super) struct Denom(pub(super) String);

impl Setting for Denom {
    const EXPECTED: &'static str = "the name of a native coin: a letter, then 2 to 127 letters, digits or / : . _ -";

    fn from_value(value: &Value) -> Option<Self> {
        let text = value.as_str()?;
        let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
        let goes_on = text.chars().all(|c| c.is_ascii_alphanumeric() || "/:._-".contains(c));
        (begins && goes_on && (3..=128).contains(&text.len())).then(|| Self(text.to_owned()))
    }
}

/// Name of a price on a sheet.
pub(super) struct PriceName(pub(super) String);

impl Setting for PriceName {
    const EXPECTED: &'static str = "the name of a price: 1 to 64 characters";

    fn from_value(value: &Value) -> Option<Self> {
        let text = value.as_str()?;
        (1..=64).contains(&text.chars().count()).then(|| Self(text.to_owned()))
    }
}

/// A price per unit of gas.
pub(super) struct GasPrice(pub(super) Decimal);

impl Setting for GasPrice {
    const EXPECTED: &'static str = "a price per unit of gas, as \"0.001\"; \"0\" where gas is free";

    fn from_value(value: &Value) -> Option<Self> {
        decimal(value).map(Self)
    }
}

/// What simulated gas is multiplied by.
pub(super) struct GasMargin(pub(super) Decimal);

impl Setting for GasMargin {
    const EXPECTED: &'static str = "a number from 1 to 10";

    fn from_value(value: &Value) -> Option<Self> {
        decimal(value).filter(|margin| (Decimal::one()..=Decimal::percent(1_000)).contains(margin)).map(Self)
    }
}

/// The most gas of a transaction.
pub(super) struct GasCeiling(pub(super) u64);

impl Setting for GasCeiling {
    const EXPECTED: &'static str = "units of gas, 100000 or more";

    fn from_value(value: &Value) -> Option<Self> {
        whole(value).filter(|gas| *gas >= 100_000).map(Self)
    }
}

/// A pause between looks.
pub(super) struct Pause(pub(super) Duration);

impl Setting for Pause {
    const EXPECTED: &'static str = "seconds, 0.1 to 60";

    fn from_value(value: &Value) -> Option<Self> {
        seconds(value, 0.1, 60.0).map(Self)
    }
}

/// A time that something may take.
pub(super) struct Timeout(pub(super) Duration);

impl Setting for Timeout {
    const EXPECTED: &'static str = "seconds, 1 to 3600";

    fn from_value(value: &Value) -> Option<Self> {
        seconds(value, 1.0, 3_600.0).map(Self)
    }
}

/// A time after which a loop hangs.
pub(super) struct Stalled(pub(super) Duration);

impl Setting for Stalled {
    const EXPECTED: &'static str = "seconds, 5 to 3600";

    fn from_value(value: &Value) -> Option<Self> {
        seconds(value, 5.0, 3_600.0).map(Self)
    }
}

/// Seconds between turns.
pub(super) struct Stagger(pub(super) u64);

impl Setting for Stagger {
    const EXPECTED: &'static str = "whole seconds, 0 to 3600";

    fn from_value(value: &Value) -> Option<Self> {
        whole(value).filter(|seconds| *seconds <= 3_600).map(Self)
    }
}

/// A part of a window.
pub(super) struct Patience(pub(super) u64);

impl Setting for Patience {
    const EXPECTED: &'static str = "a part of the commit window, 0 to 0.9";

    fn from_value(value: &Value) -> Option<Self> {
        let part = number(value).filter(|part| (0.0..=0.9).contains(part))?;
        Some(Self((part * 1_000.0).round() as u64))
    }
}

/// Where published objects are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectsUrl {
    /// A folder.
    Folder(PathBuf),
    /// A bucket, as `s3://bucket/prefix`.
    Bucket(String),
}

impl ObjectsUrl {
    /// As `Published::open` takes it.
    pub fn address(&self) -> String {
        match self {
            Self::Folder(path) => path.display().to_string(),
            Self::Bucket(url) => url.clone(),
        }
    }
}

impl fmt::Display for ObjectsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.address())
    }
}

impl Setting for ObjectsUrl {
    const EXPECTED: &'static str = "a folder, or s3://bucket/prefix without a name and password";

    fn from_value(value: &Value) -> Option<Self> {
        let text = value.as_str().filter(|text| !text.is_empty())?;
        match text.split_once("://") {
            None => Some(Self::Folder(text.into())),
            Some(("file", path)) if path.starts_with('/') => Some(Self::Folder(path.into())),
            Some(("s3", place)) if !place.is_empty() && !place.starts_with('/') && !place.contains('@') => {
                Some(Self::Bucket(text.trim_end_matches('/').to_owned()))
            }
            Some(_) => None,
        }
    }
}

/// Which models are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serve {
    /// All that there are for this account.
    All,
    /// These.
    Only(Vec<ModelId>),
}

impl Serve {
    /// Whether a model is one of them.
    pub fn serves(&self, model: ModelId) -> bool {
        match self {
            Self::All => true,
            Self::Only(models) => models.contains(&model),
        }
    }
}

impl Setting for Serve {
    const EXPECTED: &'static str = "\"all\", or a list of different model ids as [1, 2]";

    fn from_value(value: &Value) -> Option<Self> {
        if value.as_str() == Some("all") {
            return Some(Self::All);
        }
        let ids: Vec<u64> = value.as_array()?.iter().map(whole).collect::<Option<_>>()?;
        let all_differ = ids.iter().enumerate().all(|(place, id)| !ids[..place].contains(id));
        (all_differ && !ids.is_empty() && !ids.contains(&0)).then(|| Self::Only(ids.into_iter().map(ModelId).collect()))
    }
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines to read.
    Human,
    /// One JSON object per line.
    Json,
}

impl Setting for LogFormat {
    const EXPECTED: &'static str = "\"human\" or \"json\"";

    fn from_value(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "human" => Some(Self::Human),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// What is logged.
pub(super) struct LogLevel(pub(super) String);

impl Setting for LogLevel {
    const EXPECTED: &'static str = "error, warn, info, debug or trace, or filters as \"info,chain=debug\"";

    fn from_value(value: &Value) -> Option<Self> {
        let text = value.as_str().filter(|text| !text.trim().is_empty())?;
        // A lone word that is no level would be taken for the name of a module, and silence everything else.
        let is_level = |text: &str| ["error", "warn", "info", "debug", "trace", "off"].contains(&text);
        let all_fit = text.split(',').all(|part| part.contains('=') || is_level(part.trim()));
        (all_fit && EnvFilter::builder().parse(text).is_ok()).then(|| Self(text.to_owned()))
    }
}

impl Setting for SocketAddr {
    const EXPECTED: &'static str = "an address and port as 127.0.0.1:9464";

    fn from_value(value: &Value) -> Option<Self> {
        value.as_str()?.parse().ok()
    }
}

fn whole(value: &Value) -> Option<u64> {
    let unsigned = value.to_u128().and_then(|number| u64::try_from(number).ok());
    unsigned.or_else(|| value.to_i128().and_then(|number| u64::try_from(number).ok()))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Num(_, number) => number.to_f64().or_else(|| whole(value).map(|whole| whole as f64)),
        _ => None,
    }
}

fn seconds(value: &Value, least: f64, most: f64) -> Option<Duration> {
    number(value).filter(|seconds| (least..=most).contains(seconds)).map(Duration::from_secs_f64)
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value.as_str() {
        Some(text) => text.parse().ok(),
        None => number(value).filter(|number| *number >= 0.0)?.to_string().parse().ok(),
    }
}
