//! What the chain did, kept so that it can be searched: the embedded counterpart of a node's transaction index.

use cosmwasm_std::{Coin, Event};
use protocol::Hash32;
use serde::{Deserialize, Serialize};

/// A message to a contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxMessage {
    /// The contract.
    pub contract: String,
    /// The message as JSON.
    pub msg: String,
    /// Native coins that came with it.
    pub funds: Vec<Coin>,
}

/// An executed transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxRecord {
    /// Its block.
    pub height: u64,
    /// Its block's time, in seconds.
    pub time: u64,
    /// Its hash.
    pub hash: Hash32,
    /// Who signed it.
    pub sender: String,
    /// Its messages.
    pub messages: Vec<TxMessage>,
    /// Events of all its messages and of the messages that these led to, in order.
    pub events: Vec<Event>,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TxOutcome {
    /// Its block.
    pub height: u64,
    /// Its block's time, in seconds.
    pub time: u64,
    /// Its hash.
    pub hash: Hash32,
    /// Events, as in [`TxRecord::events`].
    pub events: Vec<Event>,
}

impl From<&TxRecord> for TxOutcome {
    fn from(record: &TxRecord) -> Self {
        Self { height: record.height, time: record.time, hash: record.hash, events: record.events.clone() }
    }
}

impl TxOutcome {
    /// The first value of an attribute of an event, named with or without the `wasm-` prefix.
    pub fn attribute(&self, event_type: &str, key: &str) -> Option<&str> {
        let found = self.events.iter().filter(|event| is_type(event, event_type));
        found
            .flat_map(|event| &event.attributes)
            .find(|attribute| attribute.key == key)
            .map(|attribute| attribute.value.as_str())
    }
}

/// Which transactions are wanted: those with one event that has the type and all attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TxFilter {
    /// Type of the event, with or without the `wasm-` prefix.
    pub event_type: String,
    /// Attributes that the event has.
    pub attributes: Vec<(String, String)>,
    /// The first block.
    pub min_height: u64,
}

impl TxFilter {
    /// Transactions with an event of a type.
    pub fn event(event_type: impl Into<String>) -> Self {
        Self { event_type: event_type.into(), ..Self::default() }
    }

    /// Only with this attribute.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.attributes.push((key.into(), value.to_string()));
        self
    }

    /// Only from this contract: anyone may emit an event of any name.
    #[must_use]
    pub fn from_contract(self, contract: impl ToString) -> Self {
        self.with("_contract_address", contract)
    }

    /// Only from this block on.
    #[must_use]
    pub fn since(mut self, height: u64) -> Self {
        self.min_height = height;
        self
    }

    /// Whether the transaction is wanted.
    pub fn matches(&self, record: &TxRecord) -> bool {
        record.height >= self.min_height && record.events.iter().any(|event| self.matches_event(event))
    }

    /// Whether this event makes a transaction wanted.
    pub fn matches_event(&self, event: &Event) -> bool {
        is_type(event, &self.event_type)
            && self.attributes.iter().all(|(key, value)| {
                event.attributes.iter().any(|attribute| attribute.key == *key && attribute.value == *value)
            })
    }
}

fn is_type(event: &Event, wanted: &str) -> bool {
    event.ty == wanted || event.ty.strip_prefix("wasm-") == Some(wanted)
}

/// `digest("embedded-tx/v1", JSON of chain id, height, time, sender, messages)`.
pub(crate) fn hash(
    chain_id: &str,
    height: u64,
    time: u64,
    sender: &str,
    messages: &[TxMessage],
) -> serde_json::Result<Hash32> {
    let canonical = serde_json::to_vec(&(chain_id, height, time, sender, messages))?;
    Ok(Hash32(rules::hash::digest("embedded-tx/v1", &[&canonical])))
}
