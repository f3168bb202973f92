//! What a gateway asks of a chain and of the store of published objects. Whoever runs it gives it both.

use async_trait::async_trait;
use protocol::{
    ChannelId, Epoch,
    settlement::{Channel, SignedVoucher},
};

use crate::segment::Segment;

/// Why the chain, or the store, did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// It was reached and said no: asking the same again is of no use.
    #[error("refused: {0}")]
    Refused(String),
    /// It was not reached, or did not answer in time: to be tried again.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// Where the chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The epoch that calls are booked to.
    pub epoch: Epoch,
    /// The first one that can still be redeemed.
    pub redeemable: Epoch,
}

/// What a gateway asks of the outside.
#[async_trait]
pub trait Chain: Send + Sync + 'static {
    /// Where the chain stands; none before the first epoch.
    ///
    /// # Errors
    /// [`Fault`]
    async fn now(&self) -> Result<Option<Now>, Fault>;

    /// A channel; none if there is no such one.
    ///
    /// # Errors
    /// [`Fault`]
    async fn channel(&self, channel: ChannelId) -> Result<Option<Channel>, Fault>;

    /// Redeems vouchers in one transaction: all or none.
    ///
    /// # Errors
    /// [`Fault`]
    async fn redeem(&self, vouchers: Vec<SignedVoucher>) -> Result<(), Fault>;

    /// Shows receipts to those who measure, and to nobody else. To show them again does nothing.
    ///
    /// # Errors
    /// [`Fault`]
    async fn publish(&self, segment: &Segment) -> Result<(), Fault>;
}
