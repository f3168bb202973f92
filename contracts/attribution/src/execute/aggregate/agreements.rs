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
    let agreement = |(operator, distance): (&Addr, &u64)| (operator.clone(), Bps(agreement_bps(*distance, reference)));
    let agreements: Vec<_> = pass.operators.iter().zip(&pass.distances).map(agreement).collect();
    state::save_agreements(storage, round, &agreements)?;
    Ok(agreements
        .iter()
        .zip(&pass.distances)
        .map(|(found, distance)| told(round, found, *distance, reference))
        .collect())
}

fn told(round: &Round, (operator, agreement): &(Addr, Bps), distance: u64, reference: Reference) -> Event {
    let event = AttributionEvent::Agreement {
        model: round.model,
        round: round.id,
        operator: operator.to_string(),
        agreement: agreement.0,
        distance,
        reference: match reference {
            Reference::None { median_magnitude } => median_magnitude,
            Reference::Nearest(nearest) => nearest,
        },
    };
    event.into()
}

/// What could have been sent without computing anything.
fn reference(pass: &Pass) -> Reference {
    let known = pass.previous.iter().chain(&pass.known).copied();
    known.min().map_or(Reference::None { median_magnitude: pass.magnitude }, Reference::Nearest)
}
