//! The records of a purse.

use cosmwasm_std::{Binary, Uint128};
use protocol::{ChannelId, Epoch, Hash32, ModelId, settlement::SignedVoucher};
use serde::{Deserialize, Serialize};

use crate::{account::Reach, order::SealedOrder};

/// A channel as its payer keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pocket {
    /// The channel.
    pub channel: ChannelId,
    /// The model that it pays for.
    pub model: ModelId,
    /// What its key was made from, see [`crate::voucher::channel_key`]; none where it is the account's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Hash32>,
    /// Paid in, in uopen.
    pub deposit: Uint128,
    /// The calls whose receipts were found true.
    pub paid: Reach,
    /// Epoch of the last of them.
    pub epoch: Option<Epoch>,
    /// The last voucher, until the gateway has it.
    pub unsent: Option<SignedVoucher>,
    /// The order under way: it may have been served or not.
    pub pending: Option<Pending>,
    /// Why it is used no further, if it is not.
    pub retired: Option<String>,
}

/// An order under way, with all that is needed to send it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The order.
    pub order: SealedOrder,
    /// Where it is sent.
    pub path: String,
    /// What is sent.
    pub body: Binary,
    /// What its client called the call, to know it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Pocket {
    /// Whether this very request is under way.
    pub fn awaits(&self, path: &str, body: &[u8]) -> bool {
        self.pending.as_ref().is_some_and(|order| order.path == path && order.body.as_slice() == body)
    }

    /// What calls can still cost, in uopen.
    pub fn left(&self) -> Uint128 {
        self.deposit.saturating_sub(self.paid.sum)
    }
}

/// A channel that is about to be opened: on disk before the transaction is sent, so that a channel on chain is never without its purse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// What its key is made from: no other channel has the same, so that it is known again on chain.
    pub nonce: Hash32,
    /// The model that it is for.
    pub model: ModelId,
    /// What is paid in, in uopen.
    pub deposit: Uint128,
}

/// An answer that was paid, for a client that asks again because it never got it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The call, by channel and rank.
    pub call: (ChannelId, u64),
    /// `rules::order::request_digest` of what was asked.
    pub request: Hash32,
    /// What its client called the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// When, in seconds since 1970.
    pub at: u64,
    /// Whether all of it was handed to its client's connection: it may have been read or not.
    pub is_handed: bool,
    /// Whether it is a stream of events.
    pub is_stream: bool,
    /// What is told.
    pub body: Binary,
}
