//! One test per file of `vectors/`: the crate reproduces every case that `make.py` wrote.

use std::path::Path;
use std::str::FromStr;

use rules::hash::{Domain, Hash};
use serde::Deserialize;
use serde::de::DeserializeOwned;

mod advance;
mod agreement;
mod clock;
mod contributions;
mod dividends;
mod duplicates;
mod entries;
mod items;
mod medians;
mod money;
mod orders;
mod payments;
mod prompts;
mod rounds;
mod royalties;
mod standings;
mod trees;

#[derive(Deserialize)]
struct File<T> {
    cases: Vec<T>,
}

/// The cases of one file; a file without any is a failure, not a success.
fn cases<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name);
    let text = std::fs::read_to_string(&path).expect("vectors/make.py wrote the file");
    let file: File<T> = serde_json::from_str(&text).expect("the file holds cases of this shape");
    assert!(!file.cases.is_empty(), "{name} has no cases");
    file.cases
}

/// A decimal string, as JSON carries integers that may exceed 32 bits.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(try_from = "String")]
struct Number<T: FromStr>(T);

impl<T: FromStr> TryFrom<String> for Number<T> {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("{text} is no number"))
    }
}

/// Bytes in hex.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(try_from = "String")]
struct Hex(Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        hex::decode(text).map(Self)
    }
}

/// A digest in hex.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(try_from = "String")]
struct Digest(Hash);

impl TryFrom<String> for Digest {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut hash = Hash::default();
        hex::decode_to_slice(text, &mut hash).map(|()| Self(hash))
    }
}

/// `[chain id, contract]`.
#[derive(Clone, Debug, Deserialize)]
struct Place(String, String);

impl Place {
    fn domain(&self) -> Domain {
        Domain { chain_id: self.0.clone(), contract: self.1.clone() }
    }
}

fn hashes(digests: &[Digest]) -> Vec<Hash> {
    digests.iter().map(|digest| digest.0).collect()
}

#[derive(Deserialize)]
struct DigestCase {
    tag: String,
    parts: Vec<Hex>,
    digest: Digest,
}

#[test]
fn digests_follow_the_vectors() {
    for case in cases::<DigestCase>("digests.json") {
        let parts: Vec<&[u8]> = case.parts.iter().map(|part| part.0.as_slice()).collect();
        assert_eq!(rules::hash::digest(&case.tag, &parts), case.digest.0);
    }
}
