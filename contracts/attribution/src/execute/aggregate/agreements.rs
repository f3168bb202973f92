//! D, and what each operator's vector is worth.

use cosmwasm_std::{Addr, Event, Storage};
use protocol::Bps;
use protocol::attribution::Round;
use protocol::event::AttributionEvent;
use rules::agreement::{Reference, agreement_bps};
use rules::median;

use crate::ContractError;
use crate::execute::close::vectors;
use crate::state::{self, Pass};

/// `D = max(upper median of the reaches, Σ max(median score, 0))`.
pub fn denominator(storage: &dyn Storage, round: &Round, pass: &Pass) -> Result<u64, ContractError> {
    let revealed = vectors(storage, round)?;
    let mut reaches: Vec<_> = revealed.iter().map(|vector| vector.reach).collect();
    let reach = median::upper_median_u64(&mut reaches).ok_or(ContractError::Overflow)?;
    Ok(median::denominator(reach, pass.positive))
}

/// Stores the agreement of everyone who revealed a vector.
pub fn save(storage: &mut dyn Storage, round: &Round, pass: &Pass) -> Result<Vec<Event>, ContractError> {
    let reference = reference(pass);
    let distances = pass.operators.iter().zip(&pass.distances);
    distances.map(|(operator, distance)| save_one(storage, round, (operator, *distance), reference)).collect()
}

fn save_one(
    storage: &mut dyn Storage,
    round: &Round,
    (operator, distance): (&Addr, u64),
    reference: Reference,
) -> Result<Event, ContractError> {
    let agreement = agreement_bps(distance, reference);
    if let Some(mut part) = state::find_part(storage, round, operator)? {
        part.agreement = Some(Bps(agreement));
        state::save_part(storage, round, operator, &part)?;
    }
    let event = AttributionEvent::Agreement {
        model: round.model,
        round: round.id,
        operator: operator.to_string(),
        agreement,
        distance,
        reference: match reference {
            Reference::None { median_magnitude } => median_magnitude,
            Reference::Nearest(nearest) => nearest,
        },
    };
    Ok(event.into())
}

/// What could have been sent without computing anything.
fn reference(pass: &Pass) -> Reference {
    let known = pass.previous.iter().chain(&pass.known).copied();
    known.min().map_or(Reference::None { median_magnitude: pass.magnitude }, Reference::Nearest)
}
