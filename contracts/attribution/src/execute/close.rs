//! The end of a round.

use cosmwasm_std::{Addr, Event, StdResult, Storage};
use protocol::attribution::{Outcome, Phase, Revealed, Round, RoundKind};
use protocol::event::AttributionEvent;

use crate::ContractError;
use crate::state::{self, Part};

/// Closes the round, stores it and lets go of its set's bonds. A settled round of fees clears the references before it,
/// since `settlement` remembers its scores; any other leaves its vectors as references. What failed stays unsettled.
pub fn close(storage: &mut dyn Storage, round: &mut Round, outcome: Outcome) -> Result<Event, ContractError> {
    round.phase = Phase::Closed;
    round.outcome = Some(outcome);
    state::save_round(storage, round)?;
    state::clear_open(storage, round.model);
    state::let_go(storage, round.method, &round.operators)?;
    if (round.kind, outcome) == (RoundKind::Fees, Outcome::Settled) {
        state::clear_known(storage, round.model);
        state::save_settled(storage, round)?;
    } else {
        let revealed = vectors(storage, round)?;
        let operators = revealed.into_iter().map(|vector| vector.operator).collect();
        state::keep_known(storage, round, operators)?;
    }
    let closed =
        AttributionEvent::RoundClosed { model: round.model, round: round.id, outcome: name(outcome).to_owned() };
    Ok(closed.into())
}

/// An operator who revealed a vector.
pub struct RevealedVector {
    /// Who.
    pub operator: Addr,
    /// Its reach.
    pub reach: u64,
    /// Its part.
    pub part: Part,
}

/// Those who revealed vectors, in the order of the set.
pub fn vectors(storage: &dyn Storage, round: &Round) -> StdResult<Vec<RevealedVector>> {
    let mut found = vec![];
    for operator in &round.operators {
        let Some(part) = state::find_part(storage, round, operator)? else {
            continue;
        };
        if let Some(Revealed::Vector { reach }) = part.revealed {
            found.push(RevealedVector { operator: operator.clone(), reach: reach.u64(), part });
        }
    }
    Ok(found)
}

/// As JSON writes it.
const fn name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Settled => "settled",
        Outcome::NoQuorum => "no_quorum",
        Outcome::TooFew => "too_few",
        Outcome::NothingMeasured => "nothing_measured",
    }
}
