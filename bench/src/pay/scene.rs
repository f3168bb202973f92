//! The data of one seed: training items of every contributor, and the images that nobody trained on, from which queries and validation
//! images are drawn.

use anyhow::{Result, ensure};
use influence::dataset::{DIGITS_LABELS, DIGITS_MAX_PIXEL, DIGITS_SIDE, Examples, LabelledImage};
use influence::report::Ownership;

use super::Strata;
use super::cast::{Contributor, Kind, contributors};
use super::random::{Random, Stream};

/// Part of the queries that are inverted images; of the validation images too, where there is one stratum.
const INVERTED: f64 = 0.02;
/// Part of the validation images that are inverted where there are two strata: 150 of 1,000.
const INVERTED_PER_MILLE: usize = 150;
/// How often an image is shifted.
const SHIFTED: f64 = 0.3;
/// Standard deviation of what is added to every feature.
const NOISE: f64 = 0.05;
/// Prices of a call, in uopen, equally likely.
pub(crate) const PRICES: [u128; 2] = [1_000_000, 3_000_000];

/// Training items and the rest of the images.
pub struct Scene {
    /// What the model is trained on.
    pub items: Examples,
    /// Whose each item is.
    pub ownership: Ownership,
    rest: Vec<LabelledImage>,
    queries: Random,
    validation: Random,
    strata: Strata,
}

/// Queries of an epoch.
pub struct Asked {
    /// What was asked, with true labels, which no payer tells.
    pub examples: Examples,
    /// The fee of each, in uopen.
    pub fees: Vec<u128>,
}

/// Fresh validation images of an epoch.
pub struct Fresh {
    /// The images, with true labels.
    pub examples: Examples,
    /// The stratum of each.
    pub strata: Vec<u16>,
}

impl Scene {
    /// Deals out `images` under a seed. The queries of a seed are the same whatever the strata.
    ///
    /// # Errors
    /// If there are too few images, or not all of one size.
    pub fn new(mut images: Vec<LabelledImage>, seed: u64, strata: Strata) -> Result<Self> {
        let mut random = Random::new(seed, Stream::Items);
        random.shuffle(&mut images);
        let needed: usize = contributors().iter().filter(|one| one.kind != Kind::Noise).map(|one| one.items).sum();
        ensure!(images.len() > needed, "{} images are too few: the contributors need {needed}", images.len());
        let rest = images.split_off(needed);
        let (training, item_positions) = deal(images, &mut random);
        let validation = match strata {
            Strata::One => Stream::Validation,
            Strata::Two => Stream::Stratified,
        };
        Ok(Self {
            items: Examples::from_images(&training)?,
            ownership: Ownership { item_positions, positions: contributors().len() },
            rest,
            queries: Random::new(seed, Stream::Queries),
            validation: Random::new(seed, validation),
            strata,
        })
    }

    /// The next paid queries.
    ///
    /// # Errors
    /// If images are not all of one size.
    pub fn asked(&mut self, count: usize) -> Result<Asked> {
        let random = &mut self.queries;
        let mut asked = Asked { examples: Examples::new(self.items.width()), fees: Vec::with_capacity(count) };
        for _ in 0..count {
            let inverted = random.happens(INVERTED);
            draw(&self.rest, inverted, random, &mut asked.examples)?;
            asked.fees.push(PRICES[random.below(PRICES.len())]);
        }
        Ok(asked)
    }

    /// The next validation images.
    ///
    /// # Errors
    /// If images are not all of one size.
    pub fn fresh(&mut self, count: usize) -> Result<Fresh> {
        let random = &mut self.validation;
        let mut fresh = Fresh { examples: Examples::new(self.items.width()), strata: Vec::with_capacity(count) };
        for index in 0..count {
            let (inverted, stratum) = match self.strata {
                Strata::One => (random.happens(INVERTED), 0),
                Strata::Two => {
                    let inverted = index < count * INVERTED_PER_MILLE / 1_000;
                    (inverted, u16::from(inverted))
                }
            };
            draw(&self.rest, inverted, random, &mut fresh.examples)?;
            fresh.strata.push(stratum);
        }
        Ok(fresh)
    }
}

/// Training items with the positions of their contributors.
fn deal(images: Vec<LabelledImage>, random: &mut Random) -> (Vec<LabelledImage>, Vec<u32>) {
    let mut images = images.into_iter();
    let (mut items, mut positions) = (Vec::new(), Vec::new());
    for (position, Contributor { kind, items: count, .. }) in contributors().into_iter().enumerate() {
        for _ in 0..count {
            let mut image = || images.next().expect("as many images as contributors need");
            items.push(match kind {
                Kind::Honest => image(),
                Kind::Specialist => inverted(image()),
                Kind::WrongLabels => mislabelled(image(), random),
                Kind::Noise => noise(random),
            });
            positions.push(position as u32);
        }
    }
    (items, positions)
}

/// Black for white.
pub(crate) fn inverted(image: LabelledImage) -> LabelledImage {
    LabelledImage { pixels: image.pixels.iter().map(|pixel| DIGITS_MAX_PIXEL - pixel).collect(), ..image }
}

/// With a label that is never its own.
pub(crate) fn mislabelled(image: LabelledImage, random: &mut Random) -> LabelledImage {
    let other = 1 + random.below(usize::from(DIGITS_LABELS) - 1) as u16;
    LabelledImage { label: (image.label + other) % DIGITS_LABELS, ..image }
}

/// Uniform noise with a random label.
pub(crate) fn noise(random: &mut Random) -> LabelledImage {
    let pixels =
        (0..DIGITS_SIDE * DIGITS_SIDE).map(|_| random.below(usize::from(DIGITS_MAX_PIXEL) + 1) as u8).collect();
    let label = random.below(usize::from(DIGITS_LABELS)) as u16;
    LabelledImage { pixels, width: DIGITS_SIDE, height: DIGITS_SIDE, label }
}

/// Adds an image of the rest, drawn with replacement, shifted by up to a pixel each way now and then, inverted if asked for, with noise on
/// every feature: none is ever drawn twice alike.
pub(crate) fn draw(rest: &[LabelledImage], invert: bool, random: &mut Random, to: &mut Examples) -> Result<()> {
    let image = &rest[random.below(rest.len())];
    let shift = if random.happens(SHIFTED) { (random.below(3), random.below(3)) } else { (1, 1) };
    let shifted = shifted(image, shift);
    let seen = if invert { inverted(shifted) } else { shifted };
    let features: Vec<f32> =
        seen.features().into_iter().map(|feature| (f64::from(feature) + NOISE * random.normal()) as f32).collect();
    Ok(to.push(&features, seen.label)?)
}

/// Shifted to the right and down by one less than `(x, y)`; what comes in is blank.
pub(crate) fn shifted(image: &LabelledImage, (x, y): (usize, usize)) -> LabelledImage {
    let (width, height) = (image.width, image.height);
    let pixel = |row: usize, column: usize| -> u8 {
        let (from_row, from_column) = (row + 1, column + 1);
        let inside = (y..height + y).contains(&from_row) && (x..width + x).contains(&from_column);
        if inside { image.pixels[(from_row - y) * width + from_column - x] } else { 0 }
    };
    let pixels = (0..height).flat_map(|row| (0..width).map(move |column| (row, column)));
    LabelledImage { pixels: pixels.map(|(row, column)| pixel(row, column)).collect(), ..image.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> LabelledImage {
        LabelledImage { pixels: vec![1, 2, 3, 4], width: 2, height: 2, label: 0 }
    }

    #[test]
    fn a_shift_moves_pixels_and_blanks_the_edge() {
        assert_eq!(shifted(&small(), (1, 1)), small());
        assert_eq!(shifted(&small(), (2, 1)).pixels, [0, 1, 0, 3], "to the right");
        assert_eq!(shifted(&small(), (1, 0)).pixels, [3, 4, 0, 0], "up");
        assert_eq!(shifted(&small(), (0, 2)).pixels, [0, 0, 2, 0], "to the left and down");
    }

    #[test]
    fn wrong_labels_are_never_right() {
        let mut random = Random::new(1, Stream::Items);
        assert!((0..200).all(|_| mislabelled(small(), &mut random).label != 0));
    }

    #[test]
    fn every_contributor_has_its_items_and_queries_do_not_depend_on_strata() {
        let images: Vec<LabelledImage> = (0..1_000)
            .map(|index| LabelledImage { pixels: vec![(index % 17) as u8; 64], width: 8, height: 8, label: index % 10 })
            .collect();
        let mut one = Scene::new(images.clone(), 5, Strata::One).expect("enough images");
        let mut two = Scene::new(images.clone(), 5, Strata::Two).expect("enough images");
        for (position, contributor) in contributors().iter().enumerate() {
            let own = one.ownership.item_positions.iter().filter(|&&owner| owner as usize == position).count();
            assert_eq!(own, contributor.items);
        }
        assert_eq!(one.asked(20).expect("one size").examples, two.asked(20).expect("one size").examples);
        let strata = two.fresh(200).expect("one size").strata;
        assert_eq!(strata.iter().filter(|&&stratum| stratum == 1).count(), 30);
        assert!(Scene::new(images[..900].to_vec(), 5, Strata::One).is_err());
    }
}
