//! Times of blocks, and waiting for them.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use super::{WasmdClient, node::Latest};
use crate::{ChainError, error::Result};

/// Times that are kept: a few hours of blocks of one second.
const KEPT: usize = 10_000;

/// Times of blocks that were asked for, in seconds.
#[derive(Debug, Default)]
pub(crate) struct BlockTimes(Mutex<BTreeMap<u64, u64>>);

impl BlockTimes {
    fn get(&self, height: u64) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&height).copied()
    }

    pub(crate) fn keep(&self, height: u64, time: u64) {
        let mut times = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        times.insert(height, time);
        if times.len() > KEPT {
            times.pop_first();
        }
    }
}

impl WasmdClient {
    /// Time of a block, in seconds.
    pub(crate) async fn block_time(&self, height: u64) -> Result<u64> {
        if let Some(time) = self.shared.times.get(height) {
            return Ok(time);
        }
        let time = self.node().time(height).await?;
        self.shared.times.keep(height, time);
        Ok(time)
    }

    /// Looks at the latest block until it is as wanted. A node that cannot be reached is as good as one that stands still.
    pub(crate) async fn poll(&self, wanted: impl Fn(&Latest) -> bool) -> Result<()> {
        let (mut height, mut moved) = (0, Instant::now());
        loop {
            match self.node().status().await {
                Ok(latest) if wanted(&latest) => return Ok(()),
                Ok(latest) if latest.height != height => (height, moved) = (latest.height, Instant::now()),
                Ok(_) if moved.elapsed() > self.options().halted_after => {
                    return Err(ChainError::Halted { height, seconds: moved.elapsed().as_secs() });
                }
                Err(error) if !error.is_transport() || moved.elapsed() > self.options().halted_after => {
                    return Err(error.into());
                }
                Ok(_) | Err(_) => {}
            }
            tokio::time::sleep(self.options().poll_interval).await;
        }
    }
}
