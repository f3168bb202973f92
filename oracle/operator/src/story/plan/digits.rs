//! The digits: 8 by 8 grey values with the digit shown; the adapter's are dark on light instead of light on dark.

use influence::dataset::LabelledImage;
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use super::{AdapterPlan, Batch, Conduct, Plan, Size, calls};
use crate::{
    inputs::{image_bytes, prompt_bytes},
    published::ValidationExample,
    story::subject::Subject,
};

/// Sizes of the honest contributions.
pub const HONEST_SIZES: [usize; 8] = [20, 40, 60, 80, 100, 120, 160, 200];
/// Images with wrong labels, and images of noise.
pub const BAD_SIZE: usize = 60;
/// The honest contribution that the copier resubmits.
pub const COPIED_SIZE: usize = 80;
/// The honest contribution that an annotator labelled.
const SHARED: &str = "honest-160";
/// Validation images that each round consumes.
pub const VALIDATION_PER_ROUND: usize = 120;
/// Paid calls of each epoch.
const CALLS_PER_EPOCH: usize = 300;
/// Sizes of the contributions of inverted images, which the adapter is made from.
pub const INVERTED_SIZES: [usize; 2] = [60, 100];
/// Paid calls of the adapter's epoch.
const ADAPTER_CALLS: usize = 150;
/// Digits.
const LABELS: u16 = 10;
/// Largest grey value.
const MAX_GREY: u8 = 16;

/// Too little data for the size asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the story needs {needed} images and the data has {available}: ask for fewer epochs")]
pub struct TooFewImages {
    /// Images needed.
    pub needed: usize,
    /// Images there are.
    pub available: usize,
}

impl Plan {
    /// Draws a plan from digits.
    ///
    /// # Errors
    /// If there are too few.
    pub fn draw(digits: &[LabelledImage], size: Size) -> Result<Self, TooFewImages> {
        let mut rng = ChaCha8Rng::seed_from_u64(size.seed);
        let mut shuffled = digits.to_vec();
        shuffled.shuffle(&mut rng);
        let contributed = HONEST_SIZES.iter().sum::<usize>() + BAD_SIZE;
        let inverted = INVERTED_SIZES.iter().sum::<usize>();
        let needed = contributed + VALIDATION_PER_ROUND * (size.rounds() + 1) + inverted + 1;
        if shuffled.len() < needed {
            return Err(TooFewImages { needed, available: shuffled.len() });
        }
        let held_out = shuffled.split_off(contributed);
        let (validation, queries) = held_out.split_at(VALIDATION_PER_ROUND * size.rounds());
        let batches = batches(shuffled, &mut rng);
        let prompts: Vec<Vec<u8>> = queries.iter().map(prompt).collect();
        let base_calls = (0..size.epochs).map(|_| calls(&prompts, CALLS_PER_EPOCH, &mut rng)).collect();
        let adapter = adapter(queries, &mut rng);
        Ok(Self {
            subject: Subject::Digits,
            batches,
            shared: SHARED,
            validation: validation.iter().map(example).collect(),
            validation_per_round: VALIDATION_PER_ROUND,
            calls: base_calls,
            adapter,
        })
    }
}

fn adapter(held_out: &[LabelledImage], rng: &mut ChaCha8Rng) -> AdapterPlan {
    let mut images: Vec<LabelledImage> = held_out.iter().map(inverted).collect();
    let batch = |&size: &usize| Batch {
        name: format!("inverted-{size}"),
        conduct: Conduct::Adapting,
        items: images.drain(..size).map(|image| item(&image)).collect(),
    };
    let batches = INVERTED_SIZES.iter().map(batch).collect();
    let validation = images.drain(..VALIDATION_PER_ROUND).map(|image| example(&image)).collect();
    let prompts: Vec<Vec<u8>> = images.iter().map(prompt).collect();
    AdapterPlan { batches, validation, calls: calls(&prompts, ADAPTER_CALLS, rng) }
}

/// Canonical bytes of an image, which has as many pixels as its sides say.
fn item(image: &LabelledImage) -> Vec<u8> {
    image_bytes(image).expect("images of the digits are complete")
}

fn prompt(image: &LabelledImage) -> Vec<u8> {
    prompt_bytes(image).expect("images of the digits are complete")
}

/// One domain, one stratum.
fn example(image: &LabelledImage) -> ValidationExample {
    ValidationExample::new(&item(image), 0)
}

fn inverted(image: &LabelledImage) -> LabelledImage {
    let pixels = image.pixels.iter().map(|grey| MAX_GREY.saturating_sub(*grey)).collect();
    LabelledImage { pixels, ..image.clone() }
}

fn batches(mut images: Vec<LabelledImage>, rng: &mut ChaCha8Rng) -> Vec<Batch> {
    let mut batches: Vec<Batch> = HONEST_SIZES
        .iter()
        .map(|&size| Batch {
            name: format!("honest-{size}"),
            conduct: Conduct::Honest,
            items: images.drain(..size).map(|image| item(&image)).collect(),
        })
        .collect();
    let copied = batches.iter().find(|batch| batch.items.len() == COPIED_SIZE);
    let copied = copied.map(|batch| batch.items.clone()).unwrap_or_default();
    for image in &mut images {
        image.label = (image.label + rng.random_range(1..LABELS)) % LABELS;
    }
    let noise = (0..BAD_SIZE).map(|_| item(&noise(rng))).collect();
    let wrong = images.iter().map(item).collect();
    batches.push(Batch { name: "wrong-labels".to_owned(), conduct: Conduct::Wrong, items: wrong });
    batches.push(Batch { name: "noise".to_owned(), conduct: Conduct::Noise, items: noise });
    batches.push(Batch { name: "copier".to_owned(), conduct: Conduct::Copy, items: copied });
    batches
}

fn noise(rng: &mut ChaCha8Rng) -> LabelledImage {
    LabelledImage {
        width: 8,
        height: 8,
        pixels: (0..64).map(|_| rng.random_range(0..=MAX_GREY)).collect(),
        label: rng.random_range(0..LABELS),
    }
}
