//! Channels with enough in them: opened, topped up, and found again on chain where the payer died before it knew them.

use std::sync::Arc;

use cosmwasm_std::Uint128;
use k256::ecdsa::SigningKey;
use protocol::{Hash32, ModelId, settlement::Channel};
use rand::RngCore as _;
use tokio::sync::Mutex;

use super::{Courier, CourierError, channels::Taken};
use crate::{
    account::Reach,
    chain::Fault,
    crash::crash_point,
    pay::{Pocket, purse::Opening},
    voucher,
};

/// Channels that may have been opened without the purse knowing them.
pub(super) struct Openings(Mutex<Vec<Opening>>);

impl Openings {
    pub fn new(left: Vec<Opening>) -> Self {
        Self(Mutex::new(left))
    }
}

impl Courier {
    /// A channel with enough in it.
    pub(super) async fn fund(
        self: &Arc<Self>,
        taken: &mut Taken,
        model: ModelId,
        ceiling: Uint128,
    ) -> Result<(), CourierError> {
        if taken.pocket.is_none() {
            self.find_openings().await?;
            taken.pocket = self.channels.take_found(model);
        }
        match taken.pocket.as_mut() {
            None => taken.pocket = Some(self.open(model, self.deposit.max(ceiling)).await?),
            Some(pocket) if pocket.left() < ceiling => self.top_up(pocket, ceiling).await?,
            Some(_) => {}
        }
        Ok(())
    }

    async fn open(&self, model: ModelId, deposit: Uint128) -> Result<Pocket, CourierError> {
        let mut nonce = [0; 32];
        rand::rng().fill_bytes(&mut nonce);
        let opening = Opening { nonce: Hash32(nonce), model, deposit };
        self.purse.intend(&opening)?;
        crash_point!("opening-kept");
        let channel = match self.wallet.open(model, deposit, self.key_of(Some(&opening.nonce)).verifying_key()).await {
            Ok(channel) => channel,
            Err(refused @ Fault::Refused(_)) => {
                self.purse.opened(&opening, None)?;
                return Err(refused.into());
            }
            Err(unknown) => {
                // It may be on chain all the same, or come there yet.
                self.openings.0.lock().await.push(opening);
                return Err(unknown.into());
            }
        };
        crash_point!("channel-opened");
        let pocket = pocket(&channel, &opening);
        self.purse.opened(&opening, Some(&pocket))?;
        Ok(pocket)
    }

    async fn top_up(&self, pocket: &mut Pocket, ceiling: Uint128) -> Result<(), CourierError> {
        // What was sent before this program died, or lost its node, is in it already.
        self.wallet.settle().await?;
        pocket.deposit = self.wallet.channel(pocket.channel).await?.deposit;
        if pocket.left() < ceiling {
            let amount = self.deposit.max(ceiling.saturating_sub(pocket.left()));
            self.wallet.top_up(pocket.channel, amount).await?;
            crash_point!("topped-up");
            pocket.deposit = self.wallet.channel(pocket.channel).await?.deposit;
        }
        Ok(self.purse.put(pocket)?)
    }

    /// Looks for channels that were about to be opened when the payer died, or when its node did not answer, and takes over those that there are.
    ///
    /// # Errors
    /// If the chain cannot be asked: then it is to be tried again.
    pub async fn find_openings(&self) -> Result<(), CourierError> {
        let mut left = self.openings.0.lock().await;
        if left.is_empty() {
            return Ok(());
        }
        // From now on nothing of them can come into a block.
        self.wallet.settle().await?;
        while let Some(opening) = left.last() {
            let key = self.key_of(Some(&opening.nonce));
            let found = self.wallet.opened(key.verifying_key()).await?;
            let usable = found.filter(|channel| !channel.closed && channel.close_at.is_none());
            let pocket = usable.map(|channel| pocket(&channel, opening));
            self.purse.opened(opening, pocket.as_ref())?;
            left.pop();
            if let Some(pocket) = pocket {
                tracing::info!(channel = %pocket.channel, "a channel was found that was opened and not written down");
                self.channels.put_found(pocket);
            }
        }
        Ok(())
    }

    /// The key of a channel.
    pub(super) fn key_of(&self, nonce: Option<&Hash32>) -> SigningKey {
        nonce.map_or_else(|| self.key.clone(), |nonce| voucher::channel_key(&self.key, nonce))
    }
}

/// A channel in which no call was made yet.
fn pocket(channel: &Channel, opening: &Opening) -> Pocket {
    Pocket {
        channel: channel.id,
        model: opening.model,
        nonce: Some(opening.nonce),
        deposit: channel.deposit,
        paid: Reach { number: 0, sum: channel.redeemed, head: channel.head },
        epoch: channel.last_epoch,
        unsent: None,
        pending: None,
        retired: None,
    }
}
