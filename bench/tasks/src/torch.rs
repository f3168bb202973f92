//! torch's random permutations on a CPU, so that a split made with torch can be made here.

const WORDS: usize = 624;
const SHIFT: usize = 397;

/// torch's CPU generator: the Mersenne Twister MT19937 of 32 bits, seeded as by Matsumoto and Nishimura's `init_genrand`.
pub struct Generator {
    words: [u32; WORDS],
    next: usize,
}

impl Generator {
    /// `torch.Generator().manual_seed(seed)`, of which torch uses the lower 32 bits.
    pub fn new(seed: u32) -> Self {
        let mut words = [seed; WORDS];
        for index in 1..WORDS {
            let before = words[index - 1];
            words[index] = 1_812_433_253u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(index as u32);
        }
        Self { words, next: WORDS }
    }

    /// The next 32 bits.
    pub fn word(&mut self) -> u32 {
        if self.next == WORDS {
            self.twist();
        }
        let mut word = self.words[self.next];
        self.next += 1;
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c_5680;
        word ^= (word << 15) & 0xefc6_0000;
        word ^ (word >> 18)
    }

    fn twist(&mut self) {
        for index in 0..WORDS {
            let joined = (self.words[index] & 0x8000_0000) | (self.words[(index + 1) % WORDS] & 0x7fff_ffff);
            let odd = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.words[index] = self.words[(index + SHIFT) % WORDS] ^ (joined >> 1) ^ odd;
        }
        self.next = 0;
    }

    /// `torch.randperm(count, generator=self)` for counts below 2^32 / 20, which torch draws by remainders.
    pub fn permutation(&mut self, count: u32) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count).collect();
        for place in 0..count.saturating_sub(1) {
            let other = place + self.word() % (count - place);
            order.swap(place as usize, other as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_reference() {
        // numpy.random.RandomState(0).randint(0, 2**32, 4, dtype=numpy.uint32), numpy 2.
        let mut generator = Generator::new(0);
        let words: Vec<u32> = (0..4).map(|_| generator.word()).collect();
        assert_eq!(words, [2_357_136_044, 2_546_248_239, 3_071_714_933, 3_626_093_760]);
    }

    #[test]
    fn a_permutation_is_torchs() {
        // torch.manual_seed(0); torch.randperm(10), torch 2.15.0.
        assert_eq!(Generator::new(0).permutation(10), [4, 1, 7, 5, 3, 9, 0, 8, 6, 2]);
        assert_eq!(Generator::new(0).permutation(0), [0; 0]);
    }
}
