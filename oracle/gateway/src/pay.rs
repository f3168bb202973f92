//! The payer's side: a purse that keeps count on disk, a check of every receipt, and a local proxy at which any client of OpenAI's API can point.

mod check;
mod courier;
mod proxy;
mod purse;
mod stream;

use async_trait::async_trait;
use cosmwasm_std::Uint128;
use k256::ecdsa::VerifyingKey;
use protocol::{ChannelId, ModelId, settlement::Channel};

pub use self::{
    check::{FalseReceipt, Sent, check},
    courier::{Courier, CourierError, Errand, Reply},
    proxy::{Running, serve},
    purse::{Budget, Day, Pocket, Purse, PurseError, Spent},
};
use crate::chain::Fault;

/// What a payer asks of a chain.
#[async_trait]
pub trait Wallet: Send + Sync + 'static {
    /// Opens a channel for a model with a deposit, and returns it once it is in a block.
    ///
    /// # Errors
    /// [`Fault`]
    async fn open(&self, model: ModelId, deposit: Uint128, voucher_key: &VerifyingKey) -> Result<Channel, Fault>;

    /// Adds to a channel's deposit.
    ///
    /// # Errors
    /// [`Fault`]
    async fn top_up(&self, channel: ChannelId, amount: Uint128) -> Result<(), Fault>;

    /// A channel.
    ///
    /// # Errors
    /// [`Fault`]
    async fn channel(&self, channel: ChannelId) -> Result<Channel, Fault>;

    /// Gives notice: what is not redeemed when it ends comes back.
    ///
    /// # Errors
    /// [`Fault`]
    async fn close(&self, channel: ChannelId) -> Result<(), Fault>;

    /// The epoch that it is.
    ///
    /// # Errors
    /// [`Fault`]
    async fn epoch(&self) -> Result<u64, Fault>;

    /// The bech32 address of a public key on this chain.
    ///
    /// # Errors
    /// If it is no key.
    fn address_of(&self, key: &VerifyingKey) -> Result<String, Fault>;
}
