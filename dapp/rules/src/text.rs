//! How numbers, hashes and bytes are written in requests and answers.

use std::{fmt::Display, str::FromStr};

use rules::hash::Hash;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A number as a decimal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number<T>(pub T);

impl<T: Display> Serialize for Number<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Number<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|error| D::Error::custom(format!("the number \"{text}\": {error}")))
    }
}

/// 32 bytes as 64 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(pub Hash);

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut hash = Hash::default();
        hex::decode_to_slice(&text, &mut hash)
            .map_err(|error| D::Error::custom(format!("the hash \"{text}\": {error}")))?;
        Ok(Self(hash))
    }
}

/// The hashes of a list.
pub fn hashes(digests: &[Digest]) -> Vec<Hash> {
    digests.iter().map(|digest| digest.0).collect()
}

/// Bytes as hex digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(&text).map(Self).map_err(|error| D::Error::custom(format!("bytes: {error}")))
    }
}

/// A chain id and a contract's address, as a list of two.
#[derive(Clone, Debug, Deserialize)]
pub struct Place(pub String, pub String);

impl From<Place> for rules::hash::Domain {
    fn from(Place(chain_id, contract): Place) -> Self {
        Self { chain_id, contract }
    }
}
