//! The second pass: the medians again, sent to `settlement`, which moves its ledger by them.

use cosmwasm_std::{Addr, Binary, Response, StdResult, Storage, Uint128, WasmMsg, to_json_binary};
use protocol::Bps;
use protocol::attribution::{Outcome, Phase, Round, RoundKind};
use protocol::event::AttributionEvent;
use protocol::settlement::{AdvanceBegin, ENTRIES_PER_CHUNK, ExecuteMsg as SettlementMsg, OperatorReward};
use rules::bitmap::Bitmap;
use rules::quorum::majority;
use rules::score::pack_entries;

use super::close::{RevealedVector, close, vectors};
use super::{RoundKey, positions_now};
use crate::medians::aggregate_piece;
use crate::window::require_phase;
use crate::{ContractError, state};

/// Sends the next positions; the last ones settle the round.
pub fn run(storage: &mut dyn Storage, (model, id): RoundKey, limit: Option<u32>) -> Result<Response, ContractError> {
    let limit = whole_chunks(positions_now(limit)?);
    let mut round = state::load_open(storage, model, id)?;
    require_phase(&round, Phase::Advance)?;
    let end = round.cursor.saturating_add(limit).min(round.positions);
    let message = message(storage, &round, end)?;
    round.cursor = end;
    let complete = end == round.positions;
    let response = Response::new().add_message(message).add_event(AttributionEvent::Advanced {
        model,
        round: id,
        through: end,
        complete,
    });
    if complete {
        let closed = close(storage, &mut round, Outcome::Settled)?;
        return Ok(response.add_event(closed));
    }
    state::save_round(storage, &round)?;
    Ok(response)
}

/// The ledger moves by whole chunks: rounds up to a multiple of their size.
fn whole_chunks(limit: u32) -> u32 {
    limit.div_ceil(ENTRIES_PER_CHUNK).saturating_mul(ENTRIES_PER_CHUNK)
}

fn message(storage: &dyn Storage, round: &Round, end: u32) -> Result<WasmMsg, ContractError> {
    let vectors = vectors(storage, round)?;
    let advance = SettlementMsg::Advance {
        model: round.model,
        round: round.id,
        begin: match round.cursor {
            0 => Some(Box::new(begin(storage, round, &vectors)?)),
            _ => None,
        },
        first_position: round.cursor,
        entries: medians(storage, round, &vectors, end)?,
    };
    Ok(WasmMsg::Execute {
        contract_addr: state::load_settlement(storage)?.into(),
        msg: to_json_binary(&advance)?,
        funds: vec![],
    })
}

fn medians(
    storage: &dyn Storage,
    round: &Round,
    vectors: &[RevealedVector],
    end: u32,
) -> Result<Binary, ContractError> {
    let operators: Vec<_> = vectors.iter().map(|vector| vector.operator.clone()).collect();
    let mut packed = vec![];
    for piece in state::pieces(round.cursor, end) {
        let aggregate = aggregate_piece(storage, round, &operators, piece)?;
        packed.extend(pack_entries(&aggregate.medians));
    }
    Ok(packed.into())
}

fn begin(storage: &dyn Storage, round: &Round, vectors: &[RevealedVector]) -> Result<AdvanceBegin, ContractError> {
    let about = about(storage, round)?;
    Ok(AdvanceBegin {
        kind: round.kind,
        royalties: about.royalties,
        tranche: round.tranche,
        versions: about.versions,
        first_epoch: round.first_epoch,
        last_epoch: round.last_epoch,
        denominator: round.denominator.unwrap_or_default(),
        z_tenths: state::load_method(storage, round.method)?.z_tenths,
        positions: round.positions,
        operators: u32::try_from(round.operators.len()).map_err(|_| ContractError::Overflow)?,
        rewards: rewards(storage, round)?,
        unresolved: unresolved(round, vectors)?,
    })
}

/// Fees pay operators by agreement; a valuation has no pot for them.
fn rewards(storage: &dyn Storage, round: &Round) -> StdResult<Vec<OperatorReward>> {
    let reward = |(operator, agreement): (Addr, Bps)| OperatorReward { operator: operator.into(), agreement };
    match round.kind {
        RoundKind::Fees => Ok(state::load_agreements(storage, round)?.into_iter().map(reward).collect()),
        RoundKind::Valuation => Ok(vec![]),
    }
}

/// Of a valuation, the royalties that it distributes and the versions that it knew; nothing of fees.
#[derive(Default)]
struct About {
    royalties: Uint128,
    versions: u32,
}

fn about(storage: &dyn Storage, round: &Round) -> Result<About, ContractError> {
    match round.kind {
        RoundKind::Fees => Ok(About::default()),
        RoundKind::Valuation => {
            let versions = state::load_valued(storage, round.model)?.versions;
            Ok(About { royalties: round.pool, versions })
        }
    }
}

/// The redemptions that more than half of the vectors mark.
fn unresolved(round: &Round, vectors: &[RevealedVector]) -> Result<Binary, ContractError> {
    let bits = usize::try_from(round.redemptions).map_err(|_| ContractError::Overflow)?;
    let marks: Vec<_> = vectors
        .iter()
        .map(|vector| Bitmap::from_bytes(bits, vector.part.unresolved.to_vec()))
        .collect::<Result<_, _>>()?;
    let mut agreed = Bitmap::new(bits);
    for redemption in 0..bits {
        let marked = marks.iter().filter(|marks| marks.get(redemption)).count();
        let marked = u32::try_from(marked).map_err(|_| ContractError::Overflow)?;
        if majority(marked, round.vectors) {
            agreed.set(redemption)?;
        }
    }
    Ok(agreed.as_bytes().into())
}
