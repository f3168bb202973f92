//! What shaped an answer: influence of contributions on it, citations, and what each earned by the round that settled it.

use anyhow::Result;
use cosmwasm_std::Uint128;
use gateway::till::Booked;
use protocol::{
    ChannelId, ModelId, RoundId,
    attribution::{Round, RoundKind},
    settlement::SettledRound,
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    citations::{self, CitedOutput, Wanted},
    contracts::Contracts,
    inputs::texts,
    node::Engine,
    published::PublishedReceipt,
    replay,
};

/// Most citations, and items that match by words, that are told.
const MOST: usize = 10;

/// The attribution of one call.
#[derive(Debug, Serialize)]
struct Attribution {
    status: &'static str,
    receipt: Receipt,
    round: Settled,
    /// By influence on this answer, largest first.
    contributions: Vec<Contribution>,
    #[serde(skip_serializing_if = "Option::is_none")]
    citations: Option<CitedOutput>,
    notes: [&'static str; 3],
}

#[derive(Debug, Serialize)]
struct Receipt {
    id: String,
    model: ModelId,
    version: u32,
    epoch: u64,
    fee_uopen: Uint128,
}

#[derive(Debug, Serialize)]
struct Settled {
    id: RoundId,
    /// What of this call's fee went to contributors by influence, in uopen.
    pool_uopen: Uint128,
    denominator: u64,
}

#[derive(Debug, Serialize)]
struct Contribution {
    position: usize,
    contribution: u64,
    /// Share of the influence on this answer, −1 to 1: all sizes sum to 1.
    influence: f64,
    /// In the round, over all its answers: in 10^-9 of its fees, with its standard error.
    round_score: i32,
    round_error: u32,
    /// What it earned by this call, in uopen: its part of the round's pool that this call paid into.
    earned_uopen: Uint128,
}

const NOTES: [&str; 3] = [
    "influence is on this answer alone; pay is decided by the round, over all its answers",
    "round_score and round_error are the operators' medians, in 10^-9 of the round's fees",
    citations::NOTE,
];

/// The attribution of a call; none while its round is not settled.
pub async fn attribution(engine: &Engine, model: ModelId, channel: ChannelId, call: &Booked) -> Result<Option<Value>> {
    let receipt = &call.receipt;
    let Some(settled) = round_of(&engine.contracts, model, receipt.epoch).await? else { return Ok(None) };
    let round: Round = engine.contracts.round(model, settled.round).await?;
    let revealed = replay::revealed(&engine.contracts, &round).await?;
    let vectors: Vec<_> = revealed.iter().map(|revealed| &revealed.vector).collect();
    let aggregate = replay::aggregate(&vectors, round.redemptions as usize);
    let aggregate = aggregate.ok_or_else(|| anyhow::anyhow!("the settled round {} has no vectors", settled.round))?;
    let pool = pool_of(&settled, receipt.fee);
    let influence = engine.influence_on(model, receipt).await?;
    let used = engine.contracts.used(model).await?;
    let mut contributions: Vec<Contribution> = aggregate
        .entries
        .iter()
        .zip(&used)
        .enumerate()
        .map(|(position, (entry, contribution))| Contribution {
            position,
            contribution: contribution.get(),
            influence: influence.get(position).copied().unwrap_or_default(),
            round_score: entry.score,
            round_error: entry.error,
            earned_uopen: earned(pool, entry.score, aggregate.denominator),
        })
        .collect();
    contributions.sort_by(|one, other| other.influence.abs().total_cmp(&one.influence.abs()));
    let attribution = Attribution {
        status: "settled",
        receipt: Receipt {
            id: format!("{channel}-{}", receipt.number),
            model,
            version: receipt.version,
            epoch: receipt.epoch,
            fee_uopen: receipt.fee,
        },
        round: Settled { id: settled.round, pool_uopen: pool, denominator: aggregate.denominator },
        contributions,
        citations: cited(engine, model, receipt).await?,
        notes: NOTES,
    };
    Ok(Some(serde_json::to_value(attribution)?))
}

/// The round of fees that settled an epoch.
async fn round_of(contracts: &Contracts, model: ModelId, epoch: u64) -> Result<Option<SettledRound>> {
    let covers = |settled: &SettledRound| {
        let range = settled.first_epoch.get()..=settled.last_epoch.get();
        settled.kind == RoundKind::Fees && settled.complete && range.contains(&epoch)
    };
    Ok(contracts.settled_rounds(model).await?.into_iter().find(covers))
}

/// What of a fee went into the round's pool: the same part of every fee, rounded down.
fn pool_of(settled: &SettledRound, fee: Uint128) -> Uint128 {
    if settled.gross.is_zero() { Uint128::zero() } else { settled.parts.influence.multiply_ratio(fee, settled.gross) }
}

fn earned(pool: Uint128, score: i32, denominator: u64) -> Uint128 {
    let positive = score.max(0).unsigned_abs();
    if denominator == 0 { Uint128::zero() } else { pool.multiply_ratio(positive, denominator) }
}

/// Where words of the answer stand in the training text, of a language model.
async fn cited(engine: &Engine, model: ModelId, receipt: &PublishedReceipt) -> Result<Option<CitedOutput>> {
    let batches = engine.training_texts(model, receipt.version).await?;
    let Ok((_, answer)) = texts::exchange(receipt, 0) else { return Ok(None) };
    if batches.is_empty() {
        return Ok(None);
    }
    let training = citations::Training::of_batches(&batches);
    let wanted = Wanted { spans: corpus::spans::TraceSettings::default(), matches: MOST };
    let cited = tokio::task::spawn_blocking(move || {
        citations::Library::new(&training).map(|library| library.cite(&answer, &wanted))
    });
    let mut cited = cited.await??;
    cited.citations.truncate(MOST);
    Ok(Some(cited))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_pays_its_part_of_the_pool_and_harm_earns_nothing() {
        let pool = Uint128::new(1_000);
        assert_eq!(earned(pool, 250_000_000, 1_000_000_000).u128(), 250);
        assert_eq!(earned(pool, -250_000_000, 1_000_000_000).u128(), 0);
        assert_eq!(earned(pool, 250_000_000, 500_000_000).u128(), 500);
        assert_eq!(earned(pool, 1, 0).u128(), 0);
    }
}
