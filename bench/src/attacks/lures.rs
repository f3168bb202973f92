//! Items made to look influential: after P. Wang and others, *Adversarial attacks on data attribution*, 2024, whose Outlier and Shadow attacks
//! are the models of these two.

use anyhow::{Context, Result};
use influence::dataset::{DIGITS_MAX_PIXEL, Examples, LabelledImage};
use influence::mlp::{Mlp, probabilities, served_labels};

use super::attack::{Attack, Attacker, Instead, Prepared};
use super::images::{moved, with_contrast, with_noise};
use super::training::seen;
use crate::pay::random::Random;

/// The most that a pixel may change, in grey values of sixteen.
const REACH: i16 = 4;
/// Changes that are tried on every image.
const TRIES: usize = 400;
/// Standard deviation of the noise of one variant, in grey values of sixteen.
const NOISE: f64 = 3.0;
/// Queries that the attacker expects.
const EXPECTED: usize = 300;

/// Own images, each changed until the model finds its label as unlikely as can be: such items move a model most when it is trained on them.
#[derive(Clone, Copy, Debug)]
pub struct Outliers;

impl Attack for Outliers {
    fn name(&self) -> String {
        "outliers".to_owned()
    }

    fn does(&self) -> &'static str {
        "changes pixels of its own images until the served model is most wrong about them"
    }

    fn instead(&self) -> Instead {
        Instead::Honest
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        Ok(Prepared::batch(outliers(attacker)?))
    }

    fn if_it_pays(&self) -> &'static str {
        "items near the border between labels teach the model more than typical ones: what is paid is their use"
    }
}

/// Of several variants of each own image, the one that a model of the attacker's own says has most influence on expected queries.
#[derive(Clone, Copy, Debug)]
pub struct Shadow;

impl Attack for Shadow {
    fn name(&self) -> String {
        "shadow model".to_owned()
    }

    fn does(&self) -> &'static str {
        "trains a model on all data and variants of its own images, and contributes of each image the variant with most influence"
    }

    fn instead(&self) -> Instead {
        Instead::Honest
    }

    fn prepare(&self, attacker: &mut Attacker<'_>) -> Result<Prepared> {
        let own = attacker.ground.own.clone();
        let variants = variants(attacker)?;
        let influence = looks(attacker, &variants)?;
        let best = |image: usize| {
            let candidates = (0..variants.len()).filter(|variant| variant % own.len() == image);
            candidates.max_by(|left, right| influence[*left].total_cmp(&influence[*right]))
        };
        let picked = (0..own.len()).map(|image| Ok(variants[best(image).context("an image has variants")?].clone()));
        Ok(Prepared::batch(picked.collect::<Result<_>>()?))
    }

    fn if_it_pays(&self) -> &'static str {
        "a variant that really has more influence, and is useful, is paid for it; guessing which needs the data of all others"
    }
}

/// Black-box search: one pixel of every image at a time, kept where the label becomes less likely.
fn outliers(attacker: &mut Attacker<'_>) -> Result<Vec<LabelledImage>> {
    let served = attacker.served()?;
    let mut random = attacker.ground.attackers_random();
    let own = &attacker.ground.own;
    let mut best = own.clone();
    let mut likely = likelihoods(served.members(), &best)?;
    for _ in 0..TRIES {
        let tried: Vec<LabelledImage> =
            best.iter().zip(own).map(|(image, original)| changed(image, original, &mut random)).collect();
        for (image, now) in likelihoods(served.members(), &tried)?.into_iter().enumerate() {
            if now < likely[image] {
                (likely[image], best[image]) = (now, tried[image].clone());
            }
        }
    }
    Ok(best)
}

/// One pixel drawn anew, within reach of the original's.
fn changed(image: &LabelledImage, original: &LabelledImage, random: &mut Random) -> LabelledImage {
    let mut changed = image.clone();
    let pixel = random.below(changed.pixels.len());
    let step = random.below(2 * REACH.unsigned_abs() as usize + 1) as i16 - REACH;
    changed.pixels[pixel] = (i16::from(original.pixels[pixel]) + step).clamp(0, i16::from(DIGITS_MAX_PIXEL)) as u8;
    changed
}

/// The probability of each image's own label.
fn likelihoods(members: &[Mlp], images: &[LabelledImage]) -> Result<Vec<f64>> {
    let probabilities = probabilities(members, &Examples::from_images(images)?)?;
    let labels = probabilities.len() / images.len();
    Ok(images.iter().enumerate().map(|(row, image)| probabilities[row * labels + usize::from(image.label)]).collect())
}

/// All own images as they are, then all of every other kind of variant, in the same order.
fn variants(attacker: &mut Attacker<'_>) -> Result<Vec<LabelledImage>> {
    let mut random = attacker.ground.attackers_random();
    let own = attacker.ground.own.clone();
    let mut variants = own.clone();
    variants.extend(own.iter().map(with_contrast));
    variants.extend(own.iter().map(|image| moved(image, &mut random)));
    variants.extend(own.iter().map(|image| with_noise(image, NOISE, &mut random)));
    variants.extend(outliers(attacker)?);
    Ok(variants)
}

/// What a model trained on all of them says of the influence of every variant on expected queries, each query's divided by its total.
fn looks(attacker: &mut Attacker<'_>, variants: &[LabelledImage]) -> Result<Vec<f64>> {
    let care = attacker.plan.care;
    let trained_on = |image: &LabelledImage| seen(image, care);
    let mut items: Vec<LabelledImage> = attacker.ground.honest.iter().flatten().flat_map(trained_on).collect();
    let first = items.len();
    let own: Vec<LabelledImage> = variants.iter().flat_map(trained_on).collect();
    let times = own.len() / variants.len();
    items.extend(own);
    let items = Examples::from_images(&items)?;
    let shadow = attacker.models.of(&items)?;
    let images: Vec<&LabelledImage> =
        attacker.ground.later.iter().chain(&attacker.ground.rest).take(EXPECTED).collect();
    let asked = Examples::from_images(images)?;
    let mut queries = Examples::new(asked.width());
    for (row, label) in served_labels(shadow.members(), &asked)?.into_iter().enumerate() {
        queries.push(asked.row(row), label)?;
    }
    let influence = shadow.influence(&queries)?;
    let mut sums = vec![0.0; variants.len()];
    for query in 0..influence.queries() {
        let row = influence.row(query);
        let total: f64 = row.iter().map(|value| value.abs()).sum();
        let own = row[first..].chunks_exact(times);
        sums.iter_mut().zip(own).for_each(|(sum, values)| *sum += values.iter().sum::<f64>() / total);
    }
    Ok(sums)
}
