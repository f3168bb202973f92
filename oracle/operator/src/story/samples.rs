//! What was asked and answered, where it can be read: from the receipts that were published.

use std::collections::BTreeMap;

use anyhow::Result;
use protocol::attribution::Round;
use report::data::SampleRow;

use super::{Played, rounds::settled, stage::Stage, subject::Subject};
use crate::node::Engine;

/// Prompts that are shown of a round.
const SHOWN: usize = 8;

/// Some prompts and answers of the first settled round of the base, and of the adapter's; none of images.
pub async fn of(stage: &Stage<'_>, engine: &Engine, played: &Played) -> Result<Vec<SampleRow>> {
    if stage.plan.subject == Subject::Digits {
        return Ok(Vec::new());
    }
    let mut rows = Vec::new();
    let of_base = played.rounds.iter().map(|(round, _)| round).find(|round| settled(round));
    for round in of_base.into_iter().chain([&played.grown.round]) {
        rows.extend(of_round(stage, engine, round).await?);
    }
    Ok(rows)
}

async fn of_round(stage: &Stage<'_>, engine: &Engine, round: &Round) -> Result<Vec<SampleRow>> {
    let model = stage.contracts.model_record(round.model).await?.name;
    let mut answers: BTreeMap<String, SampleRow> = BTreeMap::new();
    for call in engine.paid_texts(round).await?.calls {
        let empty = || SampleRow {
            model: model.clone(),
            round: round.id.get(),
            prompt: call.prompt.clone(),
            answer: call.served.clone(),
            calls: 0,
            net_fees: 0,
        };
        let row = answers.entry(call.prompt.clone()).or_insert_with(empty);
        row.calls += 1;
        row.net_fees += call.net_fee;
    }
    let mut rows: Vec<SampleRow> = answers.into_values().collect();
    rows.sort_by(|one, other| other.net_fees.cmp(&one.net_fees).then_with(|| one.prompt.cmp(&other.prompt)));
    rows.truncate(SHOWN);
    Ok(rows)
}
