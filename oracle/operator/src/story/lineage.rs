//! What the report says of the adapter, of royalties, and of who holds which model.

use anyhow::{Context, Result};
use protocol::{
    Bps, ModelId, RoundId,
    event::StakeEvent,
    settlement::{Account, ModelTotals, QueryMsg as SettlementQuery},
    stake::SUPPLY,
};
use report::data::{ContributionRow, HolderRow, Offspring, Stages};
use rules::score::SCALE;

use super::{
    collect::{Collected, round_row, status},
    rounds::Misbehaviours,
    stage::Stage,
    subject::Subject,
};
use crate::{
    node::Engine,
    replay::{self, Ledger, Step},
};

/// The version of the base that the adapter is made from.
const BASE_VERSION: u32 = 1;

/// What was built on the base, and what came back.
pub async fn offspring(stage: &Stage<'_>, engine: &Engine, collected: &Collected<'_>) -> Result<Offspring> {
    let grown = &collected.played.grown;
    let model = grown.adapter.model;
    let totals: ModelTotals = stage.contracts.settlement(&SettlementQuery::ModelTotals { model }).await?;
    let steps = replay::steps(&stage.contracts, model, RoundId(u64::MAX)).await?;
    let (step, valuation) = (steps.last().context("the adapter's round was settled")?, collected.valuations.last());
    let honest = Misbehaviours::new();
    let rounds = vec![
        round_row(stage, collected, (&grown.round, &honest), Some(step)).await?,
        round_row(stage, collected, (&grown.valuation, &honest), valuation).await?,
    ];
    Ok(Offspring {
        model: stage.contracts.model_record(model).await?.name,
        contributions: contributions(stage, collected, step).await?,
        rounds,
        gross: step.settled.gross.u128(),
        royalties: totals.royalties_flowed.u128(),
        released: valuation.map_or(0, released),
        stages: stages(stage, engine, collected).await?,
    })
}

/// What each stage has in the adapter's answers; measured for language models.
async fn stages(stage: &Stage<'_>, engine: &Engine, collected: &Collected<'_>) -> Result<Option<Stages>> {
    if stage.plan.subject == Subject::Digits {
        return Ok(None);
    }
    let (grown, base) = (&collected.played.grown, collected.played.registered.model);
    let shares = engine.stage_shares(&grown.round, (base, BASE_VERSION)).await?;
    let terms = stage.contracts.model_record(grown.adapter.model).await?.terms;
    Ok(Some(Stages {
        base_size: shares.base.size,
        base_net: shares.base.net,
        own_net: shares.adapter.net,
        royalty_share: f64::from(terms.parents.0) / f64::from(Bps::WHOLE.0),
    }))
}

/// What a round released to contributors, in uopen.
pub fn released(step: &Step) -> u128 {
    let sum = |ledger: &Ledger| ledger.entries.iter().map(|entry| u128::from(entry.payable)).sum::<u128>();
    sum(&step.after) - sum(&step.before)
}

async fn contributions(stage: &Stage<'_>, collected: &Collected<'_>, step: &Step) -> Result<Vec<ContributionRow>> {
    let grown = &collected.played.grown;
    let accounts = stage.contracts.accounts(grown.adapter.model).await?;
    let mut rows = Vec::new();
    for ((account, id), batch) in
        accounts.iter().zip(&grown.contributed.ids).zip(&collected.played.plan.adapter.batches)
    {
        let record = stage.contracts.contribution(*id).await?;
        let items = record.revealed.as_ref().map_or(0, |revealed| revealed.item_count.u64());
        rows.push(ContributionRow {
            contribution: id.get(),
            name: batch.name.clone(),
            status: status(record.status).to_owned(),
            items,
            ..row(account, step)
        });
    }
    Ok(rows)
}

fn row(account: &Account, step: &Step) -> ContributionRow {
    let entry = step.aggregate.entries[account.position as usize];
    ContributionRow {
        contribution: 0,
        position: Some(account.position),
        name: String::new(),
        status: String::new(),
        items: 0,
        score: f64::from(entry.score) / f64::from(SCALE),
        error: f64::from(entry.error) / f64::from(SCALE),
        accrued: account.accrued.i64(),
        held_back: account.held_back.u64(),
        debt: account.debt.u64(),
        payable: account.payable.u64(),
        claimed: account.claimed.u128(),
        usual_rule: 0,
        stake: account.stake.u64(),
        history: Vec::new(),
    }
}

/// Who holds which part of which model, the larger parts first.
pub async fn holders(stage: &Stage<'_>, collected: &Collected<'_>) -> Result<Vec<HolderRow>> {
    let mut rows = Vec::new();
    for model in [collected.played.registered.model, collected.played.grown.adapter.model] {
        let mut of_model = holders_of(stage, model).await?;
        of_model.sort_by(|one, other| other.units.cmp(&one.units).then_with(|| one.name.cmp(&other.name)));
        rows.extend(of_model);
    }
    Ok(rows)
}

async fn holders_of(stage: &Stage<'_>, model: ModelId) -> Result<Vec<HolderRow>> {
    let name = stage.contracts.model_record(model).await?.name;
    let people = stage.cast.everybody();
    let mut rows = Vec::new();
    for account in stage.contracts.holders(model).await? {
        let dividends = stage.contracts.dividends(model, &account).await?;
        let holder = people.iter().find(|actor| actor.signer.address() == account);
        rows.push(HolderRow {
            model: name.clone(),
            name: holder.map_or_else(|| account.clone(), |actor| actor.name.clone()),
            units: dividends.balance.u128(),
            share: dividends.balance.u128() as f64 / SUPPLY as f64,
            dividends: dividends.paid.u128(),
        });
    }
    Ok(rows)
}

/// Dividends that an account was paid, over all models, in uopen.
pub async fn dividends(stage: &Stage<'_>, account: &str) -> Result<u128> {
    let transactions = stage.contracts.stake_events("dividend_paid").await?;
    let paid = transactions.iter().flat_map(|transaction| &transaction.events).filter_map(|event| {
        match StakeEvent::parse(event)?.ok()? {
            StakeEvent::DividendPaid { account: to, amount, .. } if to == account => Some(amount.u128()),
            _ => None,
        }
    });
    Ok(paid.sum())
}
