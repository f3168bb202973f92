//! Epochs and windows.
//!
//! # Units
//! Times and lengths in seconds, heights in blocks.
//!
//! # Source
//! DESIGN section 3, "Time", and section 4, "Earn".

/// `epoch = (block time − genesis) / epoch length`. Epoch `e` is the half-open interval from
/// [`Clock::start_of`] to [`Clock::end_of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Start of epoch 0, in seconds.
    pub genesis: u64,
    /// Length of every epoch, in seconds.
    pub epoch_length: u64,
}

impl Clock {
    /// The epoch of `time`. `None` before genesis, or if epochs have no length.
    pub fn epoch_at(&self, time: u64) -> Option<u64> {
        time.checked_sub(self.genesis)?.checked_div(self.epoch_length)
    }

    /// The first second of `epoch`. `None` beyond 64 bits.
    pub fn start_of(&self, epoch: u64) -> Option<u64> {
        epoch.checked_mul(self.epoch_length)?.checked_add(self.genesis)
    }

    /// The first second after `epoch`. `None` beyond 64 bits.
    pub fn end_of(&self, epoch: u64) -> Option<u64> {
        self.start_of(epoch)?.checked_add(self.epoch_length)
    }

    /// From this second on no voucher of `epoch` is redeemed any more:
    /// `end_of(epoch) + floor(length / 2)`. `None` beyond 64 bits.
    pub fn redemption_end(&self, epoch: u64) -> Option<u64> {
        self.end_of(epoch)?.checked_add(self.epoch_length / 2)
    }

    /// The shortest notice with which a payer may close a channel: `ceil(1.5 · length)`, saturating.
    pub fn min_notice(&self) -> u64 {
        self.epoch_length.saturating_add(self.epoch_length.div_ceil(2))
    }
}

/// A time to act that a halted chain does not consume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The second from which on it may be over.
    pub ends_at: u64,
    /// The height at which it began.
    pub began_height: u64,
    /// Blocks that must have passed since.
    pub min_blocks: u64,
}

impl Window {
    /// `time ≥ ends_at` and `height ≥ began_height + min_blocks` (saturating). Act while not ended,
    /// advance once ended.
    pub fn ended(&self, time: u64, height: u64) -> bool {
        time >= self.ends_at && height >= self.began_height.saturating_add(self.min_blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_half_open() {
        let clock = Clock { genesis: 1_000, epoch_length: 101 };
        assert_eq!(clock.epoch_at(999), None);
        assert_eq!(clock.epoch_at(1_000), Some(0));
        assert_eq!(clock.epoch_at(1_100), Some(0));
        assert_eq!(clock.epoch_at(1_101), Some(1));
        assert_eq!(clock.end_of(0), clock.start_of(1));
        assert_eq!(clock.redemption_end(0), Some(1_151));
        assert_eq!(clock.min_notice(), 152);
    }

    #[test]
    fn an_epoch_without_length_or_beyond_64_bits_does_not_exist() {
        let still = Clock { genesis: 0, epoch_length: 0 };
        assert_eq!(still.epoch_at(5), None);
        let long = Clock { genesis: 1, epoch_length: u64::MAX };
        assert_eq!(long.start_of(1), None);
        assert_eq!(long.min_notice(), u64::MAX);
    }

    #[test]
    fn a_halted_chain_does_not_end_a_window() {
        let window = Window { ends_at: 50, began_height: 10, min_blocks: 5 };
        assert!(!window.ended(1_000, 14));
        assert!(!window.ended(49, 15));
        assert!(window.ended(50, 15));
    }
}
