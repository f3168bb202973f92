//! Sums over the medians of a piece, and distances of every vector that could have been sent from them.

use cosmwasm_std::{Binary, Deps};
use protocol::attribution::Round;
use protocol::settlement::QueryMsg as SettlementQuery;
use rules::agreement::{distance, magnitude};

use crate::ContractError;
use crate::medians::{aggregate_piece, scores};
use crate::state::{self, Pass, Piece, Stored, read_entries};

/// Adds a piece of the positions to what the pass has gathered.
pub fn add_piece(deps: Deps, round: &Round, pass: &mut Pass, piece: Piece) -> Result<(), ContractError> {
    let aggregate = aggregate_piece(deps.storage, round, &pass.operators, piece)?;
    let medians = scores(&aggregate.medians);
    let positive: Vec<i32> = medians.iter().map(|score| (*score).max(0)).collect();
    add(&mut pass.positive, magnitude(&positive))?;
    add(&mut pass.magnitude, magnitude(&medians))?;
    for (sum, vector) in pass.distances.iter_mut().zip(&aggregate.vectors) {
        add_distance(sum, &scores(vector), &medians)?;
    }
    add_known(deps, round, &mut pass.known, (piece, &medians))?;
    if let Some(sum) = &mut pass.previous {
        let previous = last_scores(deps, round, piece)?;
        add_distance(sum, &padded(previous, &medians), &medians)?;
    }
    Ok(())
}

/// Distances of the vectors kept from earlier rounds, in the order of [`Pass::known`].
fn add_known(
    deps: Deps,
    round: &Round,
    sums: &mut [u64],
    (piece, medians): (Piece, &[i32]),
) -> Result<(), ContractError> {
    let known = state::load_known(deps.storage, round.model)?;
    let kept = known.iter().flat_map(|known| {
        known.operators.iter().map(|operator| Stored {
            model: round.model.get(),
            slot: known.slot,
            round: known.round,
            operator,
        })
    });
    for (sum, vector) in sums.iter_mut().zip(kept) {
        let entries = read_entries(deps.storage, &vector, piece)?;
        add_distance(sum, &padded(scores(&entries), medians), medians)?;
    }
    Ok(())
}

/// The previous aggregate of fees over a piece, which may have had fewer positions.
fn last_scores(deps: Deps, round: &Round, piece: Piece) -> Result<Vec<i32>, ContractError> {
    let asked = SettlementQuery::LastScores { model: round.model, from: piece.first, count: piece.count };
    let settlement = state::load_settlement(deps.storage)?;
    let packed: Binary = deps.querier.query_wasm_smart(settlement, &asked)?;
    let (whole, _) = packed.as_slice().as_chunks::<4>();
    Ok(whole.iter().copied().map(i32::from_be_bytes).collect())
}

/// As many scores as there are medians: positions that a vector lacks count as 0.
fn padded(mut scores: Vec<i32>, medians: &[i32]) -> Vec<i32> {
    scores.resize(medians.len(), 0);
    scores
}

fn add_distance(sum: &mut u64, scores: &[i32], medians: &[i32]) -> Result<(), ContractError> {
    let part = distance(scores, medians).ok_or(ContractError::Overflow)?;
    add(sum, part)
}

fn add(sum: &mut u64, part: u64) -> Result<(), ContractError> {
    *sum = sum.checked_add(part).ok_or(ContractError::Overflow)?;
    Ok(())
}
