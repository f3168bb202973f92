//! What a version is trained on: all contributions, less the items that repeat earlier ones.

use anyhow::{Context, Result};
use corpus::duplicates::{Duplicate, Item, Kind, Place, Settings, find};
use influence::dataset::{Examples, LabelledImage};
use influence::report::Ownership;
use rules::item::image_item;

/// A contribution: its position, which is also its rank by commit, and its images.
pub type Batch<'a> = (usize, &'a [LabelledImage]);

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

impl Training {
    /// Resolves exact and near duplicates to the earliest commit, within contributions too.
    ///
    /// # Errors
    /// If images are not whole or not all of one size.
    pub fn resolve(batches: &[Batch<'_>], positions: usize) -> Result<Self> {
        let canonical = batches.iter().flat_map(|(_, images)| images.iter().map(canonical));
        let canonical = canonical.collect::<Result<Vec<_>>>()?;
        let places = places(batches);
        let items = places.iter().zip(&canonical).map(|(&place, canonical)| Item { place, canonical });
        let duplicates = find(&items.collect::<Vec<_>>(), &Settings::default())?;
        let found = batches.iter().map(|batch| count(batch, &duplicates, &places, &canonical)).collect();
        let images: Vec<&LabelledImage> = batches.iter().flat_map(|(_, images)| images.iter()).collect();
        let left_out = |item: &usize| duplicates.binary_search_by_key(item, |duplicate| duplicate.item).is_ok();
        let kept: Vec<usize> = (0..images.len()).filter(|item| !left_out(item)).collect();
        let item_positions = kept.iter().map(|&item| places[item].contribution as u32).collect();
        Ok(Self {
            items: Examples::from_images(kept.iter().map(|&item| images[item]))?,
            ownership: Ownership { item_positions, positions },
            found,
        })
    }
}

fn canonical(image: &LabelledImage) -> Result<Vec<u8>> {
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

fn count(batch: &Batch<'_>, duplicates: &[Duplicate], places: &[Place], canonical: &[Vec<u8>]) -> Found {
    let own = |duplicate: &&Duplicate| places[duplicate.item].contribution == batch.0 as u64;
    let provable = |duplicate: &&Duplicate| {
        let other = places[duplicate.original].contribution != batch.0 as u64;
        other && duplicate.kind == Kind::Exact && canonical[duplicate.item] == canonical[duplicate.original]
    };
    let own: Vec<&Duplicate> = duplicates.iter().filter(own).collect();
    Found {
        position: batch.0,
        items: batch.1.len() as u64,
        provable: own.iter().copied().filter(provable).count() as u64,
        left_out: own.len() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(seed: usize) -> LabelledImage {
        let pixels = (0..64).map(|pixel| ((pixel * (seed * 7 + 3) + pixel * pixel * seed) % 17) as u8).collect();
        LabelledImage { pixels, width: 8, height: 8, label: (seed % 10) as u16 }
    }

    #[test]
    fn copies_stay_with_the_earliest_and_only_exact_ones_can_be_proved() {
        let original: Vec<LabelledImage> = (1..5).map(image).collect();
        let mut copies = vec![original[0].clone(), original[1].clone(), image(9)];
        copies[1].pixels[0] += 1;
        let training = Training::resolve(&[(0, &original), (4, &copies)], 5).expect("whole images");
        assert_eq!(training.ownership.item_positions, [0, 0, 0, 0, 4]);
        assert_eq!(training.items.row(4), image(9).features());
        let expected = Found { position: 4, items: 3, provable: 1, left_out: 2 };
        assert_eq!(training.found, [Found { position: 0, items: 4, ..Found::default() }, expected]);
    }

    #[test]
    fn copies_within_a_contribution_are_left_out_but_prove_nothing() {
        let batch = [image(1), image(1), image(2)];
        let training = Training::resolve(&[(3, &batch)], 4).expect("whole images");
        assert_eq!(training.found, [Found { position: 3, items: 3, provable: 0, left_out: 1 }]);
        assert_eq!(training.items.len(), 2);
    }
}
