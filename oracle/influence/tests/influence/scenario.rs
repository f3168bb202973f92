//! Task P of the project's measurements: contributors of very different size and honesty train a digit classifier,
//! whose answers are then paid for.

use std::path::Path;

use influence::dataset::{DIGITS_MAX_PIXEL, Examples, LabelledImage, load_digits};
use influence::manifest::TrainingPlan;
use influence::mlp::{Mlp, served_labels};
use influence::report::{Ownership, Receipt};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Images of the honest contributors, positions 0 to 7.
pub const HONEST: [usize; 8] = [20, 40, 60, 80, 100, 120, 160, 200];
/// Position of the contributor whose labels are wrong.
pub const WRONG_LABELS: usize = 8;
/// Position of the contributor of noise.
pub const NOISE: usize = 9;
/// Contributors.
pub const POSITIONS: usize = 10;
/// Items of each of the two bad contributors.
pub const BAD_ITEMS: usize = 60;
/// uopen per OPEN.
const UOPEN: u128 = 1_000_000;

/// Training items with their owners, and the images that nobody trained on.
pub struct Scenario {
    pub items: Examples,
    pub ownership: Ownership,
    /// Fresh labelled examples.
    pub validation: Examples,
    /// What payers ask about.
    pub prompts: Vec<LabelledImage>,
    random: ChaCha20Rng,
}

impl Scenario {
    /// The setting of one data seed, with `validation` fresh examples.
    pub fn new(seed: u64, validation: usize) -> Self {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/digits.csv.gz");
        let mut images = load_digits(&path).expect("the committed digits");
        for last in (1..images.len()).rev() {
            images.swap(last, below(&mut random, last as u32 + 1) as usize);
        }
        let mut images = images.into_iter();
        let mut training = Vec::new();
        let mut owners = Vec::new();
        for (position, count) in HONEST.into_iter().chain([BAD_ITEMS, BAD_ITEMS]).enumerate() {
            for _ in 0..count {
                training.push(match position {
                    WRONG_LABELS => mislabelled(images.next().expect("enough digits"), &mut random),
                    NOISE => noise(&mut random),
                    _ => images.next().expect("enough digits"),
                });
                owners.push(position as u32);
            }
        }
        let checked: Vec<LabelledImage> = images.by_ref().take(validation).collect();
        Self {
            items: Examples::from_images(&training).expect("images of one size"),
            ownership: Ownership { item_positions: owners, positions: POSITIONS },
            validation: Examples::from_images(&checked).expect("images of one size"),
            prompts: images.collect(),
            random,
        }
    }

    /// Task A's training with `members` seeds.
    pub fn plan(members: u64) -> TrainingPlan {
        TrainingPlan::digits((0..members).collect())
    }

    /// `count` paid answers to prompts drawn with replacement, at 1 or 3 OPEN.
    pub fn receipts(&mut self, members: &[Mlp], count: usize) -> Vec<Receipt> {
        let queries = Examples::from_images(&self.prompts).expect("images of one size");
        let served = served_labels(members, &queries).expect("they fit the model");
        (0..count)
            .map(|_| {
                let prompt = below(&mut self.random, self.prompts.len() as u32);
                let mut id = [0; 32];
                id[..4].copy_from_slice(&prompt.to_be_bytes());
                Receipt {
                    net_fee_uopen: UOPEN * if below(&mut self.random, 2) == 0 { 1 } else { 3 },
                    prompt: id,
                    features: queries.row(prompt as usize).to_vec(),
                    served_label: served[prompt as usize],
                }
            })
            .collect()
    }
}

/// What was asked and answered in `receipts`, and the fee of each.
pub fn paid_queries(receipts: &[Receipt]) -> (Examples, Vec<f64>) {
    let mut queries = Examples::new(receipts[0].features.len());
    for receipt in receipts {
        queries.push(&receipt.features, receipt.served_label).expect("features of one length");
    }
    (queries, receipts.iter().map(|receipt| receipt.net_fee_uopen as f64).collect())
}

fn below(random: &mut ChaCha20Rng, bound: u32) -> u32 {
    // The bias of a remainder is below one in a million here.
    random.next_u32() % bound
}

fn mislabelled(image: LabelledImage, random: &mut ChaCha20Rng) -> LabelledImage {
    let label = (image.label + 1 + below(random, 9) as u16) % 10;
    LabelledImage { label, ..image }
}

fn noise(random: &mut ChaCha20Rng) -> LabelledImage {
    let pixels = (0..64).map(|_| below(random, u32::from(DIGITS_MAX_PIXEL) + 1) as u8).collect();
    LabelledImage { pixels, width: 8, height: 8, label: below(random, 10) as u16 }
}
