//! What operators answer for once the reveals are over: a commitment without a reveal, and rounds missed in a row.

use cosmwasm_std::{Addr, Event, StdResult, Storage, Uint128};
use protocol::attribution::{MISSED_ROUNDS, Operator, Round};
use protocol::event::AttributionEvent;

use super::increment;
use crate::ContractError;
use crate::state::{self, Part};

/// What the faults of a round lead to.
#[derive(Default)]
pub struct Faults {
    /// Taken from bonds for the treasury, in uopen.
    pub taken: Uint128,
    /// What happened.
    pub events: Vec<Event>,
}

/// Goes through the whole set: the silent lose their bond, the absent are counted and pay for every third round in a row,
/// and who revealed begins to count anew. Operators who have left since the opening answer like the others.
pub fn reckon(storage: &mut dyn Storage, round: &Round) -> Result<Faults, ContractError> {
    let penalty = state::load_method(storage, round.method)?.missed_penalty;
    let mut faults = Faults::default();
    for account in &round.operators {
        let mut operator = state::load_operator(storage, round.method, account)?;
        match state::find_part(storage, round, account)? {
            None => faults.miss(round, &mut operator, penalty)?,
            Some(part) if part.revealed.is_none() => {
                mark_slashed(storage, round, account, part)?;
                faults.slash(round, &mut operator)?;
            }
            Some(_) => operator.missed = 0,
        }
        state::save_operator(storage, &operator)?;
    }
    state::take_bond(storage, faults.taken)?;
    Ok(faults)
}

fn mark_slashed(storage: &mut dyn Storage, round: &Round, account: &Addr, part: Part) -> StdResult<()> {
    state::save_part(storage, round, account, &Part { slashed: true, ..part })
}

impl Faults {
    /// One more round without a commitment.
    fn miss(&mut self, round: &Round, operator: &mut Operator, penalty: Uint128) -> Result<(), ContractError> {
        operator.missed = increment(operator.missed)?;
        self.events.push(missed(round, operator));
        if operator.missed < MISSED_ROUNDS {
            return Ok(());
        }
        operator.missed = 0;
        operator.penalties = increment(operator.penalties)?;
        let penalty = penalty.min(operator.bond);
        self.take(operator, penalty)?;
        self.events.push(penalised(round, operator, penalty));
        Ok(())
    }

    /// The whole bond: zero where a round of another model took it before.
    fn slash(&mut self, round: &Round, operator: &mut Operator) -> Result<(), ContractError> {
        operator.missed = 0;
        operator.slashed = increment(operator.slashed)?;
        let bond = operator.bond;
        self.take(operator, bond)?;
        self.events.push(slashed(round, operator, bond));
        Ok(())
    }

    fn take(&mut self, operator: &mut Operator, amount: Uint128) -> Result<(), ContractError> {
        operator.bond = operator.bond.checked_sub(amount).map_err(|_| ContractError::Overflow)?;
        self.taken = self.taken.checked_add(amount).map_err(|_| ContractError::Overflow)?;
        Ok(())
    }
}

fn missed(round: &Round, operator: &Operator) -> Event {
    let missed = AttributionEvent::RoundMissed {
        method: round.method,
        operator: operator.account.to_string(),
        model: round.model,
        round: round.id,
        missed: operator.missed,
    };
    missed.into()
}

fn penalised(round: &Round, operator: &Operator, penalty: Uint128) -> Event {
    let penalised = AttributionEvent::OperatorPenalised {
        method: round.method,
        operator: operator.account.to_string(),
        model: round.model,
        round: round.id,
        penalty,
    };
    penalised.into()
}

fn slashed(round: &Round, operator: &Operator, bond: Uint128) -> Event {
    let slashed = AttributionEvent::OperatorSlashed {
        method: round.method,
        operator: operator.account.to_string(),
        model: round.model,
        round: round.id,
        bond,
    };
    slashed.into()
}
