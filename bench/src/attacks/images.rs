//! What attackers do to images.

use influence::dataset::{DIGITS_LABELS, DIGITS_MAX_PIXEL, LabelledImage};

use crate::pay::random::Random;
use crate::pay::scene::shifted;

/// Normal noise of this standard deviation, in grey values, on every pixel.
pub fn with_noise(image: &LabelledImage, deviation: f64, random: &mut Random) -> LabelledImage {
    let mut noisy = |&pixel: &u8| grey(f64::from(pixel) + deviation * random.normal());
    LabelledImage { pixels: image.pixels.iter().map(&mut noisy).collect(), ..image.clone() }
}

/// Shifted by a pixel to the left, the right, up or down.
pub fn moved(image: &LabelledImage, random: &mut Random) -> LabelledImage {
    let sides = [(0, 1), (2, 1), (1, 0), (1, 2)];
    shifted(image, sides[random.below(sides.len())])
}

/// Every grey value twice as far from the middle.
pub fn with_contrast(image: &LabelledImage) -> LabelledImage {
    let middle = f64::from(DIGITS_MAX_PIXEL) / 2.0;
    let pixels = image.pixels.iter().map(|&pixel| grey(middle + 2.0 * (f64::from(pixel) - middle)));
    LabelledImage { pixels: pixels.collect(), ..image.clone() }
}

/// With the trigger: its four corners at their brightest, where digits are hardly ever more than dark.
pub fn with_trigger(image: &LabelledImage) -> LabelledImage {
    let mut marked = image.clone();
    let (last_column, last_row) = (image.width - 1, image.width * (image.height - 1));
    for corner in [0, last_column, last_row, last_row + last_column] {
        marked.pixels[corner] = DIGITS_MAX_PIXEL;
    }
    marked
}

/// The mean image of every label that occurs, in the order of labels.
pub fn prototypes<'a>(images: impl Iterator<Item = &'a LabelledImage> + Clone) -> Vec<LabelledImage> {
    (0..DIGITS_LABELS).filter_map(|label| mean(images.clone().filter(|image| image.label == label))).collect()
}

/// The mean of images of one size and label; none of no image.
fn mean<'a>(images: impl Iterator<Item = &'a LabelledImage> + Clone) -> Option<LabelledImage> {
    let first = images.clone().next()?;
    let count = images.clone().count() as f64;
    let sum = |pixel: usize| images.clone().map(|image| f64::from(image.pixels[pixel])).sum::<f64>();
    let pixels = (0..first.pixels.len()).map(|pixel| grey(sum(pixel) / count)).collect();
    Some(LabelledImage { pixels, ..first.clone() })
}

/// The nearest grey value.
fn grey(value: f64) -> u8 {
    value.round().clamp(0.0, f64::from(DIGITS_MAX_PIXEL)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pay::random::Stream;

    fn image(pixels: [u8; 4], label: u16) -> LabelledImage {
        LabelledImage { pixels: pixels.to_vec(), width: 2, height: 2, label }
    }

    #[test]
    fn distorted_images_stay_within_the_grey_values_and_keep_their_label() {
        let mut random = Random::new(1, Stream::Attack);
        let all = image([0, 16, 8, 9], 3);
        for distorted in [with_noise(&all, 30.0, &mut random), with_contrast(&all), moved(&all, &mut random)] {
            assert_ne!(distorted.pixels, all.pixels);
            assert!(distorted.label == 3 && distorted.pixels.iter().all(|&pixel| pixel <= DIGITS_MAX_PIXEL));
        }
        assert_eq!(with_contrast(&all).pixels, [0, 16, 8, 10]);
        assert_eq!(with_noise(&all, 0.0, &mut random), all);
    }

    #[test]
    fn prototypes_are_means_by_label() {
        let images = [image([0, 4, 0, 1], 2), image([2, 8, 0, 2], 2), image([9, 9, 9, 9], 0)];
        let prototypes = prototypes(images.iter());
        assert_eq!(prototypes, [image([9, 9, 9, 9], 0), image([1, 6, 0, 2], 2)]);
    }

    #[test]
    fn a_trigger_is_in_the_corners_alone() {
        let marked = with_trigger(&LabelledImage { pixels: vec![0; 9], width: 3, height: 3, label: 1 });
        assert_eq!(marked.pixels, [16, 0, 16, 0, 0, 0, 16, 0, 16]);
    }
}
