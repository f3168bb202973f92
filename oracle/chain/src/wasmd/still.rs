//! The chain as a block left it: all answers are of that block, whatever the chain does meanwhile.

use async_trait::async_trait;
use cosmrs::tendermint::block::Height;

use super::{WasmdClient, node};
use crate::{ChainClient, ChainError, Execute, Signer, Status, TxFilter, TxOutcome, TxRecord, error::Result};

/// A view of a node's chain as one block left it. The node must keep that block's state.
#[derive(Clone, Debug)]
pub struct WasmdStill {
    client: WasmdClient,
    height: Height,
    /// As the client's, at that block.
    status: Status,
}

impl WasmdClient {
    /// The chain as it stands now.
    ///
    /// # Errors
    /// If the node cannot be reached.
    pub async fn still(&self) -> Result<WasmdStill> {
        let status = self.status().await?;
        let latest = status.height.saturating_sub(1);
        let height = node::of(latest)?;
        Ok(WasmdStill { client: self.clone(), height, status })
    }
}

#[async_trait]
impl ChainClient for WasmdStill {
    async fn status(&self) -> Result<Status> {
        Ok(self.status.clone())
    }

    async fn query_raw(&self, contract: &str, msg: &[u8]) -> Result<Vec<u8>> {
        self.client.smart(contract, msg, Some(self.height)).await
    }

    async fn execute(&self, _: &Signer, _: Vec<Execute>) -> Result<TxOutcome> {
        Err(ChainError::StandsStill)
    }

    async fn txs(&self, filter: &TxFilter) -> Result<Vec<TxRecord>> {
        let mut all = self.client.txs(filter).await?;
        all.retain(|record| record.height < self.status.height);
        Ok(all)
    }

    async fn block(&self, height: u64) -> Result<Vec<TxRecord>> {
        if height >= self.status.height {
            return Err(ChainError::NoBlock { height, latest: self.status.height.saturating_sub(1) });
        }
        self.client.block(height).await
    }
}
