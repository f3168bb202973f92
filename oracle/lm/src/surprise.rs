//! Whether a text can have been said by a model: its surprisal against what the model's own samples have.
//!
//! Of tokens drawn from a model, `Σ (s_i − H_i)` is a martingale with variance `Σ V_i`, where `s_i` is the surprisal `−ln p_i` of the token
//! drawn, and `H_i` and `V_i` are mean and variance of the surprisal under the distribution that it was drawn from (`H_i` is its entropy). A lower
//! temperature, and leaving out unlikely tokens, only make it smaller. So a text of which it is far above is none of the model's, whoever signed for it.
//!
//! # Units
//! Nats.
//!
//! # Source
//! Cover and Thomas 2006, *Elements of Information Theory*, section 3.1, for the sum; Azuma 1967 for bounded martingales, of which the allowance for few
//! tokens takes the place where a single token is rare.

use crate::vector::vectorised;

/// Standard deviations that a text's surprisal may be above what is expected.
const DEVIATIONS: f64 = 4.0;

/// What a rule allows beyond the deviations, in nats: few tokens are far from normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allowance(f64);

impl Allowance {
    /// For whoever judges what others said.
    pub const JUDGE: Self = Self(8.0);
    /// For whoever speaks and will be judged, perhaps by other hardware and with tokens cut otherwise.
    pub const SPEAKER: Self = Self(6.0);
}

/// The surprisal of the tokens so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Surprise {
    excess: f64,
    variance: f64,
}

impl Surprise {
    /// One more token.
    ///
    /// # Shapes
    /// `logits` `[vocabulary]`: of the place that the token stands at, as the model gives them, before any temperature or penalty. A token outside
    /// the vocabulary, or logits that are not numbers, surprise beyond all measure.
    pub fn add(&mut self, logits: &[f32], token: u32) {
        let most = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        let [total, first, second] = vectorised(|| moments(logits, most));
        let mean = first / total;
        // s = ln Σ − l, so that what is left of its mean in s − H is the mean of l.
        let drawn = logits.get(token as usize).map_or(f64::NEG_INFINITY, |logit| f64::from(*logit) - most);
        self.excess += mean - drawn;
        self.variance += (second / total - mean * mean).max(0.0);
    }

    /// Whether the tokens so far can be the model's own words.
    pub fn is_plausible(&self, Allowance(allowance): Allowance) -> bool {
        // Not a number is above everything.
        self.excess <= DEVIATIONS * self.variance.sqrt() + allowance
    }

    /// `Σ (s_i − H_i)`.
    pub fn excess(&self) -> f64 {
        self.excess
    }

    /// `Σ V_i`.
    pub fn variance(&self) -> f64 {
        self.variance
    }
}

/// Partial sums of each moment.
const LANES: usize = 8;

/// Of weights `e^(l − most)` of logits `l`: their sum, and the first and second moments of `l − most`.
#[inline(always)]
fn moments(logits: &[f32], most: f64) -> [f64; 3] {
    let mut sums = [[0.0; LANES]; 3];
    let (whole, rest) = logits.as_chunks::<LANES>();
    let mut last = [f32::NEG_INFINITY; LANES];
    last[..rest.len()].copy_from_slice(rest);
    for logits in whole.iter().chain([&last]) {
        for lane in 0..LANES {
            // What is further away weighs nothing in 64 bits. What is no number stays none.
            let shifted = f64::from(logits[lane]) - most;
            let shifted = if shifted < FURTHEST { FURTHEST } else { shifted };
            let weight = exp(shifted);
            sums[0][lane] += weight;
            sums[1][lane] += weight * shifted;
            sums[2][lane] += weight * shifted * shifted;
        }
    }
    sums.map(|lanes| lanes.iter().sum())
}

/// What weighs `e^−700`, about 10^−304.
const FURTHEST: f64 = -700.0;

/// `eˣ` for `−700 ≤ x ≤ 0` without branches or calls, so that compilers make vector code of loops over it; relative error below 10⁻¹⁵.
///
/// # Source
/// `x = k ln 2 + r`, and the Taylor series of `eʳ` for `|r| ≤ ln 2 / 2`, to the term of order 13.
#[inline(always)]
fn exp(x: f64) -> f64 {
    /// `ln 2` in two parts, the first with few digits, so that its multiples are exact.
    const LN2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    /// Adding and taking away `1.5 · 2⁵²` rounds to a whole number.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const TERMS: usize = 13;
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = (x - whole * LN2[0]) - whole * LN2[1];
    let mut sum = 1.0;
    let mut order = TERMS;
    while order > 0 {
        sum = 1.0 + sum * rest * INVERSE[order];
        order -= 1;
    }
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(1_023);
    sum * f64::from_bits(exponent << 52)
}

/// `1 / n`
const INVERSE: [f64; 14] = {
    let mut inverse = [0.0; 14];
    let mut order = 1;
    while order < 14 {
        inverse[order] = 1.0 / order as f64;
        order += 1;
    }
    inverse
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_powers_are_exact_to_the_last_digits() {
        for step in 0..700_000 {
            let x = -f64::from(step) / 1_000.0;
            let error = (exp(x) / x.exp() - 1.0).abs();
            assert!(error < 1e-15, "exp({x}) is off by {error}");
        }
    }

    #[test]
    fn one_token_adds_what_its_definition_says() {
        // p = 1/2, 1/4, 1/4: H = 3/2 ln 2, V = ln² 2 / 4.
        let logits = [2.0_f32.ln(), 0.0, 0.0];
        let two = 2.0_f64.ln();
        for (token, excess) in [(0, -0.5 * two), (1, 0.5 * two), (2, 0.5 * two)] {
            let mut surprise = Surprise::default();
            surprise.add(&logits, token);
            assert!((surprise.excess() - excess).abs() < 1e-7, "{surprise:?}");
            assert!((surprise.variance() - two * two / 4.0).abs() < 1e-7, "{surprise:?}");
        }
    }

    #[test]
    fn what_is_drawn_is_plausible_and_what_is_far_from_it_is_not() {
        // A loaded coin, p = 0.9: of many draws a tenth are the rare side. Somebody who always says the rare side is found out.
        let logits = [9.0_f32.ln(), 0.0];
        let said = |rare: usize, all: usize| {
            let mut surprise = Surprise::default();
            (0..all).for_each(|index| surprise.add(&logits, u32::from(index < rare)));
            surprise.is_plausible(Allowance::JUDGE)
        };
        assert!(said(0, 100) && said(10, 100) && said(20, 100));
        assert!(!said(40, 100) && !said(100, 100));
        assert!(said(1, 1), "one rare token is no proof");
    }

    #[test]
    fn a_token_that_cannot_be_is_never_plausible() {
        for (logits, token) in [(vec![0.0, 0.0], 2), (vec![0.0, f32::NEG_INFINITY], 1), (vec![f32::NAN, 0.0], 0)] {
            let mut surprise = Surprise::default();
            surprise.add(&logits, token);
            assert!(!surprise.is_plausible(Allowance::JUDGE), "{logits:?}");
        }
    }

    #[test]
    fn who_speaks_is_stricter_than_who_judges() {
        let mut surprise = Surprise::default();
        // e^7 : 1, so that the rare side has a surprisal of about 7 nats.
        surprise.add(&[7.0, 0.0], 1);
        assert!(surprise.is_plausible(Allowance::JUDGE) && !surprise.is_plausible(Allowance::SPEAKER), "{surprise:?}");
    }
}
