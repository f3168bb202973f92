//! The data of one seed: what honest contributors give, what an attacker has, and the images that queries and validation are drawn from.

use anyhow::{Result, ensure};
use influence::dataset::{Examples, LabelledImage};

use super::cast::{SIZE, honest};
use crate::pay::random::{Random, Stream};
use crate::pay::scene::{Asked, Fresh, PRICES, draw};

/// All images of a seed.
pub struct Ground {
    /// The seed.
    pub seed: u64,
    /// What honest contributors give, by position.
    pub honest: Vec<Vec<LabelledImage>>,
    /// What the attacker has, as many images as a control.
    pub own: Vec<LabelledImage>,
    /// As many more, which the attacker comes by later.
    pub later: Vec<LabelledImage>,
    /// What nobody trains on.
    pub rest: Vec<LabelledImage>,
}

impl Ground {
    /// Deals out `images` under a seed.
    ///
    /// # Errors
    /// If there are too few.
    pub fn new(mut images: Vec<LabelledImage>, seed: u64) -> Result<Self> {
        let sizes = honest();
        let needed = sizes.iter().sum::<usize>() + 2 * SIZE;
        ensure!(images.len() > needed, "{} images are too few: the contributors need {needed}", images.len());
        Random::new(seed, Stream::Items).shuffle(&mut images);
        let mut images = images.into_iter();
        let mut batch = |size: usize| images.by_ref().take(size).collect::<Vec<_>>();
        let honest = sizes.into_iter().map(&mut batch).collect();
        let (own, later) = (batch(SIZE), batch(SIZE));
        Ok(Self { seed, honest, own, later, rest: images.collect() })
    }

    /// What honest payers ask and curators approve, epoch after epoch: the same in every world of a seed.
    pub fn draws(&self) -> Draws<'_> {
        let stream = |stream| Random::new(self.seed, stream);
        Draws { rest: &self.rest, queries: stream(Stream::Queries), validation: stream(Stream::Validation) }
    }

    /// Images with true labels that trials of newcomers are held beside: other draws than those that anybody is paid by.
    ///
    /// # Errors
    /// If images are not all of one size.
    pub fn trial_images(&self, count: usize) -> Result<Examples> {
        let stream = |stream| Random::new(self.seed, stream);
        let mut draws =
            Draws { rest: &self.rest, queries: stream(Stream::Queries), validation: stream(Stream::Stratified) };
        Ok(draws.fresh(count)?.examples)
    }

    /// The attacker's own random numbers.
    pub fn attackers_random(&self) -> Random {
        Random::new(self.seed, Stream::Attack)
    }
}

/// Queries and validation images, drawn as in [`crate::pay`], none inverted.
pub struct Draws<'a> {
    rest: &'a [LabelledImage],
    queries: Random,
    validation: Random,
}

impl Draws<'_> {
    /// The next paid queries of honest payers.
    ///
    /// # Errors
    /// If images are not all of one size.
    pub fn asked(&mut self, count: usize) -> Result<Asked> {
        let mut asked = Asked { examples: Examples::new(self.rest[0].pixels.len()), fees: Vec::with_capacity(count) };
        for _ in 0..count {
            draw(self.rest, false, &mut self.queries, &mut asked.examples)?;
            asked.fees.push(PRICES[self.queries.below(PRICES.len())]);
        }
        Ok(asked)
    }

    /// The next validation images, of one stratum.
    ///
    /// # Errors
    /// If images are not all of one size.
    pub fn fresh(&mut self, count: usize) -> Result<Fresh> {
        let mut examples = Examples::new(self.rest[0].pixels.len());
        for _ in 0..count {
            draw(self.rest, false, &mut self.validation, &mut examples)?;
        }
        Ok(Fresh { examples, strata: vec![0; count] })
    }
}
