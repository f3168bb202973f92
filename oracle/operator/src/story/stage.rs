//! Where the story is played: a chain, its contracts, its people, the folder of published objects.

use std::path::PathBuf;

use anyhow::{Context, Result};
use chain::{ChainClient, Timeline, TxOutcome};
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
use crate::{
    contracts::Contracts, inputs::Sources, keys::DatanetKeys, node::Engine, progress::Progress, published::Published,
};

/// Length of an epoch, in seconds.
pub const EPOCH_SECONDS: u64 = 7_200;
/// Length of the commit and the reveal window, in seconds.
pub const WINDOW_SECONDS: u64 = 1_200;
/// Blocks that every window lasts at least.
pub const MIN_BLOCKS: u64 = 5;
/// Time until an admitted operator takes part, in seconds.
pub const OPERATOR_DELAY_SECONDS: u64 = 600;
/// Notice of the recognition of a model, and time to appeal against a claim for proved debt, in seconds.
pub const NOTICE_SECONDS: u64 = 3_600;

/// Everything that an act needs.
pub struct Stage<'a> {
    /// The contracts.
    pub contracts: Contracts,
    /// The chain.
    pub client: &'a dyn ChainClient,
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
    /// Keys of private DataNets, which owners give to operators.
    pub keys: DatanetKeys,
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

    /// An engine that keeps derived data in a folder, with the keys of the story's private DataNet.
    pub fn engine(&self, cache: PathBuf) -> Engine {
        Engine { contracts: self.contracts.clone(), published: self.published.clone(), keys: self.keys.clone(), cache }
    }

    /// Where data is read.
    pub fn sources(&self) -> Sources<'_> {
        Sources { contracts: &self.contracts, published: &self.published, keys: &self.keys }
    }

    /// The chain's clock.
    pub async fn clock(&self) -> Result<Clock> {
        let config: Config = self.contracts.settlement(&QueryMsg::Config {}).await?;
        Ok(Clock { genesis: config.genesis.get(), epoch_length: config.epoch_length.get() })
    }

    /// The epoch of the next block.
    pub async fn current_epoch(&self) -> Result<Epoch> {
        let epoch: Option<Epoch> = self.contracts.settlement(&QueryMsg::CurrentEpoch {}).await?;
        epoch.context("the story begins after genesis")
    }

    /// Waits for a time and for the blocks that every window lasts.
    pub async fn wait(&self, seconds: u64) -> Result<()> {
        let now = self.client.status().await?.time;
        self.timeline.wait_until(now.saturating_add(seconds)).await?;
        Ok(self.timeline.wait_blocks(MIN_BLOCKS).await?)
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
