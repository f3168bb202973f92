//! What stands behind a report: net influence and utility of every contribution, with standard errors.

use serde::{Deserialize, Serialize};

use crate::attributable::{Attributable, Paid};
use crate::draws::{Draws, Estimate, stratified};
use crate::evidence::{Evidence, Ownership, ReportError, VersionEvidence};
use crate::job::{Cancelled, Job};
use crate::score::Influence;
use crate::shares::{Part, shares};
use crate::strata::{self, Stratum};

/// What stands behind a report, per position, in shares (1 = all of the round's fees).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// `(Σf)² / Σf²` over paid prompts.
    pub effective_prompts: f64,
    /// Number of validation examples.
    pub validation_examples: usize,
    /// The strata that utility was measured in, by number.
    pub strata: Vec<StratumPart>,
    /// Net influence on what was served.
    pub net: Vec<Estimate>,
    /// Net influence on what is true.
    pub utility: Vec<Estimate>,
    /// `Σ_c max(net_c, 0)`.
    pub reach: f64,
    /// The industry's usual rule, for comparison: each position's share in the fee-weighted sum of the items' positive
    /// influences. Nobody is paid by it.
    pub usual_rule: Vec<f64>,
}

/// A stratum's part in a round, after strata of a single example were merged into their nearest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StratumPart {
    /// Its number.
    pub number: u16,
    /// Its validation examples.
    pub validation_examples: usize,
    /// Paid prompts that belong to it.
    pub prompts: usize,
    /// What it weighs in utility: its share of the fees, or of the examples where nothing was paid.
    pub weight: f64,
}

/// The round's quantities in floating point, before anything is decided or rounded.
pub(crate) fn break_down<V: Attributable>(evidence: &Evidence<'_, V>, job: &Job) -> Result<Breakdown, ReportError> {
    evidence.check()?;
    let paid = PaidAnswers::gather(evidence, job)?;
    // Points of several versions cannot be compared: all are the last one's.
    let last = evidence.versions.last().ok_or(ReportError::NoVersions)?.preconditioned;
    let places = last.places_of_examples(evidence.validation, job)?;
    let mut strata = strata::of_validation(&places, evidence.strata);
    let prompts = paid.pool_by_prompt(last, &mut strata, job)?;
    let examples = on_validation(evidence, &paid, job)?;

    let weights = weights(&strata, &prompts);
    let example_parts = weights.iter().zip(&strata).map(|(&weight, stratum)| (weight, stratum.examples.as_slice()));
    let paid_strata = strata::of_prompts(&strata, &places);
    let fee_shares = fee_shares(&paid_strata, &prompts);
    let prompt_parts = fee_shares.iter().zip(&paid_strata).map(|(&share, stratum)| (share, stratum.prompts.as_slice()));
    let net = stratified(&prompts, prompt_parts, evidence.positions());
    Ok(Breakdown {
        effective_prompts: prompts.effective_number(),
        validation_examples: evidence.examples(),
        reach: net.iter().map(|net| net.value.max(0.0)).sum(),
        net,
        utility: stratified(&examples, example_parts, evidence.positions()),
        usual_rule: paid.usual_rule(evidence.positions(), job)?,
        strata: strata.iter().zip(weights).map(|(stratum, weight)| part(stratum, weight)).collect(),
    })
}

fn part(stratum: &Stratum, weight: f64) -> StratumPart {
    let Stratum { number, examples, prompts, .. } = stratum;
    StratumPart { number: *number, validation_examples: examples.len(), prompts: prompts.len(), weight }
}

/// Per stratum its share of the fees; if nothing was paid, of the validation examples, so that each weighs the same.
fn weights(strata: &[Stratum], prompts: &Draws) -> Vec<f64> {
    if prompts.is_empty() {
        let total = strata.iter().map(|stratum| stratum.examples.len()).sum::<usize>().max(1) as f64;
        return strata.iter().map(|stratum| stratum.examples.len() as f64 / total).collect();
    }
    fee_shares(strata, prompts)
}

fn fee_shares(strata: &[Stratum], prompts: &Draws) -> Vec<f64> {
    let fees: Vec<f64> = strata.iter().map(|stratum| prompts.weight_of(&stratum.prompts)).collect();
    let total: f64 = fees.iter().sum();
    fees.into_iter().map(|fee| if total > 0.0 { fee / total } else { 0.0 }).collect()
}

/// A paid answer, and where its influence is found.
struct Answer<'a, V: Attributable> {
    receipt: &'a V::Receipt,
    version: usize,
    /// Row in the influence of its version.
    query: usize,
}

impl<V: Attributable> Answer<'_, V> {
    /// As a weight; fees above 2^53 uopen lose their last digits, which no share can show.
    fn fee(&self) -> f64 {
        self.receipt.net_fee_uopen() as f64
    }
}

/// The paid answers of all versions.
struct PaidAnswers<'a, V: Attributable> {
    /// By prompt, version, answer and fee.
    answers: Vec<Answer<'a, V>>,
    /// Per version its training items' influence on its answers.
    influence: Vec<Influence>,
    ownerships: Vec<&'a Ownership>,
}

impl<'a, V: Attributable> PaidAnswers<'a, V> {
    fn gather(evidence: &Evidence<'a, V>, job: &Job) -> Result<Self, ReportError> {
        let mut answers: Vec<Answer<'a, V>> = Vec::new();
        let mut influence = Vec::new();
        for (version, served) in evidence.versions.iter().enumerate() {
            let mut queries = Vec::new();
            for (query, (index, receipt)) in in_fixed_order(served.receipts).into_iter().enumerate() {
                let misfit = |source| ReportError::Receipt { version, receipt: index, source };
                served.preconditioned.check(receipt, evidence.validation).map_err(misfit)?;
                queries.push(receipt);
                answers.push(Answer { receipt, version, query });
            }
            influence.push(served.preconditioned.influence_on_receipts(&queries, job)?);
        }
        answers.sort_by(|left, right| left.receipt.prompt().cmp(right.receipt.prompt()));
        let ownerships = evidence.versions.iter().map(|version| version.ownership).collect();
        Ok(Self { answers, influence, ownerships })
    }

    /// The answers to each prompt.
    fn by_prompt(&self) -> impl Iterator<Item = &[Answer<'a, V>]> {
        self.answers.chunk_by(|left, right| left.receipt.prompt() == right.receipt.prompt())
    }

    /// One draw per prompt: the fee-weighted mean of its receipts' shares, weighing their fees together. Each prompt is added to the
    /// stratum that it lies nearest to.
    fn pool_by_prompt(&self, placing: &V, strata: &mut [Stratum], job: &Job) -> Result<Draws, ReportError> {
        let prompts: Vec<&V::Receipt> = self.by_prompt().map(|answers| answers[0].receipt).collect();
        let places = placing.places_of_receipts(&prompts, job)?;
        let mut draws = Draws::default();
        for answers in self.by_prompt() {
            job.control.check()?;
            let weight: f64 = answers.iter().map(Answer::fee).sum();
            let mut pooled = vec![0.0; self.ownerships[0].positions];
            for answer in answers {
                add(&mut pooled, answer.fee() / weight, &self.shares(answer, Part::Net));
            }
            let stratum = strata::nearest(strata, places.row(draws.len()));
            strata[stratum].prompts.push(draws.len());
            draws.push(weight, pooled);
        }
        Ok(draws)
    }

    fn shares(&self, answer: &Answer<'_, V>, part: Part) -> Vec<f64> {
        shares(self.influence[answer.version].row(answer.query), self.ownerships[answer.version], part)
    }

    /// Per version its share of the fees; if nothing was paid, 1 for the last version.
    fn version_weights(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.ownerships.len()];
        let total: f64 = self.answers.iter().map(Answer::fee).sum();
        for answer in &self.answers {
            weights[answer.version] += answer.fee();
        }
        if total > 0.0 {
            weights.iter_mut().for_each(|weight| *weight /= total);
        } else if let Some(last) = weights.last_mut() {
            *last = 1.0;
        }
        weights
    }

    fn usual_rule(&self, positions: usize, job: &Job) -> Result<Vec<f64>, Cancelled> {
        let mut sums = vec![0.0; positions];
        for answer in &self.answers {
            job.control.check()?;
            add(&mut sums, answer.fee(), &self.shares(answer, Part::Positive));
        }
        let total: f64 = sums.iter().sum();
        Ok(sums.iter().map(|sum| if total > 0.0 { sum / total } else { 0.0 }).collect())
    }
}

/// The receipts with a fee and their places, in an order that does not depend on the one given: receipts of one version that agree in
/// prompt, answer and fee are alike.
fn in_fixed_order<R: Paid>(receipts: &[R]) -> Vec<(usize, &R)> {
    let mut paid: Vec<(usize, &R)> =
        receipts.iter().enumerate().filter(|(_, receipt)| receipt.net_fee_uopen() > 0).collect();
    paid.sort_by(|(_, left), (_, right)| {
        let of_prompts = left.prompt().cmp(right.prompt()).then_with(|| left.compare_answers(right));
        of_prompts.then_with(|| left.net_fee_uopen().cmp(&right.net_fee_uopen()))
    });
    paid
}

/// One draw per validation example: the mean of its shares under each version, weighted by the versions' fees.
fn on_validation<V: Attributable>(
    evidence: &Evidence<'_, V>,
    paid: &PaidAnswers<'_, V>,
    job: &Job,
) -> Result<Draws, ReportError> {
    let mut rows = vec![vec![0.0; evidence.positions()]; evidence.examples()];
    for (version, weight) in evidence.versions.iter().zip(paid.version_weights()) {
        if weight > 0.0 {
            let VersionEvidence { preconditioned, ownership, .. } = version;
            let influence = preconditioned.influence_on_examples(evidence.validation, job)?;
            for (example, row) in rows.iter_mut().enumerate() {
                job.control.check()?;
                add(row, weight, &shares(influence.row(example), ownership, Part::Net));
            }
        }
    }
    let mut draws = Draws::default();
    rows.into_iter().for_each(|row| draws.push(1.0, row));
    Ok(draws)
}

fn add(sums: &mut [f64], weight: f64, row: &[f64]) {
    sums.iter_mut().zip(row).for_each(|(sum, share)| *sum += weight * share);
}
