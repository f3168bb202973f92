//! Who contributes which items, what is asked, and what validates: drawn from the data by the seed alone. Everything is in canonical
//! bytes, so that the acts need not know what it is.

mod digits;
mod text;

use anyhow::{Context, Result};
use influence::dataset::load_digits;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

pub use self::{
    digits::{BAD_SIZE, COPIED_SIZE, HONEST_SIZES, INVERTED_SIZES, TooFewImages, VALIDATION_PER_ROUND},
    text::Books,
};
use super::{Options, subject::Subject};
use crate::published::ValidationExample;

/// Accounts that pay.
pub const PAYERS: usize = 4;

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

impl Size {
    /// Rounds that consume validation examples of the base: one per epoch, one that fails, and a valuation.
    fn rounds(self) -> usize {
        self.epochs as usize + 2
    }
}

/// What a contributor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    /// True items.
    Honest,
    /// True questions with wrong labels or answers.
    Wrong,
    /// Noise.
    Noise,
    /// Another's batch, resubmitted.
    Copy,
    /// True items for the adapter.
    Adapting,
}

/// A contributor's batch.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Name in the story.
    pub name: String,
    /// What its contributor does.
    pub conduct: Conduct,
    /// Canonical bytes of the items.
    pub items: Vec<Vec<u8>>,
}

/// A paid call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Which payer.
    pub payer: usize,
    /// Canonical bytes of what is asked.
    pub prompt: Vec<u8>,
    /// Name of the price.
    pub price: &'static str,
    /// Salt of the prompt's hash.
    pub salt: [u8; 32],
}

/// Everything that the seed decides.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What it is about.
    pub subject: Subject,
    /// Batches in the order of their commits; the copy comes last.
    pub batches: Vec<Batch>,
    /// Name of the batch that was made by two: its contributor shares what it earns.
    pub shared: &'static str,
    /// Validation examples, in the order in which rounds consume them.
    pub validation: Vec<ValidationExample>,
    /// Validation examples that each round consumes.
    pub validation_per_round: usize,
    /// Paid calls by epoch.
    pub calls: Vec<Vec<Call>>,
    /// What the adapter is made from and asked.
    pub adapter: AdapterPlan,
}

/// The adapter: the same with other data.
#[derive(Clone, Debug)]
pub struct AdapterPlan {
    /// Batches in the order of their commits.
    pub batches: Vec<Batch>,
    /// Validation examples of its one round.
    pub validation: Vec<ValidationExample>,
    /// Paid calls of its one epoch.
    pub calls: Vec<Call>,
}

impl Plan {
    /// Reads the data of a story and draws its plan.
    ///
    /// # Errors
    /// If the data cannot be read or is too little.
    pub fn of(options: &Options) -> Result<Self> {
        match options.subject {
            Subject::Digits => {
                let digits = load_digits(&options.data).context("cannot read the digits: --data names their file")?;
                Ok(Self::draw(&digits, options.size)?)
            }
            Subject::Text => {
                let books = Books::load(&options.data).context("cannot read the books: --data names their folder")?;
                Self::draw_texts(&books, options.size)
            }
        }
    }
}

/// Payers draw prompts with replacement: real customers ask the same thing twice, and such receipts count as one draw.
fn calls(prompts: &[Vec<u8>], count: usize, rng: &mut ChaCha8Rng) -> Vec<Call> {
    (0..count)
        .map(|call| Call {
            payer: call % PAYERS,
            prompt: prompts[rng.random_range(0..prompts.len())].clone(),
            price: if rng.random_bool(0.5) { "standard" } else { "priority" },
            salt: rng.random(),
        })
        .collect()
}
