//! Tokens from logits.
//!
//! Logits go through these steps, in this order: the penalties and the bias; then, unless the temperature is 0, the temperature, the `top_k`
//! likeliest, of these the fewest whose probabilities reach `top_p`, of these the ones of at least `min_p` of the likeliest's probability; and a
//! draw among what is left, by probability.
//!
//! # Determinism
//! A token is a function of the logits, the parameters and how many tokens the sampler drew before. Equally likely tokens are ordered by
//! number.
//!
//! # Source
//! Holtzman et al. 2020, *The Curious Case of Neural Text Degeneration*, section 3.1, for `top_p`; Keskar et al. 2019, *CTRL*, equation for
//! penalised sampling, for the repetition penalty, with negative logits multiplied as in Hugging Face's; OpenAI's API reference for presence,
//! frequency and bias.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use compute::random::{Random, Stream};

use super::DecodeError;
use crate::values::Real;

/// How tokens are chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Logits are divided by it, in `0..=2`; 0 takes the likeliest.
    pub temperature: f64,
    /// In `(0, 1]`; 1 leaves nothing out.
    pub top_p: f64,
    /// 0 leaves nothing out.
    pub top_k: usize,
    /// In `[0, 1)`; 0 leaves nothing out.
    pub min_p: f64,
    /// Taken from the logit of a token that was said, in `−2..=2`.
    pub presence_penalty: f64,
    /// Taken from the logit of a token as often as it was said, in `−2..=2`.
    pub frequency_penalty: f64,
    /// A positive logit of a token of prompt or answer is divided by it, a negative one multiplied; in `(0, 10]`, 1 does nothing.
    pub repetition_penalty: f64,
    /// Added to tokens' logits, each in `−100..=100`.
    pub logit_bias: BTreeMap<u32, f64>,
    /// Of the draws.
    pub seed: u64,
}

impl Default for Sampling {
    /// By the model's own probabilities.
    fn default() -> Self {
        Self {
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            min_p: 0.0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            repetition_penalty: 1.0,
            logit_bias: BTreeMap::new(),
            seed: 0,
        }
    }
}

/// A parameter outside its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{parameter} is {found}, but it must be {allowed}")]
pub struct SamplingError {
    /// Its name.
    pub parameter: &'static str,
    /// What it is.
    pub found: String,
    /// What it may be.
    pub allowed: String,
}

impl Sampling {
    /// The likeliest token at every step.
    pub fn greedy() -> Self {
        Self { temperature: 0.0, ..Self::default() }
    }

    /// Checks all ranges.
    ///
    /// # Errors
    /// Names the parameter.
    pub fn check(&self, vocabulary: usize) -> Result<(), SamplingError> {
        within("temperature", self.temperature, (0.0..=2.0).contains(&self.temperature), "between 0 and 2")?;
        within("top_p", self.top_p, self.top_p > 0.0 && self.top_p <= 1.0, "above 0 and at most 1")?;
        within("min_p", self.min_p, (0.0..1.0).contains(&self.min_p), "at least 0 and below 1")?;
        for (name, penalty) in
            [("presence_penalty", self.presence_penalty), ("frequency_penalty", self.frequency_penalty)]
        {
            within(name, penalty, (-2.0..=2.0).contains(&penalty), "between -2 and 2")?;
        }
        let repetition = self.repetition_penalty;
        within("repetition_penalty", repetition, repetition > 0.0 && repetition <= 10.0, "above 0 and at most 10")?;
        for (token, bias) in &self.logit_bias {
            within("logit_bias", bias, (-100.0..=100.0).contains(bias), "between -100 and 100")?;
            let allowed = format!("for a token below {vocabulary}");
            within("logit_bias", format!("for token {token}"), (*token as usize) < vocabulary, &allowed)?;
        }
        Ok(())
    }

    fn looks_back(&self) -> bool {
        self.presence_penalty != 0.0 || self.frequency_penalty != 0.0 || self.repetition_penalty != 1.0
    }
}

fn within(parameter: &'static str, found: impl ToString, fits: bool, allowed: &str) -> Result<(), SamplingError> {
    let error = || SamplingError { parameter, found: found.to_string(), allowed: allowed.to_owned() };
    if fits { Ok(()) } else { Err(error()) }
}

/// Draws the tokens of one answer.
pub struct Sampler {
    sampling: Sampling,
    random: Random,
    /// How often each token of prompt and answer was said in the answer; empty where no penalty asks for it.
    said: HashMap<u32, u32>,
    adjusted: Vec<f32>,
    candidates: Vec<Candidate>,
}

/// A token and its probability relative to the likeliest's.
#[derive(Clone, Copy)]
struct Candidate {
    token: u32,
    weight: f32,
}

impl Sampler {
    /// The sampler of an answer to a prompt by a model of so many tokens.
    ///
    /// # Errors
    /// Names the parameter outside its range.
    pub fn new(sampling: Sampling, prompt: &[u32], vocabulary: usize) -> Result<Self, SamplingError> {
        sampling.check(vocabulary)?;
        let said =
            if sampling.looks_back() { prompt.iter().map(|token| (*token, 0)).collect() } else { HashMap::new() };
        // Tokens are labels drawn from a model's own predictions.
        let random = Random::new(sampling.seed, Stream::Labels);
        Ok(Self { sampling, random, said, adjusted: Vec::new(), candidates: Vec::new() })
    }

    /// The next token, which counts as said from now on.
    ///
    /// # Errors
    /// [`DecodeError::NotNumbers`] if the logits are none.
    pub fn pick(&mut self, logits: &[f32]) -> Result<u32, DecodeError> {
        let mut adjusted = std::mem::take(&mut self.adjusted);
        adjusted.clear();
        adjusted.extend_from_slice(logits);
        self.adjust(&mut adjusted);
        let token = if self.sampling.temperature == 0.0 { likeliest(&adjusted) } else { self.drawn(&adjusted) };
        self.adjusted = adjusted;
        let token = token.ok_or(DecodeError::NotNumbers)?;
        if self.sampling.looks_back() {
            *self.said.entry(token).or_default() += 1;
        }
        Ok(token)
    }

    fn adjust(&self, logits: &mut [f32]) {
        let Sampling { presence_penalty, frequency_penalty, repetition_penalty, .. } = self.sampling;
        for (token, times) in &self.said {
            let Some(logit) = logits.get_mut(*token as usize) else { continue };
            let number = f64::from(*logit);
            let repeated = if number > 0.0 { number / repetition_penalty } else { number * repetition_penalty };
            let present = if *times > 0 { presence_penalty } else { 0.0 };
            *logit = (repeated - present - frequency_penalty * f64::from(*times)) as f32;
        }
        for (token, bias) in &self.sampling.logit_bias {
            logits[*token as usize] += *bias as f32;
        }
    }

    fn drawn(&mut self, logits: &[f32]) -> Option<u32> {
        let highest = logits[likeliest(logits)? as usize];
        // 24 bits of a unit, and 24 after them.
        let unit = f64::from(self.random.unit()) + f64::from(self.random.unit()) / f64::from(1 << 24);
        let inverse = (1.0 / self.sampling.temperature).min(f64::from(f32::MAX)) as f32;
        let weight = |logit: &f32| Real::exp((*logit - highest) * inverse);
        self.candidates.clear();
        let numbered = (0..).zip(logits.iter().map(weight));
        self.candidates.extend(numbered.map(|(token, weight)| Candidate { token, weight }));
        self.leave_out();
        let total = total(&self.candidates);
        if !total.is_finite() {
            return None;
        }
        let mut sum = 0.0;
        let found = self.candidates.iter().find(|candidate| {
            sum += f64::from(candidate.weight);
            sum > unit * total
        });
        // The sum may end below the total by its last bits.
        found.or(self.candidates.last()).map(|candidate| candidate.token)
    }

    fn leave_out(&mut self) {
        let Sampling { top_k, top_p, min_p, .. } = self.sampling;
        let candidates = &mut self.candidates;
        if top_k > 0 && top_k < candidates.len() {
            candidates.select_nth_unstable_by(top_k - 1, by_weight);
            candidates.truncate(top_k);
        }
        if top_p < 1.0 {
            let total = total(candidates);
            // All candidates below this have less than 1 − top_p together, so that none of them is needed, and none need be sorted.
            let least = total * (1.0 - top_p) / candidates.len() as f64;
            candidates.retain(|candidate| f64::from(candidate.weight) >= least);
            candidates.sort_unstable_by(by_weight);
            let mut sum = 0.0;
            let reached = candidates.iter().position(|candidate| {
                sum += f64::from(candidate.weight);
                sum >= top_p * total
            });
            candidates.truncate(reached.map_or(candidates.len(), |last| last + 1));
        }
        if min_p > 0.0 {
            candidates.retain(|candidate| f64::from(candidate.weight) >= min_p);
        }
    }
}

fn by_weight(left: &Candidate, right: &Candidate) -> Ordering {
    right.weight.total_cmp(&left.weight).then(left.token.cmp(&right.token))
}

fn total(candidates: &[Candidate]) -> f64 {
    candidates.iter().map(|candidate| f64::from(candidate.weight)).sum()
}

/// The lowest of the likeliest tokens; none if no logit is a finite number.
pub fn likeliest(logits: &[f32]) -> Option<u32> {
    let mut best = None;
    let mut highest = f32::NEG_INFINITY;
    for (token, logit) in (0..).zip(logits) {
        if *logit > highest {
            (best, highest) = (Some(token), *logit);
        }
    }
    best.filter(|_| highest.is_finite())
}

/// What the model thought of a token, before temperature, penalties, bias and anything left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Likelihood {
    /// Natural logarithm of the token's probability.
    pub log_probability: f32,
    /// The likeliest tokens with theirs, the likeliest first.
    pub likeliest: Vec<(u32, f32)>,
}

impl Likelihood {
    /// That of `token`, and of the `count` likeliest.
    pub fn of(logits: &[f32], token: u32, count: usize) -> Self {
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits.iter().map(|logit| f64::from(Real::exp(*logit - highest))).sum();
        let scale = f64::from(highest) + sum.ln();
        let log = |logit: f32| (f64::from(logit) - scale) as f32;
        let mut order: Vec<(u32, f32)> = (0..).zip(logits.iter().copied()).collect();
        let by_logit = |left: &(u32, f32), right: &(u32, f32)| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0));
        if count < order.len() {
            order.select_nth_unstable_by(count, by_logit);
            order.truncate(count);
        }
        order.sort_unstable_by(by_logit);
        let likeliest = order.into_iter().map(|(token, logit)| (token, log(logit))).collect();
        Self { log_probability: log(logits[token as usize]), likeliest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 6] = [1.0, -0.5, 2.0, 0.25, -3.0, 1.5];

    fn sampler(sampling: Sampling, prompt: &[u32]) -> Sampler {
        Sampler::new(sampling, prompt, LOGITS.len()).expect("within its ranges")
    }

    fn probabilities(logits: &[f64]) -> Vec<f64> {
        let powers: Vec<f64> = logits.iter().map(|logit| logit.exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }

    /// Draws many tokens and holds how often each came against what it should, by the sum of squares that Pearson's test is made of.
    fn assert_drawn(sampling: Sampling, expected: &[f64]) {
        const DRAWS: usize = 20_000;
        /// Pearson's statistic of five degrees of freedom is above this once in ten thousand.
        const BOUND: f64 = 25.7;
        let mut sampler = sampler(sampling, &[]);
        let mut counts = [0.0; LOGITS.len()];
        for _ in 0..DRAWS {
            counts[sampler.pick(&LOGITS).expect("numbers") as usize] += 1.0;
        }
        let mut statistic = 0.0;
        for (token, (count, expected)) in counts.iter().zip(expected).enumerate() {
            let expected = expected * DRAWS as f64;
            if expected == 0.0 {
                assert_eq!(*count, 0.0, "token {token} was left out");
            } else {
                statistic += (count - expected) * (count - expected) / expected;
            }
        }
        assert!(statistic < BOUND, "{counts:?} beside {expected:?}: {statistic}");
    }

    fn of_logits(logits: [f64; 6]) -> Vec<f64> {
        probabilities(&logits)
    }

    const NO: f64 = f64::NEG_INFINITY;

    #[test]
    fn tokens_come_as_often_as_their_probabilities_say() {
        assert_drawn(Sampling::default(), &of_logits([1.0, -0.5, 2.0, 0.25, -3.0, 1.5]));
        let cold = Sampling { temperature: 0.5, seed: 1, ..Sampling::default() };
        assert_drawn(cold, &of_logits([2.0, -1.0, 4.0, 0.5, -6.0, 3.0]));
    }

    #[test]
    fn what_is_left_out_never_comes_and_the_rest_share_alike() {
        let top_k = Sampling { top_k: 3, seed: 2, ..Sampling::default() };
        assert_drawn(top_k, &of_logits([1.0, NO, 2.0, NO, NO, 1.5]));
        // Probabilities of tokens 2, 5, 0, 3: 0.447, 0.271, 0.164, 0.078; the first two have 0.718 and the first three 0.882.
        let top_p = |top_p, seed| Sampling { top_p, seed, ..Sampling::default() };
        assert_drawn(top_p(0.7, 3), &of_logits([NO, NO, 2.0, NO, NO, 1.5]));
        assert_drawn(top_p(0.72, 4), &of_logits([1.0, NO, 2.0, NO, NO, 1.5]));
        assert_drawn(top_p(1e-9, 5), &of_logits([NO, NO, 2.0, NO, NO, NO]));
        // Of three tokens, the first two have 0.718 / 0.882 = 0.814.
        let both = Sampling { top_k: 3, top_p: 0.81, seed: 6, ..Sampling::default() };
        assert_drawn(both, &of_logits([NO, NO, 2.0, NO, NO, 1.5]));
        // e^(1 − 2) = 0.368 of the likeliest, e^(0.25 − 2) = 0.174.
        let min_p = Sampling { min_p: 0.2, seed: 7, ..Sampling::default() };
        assert_drawn(min_p, &of_logits([1.0, NO, 2.0, NO, NO, 1.5]));
    }

    #[test]
    fn penalties_and_bias_are_those_computed_by_hand() {
        let sampling = Sampling {
            temperature: 0.0,
            presence_penalty: 0.5,
            frequency_penalty: 0.25,
            repetition_penalty: 2.0,
            logit_bias: BTreeMap::from([(3, 4.0)]),
            ..Sampling::default()
        };
        let mut sampler = sampler(sampling, &[1, 2]);
        let adjusted = |sampler: &Sampler| {
            let mut logits = LOGITS;
            sampler.adjust(&mut logits);
            logits
        };
        // Of the prompt: −0.5 · 2 and 2 / 2. Biased: 0.25 + 4.
        assert_eq!(adjusted(&sampler), [1.0, -1.0, 1.0, 4.25, -3.0, 1.5]);
        assert_eq!(sampler.pick(&LOGITS).expect("numbers"), 3);
        // Said once: 0.25 / 2 − 0.5 − 0.25 + 4.
        assert_eq!(adjusted(&sampler), [1.0, -1.0, 1.0, 3.375, -3.0, 1.5]);
        assert_eq!(sampler.pick(&LOGITS).expect("numbers"), 3);
        // Said twice: 0.25 / 2 − 0.5 − 2 · 0.25 + 4.
        assert_eq!(adjusted(&sampler), [1.0, -1.0, 1.0, 3.125, -3.0, 1.5]);
    }

    #[test]
    fn a_seed_gives_its_tokens_again_and_another_others() {
        let drawn = |seed| {
            let mut sampler = sampler(Sampling { seed, ..Sampling::default() }, &[]);
            (0..40).map(|_| sampler.pick(&LOGITS).expect("numbers")).collect::<Vec<_>>()
        };
        assert_eq!(drawn(5), drawn(5));
        assert_ne!(drawn(5), drawn(6));
    }

    #[test]
    fn the_lowest_of_the_likeliest_is_taken_at_temperature_0_and_just_above() {
        let logits = [0.0, 3.0, 3.0, -1.0, 0.0, 0.0];
        assert_eq!(sampler(Sampling::greedy(), &[]).pick(&logits).expect("numbers"), 1);
        let almost = Sampling { temperature: 1e-300, ..Sampling::default() };
        assert_eq!(sampler(almost, &[]).pick(&LOGITS).expect("numbers"), 2);
    }

    #[test]
    fn logits_that_are_no_numbers_are_an_error() {
        for bad in [f32::NAN, f32::INFINITY] {
            for sampling in [Sampling::default(), Sampling::greedy()] {
                let picked = sampler(sampling, &[]).pick(&[bad; 6]);
                assert!(matches!(picked, Err(DecodeError::NotNumbers)));
            }
            let mut logits = LOGITS;
            logits[4] = bad;
            let picked = sampler(Sampling::default(), &[]).pick(&logits);
            assert!(matches!(picked, Err(DecodeError::NotNumbers)), "{bad} among numbers");
        }
    }

    #[test]
    fn parameters_outside_their_ranges_are_named() {
        let default = Sampling::default;
        let cases = [
            ("temperature", Sampling { temperature: 2.1, ..default() }),
            ("temperature", Sampling { temperature: f64::NAN, ..default() }),
            ("top_p", Sampling { top_p: 0.0, ..default() }),
            ("min_p", Sampling { min_p: 1.0, ..default() }),
            ("presence_penalty", Sampling { presence_penalty: -2.5, ..default() }),
            ("frequency_penalty", Sampling { frequency_penalty: 3.0, ..default() }),
            ("repetition_penalty", Sampling { repetition_penalty: 0.0, ..default() }),
            ("logit_bias", Sampling { logit_bias: BTreeMap::from([(1, 101.0)]), ..default() }),
            ("logit_bias", Sampling { logit_bias: BTreeMap::from([(6, 1.0)]), ..default() }),
        ];
        for (parameter, sampling) in cases {
            assert_eq!(sampling.check(6).expect_err("outside").parameter, parameter);
        }
        let error = Sampling { top_p: 1.5, ..default() }.check(6).expect_err("outside");
        assert_eq!(error.to_string(), "top_p is 1.5, but it must be above 0 and at most 1");
    }

    #[test]
    fn likelihoods_are_the_models_own() {
        let expected = of_logits([1.0, -0.5, 2.0, 0.25, -3.0, 1.5]);
        let likelihood = Likelihood::of(&LOGITS, 4, 2);
        assert!((f64::from(likelihood.log_probability) - expected[4].ln()).abs() < 1e-6);
        assert_eq!(likelihood.likeliest.iter().map(|(token, _)| *token).collect::<Vec<_>>(), [2, 5]);
        for (token, log) in likelihood.likeliest {
            assert!((f64::from(log) - expected[token as usize].ln()).abs() < 1e-6);
        }
        assert_eq!(Likelihood::of(&LOGITS, 0, 9).likeliest.len(), 6);
        assert!(Likelihood::of(&LOGITS, 0, 0).likeliest.is_empty());
    }
}
