//! Reproducible chance.

use rand::{Rng as _, RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Amounts at which integers, shares and the supply end.
const EDGES: [u128; 17] = [
    0,
    1,
    2,
    999,
    1_000,
    10_000,
    10_001,
    u16::MAX as u128,
    i32::MAX as u128,
    u32::MAX as u128,
    i64::MAX as u128,
    u64::MAX as u128,
    u64::MAX as u128 + 1,
    1_000_000_000_000_000_000,
    i128::MAX as u128,
    u128::MAX - 1,
    u128::MAX,
];

/// Draws of a seed, the same on every machine.
#[derive(Clone, Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The draws of a seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number below a bound; 0 below 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.0.random_range(0..bound) }
    }

    /// Whether something happens that happens once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of several, if there are any.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.below(from.len() as u64)).ok()?;
        from.get(index)
    }

    /// One of several by weight.
    pub fn weighted<'a, T>(&mut self, from: &'a [(u64, T)]) -> Option<&'a T> {
        let mut drawn = self.below(from.iter().map(|(weight, _)| weight).sum());
        from.iter().find_map(|(weight, one)| match drawn.checked_sub(*weight) {
            None => Some(one),
            Some(left) => {
                drawn = left;
                None
            }
        })
    }

    /// An amount at the end of some range.
    pub fn edge(&mut self) -> u128 {
        self.pick(&EDGES).copied().unwrap_or_default()
    }

    /// An amount that somebody may well mean: of any size up to 2^bits.
    pub fn amount(&mut self, bits: u32) -> u128 {
        let size = self.below(u64::from(bits.min(63)).saturating_add(1));
        u128::from(self.below(1 << size).saturating_add(1))
    }

    /// 32 bytes.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
