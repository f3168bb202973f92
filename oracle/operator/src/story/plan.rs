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
/// Sizes of the contributions of inverted images, which the adapter is made from.
pub const INVERTED_SIZES: [usize; 2] = [60, 100];
/// Paid calls of the adapter's epoch.
pub const ADAPTER_CALLS: usize = 150;
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
    /// True images, grey values inverted.
    Inverted,
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
    /// What the adapter is made from and asked.
    pub adapter: AdapterPlan,
}

/// The adapter: the same digits, dark on light instead of light on dark.
#[derive(Clone, Debug)]
pub struct AdapterPlan {
    /// Batches in the order of their commits.
    pub batches: Vec<Batch>,
    /// Validation images of its one round.
    pub validation: Vec<LabelledImage>,
    /// Paid calls of its one epoch.
    pub calls: Vec<Call>,
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
        // A round per epoch, one that fails, and a valuation.
        let rounds = size.epochs as usize + 2;
        let contributed = HONEST_SIZES.iter().sum::<usize>() + BAD_SIZE;
        let inverted = INVERTED_SIZES.iter().sum::<usize>();
        let needed = contributed + VALIDATION_PER_ROUND * (rounds + 1) + inverted + 1;
        if shuffled.len() < needed {
            return Err(TooFewImages { needed, available: shuffled.len() });
        }
        let held_out = shuffled.split_off(contributed);
        let (validation, queries) = held_out.split_at(VALIDATION_PER_ROUND * rounds);
        let batches = batches(shuffled, &mut rng);
        let base_calls = (0..size.epochs).map(|_| calls(queries, CALLS_PER_EPOCH, &mut rng)).collect();
        let adapter = AdapterPlan::draw(queries, &mut rng);
        Ok(Self { batches, validation: validation.to_vec(), calls: base_calls, adapter })
    }
}

impl AdapterPlan {
    fn draw(held_out: &[LabelledImage], rng: &mut ChaCha8Rng) -> Self {
        let mut images: Vec<LabelledImage> = held_out.iter().map(inverted).collect();
        let batch = |&size: &usize| Batch {
            name: format!("inverted-{size}"),
            conduct: Conduct::Inverted,
            images: images.drain(..size).collect(),
        };
        let batches = INVERTED_SIZES.iter().map(batch).collect();
        let validation: Vec<LabelledImage> = images.drain(..VALIDATION_PER_ROUND).collect();
        let calls = calls(&images, ADAPTER_CALLS, rng);
        Self { batches, validation, calls }
    }
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
fn calls(queries: &[LabelledImage], count: usize, rng: &mut ChaCha8Rng) -> Vec<Call> {
    (0..count)
        .map(|call| Call {
            payer: call % PAYERS,
            image: queries[rng.random_range(0..queries.len())].clone(),
            price: if rng.random_bool(0.5) { "standard" } else { "priority" },
            salt: rng.random(),
        })
        .collect()
}
