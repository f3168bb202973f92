//! Where the story is played: a chain, its contracts, its people, the folder of published objects.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use chain::TxOutcome;
use cosmwasm_std::Event;
use protocol::{Epoch, attribution::Round, event::MalformedEvent, settlement::QueryMsg};

use super::{
    cast::Cast,
    ground::Chain,
    plan::{Plan, Size},
};
use crate::{
    contracts::Contracts, inputs::Sources, keys::DatanetKeys, node::Engine, progress::Progress, published::Published,
};

/// How fast the story is played: times in seconds. Ledgers do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Length of an epoch.
    pub epoch: u64,
    /// Length of the commit and of the reveal window.
    pub window: u64,
    /// Blocks that every window lasts at least.
    pub min_blocks: u64,
    /// Time until an admitted operator takes part.
    pub operator_delay: u64,
    /// Notice of the recognition of a model, and time to appeal against a claim for proved debt.
    pub notice: u64,
    /// Time between the operators' turns at what is anybody's.
    pub stagger: u64,
}

impl Pace {
    /// Where time passes because someone waits for it.
    pub const EMBEDDED: Self =
        Self { epoch: 7_200, window: 1_200, min_blocks: 5, operator_delay: 600, notice: 3_600, stagger: 60 };
    /// Where everybody has to wait, and operators measure while time passes.
    pub const REAL_TIME: Self =
        Self { epoch: 60, window: 18, min_blocks: 3, operator_delay: 2, notice: 10, stagger: 2 };
}

/// Everything that an act needs.
pub struct Stage<'a> {
    /// The contracts.
    pub contracts: Contracts,
    /// The chain and its time.
    pub chain: Arc<dyn Chain>,
    /// The people.
    pub cast: &'a Cast,
    /// What the seed decided.
    pub plan: &'a Plan,
    /// What is played.
    pub size: Size,
    /// How fast.
    pub pace: Pace,
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
        Engine::new(self.contracts.clone(), self.published.clone(), self.keys.clone(), cache)
    }

    /// Where data is read.
    pub fn sources(&self) -> Sources<'_> {
        Sources { contracts: &self.contracts, published: &self.published, keys: &self.keys }
    }

    /// The epoch of the next block.
    pub async fn current_epoch(&self) -> Result<Epoch> {
        let epoch: Option<Epoch> = self.contracts.settlement(&QueryMsg::CurrentEpoch {}).await?;
        epoch.context("the story begins after genesis")
    }

    /// Waits for a time and for the blocks that every window lasts.
    pub async fn wait(&self, seconds: u64) -> Result<()> {
        let now = self.chain.status().await?.time;
        self.chain.wait_until(now.saturating_add(seconds)).await?;
        Ok(self.chain.wait_blocks(self.pace.min_blocks).await?)
    }

    /// Waits until an epoch has begun.
    pub async fn wait_for_epoch(&self, epoch: Epoch) -> Result<()> {
        let start = self.contracts.clock().await?.start_of(epoch.get()).context("the epoch's start is in range")?;
        Ok(self.chain.wait_until(start).await?)
    }

    /// Waits until a range that a round did not settle can be opened again: from the epoch after that round's opening on.
    pub async fn wait_to_reopen(&self, failed: Option<&Round>) -> Result<()> {
        let opened = failed.context("a round failed")?.opened_at.get();
        let epoch = self.contracts.clock().await?.epoch_at(opened).context("rounds open after genesis")?;
        self.wait_for_epoch(Epoch(epoch.saturating_add(1))).await
    }

    /// Waits until an epoch's redemption period is over, blocks included.
    pub async fn wait_for_redemption_end(&self, epoch: Epoch) -> Result<()> {
        let end = self.contracts.clock().await?.redemption_end(epoch.get()).context("the epoch's end is in range")?;
        self.chain.wait_until(end).await?;
        Ok(self.chain.wait_blocks(self.pace.min_blocks).await?)
    }
}
