//! What a version is trained on: all contributions, less the items that repeat earlier ones or were refused.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use corpus::duplicates::shifts::ShiftSettings;
use corpus::duplicates::{Duplicate, Item, Kind, Place, Settings, find};
use influence::dataset::{Examples, LabelledImage};
use influence::report::Ownership;
use rules::item::image_item;

use super::care::{Care, Precaution};
use crate::pay::scene::shifted;

/// A contribution: its position, which is also its rank by commit, and its images.
pub type Batch<'a> = (usize, &'a [LabelledImage]);

/// Part of a contribution's items that, once it repeats others, makes all of it refusable: as of proved copies in the rules.
const REFUSED_FROM: f64 = 0.2;
/// How an image is shifted to train on it more often: to the left, the right, up and down.
const SIDES: [(usize, usize); 4] = [(0, 1), (2, 1), (1, 0), (1, 2)];

/// What is trained on.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// The images that repeat no earlier one.
    pub items: Examples,
    /// Whose each is.
    pub ownership: Ownership,
    /// What was found of every contribution, in the order given.
    pub found: Vec<Found>,
}

/// How many of a contribution's items repeat earlier ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Its position.
    pub position: usize,
    /// Its items.
    pub items: u64,
    /// Items of which an earlier contribution has the same digest: anybody can prove it on chain.
    pub provable: u64,
    /// All that are left out of training.
    pub left_out: u64,
}

/// What is known of contributions besides what they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screening {
    /// What is done before training.
    pub care: Care,
    /// Items, by position and rank, that repeat the model's own answers.
    pub bought: BTreeSet<(usize, usize)>,
    /// Positions whose contributions a trial showed to be of no use.
    pub useless: BTreeSet<usize>,
}

impl Screening {
    /// With care, before anything is known.
    pub fn new(care: Care) -> Self {
        Self { care, ..Self::default() }
    }

    /// How copies are looked for.
    pub fn settings(&self) -> Settings {
        let usual = ShiftSettings::default();
        let most = if self.care.takes(Precaution::Shifts) { usual.most } else { 0 };
        Settings { shifts: ShiftSettings { most, ..usual }, ..Settings::default() }
    }
}

impl Training {
    /// Resolves exact and near duplicates to the earliest commit, within contributions too, and leaves out what is refused.
    ///
    /// # Errors
    /// If images are not whole or not all of one size.
    pub fn resolve(batches: &[Batch<'_>], positions: usize, screening: &Screening) -> Result<Self> {
        let all = All::of(batches, screening)?;
        let left_out: Vec<bool> = (0..all.places.len()).map(|item| all.is_left_out(item, screening)).collect();
        let found = batches.iter().map(|batch| all.count(batch, &left_out)).collect();
        let mut training = Self { items: Examples::new(all.pixels()), ownership: no_items(positions), found };
        for (item, _) in left_out.iter().enumerate().filter(|(_, left_out)| !**left_out) {
            training.take(all.images[item], all.position(item), screening.care)?;
        }
        Ok(training)
    }

    fn take(&mut self, image: &LabelledImage, position: usize, care: Care) -> Result<()> {
        for seen in seen(image, care) {
            self.items.push(&seen.features(), seen.label)?;
            self.ownership.item_positions.push(u32::try_from(position)?);
        }
        Ok(())
    }

    /// Whether any item of a position is trained on.
    pub fn has(&self, position: usize) -> bool {
        self.ownership.item_positions.iter().any(|&owner| owner as usize == position)
    }
}

/// What is trained on of an image: it, and where that is done it shifted to each side.
pub fn seen(image: &LabelledImage, care: Care) -> Vec<LabelledImage> {
    let sides = if care.takes(Precaution::Augment) { &SIDES[..] } else { &[] };
    std::iter::once(image.clone()).chain(sides.iter().map(|side| shifted(image, *side))).collect()
}

fn no_items(positions: usize) -> Ownership {
    Ownership { item_positions: Vec::new(), positions }
}

/// All items, and which repeat which.
struct All<'a> {
    images: Vec<&'a LabelledImage>,
    places: Vec<Place>,
    canonical: Vec<Vec<u8>>,
    duplicates: Vec<Duplicate>,
    /// Positions that repeat others, or the model's answers, too much.
    refused: BTreeSet<usize>,
}

impl<'a> All<'a> {
    fn of(batches: &[Batch<'a>], screening: &Screening) -> Result<Self> {
        let images: Vec<&LabelledImage> = batches.iter().flat_map(|(_, images)| images.iter()).collect();
        let canonical = images.iter().copied().map(canonical).collect::<Result<Vec<_>>>()?;
        let places = places(batches);
        let items = places.iter().zip(&canonical).map(|(&place, canonical)| Item { place, canonical });
        let duplicates = find(&items.collect::<Vec<_>>(), &screening.settings())?;
        let mut all = Self { images, places, canonical, duplicates, refused: BTreeSet::new() };
        if screening.care.takes(Precaution::Refusal) {
            all.refused = batches.iter().filter(|batch| all.repeats(batch, screening)).map(|batch| batch.0).collect();
        }
        Ok(all)
    }

    fn pixels(&self) -> usize {
        self.images.first().map_or(0, |image| image.pixels.len())
    }

    fn position(&self, item: usize) -> usize {
        self.places[item].contribution as usize
    }

    fn is_bought(&self, item: usize, screening: &Screening) -> bool {
        screening.bought.contains(&(self.position(item), self.places[item].index as usize))
    }

    fn duplicate(&self, item: usize) -> Option<&Duplicate> {
        let rank = self.duplicates.binary_search_by_key(&item, |duplicate| duplicate.item).ok()?;
        Some(&self.duplicates[rank])
    }

    /// Whether a fifth of a contribution repeats others or the model's answers.
    fn repeats(&self, batch: &Batch<'_>, screening: &Screening) -> bool {
        let others = |item: usize| {
            self.duplicate(item).is_some_and(|found| self.position(found.original) != batch.0)
                || self.is_bought(item, screening)
        };
        let own = (0..self.places.len()).filter(|&item| self.position(item) == batch.0);
        let repeated = own.filter(|&item| others(item)).count();
        repeated > 0 && repeated as f64 >= REFUSED_FROM * batch.1.len() as f64
    }

    fn is_left_out(&self, item: usize, screening: &Screening) -> bool {
        let position = self.position(item);
        self.duplicate(item).is_some()
            || self.is_bought(item, screening)
            || self.refused.contains(&position)
            || screening.useless.contains(&position)
    }

    fn count(&self, batch: &Batch<'_>, left_out: &[bool]) -> Found {
        let own = || (0..self.places.len()).filter(|&item| self.position(item) == batch.0);
        let provable = |item: &usize| {
            let is_exact = |found: &Duplicate| {
                let other = self.position(found.original) != batch.0;
                other && found.kind == Kind::Exact && self.canonical[*item] == self.canonical[found.original]
            };
            self.duplicate(*item).is_some_and(is_exact)
        };
        Found {
            position: batch.0,
            items: batch.1.len() as u64,
            provable: own().filter(provable).count() as u64,
            left_out: own().filter(|&item| left_out[item]).count() as u64,
        }
    }
}

/// Canonical bytes of an image.
pub(super) fn canonical(image: &LabelledImage) -> Result<Vec<u8>> {
    let (width, height) = (u16::try_from(image.width)?, u16::try_from(image.height)?);
    image_item(width, height, &image.pixels, image.label).context("an image lacks pixels")
}

fn places(batches: &[Batch<'_>]) -> Vec<Place> {
    let of_batch = |&(position, images): &Batch<'_>| {
        let contribution = position as u64;
        let place = move |index| Place { committed_at: contribution, contribution, index };
        (0..images.len() as u64).map(place)
    };
    batches.iter().flat_map(of_batch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(seed: usize) -> LabelledImage {
        let pixels = (0..64).map(|pixel| ((pixel * (seed * 7 + 3) + pixel * pixel * seed) % 17) as u8).collect();
        LabelledImage { pixels, width: 8, height: 8, label: (seed % 10) as u16 }
    }

    fn careful(precautions: &[Precaution]) -> Screening {
        Screening::new(Care::new(precautions.iter().copied()))
    }

    #[test]
    fn copies_stay_with_the_earliest_and_only_exact_ones_can_be_proved() {
        let original: Vec<LabelledImage> = (1..5).map(image).collect();
        let mut copies = vec![original[0].clone(), original[1].clone(), image(9)];
        copies[1].pixels[0] += 1;
        let training =
            Training::resolve(&[(0, &original), (4, &copies)], 5, &Screening::default()).expect("whole images");
        assert_eq!(training.ownership.item_positions, [0, 0, 0, 0, 4]);
        assert_eq!(training.items.row(4), image(9).features());
        let expected = Found { position: 4, items: 3, provable: 1, left_out: 2 };
        assert_eq!(training.found, [Found { position: 0, items: 4, ..Found::default() }, expected]);
    }

    #[test]
    fn copies_within_a_contribution_are_left_out_but_prove_nothing() {
        let batch = [image(1), image(1), image(2)];
        let training = Training::resolve(&[(3, &batch)], 4, &careful(&[Precaution::Refusal])).expect("whole images");
        assert_eq!(training.found, [Found { position: 3, items: 3, provable: 0, left_out: 1 }]);
        assert_eq!(training.items.len(), 2);
    }

    #[test]
    fn shifted_copies_are_found_by_who_looks_for_them_and_may_cost_the_whole_contribution() {
        let original: Vec<LabelledImage> = (1..5).map(image).collect();
        let copies = [shifted(&original[0], (2, 1)), image(7), image(8), image(9)];
        let left_out = |precautions: &[Precaution]| {
            let training = Training::resolve(&[(0, &original), (4, &copies)], 5, &careful(precautions));
            training.expect("whole images").found[1].left_out
        };
        assert_eq!(left_out(&[]), 0);
        assert_eq!(left_out(&[Precaution::Shifts]), 1);
        assert_eq!(left_out(&[Precaution::Shifts, Precaution::Refusal]), 4);
    }

    #[test]
    fn bought_items_and_useless_contributions_are_left_out() {
        let (one, other): (Vec<_>, Vec<_>) = ((1..9).map(image).collect(), (9..11).map(image).collect());
        let mut screening = careful(&[]);
        screening.bought.insert((0, 3));
        screening.useless.insert(2);
        let training = Training::resolve(&[(0, &one), (2, &other)], 3, &screening).expect("whole images");
        assert_eq!((training.found[0].left_out, training.found[1].left_out), (1, 2));
        assert!(training.has(0) && !training.has(2));
    }

    #[test]
    fn augmented_items_are_their_contributors() {
        let training = Training::resolve(&[(0, &[image(1)]), (1, &[image(2)])], 2, &careful(&[Precaution::Augment]))
            .expect("whole");
        assert_eq!(training.ownership.item_positions, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
        assert_eq!(training.items.row(6), shifted(&image(2), SIDES[0]).features());
    }
}
