//! The payer's side: a purse that keeps count on disk, a check of every receipt, and a local proxy at which any client of OpenAI's API can point.

mod check;
mod courier;
mod proxy;
mod purse;
mod shelf;
mod stream;

use async_trait::async_trait;
use cosmwasm_std::Uint128;
use k256::ecdsa::VerifyingKey;
use protocol::{ChannelId, Hash32, ModelId, settlement::Channel};

pub use self::{
    check::{FalseReceipt, Sent, check},
    courier::{Bits, Courier, CourierError, Errand, Handing, Hint, Reply},
    proxy::{Running, serve},
    purse::{Answered, Budget, Day, Kept, Opening, Pending, Pocket, Purse, PurseError, Spent},
};
use crate::chain::Fault;

/// A version as the chain has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Hash of its manifest.
    pub manifest: Hash32,
    /// When, in seconds since 1970.
    pub at: u64,
}

/// What a payer asks of a chain.
#[async_trait]
pub trait Wallet: Send + Sync + 'static {
    /// Opens a channel for a model with a deposit, and returns it once it is in a block.
    ///
    /// # Errors
    /// [`Fault`]
    async fn open(&self, model: ModelId, deposit: Uint128, voucher_key: &VerifyingKey) -> Result<Channel, Fault>;

    /// Returns once nothing that was sent before can still come into a block.
    ///
    /// # Errors
    /// [`Fault`]: then it is not known.
    async fn settle(&self) -> Result<(), Fault>;

    /// The channel that this account opened with a key; none if there is none in a block.
    ///
    /// # Errors
    /// [`Fault`]
    async fn opened(&self, voucher_key: &VerifyingKey) -> Result<Option<Channel>, Fault>;

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

    /// A version of a model, as the chain has it.
    ///
    /// # Errors
    /// [`Fault`]
    async fn version(&self, model: ModelId, version: u32) -> Result<Registered, Fault>;

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
