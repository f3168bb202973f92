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
        // Of weights e^l: their sum, and first and second moments of l, all shifted by the largest l.
        let (mut total, mut first, mut second) = (0.0, 0.0, 0.0);
        for logit in logits {
            let shifted = f64::from(*logit) - most;
            let weight = shifted.exp();
            total += weight;
            if weight > 0.0 {
                first += weight * shifted;
                second += weight * shifted * shifted;
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

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
