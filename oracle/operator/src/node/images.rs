//! Rounds of classifiers: images are read, labels served, influence is that of the exact Gauss-Newton matrix.

use std::{collections::BTreeMap, sync::Arc};

use influence::{
    cache,
    dataset::Examples,
    report::{Ownership, Receipt, Thresholds},
    score::Preconditioned,
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
    inputs::{self, PaidCall, PaidCalls},
    training,
};

impl Engine {
    pub(super) async fn measure_images(&self, round: &Round, thresholds: Thresholds) -> Result<Measured, NodeError> {
        let paid = self.paid_calls(round).await?;
        let scored = self.scored_images(round, &paid).await?;
        let examples = inputs::validation(&self.contracts, &self.published, round).await?;
        let validation = Examples::from_images(&examples.images)?;
        let (kind, unresolved, job) = (round.kind, paid.unresolved, self.job.clone());
        let outcome = blocking(move || {
            let gathered = Gathered { scored: &scored, validation: &validation, strata: &examples.strata, unresolved };
            gathered.report(kind, thresholds, job)
        })
        .await??;
        Ok(Measured { report: outcome.report, breakdown: outcome.breakdown, unresolved: paid.reasons })
    }

    /// What was paid for in a round of a classifier; nothing in a valuation.
    pub async fn paid_calls(&self, round: &Round) -> Result<PaidCalls, NodeError> {
        if round.kind == RoundKind::Valuation {
            return Ok(PaidCalls::none());
        }
        let receipts = inputs::receipts(&self.contracts, &self.published, round).await?;
        let mut shapes = BTreeMap::new();
        for (number, version) in self.named_versions(round, &receipts).await? {
            shapes.insert(number, training::published_shape(&self.published, &version.manifest).await?);
        }
        let share = inputs::protocol_share(&self.contracts).await?;
        Ok(inputs::paid_calls(&receipts, &shapes, share)?)
    }

    async fn scored_images(&self, round: &Round, paid: &PaidCalls) -> Result<Vec<Scored<Preconditioned>>, NodeError> {
        let mut scored = Vec::new();
        for version in self.served_versions(round, paid).await? {
            let (preconditioned, ownership) = self.preconditioned(round.model, &version, round.positions).await?;
            let receipts = paid.calls.iter().filter(|call| call.version == version.number).map(receipt).collect();
            scored.push(Scored { version: Arc::new(preconditioned), ownership, receipts });
        }
        Ok(scored)
    }

    pub(super) async fn preconditioned(
        &self,
        model: ModelId,
        version: &Version,
        positions: u32,
    ) -> Result<(Preconditioned, Ownership), NodeError> {
        let trained = training::load_published(&self.published, &version.manifest).await?;
        let batches = inputs::training(self.sources(), model, version.number).await?;
        let (items, ownership) = training::examples(&batches, positions as usize)?;
        let (cache, job) = (self.cache.clone(), self.job.clone());
        let preconditioned =
            blocking(move || cache::load_or_compute(&cache, &trained.manifest, &trained.members, &items, job))
                .await??
                .0;
        Ok((preconditioned, ownership))
    }
}

fn receipt(call: &PaidCall) -> Receipt {
    Receipt {
        net_fee_uopen: call.net_fee,
        prompt: call.prompt_digest,
        features: call.prompt.features(),
        served_label: call.served,
    }
}
