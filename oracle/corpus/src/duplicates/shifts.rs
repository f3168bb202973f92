//! Images that are the same but for a shift.
//!
//! An image that was moved by a pixel or two agrees with its original where both show the same, but to a comparison pixel by pixel it is
//! another image. So every image is laid beside all others as it is, and moved each way. Moved images that lie on the same sides of random
//! hyperplanes as resting ones are candidates; the correlation over the pixels that both show at that shift decides.
//!
//! # Source
//! Candidates as in [`super::vectors`]. That two views are compared at their best alignment is the old idea of template matching by
//! normalised cross-correlation: J. P. Lewis, *Fast normalized cross-correlation*, 1995.

use std::collections::BTreeMap;

use compute::random::{Random, Stream};
use serde::{Deserialize, Serialize};

use super::vectors::Rows;
use super::{Banding, Kind, Link, SearchError, check_threshold};

/// Part of a side that a shift is at most: beyond it too little is left that both images show.
const PART_OF_SIDE: usize = 4;

/// How shifted copies are searched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShiftSettings {
    /// The most pixels that a copy is shifted by, each way; 0 searches nothing. It is a quarter of an image's side at most.
    pub most: usize,
    /// Bands of the signatures; a row is one hyperplane. A moved image is compared with `bucket_limit` images of a bucket at most.
    pub banding: Banding,
    /// Smallest correlation, over the pixels that both images show, that counts.
    pub threshold: f64,
    /// Seed of the hyperplanes.
    pub seed: u64,
}

/// The threshold of images at rest; more bits to a band than theirs, since every image is looked up once for each shift.
impl Default for ShiftSettings {
    fn default() -> Self {
        Self { most: 2, banding: Banding { bands: 32, rows: 20, bucket_limit: 256 }, threshold: 0.985, seed: 0 }
    }
}

impl ShiftSettings {
    fn check(&self) -> Result<(), SearchError> {
        check_threshold(self.threshold)?;
        self.banding.check()
    }
}

/// Pixels to the right and down.
type Shift = (isize, isize);

/// Links all images that the search finds to be another one shifted, by at most `settings.most` pixels each way and at least one. The images come in the
/// order of precedence, as rows of pixels, each `width` to a line. An image of one colour is like none.
///
/// # Units
/// Memory: 4 bytes for each pixel, 16 for each image, 8 for each hyperplane of a band and pixel. Time: for each image, shift and hyperplane one
/// multiplication per pixel. A copy whose blank edges are as this search leaves them is missed only in a bucket above its limit.
///
/// # Errors
/// If the settings are out of range, the rows or lines are not whole, or a value is not finite.
///
/// # Determinism
/// Sums are taken in the order of the pixels: the same images and settings give the same links on every machine.
pub fn shifted_copies(rows: &Rows<'_>, width: usize, settings: &ShiftSettings) -> Result<Vec<Link>, SearchError> {
    settings.check()?;
    let images = Images::new(rows, width)?;
    let shifts = shifts(images.most(settings));
    let mut found = BTreeMap::new();
    if shifts.is_empty() {
        return Ok(Vec::new());
    }
    for band in 0..settings.banding.bands {
        images.search_band(&Hyperplanes::of(&images, settings, band), &shifts, settings, &mut found);
    }
    Ok(found.into_iter().map(|((first, second), similarity)| link(first, second, similarity)).collect())
}

fn link(first: usize, second: usize, similarity: f64) -> Link {
    Link { first, second, similarity, kind: Kind::Shifted }
}

/// All shifts by up to `most` pixels, but for none at all.
fn shifts(most: usize) -> Vec<Shift> {
    let most = most as isize;
    let all = (-most..=most).flat_map(|down| (-most..=most).map(move |right| (right, down)));
    all.filter(|shift| *shift != (0, 0)).collect()
}

/// Images of one width and height.
struct Images {
    width: usize,
    height: usize,
    /// `[images, height, width]`
    pixels: Vec<f32>,
}

impl Images {
    fn new(rows: &Rows<'_>, width: usize) -> Result<Self, SearchError> {
        let count = rows.count()?;
        if width == 0 || !rows.dimension.is_multiple_of(width) {
            return Err(SearchError::Width { dimension: rows.dimension, width });
        }
        let mut pixels = Vec::with_capacity(count * rows.dimension);
        for row in 0..count {
            let values = rows.row(row);
            if !values.iter().all(|value| value.is_finite()) {
                return Err(SearchError::NotFinite { row });
            }
            pixels.extend(values.iter().map(|value| *value as f32));
        }
        Ok(Self { width, height: rows.dimension / width, pixels })
    }

    fn area(&self) -> usize {
        self.width * self.height
    }

    fn count(&self) -> usize {
        self.pixels.len() / self.area()
    }

    fn image(&self, image: usize) -> &[f32] {
        &self.pixels[image * self.area()..(image + 1) * self.area()]
    }

    fn most(&self, settings: &ShiftSettings) -> usize {
        settings.most.min(self.width.min(self.height) / PART_OF_SIDE)
    }

    /// Rectangle of the moved image into which pixels came: from column and line on, so many of either.
    fn shown(&self, (right, down): Shift) -> [usize; 4] {
        let (columns, lines) = (self.width - right.unsigned_abs(), self.height - down.unsigned_abs());
        [right.max(0).unsigned_abs(), down.max(0).unsigned_abs(), columns, lines]
    }

    /// The pixels that show the same in an image and in the one that it is when moved: the former's, line by line.
    fn before(&self, image: usize, (right, down): Shift) -> impl Iterator<Item = f64> {
        self.rectangle(image, self.shown((-right, -down)))
    }

    /// The same pixels of the latter.
    fn after(&self, image: usize, shift: Shift) -> impl Iterator<Item = f64> {
        self.rectangle(image, self.shown(shift))
    }

    fn rectangle(&self, image: usize, [column, line, columns, lines]: [usize; 4]) -> impl Iterator<Item = f64> {
        let lines = self.image(image).chunks_exact(self.width).skip(line).take(lines);
        lines.flat_map(move |line| &line[column..column + columns]).map(|pixel| f64::from(*pixel))
    }

    /// An image moved; what comes in is blank.
    fn moved(&self, image: usize, shift: Shift) -> Vec<f32> {
        let [column, line, columns, _] = self.shown(shift);
        let mut moved = vec![0.0; self.area()];
        let mut pixels = self.before(image, shift);
        for into in moved.chunks_exact_mut(self.width).skip(line) {
            into[column..column + columns].iter_mut().zip(&mut pixels).for_each(|(into, pixel)| *into = pixel as f32);
        }
        moved
    }

    /// Correlation of an image, moved, with another at rest, over the pixels that both show. None if one of them is of one colour there.
    fn correlation(&self, moved: usize, shift: Shift, resting: usize) -> Option<f64> {
        let pairs = || self.before(moved, shift).zip(self.after(resting, shift));
        let count = pairs().count() as f64;
        let (sum, other_sum) = pairs().fold((0.0, 0.0), |sums, (one, other)| (sums.0 + one, sums.1 + other));
        let (mean, other_mean) = (sum / count, other_sum / count);
        let [square, other_square, product] =
            pairs().fold([0.0; 3], |[square, other_square, product], (one, other)| {
                let (one, other) = (one - mean, other - other_mean);
                [square + one * one, other_square + other * other, product + one * other]
            });
        let scale = (square * other_square).sqrt();
        // Rounding may lead a little past 1.
        (scale > 0.0).then(|| (product / scale).clamp(-1.0, 1.0))
    }

    fn search_band(
        &self,
        hyperplanes: &Hyperplanes,
        shifts: &[Shift],
        settings: &ShiftSettings,
        found: &mut BTreeMap<(usize, usize), f64>,
    ) {
        let mut resting: Vec<(u64, usize)> =
            (0..self.count()).filter_map(|image| Some((hyperplanes.sides(self.image(image))?, image))).collect();
        resting.sort_unstable();
        for image in 0..self.count() {
            for &shift in shifts {
                let Some(key) = hyperplanes.sides(&self.moved(image, shift)) else { continue };
                let bucket = &resting[resting.partition_point(|(other, _)| *other < key)..];
                let alike = bucket.iter().take_while(|(other, _)| *other == key).take(settings.banding.bucket_limit);
                for &(_, other) in alike.filter(|(_, other)| *other != image) {
                    let correlation = self.correlation(image, shift, other);
                    note((image, other), correlation.filter(|found| *found >= settings.threshold), found);
                }
            }
        }
    }
}

/// Keeps the highest similarity of each pair, earlier item first.
fn note((one, other): (usize, usize), similarity: Option<f64>, found: &mut BTreeMap<(usize, usize), f64>) {
    if let Some(similarity) = similarity {
        let best = found.entry((one.min(other), one.max(other))).or_insert(similarity);
        *best = best.max(similarity);
    }
}

/// Random hyperplanes of one band.
struct Hyperplanes {
    count: usize,
    /// Coordinates of the normals, each 1 or −1: `[pixels, hyperplanes]`
    normals: Vec<f64>,
}

impl Hyperplanes {
    fn of(images: &Images, settings: &ShiftSettings, band: usize) -> Self {
        let mut random = Random::of_part(settings.seed, Stream::Projections, band as u64);
        let count = settings.banding.rows;
        let normals = (0..count * images.area()).map(|_| if random.below(2) == 0 { -1.0 } else { 1.0 }).collect();
        Self { count, normals }
    }

    /// One bit for each hyperplane: on which side the image lies, less its mean. None of an image of one colour.
    fn sides(&self, image: &[f32]) -> Option<u64> {
        if image.iter().all(|pixel| *pixel == image[0]) {
            return None;
        }
        let mean = image.iter().map(|pixel| f64::from(*pixel)).sum::<f64>() / image.len() as f64;
        let mut sums = vec![0.0; self.count];
        for (pixel, normals) in image.iter().zip(self.normals.chunks_exact(self.count)) {
            let value = f64::from(*pixel) - mean;
            sums.iter_mut().zip(normals).for_each(|(sum, normal)| *sum += normal * value);
        }
        Some(sums.iter().fold(0, |bits, sum| bits << 1 | u64::from(*sum >= 0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::duplicates::vectors::Values;

    /// Three lines of four.
    const IMAGE: [u8; 12] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    fn images(pixels: &[u8], dimension: usize, width: usize) -> Images {
        Images::new(&Rows { dimension, values: Values::Unsigned(pixels) }, width).unwrap()
    }

    #[test]
    fn a_moved_image_has_blank_edges_and_agrees_with_itself_where_both_show_the_same() {
        let images = images(&IMAGE, 12, 4);
        assert_eq!(images.moved(0, (1, 0)), [0.0, 1.0, 2.0, 3.0, 0.0, 5.0, 6.0, 7.0, 0.0, 9.0, 10.0, 11.0]);
        assert_eq!(images.moved(0, (-1, 1)), [0.0, 0.0, 0.0, 0.0, 2.0, 3.0, 4.0, 0.0, 6.0, 7.0, 8.0, 0.0]);
        assert!(images.before(0, (-1, 1)).eq([2.0, 3.0, 4.0, 6.0, 7.0, 8.0]));
        assert!(images.after(0, (-1, 1)).eq([5.0, 6.0, 7.0, 9.0, 10.0, 11.0]));
    }

    #[test]
    fn a_shift_is_no_longer_than_a_quarter_of_a_side_and_rest_is_none() {
        let all = ShiftSettings { most: 9, ..ShiftSettings::default() };
        assert_eq!(images(&[0; 64], 64, 8).most(&all), 2);
        assert_eq!(images(&IMAGE, 12, 4).most(&all), 0);
        assert_eq!(shifts(1).len(), 8);
        assert!(shifts(0).is_empty());
    }

    #[test]
    fn every_shift_of_a_picture_is_traced_to_it_whatever_its_brightness_and_edges() {
        let picture: Vec<u8> = (0..256u32).map(|at| (at * at * 31 % 97 + at % 16) as u8).collect();
        let original = images(&picture, 256, 16);
        for shift in shifts(2) {
            let copy = original.moved(0, shift).iter().map(|pixel| (pixel * 1.5) as u8 + 20).collect::<Vec<_>>();
            let both = [picture.clone(), copy].concat();
            let rows = Rows { dimension: 256, values: Values::Unsigned(&both) };
            let settings = ShiftSettings { most: 2, ..ShiftSettings::default() };
            let found = shifted_copies(&rows, 16, &settings).unwrap();
            let pairs: Vec<_> = found.iter().map(|link| (link.first, link.second, link.kind)).collect();
            assert_eq!(pairs, [(0, 1, Kind::Shifted)], "{shift:?}");
        }
    }

    #[test]
    fn images_of_one_colour_are_like_none_and_lines_must_be_whole() {
        let rows = Rows { dimension: 64, values: Values::Unsigned(&[7; 192]) };
        assert_eq!(shifted_copies(&rows, 8, &ShiftSettings::default()), Ok(Vec::new()));
        let refused = SearchError::Width { dimension: 64, width: 5 };
        assert_eq!(shifted_copies(&rows, 5, &ShiftSettings::default()), Err(refused));
    }
}
