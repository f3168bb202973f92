//! Hashes, shares and pages as they stand in messages.

use std::{fmt, str::FromStr};

use cosmwasm_schema::cw_serde;
use cosmwasm_std::HexBinary;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// 32 bytes, 64 hex digits in JSON.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash32(pub [u8; 32]);

impl Hash32 {
    /// The bytes, as `rules` takes them.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Hash32 {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<Hash32> for [u8; 32] {
    fn from(hash: Hash32) -> Self {
        hash.0
    }
}

impl fmt::Display for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a hash is written as 64 hex digits")]
pub struct NotAHash;

impl FromStr for Hash32 {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let bytes = HexBinary::from_hex(text).map_err(|_| NotAHash)?;
        bytes.to_array().map(Self).map_err(|_| NotAHash)
    }
}

impl Serialize for Hash32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

impl<'de> Deserialize<'de> for Hash32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Hash32 {
    fn schema_name() -> String {
        "Hash32".to_owned()
    }

    fn json_schema(generator: &mut schemars::r#gen::SchemaGenerator) -> schemars::schema::Schema {
        let mut schema = String::json_schema(generator).into_object();
        schema.string().pattern = Some("^[0-9a-f]{64}$".to_owned());
        schema.metadata().description = Some("32 bytes as 64 hex digits".to_owned());
        schema.into()
    }
}

/// A share in basis points: 10,000 is the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Bps(pub u16);

impl Bps {
    /// The whole: 100 %.
    pub const WHOLE: Self = Self(10_000);
}

impl fmt::Display for Bps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Bps {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// An account and its share of what a contribution earns.
#[cw_serde]
pub struct Payee {
    /// Bech32 address; checked at the door.
    pub account: String,
    /// Share of the payout; the shares of one contribution sum to 10,000.
    pub share: Bps,
}

/// A page of a listing: entries after `start_after`, at most `limit` (30 by default, 100 at most).
#[cw_serde]
#[derive(Default)]
pub struct Page {
    /// Exclusive lower bound, in the listing's own order.
    pub start_after: Option<cosmwasm_std::Uint64>,
    /// Entries wanted.
    pub limit: Option<u32>,
}

impl Page {
    /// Entries of a page when none are asked for.
    pub const DEFAULT_LIMIT: u32 = 30;
    /// The most entries of a page.
    pub const MAX_LIMIT: u32 = 100;

    /// The number of entries to return.
    pub fn take(&self) -> usize {
        let limit = self.limit.unwrap_or(Self::DEFAULT_LIMIT).min(Self::MAX_LIMIT);
        usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// The bound as a plain number.
    pub fn after(&self) -> Option<u64> {
        self.start_after.map(|after| after.u64())
    }
}
