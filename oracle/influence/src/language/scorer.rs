//! Influence of a version's training items on what it answered.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use lm::pack::TokenItem;

use super::{Answered, LanguageError, LanguageModel, Text, cache, places};
use crate::attributable::{Attributable, Misfit, Paid, prompt_of_example};
use crate::digest::{Digest, digest};
use crate::ekfac::Subject;
use crate::ekfac::score::{self, Curvature};
use crate::evidence::ReportError;
use crate::job::Job;
use crate::score::Influence;
use crate::strata::Points;

/// One paid answer of a language model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnsweredReceipt {
    /// Fee after the protocol's share, in uopen; 0 counts for nothing.
    pub net_fee_uopen: u128,
    /// The prompt's digest: receipts of the same prompt are one draw.
    pub prompt: Digest,
    /// What was asked and answered.
    pub said: Answered,
}

impl Paid for AnsweredReceipt {
    fn net_fee_uopen(&self) -> u128 {
        self.net_fee_uopen
    }

    fn prompt(&self) -> &Digest {
        &self.prompt
    }

    fn compare_answers(&self, other: &Self) -> Ordering {
        (&self.said.prompt, &self.said.answer).cmp(&(&other.said.prompt, &other.said.answer))
    }
}

/// A version with its training items and its curvature, which all queries share.
#[derive(Clone, Debug)]
pub struct LanguageScorer {
    model: Arc<LanguageModel>,
    items: Vec<TokenItem>,
    curvature: Curvature,
}

/// Names what a [`LanguageScorer`] is of: manifest, weights and items, under the tag `influence/language-scorer/1`.
///
/// # Errors
/// If an item cannot be read.
pub fn key(model: &LanguageModel, items: &[Text]) -> Result<Digest, LanguageError> {
    let mut parts: Vec<Vec<u8>> = vec![model.manifest().hash().to_vec(), model.hash().to_vec()];
    for item in items {
        let TokenItem { tokens, weights } = model.item(item)?;
        parts.push(tokens.iter().flat_map(|token| token.to_be_bytes()).collect());
        parts.push(weights.iter().flat_map(|weight| weight.to_le_bytes()).collect());
    }
    Ok(digest("influence/language-scorer/1", &parts.iter().map(Vec::as_slice).collect::<Vec<_>>()))
}

fn tokens(model: &LanguageModel, items: &[Text]) -> Result<Vec<TokenItem>, LanguageError> {
    items.iter().map(|item| model.item(item)).collect()
}

fn subject(model: &LanguageModel) -> Subject<'_> {
    Subject::trained(model.model(), model.manifest().layout())
}

fn measure(model: &LanguageModel, items: &[TokenItem], job: &Job) -> Result<Curvature, LanguageError> {
    let settings = &model.manifest().scoring;
    job.control.begin(score::steps(items, 0, settings));
    Ok(score::curvature(&subject(model), items, settings, job)?)
}

impl LanguageScorer {
    /// Measures the curvature at the training items: as much work as some epochs of training.
    ///
    /// # Errors
    /// If an item cannot be read, there is nothing to learn from, or the job is cancelled.
    pub fn new(model: Arc<LanguageModel>, items: &[Text], job: &Job) -> Result<Self, LanguageError> {
        let items = tokens(&model, items)?;
        let curvature = measure(&model, &items, job)?;
        Ok(Self { model, items, curvature })
    }

    /// As [`Self::new`], unless the curvature is in `folder` already, where it is kept under its [`key`].
    ///
    /// # Errors
    /// As [`Self::new`], or if the folder cannot be written.
    pub fn load_or_measure(
        (folder, key): (&Path, &Digest),
        model: Arc<LanguageModel>,
        items: &[Text],
        job: &Job,
    ) -> Result<Self, LanguageError> {
        let items = tokens(&model, items)?;
        let curvature = cache::load_or_measure((folder, key), &subject(&model), || measure(&model, &items, job))?;
        Ok(Self { model, items, curvature })
    }

    /// The version.
    pub fn model(&self) -> &Arc<LanguageModel> {
        &self.model
    }

    /// What the version learned.
    pub(super) fn token_items(&self) -> &[TokenItem] {
        &self.items
    }

    pub(super) fn curvature(&self) -> &Curvature {
        &self.curvature
    }

    /// The weights that influence goes through.
    pub(super) fn subject(&self) -> Subject<'_> {
        subject(&self.model)
    }

    /// φ of every item on every question's answer; what is asked and answered twice is computed once.
    pub(super) fn influence(&self, questions: &[TokenItem], job: &Job) -> Result<Influence, LanguageError> {
        let mut ranks: BTreeMap<(&[u32], usize), usize> = BTreeMap::new();
        let mut unique: Vec<TokenItem> = Vec::new();
        let mut rows = Vec::with_capacity(questions.len());
        for question in questions {
            let given = question.weights.iter().filter(|weight| **weight == 0.0).count();
            let next = unique.len();
            let rank = *ranks.entry((&question.tokens, given)).or_insert(next);
            if rank == next {
                unique.push(question.clone());
            }
            rows.push(rank);
        }
        let settings = &self.model.manifest().scoring;
        job.control.begin(score::steps(&self.items, unique.len(), settings) - score::steps(&self.items, 0, settings));
        let matrix = score::matrix(&self.subject(), &self.curvature, (&self.items, &unique), settings, job)?;
        let values = rows.into_iter().flat_map(|rank| matrix.row(rank)).map(|value| f64::from(*value)).collect();
        Ok(Influence::new(self.items.len(), values))
    }

    pub(super) fn questions<'a>(
        &self,
        said: impl Iterator<Item = &'a Answered>,
    ) -> Result<Vec<TokenItem>, LanguageError> {
        said.map(|said| self.model.question(said)).collect()
    }

    fn places<'a>(&self, prompts: impl Iterator<Item = &'a str>, job: &Job) -> Result<Points<'static>, LanguageError> {
        let prompts = prompts.map(|prompt| self.model.prompt(prompt)).collect::<Result<Vec<_>, _>>()?;
        places::of_prompts((self.model.manifest(), self.model.model()), &prompts, job)
    }
}

/// A language model: it is asked a prompt and answers a text; the embedding of the prompt is where a question lies.
impl Attributable for LanguageScorer {
    type Receipt = AnsweredReceipt;
    type Examples = [Answered];

    fn items(&self) -> usize {
        self.items.len()
    }

    fn count(examples: &[Answered]) -> usize {
        examples.len()
    }

    fn check(&self, receipt: &AnsweredReceipt, _: &[Answered]) -> Result<(), Misfit> {
        Ok(self.model.question(&receipt.said).map(drop)?)
    }

    fn influence_on_receipts(&self, receipts: &[&AnsweredReceipt], job: &Job) -> Result<Influence, ReportError> {
        let questions = self.questions(receipts.iter().map(|receipt| &receipt.said))?;
        Ok(self.influence(&questions, job)?)
    }

    fn influence_on_examples(&self, examples: &[Answered], job: &Job) -> Result<Influence, ReportError> {
        let questions = self.questions(examples.iter())?;
        Ok(self.influence(&questions, job)?)
    }

    fn places_of_receipts(&self, receipts: &[&AnsweredReceipt], job: &Job) -> Result<Points<'static>, ReportError> {
        Ok(self.places(receipts.iter().map(|receipt| receipt.said.prompt.as_str()), job)?)
    }

    fn places_of_examples<'a>(&self, examples: &'a [Answered], job: &Job) -> Result<Points<'a>, ReportError> {
        Ok(self.places(examples.iter().map(|example| example.prompt.as_str()), job)?)
    }

    fn own_answers(&self, examples: &[Answered], job: &Job) -> Result<Vec<AnsweredReceipt>, ReportError> {
        let prompts: Vec<&str> = examples.iter().map(|example| example.prompt.as_str()).collect();
        let answers = self.model.answers(&prompts, job)?;
        let receipt = |(index, answer): (usize, Result<String, LanguageError>)| {
            let said = Answered { prompt: prompts[index].to_owned(), answer: answer? };
            Ok(AnsweredReceipt { net_fee_uopen: 1, prompt: prompt_of_example(index), said })
        };
        answers.into_iter().enumerate().map(receipt).collect()
    }
}
