//! Who contributes which images, what is asked, and what validates: drawn from the digits by the seed alone.

use influence::dataset::LabelledImage;
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

/// Sizes of the honest contributions.
pub const HONEST_SIZES: [usize; 8] = [20, 40, 60, 80, 100, 120, 160, 200];
/// Images with wrong labels, and images of noise.
pub const BAD_SIZE: usize = 60;
/// The honest contribution that the copier resubmits.
pub const COPIED_SIZE: usize = 80;
/// Validation images that each round consumes.
pub const VALIDATION_PER_ROUND: usize = 120;
/// Paid calls of each epoch.
pub const CALLS_PER_EPOCH: usize = 300;
/// Accounts that pay.
pub const PAYERS: usize = 4;
/// Digits.
pub const LABELS: u16 = 10;
/// Largest grey value.
pub const MAX_GREY: u8 = 16;

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Seed of every draw.
    pub seed: u64,
    /// Earning epochs, 3 to 6: the last one's first round fails.
    pub epochs: u32,
    /// Operators, 6 to 16: fewer cannot bear two liars in one round.
    pub operators: u32,
}

/// What a contributor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// True images with true labels.
    Honest,
    /// True images with wrong labels.
    WrongLabels,
    /// Uniform noise with random labels.
    Noise,
    /// Another's batch, resubmitted.
    Copy,
}

/// A contributor's batch.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Name in the story.
    pub name: String,
    /// What its contributor does.
    pub conduct: Conduct,
    /// The images.
    pub images: Vec<LabelledImage>,
}

/// A paid call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which payer.
    pub payer: usize,
    /// The image asked about.
    pub image: LabelledImage,
    /// Name of the price.
    pub price: &'static str,
    /// Salt of the prompt's hash.
    pub salt: [u8; 32],
}

/// Everything that the seed decides.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Batches in the order of their commits; the copy comes last.
    pub batches: Vec<Batch>,
    /// Validation images, in the order in which rounds consume them.
    pub validation: Vec<LabelledImage>,
    /// Paid calls by epoch.
    pub calls: Vec<Vec<Call>>,
}

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
    /// Draws a plan.
    pub fn draw(digits: &[LabelledImage], size: Size) -> Result<Self, TooFewImages> {
        let mut rng = ChaCha8Rng::seed_from_u64(size.seed);
        let mut shuffled = digits.to_vec();
        shuffled.shuffle(&mut rng);
        let rounds = size.epochs as usize + 1;
        let contributed = HONEST_SIZES.iter().sum::<usize>() + BAD_SIZE;
        let needed = contributed + VALIDATION_PER_ROUND * rounds + 1;
        if shuffled.len() < needed {
            return Err(TooFewImages { needed, available: shuffled.len() });
        }
        let held_out = shuffled.split_off(contributed);
        let (validation, queries) = held_out.split_at(VALIDATION_PER_ROUND * rounds);
        Ok(Self {
            batches: batches(shuffled, &mut rng),
            validation: validation.to_vec(),
            calls: (0..size.epochs).map(|_| calls(queries, &mut rng)).collect(),
        })
    }
}

fn batches(mut images: Vec<LabelledImage>, rng: &mut ChaCha8Rng) -> Vec<Batch> {
    let mut batches: Vec<Batch> = HONEST_SIZES
        .iter()
        .map(|&size| Batch {
            name: format!("honest-{size}"),
            conduct: Conduct::Honest,
            images: images.drain(..size).collect(),
        })
        .collect();
    let copied = batches
        .iter()
        .find(|batch| batch.images.len() == COPIED_SIZE)
        .map(|batch| batch.images.clone())
        .unwrap_or_default();
    for image in &mut images {
        image.label = (image.label + rng.random_range(1..LABELS)) % LABELS;
    }
    let noise = (0..BAD_SIZE).map(|_| noise(rng)).collect();
    batches.push(Batch { name: "wrong-labels".to_owned(), conduct: Conduct::WrongLabels, images });
    batches.push(Batch { name: "noise".to_owned(), conduct: Conduct::Noise, images: noise });
    batches.push(Batch { name: "copier".to_owned(), conduct: Conduct::Copy, images: copied });
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

/// Payers draw images with replacement: real customers ask the same thing twice, and such receipts count as one draw.
fn calls(queries: &[LabelledImage], rng: &mut ChaCha8Rng) -> Vec<Call> {
    (0..CALLS_PER_EPOCH)
        .map(|call| Call {
            payer: call % PAYERS,
            image: queries[rng.random_range(0..queries.len())].clone(),
            price: if rng.random_bool(0.5) { "standard" } else { "priority" },
            salt: rng.random(),
        })
        .collect()
}
