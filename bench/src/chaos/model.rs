//! A model small enough that measuring it takes milliseconds, and real all the same: its weights come from training on the batches.

use anyhow::Result;
use influence::{
    Threads,
    dataset::LabelledImage,
    manifest::{TrainingManifest, TrainingPlan},
    train,
};
use operator::{
    inputs::TrainingBatch,
    training::{self, Trained},
};
use rand::{Rng as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use super::{people::CONTRIBUTORS, world::VALIDATION_PER_ROUND};

/// Images of a contributor.
const BATCH: usize = 20;
/// Units of the one hidden layer.
const HIDDEN: usize = 6;
/// Passes of training.
const PASSES: usize = 40;
/// The procedure that chooses a damping would take longer than everything else here.
const DAMPING: f64 = 0.05;
const LABELS: u16 = 10;

/// What a world is made from, drawn by its seed.
pub struct Images {
    /// Of each contributor; the labels of the last are wrong.
    pub batches: Vec<Vec<LabelledImage>>,
    /// For validation, with replacement.
    pub validation: Vec<LabelledImage>,
}

impl Images {
    /// Draws them; validation examples last for so many rounds.
    pub fn draw(digits: &[LabelledImage], seed: u64, rounds: usize) -> Self {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let mut shuffled = digits.to_vec();
        shuffled.shuffle(&mut chance);
        let mut batches: Vec<_> = shuffled.chunks(BATCH).take(CONTRIBUTORS).map(<[_]>::to_vec).collect();
        for image in batches.last_mut().into_iter().flatten() {
            image.label = (image.label + chance.random_range(1..LABELS)) % LABELS;
        }
        let rest = shuffled.split_off(BATCH * CONTRIBUTORS);
        let count = rounds * VALIDATION_PER_ROUND;
        let validation = (0..count).map(|_| rest[chance.random_range(0..rest.len())].clone()).collect();
        Self { batches, validation }
    }
}

/// Trains the model.
///
/// # Errors
/// If the images do not fit together.
pub fn train(seed: u64, batches: &[TrainingBatch]) -> Result<Trained> {
    let (items, _) = training::examples(batches, batches.len())?;
    let first = seed.wrapping_mul(2);
    let seeds = vec![first, first.wrapping_add(1)];
    let plan = TrainingPlan {
        layers: vec![64, HIDDEN, usize::from(LABELS)],
        epochs: PASSES,
        batch: BATCH,
        ..TrainingPlan::digits(seeds)
    };
    let members = train::train_members(&plan, &items, Threads::new(1), &|_| {})?;
    Ok(Trained { manifest: TrainingManifest::new(plan, DAMPING), members })
}
