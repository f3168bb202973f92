//! Time, which passes when a test says so.

use crate::{ChainError, EmbeddedChain};

impl EmbeddedChain {
    /// Lets time pass with as many blocks as fit, at least one.
    pub fn pass_time(&mut self, seconds: u64) {
        let blocks = seconds.checked_div(self.seconds_per_block).unwrap_or(1).max(1);
        self.advance(seconds, blocks);
    }

    /// Lets blocks pass in their usual time.
    pub fn pass_blocks(&mut self, blocks: u64) {
        self.advance(blocks.saturating_mul(self.seconds_per_block), blocks);
    }

    /// Goes to a time, with as many blocks as fit, at least one; stays if it is that time already.
    ///
    /// # Errors
    /// If the time is past.
    pub fn set_time(&mut self, seconds: u64) -> Result<(), ChainError> {
        match seconds.checked_sub(self.time()) {
            None => Err(ChainError::Past { now: self.time(), wanted: seconds }),
            Some(0) => Ok(()),
            Some(wait) => {
                self.pass_time(wait);
                Ok(())
            }
        }
    }

    /// The chain halts: time passes with one block only.
    pub fn halt(&mut self, seconds: u64) {
        self.advance(seconds, 1);
    }

    /// Time and blocks pass, in no usual relation: for the edges of windows.
    pub fn advance(&mut self, seconds: u64, blocks: u64) {
        self.app.update_block(|block| {
            block.height = block.height.saturating_add(blocks);
            block.time = block.time.plus_seconds(seconds);
        });
    }
}
