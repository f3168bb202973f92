//! What operators reveal that do not measure.

use anyhow::Result;
use cosmwasm_std::Binary;
use operator::contracts::Contracts;
use protocol::{attribution::Round, settlement::QueryMsg as SettlementQuery};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rules::{
    bitmap::Bitmap,
    score::{Report, SCALE, ScoreEntry, Vector},
};

use super::faults::Role;

/// The report of a role that does not measure.
///
/// # Errors
/// If the chain does not answer.
pub async fn report(contracts: &Contracts, round: &Round, role: Role) -> Result<Option<Report>> {
    match role {
        Role::Copying => Ok(Some(last(contracts, round).await?)),
        Role::Lying => Ok(Some(invented(round))),
        Role::Honest | Role::Absent | Role::Mute => Ok(None),
    }
}

/// The last scores on chain, with errors of nothing.
async fn last(contracts: &Contracts, round: &Round) -> Result<Report> {
    let query = SettlementQuery::LastScores { model: round.model, from: 0, count: round.positions };
    let packed: Binary = contracts.settlement(&query).await?;
    let scores = packed.chunks_exact(4).map(|bytes| i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    Ok(vector(scores.collect(), round))
}

fn invented(round: &Round) -> Report {
    let mut chance = ChaCha8Rng::seed_from_u64(round.id.get());
    let most = SCALE / i32::try_from(round.positions.max(1)).unwrap_or(i32::MAX);
    vector((0..round.positions).map(|_| chance.random_range(-most..=most)).collect(), round)
}

fn vector(scores: Vec<i32>, round: &Round) -> Report {
    let reach = scores.iter().map(|score| u64::from((*score).max(0).unsigned_abs())).sum();
    let entries = scores.into_iter().map(|score| ScoreEntry { score, error: 0 }).collect();
    Report::Vector(Vector { entries, reach, unresolved: Bitmap::new(round.redemptions as usize) })
}
