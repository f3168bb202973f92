//! Random numbers that are the same on every machine and for every version of `rand`: ChaCha20 words, turned into
//! floats, indices and orders by rules of our own.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream of random numbers is for. Streams of one seed are independent of one another.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    /// Initial weights.
    Weights = 1,
    /// The order of the training items in every epoch.
    Order = 2,
    /// Random subsets of the training items.
    Subsets = 3,
    /// Splits of seeds into halves.
    Splits = 4,
    /// Labels drawn from a model's own predictions.
    Labels = 5,
    /// Random projections.
    Projections = 6,
    /// Items that stand for all.
    Samples = 7,
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

    /// The generator of one part of what a stream is for, independent of that of any other part.
    pub fn of_part(seed: u64, stream: Stream, part: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&part.to_le_bytes());
        // No generator of `new` has this key: what it derives from a seed has no such ending.
        key[31] = 1;
        let mut generator = ChaCha20Rng::from_seed(key);
        generator.set_stream(stream as u64);
        Self(generator)
    }

    /// Uniform in `[0, 1)` with 24 bits, exact in `f32`.
    pub fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1u32 << 24) as f32
    }

    /// Standard normal, by Box and Müller's transform of two words of 53 bits.
    pub fn normal(&mut self) -> f64 {
        let mut unit = || (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let (radius, turn) = (1.0 - unit(), unit());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
    }

    /// Uniform in `0..bound` (`bound` > 0), without bias: words beyond the last full multiple of `bound` are drawn again.
    pub fn below(&mut self, bound: u32) -> u32 {
        let limit = u32::MAX - u32::MAX % bound;
        loop {
            let word = self.0.next_u32();
            if word < limit {
                return word % bound;
            }
        }
    }

    /// Shuffles in place (Fisher–Yates, from the end).
    pub fn shuffle(&mut self, order: &mut [u32]) {
        for last in (1..order.len()).rev() {
            let other = self.below(last as u32 + 1) as usize;
            order.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_stream_always_give_the_same_numbers() {
        let draw = |seed, stream| {
            let mut random = Random::new(seed, stream);
            (0..8).map(|_| random.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7, Stream::Order), draw(7, Stream::Order));
        assert_ne!(draw(7, Stream::Order), draw(7, Stream::Weights));
        assert_ne!(draw(7, Stream::Order), draw(8, Stream::Order));
    }

    #[test]
    fn a_shuffle_keeps_every_element_once() {
        let mut order: Vec<u32> = (0..101).collect();
        Random::new(3, Stream::Order).shuffle(&mut order);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..101).collect::<Vec<_>>());
        assert_ne!(order, sorted);
    }

    #[test]
    fn unit_draws_fill_the_half_open_interval_evenly() {
        let mut random = Random::new(5, Stream::Weights);
        let draws: Vec<f32> = (0..10_000).map(|_| random.unit()).collect();
        assert!(draws.iter().all(|draw| (0.0..1.0).contains(draw)));
        let mean = draws.iter().sum::<f32>() / draws.len() as f32;
        assert!((mean - 0.5).abs() < 0.01, "mean {mean}");
    }
}
