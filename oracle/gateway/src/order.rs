//! Orders as they travel: what is asked stands in the request itself, everything else here.

use cosmwasm_std::Uint128;
use protocol::{ChannelId, Hash32};
use rules::order::Order;
use serde::{Deserialize, Serialize};

/// An order with the payer's seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealedOrder {
    /// The channel.
    pub channel: ChannelId,
    /// Rank of the call in it, from 1.
    pub number: u64,
    /// What the channel owed before, in uopen.
    pub cumulative: Uint128,
    /// Its receipts head before.
    pub head: Hash32,
    /// `rules::order::request_digest` of what is asked.
    pub request: Hash32,
    /// Salt of the prompt's hash.
    pub salt: Hash32,
    /// The version of the price sheet.
    pub price_sheet: u32,
    /// The price on it.
    pub price: String,
    /// The most that the call may cost, in uopen.
    pub ceiling: Uint128,
    /// The payer's seal of `rules::order::Order::digest`.
    pub seal: Hash32,
}

impl SealedOrder {
    /// What is sealed.
    pub fn order(&self) -> Order<'_> {
        Order {
            channel: self.channel.get(),
            number: self.number,
            cumulative: self.cumulative.u128(),
            head: self.head.0,
            request: self.request.0,
            salt: self.salt.0,
            price_sheet: self.price_sheet,
            price: &self.price,
            ceiling: self.ceiling.u128(),
        }
    }
}
