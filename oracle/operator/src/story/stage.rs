//! Where the story is played: a chain, its contracts, its people, the folder of published objects.

use std::path::PathBuf;

use anyhow::{Context, Result};
use chain::{Timeline, TxOutcome};
use cosmwasm_std::Event;
use protocol::{
    Epoch,
    event::MalformedEvent,
    settlement::{Config, QueryMsg},
};
use rules::clock::Clock;

use super::{
    cast::Cast,
    plan::{Plan, Size},
};
use crate::{contracts::Contracts, progress::Progress, published::Published};

/// Length of an epoch, in seconds.
pub const EPOCH_SECONDS: u64 = 7_200;
/// Length of the commit and the reveal window, in seconds.
pub const WINDOW_SECONDS: u64 = 1_200;
/// Blocks that every window lasts at least.
pub const MIN_BLOCKS: u64 = 5;

/// Everything that an act needs.
pub struct Stage<'a> {
    /// The contracts.
    pub contracts: Contracts,
    /// How time passes.
    pub timeline: &'a dyn Timeline,
    /// The people.
    pub cast: &'a Cast,
    /// What the seed decided.
    pub plan: &'a Plan,
    /// What is played.
    pub size: Size,
    /// Published objects.
    pub published: Published,
    /// The story's folder: operators' states, caches.
    pub folder: PathBuf,
    /// What is shown while it runs.
    pub progress: &'a Progress,
}

impl Stage<'_> {
    /// The value that a typed event of an outcome carries.
    pub fn event<E, T>(
        &self,
        outcome: &TxOutcome,
        parse: impl Fn(&Event) -> Option<Result<E, MalformedEvent>>,
        pick: impl Fn(E) -> Option<T>,
    ) -> Result<T> {
        for event in &outcome.events {
            if let Some(parsed) = parse(event)
                && let Some(value) = pick(parsed?)
            {
                return Ok(value);
            }
        }
        anyhow::bail!("transaction {} lacks the event that the message promises", outcome.hash)
    }

    /// The chain's clock.
    pub async fn clock(&self) -> Result<Clock> {
        let config: Config = self.contracts.settlement(&QueryMsg::Config {}).await?;
        Ok(Clock { genesis: config.genesis.get(), epoch_length: config.epoch_length.get() })
    }

    /// Waits until an epoch has begun.
    pub async fn wait_for_epoch(&self, epoch: Epoch) -> Result<()> {
        let start = self.clock().await?.start_of(epoch.get()).context("the epoch's start is in range")?;
        Ok(self.timeline.wait_until(start).await?)
    }

    /// Waits until an epoch's redemption period is over, blocks included.
    pub async fn wait_for_redemption_end(&self, epoch: Epoch) -> Result<()> {
        let end = self.clock().await?.redemption_end(epoch.get()).context("the epoch's end is in range")?;
        self.timeline.wait_until(end).await?;
        Ok(self.timeline.wait_blocks(MIN_BLOCKS).await?)
    }
}
