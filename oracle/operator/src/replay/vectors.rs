//! The vectors of a round as they stand in transactions, and what they come to.

use cosmwasm_std::from_json;
use protocol::{
    Hash32,
    attribution::{ExecuteMsg, ReportMsg, Round},
};
use rules::{
    bitmap::Bitmap,
    median, quorum,
    score::{ScoreEntry, Vector, unpack_entries},
};

use super::ReplayError;
use crate::contracts::Contracts;

/// An operator's vector as it was revealed.
#[derive(Clone, Debug)]
pub struct Revealed {
    /// The operator.
    pub operator: String,
    /// Its vector.
    pub vector: Vector,
    /// Salt of its commitment.
    pub salt: Hash32,
}

/// What a round's vectors come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aggregate {
    /// Medians by position.
    pub entries: Vec<ScoreEntry>,
    /// D.
    pub denominator: u64,
    /// Redemptions that more than half of the vectors call unresolved.
    pub unresolved: Bitmap,
}

/// The vectors of a round, from the chain's transactions, in the order in which they were revealed.
pub async fn revealed(contracts: &Contracts, round: &Round) -> Result<Vec<Revealed>, ReplayError> {
    let attributes =
        [("model", round.model.to_string()), ("round", round.id.to_string()), ("kind", "vector".to_owned())];
    let transactions = contracts.attribution_events("report_revealed", &attributes).await?;
    let mut all = Vec::new();
    for transaction in transactions {
        for message in &transaction.messages {
            if message.contract != contracts.deployment().attribution.as_str() {
                continue;
            }
            let Ok(ExecuteMsg::Reveal {
                model,
                round: id,
                report: ReportMsg::Vector { entries, reach, unresolved },
                salt,
            }) = from_json(message.msg.as_bytes())
            else {
                continue;
            };
            if model == round.model && id == round.id {
                let unresolved = Bitmap::from_bytes(round.redemptions as usize, unresolved.to_vec())?;
                let vector = Vector { entries: unpack_entries(&entries)?, reach: reach.u64(), unresolved };
                all.push(Revealed { operator: transaction.sender.clone(), vector, salt });
            }
        }
    }
    Ok(all)
}

/// Medians, D and unresolved redemptions of vectors of one length; `None` without vectors.
pub fn aggregate(vectors: &[&Vector], redemptions: usize) -> Option<Aggregate> {
    let positions = vectors.first()?.entries.len();
    let entries: Vec<ScoreEntry> = (0..positions)
        .map(|position| {
            let column: Vec<ScoreEntry> =
                vectors.iter().filter_map(|vector| vector.entries.get(position).copied()).collect();
            median::median_entry(&column)
        })
        .collect::<Option<_>>()?;
    let positive: u64 = entries.iter().map(|entry| u64::from(entry.score.max(0).unsigned_abs())).sum();
    let mut reaches: Vec<u64> = vectors.iter().map(|vector| vector.reach).collect();
    let denominator = median::denominator(median::upper_median_u64(&mut reaches)?, positive);
    let mut unresolved = Bitmap::new(redemptions);
    let of = u32::try_from(vectors.len()).ok()?;
    for index in 0..redemptions {
        let marks = u32::try_from(vectors.iter().filter(|vector| vector.unresolved.get(index)).count()).ok()?;
        if quorum::majority(marks, of) {
            unresolved.set(index).ok()?;
        }
    }
    Some(Aggregate { entries, denominator, unresolved })
}
