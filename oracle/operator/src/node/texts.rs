//! Rounds of language models: texts are read and answered, influence is by EK-FAC.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use influence::{
    language::{
        Answered, AnsweredReceipt, LanguageModel, LanguageScorer, scorer,
        stages::{self, StageShares},
    },
    report::{Ownership, Thresholds},
};
use protocol::{
    ModelId,
    attribution::{Round, RoundKind},
    model::Version,
};

use super::{
    Engine, Measured, NodeError,
    engine::{Gathered, Scored, blocking},
};
use crate::{
    inputs::{
        self, PaidCalls, Receipts,
        texts::{self, Exchange, PaidText, Served},
    },
    training::language as versions,
};

/// What was paid for in a round of a language model.
pub type PaidTexts = PaidCalls<String, String>;

impl Engine {
    pub(super) async fn measure_texts(&self, round: &Round, thresholds: Thresholds) -> Result<Measured, NodeError> {
        let paid = self.paid_texts(round).await?;
        let scored = self.scored_texts(round, &paid).await?;
        let examples = texts::validation(&self.contracts, &self.published, round).await?;
        let (kind, unresolved, job) = (round.kind, paid.unresolved, self.job.clone());
        let outcome = blocking(move || {
            let gathered =
                Gathered { scored: &scored, validation: &examples.questions, strata: &examples.strata, unresolved };
            gathered.report(kind, thresholds, job)
        })
        .await??;
        Ok(Measured { report: outcome.report, breakdown: outcome.breakdown, unresolved: paid.reasons })
    }

    /// What was paid for in a round of a language model; nothing in a valuation. Every answer is weighed: a call with one that its
    /// version cannot have given ([`lm::surprise`]) is unresolved.
    pub async fn paid_texts(&self, round: &Round) -> Result<PaidTexts, NodeError> {
        if round.kind == RoundKind::Valuation {
            return Ok(PaidCalls::none());
        }
        let receipts = inputs::receipts(&self.contracts, &self.published, round).await?;
        let mut served = BTreeMap::new();
        for (number, version) in self.named_versions(round, &receipts).await? {
            let model = self.language_model(&version).await?;
            served.insert(number, self.served(model, said(&receipts, number)).await?);
        }
        let share = inputs::protocol_share(&self.contracts).await?;
        Ok(inputs::paid_calls(&receipts, &served, share)?)
    }

    /// What a version can have answered.
    async fn served(&self, model: Arc<LanguageModel>, said: BTreeSet<Exchange>) -> Result<Served, NodeError> {
        let job = self.job.clone();
        blocking(move || {
            let answered = |(prompt, answer): &Exchange| Answered { prompt: prompt.clone(), answer: answer.clone() };
            let asked: Vec<Answered> = said.iter().map(answered).collect();
            let judged = model.can_have_said(&asked, &job).map_err(influence::language::LanguageError::from)?;
            let judged = judged.into_iter().map(|judged| judged.map_err(|error| error.to_string()));
            Ok(Served::new(said.into_iter().zip(judged).collect()))
        })
        .await?
    }

    async fn scored_texts(&self, round: &Round, paid: &PaidTexts) -> Result<Vec<Scored<LanguageScorer>>, NodeError> {
        let mut scored = Vec::new();
        for version in self.served_versions(round, paid).await? {
            let (scorer, ownership) = self.scorer(round.model, &version, round.positions).await?;
            let receipts = paid.calls.iter().filter(|call| call.version == version.number).map(receipt).collect();
            scored.push(Scored { version: scorer, ownership, receipts });
        }
        Ok(scored)
    }

    /// How much each stage of an adapter's making has in what it was paid for in a round: its own items, and those of the version of the base
    /// that it was made from. Never part of pay.
    ///
    /// # Errors
    /// If the versions cannot be loaded or measured, or the base is another one.
    pub async fn stage_shares(&self, round: &Round, (base, number): (ModelId, u32)) -> Result<StageShares, NodeError> {
        let paid = self.paid_texts(round).await?;
        let served = self.served_versions(round, &paid).await?;
        let version = served.last().expect("a round has a version");
        let (adapter, _) = self.scorer(round.model, version, round.positions).await?;
        let positions = self.contracts.model_record(base).await?.positions;
        let (base, _) = self.scorer(base, &self.version(base, number).await?, positions).await?;
        let own = paid.calls.iter().filter(|call| call.version == version.number);
        let questions: Vec<Answered> = own.map(|call| receipt(call).said).collect();
        let job = self.job.clone();
        Ok(blocking(move || stages::shares(&adapter, &base, &questions, &job)).await??)
    }

    /// A version with its curvature, which is measured once and kept on disk.
    pub(super) async fn scorer(
        &self,
        model: ModelId,
        version: &Version,
        positions: u32,
    ) -> Result<(Arc<LanguageScorer>, Ownership), NodeError> {
        let weights = self.language_model(version).await?;
        let batches = texts::training(self.sources(), model, version.number, weights.manifest()).await?;
        let (items, ownership) = texts::items(&batches, positions as usize);
        let (kept, job, folder) = (self.kept.clone(), self.job.clone(), self.cache.clone());
        let scorer = blocking(move || {
            let key = scorer::key(&weights, &items)?;
            kept.scorer(&key, || LanguageScorer::load_or_measure((&folder, &key), weights, &items, &job))
        })
        .await??;
        Ok((scorer, ownership))
    }

    pub(super) async fn language_model(&self, version: &Version) -> Result<Arc<LanguageModel>, NodeError> {
        let manifest = &version.manifest;
        if let Some(model) = self.kept.model(manifest) {
            return Ok(model);
        }
        let model = Arc::new(versions::load_published(&self.published, manifest).await?);
        self.kept.keep_model(&model);
        Ok(model)
    }
}

/// What a version's calls say was asked and answered, where it can be read.
fn said(receipts: &[Receipts], number: u32) -> BTreeSet<Exchange> {
    let segments = receipts.iter().filter_map(|receipts| receipts.as_ref().ok());
    let calls = segments.flat_map(|segment| segment.receipts.iter().enumerate());
    let calls = calls.filter(|(_, receipt)| receipt.version == number);
    calls.filter_map(|(index, receipt)| texts::exchange(receipt, index).ok()).collect()
}

fn receipt(call: &PaidText) -> AnsweredReceipt {
    let said = Answered { prompt: call.prompt.clone(), answer: call.served.clone() };
    AnsweredReceipt { net_fee_uopen: call.net_fee, prompt: call.prompt_digest, said }
}
