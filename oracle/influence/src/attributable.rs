//! What a round asks of a version of a model, whatever kind of model it is.

use std::cmp::Ordering;
use std::error::Error;

use crate::dataset::{DatasetError, Examples};
use crate::digest::{Digest, digest};
use crate::evidence::{Receipt, ReportError};
use crate::job::Job;
use crate::score::{Influence, Preconditioned, ScoreError};
use crate::strata::Points;

/// Why a receipt is not of a model.
pub type Misfit = Box<dyn Error + Send + Sync>;

/// An answer that was paid for.
pub trait Paid {
    /// Fee after the protocol's share, in uopen; 0 counts for nothing.
    fn net_fee_uopen(&self) -> u128;

    /// The prompt: receipts of the same prompt are one draw.
    fn prompt(&self) -> &Digest;

    /// An order of answers to one prompt, in which only equal ones are equal.
    fn compare_answers(&self, other: &Self) -> Ordering;
}

/// A version of a model whose answers can be attributed to its training items.
pub trait Attributable: Sync + 'static {
    /// An answer that was paid for.
    type Receipt: Paid + Clone + std::fmt::Debug + Sync;
    /// Questions with their true answers.
    type Examples: std::fmt::Debug + ?Sized + Sync;

    /// Number of training items.
    fn items(&self) -> usize;

    /// Number of examples.
    fn count(examples: &Self::Examples) -> usize;

    /// Checks that a receipt is of what examples are of.
    ///
    /// # Errors
    /// Says what does not fit.
    fn check(&self, receipt: &Self::Receipt, examples: &Self::Examples) -> Result<(), Misfit>;

    /// φ of every item on every paid answer; the receipts were checked.
    ///
    /// # Errors
    /// If it cannot be computed or the job is cancelled, as of all that follow.
    fn influence_on_receipts(&self, receipts: &[&Self::Receipt], job: &Job) -> Result<Influence, ReportError>;

    /// φ of every item on every example's true answer.
    ///
    /// # Errors
    /// As [`Self::influence_on_receipts`].
    fn influence_on_examples(&self, examples: &Self::Examples, job: &Job) -> Result<Influence, ReportError>;

    /// Where the prompts of receipts lie, for strata.
    ///
    /// # Errors
    /// As [`Self::influence_on_receipts`].
    fn places_of_receipts(&self, receipts: &[&Self::Receipt], job: &Job) -> Result<Points<'static>, ReportError>;

    /// Where the questions of examples lie, among those of receipts.
    ///
    /// # Errors
    /// As [`Self::influence_on_receipts`].
    fn places_of_examples<'a>(&self, examples: &'a Self::Examples, job: &Job) -> Result<Points<'a>, ReportError>;

    /// A receipt for each example: what the version answers to it, for 1 uopen, as a prompt of its own ([`prompt_of_example`]).
    ///
    /// # Errors
    /// As [`Self::influence_on_receipts`].
    fn own_answers(&self, examples: &Self::Examples, job: &Job) -> Result<Vec<Self::Receipt>, ReportError>;
}

/// The prompt of an example that a version is asked itself.
pub(crate) fn prompt_of_example(index: usize) -> Digest {
    digest("influence/example/1", &[&(index as u64).to_le_bytes()])
}

impl Paid for Receipt {
    fn net_fee_uopen(&self) -> u128 {
        self.net_fee_uopen
    }

    fn prompt(&self) -> &Digest {
        &self.prompt
    }

    fn compare_answers(&self, other: &Self) -> Ordering {
        self.served_label.cmp(&other.served_label)
    }
}

/// A classifier: it is asked features and answers a label; features are where a question lies.
impl Attributable for Preconditioned {
    type Receipt = Receipt;
    type Examples = Examples;

    fn items(&self) -> usize {
        Self::items(self)
    }

    fn count(examples: &Examples) -> usize {
        examples.len()
    }

    fn check(&self, receipt: &Receipt, examples: &Examples) -> Result<(), Misfit> {
        let (found, expected) = (receipt.features.len(), examples.width());
        if found == expected { Ok(()) } else { Err(DatasetError::Width { found, expected }.into()) }
    }

    fn influence_on_receipts(&self, receipts: &[&Receipt], job: &Job) -> Result<Influence, ReportError> {
        let mut queries = Examples::new(receipts.first().map_or(0, |receipt| receipt.features.len()));
        for receipt in receipts {
            queries.push(&receipt.features, receipt.served_label).expect("receipts were checked");
        }
        Ok(self.influence(&queries, job)?)
    }

    fn influence_on_examples(&self, examples: &Examples, job: &Job) -> Result<Influence, ReportError> {
        Ok(self.influence(examples, job)?)
    }

    fn places_of_receipts(&self, receipts: &[&Receipt], _: &Job) -> Result<Points<'static>, ReportError> {
        let width = receipts.first().map_or(0, |receipt| receipt.features.len());
        let features: Vec<f32> = receipts.iter().flat_map(|receipt| &receipt.features).copied().collect();
        Ok(Points::new(width, features))
    }

    fn places_of_examples<'a>(&self, examples: &'a Examples, _: &Job) -> Result<Points<'a>, ReportError> {
        Ok(Points::new(examples.width(), examples.features()))
    }

    fn own_answers(&self, examples: &Examples, _: &Job) -> Result<Vec<Receipt>, ReportError> {
        let served = self.served_labels(examples).map_err(ScoreError::from)?;
        let asked = |(index, served_label): (usize, u16)| Receipt {
            net_fee_uopen: 1,
            prompt: prompt_of_example(index),
            features: examples.row(index).to_vec(),
            served_label,
        };
        Ok(served.into_iter().enumerate().map(asked).collect())
    }
}
