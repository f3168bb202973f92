//! Random numbers that are the same on every machine: ChaCha20 words, turned into numbers by additions and multiplications alone.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream of random numbers is for. Streams of one seed are independent of one another.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// Which image is whose, labels and noise of the training items.
    Items = 1,
    /// What is asked, and at what price.
    Queries = 2,
    /// Validation images where there is one stratum.
    Validation = 3,
    /// Validation images where there are two.
    Stratified = 4,
    /// What an attacker draws.
    Attack = 5,
}

/// A generator with one purpose.
pub struct Random(ChaCha20Rng);

impl Random {
    /// The generator of `stream` under `seed`.
    pub fn new(seed: u64, stream: Stream) -> Self {
        let mut generator = ChaCha20Rng::seed_from_u64(seed);
        generator.set_stream(stream as u64);
        Self(generator)
    }

    /// Uniform in `0..bound` (`bound` > 0), up to a bias of `bound / 2^64`.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// True with this probability.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Mean 0, variance 1: twelve uniform numbers, added up, less 6; normal up to its tails, which end at 6.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Shuffles in place (Fisher–Yates, from the end).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// Uniform in `[0, 1)` with 53 bits.
    fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_draws_have_mean_zero_and_variance_one() {
        let mut random = Random::new(3, Stream::Items);
        let draws: Vec<f64> = (0..20_000).map(|_| random.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|draw| draw * draw).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
    }

    #[test]
    fn streams_of_one_seed_differ_and_repeat() {
        let draw = |stream| (0..4).map(|_| 0).scan(Random::new(7, stream), |random, _| Some(random.below(1_000_000)));
        assert!(draw(Stream::Queries).eq(draw(Stream::Queries)));
        assert!(!draw(Stream::Queries).eq(draw(Stream::Validation)));
    }
}
